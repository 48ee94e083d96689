//! The consent screen: what a person will be able to do, before the customer says yes.

use api::access::{Choice as Wanted, Connection, ConnectionState, Preview};
use api::app::App;
use api::engagements::{Milestone, MilestoneState};
use api::kernel::id::{ConnectionId, MilestoneId};
use api::upstreams::Upstream;
use chrono::{Days, NaiveDate};
use serde::Serialize;
use std::collections::BTreeSet;

use super::parts::{self, Parts};
use super::several::Several;
use super::{letters, limits};
use crate::format;
use crate::render::Page;
use crate::site::{Form, Visit};
use crate::view::{
    Avatar, Choice, DateBoxes, Errors, Figure, Letter, LetterStanding, Link, Notice,
};

/// Sentences of one risk, each with its box.
#[derive(Debug, Clone, Serialize)]
pub struct Group {
    pub heading: String,
    pub note: String,
    pub boxes: Vec<Choice>,
    /// What each of the sentences is made of, where it is more than one thing.
    pub parts: Vec<Parts>,
}

/// A kind of thing that the letter can be narrowed to some of.
#[derive(Debug, Clone, Serialize)]
pub struct Kind {
    pub name: String,
    pub label: String,
    pub value: String,
}

/// The terms that are looked at.
#[derive(Debug, Clone, Serialize)]
pub struct Shown {
    pub connection: String,
    pub preset: String,
    /// Names the whole preset as it was shown; what is unticked only narrows it.
    pub hash: String,
    pub groups: Vec<Group>,
    pub cannot: Vec<String>,
    pub kinds: Vec<Kind>,
    /// What changes something, each with a box: whether each call is asked for by itself.
    pub asks: Vec<Choice>,
    /// What can be kept back of it, each with a box.
    pub withhold: Vec<Choice>,
    pub budgets: Vec<Kind>,
    /// What a budget refuses because nobody can count it.
    pub untold: Vec<String>,
    pub needs_password: bool,
    pub letter: Letter,
}

/// Everything the customer decides with.
#[derive(Debug, Default, Serialize)]
pub struct ConsentPage {
    pub title: String,
    pub engagement: Option<Link>,
    /// "asked by Ines, 17 April, 15:22"; empty when nobody asked.
    pub asked: String,
    pub here: String,
    pub name: String,
    pub first_name: String,
    pub avatar: Option<Avatar>,
    /// "Brandt Lifecycle, approved partner of Larkfield since 12 May 2026: Accredited".
    pub works_for: String,
    pub reason: String,
    /// What the statement of work announces, or what was asked for.
    pub announced: String,
    /// That the letter shown goes beyond what both sides signed.
    pub wider: Option<Notice>,
    /// The request that is answered; empty when nobody asked.
    pub request: String,
    pub decline: String,
    /// The letter that ended and is granted again; empty when it is another one.
    pub again: String,
    pub connections: Vec<Choice>,
    pub presets: Vec<Choice>,
    pub shown: Option<Shown>,
    /// Whether the sentences were just asked for: reading goes on there.
    pub look: bool,
    /// When it begins to work: at once, or with the money of a milestone; empty if all is funded.
    pub opens: Vec<Choice>,
    pub until: Vec<Choice>,
    pub last: DateBoxes,
    /// The first day, where one is chosen.
    pub begin: DateBoxes,
    /// Names what was asked for; the yes carries it. Empty when nobody asked.
    pub requested_hash: String,
    /// "for 30 days"; empty where that was not said.
    pub wished: String,
    /// That others have to agree as well, or that something waits for them already.
    pub several: Several,
    /// Letters that this person holds already.
    pub held: Vec<Link>,
    /// Why access cannot be given now.
    pub closed: Option<Notice>,
    pub notice: Option<Notice>,
    /// Where an account is connected, when none is.
    pub connect: String,
    pub errors: Errors,
}

/// The accounts to choose from.
pub fn accounts(of: &[Connection], chosen: Option<ConnectionId>) -> Vec<Choice> {
    let open = of.iter().filter(|c| c.state != ConnectionState::Disconnected);
    let choice = |c: &Connection| {
        let away = c.state != ConnectionState::Active;
        let hint = if away { "Has to be connected again first" } else { "" };
        Choice::new(&c.id.to_string(), &c.account_name, Some(c.id) == chosen).with_hint(hint)
    };
    open.map(choice).collect()
}

