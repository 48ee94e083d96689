//! What people are told of an engagement: who, in which words, with a link to the deed.

use super::engagement::{Parties, Side};
use super::facts::{
    ChangesRequested, DeliverableSubmitted, EngagementEnded, EngagementOpened, EngagementRested,
    EngagementResumed, EngagementSigned, GuestInvited, HoursEnded, MessageUnanswered,
    MilestoneAccepted, MilestoneAcceptsSoon, MilestoneFunded, MilestoneRefunded, MilestoneSettled,
    ReviewHidden, ReviewPublished, ReviewReplied, ReviewWritten, StatementAccepted,
    StatementChanged, WeekLocked, WeekUnpaid,
};
use super::news_hours::paid_week;
use crate::kernel::id::{MilestoneId, OrganizationId, PersonId};
use crate::kernel::moment::moment;
use crate::platform::jobs::event::{Event, Fact};

/// Who is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whom {
    /// Owners and admins of the customer.
    Customer(OrganizationId),
    /// Owners and admins of the partner, and the consultant.
    Partner(OrganizationId, PersonId),
    /// One person in one organization.
    Person(PersonId, OrganizationId),
}

/// One piece of news, in plain text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub whom: Whom,
    /// A kind that people choose by: work, money, message, review, dispute.
    pub kind: &'static str,
    pub title: String,
    pub body: String,
    /// A page's path inside the program.
    pub link: String,
}

/// The news of an event; none when the event is not of engagements or nobody needs to hear of it.
pub fn news_of(event: &Event) -> serde_json::Result<Vec<Told>> {
    for read in READERS {
        if let Some(news) = read(event)? {
            return Ok(news);
        }
    }
    Ok(Vec::new())
}

type Reader = fn(&Event) -> serde_json::Result<Option<Vec<Told>>>;

const READERS: &[Reader] = &[
    read::<EngagementOpened>,
    read::<StatementAccepted>,
    read::<StatementChanged>,
    read::<EngagementSigned>,
    read::<MilestoneFunded>,
    read::<WeekLocked>,
    read::<WeekUnpaid>,
    read::<HoursEnded>,
    read::<EngagementRested>,
    read::<EngagementResumed>,
    read::<DeliverableSubmitted>,
    read::<MilestoneAcceptsSoon>,
    read::<ChangesRequested>,
    read::<MilestoneAccepted>,
    read::<MilestoneRefunded>,
    read::<MilestoneSettled>,
    read::<EngagementEnded>,
    read::<GuestInvited>,
    read::<MessageUnanswered>,
    read::<ReviewWritten>,
    read::<ReviewPublished>,
    read::<ReviewReplied>,
    read::<ReviewHidden>,
];

fn read<F: Fact + Newsworthy>(event: &Event) -> serde_json::Result<Option<Vec<Told>>> {
    Ok(event.read::<F>()?.map(|fact| fact.news()))
}

pub(super) trait Newsworthy {
    fn news(self) -> Vec<Told>;
}

impl Parties {
    fn whom(&self, side: Side) -> Whom {
        match side {
            Side::Customer => Whom::Customer(self.customer),
            Side::Partner => Whom::Partner(self.partner, self.consultant),
        }
    }

    pub(super) fn tell(&self, side: Side, kind: &'static str, title: String, body: String) -> Told {
        let link = format!("/engagements/{}", self.engagement);
        Told { whom: self.whom(side), kind, title, body, link }
    }

    pub(super) fn tell_both(&self, kind: &'static str, title: &str, body: &str) -> Vec<Told> {
        let told = |side: &Side| self.tell(*side, kind, title.to_owned(), body.to_owned());
        Side::ALL.iter().map(told).collect()
    }

    pub(super) fn name(&self) -> String {
        format!("{}, {}", self.label(), self.title)
    }
}

impl Told {
    /// Leads to a milestone's own page.
    pub(super) fn about(self, milestone: MilestoneId) -> Self {
        Self { link: format!("/milestones/{milestone}"), ..self }
    }

    pub(super) fn at_place(self, link: String) -> Self {
        Self { link, ..self }
    }

    fn at(mut self, page: &str) -> Self {
        self.link.push_str(page);
        self
    }
}

/// The page of an engagement's reviews, below the engagement's own.
const REVIEWS: &str = "/reviews";

impl Newsworthy for EngagementOpened {
    fn news(self) -> Vec<Told> {
        let title = format!("A statement of work waits for you: {}", self.of.name());
        let body = format!(
            "The whole price is {}. Read it and accept it by {}; it lapses then.",
            self.total,
            moment(self.accept_by)
        );
        vec![self.of.tell(Side::Partner, "work", title, body).at("/sow")]
    }
}

impl Newsworthy for StatementAccepted {
    fn news(self) -> Vec<Told> {
        let title =
            format!("The {} accepted the statement of work of {}", self.side, self.of.name());
        let body = format!("Your side is waited for until {}.", moment(self.accept_by));
        vec![self.of.tell(self.side.other(), "work", title, body).at("/sow")]
    }
}

