//! What a consultant writes into a proposal, and what it must look like.

use super::Hourly;
use super::brief_fields::MOST_MINOR;
use super::proposal::{ProposalLine, ProposalMilestone};
use crate::directory::{AccessPreset, Service};
use crate::kernel::check::{Checks, Invalid};
use crate::kernel::id::ServiceId;
use crate::kernel::money::{Currency, Money};

const MOST_MILESTONES: usize = 12;
const MOST_LINES: usize = 40;
/// The longest a proposal may be open, in days.
const MOST_VALID_DAYS: i32 = 90;

/// A proposal as it was sent, or in form once it is checked. Milestones and lines count from 1 in
/// the order they are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewProposal {
    pub service: Option<ServiceId>,
    pub title: String,
    pub note: String,
    pub access_preset: AccessPreset,
    /// None when it is by the hour.
    pub milestones: Vec<NewMilestone>,
    pub hourly: Option<Hourly>,
    /// Days for which it may be accepted; the program's usual number when absent.
    pub valid_days: Option<i32>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMilestone {
    pub title: String,
    pub delivers: String,
    pub price: Money,
    /// Days from funding to delivery.
    pub days: i32,
    /// They add up to the price.
    pub lines: Vec<NewLine>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLine {
    pub title: String,
    pub amount: Money,
}

/// A proposal in form, with what its milestones add up to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedProposal {
    pub service: Option<ServiceId>,
    pub title: String,
    pub note: String,
    pub access_preset: AccessPreset,
    pub milestones: Vec<ProposalMilestone>,
    pub hourly: Option<Hourly>,
    pub total: Money,
    pub valid_days: i32,
}

impl NewProposal {
    /// A proposal made from a service: each milestone with one line that is its whole price, or its
    /// hours.
    pub fn of_service(service: &Service) -> Self {
        let milestones = service.fields.milestones.iter().map(|milestone| NewMilestone {
            title: milestone.title.clone(),
            delivers: milestone.delivers.clone(),
            price: milestone.price,
            days: milestone.days,
            lines: vec![NewLine { title: milestone.title.clone(), amount: milestone.price }],
        });
        Self {
            service: Some(service.id),
            title: service.fields.title.clone(),
            note: String::new(),
            access_preset: service.fields.access,
            milestones: milestones.collect(),
            hourly: service.fields.hourly,
            valid_days: None,
        }
    }

    /// The proposal in form; errors name each field at fault, such as
    /// `milestones[1].lines[0].amount`. Currency and usual days are the program's; `service_fits`
    /// says whether the service is the consultant's own and offered.
    pub fn checked(
        self,
        currency: Currency,
        usual_days: i32,
        service_fits: bool,
    ) -> Result<CheckedProposal, Invalid> {
        let mut checks = Checks::new();
        let title = checks.text("title", &self.title, "a title", (1, 120));
        let note = checks.text("note", &self.note, "a note to the customer", (1, 8000));
        checks.that(service_fits, "service", "Choose one of your published services, or none");
        self.plan_fits(&mut checks, currency);
        let valid_days = self.valid_days.unwrap_or(usual_days);
        let fits = (1..=MOST_VALID_DAYS).contains(&valid_days);
        checks.that(fits, "valid_days", format!("Choose from 1 to {MOST_VALID_DAYS} days"));
        let milestones = self.milestones.into_iter().take(MOST_MILESTONES).zip(1..);
        let milestones: Vec<ProposalMilestone> = milestones
            .map(|(milestone, seq)| milestone.checked(&mut checks, seq, currency))
            .collect();
        let total = match &self.hourly {
            Some(hourly) => Some(hourly.most()),
            None => sum(currency, milestones.iter().map(|milestone| milestone.price)),
        };
        let total = checks.parsed("milestones", total, "Enter prices that can be added up");
        checks.finish()?;
        Ok(CheckedProposal {
            service: self.service,
            title,
            note,
            access_preset: self.access_preset,
            milestones,
            hourly: self.hourly,
            total: total.unwrap_or(Money::zero(currency)),
            valid_days,
        })
    }