/// The presets of an application; those that do no more than `asked`, where a request is answered.
pub fn presets(upstream: &Upstream, chosen: &str, asked: Option<&str>) -> Vec<Choice> {
    let most = asked.and_then(|id| upstream.preset(id)).map(|p| &p.actions);
    let choice = |p: &api::upstreams::Preset| {
        Choice::new(&p.id, &p.name, p.id == chosen).with_hint(&p.summary)
    };
    let fits = |p: &&api::upstreams::Preset| {
        p.id == chosen || most.is_none_or(|most| p.actions.is_subset(most))
    };
    upstream.presets.iter().filter(fits).map(choice).collect()
}

/// How long: the words and the days behind them; no longer than was asked for, where that is.
pub fn spans(today: NaiveDate, label: &str, chosen: &str, asked: Option<i32>) -> Vec<Choice> {
    let day = |n: u64| today.checked_add_days(Days::new(n)).unwrap_or(today);
    let last = |n: u64| format::weekday(day(n), today);
    let chosen = if chosen.is_empty() { "end" } else { chosen };
    let choice = |value: &str, text: String| Choice::new(value, &text, value == chosen);
    let end = format!("Until {label} ends, {} at the latest", last(180));
    let hint = "It ends by itself with the engagement, and rests while the engagement rests.";
    let all = vec![
        choice("end", end).with_hint(hint),
        choice("1", format!("Until the end of tomorrow, {}", last(1))),
        choice("7", format!("For 7 days, until {}", last(7))),
        choice("30", format!("For 30 days, until {}", last(30))),
        choice("day", "Until a day I choose".to_owned()),
    ];
    let fits = |choice: &Choice| match (asked, choice.value.parse::<i32>()) {
        (None, _) => true,
        (Some(days), Ok(n)) => n <= days,
        (Some(_), Err(_)) => choice.value == "day",
    };
    all.into_iter().filter(fits).collect()
}

/// When it begins to work: the milestones that are still to be funded.
pub fn openings(milestones: &[Milestone], chosen: &str) -> Vec<Choice> {
    let planned = milestones.iter().filter(|m| m.state == MilestoneState::Planned);
    let choice = |m: &Milestone| {
        let id = m.id.to_string();
        let label = format!("Once milestone {} is funded: {}", m.seq, m.title);
        Choice::new(&id, &label, id == chosen).with_hint("Until then every call is refused.")
    };
    let mut later: Vec<Choice> = planned.map(choice).collect();
    let day = Choice::new("day", "On a later day that I choose", chosen == "day");
    later.push(day.with_hint("Until then every call is refused."));
    let at_once = !later.iter().any(|choice| choice.chosen);
    std::iter::once(Choice::new("", "At once", at_once)).chain(later).collect()
}

/// The first day that was chosen; today and before is at once. Errors stand at its boxes.
pub fn first_day(form: &Form, today: NaiveDate, errors: &mut Errors) -> Option<NaiveDate> {
    let chosen = form.get("opens") == "day";
    chosen.then(|| form.date("begin", errors)).flatten().filter(|day| *day > today)
}

/// The last day that a span means; `None` is the engagement's end. Errors stand at their boxes.
pub fn last_day(form: &Form, today: NaiveDate, errors: &mut Errors) -> Option<NaiveDate> {
    match form.get("until") {
        "day" => form.date("last", errors),
        days => today.checked_add_days(Days::new(days.parse().ok()?)),
    }
}

/// What the boxes leave of the preset that was shown. Errors stand at the budgets.
pub fn narrowed(app: &App, preview: &Preview, form: &Form, errors: &mut Errors) -> Wanted {
    let ticked = form.all("can");
    let mut wanted = Wanted {
        preset: preview.terms.preset.clone(),
        without: parts::unticked(&preview.terms, form),
        withhold: form.all("withhold").into_iter().collect(),
        opens_with: form.given("opens").and_then(MilestoneId::parse),
        asks: Some(form.all("first").into_iter().filter(|a| ticked.contains(a)).collect()),
        ..Wanted::default()
    };
    wanted.limits.budgets = limits::told(preview, form, errors);
    for kind in touched(app, preview) {
        let ids = form.lines(&format!("only_{kind}"));
        if !ids.is_empty() {
            wanted.limits.only.insert(kind, ids.into_iter().collect());
        }
    }
    wanted
}

