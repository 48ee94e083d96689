//! The partner agreement: its text for everyone, and putting the next version in force.

use api::identity::Deed;
use api::platform::refusal::{Common, Error};
use api::program::{self, Agreement, NewAgreement};
use poem::web::Path;
use poem::{Response, handler};
use serde::Serialize;

use super::application::paragraphs;
use super::words;
use crate::render::Page;
use crate::site::{Answer, Flash, Form, PageError, Visit};
use crate::view::{Errors, Figure};

/// A version in a few words.
#[derive(Debug, Clone, Serialize)]
pub struct Head {
    pub title: String,
    pub version: String,
    pub href: String,
    pub facts: Vec<Figure>,
}

impl Head {
    pub fn of(visit: &Visit, it: &Agreement) -> Self {
        Self {
            title: it.title.clone(),
            version: it.version.clone(),
            href: address(visit, &it.version),
            facts: vec![
                Figure::new("Version", it.version.clone()),
                Figure::new("Published", words::date(visit, it.published_at)),
                Figure::new("Hash", short(&it.hash_hex())),
            ],
        }
    }

    pub fn sample() -> Self {
        Self {
            title: "Larkfield partner agreement".into(),
            version: "2026-1".into(),
            href: "/p/larkfield/program/agreement?version=2026-1".into(),
            facts: vec![Figure::new("Version", "2026-1"), Figure::new("Hash", "9f86d081884c…")],
        }
    }
}

/// The beginning of a hash; the whole stands on the agreement's page.
fn short(hash: &str) -> String {
    format!("{}…", hash.chars().take(12).collect::<String>())
}

/// Where a version is read.
pub fn address(visit: &Visit, version: &str) -> String {
    visit.link(&format!("/program/agreement?version={}", encoded(version)))
}

fn encoded(version: &str) -> String {
    url::form_urlencoded::byte_serialize(version.as_bytes()).collect()
}

/// A version in the list of all.
#[derive(Debug, Serialize)]
pub struct Version {
    pub name: String,
    pub href: String,
    pub since: String,
    pub here: bool,
}

/// One version of the agreement with its text.
#[derive(Debug, Serialize)]
pub struct AgreementPage {
    pub title: String,
    pub version: String,
    pub since: String,
    /// Whether it is the one in force.
    pub in_force: bool,
    pub paragraphs: Vec<String>,
    pub hash: String,
    /// The very bytes that were hashed.
    pub bytes: String,
    pub versions: Vec<Version>,
    /// Where the next one is written, for who may.
    pub publish: Option<String>,
}

#[handler]
pub async fn see_agreement(visit: Visit, form: Form) -> Answer {
    let (app, vendor) = (visit.app(), visit.vendor());
    let agreement = match form.given("version") {
        Some(version) => program::public_agreement_version(app, vendor, version).await?,
        None => program::public_agreement(app, vendor).await?,
    };
    let versions = program::public_agreement_versions(app, vendor).await?;
    let here = visit.link("/program/agreement");
    let version = |(name, at): &(String, chrono::DateTime<chrono::Utc>)| Version {
        href: address(&visit, name),
        since: words::date(&visit, *at),
        here: *name == agreement.version,
        name: name.clone(),
    };
    visit.page(&AgreementPage {
        title: agreement.title.clone(),
        version: agreement.version.clone(),
        since: words::date(&visit, agreement.published_at),
        in_force: versions.first().is_some_and(|(name, _)| *name == agreement.version),
        paragraphs: paragraphs(&agreement.body),
        hash: agreement.hash_hex(),
        bytes: format!("{here}/{}/text", encoded(&agreement.version)),
        versions: versions.iter().map(version).collect(),
        publish: may_publish(&visit).then(|| format!("{here}/new")),
    })
}

fn may_publish(visit: &Visit) -> bool {
    let caller = visit.caller().ok();
    caller.is_some_and(|c| Deed::PublishAgreements.allows(c.kind, c.role))
}

/// The text as it was hashed, to be checked with any tool.
#[handler]
pub async fn agreement_text(visit: Visit, Path(version): Path<String>) -> Answer {
    let found = program::public_agreement_version(visit.app(), visit.vendor(), &version).await?;
    Ok(Response::builder().content_type("text/plain; charset=utf-8").body(found.body))
}

/// The next version as it is written.
#[derive(Debug, Default, Serialize)]
pub struct WriteAgreement {
    pub agreement: String,
    pub current: String,
    pub version: String,
    pub title: String,
    pub body: String,
    /// The text as partners will read it, once it was previewed without a fault.
    pub paragraphs: Vec<String>,
    pub hash: String,
    pub errors: Errors,
}

