//! What an application wants to be told of an account before people go there: where it is run, and
//! what it calls us. A secret that is typed never comes back to the page.

use std::collections::BTreeMap;

use api::access;
use api::identity::Deed;
use api::kernel::id::ConnectionId;
use api::platform::refusal::Common;
use api::upstreams::{AccountPart, PartKind, Upstream, Way};
use poem::handler;
use serde::Serialize;

use super::connecting::mended;
use super::connections::customer;
use crate::render::Page;
use crate::site::{Answer, Form, Visit};
use crate::view::{Choice, Errors};

/// One thing that is asked.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Question {
    /// Name and id of its control.
    pub id: String,
    pub label: String,
    pub hint: String,
    pub value: String,
    pub secret: bool,
    /// The only answers there are, if they are few.
    pub options: Vec<Choice>,
    pub error: Option<String>,
}

/// The questions of an application.
#[derive(Debug, Default, Serialize)]
pub struct TellPage {
    pub application: String,
    pub upstream: String,
    /// The connection that is mended, and its name; empty for a new one.
    pub connection: String,
    pub account: String,
    pub questions: Vec<Question>,
    /// Where the customer's own client leads back to; empty when the client is ours.
    pub callback: String,
    /// Nobody has to agree anywhere: what is told here connects the account.
    pub at_once: bool,
    pub connections: String,
    pub errors: Errors,
}

/// Where an application asks, inside the program.
pub fn address(upstream: &str, mend: Option<ConnectionId>) -> String {
    let mended = mend.map(|id| format!("&connection={id}")).unwrap_or_default();
    format!("/connections/new?upstream={upstream}{mended}")
}

/// What was typed, by the names of the parts.
pub fn given(upstream: &Upstream, form: &Form) -> BTreeMap<String, String> {
    let typed = |part: &AccountPart| (part.name.clone(), form.get(&id_of(part)).to_owned());
    asked(upstream).map(typed).collect()
}

/// The control of a field of the API: `parts.host` is `part_host`.
pub fn control(upstream: &Upstream) -> impl Fn(&str) -> String + '_ {
    |field| {
        let name = field.strip_prefix("parts.").unwrap_or(field);
        asked(upstream).find(|part| part.name == name).map(id_of).unwrap_or_default()
    }
}

fn asked(upstream: &Upstream) -> impl Iterator<Item = &AccountPart> {
    upstream.parts.iter().filter(|part| part.asked)
}

/// Forms that wait for somebody to sign in keep nothing that is named a password.
fn id_of(part: &AccountPart) -> String {
    let secret = part.kind == PartKind::Secret;
    if secret { format!("password_{}", part.name) } else { format!("part_{}", part.name) }
}

#[handler]
pub async fn tell(visit: Visit, query: Form) -> Answer {
    let caller = customer(&visit)?;
    let known = visit.app().upstreams.get(query.get("upstream"));
    let upstream = known.ok_or(Common::NotFound("application"))?;
    if !Deed::ConnectAccounts.allows(caller.kind, caller.role) {
        let detail = "An owner or admin of your organization connects accounts.";
        return Err(Common::NotPermitted(detail.to_owned()).into());
    }
    let mend = mended(&query)?;
    let Some(id) = mend else { return visit.page(&TellPage::of(&visit, upstream, (None, ""))) };
    let connection = access::get_connection(visit.app(), caller, id).await?;
    let mut page = TellPage::of(&visit, upstream, (mend, &connection.account_name));
    for (question, part) in page.questions.iter_mut().zip(asked(upstream)) {
        let before = connection.parts.get(&part.name).and_then(|value| value.as_str());
        question.answer(before.unwrap_or_default());
    }
    visit.page(&page)
}

impl TellPage {
    /// The questions without answers.
    pub fn of(
        visit: &Visit,
        upstream: &Upstream,
        (mend, account): (Option<ConnectionId>, &str),
    ) -> Self {
        let own = asked(upstream).any(|part| part.kind == PartKind::Secret);
        let at_once = matches!(upstream.oauth.way, Way::ClientCredentials);
        let callback = visit.app().site.link("/oauth/callback");
        Self {
            application: upstream.name.clone(),
            upstream: upstream.slug.clone(),
            connection: mend.map(|id| id.to_string()).unwrap_or_default(),
            account: account.to_owned(),
            questions: asked(upstream).map(|part| Question::of(part, mend.is_some())).collect(),
            callback: if own && !at_once { callback } else { String::new() },
            at_once,
            connections: visit.link("/connections"),
            errors: Errors::default(),
        }
    }

    /// With what was typed, but for secrets.
    pub fn typed(&mut self, upstream: &Upstream, form: &Form) {
        for (question, part) in self.questions.iter_mut().zip(asked(upstream)) {
            question.answer(form.get(&id_of(part)));
        }
    }

    pub fn faulty(&mut self, errors: Errors) {
        for question in &mut self.questions {
            question.error = errors.on.get(&question.id).cloned();
        }
        self.errors = errors;
    }
}

impl Question {
    fn of(part: &AccountPart, mends: bool) -> Self {
        let secret = part.kind == PartKind::Secret;
        let example = match part.example.as_str() {
            "" => String::new(),
            example => format!("For example {example}"),
        };
        let kept = if secret && mends { "Leave it empty to keep the one you gave." } else { "" };
        let hints = [part.hint.as_str(), &example, kept];
        let hints: Vec<&str> = hints.into_iter().filter(|hint| !hint.is_empty()).collect();
        let choice = |value: &String| Choice::new(value, value, false);
        Self {
            id: id_of(part),
            label: part.label.clone(),
            hint: hints.join(" "),
            secret,
            options: part.choices.iter().map(choice).collect(),
            ..Self::default()
        }
    }

    fn answer(&mut self, value: &str) {
        if self.secret {
            return;
        }
        value.clone_into(&mut self.value);
        self.options.iter_mut().for_each(|option| option.chosen = option.value == value);
    }
}

impl Page for TellPage {
    const TEMPLATE: &'static str = "access/tell.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let question = |id: &str, label: &str, hint: &str| Question {
            id: id.into(),
            label: label.into(),
            hint: hint.into(),
            ..Question::default()
        };
        let secret = Question {
            secret: true,
            ..question("password_client_secret", "Client secret", "Shown beside the client id.")
        };
        let mut login = question("part_login", "Where your people log in", "");
        login.options = vec![
            Choice::new("login.example.com", "login.example.com", true),
            Choice::new("test.example.com", "test.example.com", false),
        ];
        let host = question("part_host", "Host of your Mautic", "For example mautic.example.com");
        let page = |account: &str| Self {
            application: "Mautic".into(),
            upstream: "mautic".into(),
            connection: if account.is_empty() { String::new() } else { "c-1".into() },
            account: account.into(),
            questions: vec![host.clone(), login.clone(), secret.clone()],
            callback: "https://experts.larkfield.example/oauth/callback".into(),
            at_once: false,
            connections: "/p/larkfield/connections".into(),
            errors: Errors::default(),
        };
        let mut wrong = page("");
        wrong.questions.iter_mut().take(1).for_each(|q| q.answer("https://mautic.example.com/"));
        let said = "Enter the name of a public host alone, such as mautic.example.com";
        wrong.faulty([("part_host", said)].into_iter().collect());
        let at_once = Self { callback: String::new(), at_once: true, ..page("") };
        vec![
            ("at once", at_once),
            ("new", page("")),
            ("mend", page("mautic.fjordhaus.example")),
            ("wrong", wrong),
        ]
    }
}
