//! Pages between a form and a mail: "look at your mail", and a link that works no more.

use poem::http::StatusCode;
use poem::{Route, get, handler};
use serde::Serialize;

use crate::render::Page;
use crate::samples::Sample;
use crate::site::{Answer, Visit};
use crate::view::Link;

/// What to do after a form whose answer comes by mail. The same for every address.
#[derive(Debug, Serialize)]
pub struct LookAtYourMail {
    pub text: String,
    /// What to do when nothing comes.
    pub again: Link,
}

impl Page for LookAtYourMail {
    const TEMPLATE: &'static str = "identity/look_at_your_mail.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let again = Link::new("sign up again", "/p/larkfield/sign-up");
        vec![("usual", Self { text: SIGN_UP.into(), again })]
    }
}

/// A link that was used, has run out or was withdrawn.
#[derive(Debug, Serialize)]
pub struct LinkSpent {
    pub text: String,
    pub way: Link,
}

impl Page for LinkSpent {
    const TEMPLATE: &'static str = "identity/link_spent.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let way = Link::new("Ask for a new link", "/p/larkfield/forgotten");
        vec![("usual", Self { text: "Links to a new password work for one hour.".into(), way })]
    }
}

const SIGN_UP: &str =
    "We wrote to the address you entered. The link in the mail works once, for 24 hours.";
const RESET: &str =
    "If the address has an account, a mail is on its way. Its link works once, for one hour.";

pub fn samples() -> Vec<Sample> {
    [LookAtYourMail::sample_list(), LinkSpent::sample_list()].into_iter().flatten().collect()
}

pub fn routes(routes: Route) -> Route {
    routes.at("/sign-up/sent", get(sign_up_sent)).at("/forgotten/sent", get(reset_sent))
}

#[handler]
async fn sign_up_sent(visit: Visit) -> Answer {
    let again = Link::new("sign up again", &visit.link("/sign-up"));
    visit.page(&LookAtYourMail { text: SIGN_UP.into(), again })
}

#[handler]
async fn reset_sent(visit: Visit) -> Answer {
    let again = Link::new("enter the address again", &visit.link("/forgotten"));
    visit.page(&LookAtYourMail { text: RESET.into(), again })
}

/// 404, and where a new link comes from.
pub fn spent(visit: &Visit, text: &str, way: Link) -> Answer {
    let mut response = visit.page(&LinkSpent { text: text.to_owned(), way })?;
    response.set_status(StatusCode::NOT_FOUND);
    Ok(response)
}
