//! Beginning to connect an account, or to mend one: the way to the application.

use api::access;
use api::kernel::id::ConnectionId;
use api::platform::refusal::Common;
use poem::handler;
use serde::Serialize;

use super::connections::customer;
use super::words;
use crate::render::Page;
use crate::site::{Answer, Flash, Form, Visit};

/// On the way to the application.
#[derive(Debug, Serialize)]
pub struct Continue {
    pub application: String,
    pub host: String,
    pub href: String,
    pub account: String,
    pub connections: String,
}

/// Begins to connect, and leads on by a link: the policy lets no form lead to another origin.
#[handler]
pub async fn connect(visit: Visit, form: Form) -> Answer {
    let caller = customer(&visit)?;
    let mend = match form.given("connection") {
        Some(id) => Some(ConnectionId::parse(id).ok_or(Common::NotFound("connection"))?),
        None => None,
    };
    let account = match mend {
        Some(id) => access::get_connection(visit.app(), caller, id).await?.account_name,
        None => String::new(),
    };
    let slug = form.get("upstream");
    match access::start_connect(visit.app(), visit.person()?, slug, mend).await {
        Ok(url) => visit.page(&Continue {
            application: words::application(visit.app(), slug),
            host: url.host_str().unwrap_or_default().to_owned(),
            href: url.into(),
            account,
            connections: visit.link("/connections"),
        }),
        Err(error) if error.code() == Some("invalid") => {
            let flash = Flash::note("Not begun", "Choose one of the listed applications.");
            Ok(visit.go_telling("/connections", &flash))
        }
        Err(error) => Err(error.into()),
    }
}

impl Page for Continue {
    const TEMPLATE: &'static str = "access/continue.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let page = |account: &str| Self {
            application: "Larkfield".into(),
            host: "app.larkfield.example".into(),
            href: "https://app.larkfield.example/oauth/authorize?state=s&scope=a+b".into(),
            account: account.into(),
            connections: "/p/larkfield/connections".into(),
        };
        vec![("new", page("")), ("mend", page("Fjordhaus Outdoor EU"))]
    }
}