#[handler]
pub async fn new_agreement(visit: Visit) -> Answer {
    let mut page = blank(&visit).await?;
    let current = program::public_agreement(visit.app(), visit.vendor()).await?;
    page.title = current.title;
    page.body = current.body;
    visit.page(&page)
}

async fn blank(visit: &Visit) -> Result<WriteAgreement, PageError> {
    visit.caller()?;
    if !may_publish(visit) {
        let detail = "The owner or a program manager of the vendor publishes the agreement.";
        return Err(Common::NotPermitted(detail.to_owned()).into());
    }
    let current = program::public_agreement(visit.app(), visit.vendor()).await?;
    let agreement = visit.link("/program/agreement");
    Ok(WriteAgreement { agreement, current: current.version, ..WriteAgreement::default() })
}

/// The form with what is typed; line ends as everywhere, whatever the browser sent.
async fn typed(visit: &Visit, form: &Form) -> Result<(WriteAgreement, NewAgreement), PageError> {
    let mut page = blank(visit).await?;
    page.version = form.get("version").to_owned();
    page.title = form.get("title").to_owned();
    page.body = form.get("body").replace("\r\n", "\n");
    let (version, title, body) = (page.version.clone(), page.title.clone(), page.body.clone());
    Ok((page, NewAgreement { version, title, body }))
}

#[handler]
pub async fn preview_agreement(visit: Visit, form: Form) -> Answer {
    let (mut page, new) = typed(&visit, &form).await?;
    match new.checked() {
        Ok((new, hash)) => {
            let known = program::public_agreement_versions(visit.app(), visit.vendor()).await?;
            if known.iter().any(|(name, _)| *name == new.version) {
                page.errors.add("version", TAKEN);
                return visit.again(&page);
            }
            page.paragraphs = paragraphs(&new.body);
            page.hash = hex::encode(hash);
            visit.preview(&page)
        }
        Err(error) => {
            page.errors = PageError::from(Error::from(error)).into_errors(str::to_owned)?;
            visit.again(&page)
        }
    }
}

const TAKEN: &str = "This version exists already. A version is never written over";

#[handler]
pub async fn publish_agreement(visit: Visit, form: Form) -> Answer {
    let (mut page, new) = typed(&visit, &form).await?;
    match program::publish_agreement(visit.app(), visit.caller()?, new).await {
        Ok(agreement) => {
            let flash = Flash::done(&format!("Agreement {} is in force", agreement.version));
            let flash =
                flash.saying("Partners keep the one they accepted; who applies reads this.");
            Ok(visit.go_telling("/program/agreement", &flash))
        }
        Err(error) if error.code() == Some("agreement-version-taken") => {
            page.errors.add("version", TAKEN);
            visit.again(&page)
        }
        Err(error) => {
            page.errors = PageError::from(error).into_errors(str::to_owned)?;
            visit.again(&page)
        }
    }
}

impl Page for AgreementPage {
    const TEMPLATE: &'static str = "program/agreement.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let page = |in_force| Self {
            title: "Larkfield partner agreement".into(),
            version: "2026-1".into(),
            since: "2 May 2026".into(),
            in_force,
            paragraphs: vec!["1. What this is. You work for customers of Larkfield.".into()],
            hash: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into(),
            bytes: "/p/larkfield/program/agreement/2026-1/text".into(),
            versions: vec![Version {
                name: "2026-1".into(),
                href: "/p/larkfield/program/agreement?version=2026-1".into(),
                since: "2 May 2026".into(),
                here: true,
            }],
            publish: in_force.then(|| "/p/larkfield/program/agreement/new".into()),
        };
        vec![("in force", page(true)), ("earlier", page(false))]
    }
}

impl Page for WriteAgreement {
    const TEMPLATE: &'static str = "program/write_agreement.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let page = || Self {
            agreement: "/p/larkfield/program/agreement".into(),
            current: "2026-1".into(),
            title: "Larkfield partner agreement".into(),
            body: "1. What this is.\n\n2. Who may work.".into(),
            ..Self::default()
        };
        let errors = [("version", TAKEN)].into_iter().collect();
        let previewed = Self {
            version: "2026-2".into(),
            paragraphs: vec!["1. What this is.".into(), "2. Who may work.".into()],
            hash: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into(),
            ..page()
        };
        vec![("new", page()), ("preview", previewed), ("wrong", Self { errors, ..page() })]
    }
}
