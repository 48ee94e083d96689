//! The audit trail: a file that proves what happened, and how to check it.

use api::access::{self, AuditStanding, Grant};
use api::identity::Deed;
use poem::http::header;
use poem::{Response, handler};
use serde::Serialize;

use super::webhook::{Hook, HookForm};
use super::words;
use crate::format;
use crate::render::Page;
use crate::site::{Answer, Form, PageError, Visit};
use crate::view::Figure;
use futures::try_join;

/// What the trail holds and how it is verified.
#[derive(Debug, Serialize)]
pub struct Trail {
    pub log: String,
    pub download: String,
    pub any: bool,
    pub facts: Vec<Figure>,
    pub key: String,
    pub command: String,
    /// Where checkpoints are sent, if anywhere.
    pub hook: Option<Hook>,
    pub form: HookForm,
}

/// Where the trail is; empty for whoever may not have it.
pub fn address(visit: &Visit) -> Result<String, PageError> {
    let caller = visit.caller()?;
    let may = Deed::ExportAuditTrail.allows(caller.kind, caller.role);
    Ok(if may { visit.link("/access/trail") } else { String::new() })
}

/// Where in the trail the letter was granted, for whoever may have the trail.
pub async fn place(visit: &Visit, grant: &Grant) -> Result<Option<Figure>, PageError> {
    if grant.granted_at.is_none() || address(visit)?.is_empty() {
        return Ok(None);
    }
    let seq = access::audit_place(visit.app(), visit.caller()?, grant.id).await?;
    Ok(seq.map(|seq| Figure::new("Audit record", format!("no. {}", seq))))
}

#[handler]
pub async fn show_trail(visit: Visit) -> Answer {
    visit.page(&page_of(&visit).await?)
}

pub async fn page_of(visit: &Visit) -> Result<Trail, PageError> {
    let (app, caller) = (visit.app(), visit.caller()?);
    let (standing, hook) =
        try_join!(access::audit_standing(app, caller), access::audit_webhook(app, caller))?;
    let signed = standing.signed.map(|(seq, at)| (seq, words::short(visit, at)));
    let addresses = (visit.link("/access/log"), visit.link("/access/trail.jsonl"));
    Ok(Trail {
        form: HookForm::of(visit, hook.as_ref()),
        hook: hook.map(|hook| Hook::of(visit, &hook)),
        ..Trail::of(&standing, signed, addresses)
    })
}

/// The file; `after` goes on where an earlier file ended.
#[handler]
pub async fn export_trail(visit: Visit, query: Form) -> Answer {
    let after = query.given("after").and_then(|text| text.parse().ok()).unwrap_or(0);
    let text = access::export_audit_trail(visit.app(), visit.caller()?, after).await?;
    let response = Response::builder()
        .content_type("application/jsonl; charset=utf-8")
        .header(header::CONTENT_DISPOSITION, "attachment; filename=\"audit-trail.jsonl\"")
        .body(text);
    Ok(response)
}

impl Trail {
    fn of(
        standing: &AuditStanding,
        signed: Option<(i64, String)>,
        (log, download): (String, String),
    ) -> Self {
        let signed = match signed {
            Some((seq, when)) => format!("up to record {seq}, on {when}"),
            None => "within the hour after the first record".to_owned(),
        };
        Self {
            any: standing.records > 0,
            facts: vec![
                Figure::new("Records", format::number(standing.records)),
                Figure::new("Signed", &signed),
                Figure::new("Key", &standing.key.id),
            ],
            command: format!(
                "attache audit verify --key {} audit-trail.jsonl",
                standing.key.public
            ),
            key: standing.key.public.clone(),
            log,
            download,
            hook: None,
            form: HookForm::default(),
        }
    }
}

impl Page for Trail {
    const TEMPLATE: &'static str = "access/trail.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let key = access::AuditKey {
            id: "3f9ac2d17b60e845".into(),
            public: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a".into(),
        };
        let page = |records, signed: Option<(i64, String)>| {
            let standing = AuditStanding { records, signed: None, key: key.clone() };
            let addresses = ("/p/larkfield/access/log", "/p/larkfield/access/trail.jsonl");
            Self::of(&standing, signed, (addresses.0.into(), addresses.1.into()))
        };
        let usual = || page(1_284, Some((1_280, "7 May, 09:00".into())));
        let sent = |failing| Self { hook: Some(Hook::sample(failing)), ..usual() };
        let form =
            HookForm { secret: format!("ahs_{}", "3f9ac2d1".repeat(8)), ..HookForm::default() };
        let new = Self { form, ..sent(false) };
        let errors = [("url", "A whole address, like https://example.com/checkpoints")];
        let errors = errors.into_iter().collect();
        let wrong = HookForm { url: "example".into(), errors, ..HookForm::default() };
        let wrong = Self { form: wrong, ..usual() };
        vec![
            ("usual", usual()),
            ("empty", page(0, None)),
            ("sent", sent(false)),
            ("failing", sent(true)),
            ("new secret", new),
            ("wrong address", wrong),
        ]
    }
}
