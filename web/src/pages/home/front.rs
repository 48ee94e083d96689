//! The front door: what a program is for somebody who is not signed in, and the list of programs
//! on a host of several.

use api::directory::{self, Search};
use serde::Serialize;

use crate::format;
use crate::render::Page;
use crate::site::{Answer, Visit};
use crate::view::Link;

/// A program as its front door shows it.
#[derive(Debug, Serialize)]
pub struct Front {
    /// "30 experts in 11 kinds of work".
    pub counted: String,
    /// The kinds of work, each with its experts.
    pub categories: Vec<Link>,
    pub experts: String,
    pub sign_up: String,
    /// Where a consultant reads the agreement before applying.
    pub agreement: String,
}

impl Page for Front {
    const TEMPLATE: &'static str = "home/front.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let page = |counted: &str, categories| Self {
            counted: counted.into(),
            categories,
            experts: "/p/larkfield/experts".into(),
            sign_up: "/p/larkfield/sign-up".into(),
            agreement: "/p/larkfield/program/agreement".into(),
        };
        let reporting = Link::new("Reporting", "/p/larkfield/experts?category=reporting");
        vec![("usual", page("30 experts", vec![reporting])), ("empty", page("", Vec::new()))]
    }
}

pub async fn front(visit: &Visit) -> Answer {
    let (app, vendor, everyone) = (visit.app(), visit.vendor(), Search::default());
    let (taxonomy, experts) = futures::try_join!(
        api::program::public_taxonomy(app, vendor),
        directory::count_experts(app, vendor, &everyone),
    )?;
    let category = |category: &api::program::Category| {
        let path = format!("/experts?category={}", category.slug);
        Link::new(&category.title, &visit.link(&path))
    };
    let counted =
        if experts > 0 { format::count(experts, "expert", "experts") } else { String::new() };
    visit.page(&Front {
        counted,
        categories: taxonomy.categories.iter().map(category).collect(),
        experts: visit.link("/experts"),
        sign_up: visit.link("/sign-up"),
        agreement: visit.link("/program/agreement"),
    })
}

/// The programs of an installation, on a host that belongs to none of them.
#[derive(Debug, Serialize)]
pub struct Programs {
    pub programs: Vec<Link>,
}

impl Page for Programs {
    const TEMPLATE: &'static str = "home/programs.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let programs = vec![Link::new("Larkfield", "/p/larkfield/")];
        vec![("usual", Self { programs }), ("empty", Self { programs: Vec::new() })]
    }
}