    /// Milestones, or hours: never both.
    fn plan_fits(&self, checks: &mut Checks, currency: Currency) {
        let count = self.milestones.len();
        match &self.hourly {
            None => {
                let some = (1..=MOST_MILESTONES).contains(&count);
                let message = format!("Plan one to {MOST_MILESTONES} milestones");
                checks.that(some, "milestones", message);
            }
            Some(hourly) => {
                let message = "Work by the hour has no milestones: each week is one";
                checks.that(count == 0, "milestones", message);
                hourly.check(checks, currency);
            }
        }
    }
}

impl NewMilestone {
    fn checked(self, checks: &mut Checks, seq: i32, currency: Currency) -> ProposalMilestone {
        let at = |name: &str| format!("milestones[{}].{name}", seq - 1);
        let title = checks.text(&at("title"), &self.title, "a title", (1, 120));
        let what = "what you deliver";
        let delivers = checks.text(&at("delivers"), &self.delivers, what, (1, 4000));
        let days = (1..=365).contains(&self.days);
        checks.that(days, &at("days"), "Choose from 1 to 365 days");
        amount(checks, &at("price"), self.price, currency);
        let some = (1..=MOST_LINES).contains(&self.lines.len());
        checks.that(some, &at("lines"), format!("Write one to {MOST_LINES} lines"));
        let lines = self.lines.into_iter().take(MOST_LINES).zip(1..);
        let lines: Vec<ProposalLine> = lines
            .map(|(line, n)| {
                let at = |name: &str| at(&format!("lines[{}].{name}", n - 1));
                amount(checks, &at("amount"), line.amount, currency);
                let title = checks.text(&at("title"), &line.title, "what it is for", (1, 160));
                ProposalLine { seq: n, title, amount: line.amount }
            })
            .collect();
        let whole = sum(currency, lines.iter().map(|line| line.amount));
        if let (true, Some(whole)) = (some, whole) {
            let message = format!("The lines add up to {whole}, the price says {}", self.price);
            checks.that(whole == self.price, &at("price"), message);
        }
        ProposalMilestone { seq, title, delivers, price: self.price, days: self.days, lines }
    }
}

fn amount(checks: &mut Checks, field: &str, amount: Money, currency: Currency) {
    let message = format!("This program's currency is {currency}");
    checks.that(amount.currency() == currency, field, message);
    let (least, most) = (Money::new(1, currency), Money::new(MOST_MINOR, currency));
    let fits = (1..=MOST_MINOR).contains(&amount.minor());
    checks.that(fits, field, format!("Enter an amount from {least} to {most}"));
}

