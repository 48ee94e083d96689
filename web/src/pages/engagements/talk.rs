//! The timeline of an engagement: what lies ahead, what happened, what was said and handed over.

use api::engagements::{Milestone, Task, TimelineItem, TimelineTopic, TopicCount, Until};
use api::kernel::money::Money;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::standpoint::Standpoint;
use super::words;
use crate::format;
use crate::view::{Chip, Link, Moment, MomentKind};

/// One thing on the spine.
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    /// The day above it, where it is the first of its day.
    pub day: String,
    pub moment: Moment,
    /// What was said; paragraphs.
    pub said: Vec<String>,
    pub mine: bool,
    /// A sentence below; may be empty.
    pub note: String,
    pub file: Option<FileLine>,
    pub link: Option<Link>,
}

/// A file to fetch.
#[derive(Debug, Clone, Serialize)]
pub struct FileLine {
    pub name: String,
    pub href: String,
    /// "PDF, 1.2 MB".
    pub note: String,
}

/// The chips of the topics that have something.
pub fn chips(
    stand: &Standpoint<'_>,
    counts: &[TopicCount],
    current: Option<TimelineTopic>,
) -> Vec<Chip> {
    let all: i64 = counts.iter().map(|c| c.count).sum();
    let here = |query: &str| format!("{}{query}#timeline", stand.link(""));
    let first = Chip::choice(&format!("All {all}"), &here(""), current.is_none());
    let chip = |topic: &TimelineTopic| {
        let n = counts.iter().find(|c| c.topic == *topic).map_or(0, |c| c.count);
        let shown = n > 0 || current == Some(*topic);
        let label = format!("{} {n}", topic_word(*topic));
        shown.then(|| {
            Chip::choice(&label, &here(&format!("?topic={topic}")), current == Some(*topic))
        })
    };
    std::iter::once(first).chain(TimelineTopic::ALL.iter().filter_map(chip)).collect()
}

const fn topic_word(topic: TimelineTopic) -> &'static str {
    match topic {
        TimelineTopic::Message => "Messages",
        TimelineTopic::File => "Files",
        TimelineTopic::Milestone => "Milestones",
        TimelineTopic::Money => "Money",
        TimelineTopic::Access => "Access",
        TimelineTopic::Agreement => "Agreement",
        TimelineTopic::People => "People",
        TimelineTopic::Review => "Reviews",
    }
}

/// What happens by itself, or is due, the furthest first.
pub fn ahead(stand: &Standpoint<'_>) -> Vec<Entry> {
    let mut coming: Vec<(DateTime<Utc>, Moment, String)> = Vec::new();
    for turn in &stand.of.turns {
        let n = turn.milestone.map(|(_, seq)| seq).unwrap_or_default();
        let Some(until) = turn.until else { continue };
        let (title, note) = match turn.task {
            Task::DecideDelivery => (
                format!("Milestone {n} accepts itself"),
                "Only if nobody answers. Returning it stops the clock.",
            ),
            Task::ReviewWeek => {
                ("A week accepts itself".into(), "Only if nobody accepts it or disagrees.")
            }
            Task::PayWeek => ("A week is due".into(), "Unpaid, it stops the hours."),
            Task::Deliver => (format!("Milestone {n} is due"), ""),
            Task::AcceptStatement => {
                ("The statement of work lapses".into(), "Unless both sides accept it before.")
            }
            Task::FundMilestone => {
                ("The engagement lapses".into(), "Unless a milestone is funded before.")
            }
            Task::WriteReview => {
                ("Reviews are published".into(), "Or as soon as both are written.")
            }
            Task::DeliverAgain | Task::Resume => continue,
        };
        if coming.iter().all(|(_, moment, _)| moment.title != title) {
            let (at, moment) = next(stand, until, &title);
            coming.push((at, moment, note.to_owned()));
        }
    }
    coming.sort_by_key(|(at, ..)| std::cmp::Reverse(*at));
    let entry = |(index, (_, moment, note)): (usize, (DateTime<Utc>, Moment, String))| Entry {
        day: if index == 0 { "Ahead".into() } else { String::new() },
        note,
        ..bare(moment)
    };
    coming.into_iter().enumerate().map(entry).collect()
}

