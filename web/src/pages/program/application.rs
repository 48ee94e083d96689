//! One application: everything of it, and its decision.

use api::identity::Deed;
use api::kernel::id::ApplicationId;
use api::platform::refusal::{Common, Error};
use api::program::{self, Application, ApplicationState, PartnerKind, Taxonomy};
use poem::handler;
use poem::web::Path;
use serde::Serialize;

use super::{agreement, words};
use crate::format;
use crate::render::Page;
use crate::site::{Answer, Flash, Form, PageError, Visit};
use crate::view::{Errors, Figure, Link, Notice, State, Tag};

/// A client whom the applicant names.
#[derive(Debug, Serialize)]
pub struct Reference {
    pub name: String,
    pub organization: String,
    pub email: String,
    pub said: String,
}

/// An application as the vendor's people and the applicant see it.
#[derive(Debug, Default, Serialize)]
pub struct ApplicationPage {
    pub name: String,
    pub action: String,
    /// Where it was opened from.
    pub back: Option<Link>,
    pub who: String,
    pub state: Option<State>,
    /// What became of it, or what it waits for.
    pub notice: Option<Notice>,
    pub facts: Vec<Figure>,
    pub note: Vec<String>,
    /// What they are: a consultant's skills, or whom a reseller sells to.
    pub specialities_title: String,
    pub specialities: Vec<Tag>,
    pub references: Vec<Reference>,
    /// The version that was accepted, and the hash of its text.
    pub agreement: Option<Link>,
    pub agreement_hash: String,
    /// It waits, and whoever looks may decide it.
    pub decides: bool,
    /// It waits, and why whoever looks may not decide it.
    pub closed: String,
    pub withdraws: bool,
    pub reason: String,
    pub errors: Errors,
}

#[handler]
pub async fn see_application(visit: Visit, Path(id): Path<String>) -> Answer {
    let application = find(&visit, &id).await?;
    visit.page(&page_of(&visit, &application).await?)
}

async fn find(visit: &Visit, id: &str) -> Result<Application, PageError> {
    let id = ApplicationId::parse(id).ok_or(Common::NotFound("application"))?;
    Ok(program::see_application(visit.app(), visit.caller()?, id).await?)
}

async fn page_of(visit: &Visit, it: &Application) -> Result<ApplicationPage, PageError> {
    let caller = visit.caller()?;
    let taxonomy = program::public_taxonomy(visit.app(), visit.vendor()).await?;
    let open = it.state == ApplicationState::Submitted;
    let own = it.organization == caller.organization;
    let may = |deed: Deed| deed.allows(caller.kind, caller.role);
    let decides = open && may(Deed::DecideApplications);
    let closed = match (open, own) {
        (true, false) if !decides => {
            words::only("owner or a program manager", "decide applications")
        }
        (true, true) if !may(Deed::ApplyToProgram) => words::only("owner", "take it back"),
        _ => String::new(),
    };
    let back = if own {
        Link::new("Your standing", &visit.link("/program"))
    } else {
        Link::new("Applications", &visit.link("/program/applications"))
    };
    let version = format!("Agreement {}", it.agreement_version);
    let agreement = agreement::address(visit, &it.agreement_version);
    let reference = |r: &program::ClientReference| Reference {
        name: r.name.clone(),
        organization: r.organization.clone(),
        email: r.email.clone(),
        said: r.said.clone(),
    };
    Ok(ApplicationPage {
        name: it.organization_name.clone(),
        action: visit.link(&format!("/program/applications/{}", it.id)),
        back: Some(back),
        who: format!("{} · {}", words::kind(it.kind), format::place(&it.city, &it.country)),
        state: Some(words::application_state(it.state)),
        notice: notice(visit, it, own),
        facts: facts(visit, it),
        note: paragraphs(&it.note),
        specialities_title: asked(it.kind).to_owned(),
        specialities: it.specialities.iter().map(|slug| titled(&taxonomy, slug)).collect(),
        references: it.references.iter().map(reference).collect(),
        agreement: Some(Link::new(&version, &agreement)),
        agreement_hash: it.agreement_hash.clone(),
        decides,
        closed,
        withdraws: open && own && may(Deed::ApplyToProgram),
        reason: String::new(),
        errors: Errors::default(),
    })
}

fn notice(visit: &Visit, it: &Application, own: bool) -> Option<Notice> {
    let who = it.decision.as_ref().map(|d| {
        let reason = d.reason.clone().unwrap_or_default();
        (format!("{}, {}", d.by_name, words::instant(visit, d.at)), reason)
    });
    let (who, reason) = who.unwrap_or_default();
    match it.state {
        ApplicationState::Submitted if own => {
            let text = "You are told by mail and in your inbox as soon as it is decided.";
            Some(Notice::held(&format!("{} decides", visit.shell().program.vendor), text))
        }
        ApplicationState::Submitted => None,
        ApplicationState::Approved => Some(Notice::good(&format!("Admitted by {who}"), &reason)),
        ApplicationState::Rejected => Some(Notice::bad(&format!("Refused by {who}"), &reason)),
        ApplicationState::Withdrawn => {
            let text = "Nobody decides it any more. They may apply again.";
            let own_text = "Nobody decides it any more. You may apply again whenever you like.";
            Some(Notice::info("It was taken back", if own { own_text } else { text }))
        }
    }
}

fn facts(visit: &Visit, it: &Application) -> Vec<Figure> {
    vec![
        Figure::new("Applies as", words::kind(it.kind)),
        Figure::new("Sent", words::date(visit, it.submitted_at)),
        Figure::new("By", it.applicant_name.clone()),
    ]
}