impl Newsworthy for StatementChanged {
    fn news(self) -> Vec<Told> {
        let title = format!("A new version of the statement of work of {}", self.of.name());
        let body = format!("{} Read version {} and accept it.", self.reason, self.version);
        self.of.tell_both("work", &title, &body).into_iter().map(|told| told.at("/sow")).collect()
    }
}

impl Newsworthy for EngagementSigned {
    fn news(self) -> Vec<Told> {
        let title = format!("Both sides signed {}", self.of.name());
        let (customer, partner) = match self.fund_by.map(moment) {
            Some(by) => (
                format!("Fund the first milestone by {by}; without money it lapses then."),
                "Work starts when the first milestone is funded; we tell you.".to_owned(),
            ),
            None => (
                "Work by the hour can start. Each week is paid once it is over.".to_owned(),
                "Work can start. Write your time down until Monday noon (UTC) after each week."
                    .to_owned(),
            ),
        };
        vec![
            self.of.tell(Side::Customer, "work", title.clone(), customer),
            self.of.tell(Side::Partner, "work", title, partner),
        ]
    }
}

impl Newsworthy for MilestoneFunded {
    fn news(self) -> Vec<Told> {
        let Self { of, milestone, seq, milestone_title, price, week } = self;
        if let Some(week) = week {
            return vec![paid_week(&of, (milestone, &milestone_title), (week, price))];
        }
        let title = format!("Milestone {seq} is funded: {milestone_title}");
        let body = format!("{price} are held for {}. You can start.", of.name());
        vec![of.tell(Side::Partner, "money", title, body).about(milestone)]
    }
}

impl Newsworthy for EngagementRested {
    fn news(self) -> Vec<Told> {
        let (kind, state) =
            if self.disputed { ("dispute", "disputed") } else { ("work", "paused") };
        let title = format!("{} is {state}", self.of.name());
        let body =
            format!("{} Held money stays held, and no delivery accepts itself.", self.reason);
        self.of.tell_both(kind, &title, &body)
    }
}

impl Newsworthy for EngagementResumed {
    fn news(self) -> Vec<Told> {
        let title = format!("{} goes on", self.of.name());
        let body = "A delivery that waits gets the whole time of acceptance again.";
        self.of.tell_both("work", &title, body)
    }
}

impl Newsworthy for DeliverableSubmitted {
    fn news(self) -> Vec<Told> {
        let Self { of, milestone, seq, milestone_title, price, accepts_itself_at, .. } = self;
        let title = format!("Milestone {seq} is delivered: {milestone_title}");
        let body = format!(
            "Accept it, which releases {price}, or return it with notes. Without an answer it \
             accepts itself on {}.",
            moment(accepts_itself_at)
        );
        vec![of.tell(Side::Customer, "work", title, body).about(milestone)]
    }
}

impl Newsworthy for MilestoneAcceptsSoon {
    fn news(self) -> Vec<Told> {
        let Self { of, milestone, seq, milestone_title, price, accepts_itself_at, .. } = self;
        let days = if self.days == 1 { "1 day".to_owned() } else { format!("{} days", self.days) };
        let title = format!("Milestone {seq} accepts itself in {days}: {milestone_title}");
        let unless = if self.week.is_some() { "you disagree" } else { "you return it with notes" };
        let body = format!(
            "On {} it is accepted and {price} are released, unless {unless}.",
            moment(accepts_itself_at)
        );
        vec![of.tell(Side::Customer, "money", title, body).about(milestone)]
    }
}

impl Newsworthy for ChangesRequested {
    fn news(self) -> Vec<Told> {
        let title = format!("Milestone {} is returned: {}", self.seq, self.milestone_title);
        let body = format!("The customer of {} wrote what should change.", self.of.name());
        vec![self.of.tell(Side::Partner, "work", title, body).about(self.milestone)]
    }
}

impl Newsworthy for MilestoneAccepted {
    fn news(self) -> Vec<Told> {
        let Self { of, milestone, seq, milestone_title, price, by, .. } = self;
        let (how, also) = match by {
            Some(_) => ("is accepted", None),
            None => ("accepted itself", Some(Side::Customer)),
        };
        let title = format!("Milestone {seq} {how}: {milestone_title}");
        let body = format!("{price} of {} are released to the payees.", of.name());
        let sides = std::iter::once(Side::Partner).chain(also);
        let tell = |side| of.tell(side, "money", title.clone(), body.clone()).about(milestone);
        sides.map(tell).collect()
    }
}

impl Newsworthy for MilestoneRefunded {
    fn news(self) -> Vec<Told> {
        let Self { of, milestone, seq, milestone_title, price, .. } = self;
        let title = format!("Milestone {seq} is refunded: {milestone_title}");
        let body = format!("{price} of {} go back to the customer.", of.name());
        let both = of.tell_both("money", &title, &body).into_iter();
        both.map(|told| told.about(milestone)).collect()
    }
}

