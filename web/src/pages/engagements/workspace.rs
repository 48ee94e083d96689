//! The workspace of an engagement: whose turn it is, its milestones, access, agreement, and talk.

use api::access;
use api::engagements::{self, EngagementView, MilestoneView, Sight, TimelineTopic};
use api::identity::Deed;
use api::kernel::id::EngagementId;
use api::platform::http::paging::PageWanted;
use api::platform::refusal::Common;
use poem::handler;
use poem::web::Path;
use serde::Serialize;

use super::letters::{self, Access};
use super::standpoint::{Standpoint, TurnPanel};
use super::talk::{self, Entry};
use super::work::{self, Agreed, Work};
use super::{access_turn, hours, mandate, pulse, words};
use crate::site::{Answer, Flash, Form, PageError, Upload, Visit};
use crate::view::{Chip, Errors, Figure, Link, Notice, State};

/// Entries of the timeline on one page.
const ENTRIES: i64 = 25;
/// Letters shown beside the work; all of them stand on the page of access.
const LETTERS: i64 = 4;

/// The talk with its timeline.
#[derive(Debug, Clone, Serialize)]
pub struct Talk {
    pub write_to: String,
    pub may_write: bool,
    pub hint: String,
    pub send: String,
    pub share: String,
    /// Under which name a draft stays in the browser.
    pub keep: String,
    pub chips: Vec<Chip>,
    pub ahead: Vec<Entry>,
    pub entries: Vec<Entry>,
    pub older: Option<Link>,
    pub newest: Option<Link>,
}

/// One engagement, for whoever may see it.
#[derive(Debug, Serialize)]
pub struct Workspace {
    pub title: String,
    pub eyebrow: Vec<String>,
    /// "With " a person who has a page, and their house.
    pub with: Link,
    pub house: String,
    pub state: State,
    pub turn: Option<TurnPanel>,
    pub awaited: Option<Notice>,
    pub pulse: Option<String>,
    pub work: Work,
    pub access: Access,
    pub agreed: Agreed,
    pub guests: Vec<Figure>,
    /// Absent for people of the program whom nobody invited.
    pub talk: Option<Talk>,
    pub message: String,
    pub errors: Errors,
}

#[handler]
pub async fn see_engagement(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    visit.page(&workspace(&visit, parse(&id)?, &form).await?)
}

pub fn parse(id: &str) -> Result<EngagementId, PageError> {
    Ok(EngagementId::parse(id).ok_or(Common::NotFound("engagement"))?)
}

/// The page with the part of the timeline that the query asks for.
async fn workspace(visit: &Visit, id: EngagementId, form: &Form) -> Result<Workspace, PageError> {
    let (app, caller) = (visit.app(), visit.caller()?);
    let seen = engagements::see_engagement(app, caller, id).await?;
    let stand = Standpoint::new(visit, &seen.overview, seen.sight);
    let own = stand.own_turns().first().and_then(|turn| turn.milestone);
    let milestone = own.map(|(id, _)| id).or(seen.overview.milestones.first().map(|m| m.id));
    let sample = async {
        match milestone {
            Some(id) => engagements::see_milestone(app, caller, id).await.map(Some),
            None => Ok(None),
        }
    };
    let grants = access::list_grants(app, caller, Some(id), PageWanted::first(LETTERS));
    let open = async {
        match seen.overview.engagement.hourly {
            Some(_) => engagements::see_weeks(app, caller, id).await.map(Some),
            None => Ok(None),
        }
    };
    let (sample, grants, talk, payer, weeks) = futures::try_join!(
        async { Ok(sample.await?) },
        async { Ok(grants.await?) },
        talk_of(&stand, form),
        mandate::payer(&stand),
        async { Ok(open.await?) }
    )?;
    let account = grants.iter().find_map(|g| g.account_name.clone());
    let mut page = Workspace::of(&stand, &seen, sample.as_ref());
    page.eyebrow.extend(account.map(|name| format!("Account {name}")));
    page.access = letters::access_of(&stand, &grants);
    page.turn = access_turn::with_access(&stand, page.turn, &grants);
    page.awaited = page.awaited.filter(|_| page.turn.is_none());
    page.talk = talk;
    page.work.rows.splice(0..0, weeks.iter().flat_map(|of| hours::running(&stand, of)));
    if let Some(hours) = &mut page.work.hours {
        hours.payer = payer;
    }
    Ok(page)
}

