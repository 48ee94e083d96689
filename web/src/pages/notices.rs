//! The inbox, and what is mailed.

use api::kernel::id::NoticeId;
use api::notices::{self, MutedKind, NoticesError};
use api::platform::refusal::Common;
use poem::web::Path;
use poem::{Route, get, handler, post};
use serde::Serialize;

use super::identity::settings_tabs;
use crate::format;
use crate::render::Page;
use crate::samples::Sample;
use crate::site::{Answer, Flash, Form, Visit};
use crate::view::{Choice, Link, Moment, MomentKind, Pager, Tab};

/// A notice on the spine.
#[derive(Debug, Serialize)]
pub struct Line {
    pub id: String,
    /// The day above it, where it is the first of its day.
    pub day: String,
    pub moment: Moment,
    pub text: String,
    pub act: String,
    pub href: String,
    pub unread: bool,
}

/// What the person was told, for the organization they act for.
#[derive(Debug, Serialize)]
pub struct Inbox {
    pub organization: String,
    pub unread: String,
    pub lines: Vec<Line>,
    pub any_unread: bool,
    pub pager: Option<Pager>,
    pub start: Link,
}

impl Page for Inbox {
    const TEMPLATE: &'static str = "notices/inbox.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let line = |id: &str, kind: &str, day: &str, unread| Line {
            id: id.into(),
            day: day.into(),
            moment: Moment {
                kind: moment_kind(kind),
                icon: icon(kind),
                machine: "2026-05-12T18:00+02:00".into(),
                when: "18:00".into(),
                title: "Ines Brandt sent a proposal".into(),
                text: String::new(),
                aside: if unread { "New".into() } else { String::new() },
            },
            text: "€3,240.00, from 18 May. It lapses in 14 days.".into(),
            act: "See the proposal".into(),
            href: "/p/larkfield/proposals/1".into(),
            unread,
        };
        let page = |lines, any_unread, pager| Self {
            organization: "Fjordhaus Outdoor".into(),
            unread: "1 unread".into(),
            lines,
            any_unread,
            pager,
            start: Link::new("Back to today", "/p/larkfield/"),
        };
        let earlier = Some("/p/larkfield/inbox?cursor=x".into());
        let pager = Pager { shown: "2 shown".into(), earlier, later: None };
        let lines =
            vec![line("1", "proposal", "Tuesday 12 May", true), line("2", "money", "", false)];
        vec![("usual", page(lines, true, Some(pager))), ("empty", page(Vec::new(), false, None))]
    }
}

/// Which kinds are mailed.
#[derive(Debug, Serialize)]
pub struct Mailed {
    pub tabs: Vec<Tab>,
    pub kinds: Vec<Choice>,
    /// What always comes by mail.
    pub always: Vec<String>,
}

impl Page for Mailed {
    const TEMPLATE: &'static str = "notices/mailed.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let kinds = vec![
            Choice::new("proposal", "Proposals and answers to them", true),
            Choice::new("review", "Reviews", false),
        ];
        let always = vec!["Money held, released, returned and paid out".into()];
        let tabs = settings_tabs("/p/larkfield", "/settings/mail");
        vec![("usual", Self { tabs, kinds, always })]
    }
}

pub fn samples() -> Vec<Sample> {
    [Inbox::sample_list(), Mailed::sample_list()].into_iter().flatten().collect()
}

pub fn routes(routes: Route) -> Route {
    routes
        .at("/inbox", get(inbox))
        .at("/inbox/read-all", post(read_all))
        .at("/inbox/:notice/open", post(open))
        .at("/settings/mail", get(mailed_form).post(set_mailed))
}