fn next(stand: &Standpoint<'_>, until: Until, title: &str) -> (DateTime<Utc>, Moment) {
    let zone = stand.visit.zone();
    let today = words::local(stand.visit, stand.visit.app().clock.now());
    let (at, day, machine, hour) = match until {
        Until::Instant(at) => {
            let hour = format!(", {}", format::hour(at, zone));
            (at, words::local(stand.visit, at), format::machine_time(at, zone), hour)
        }
        Until::Day(day) => (start_of(day), day, format::machine_date(day), String::new()),
    };
    let when = format!("{}{hour}", format::day(day, today));
    let moment = Moment::new(MomentKind::Next, &machine, &when, title);
    (at, moment.with_aside(&format::in_days(day, today)))
}

fn start_of(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(chrono::NaiveTime::MIN).and_utc()
}

fn bare(moment: Moment) -> Entry {
    Entry {
        day: String::new(),
        moment,
        said: Vec::new(),
        mine: false,
        note: String::new(),
        file: None,
        link: None,
    }
}

/// The entries of a page of the timeline, with their days as heads.
pub fn entries(stand: &Standpoint<'_>, items: Vec<TimelineItem>) -> Vec<Entry> {
    let now = stand.visit.app().clock.now();
    let today = words::local(stand.visit, now);
    let mut last = None;
    let mut entries = Vec::with_capacity(items.len());
    for item in items {
        let day = words::local(stand.visit, item.at);
        let mut entry = entry(stand, item);
        if last != Some(day) {
            entry.day = match format::day_word(day, today) {
                word if day == today => {
                    format!("{}, {}", capital(&word), format::weekday(day, today))
                }
                word => capital(&word),
            };
        }
        last = Some(day);
        entries.push(entry);
    }
    entries
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}", letters.as_str())
}

fn entry(stand: &Standpoint<'_>, item: TimelineItem) -> Entry {
    let zone = stand.visit.zone();
    let (machine, when) = (format::machine_time(item.at, zone), format::hour(item.at, zone));
    let mine = stand.visit.person().is_ok_and(|p| Some(p.person.id) == item.person);
    let who = who(stand, &item, mine);
    let moment = |kind, title: &str| Moment::new(kind, &machine, &when, title);
    match item.topic {
        TimelineTopic::Message => {
            let said = words::paragraphs(&item.text);
            Entry { said, mine, ..bare(moment(MomentKind::Message, &who)) }
        }
        TimelineTopic::File => {
            let moment =
                moment(MomentKind::Message, &who).with_icon("clip").with_text("shared a file");
            Entry { file: Some(shared(stand, &item)), ..bare(moment) }
        }
        _ => happened(stand, &item, (&machine, &when, mine)),
    }
}

/// "You", or a person with the house they act for.
fn who(stand: &Standpoint<'_>, item: &TimelineItem, mine: bool) -> String {
    if mine {
        return "You".to_owned();
    }
    let name = item.person_name.clone().unwrap_or_default();
    let of = &stand.of.engagement;
    match item.organization {
        Some(id) if id != of.customer && id != of.partner => {
            format!("{name}, {}", stand.visit.shell().program.vendor)
        }
        _ => name,
    }
}

fn shared(stand: &Standpoint<'_>, item: &TimelineItem) -> FileLine {
    let size = item.facts.get("size_bytes").and_then(serde_json::Value::as_u64).unwrap_or_default();
    let kind = item.facts.get("content_type").and_then(|k| k.as_str()).unwrap_or_default();
    FileLine {
        name: item.text.clone(),
        href: stand.visit.link(&format!("/files/{}", item.id)),
        note: format!("{}, {}", file_kind(kind), format::bytes(size)),
    }
}

/// What kind of file it is, in a word.
pub fn file_kind(content_type: &str) -> &'static str {
    let bare = content_type.split(';').next().unwrap_or_default().trim();
    match bare {
        "application/pdf" => "PDF",
        "application/zip" => "ZIP",
        "text/csv" => "CSV",
        kind if kind.starts_with("text/") => "text",
        kind if kind.starts_with("image/") => "picture",
        _ => "document",
    }
}

