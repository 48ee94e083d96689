//! An engagement as one visitor looks at it: on which side, what waits for them, what they await.

use api::engagements::{EngagementOverview, Milestone, Side, Sight, Task, Turn, Until};
use api::identity::Deed;
use api::kernel::id::MilestoneId;
use serde::Serialize;

use super::words;
use crate::format;
use crate::site::Visit;
use crate::view::{Choice, Link, Notice, Sum};

/// A sentence with one thing in it that counts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Line {
    pub before: String,
    pub strong: String,
    pub after: String,
}

impl Line {
    pub fn new(before: impl Into<String>, strong: impl Into<String>, after: &str) -> Self {
        Self { before: before.into(), strong: strong.into(), after: after.into() }
    }

    pub fn plain(text: impl Into<String>) -> Self {
        Self { before: text.into(), ..Self::default() }
    }
}

/// A deed over money, with its sum, in a dialog that also has a page of its own.
#[derive(Debug, Clone, Serialize)]
pub struct Confirm {
    pub id: String,
    pub title: String,
    pub action: String,
    pub deed: String,
    /// The deed inside a sentence: "release €3,240.00".
    pub deed_words: String,
    pub sum: Option<Sum>,
    pub note: String,
    /// How the weeks are paid, where the deed is a yes to hours; may be empty.
    pub choices: Vec<Choice>,
    /// Hidden fields that go with it, by name.
    pub fields: Vec<Link>,
}

/// The panel of the visitor's turn.
#[derive(Debug, Clone, Default, Serialize)]
pub struct TurnPanel {
    pub title: String,
    pub lines: Vec<Line>,
    pub also: Vec<Link>,
    /// Opens a dialog; the main act then.
    pub confirm: Option<Confirm>,
    pub main: Option<Link>,
    pub second: Option<Link>,
}

/// Who looks, at what.
pub struct Standpoint<'a> {
    pub visit: &'a Visit,
    pub of: &'a EngagementOverview,
    pub sight: Sight,
}

impl<'a> Standpoint<'a> {
    pub fn new(visit: &'a Visit, of: &'a EngagementOverview, sight: Sight) -> Self {
        Self { visit, of, sight }
    }

    pub fn side(&self) -> Option<Side> {
        match self.sight {
            Sight::Side(side) => Some(side),
            Sight::Guest | Sight::Program => None,
        }
    }

    /// Whether the visitor's role may do it, on a side that does such things.
    pub fn may(&self, deed: Deed) -> bool {
        self.visit.caller().is_ok_and(|c| deed.allows(c.kind, c.role))
    }

    /// Who is meant by a side: the consultant in person, or the customer.
    pub fn name(&self, side: Side) -> String {
        match side {
            Side::Customer => self.of.names.customer.clone(),
            Side::Partner => words::first_name(&self.of.names.consultant),
        }
    }

    /// The name of the other side, for "Write to Ines"; of both for everybody else.
    pub fn other(&self) -> String {
        match self.side() {
            Some(side) => self.name(side.other()),
            None => "both sides".to_owned(),
        }
    }

    pub fn link(&self, rest: &str) -> String {
        self.visit.link(&format!("{}{rest}", words::engagement_path(self.of.engagement.id)))
    }

