//! What somebody wrote in a form that was not taken, to look at once more and to send.

use api::platform::http::idempotency::FORM_FIELD;
use poem::IntoResponse;
use poem::http::StatusCode;
use serde::Serialize;

use super::sign_in::SignIn;
use crate::render::Page;
use crate::samples::Sample;
use crate::shell::Shell;
use crate::site::{Answer, Held, Labels, PageError, Visit, Waiting};
use crate::view::Notice;

/// A form that waits for its person to send it again.
#[derive(Debug, Default, Serialize)]
pub struct SendAgain {
    pub title: String,
    pub why: String,
    /// Where it goes.
    pub to: String,
    /// The page it was written on.
    pub back: String,
    pub in_parts: bool,
    pub fields: Vec<Line>,
    /// The same as far as a person recognizes it.
    pub told: Vec<Line>,
    /// Names of the fields that carried a file.
    pub files: Vec<String>,
    pub asked_password: bool,
}

/// A field and what it held.
#[derive(Debug, Serialize)]
pub struct Line {
    pub name: String,
    pub value: String,
}

impl Page for SendAgain {
    const TEMPLATE: &'static str = "identity/send_again.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let line = |name: &str, value: &str| Line { name: name.into(), value: value.into() };
        let usual = || Self {
            title: BACK_TITLE.into(),
            why: "You are signed in as Petra Lindqvist.".into(),
            to: "/p/larkfield/briefs".into(),
            back: "/p/larkfield/briefs/new".into(),
            fields: vec![line("title", "Win back lapsed buyers")],
            told: vec![line("Title", "Win back lapsed buyers")],
            ..Self::default()
        };
        let files = vec!["file".into()];
        let in_parts = Self { in_parts: true, files, asked_password: true, ..usual() };
        vec![("usual", usual()), ("with-a-file", in_parts)]
    }
}

const BACK_TITLE: &str = "What you wrote is still here";

pub fn samples() -> Vec<Sample> {
    SendAgain::sample_list()
}

impl SendAgain {
    fn of(visit: &Visit, shell: &Shell, (held, labels): (Held, &Labels), why: String) -> Self {
        let line = |(name, value)| Line { name, value };
        let told = held.told(labels).into_iter().map(line).collect();
        let mut to = visit.link(&held.to);
        if held.in_parts {
            let mark = if to.contains('?') { '&' } else { '?' };
            to = format!("{to}{mark}{FORM_FIELD}={}.again", shell.form_key);
        }
        Self {
            title: BACK_TITLE.into(),
            why,
            to,
            back: visit.link(held.from.as_deref().unwrap_or("/")),
            in_parts: held.in_parts,
            fields: held.fields.into_iter().map(line).collect(),
            told,
            files: held.files,
            asked_password: held.asked_password,
        }
    }
}

/// 401: nobody is signed in any more. The sign-in page carries on what was written.
pub fn sign_in_first(visit: &Visit, held: &Held) -> Answer {
    let next = held.from.clone().unwrap_or_else(|| "/".into());
    let mut page = SignIn { next, ended: Some(ended_at_a_button()), ..SignIn::default() };
    if held.is_worth_keeping() {
        page = SignIn { held: held.carry(), ended: Some(ended_with_a_form()), ..page };
    }
    let mut response = visit.page(&page)?;
    response.set_status(StatusCode::UNAUTHORIZED);
    Ok(response)
}

const ENDED: &str = "Your sign-in had ended";

/// Somebody only looked.
pub(super) fn ended() -> Notice {
    Notice::held("Your sign-in has ended", "Sign in to go on where you were.")
}

fn ended_at_a_button() -> Notice {
    let text = "Nothing was done. Sign in: you come back to the page you were on, and press again.";
    Notice::held(ENDED, text)
}

pub(super) fn link_sent(email: &str) -> Notice {
    let text = format!(
        "If {email} has an account, a link to choose a new password is on its way. Choose it, then \
         come back to this page and sign in here: what you wrote is shown to you again.",
    );
    Notice::held("Look at your mail, and keep this page open", &text)
}

pub(super) fn ended_with_a_form() -> Notice {
    let text = "Nothing was sent or saved. Sign in, and what you wrote is shown to you again, to \
                be sent when you say so.";
    Notice::held(ENDED, text)
}

/// 403: a form of another sign-in than this one; what it held, to be sent with this one's secret.
pub fn of_another_sign_in(visit: &Visit, held: Held, labels: &Labels) -> Answer {
    let why = format!(
        "This form was opened under another sign-in, so it was not taken: nothing was sent or \
         saved. You are now signed in as {}.",
        who(visit)
    );
    let page = SendAgain::of(visit, visit.shell(), (held, labels), why);
    let mut response = visit.page(&page)?;
    response.set_status(StatusCode::FORBIDDEN);
    Ok(response)
}

/// The answer to signing in with a form that waits: the form, with the new session's secret.
pub fn after_signing_in(visit: &Visit, waiting: &Waiting, labels: &Labels) -> Answer {
    let Waiting { held, session, email } = waiting;
    let csrf = visit.form_secret_of(session);
    let shell = Shell { csrf, ..visit.shell().clone() };
    let why = format!("You are signed in as {email}. Nothing of it was sent or saved yet.");
    let page = SendAgain::of(visit, &shell, (held.clone(), labels), why);
    let html = page.render(visit.templates(), &shell).map_err(PageError::from)?;
    Ok(html.into_response())
}

fn who(visit: &Visit) -> String {
    let person = visit.shell().person.as_ref().map(|person| person.name.clone());
    let person = person.unwrap_or_default();
    match &visit.shell().acting {
        Some(acting) => format!("{person} for {}", acting.organization),
        None => person,
    }
}
