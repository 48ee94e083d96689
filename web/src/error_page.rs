//! Pages for what goes wrong: what happened, what to do, and the request id to mention.

use poem::http::StatusCode;
use poem::{IntoResponse, Response};
use serde::Serialize;

use crate::render::{Page, Templates};
use crate::shell::Shell;
use crate::view::Link;

/// An answer that is an error. `ErrorPage::of` has words for every status the program answers;
/// a page that knows more says more with `new` or `with_detail`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ErrorPage {
    pub status: u16,
    pub title: String,
    pub detail: String,
    /// What one can do, as sentences.
    pub advice: Vec<String>,
    /// Where one can go; the first is the main one.
    pub ways: Vec<Link>,
}

impl ErrorPage {
    /// An error in its own words.
    pub fn new(status: StatusCode, title: &str, detail: &str) -> Self {
        let (title, detail) = (title.into(), detail.into());
        Self { status: status.as_u16(), title, detail, advice: Vec::new(), ways: Vec::new() }
    }

    /// The usual words of a status; one without words of its own reads as a fault of ours (5xx)
    /// or as a request that cannot be answered.
    pub fn of(status: StatusCode) -> Self {
        let found = WORDS.iter().find(|(code, ..)| *code == status.as_u16());
        let other = if status.is_server_error() { &FAULT } else { &REFUSAL };
        let (_, title, detail, advice) = found.unwrap_or(other);
        Self::new(status, title, detail).with_advice(advice)
    }

    /// The same with a detail that knows more: "10:00 was taken while you read."
    pub fn with_detail(self, detail: &str) -> Self {
        Self { detail: detail.into(), ..self }
    }

    /// The same with one more sentence of what to do.
    pub fn with_advice(mut self, advice: &str) -> Self {
        self.advice.push(advice.into());
        self
    }

    /// The same with one more way out; the first becomes the main button.
    pub fn with_way(mut self, label: &str, href: &str) -> Self {
        self.ways.push(Link::new(label, href));
        self
    }
}

impl Page for ErrorPage {
    const TEMPLATE: &'static str = "error.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let of = |code: u16| Self::of(StatusCode::from_u16(code).unwrap_or_default());
        let role = "This engagement belongs to Fjordhaus Outdoor. Switch role to see it.";
        let taken = "10:00 was taken while you read. 10:30, 14:00 and Tuesday 09:30 are free.";
        vec![
            ("400", of(400)),
            ("401", of(401).with_way("Sign in", "/sign-in")),
            ("403", of(403).with_detail(role)),
            ("404", of(404).with_way("Find experts", "/p/larkfield/")),
            ("405", of(405)),
            ("409", of(409).with_detail(taken).with_way("Choose another hour", "/slots")),
            ("413", of(413)),
            ("415", of(415)),
            ("422", of(422)),
            ("429", of(429).with_detail("Too many tries from here. Next one at 11:52.")),
            ("500", of(500)),
            ("503", of(503)),
        ]
    }
}

/// Renders an error page with its status. When even that fails, the answer is a bare page with
/// the same words and the request id, so that nobody ever sees nothing.
pub fn error_page(templates: &Templates, shell: &Shell, error: &ErrorPage) -> Response {
    let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    match error.render(templates, shell) {
        Ok(page) => page.with_status(status).into_response(),
        Err(failed) => {
            tracing::error!(request_id = %shell.request_id, error = %failed, "error page failed");
            bare_error(status, &shell.request_id)
        }
    }
}

/// An error page without templates, for when nothing else can be built. The request id is
/// shown; anything in it that is not a letter, digit or hyphen is left out.
pub fn bare_error(status: StatusCode, request_id: &str) -> Response {
    let id: String =
        request_id.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(64).collect();
    let error = ErrorPage::of(status);
    let (title, detail) = (&error.title, &error.detail);
    let page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title} · Attaché</title></head><body><main><h1>{title}</h1><p>{detail}</p>\
         <p>If you need us, mention request {id}.</p></main></body></html>\n"
    );
    let reply = Response::builder().status(status).content_type("text/html; charset=utf-8");
    reply.body(page)
}