#[handler]
async fn inbox(visit: Visit, form: Form) -> Answer {
    let caller = visit.caller()?;
    let page = notices::list(visit.app(), caller, None, form.given("cursor")).await?;
    let (zone, now) = (visit.zone(), visit.app().clock.now());
    let mut day = String::new();
    let mut lines = Vec::with_capacity(page.items.len());
    for item in page.items {
        let its_day = format::day_in(item.created_at, zone, now);
        let first = its_day != day;
        day.clone_from(&its_day);
        let unread = item.read_at.is_none();
        lines.push(Line {
            id: item.id.to_string(),
            day: if first { its_day } else { String::new() },
            moment: Moment {
                kind: moment_kind(&item.kind),
                icon: icon(&item.kind),
                machine: format::machine_time(item.created_at, zone),
                when: format::hour(item.created_at, zone),
                title: item.title,
                text: String::new(),
                aside: if unread { "New".to_owned() } else { String::new() },
            },
            text: item.body,
            act: notices::Kind::of(&item.kind).map_or("Open the page", |kind| kind.act).to_owned(),
            href: visit.link(&item.link),
            unread,
        });
    }
    let any_unread = visit.shell().unread > 0;
    let later = form.given("cursor").map(|_| visit.link("/inbox"));
    let earlier = page.next.map(|cursor| visit.link(&format!("/inbox?cursor={cursor}")));
    let shown = format!("{} shown", lines.len());
    let some_page = earlier.is_some() || later.is_some();
    let organization = visit.seat().map(|seat| seat.organization_name.clone());
    visit.page(&Inbox {
        organization: organization.unwrap_or_default(),
        unread: format!("{} unread", visit.shell().unread),
        lines,
        any_unread,
        pager: some_page.then_some(Pager { shown, earlier, later }),
        start: Link::new("Back to today", &visit.link("/")),
    })
}

fn icon(kind: &str) -> &'static str {
    match kind {
        "application" => "file",
        "invitation" => "mail",
        "proposal" => "send",
        "work" => "flag",
        "message" => "message",
        "review" => "star",
        "team" => "user",
        "money" => "coins",
        "access" => "key",
        "dispute" => "scale",
        _ => "bell",
    }
}

fn moment_kind(kind: &str) -> MomentKind {
    match kind {
        "money" => MomentKind::Money,
        "access" => MomentKind::Access,
        "work" => MomentKind::Milestone,
        _ => MomentKind::Message,
    }
}

/// Opening a notice is a deed: it is read from then on.
#[handler]
async fn open(visit: Visit, Path(notice): Path<String>) -> Answer {
    let id = NoticeId::parse(&notice).ok_or(Common::NotFound("notice"))?;
    let link = notices::mark_read(visit.app(), visit.caller()?, id).await?;
    Ok(visit.go(&link))
}

#[handler]
async fn read_all(visit: Visit) -> Answer {
    notices::mark_all_read(visit.app(), visit.caller()?).await?;
    Ok(visit.go_telling("/inbox", &Flash::done("Everything is marked as read")))
}

#[handler]
async fn mailed_form(visit: Visit) -> Answer {
    let kinds = notices::muted(visit.app(), visit.caller()?).await?;
    let mailed =
        |choice: &MutedKind| Choice::new(choice.kind.word, choice.kind.label, !choice.muted);
    let (mutable, always): (Vec<MutedKind>, Vec<MutedKind>) =
        kinds.into_iter().partition(|choice| choice.kind.can_be_muted);
    visit.page(&Mailed {
        tabs: settings_tabs(&visit.link(""), "/settings/mail"),
        kinds: mutable.iter().map(mailed).collect(),
        always: always.iter().map(|choice| choice.kind.label.to_owned()).collect(),
    })
}

/// The form says what is mailed; what may be muted and is not ticked is muted.
#[handler]
async fn set_mailed(visit: Visit, form: Form) -> Answer {
    let wanted = form.all("kinds");
    if let Some(unknown) = wanted.iter().find(|word| notices::Kind::of(word).is_err()) {
        return Err(NoticesError::UnknownKind(unknown.clone()).into());
    }
    let unwanted = notices::KINDS.iter().filter(|kind| kind.can_be_muted);
    let unwanted = unwanted.map(|kind| kind.word.to_owned()).filter(|w| !wanted.contains(w));
    let unwanted: Vec<String> = unwanted.collect();
    notices::set_muted(visit.app(), visit.caller()?, &unwanted).await?;
    Ok(visit.go_telling("/settings/mail", &Flash::done("Saved")))
}
