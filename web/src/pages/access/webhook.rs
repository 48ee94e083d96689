//! Where checkpoints are sent: the part of the audit trail's page, and its three forms.

use api::access::{self, AuditWebhook};
use poem::handler;
use serde::Serialize;

use super::trail::page_of;
use super::words;
use crate::site::{Answer, Flash, Form, PageError, Visit};
use crate::view::{Errors, Figure, Notice, State, Tone};

/// The address and how it goes there.
#[derive(Debug, Clone, Serialize)]
pub struct Hook {
    pub url: String,
    pub state: State,
    pub facts: Vec<Figure>,
    /// Why checkpoints do not arrive; nothing while they do.
    pub trouble: Option<Notice>,
}

/// The form for the address, with what was typed.
#[derive(Debug, Clone, Default, Serialize)]
pub struct HookForm {
    pub set: String,
    pub test: String,
    pub end: String,
    pub url: String,
    /// The only copy of a new secret.
    pub secret: String,
    pub errors: Errors,
}

impl HookForm {
    pub fn of(visit: &Visit, hook: Option<&AuditWebhook>) -> Self {
        let at = |rest: &str| visit.link(&format!("/access/trail/webhook{rest}"));
        let url = hook.map(|hook| hook.url.clone()).unwrap_or_default();
        Self { set: at(""), test: at("/test"), end: at("/end"), url, ..Self::default() }
    }
}

impl Hook {
    pub fn of(visit: &Visit, hook: &AuditWebhook) -> Self {
        let at = |at| words::short(visit, at);
        let arrived = hook.delivered_at.map_or_else(|| "none yet".to_owned(), at);
        let mut facts = vec![
            Figure::new("Set", format!("{} by {}", at(hook.set_at), hook.set_by_name)),
            Figure::new("Last arrived", arrived),
        ];
        let failed = hook.failed.as_ref();
        if let (None, Some((when, why))) = (hook.failing_since, failed) {
            facts.push(Figure::new("Last failure", format!("{}: {why}", at(*when))));
        }
        let trouble = hook.failing_since.zip(failed).map(|(since, (_, why))| {
            let next = hook.next_try_at.map(at).unwrap_or_default();
            let text = format!("{why} Since {}. Tried again on {next}; none is lost.", at(since));
            Notice::held("Checkpoints do not arrive", &text)
        });
        let state = match (&trouble, hook.delivered_at) {
            (Some(_), _) => State::new(Tone::Held, "alert", "Does not arrive"),
            (None, Some(_)) => State::new(Tone::Good, "done", "Arrives"),
            (None, None) => State::WAITING,
        };
        Self { url: hook.url.clone(), state, facts, trouble }
    }

    pub fn sample(failing: bool) -> Self {
        let trouble = "It answered 500. Since 7 May, 09:00. Tried again on 7 May, 12:00.";
        Self {
            url: "https://checkpoints.fjordhaus.example/attache".into(),
            state: if failing {
                State::new(Tone::Held, "alert", "Does not arrive")
            } else {
                State::new(Tone::Good, "done", "Arrives")
            },
            facts: vec![
                Figure::new("Set", "1 May, 10:04 by Petra Lindqvist"),
                Figure::new("Last arrived", "7 May, 09:00"),
            ],
            trouble: failing.then(|| Notice::held("Checkpoints do not arrive", trouble)),
        }
    }
}

/// The secret is in this answer and nowhere else.
#[handler]
pub async fn set(visit: Visit, form: Form) -> Answer {
    let url = form.get("url");
    match access::set_audit_webhook(visit.app(), visit.caller()?, url).await {
        Ok(secret) => {
            let mut page = page_of(&visit).await?;
            page.form.secret = secret;
            visit.page(&page)
        }
        Err(error) => {
            let errors = PageError::from(error).into_errors(str::to_owned)?;
            let mut page = page_of(&visit).await?;
            url.clone_into(&mut page.form.url);
            page.form.errors = errors;
            visit.again(&page)
        }
    }
}

#[handler]
pub async fn test(visit: Visit) -> Answer {
    let flash = match access::test_audit_webhook(visit.app(), visit.caller()?).await {
        Ok(None) => Flash::done("The test arrived").saying("It was signed as checkpoints are."),
        Ok(Some(why)) => Flash::note("The test did not arrive", &why),
        Err(error) if matches!(error.code(), Some("too-soon" | "not-found")) => {
            Flash::note("No test was sent", &error.to_string())
        }
        Err(error) => return Err(error.into()),
    };
    Ok(visit.go_telling("/access/trail", &flash))
}

#[handler]
pub async fn end(visit: Visit) -> Answer {
    let flash = match access::end_audit_webhook(visit.app(), visit.caller()?).await {
        Ok(()) => Flash::done("Nothing is sent any more").saying("The secret is gone as well."),
        Err(error) if error.code() == Some("not-found") => {
            Flash::note("Nothing had to be done", "No address is set.")
        }
        Err(error) => return Err(error.into()),
    };
    Ok(visit.go_telling("/access/trail", &flash))
}
