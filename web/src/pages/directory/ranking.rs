//! How the directory is ordered, in the same words for everyone.

use poem::handler;
use serde::Serialize;

use crate::render::Page;
use crate::site::{Answer, Visit};

/// The rules of the order.
#[derive(Debug, Serialize)]
pub struct Ranking {
    pub experts: String,
}

#[handler]
pub async fn see_ranking(visit: Visit) -> Answer {
    visit.page(&Ranking { experts: visit.link("/experts") })
}

impl Page for Ranking {
    const TEMPLATE: &'static str = "directory/ranking.html";

    fn samples() -> Vec<(&'static str, Self)> {
        vec![("usual", Self { experts: "/p/larkfield/experts".into() })]
    }
}
