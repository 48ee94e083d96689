//! The time sheet of a week: written by the consultant, seen by the customer as it grows.

use api::engagements::{
    self, TimeDraft, TimeEntry, WeekSheet, WeekState, WeekSum, WeeksView, hours as spelled,
};
use api::identity::Deed;
use api::kernel::id::EngagementId;
use chrono::{DateTime, NaiveDate, Utc};
use poem::handler;
use poem::web::Path;
use serde::Serialize;

use super::standpoint::Standpoint;
use super::workspace::parse;
use super::{samples, words, work};
use crate::format;
use crate::render::Page;
use crate::site::{Answer, Flash, Form, PageError, Visit};
use crate::view::{Choice, Errors, Figure, Link, Notice, State, Tone};

/// Time of one day.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    pub words: String,
    pub day: String,
    pub hours: String,
    /// Where it is changed; `None` for everybody but who wrote it, and once the week is locked.
    pub edit: Option<Link>,
}

/// One week in the list.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    pub title: String,
    pub href: String,
    pub hours: String,
    pub state: State,
    pub amount: String,
}

/// What is typed for one entry.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Boxes {
    /// Days of the week that have begun.
    pub days: Vec<Choice>,
    pub hours: String,
    pub minutes: String,
    pub words: String,
}

/// A week's sheet with the other weeks beside it.
#[derive(Debug, Serialize)]
pub struct TimeSheet {
    pub engagement: Link,
    pub title: String,
    pub state: State,
    pub notice: Option<Notice>,
    pub lines: Vec<Line>,
    pub total: String,
    pub figures: Vec<Figure>,
    /// What it became: to pay, to accept, or to look at.
    pub charge: Option<Link>,
    /// Where time is written; empty for who may not, or not now.
    pub write: String,
    pub boxes: Boxes,
    pub agreed: Vec<Figure>,
    pub weeks: Vec<Row>,
    pub errors: Errors,
}

/// Weeks that are not locked yet, as the engagement's table shows them beside those that are.
pub fn running(stand: &Standpoint<'_>, of: &WeeksView) -> Vec<work::Row> {
    if of.engagement.state.is_over() {
        return Vec::new();
    }
    let running = |sum: &&WeekSum| matches!(sum.state, WeekState::Open | WeekState::Locking);
    let row = |sum: &WeekSum| work::Row {
        title: sum.week.title(),
        href: stand.visit.link(&path(of.engagement.id, sum.week.monday())),
        line: format!("{} so far", spelled(sum.minutes)),
        due: words::day(stand.visit, sum.week.friday()),
        state: week_word(sum.state),
        fund: None,
        price: words::amount(sum.amount),
    };
    of.weeks.iter().filter(running).map(row).collect()
}

/// The page of a week's sheet.
pub fn path(id: EngagementId, day: NaiveDate) -> String {
    format!("{}/hours?week={day}", words::engagement_path(id))
}

#[handler]
pub async fn see_hours(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let day = form.given("week").and_then(|day| day.parse().ok());
    visit.page(&page(&visit, parse(&id)?, day).await?)
}

async fn page(
    visit: &Visit,
    id: EngagementId,
    day: Option<NaiveDate>,
) -> Result<TimeSheet, PageError> {
    let sheet = engagements::see_week(visit.app(), visit.caller()?, (id, day)).await?;
    Ok(TimeSheet::of(visit, &sheet))
}

/// What was typed; what cannot be read is refused beside its own box.
pub fn draft(form: &Form) -> TimeDraft {
    let whole = |name: &str| match form.get(name).trim() {
        "" => Some(0),
        typed => typed.parse::<i32>().ok().filter(|n| *n >= 0),
    };
    let minutes = whole("hours").zip(whole("minutes"));
    let minutes = minutes.and_then(|(hours, more)| hours.checked_mul(60)?.checked_add(more));
    TimeDraft {
        day: form.get("day").parse().unwrap_or(NaiveDate::MAX),
        minutes: minutes.unwrap_or(0),
        words: form.get("words").to_owned(),
    }
}

/// The box of a field of the API.
pub fn control(field: &str) -> String {
    if field == "minutes" { "hours".to_owned() } else { field.to_owned() }
}

#[handler]
pub async fn write_hours(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let id = parse(&id)?;
    let draft = draft(&form);
    let day = draft.day;
    match engagements::write_time(visit.app(), visit.caller()?, id, draft).await {
        Ok(entry) => {
            let text = format!("{} for {}.", spelled(entry.minutes), words::day(&visit, entry.day));
            let flash = Flash::done("Written down").saying(&text);
            Ok(visit.go_telling(&path(id, entry.day), &flash))
        }
        Err(error) if error.code() == Some("invalid") => {
            let errors = words::faults(error, control)?;
            let known = Some(day).filter(|day| *day != NaiveDate::MAX);
            let mut page = page(&visit, id, known).await?;
            page.boxes = page.boxes.typed(&form);
            page.errors = errors;
            visit.again(&page)
        }
        Err(error) => {
            let here = format!("{}/hours", words::engagement_path(id));
            words::told(&visit, &here, "Not written", error)
        }
    }
}