    pub fn milestone(&self, id: MilestoneId) -> Option<&'a Milestone> {
        self.of.milestones.iter().find(|m| m.id == id)
    }

    /// The visitor's own turns, most pressing first, that their role may take.
    pub fn own_turns(&self) -> Vec<&'a Turn> {
        let own = |t: &&Turn| Some(t.side) == self.side() && self.may(deed(t.task));
        self.of.turns.iter().filter(own).collect()
    }

    /// The panel for the visitor, `None` when nothing waits for them.
    pub fn panel(&self, of_accepting: Option<Sum>) -> Option<TurnPanel> {
        let own = self.own_turns();
        let first = own.first()?;
        let also = own
            .iter()
            .skip(1)
            .map(|turn| Link::new(&lower(&self.task(turn)), &self.visit.link(&self.path(turn))));
        let mut panel = self.panel_of(first, of_accepting);
        panel.also = also.collect();
        Some(panel)
    }

    /// The panel of one turn.
    pub fn panel_of(&self, turn: &Turn, sum: Option<Sum>) -> TurnPanel {
        let until = turn.until.map(|until| self.until(until)).unwrap_or_default();
        let milestone = turn.milestone.and_then(|(id, _)| self.milestone(id));
        let price = milestone.map(|m| words::amount(m.rest())).unwrap_or_default();
        let title = milestone.map(|m| m.title.clone()).unwrap_or_default();
        let main = |label: &str| Some(Link::new(label, &self.visit.link(&self.path(turn))));
        let mut panel = TurnPanel { title: self.task(turn), ..TurnPanel::default() };
        match turn.task {
            Task::AcceptStatement => {
                let other = turn.side.other();
                let so_far = if self.of.accepted.contains(&other) {
                    format!("{} has accepted it. With your yes it is signed.", self.name(other))
                } else {
                    "It is signed once both sides have accepted the same text.".to_owned()
                };
                panel.lines = vec![Line::plain(so_far), Line::new("It lapses on ", until, ".")];
                panel.main = main("Read and accept");
            }
            Task::FundMilestone => {
                let held = " stays held until you accept the work. Until then nobody is paid.";
                panel.lines = vec![Line::new("", price.clone(), held)];
                if !until.is_empty() {
                    panel.lines.push(Line::new("Without it the engagement lapses on ", until, "."));
                }
                panel.main = main(&format!("Fund {price}"));
            }
            Task::DecideDelivery | Task::ReviewWeek => {
                self.deciding(&mut panel, milestone, &until, sum);
            }
            Task::PayWeek => {
                let worked = milestone.map(|m| m.delivers.clone()).unwrap_or_default();
                panel.lines = vec![
                    Line::plain(worked),
                    Line::new("It is paid and reviewed until ", until, "."),
                    Line::plain("Unpaid after that, there are no more hours until it is paid."),
                ];
                panel.main = main(&format!("Pay {price}"));
            }
            Task::Deliver => {
                panel.lines = vec![
                    Line::new(format!("“{title}”: "), price, " is held for it."),
                    Line::new("Due ", until, "."),
                ];
                panel.main = main("Deliver");
            }
            Task::DeliverAgain => {
                let asked = format!("{} wrote what should change.", self.of.names.customer);
                panel.lines = vec![Line::plain(asked), Line::new("", price, " stays held.")];
                panel.main = main("Read it and deliver again");
            }
            Task::Resume => {
                let rest = "Held money stays held, and no delivery accepts itself meanwhile.";
                panel.lines = vec![Line::plain(rest)];
                panel.main = main("Resume or end it");
            }
            Task::WriteReview => {
                let blind = "Nobody reads a review before both are written, or before ";
                panel.lines = vec![Line::new(blind, until, ".")];
                panel.main = main("Write the review");
            }
        }
        panel
    }

    fn deciding(
        &self,
        panel: &mut TurnPanel,
        milestone: Option<&Milestone>,
        until: &str,
        sum: Option<Sum>,
    ) {
        let Some(m) = milestone else { return };
        let price = words::amount(m.rest());
        let delivered = m.submitted_at.map(|at| words::then(self.visit, at)).unwrap_or_default();
        let who = self.name(Side::Partner);
        let before = match m.week {
            Some(_) => format!("{} Accepting releases ", m.delivers),
            None => format!("{who} delivered “{}” {delivered}. Accepting releases ", m.title),
        };
        panel.lines = vec![
            Line::new(before, price.clone(), "."),
            Line::new("Without an answer it accepts itself on ", until, "."),
        ];
        panel.confirm = Some(accepting(self.visit, m, sum));
        let href = self.visit.link(&words::milestone_path(m.id));
        let see = if m.week.is_some() { "See it, or disagree" } else { "See it, or return it" };
        panel.second = Some(Link::new(see, &href));
    }

    /// What is awaited from whom until when, for everybody whose turn it is not.
    pub fn awaited(&self) -> Option<Notice> {
        self.of.turns.first().map(|first| self.awaited_of(first))
    }

    /// The same of one turn.
    pub fn awaited_of(&self, first: &Turn) -> Notice {
        let names = self.of.turns.iter().filter(|t| t.task == first.task && t.side != first.side);
        let both = names.count() > 0 && first.milestone.is_none() && self.side().is_none();
        let who = if both { "both sides".to_owned() } else { self.who(first) };
        let title = format!("Waits for {who}: {}", lower(&self.task(first)));
        let until = first.until.map(|until| match (first.task, self.until(until)) {
            (Task::Deliver, day) => format!("Due {day}."),
            (Task::DecideDelivery | Task::ReviewWeek, at) => {
                format!("Without an answer it accepts itself on {at}.")
            }
            (Task::PayWeek, at) => format!("Due until {at}."),
            (Task::WriteReview, at) => format!("What is written then is published on {at}."),
            (_, at) => format!("It lapses on {at}."),
        });
        Notice::info(&title, &until.unwrap_or_default())
    }

    fn who(&self, turn: &Turn) -> String {
        if Some(turn.side) == self.side() {
            return "an owner or admin of your organization".to_owned();
        }
        self.name(turn.side)
    }

    /// A turn as a title: "Accept milestone 2, or return it with notes".
    pub fn task(&self, turn: &Turn) -> String {
        let n = turn.milestone.map(|(_, seq)| seq).unwrap_or_default();
        match turn.task {
            Task::AcceptStatement => "Accept the statement of work".to_owned(),
            Task::FundMilestone => format!("Fund milestone {n}"),
            Task::Deliver => format!("Deliver milestone {n}"),
            Task::DeliverAgain => format!("Deliver milestone {n} again"),
            Task::DecideDelivery => format!("Accept milestone {n}, or return it with notes"),
            Task::PayWeek => format!("Pay {}", self.week(turn)),
            Task::ReviewWeek => format!("Accept {}, or disagree", self.week(turn)),
            Task::Resume => "Resume the paused work".to_owned(),
            Task::WriteReview => match self.side() {
                Some(_) => format!("Review {}", self.other()),
                None => "Write the review".to_owned(),
            },
        }
    }

    /// "the week of 23 November 2026".
    fn week(&self, turn: &Turn) -> String {
        let milestone = turn.milestone.and_then(|(id, _)| self.milestone(id));
        format!("the {}", milestone.map(|m| lower(&m.title)).unwrap_or_default())
    }

    /// Where a turn is taken.
    pub fn path(&self, turn: &Turn) -> String {
        let at = |rest: &str| format!("{}{rest}", words::engagement_path(self.of.engagement.id));
        let milestone = turn.milestone.map(|(id, _)| words::milestone_path(id)).unwrap_or_default();
        match turn.task {
            Task::AcceptStatement => at("/sow"),
            Task::FundMilestone | Task::PayWeek => format!("{milestone}/fund"),
            Task::Deliver | Task::DeliverAgain => format!("{milestone}#deliver"),
            Task::DecideDelivery | Task::ReviewWeek => milestone,
            Task::Resume => at("/end"),
            Task::WriteReview => at("/reviews"),
        }
    }

    /// "Tuesday 12 May, 18:00 Stockholm time", or a day.
    pub fn until(&self, until: Until) -> String {
        match until {
            Until::Instant(at) => words::when(self.visit, at),
            Until::Day(day) => {
                let today = words::local(self.visit, self.visit.app().clock.now());
                format::weekday(day, today)
            }
        }
    }
}