/// The kinds of things that these terms touch, such as `campaign`.
fn touched(app: &App, preview: &Preview) -> BTreeSet<String> {
    let Some(upstream) = app.upstreams.get(&preview.terms.upstream) else {
        return BTreeSet::new();
    };
    let permitted = |id: &String| preview.terms.operations.contains_key(id);
    let operations = upstream.operations.iter().filter(|o| permitted(&o.id));
    operations.filter_map(|o| o.about.clone()).collect()
}

/// The terms as boxes and sentences, ticked as they were, else all.
pub fn shown(
    visit: &Visit,
    (connection, preview): (&Connection, &Preview),
    (name, label): (&str, &str),
    form: Option<&Form>,
) -> Shown {
    let ticked = form.map(|form| form.all("can"));
    let boxed = |s: &api::access::Sentence| {
        let action = s.action.clone().unwrap_or_default();
        let on = ticked.as_ref().is_none_or(|ticked| ticked.contains(&action));
        Choice::new(&action, &s.text, on)
    };
    let upstream = visit.app().upstreams.get(&preview.terms.upstream);
    let group = |g: &api::access::Group| Group {
        heading: g.heading.to_owned(),
        note: g.note.to_owned(),
        boxes: g.sentences.iter().map(boxed).collect(),
        parts: parts::of(upstream, &preview.terms, &g.sentences, |id| {
            (parts::is_ticked(form, id), String::new())
        }),
    };
    let hash = hex::encode(preview.hash);
    let mut facts = vec![Figure::new("Account", connection.account.clone())];
    facts.extend(letters::kinds(&preview.consent));
    let letter = Letter {
        standing: LetterStanding::NotYetSigned,
        holder: name.to_owned(),
        avatar: Avatar::of(name),
        place: format!("in {}, for {label}", connection.account_name),
        can: Vec::new(),
        cannot: Vec::new(),
        facts,
        code: letters::code(&hash, false),
        end_href: None,
        stub: String::new(),
    };
    Shown {
        connection: connection.id.to_string(),
        preset: preview.terms.preset.clone(),
        hash,
        groups: preview.consent.can.iter().map(group).collect(),
        cannot: preview.consent.cannot.iter().map(|s| s.text.clone()).collect(),
        kinds: kinds(visit.app(), preview, form),
        asks: limits::asks(preview, form),
        withhold: limits::withholdable(visit.app(), &preview.terms, form),
        budgets: limits::fields(preview, form),
        untold: limits::untold(visit.app(), preview),
        needs_password: preview.needs_password,
        letter,
    }
}

/// A field for each kind, as it was typed.
pub fn kinds(app: &App, preview: &Preview, form: Option<&Form>) -> Vec<Kind> {
    let kind = |kind: String| {
        let name = format!("only_{kind}");
        let value = form.map(|form| form.get(&name).to_owned()).unwrap_or_default();
        Kind { name, label: format!("Only these {kind}s"), value }
    };
    touched(app, preview).into_iter().map(kind).collect()
}