async fn talk_of(stand: &Standpoint<'_>, form: &Form) -> Result<Option<Talk>, PageError> {
    if stand.sight == Sight::Program {
        return Ok(None);
    }
    let (app, caller) = (stand.visit.app(), stand.visit.caller()?);
    let of = &stand.of.engagement;
    let topic = form.given("topic").and_then(TimelineTopic::parse);
    let list = format!("timeline-page:{}:{topic:?}", of.id);
    let cursor = form.given("cursor");
    let page = PageWanted::read(&app.cursors, &list, Some(ENTRIES), cursor)?;
    let (counts, (items, next)) = futures::try_join!(
        engagements::timeline_counts(app, caller, of.id),
        engagements::timeline(app, caller, of.id, topic, page),
    )?;
    let query = topic.map(|t| format!("topic={t}&")).unwrap_or_default();
    let link = |rest: &str| stand.link(&format!("?{query}{rest}#timeline"));
    let first = topic.is_none() && cursor.is_none();
    Ok(Some(Talk {
        write_to: format!("Write to {}", stand.other()),
        may_write: stand.may(Deed::WriteMessages),
        hint: hint(stand),
        send: stand.link("/messages"),
        share: format!(
            "{}?idempotency_key={}.share",
            stand.link("/files"),
            stand.visit.shell().form_key
        ),
        keep: of.label(),
        chips: talk::chips(stand, &counts, topic),
        ahead: if first { talk::ahead(stand) } else { Vec::new() },
        entries: talk::entries(stand, items),
        older: next.map(|at| {
            Link::new("Older entries", &link(&format!("cursor={}", app.cursors.seal(&list, at))))
        }),
        newest: cursor.map(|_| Link::new("Back to the newest", &link(""))),
    }))
}

/// Who reads what is written.
fn hint(stand: &Standpoint<'_>) -> String {
    match stand.sight {
        Sight::Guest => "Both sides and invited people of the program read it.".to_owned(),
        _ => format!(
            "Read by both sides, and by people of {} only if one of you invited them by name.",
            stand.visit.shell().program.vendor
        ),
    }
}

impl Workspace {
    fn of(stand: &Standpoint<'_>, seen: &EngagementView, sample: Option<&MilestoneView>) -> Self {
        let (of, names) = (&stand.of.engagement, &stand.of.names);
        let expert = stand.visit.link(&format!("/experts/{}", names.profile_slug));
        let (with, house) = match stand.side() {
            Some(engagements::Side::Customer) => {
                (Link::new(&names.consultant, &expert), names.partner.clone())
            }
            Some(engagements::Side::Partner) => (Link::new(&names.customer, ""), String::new()),
            None => (Link::new(&names.consultant, &expert), format!("for {}", names.customer)),
        };
        let turn = stand.panel(sample.and_then(work::sum));
        let awaited = if turn.is_none() { standing(stand) } else { None };
        let vendor = &stand.visit.shell().program.vendor;
        let open = seen.guests.iter().filter(|g| g.ended_at.is_none());
        Self {
            title: of.title.clone(),
            eyebrow: vec![format!("Engagement {}", of.label()), dates(stand)],
            with,
            house,
            state: words::state(of.state),
            turn,
            awaited,
            pulse: pulse::address(stand),
            work: work::work(stand),
            access: letters::access_of(stand, &[]),
            agreed: work::agreed(stand, sample),
            guests: open.map(|g| Figure::new(&g.name, vendor)).collect(),
            talk: None,
            message: String::new(),
            errors: Errors::default(),
        }
    }
}

/// "20 April to 14 June 2026", as far as it is known.
fn dates(stand: &Standpoint<'_>) -> String {
    let of = &stand.of.engagement;
    let day = |at| crate::format::date(words::local(stand.visit, at));
    match (of.signed_at, of.ended_at) {
        (Some(from), Some(to)) => format!("{} to {}", day(from), day(to)),
        (Some(from), None) => format!("signed {}", day(from)),
        (None, _) => format!("agreed {}", day(of.created_at)),
    }
}