impl Boxes {
    /// Of a week, with one day chosen: the latest that has begun unless another is named.
    pub fn of(visit: &Visit, sheet: &WeekSheet, chosen: Option<NaiveDate>) -> Self {
        let today = sheet.of.now.date_naive();
        let days: Vec<NaiveDate> = sheet.sum.week.days().filter(|day| *day <= today).collect();
        let chosen = chosen.or_else(|| days.last().copied());
        let choice = |day: &NaiveDate| {
            let label = format::weekday(*day, words::local(visit, sheet.of.now));
            Choice::new(&day.to_string(), &label, Some(*day) == chosen)
        };
        Self { days: days.iter().map(choice).collect(), ..Self::default() }
    }

    /// With what was typed.
    pub fn typed(self, form: &Form) -> Self {
        let day = form.get("day");
        let days = self.days.into_iter();
        let get = |name: &str| form.get(name).to_owned();
        Self {
            days: days.map(|of| Choice { chosen: of.value == day, ..of }).collect(),
            hours: get("hours"),
            minutes: get("minutes"),
            words: get("words"),
        }
    }
}

/// Whether the visitor writes this engagement's time.
fn writes(visit: &Visit, sheet: &WeekSheet) -> bool {
    let of = &sheet.of.engagement;
    visit.caller().is_ok_and(|caller| {
        caller.organization == of.partner
            && caller.person == of.consultant
            && Deed::WriteTime.allows(caller.kind, caller.role)
    })
}

/// The moment in UTC, and where the visitor is.
fn both(visit: &Visit, at: DateTime<Utc>) -> String {
    let utc = at.format("%A %-d %B, %H:%M UTC").to_string();
    match visit.zone() {
        chrono_tz::Tz::UTC => utc,
        _ => format!("{utc} ({})", words::when(visit, at)),
    }
}

pub fn week_word(state: WeekState) -> State {
    match state {
        WeekState::Open => State::new(Tone::Review, "pencil", "Open"),
        WeekState::Locking => State::new(Tone::Held, "hourglass", "Locking"),
        WeekState::Empty => State::new(Tone::Plain, "open", "No time"),
        WeekState::Owed => State::DUE,
        WeekState::Unpaid => State::new(Tone::Bad, "alert", "Unpaid"),
        WeekState::Review => State::new(Tone::Held, "lock", "Paid, in review"),
        WeekState::Accepted => State::ACCEPTED,
        WeekState::Refunded => State::REFUNDED,
        WeekState::Settled => State::SETTLED,
    }
}

/// What holds hours up, or when this week locks.
fn notice(visit: &Visit, sheet: &WeekSheet) -> Option<Notice> {
    let of = &sheet.of;
    if of.unpaid {
        let text = "A week was not paid until its Friday was over. No time is written and letters \
                    of access rest until it is paid.";
        return Some(Notice::held("A week is unpaid", text));
    }
    if let Some(last) = of.engagement.hours_end_on {
        let title = format!("The hours end on {}", format::date(last));
        let text = "It is over once its last week is paid and accepted.";
        return Some(Notice::info(&title, text));
    }
    if sheet.sum.state == WeekState::Open {
        let locks = both(visit, sheet.sum.week.locks_at());
        let text = format!("Time is written and changed until {locks}. Then the week locks.");
        return Some(Notice::info("This week is open", &text));
    }
    None
}

fn figures(visit: &Visit, sheet: &WeekSheet) -> Vec<Figure> {
    let sum = &sheet.sum;
    let over = sum.minutes.saturating_sub(sum.charged_minutes);
    let mut figures = vec![
        Figure::new("Worked", spelled(sum.minutes)),
        Figure::new("Charged", spelled(sum.charged_minutes)),
    ];
    if over > 0 {
        figures.push(Figure::new("Over the limit, not charged", spelled(over)));
    }
    let so_far = if sum.state == WeekState::Open { "Amount so far" } else { "Amount" };
    figures.push(Figure::new(so_far, words::amount(sum.amount)));
    figures.push(Figure::new("Locks", both(visit, sum.week.locks_at())));
    // The last minute of Friday: midnight would read as Saturday.
    let last = sum.week.due_at() - chrono::TimeDelta::minutes(1);
    figures.push(Figure::new("Paid and reviewed until", both(visit, last)));
    figures
}

