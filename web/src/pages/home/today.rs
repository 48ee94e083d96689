//! The page of a day: what waits for you, the first steps, what goes on, figures with their links.

use serde::Serialize;

use super::waiting::Waits;
use crate::format;
use crate::render::Page;
use crate::view::{Link, State};

/// What a role gathers for its day.
#[derive(Debug, Default)]
pub struct Agenda {
    /// In any order; the page puts the most pressing first.
    pub waits: Vec<Waits>,
    pub steps: Vec<FirstStep>,
    pub lists: Vec<List>,
    pub numbers: Vec<Number>,
}

/// Where a role begins.
#[derive(Debug, Serialize)]
pub struct Today {
    pub eyebrow: Vec<String>,
    pub lede: String,
    /// The most pressing thing.
    pub first: Option<Waits>,
    pub more: Vec<Waits>,
    /// Whether one of them ends.
    pub dated: bool,
    /// How a new organization gets going; empty once that is done.
    pub steps: Vec<FirstStep>,
    /// "2 of 4 done".
    pub steps_done: String,
    pub lists: Vec<List>,
    pub numbers: Vec<Number>,
}

/// A step of a new organization.
#[derive(Clone, Debug, Serialize)]
pub struct FirstStep {
    pub label: String,
    pub text: String,
    pub done: bool,
    /// `None`: done, or it waits for somebody else.
    pub act: Option<Link>,
}

impl FirstStep {
    pub fn new(label: &str, text: &str, done: bool, act: Link) -> Self {
        Self { label: label.into(), text: text.into(), done, act: (!done).then_some(act) }
    }

    /// The same with nothing to do for the one who reads.
    pub fn without_act(self) -> Self {
        Self { act: None, ..self }
    }
}

/// What goes on, as a ledger.
#[derive(Debug, Serialize)]
pub struct List {
    /// Unique on the page.
    pub id: String,
    pub title: String,
    pub link: Option<Link>,
    pub columns: Vec<Column>,
    pub rows: Vec<Row>,
    /// Shown instead of the table while there is nothing.
    pub empty: Empty,
}

#[derive(Clone, Debug, Serialize)]
pub struct Column {
    pub label: String,
    pub num: bool,
}

#[derive(Debug, Serialize)]
pub struct Empty {
    pub title: String,
    pub text: String,
    pub icon: &'static str,
    pub act: Option<Link>,
}

#[derive(Debug, Serialize)]
pub struct Row {
    pub text: String,
    pub sub: String,
    pub href: String,
    /// In the order of the columns after the first.
    pub cells: Vec<Cell>,
}

#[derive(Debug, Default, Serialize)]
pub struct Cell {
    pub text: String,
    pub sub: String,
    pub state: Option<State>,
}

impl Cell {
    pub fn words(text: impl Into<String>, sub: impl Into<String>) -> Self {
        Self { text: text.into(), sub: sub.into(), state: None }
    }

    pub fn of_state(state: State) -> Self {
        Self { state: Some(state), ..Self::default() }
    }
}

/// The heads of a ledger; a star before the label puts a column's figures to the right.
pub fn columns(labels: &[&str]) -> Vec<Column> {
    let column = |label: &&str| Column {
        label: label.trim_start_matches('*').to_owned(),
        num: label.starts_with('*'),
    };
    labels.iter().map(column).collect()
}

/// A figure that leads to what it counts.
#[derive(Debug, Serialize)]
pub struct Number {
    pub label: String,
    pub value: String,
    pub href: String,
}

impl Number {
    pub fn new(label: &str, value: impl Into<String>, href: String) -> Self {
        Self { label: label.into(), value: value.into(), href }
    }
}

impl Today {
    pub fn of(eyebrow: Vec<String>, person: &str, agenda: Agenda) -> Self {
        let Agenda { mut waits, mut steps, lists, numbers } = agenda;
        waits.sort_by_key(Waits::pressing);
        let open = steps.iter().filter(|step| !step.done).count();
        let done = format!("{} of {} done", steps.len().saturating_sub(open), steps.len());
        if open == 0 {
            steps.clear();
        }
        let first_name = person.split_whitespace().next().unwrap_or(person);
        let lede = match waits.iter().map(|one| one.things).sum::<u64>() {
            0 if open > 0 => format!("{first_name}, here is how you get going."),
            0 => format!("Nothing waits for you, {first_name}."),
            n => {
                format!("{first_name}, {} for you.", format::count(n, "thing waits", "things wait"))
            }
        };
        let dated = waits.iter().skip(1).any(|one| !one.until.is_empty());
        let mut waits = waits.into_iter();
        Self {
            eyebrow,
            lede,
            first: waits.next(),
            more: waits.collect(),
            dated,
            steps,
            steps_done: done,
            lists,
            numbers,
        }
    }
}