/// `None` when an amount is of another currency or the sum is too large.
fn sum(currency: Currency, mut amounts: impl Iterator<Item = Money>) -> Option<Money> {
    amounts.try_fold(Money::zero(currency), |sum, amount| sum.checked_add(amount).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::money::Currency::{Eur, Usd};

    fn milestone(price: i64, parts: &[i64]) -> NewMilestone {
        let line =
            |minor: &i64| NewLine { title: "Part".to_owned(), amount: Money::new(*minor, Usd) };
        NewMilestone {
            title: "Territories and rules".to_owned(),
            delivers: "One page of rules.".to_owned(),
            price: Money::new(price, Usd),
            days: 10,
            lines: parts.iter().map(line).collect(),
        }
    }

    fn proposal() -> NewProposal {
        NewProposal {
            service: None,
            title: "Dealer lead flow".to_owned(),
            note: "We start with the twenty largest dealers.".to_owned(),
            access_preset: AccessPreset::AuthorDrafts,
            milestones: vec![milestone(280_000, &[200_000, 80_000]), milestone(5, &[5])],
            hourly: None,
            valid_days: None,
        }
    }

    #[test]
    fn the_total_is_the_sum() {
        let checked = proposal().checked(Usd, 14, true).unwrap();
        assert_eq!(checked.total, Money::new(280_005, Usd));
        assert_eq!(checked.valid_days, 14);
        let seqs: Vec<i32> = checked.milestones.iter().map(|m| m.seq).collect();
        assert_eq!(seqs, [1, 2]);
        assert_eq!(checked.milestones[0].lines[1].seq, 2);
    }

    type Spoil = fn(&mut NewProposal);

    #[test]
    fn each_field_at_fault_is_named() {
        let spoiled: &[(Spoil, &[&str])] = &[
            (|p| p.title.clear(), &["title"]),
            (|p| p.note.clear(), &["note"]),
            (|p| p.milestones.clear(), &["milestones"]),
            (|p| p.milestones = vec![milestone(5, &[5]); 13], &["milestones"]),
            (|p| p.valid_days = Some(0), &["valid_days"]),
            (|p| p.valid_days = Some(91), &["valid_days"]),
            (|p| p.milestones[1].title.clear(), &["milestones[1].title"]),
            (|p| p.milestones[0].delivers.clear(), &["milestones[0].delivers"]),
            (|p| p.milestones[1].days = 366, &["milestones[1].days"]),
            (|p| p.milestones[1].price = Money::new(6, Usd), &["milestones[1].price"]),
            (|p| p.milestones[1].lines.clear(), &["milestones[1].lines"]),
            (|p| p.milestones[1].lines[0].title.clear(), &["milestones[1].lines[0].title"]),
            (
                |p| p.milestones[1] = milestone(0, &[0]),
                &["milestones[1].price", "milestones[1].lines[0].amount"],
            ),
            (
                |p| p.milestones[1] = milestone(-5, &[-5]),
                &["milestones[1].price", "milestones[1].lines[0].amount"],
            ),
            (
                |p| p.milestones[1].lines[0].amount = Money::new(5, Eur),
                &["milestones[1].lines[0].amount"],
            ),
            (
                |p| p.milestones = vec![milestone(i64::MAX, &[i64::MAX, 1]); 2],
                &[
                    "milestones[0].price",
                    "milestones[0].lines[0].amount",
                    "milestones[1].price",
                    "milestones[1].lines[0].amount",
                    "milestones",
                ],
            ),
        ];
        for (spoil, expected) in spoiled {
            let mut proposal = proposal();
            spoil(&mut proposal);
            let Invalid(faults) = proposal.clone().checked(Usd, 14, true).expect_err("a fault");
            let named: Vec<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
            assert_eq!(named, *expected, "{proposal:?}");
        }
    }

    #[test]
    fn hours_have_a_rate_a_cap_and_weeks_and_no_milestones() {
        let rate = Money::new(9_000, Usd);
        let hourly = Hourly { rate, cap_minutes: 1_200, weeks: 8 };
        let by_hour = |hourly, milestones| {
            NewProposal { hourly: Some(hourly), milestones, ..proposal() }.checked(Usd, 14, true)
        };
        assert_eq!(by_hour(hourly, Vec::new()).unwrap().total, Money::new(1_440_000, Usd));
        let both = by_hour(hourly, vec![milestone(5, &[5])]).expect_err("both");
        assert_eq!(both.0[0].field, "milestones");
        let odd = Hourly { rate: Money::new(0, Usd), cap_minutes: 59, weeks: 53 };
        let Invalid(faults) = by_hour(odd, Vec::new()).expect_err("out of range");
        let named: Vec<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(named, ["hourly.rate", "hourly.cap_minutes", "hourly.weeks"]);
    }

    #[test]
    fn a_service_of_somebody_else_is_refused() {
        let Invalid(faults) = proposal().checked(Usd, 14, false).expect_err("a fault");
        assert_eq!(faults[0].field, "service");
    }
}