/// Which delivery was read when it is decided on: a newer one is not accepted unread.
pub const VERSION: &str = "version";

/// The dialog of accepting a delivered milestone.
pub fn accepting(visit: &Visit, milestone: &Milestone, sum: Option<Sum>) -> Confirm {
    let price = words::amount(milestone.rest());
    Confirm {
        id: "accept".into(),
        title: match milestone.week {
            Some(_) => format!("Release {price} for the {}?", lower(&milestone.title)),
            None => format!("Release {price} for milestone {}?", milestone.seq),
        },
        action: visit.link(&format!("{}/accept", words::milestone_path(milestone.id))),
        deed: format!("Release {price}"),
        deed_words: format!("release {price}"),
        sum,
        choices: Vec::new(),
        fields: vec![Link::new(VERSION, &milestone.version().to_string())],
        note: "A release is final: the money goes to those named here.".into(),
    }
}

/// Which deed a task is.
pub const fn deed(task: Task) -> Deed {
    match task {
        Task::AcceptStatement => Deed::AcceptWork,
        Task::FundMilestone | Task::PayWeek => Deed::FundMilestones,
        Task::Deliver | Task::DeliverAgain => Deed::SubmitDeliverables,
        Task::DecideDelivery | Task::ReviewWeek => Deed::DecideDeliverables,
        Task::Resume => Deed::PauseWork,
        Task::WriteReview => Deed::WriteReviews,
    }
}

/// With a small first letter, to stand inside a sentence.
pub fn lower(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|c| c.to_lowercase().to_string()).unwrap_or_default();
    format!("{first}{}", letters.as_str())
}