impl Page for Today {
    const TEMPLATE: &'static str = "home/today.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let eyebrow =
            || vec!["Tuesday 12 May".to_owned(), "Fjordhaus Outdoor".into(), "Customer".into()];
        let today = |agenda| Self::of(eyebrow(), "Petra Lindqvist", agenda);
        vec![
            ("usual", today(busy())),
            ("new", today(Agenda { steps: new_steps(), lists: vec![list(false)], ..busy_less() })),
            ("quiet", today(busy_less())),
        ]
    }
}

fn busy() -> Agenda {
    let accept = Link::new("See the work", "/p/larkfield/milestones/1");
    let fund = Link::new("Fund it", "/p/larkfield/milestones/2/fund");
    let waits = vec![
        Waits::new("Accept milestone 2, or return it with notes", accept)
            .saying("Without an answer it accepts itself. Ines Brandt · A-2041")
            .with_until("Until Tuesday 12 May, 18:00, Stockholm"),
        Waits::new("Fund milestone 3: Reporting", fund).saying("€3,240.00 · A-2041"),
    ];
    Agenda { waits, steps: Vec::new(), ..busy_less() }
}

fn busy_less() -> Agenda {
    let href = || "/p/larkfield/engagements".to_owned();
    let numbers = vec![
        Number::new("Held", "€3,240.00", href()),
        Number::new("Letters of access in force", "2", "/p/larkfield/access".into()),
    ];
    Agenda { lists: vec![list(true)], numbers, ..Agenda::default() }
}

fn list(filled: bool) -> List {
    let row = Row {
        text: "Nurture flows for dealers".into(),
        sub: "A-2041 · Ines Brandt".into(),
        href: "/p/larkfield/engagements/1".into(),
        cells: vec![
            Cell::of_state(State::ACTIVE),
            Cell::words("Milestone 2", "due 14 May"),
            Cell::words("€3,240.00", ""),
        ],
    };
    List {
        id: "going".into(),
        title: "What goes on".into(),
        link: Some(Link::new("All engagements", "/p/larkfield/engagements")),
        columns: columns(&["Engagement", "State", "Next", "*Held"]),
        rows: if filled { vec![row] } else { Vec::new() },
        empty: Empty {
            title: "Your engagements will stand here".into(),
            text: "Each with whose turn it is, the next date and what is held.".into(),
            icon: "flag",
            act: Some(Link::new("Write a brief", "/p/larkfield/briefs/new")),
        },
    }
}

fn new_steps() -> Vec<FirstStep> {
    let brief = Link::new("Write a brief", "/p/larkfield/briefs/new");
    let invite = Link::new("See your matches", "/p/larkfield/briefs");
    vec![
        FirstStep::new("Write a brief", "What you need, by when, for how much.", true, brief),
        FirstStep::new("Invite an expert", "Matches come with their reasons.", false, invite),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lede_says_what_waits() {
        let lede = |agenda| Today::of(Vec::new(), "Petra Lindqvist", agenda).lede;
        assert_eq!(lede(busy()), "Petra, 2 things wait for you.");
        assert_eq!(lede(busy_less()), "Nothing waits for you, Petra.");
        let new = Agenda { steps: new_steps(), ..Agenda::default() };
        assert_eq!(lede(new), "Petra, here is how you get going.");
    }

    #[test]
    fn steps_go_once_they_are_all_done() {
        let mut steps = new_steps();
        assert_eq!(Today::of(Vec::new(), "P", agenda_of(&steps)).steps_done, "1 of 2 done");
        for step in &mut steps {
            step.done = true;
        }
        assert!(Today::of(Vec::new(), "P", agenda_of(&steps)).steps.is_empty());
    }

    fn agenda_of(steps: &[FirstStep]) -> Agenda {
        Agenda { steps: steps.to_vec(), ..Agenda::default() }
    }
}