/// What is awaited from whom, or how it stands when nothing is.
fn standing(stand: &Standpoint<'_>) -> Option<Notice> {
    use engagements::EngagementState as State;
    let of = &stand.of.engagement;
    let reason = of.end_reason.clone().unwrap_or_default();
    let ended = of.ended_at.map(|at| words::then(stand.visit, at)).unwrap_or_default();
    match of.state {
        State::Disputed => {
            let mut rest =
                "Work and money wait. Held money stays held until it is settled; the page of its \
                 milestone says what it is about."
                    .to_owned();
            if of.pause_stands {
                rest.push_str(" It was paused before, and stays paused then.");
            }
            Some(Notice::bad("Its money is disputed", &rest))
        }
        State::Cancelled => Some(Notice::info(&format!("It ended {ended}"), &reason)),
        _ if !stand.of.turns.is_empty() => stand.awaited(),
        State::Completed => Some(Notice::good(&format!("Completed {ended}"), &reason)),
        _ => None,
    }
}

/// The address of a form that came back, loaded anew: to its page.
#[handler]
pub async fn back(visit: Visit, Path(id): Path<String>) -> Answer {
    Ok(visit.go(&words::engagement_path(parse(&id)?)))
}

#[handler]
pub async fn send_message(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let id = parse(&id)?;
    let text = form.get("text");
    match engagements::send_message(visit.app(), visit.caller()?, id, text).await {
        Ok(_) => Ok(visit.go(&format!("{}#timeline", words::engagement_path(id)))),
        Err(error) => {
            let errors = words::faults(error, |_| "message".to_owned())?;
            let mut page = workspace(&visit, id, &Form::default()).await?;
            page.message = text.to_owned();
            page.errors = errors;
            visit.again(&page)
        }
    }
}

#[handler]
pub async fn share_file(visit: Visit, Path(id): Path<String>, upload: Upload) -> Answer {
    let id = parse(&id)?;
    let (app, caller) = (visit.app(), visit.caller()?);
    let shared = match upload.file {
        Some(file) => {
            let file = engagements::Upload { name: file.name, bytes: file.bytes };
            engagements::share_file(app, caller, id, file).await
        }
        None => Err(engagements::EngagementError::FileEmpty.into()),
    };
    match shared {
        Ok(file) => {
            let flash = Flash::done("File shared").saying(&file.name);
            Ok(visit.go_telling(&format!("{}#timeline", words::engagement_path(id)), &flash))
        }
        Err(error) => {
            let errors = words::faults(error, str::to_owned)?;
            let mut page = workspace(&visit, id, &Form::default()).await?;
            page.errors = errors;
            visit.again(&page)
        }
    }
}

impl crate::render::Page for Workspace {
    const TEMPLATE: &'static str = "engagements/workspace.html";

    fn samples() -> Vec<(&'static str, Self)> {
        use super::samples;
        let talk = |entries, ahead| Talk {
            write_to: "Write to Ines".into(),
            may_write: true,
            hint: "Read by both sides.".into(),
            send: format!("{}/messages", samples::HOME),
            share: format!("{}/files", samples::HOME),
            keep: "A-2041".into(),
            chips: vec![Chip::choice("All 23", samples::HOME, true)],
            ahead,
            entries,
            older: Some(samples::link("Older entries", "?cursor=x#timeline")),
            newest: None,
        };
        let page = || Self {
            title: "Dealer nurture redesign".into(),
            eyebrow: vec!["Engagement A-2041".into(), "signed 20 April 2026".into()],
            with: Link::new("Ines Oyelaran-Brandt", "/p/larkfield/experts/ines"),
            house: "Brandt Lifecycle Studio".into(),
            state: State::ACTIVE,
            turn: Some(samples::turn()),
            awaited: None,
            pulse: Some(format!("{}/pulse?mark=1", samples::HOME)),
            work: samples::work(),
            access: samples::access(),
            agreed: samples::agreed(),
            guests: vec![Figure::new("Samir Haddad", "Larkfield")],
            talk: Some(talk(samples::entries(), samples::ahead())),
            message: String::new(),
            errors: Errors::default(),
        };
        let errors = [("message", "Enter a message"), ("file", "The file is empty.")];
        let waits = Notice::info("Waits for Ines: deliver milestone 2", "Due Friday 8 May.");
        let fresh = Self {
            turn: None,
            awaited: Some(waits),
            access: samples::no_access(),
            talk: Some(talk(Vec::new(), Vec::new())),
            guests: Vec::new(),
            ..page()
        };
        let program = Self { turn: None, talk: None, pulse: None, ..page() };
        let wrong = Self { errors: errors.into_iter().collect(), ..page() };
        let by_hour = Self { work: samples::work_by_hour(), ..page() };
        vec![
            ("hours", by_hour),
            ("usual", page()),
            ("fresh", fresh),
            ("program", program),
            ("wrong", wrong),
        ]
    }
}