fn row(visit: &Visit, id: EngagementId, sum: &WeekSum) -> Row {
    Row {
        title: sum.week.title(),
        href: visit.link(&path(id, sum.week.monday())),
        hours: spelled(sum.minutes),
        state: week_word(sum.state),
        amount: words::amount(sum.amount),
    }
}

impl TimeSheet {
    fn of(visit: &Visit, sheet: &WeekSheet) -> Self {
        let of = &sheet.of.engagement;
        let here = format!("{}/hours", words::engagement_path(of.id));
        let open = sheet.sum.state == WeekState::Open && of.works().is_ok();
        let own = writes(visit, sheet);
        let line = |entry: &TimeEntry| {
            let path = format!("{here}/{}", entry.id);
            let edit = own && sheet.sum.state == WeekState::Open;
            Line {
                words: entry.words.clone(),
                day: entry.day.format("%a %-d %B").to_string(),
                hours: spelled(entry.minutes),
                edit: edit.then(|| Link::new("Change", &visit.link(&path))),
            }
        };
        let customer = visit.caller().is_ok_and(|caller| caller.organization == of.customer);
        let charge = sheet.sum.milestone.as_ref().map(|milestone| {
            let path = words::milestone_path(milestone.id);
            let owed = matches!(sheet.sum.state, WeekState::Owed | WeekState::Unpaid);
            if owed && customer {
                let label = format!("Pay {}", words::amount(milestone.price));
                return Link::new(&label, &visit.link(&format!("{path}/fund")));
            }
            Link::new("See its money", &visit.link(&path))
        });
        Self {
            engagement: Link::new(
                &format!("{} {}", of.label(), of.title),
                &visit.link(&words::engagement_path(of.id)),
            ),
            title: sheet.sum.week.title(),
            state: week_word(sheet.sum.state),
            notice: notice(visit, sheet),
            lines: sheet.entries.iter().map(line).collect(),
            total: spelled(sheet.sum.minutes),
            figures: figures(visit, sheet),
            charge,
            write: if own && open && !sheet.of.unpaid { visit.link(&here) } else { String::new() },
            boxes: Boxes::of(visit, sheet, None),
            agreed: crate::pages::matching::hours(&sheet.of.hourly),
            weeks: sheet.of.weeks.iter().map(|sum| row(visit, of.id, sum)).collect(),
            errors: Errors::default(),
        }
    }
}

impl Page for TimeSheet {
    const TEMPLATE: &'static str = "engagements/hours.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let wrong = Self {
            errors: [("hours", "Enter from 1 minute to 24 hours")].into_iter().collect(),
            ..sample()
        };
        let locked = Self {
            state: week_word(WeekState::Owed),
            notice: None,
            write: String::new(),
            charge: Some(Link::new("Pay €900.00", "/p/larkfield/milestones/1/fund")),
            ..sample()
        };
        let empty = Self { lines: Vec::new(), ..sample() };
        vec![("usual", sample()), ("wrong", wrong), ("locked", locked), ("empty", empty)]
    }
}

pub fn sample_boxes() -> Boxes {
    Boxes {
        days: vec![
            Choice::new("2026-11-23", "Monday 23 November", false),
            Choice::new("2026-11-24", "Tuesday 24 November", true),
        ],
        hours: "2".into(),
        minutes: "30".into(),
        words: "Lists and segments".into(),
    }
}

fn sample() -> TimeSheet {
    let line = |words: &str, day: &str, hours: &str| Line {
        words: words.into(),
        day: day.into(),
        hours: hours.into(),
        edit: Some(samples::link("Change", "/hours/1")),
    };
    TimeSheet {
        engagement: samples::link("A-2041 Dealer nurture redesign", ""),
        title: "Week of 23 November 2026".into(),
        state: week_word(WeekState::Open),
        notice: Some(Notice::info("This week is open", "Time is written until Monday noon.")),
        lines: vec![
            line("Lists and segments", "Mon 23 November", "2 h 30 min"),
            line("Two drafts", "Tue 24 November", "7 h 30 min"),
        ],
        total: "10 h".into(),
        figures: vec![Figure::new("Worked", "10 h"), Figure::new("Amount so far", "€900.00")],
        charge: None,
        write: format!("{}/hours", samples::HOME),
        boxes: sample_boxes(),
        agreed: vec![Figure::new("An hour", "€90.00")],
        weeks: vec![Row {
            title: "Week of 16 November 2026".into(),
            href: format!("{}/hours?week=2026-11-16", samples::HOME),
            hours: "8 h".into(),
            state: week_word(WeekState::Accepted),
            amount: "€720.00".into(),
        }],
        errors: Errors::default(),
    }
}
