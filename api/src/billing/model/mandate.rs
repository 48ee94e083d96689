//! A customer's word that a kept card pays the weeks of an engagement as they lock.

use super::method::PaymentMethod;
use crate::engagements::{Engagement, Week};
use crate::kernel::id::{EngagementId, OrganizationId, PaymentMethodId, PersonId, WeekMandateId};
use crate::kernel::money::Money;
use crate::text_enum;
use chrono::{DateTime, NaiveDate, Utc};

text_enum! {
    /// Why a mandate ended.
    pub enum MandateEnd {
        /// The customer stopped it.
        Stopped = "stopped",
        /// Another card was chosen.
        Replaced = "replaced",
        /// Its card is not kept any more.
        CardRemoved = "card-removed",
        EngagementEnded = "engagement-ended",
    }
}

text_enum! {
    /// Whether a mandate pays the next week.
    pub enum MandateStanding {
        Live = "live",
        /// Its card is past its last month: it pays nothing until its bank renews it.
        Suspended = "suspended",
        Ended = "ended",
    }
}

/// What was agreed to, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mandate {
    pub id: WeekMandateId,
    pub engagement: EngagementId,
    pub customer: OrganizationId,
    pub method: PaymentMethodId,
    /// Word for word.
    pub words: String,
    /// The most of a week.
    pub most: Money,
    pub given_by: PersonId,
    pub given_at: DateTime<Utc>,
    pub ended: Option<(DateTime<Utc>, MandateEnd)>,
}

impl Mandate {
    /// Whether it pays a week: one that locks after it was given, while it holds.
    pub fn covers(&self, week: Week) -> bool {
        self.ended.is_none() && week.locks_at() >= self.given_at
    }

    /// How it stands with its card on a day.
    pub fn standing(&self, card: &PaymentMethod, today: NaiveDate) -> MandateStanding {
        match (self.ended, card.is_over(today)) {
            (Some(_), _) => MandateStanding::Ended,
            (None, true) => MandateStanding::Suspended,
            (None, false) => MandateStanding::Live,
        }
    }
}

/// A mandate with its card and the name of who gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenMandate {
    pub mandate: Mandate,
    pub card: PaymentMethod,
    pub given_by: String,
    pub standing: MandateStanding,
}

/// A kept card that may pay the weeks, and the words to agree to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MandateOffer {
    pub card: PaymentMethod,
    pub words: String,
}

/// Work whose weeks a card pays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaysWeeks {
    pub engagement: EngagementId,
    /// "A-2041, Dealer nurture".
    pub label: String,
}

/// The number and title of an engagement, as they stand in sentences.
pub fn label(number: i64, title: &str) -> String {
    format!("A-{number}, {title}")
}

/// What a customer agrees to when a card is to pay the weeks; `None` for work that is not by the
/// hour.
pub fn mandate_words(card: &PaymentMethod, of: &Engagement) -> Option<(String, Money)> {
    let hourly = of.hourly?;
    let most = hourly.most_a_week();
    let words = format!(
        "{card} is charged for each week of {label} when that week locks: on Monday at 12:00 UTC \
         after it. Charged is the time that was written, at {rate} an hour, and never more than \
         {most} for a week. The money is then held. You look at the hours until the end of Friday \
         (UTC) and accept them or disagree; only then is it released. If the card is declined, or \
         your bank asks you to confirm, nothing is charged: you get a mail, and the week stays to \
         be paid by hand. You stop this at any time with one press on the engagement's page; it \
         then holds for no week that locks later.",
        card = card.label(),
        label = label(of.number, &of.title),
        rate = hourly.rate,
    );
    Some((words, most))
}

#[cfg(test)]
mod tests {
    use super::super::method::MethodState;
    use super::*;
    use uuid::Uuid;

    fn card() -> PaymentMethod {
        PaymentMethod {
            id: PaymentMethodId(Uuid::nil()),
            organization: OrganizationId(Uuid::nil()),
            stripe_method: "pm_1".into(),
            brand: "visa".into(),
            last4: "4242".into(),
            expires_month: 4,
            expires_year: 2027,
            state: MethodState::Kept,
            is_default: true,
            saved_by: PersonId(Uuid::nil()),
            saved_at: DateTime::UNIX_EPOCH,
            warned_at: None,
        }
    }

    fn given(at: &str) -> Mandate {
        Mandate {
            id: WeekMandateId(Uuid::nil()),
            engagement: EngagementId(Uuid::nil()),
            customer: OrganizationId(Uuid::nil()),
            method: card().id,
            words: "It is charged.".into(),
            most: Money::new(90_000, crate::kernel::money::Currency::Usd),
            given_by: PersonId(Uuid::nil()),
            given_at: at.parse().unwrap(),
            ended: None,
        }
    }

    #[test]
    fn it_pays_weeks_that_lock_after_it_was_given_while_it_holds() {
        let week = Week::of("2026-11-23".parse().unwrap());
        assert!(given("2026-11-30T12:00:00Z").covers(week), "the very instant");
        assert!(!given("2026-11-30T12:00:01Z").covers(week), "that week had locked");
        let mut ended = given("2026-11-25T08:00:00Z");
        assert!(ended.covers(week));
        ended.ended = Some((ended.given_at, MandateEnd::Stopped));
        assert!(!ended.covers(week));
    }

    #[test]
    fn a_card_past_its_last_month_pays_nothing_until_it_is_renewed() {
        let mandate = given("2026-11-25T08:00:00Z");
        let on = |day: &str| mandate.standing(&card(), day.parse().unwrap());
        assert_eq!(on("2027-04-30"), MandateStanding::Live);
        assert_eq!(on("2027-05-01"), MandateStanding::Suspended);
        let renewed = PaymentMethod { expires_year: 2029, ..card() };
        let day = "2027-05-01".parse().unwrap();
        assert_eq!(mandate.standing(&renewed, day), MandateStanding::Live);
        let ended = Some((mandate.given_at, MandateEnd::CardRemoved));
        let ended = Mandate { ended, ..mandate };
        assert_eq!(ended.standing(&card(), day), MandateStanding::Ended);
    }
}