type Words = (u16, &'static str, &'static str, &'static str);

const REFUSAL: Words = (
    400,
    "This request cannot be read",
    "Something in the address or the form is not as it should be. Nothing was changed.",
    "Go back to the page you came from, load it again and try once more.",
);

const FAULT: Words = (
    500,
    "Our fault",
    "Something broke on our side, and we were told.",
    "Look at the page you came from before you try again: it shows what was done and what not.",
);

const WORDS: [Words; 13] = [
    REFUSAL,
    (
        401,
        "Sign in first",
        "This page is for people of the program, or your sign-in has ended.",
        "After signing in you come back here.",
    ),
    (
        403,
        "Not with this role",
        "You are signed in, but the role you act as may not do this.",
        "Switch role in the menu above, or ask an owner of your organization.",
    ),
    (
        404,
        "Nothing is here",
        "The address is wrong, or what it names is gone or not yours to see.",
        "Check the address, or start from the navigation above.",
    ),
    (
        405,
        "This address only answers otherwise",
        "It was asked for something it does not do. Nothing was changed.",
        "Go back and use the button of the page you came from.",
    ),
    (
        408,
        "It came too slowly",
        "What you sent did not arrive whole in time. Nothing was changed.",
        "Go back: what you wrote is still on the page. Send it again over a better connection.",
    ),
    (
        409,
        "It changed while you read",
        "Somebody else was first, so your answer was not taken. Nothing of yours was lost.",
        "Go back, look at how it stands now, and decide again.",
    ),
    (
        413,
        "That is too large",
        "The file or text is larger than this page takes. Nothing was kept.",
        "Send a smaller file, or several.",
    ),
    (
        415,
        "This kind of file is not taken",
        "The page asked for another kind of file. Nothing was kept.",
        "The hint beside the field says which kinds it takes.",
    ),
    (
        422,
        "There is a problem",
        "What was sent does not fit together. Nothing was changed.",
        "Go back: the page says beside each field what it needs, and keeps what you wrote.",
    ),
    (
        429,
        "Too many tries",
        "This was asked for too often in a short time.",
        "Wait a minute, then try once more.",
    ),
    FAULT,
    (
        503,
        "Closed for a moment",
        "The program is starting, or what it needs does not answer. Nothing was taken.",
        "Try again in a minute; what you wrote is still on the page you came from.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assets::Assets;
    use crate::samples;

    #[tokio::test]
    async fn an_error_keeps_its_status_says_what_to_do_and_names_the_request() {
        let templates = Templates::load(&Assets::load().unwrap()).unwrap();
        let page = ErrorPage::of(StatusCode::CONFLICT).with_detail("10:00 was <taken>.");
        let answer = error_page(&templates, &samples::shell(), &page);
        assert_eq!(answer.status(), StatusCode::CONFLICT);
        let text = answer.into_body().into_string().await.unwrap();
        for part in ["10:00 was &lt;taken&gt;.", "decide again", samples::REQUEST_ID] {
            assert!(text.contains(part), "{part}");
        }
    }

    #[tokio::test]
    async fn a_bare_error_shows_only_an_id() {
        let answer = bare_error(StatusCode::INTERNAL_SERVER_ERROR, "01HX<script>");
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let text = answer.into_body().into_string().await.unwrap();
        assert!(text.contains("01HXscript.") && !text.contains("<script>"), "{text}");
    }

    #[test]
    fn every_status_has_words() {
        for code in [400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503] {
            let page = ErrorPage::of(StatusCode::from_u16(code).unwrap());
            assert_eq!(WORDS.iter().filter(|w| w.0 == code).count(), 1, "{code}");
            assert!(!page.title.is_empty() && page.advice.len() == 1);
        }
        assert_eq!(ErrorPage::of(StatusCode::BAD_GATEWAY).title, "Our fault");
        assert_eq!(ErrorPage::of(StatusCode::IM_A_TEAPOT).status, 418);
    }
}