fn happened(
    stand: &Standpoint<'_>,
    item: &TimelineItem,
    (machine, when, mine): (&str, &str, bool),
) -> Entry {
    let milestone = item
        .facts
        .get("seq")
        .and_then(serde_json::Value::as_i64)
        .and_then(|seq| stand.of.milestones.iter().find(|m| i64::from(m.seq) == seq));
    let (title, aside, icon) = told(stand, item, milestone);
    let kind = match item.topic {
        TimelineTopic::Money => MomentKind::Money,
        TimelineTopic::Access => MomentKind::Access,
        TimelineTopic::People => MomentKind::Message,
        _ => MomentKind::Milestone,
    };
    let by = match (&item.person_name, mine) {
        (_, true) => "by you".to_owned(),
        (Some(name), false) => format!("by {name}"),
        (None, false) => String::new(),
    };
    let mut moment = Moment::new(kind, machine, when, &title).with_icon(icon);
    moment.text = milestone.map(|m| m.title.clone()).unwrap_or_default();
    moment.aside = if aside.is_empty() { by } else { aside };
    Entry { link: way(stand, item, milestone), ..bare(moment) }
}

/// The title of something that happened, what stands at the end of its line, its icon.
fn told(
    stand: &Standpoint<'_>,
    item: &TimelineItem,
    milestone: Option<&Milestone>,
) -> (String, String, &'static str) {
    let sentence = item.text.trim_end_matches('.').to_owned();
    // What moved then, if the entry says so: parts may have moved before.
    let moved = item.facts.get("price").and_then(|price| Money::deserialize(price).ok());
    let price = moved.or_else(|| milestone.map(|m| m.price)).map(words::amount);
    let price = price.unwrap_or_default();
    let n = milestone.map(|m| m.seq).unwrap_or_default();
    let itself = item.person.is_none();
    let of_milestone = |words: &str, money: &str, icon| {
        (format!("Milestone {n} {words}"), format!("{price} {money}"), icon)
    };
    match (item.kind.as_str(), milestone) {
        ("milestone-funded", Some(_)) => of_milestone("funded", "held", "lock"),
        ("milestone-submitted", Some(_)) => of_milestone("delivered", "stays held", "flag"),
        ("changes-requested", Some(_)) => of_milestone("returned with notes", "stays held", "undo"),
        ("milestone-accepted", Some(_)) if itself => {
            of_milestone("accepted itself", "released", "done")
        }
        ("milestone-accepted", Some(_)) => of_milestone("accepted", "released", "done"),
        ("milestone-refunded", Some(_)) => of_milestone("refunded", "goes back", "undo"),
        ("milestone-given-back", Some(_)) => {
            (sentence, "each payee gives its part".to_owned(), "undo")
        }
        ("milestone-released", Some(_)) => of_milestone("released", "due to the payees", "coins"),
        ("signed", _) => (
            "Both sides signed".into(),
            format!("version {}", stand.of.statement.version),
            "pencil",
        ),
        (_, _) => (sentence, String::new(), icon_of(item.topic)),
    }
}

const fn icon_of(topic: TimelineTopic) -> &'static str {
    match topic {
        TimelineTopic::Message => "message",
        TimelineTopic::File => "clip",
        TimelineTopic::Milestone => "flag",
        TimelineTopic::Money => "coins",
        TimelineTopic::Access => "key",
        TimelineTopic::Agreement => "pencil",
        TimelineTopic::People => "user",
        TimelineTopic::Review => "star",
    }
}

/// Where an entry leads.
fn way(stand: &Standpoint<'_>, item: &TimelineItem, milestone: Option<&Milestone>) -> Option<Link> {
    if let Some(milestone) = milestone {
        let href = stand.visit.link(&words::milestone_path(milestone.id));
        return match item.kind.as_str() {
            "milestone-submitted" => Some(Link::new("See the delivery", &href)),
            "changes-requested" => Some(Link::new("Read the notes", &href)),
            _ => None,
        };
    }
    let fact = |name: &str| item.facts.get(name).and_then(|v| v.as_str()).map(str::to_owned);
    match item.topic {
        TimelineTopic::Access => {
            let href = stand.visit.link(&format!("/grants/{}", fact("grant")?));
            stand.side().map(|_| Link::new("See the letter", &href))
        }
        TimelineTopic::Review => Some(Link::new("See the reviews", &stand.link("/reviews"))),
        TimelineTopic::Agreement if item.kind.starts_with("statement") => {
            Some(Link::new("Read the statement of work", &stand.link("/sow")))
        }
        _ => None,
    }
}