impl Newsworthy for MilestoneSettled {
    fn news(self) -> Vec<Told> {
        let Self { of, milestone, seq, milestone_title, released, back, .. } = self;
        let title = format!("Milestone {seq} is settled: {milestone_title}");
        let body = match back.minor() {
            0 => format!("{released} of {} were released, and nothing is held.", of.name()),
            _ => format!("{released} of {} were released, {back} go back.", of.name()),
        };
        let both = of.tell_both("money", &title, &body).into_iter();
        both.map(|told| told.about(milestone)).collect()
    }
}

impl Newsworthy for EngagementEnded {
    fn news(self) -> Vec<Told> {
        if self.completed {
            let title = format!("{} is completed: write your review", self.of.name());
            let body = format!("{} Nobody reads a review before both are in.", self.reason);
            let both = self.of.tell_both("review", &title, &body).into_iter();
            return both.map(|told| told.at(REVIEWS)).collect();
        }
        let title = format!("{} is cancelled", self.of.name());
        self.of.tell_both("work", &title, &self.reason)
    }
}

impl Newsworthy for GuestInvited {
    fn news(self) -> Vec<Told> {
        let title = format!("You are invited to work along: {}", self.of.name());
        let body = "You read and write its messages until it ends or your seat is taken back.";
        let mut told = self.of.tell(Side::Partner, "work", title, body.to_owned());
        told.whom = Whom::Person(self.guest, self.organization);
        vec![told]
    }
}

impl Newsworthy for MessageUnanswered {
    fn news(self) -> Vec<Told> {
        let title = format!("A message waits for your answer: {}", self.of.name());
        let body = format!("Nobody of your side has answered for {} hours.", self.hours);
        vec![self.of.tell(self.side, "message", title, body)]
    }
}

impl Newsworthy for ReviewWritten {
    fn news(self) -> Vec<Told> {
        let title = format!("The {} wrote its review of {}", self.side, self.of.name());
        let at = moment(self.publish_at);
        let body = format!("It is published with yours, or alone on {at}.");
        vec![self.of.tell(self.side.other(), "review", title, body).at(REVIEWS)]
    }
}

impl Newsworthy for ReviewPublished {
    fn news(self) -> Vec<Told> {
        let title = format!("The review by the {} is published: {}", self.side, self.of.name());
        let body = "You may answer it once.".to_owned();
        vec![self.of.tell(self.side.other(), "review", title, body).at(REVIEWS)]
    }
}

impl Newsworthy for ReviewReplied {
    fn news(self) -> Vec<Told> {
        let title = format!("The {} answered your review of {}", self.side, self.of.name());
        vec![self.of.tell(self.side.other(), "review", title, String::new()).at(REVIEWS)]
    }
}

impl Newsworthy for ReviewHidden {
    fn news(self) -> Vec<Told> {
        let told = |whose: String, side: Side| {
            let title = format!("{whose} is hidden: {}", self.of.name());
            self.of.tell(side, "review", title, self.reason.clone()).at(REVIEWS)
        };
        let author = told("Your review".to_owned(), self.side);
        vec![author, told(format!("The review by the {}", self.side), self.side.other())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engagements::model::EngagementState;
    use crate::engagements::model::examples::{engagement, instant};
    use crate::kernel::id::{EventId, MilestoneId, VendorId};
    use crate::kernel::money::{Currency, Money};
    use uuid::Uuid;

    fn event<F: Fact>(fact: &F) -> Event {
        Event {
            id: EventId(Uuid::nil()),
            vendor: VendorId(Uuid::nil()),
            kind: F::KIND.to_owned(),
            facts: serde_json::to_value(fact).unwrap(),
            actor: None,
        }
    }

    #[test]
    fn silence_is_told_to_both_sides_and_a_decision_to_the_partner() {
        let of = engagement(EngagementState::Active).parties();
        let mut fact = MilestoneAccepted {
            of: of.clone(),
            milestone: MilestoneId(Uuid::nil()),
            seq: 2,
            milestone_title: "Design".to_owned(),
            price: Money::new(324_000, Currency::Eur),
            by: None,
        };
        let whom = |fact: &MilestoneAccepted| -> Vec<Whom> {
            news_of(&event(fact)).unwrap().iter().map(|told| told.whom).collect()
        };
        let partner = Whom::Partner(of.partner, of.consultant);
        assert_eq!(whom(&fact), [partner, Whom::Customer(of.customer)]);
        fact.by = Some(of.consultant);
        assert_eq!(whom(&fact), [partner]);
    }

    #[test]
    fn news_say_what_happens_if_nobody_acts_and_lead_to_the_deed() {
        let of = engagement(EngagementState::Contracting).parties();
        let accept_by = instant(14);
        let fact = StatementAccepted { of: of.clone(), side: Side::Partner, accept_by };
        let told = news_of(&event(&fact)).unwrap();
        assert_eq!(told[0].whom, Whom::Customer(of.customer));
        assert_eq!(told[0].link, format!("/engagements/{}/sow", of.engagement));
        assert_eq!(told[0].body, format!("Your side is waited for until {}.", moment(instant(14))));
        let foreign = Event { kind: "another".to_owned(), ..event(&fact) };
        assert_eq!(news_of(&foreign).unwrap(), []);
    }
}