/// A text's paragraphs: what blank lines set apart.
pub fn paragraphs(text: &str) -> Vec<String> {
    let text = text.replace("\r\n", "\n");
    let all = text.split("\n\n").map(str::trim).filter(|p| !p.is_empty());
    all.map(str::to_owned).collect()
}

fn asked(kind: PartnerKind) -> &'static str {
    match kind {
        PartnerKind::Consultant => "Specialities",
        PartnerKind::Reseller => "Industries they sell to",
    }
}

fn titled(taxonomy: &Taxonomy, slug: &str) -> Tag {
    let skill = taxonomy.skill(slug).map(|s| s.title.as_str());
    let title = skill.or_else(|| taxonomy.category(slug).map(|c| c.title.as_str()));
    let title = title.or_else(|| taxonomy.industry(slug).map(|i| i.title.as_str()));
    Tag::new("check", title.unwrap_or(slug))
}

/// To the application, saying why the deed came too late, when it did.
fn too_late(visit: &Visit, id: &str, error: Error) -> Answer {
    if error.code() != Some("application-state") {
        return Err(error.into());
    }
    let flash = Flash::note("It was decided or taken back meanwhile", &error.to_string());
    Ok(visit.go_telling(&format!("/program/applications/{id}"), &flash))
}

#[handler]
pub async fn approve_application(visit: Visit, Path(id): Path<String>) -> Answer {
    let it = find(&visit, &id).await?;
    match program::approve_application(visit.app(), visit.caller()?, it.id).await {
        Ok(it) => {
            let flash = Flash::done(&format!("{} is a partner now", it.organization_name));
            let flash = flash.saying("They are told by mail. Their standing begins as Listed.");
            Ok(visit.go_telling(&format!("/program/applications/{}", it.id), &flash))
        }
        Err(error) => too_late(&visit, &id, error),
    }
}

#[handler]
pub async fn reject_application(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let it = find(&visit, &id).await?;
    let reason = form.get("reason");
    match program::reject_application(visit.app(), visit.caller()?, it.id, reason).await {
        Ok(it) => {
            let flash = Flash::done(&format!("{} is refused", it.organization_name));
            let flash = flash.saying("They are told by mail, with your reason.");
            Ok(visit.go_telling(&format!("/program/applications/{}", it.id), &flash))
        }
        Err(error) if error.code() == Some("invalid") => {
            let mut page = page_of(&visit, &it).await?;
            page.reason = reason.to_owned();
            page.errors = PageError::from(error).into_errors(str::to_owned)?;
            visit.again(&page)
        }
        Err(error) => too_late(&visit, &id, error),
    }
}

#[handler]
pub async fn withdraw_application(visit: Visit, Path(id): Path<String>) -> Answer {
    let it = find(&visit, &id).await?;
    match program::withdraw_application(visit.app(), visit.caller()?, it.id).await {
        Ok(_) => {
            let flash = Flash::done("Your application is taken back");
            Ok(visit.go_telling("/program", &flash.saying("You may apply again at any time.")))
        }
        Err(error) => too_late(&visit, &id, error),
    }
}

/// The address of a deed opened by hand, or loaded again: its application.
#[handler]
pub async fn back_to_application(visit: Visit, Path(id): Path<String>) -> Answer {
    let it = find(&visit, &id).await?;
    Ok(visit.go(&format!("/program/applications/{}", it.id)))
}

impl Page for ApplicationPage {
    const TEMPLATE: &'static str = "program/application.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let mut wrong = sample();
        wrong.reason = "no".into();
        wrong.errors.add("reason", "Enter a reason of 10 to 1000 characters");
        let looks = Self {
            decides: false,
            closed: words::only("owner or a program manager", "decide applications"),
            ..sample()
        };
        let refused = Self {
            decides: false,
            state: Some(State::REFUSED),
            notice: Some(Notice::bad("Refused by Samir Haddad", "It names no consent.")),
            ..sample()
        };
        let own = Self {
            decides: false,
            withdraws: true,
            back: Some(Link::new("Your standing", "/p/larkfield/program")),
            notice: Some(Notice::held("Larkfield decides", "You are told by mail.")),
            note: Vec::new(),
            ..sample()
        };
        vec![
            ("decide", sample()),
            ("wrong", wrong),
            ("looks", looks),
            ("refused", refused),
            ("own", own),
        ]
    }
}

fn sample() -> ApplicationPage {
    ApplicationPage {
        name: "Brannock & Vale".into(),
        action: "/p/larkfield/program/applications/a-1".into(),
        back: Some(Link::new("Applications", "/p/larkfield/program/applications")),
        who: "Consultant · Leeds, United Kingdom".into(),
        state: Some(State::WAITING),
        facts: vec![
            Figure::new("Applies as", "Consultant"),
            Figure::new("Sent", "2 May 2026"),
            Figure::new("By", "Rosalind Vale"),
        ],
        note: vec!["We are fourteen people, six of whom would work in the program.".into()],
        specialities_title: "Specialities".into(),
        specialities: vec![Tag::new("check", "Dashboards"), Tag::new("check", "Attribution")],
        references: vec![Reference {
            name: "Harjit Sandhu".into(),
            organization: "Aire Valley Building Society".into(),
            email: "harjit.sandhu@airevalley.example".into(),
            said: "They rebuilt our monthly report in five weeks.".into(),
        }],
        agreement: Some(Link::new("Agreement 2026-1", "/p/larkfield/program/agreement")),
        agreement_hash: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into(),
        decides: true,
        ..ApplicationPage::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_lines_set_paragraphs_apart() {
        assert_eq!(paragraphs("One\ntwo.\r\n\r\n\n Three. \n"), ["One\ntwo.", "Three."]);
        assert!(paragraphs(" \n").is_empty());
    }
}