impl Page for ConsentPage {
    const TEMPLATE: &'static str = "access/consent.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let open = || Self { shown: Some(sample_shown()), ..sample() };
        let asked = Self {
            asked: "asked by Ines, 17 April, 15:22".into(),
            reason: "I read the last ninety days, then write the new mails as drafts.".into(),
            request: "g-1".into(),
            requested_hash: "8c1ef04a99ab".repeat(5),
            wished: "for 30 days".into(),
            decline: "/p/larkfield/grants/g-1/decline".into(),
            ..open()
        };
        let wrong = Self {
            errors: [("password", "That is not your password"), ("can", "Tick something")]
                .into_iter()
                .collect(),
            notice: Some(Notice::held("The terms changed", "Look at them again.")),
            several: Several::sample(true),
            held: vec![Link::new("a letter for Fjordhaus EU", "/p/larkfield/grants/g-2")],
            wider: Some(Notice::held("Wider than what was signed", "The statement says less.")),
            ..open()
        };
        let connect = "/p/larkfield/connections".to_owned();
        let closed = Some(Notice::info("A-2041 is not signed yet", "Then it can be granted."));
        vec![
            ("asked", asked),
            ("granted unasked", open()),
            ("wrong", wrong),
            ("again", Self { again: "g-1".into(), ..open() }),
            ("no account", Self { connect, ..sample() }),
            ("closed", Self { closed, ..sample() }),
        ]
    }
}

fn sample() -> ConsentPage {
    let today = NaiveDate::from_ymd_opt(2026, 5, 7).unwrap_or_default();
    ConsentPage {
        title: "Let Ines work in Fjordhaus Outdoor EU?".into(),
        engagement: Some(Link::new("Engagement A-2041", "/p/larkfield/engagements/e-1")),
        here: "/p/larkfield/engagements/e-1/access".into(),
        name: "Ines Oyelaran-Brandt".into(),
        first_name: "Ines".into(),
        avatar: Some(Avatar::of("Ines Oyelaran-Brandt")),
        works_for: "Brandt Lifecycle, approved partner of Larkfield since 12 May 2026".into(),
        announced: "The statement of work announces: Author drafts.".into(),
        connections: vec![Choice::new("c-1", "Fjordhaus Outdoor EU", true)],
        presets: vec![
            Choice::new("read-only", "Read only", false).with_hint("Changes nothing."),
            Choice::new("author-drafts", "Author drafts", true).with_hint("Only you send."),
        ],
        opens: vec![
            Choice::new("", "At once", true),
            Choice::new("m-2", "Once milestone 2 is funded: The winter launch", false)
                .with_hint("Until then every call is refused."),
        ],
        until: spans(today, "A-2041", "", None),
        ..ConsentPage::default()
    }
}

fn sample_shown() -> Shown {
    let group = |heading: &str, note: &str, id: &str, text: &str| Group {
        heading: heading.into(),
        note: note.into(),
        boxes: vec![Choice::new(id, text, true)],
        parts: parts::sample(heading),
    };
    Shown {
        connection: "c-1".into(),
        preset: "author-drafts".into(),
        hash: "8c1ef04a".into(),
        groups: vec![
            group("Look", "changes nothing", "see-campaigns", "see campaigns and drafts"),
            group("Write", "only your people see it", "write-drafts", "write campaign drafts"),
        ],
        cannot: vec!["schedule a campaign or send it".into(), "delete contacts".into()],
        kinds: vec![Kind {
            name: "only_campaign".into(),
            label: "Only these campaigns".into(),
            value: String::new(),
        }],
        asks: vec![Choice::new("write-drafts", "write campaign drafts", false)],
        withhold: limits::withholdable_sample(),
        budgets: vec![Kind {
            name: "budget_deletes".into(),
            label: "Deletions a day".into(),
            value: String::new(),
        }],
        untold: vec!["publish a mail or take it back".into()],
        needs_password: true,
        letter: super::sample_letter(LetterStanding::NotYetSigned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_mean_the_days_they_say() {
        let today = NaiveDate::from_ymd_opt(2026, 5, 7).unwrap();
        let labels: Vec<_> = spans(today, "A-1", "7", None).into_iter().map(|c| c.label).collect();
        assert_eq!(labels[2], "For 7 days, until Thursday 14 May");
        let mut errors = Errors::default();
        let last = |query: &str, errors: &mut Errors| {
            last_day(&Form::parse(query.as_bytes()), today, errors)
        };
        assert_eq!(last("until=7", &mut errors), NaiveDate::from_ymd_opt(2026, 5, 14));
        assert_eq!(last("until=end", &mut errors), None);
        assert!(errors.is_empty());
        assert_eq!(last("until=day&last_day=31&last_month=2&last_year=2026", &mut errors), None);
        assert!(errors.on.contains_key("last_day"));
    }
}
