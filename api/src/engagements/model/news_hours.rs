//! What people are told of work by the hour: a week locked, paid or unpaid, and the end of it.

use super::engagement::{Parties, Side};
use super::facts::{HoursEnded, WeekLocked, WeekUnpaid};
use super::news::{Newsworthy, Told};
use super::week::Week;
use crate::kernel::id::MilestoneId;
use crate::kernel::moment::moment;
use crate::kernel::money::Money;

/// For the partner, when the money of a week is held.
pub(super) fn paid_week(
    of: &Parties,
    (milestone, title): (MilestoneId, &str),
    (week, price): (Week, Money),
) -> Told {
    let body = format!(
        "{price} are held for {}. The customer accepts the week or disagrees; silence accepts it \
         on {}, or a day after it was paid if that is later.",
        of.name(),
        moment(week.due_at())
    );
    of.tell(Side::Partner, "money", format!("{title} is paid"), body).about(milestone)
}

impl WeekLocked {
    /// For the customer, unless a card pays the week: that is told by whoever charges it.
    pub fn asks(&self) -> Told {
        let Self { of, milestone, week, worked, price } = self;
        let by = moment(week.due_at());
        let title = format!("{} is locked: {price} owed", week.title());
        let body = format!(
            "{worked} Pay {price} for {} by {by}, and accept the week or disagree until then.",
            of.name()
        );
        of.tell(Side::Customer, "money", title, body)
            .at_place(format!("/milestones/{milestone}/fund"))
    }
}

impl Newsworthy for WeekLocked {
    fn news(self) -> Vec<Told> {
        let Self { of, milestone, week, worked, price } = self;
        let title = format!("{} is locked: {price} owed", week.title());
        let partner = format!("{worked} The customer of {} is asked for {price}.", of.name());
        vec![of.tell(Side::Partner, "money", title, partner).about(milestone)]
    }
}

impl Newsworthy for WeekUnpaid {
    fn news(self) -> Vec<Told> {
        let Self { of, milestone, week, price } = self;
        let title = format!("{} is unpaid: no more hours until it is paid", week.title());
        let body = format!(
            "{price} of {} were due on {}. Letters of access rest meanwhile.",
            of.name(),
            moment(week.due_at())
        );
        let both = of.tell_both("money", &title, &body).into_iter();
        both.map(|told| told.about(milestone)).collect()
    }
}

impl Newsworthy for HoursEnded {
    fn news(self) -> Vec<Told> {
        let title = format!("The hours of {} end", self.of.name());
        let body = format!(
            "{} The last day with time is {}. It is over once its last week is paid and accepted.",
            self.reason,
            self.last.format("%-d %B %Y")
        );
        self.of.tell_both("work", &title, &body)
    }
}
