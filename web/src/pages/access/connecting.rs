//! Beginning to connect an account, or to mend one: the way to the application.

use api::access::{self, ConnectWanted, Connecting};
use api::kernel::id::ConnectionId;
use api::platform::refusal::Common;
use poem::handler;
use serde::Serialize;

use super::connections::customer;
use super::telling::{self, TellPage};
use super::words;
use crate::render::Page;
use crate::site::{Answer, Flash, Form, PageError, Visit};

/// On the way to the application.
#[derive(Debug, Serialize)]
pub struct Continue {
    pub application: String,
    pub host: String,
    pub href: String,
    pub account: String,
    pub connections: String,
}

/// The connection that a form or a query wants mended.
pub fn mended(form: &Form) -> Result<Option<ConnectionId>, PageError> {
    let Some(id) = form.given("connection") else { return Ok(None) };
    Ok(Some(ConnectionId::parse(id).ok_or(Common::NotFound("connection"))?))
}

/// Begins to connect, and leads on by a link: the policy lets no form lead to another origin. What
/// an application wants to be told is asked first, on a page of its own.
#[handler]
pub async fn connect(visit: Visit, form: Form) -> Answer {
    let caller = customer(&visit)?;
    let mend = mended(&form)?;
    let account = match mend {
        Some(id) => access::get_connection(visit.app(), caller, id).await?.account_name,
        None => String::new(),
    };
    let slug = form.get("upstream");
    let asks = visit.app().upstreams.get(slug).filter(|u| u.parts.iter().any(|p| p.asked));
    if let Some(upstream) = asks.filter(|_| !form.ticked("told")) {
        return Ok(visit.go(&telling::address(&upstream.slug, mend)));
    }
    let parts = asks.map(|upstream| telling::given(upstream, &form)).unwrap_or_default();
    let wanted = ConnectWanted { upstream: slug.to_owned(), mend, parts };
    match access::start_connect(visit.app(), visit.person()?, wanted).await {
        Ok(Connecting::Done(outcome, id)) => {
            let id = id.map(|id| format!("&connection={id}")).unwrap_or_default();
            Ok(visit.go(&format!("/connections?outcome={outcome}{id}")))
        }
        Ok(Connecting::Agree(url)) => visit.page(&Continue {
            application: words::application(visit.app(), slug),
            host: url.host_str().unwrap_or_default().to_owned(),
            href: url.into(),
            account,
            connections: visit.link("/connections"),
        }),
        Err(error) if error.code() == Some("invalid") => match asks {
            Some(upstream) => {
                let mut page = TellPage::of(&visit, upstream, (mend, &account));
                page.typed(upstream, &form);
                page.faulty(PageError::from(error).into_errors(telling::control(upstream))?);
                visit.again(&page)
            }
            None => {
                let flash = Flash::note("Not begun", "Choose one of the listed applications.");
                Ok(visit.go_telling("/connections", &flash))
            }
        },
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
