//! What signed work would have shared under other fee rules.
//!
//! Each milestone's price is shared anew, to the last minor unit, as signing would have; what was
//! frozen is compared with it and never touched.

use super::share::Party;
use crate::kernel::csv::{cell, decimal, row};
use crate::kernel::id::{EngagementId, OrganizationId};
use crate::kernel::money::{Currency, Money};
use crate::platform::refusal::{Error, Result};
use crate::program::{FeeFacts, FeeParts, FeeRule, choose};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

/// The most partners that are named.
const NAMED: usize = 10;
const PARTIES: [Party; 4] = [Party::Consultant, Party::Vendor, Party::Reseller, Party::Operator];
const HEADER: &[&str] = &[
    "engagement",
    "partner",
    "kind_of_work",
    "standing",
    "account",
    "rule_signed",
    "rule_simulated",
    "currency",
    "price",
    "consultant_signed",
    "consultant_simulated",
    "vendor_signed",
    "vendor_simulated",
    "reseller_signed",
    "reseller_simulated",
    "operator_signed",
    "operator_simulated",
];

/// A milestone of signed work with its frozen shares, in the fixed order of parties.
#[derive(Debug, Clone)]
pub struct SignedMilestone {
    pub engagement: EngagementId,
    pub number: i64,
    pub partner: OrganizationId,
    pub partner_name: String,
    pub facts: FeeFacts,
    /// How the rule is called that it was signed under.
    pub rule: String,
    pub price: Money,
    pub signed: [Money; 4],
}

/// An amount as it was signed, and as it would be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compared {
    pub signed: Money,
    pub simulated: Money,
}

/// What one party has of all work in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartyChange {
    pub party: Party,
    pub amounts: Compared,
}

/// What one partner has of all its work in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerChange {
    pub organization: OrganizationId,
    pub name: String,
    pub amounts: Compared,
}

/// One engagement, by which rules, and what each party has of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkChange {
    pub engagement: EngagementId,
    pub number: i64,
    pub partner: OrganizationId,
    pub partner_name: String,
    pub facts: FeeFacts,
    pub signed_rule: String,
    pub simulated_rule: String,
    /// Whether that is a rule that is only thought of.
    pub by_draft: bool,
    pub price: Money,
    /// Consultant, vendor, reseller, operator.
    pub each: [Compared; 4],
}

/// All of it.
#[derive(Debug, Clone)]
pub struct Simulation {
    /// How the drafts are called.
    pub words: String,
    /// Work that was signed since then.
    pub since: DateTime<Utc>,
    /// From when on the rules would be in force.
    pub at: DateTime<Utc>,
    /// By number.
    pub works: Vec<WorkChange>,
    /// By currency, then in the fixed order of parties.
    pub parties: Vec<PartyChange>,
    /// Those whose own part changes most, that one first, currency by currency.
    pub partners: Vec<PartnerChange>,
}

impl Compared {
    const fn none(currency: Currency) -> Self {
        Self { signed: Money::zero(currency), simulated: Money::zero(currency) }
    }

    /// What the party would have had more; less when it is negative.
    pub const fn difference(self) -> Money {
        let minor = self.simulated.minor().saturating_sub(self.signed.minor());
        Money::new(minor, self.signed.currency())
    }

    fn add(&mut self, other: Self) {
        let sum = |one: Money, other: Money| {
            Money::new(one.minor().saturating_add(other.minor()), one.currency())
        };
        self.signed = sum(self.signed, other.signed);
        self.simulated = sum(self.simulated, other.simulated);
    }
}

impl WorkChange {
    /// Whether anybody would have had another amount.
    pub fn is_changed(&self) -> bool {
        self.each.iter().any(|amounts| amounts.difference().minor() != 0)
    }

    /// A-2041.
    pub fn label(&self) -> String {
        format!("A-{}", self.number)
    }
}

impl Simulation {
    pub fn changed(&self) -> usize {
        self.works.iter().filter(|work| work.is_changed()).count()
    }

    /// How many engagements a draft itself counts for; the others are by rules that are published.
    pub fn by_drafts(&self) -> usize {
        self.works.iter().filter(|work| work.by_draft).count()
    }
}

/// Shares every milestone anew, by the rules of an instant; the rows of an engagement follow each
/// other.
pub fn simulate(
    rows: Vec<SignedMilestone>,
    rules: &[FeeRule],
    at: DateTime<Utc>,
) -> Result<Vec<WorkChange>> {
    let mut works: Vec<(WorkChange, FeeParts)> = Vec::new();
    for row in rows {
        let known = works.last().is_some_and(|(work, _)| work.engagement == row.engagement);
        if !known {
            works.push(begun(&row, rules, at)?);
        }
        let Some((work, parts)) = works.last_mut() else { continue };
        let shared = parts.of(row.price).map_err(Error::fault)?;
        work.price = work.price.checked_add(row.price).map_err(Error::fault)?;
        for ((sum, signed), simulated) in work.each.iter_mut().zip(row.signed).zip(shared) {
            sum.add(Compared { signed, simulated });
        }
    }
    Ok(works.into_iter().map(|(work, _)| work).collect())
}

/// An engagement before its first milestone is counted, with the parts that follow for it.
fn begun(
    row: &SignedMilestone,
    rules: &[FeeRule],
    at: DateTime<Utc>,
) -> Result<(WorkChange, FeeParts)> {
    let chosen = choose(rules, &row.facts, at).ok_or_else(|| Error::fault("no rule fits"))?;
    let parts = chosen.rule.parts_on(row.facts.account);
    let currency = row.price.currency();
    let work = WorkChange {
        engagement: row.engagement,
        number: row.number,
        partner: row.partner,
        partner_name: row.partner_name.clone(),
        facts: row.facts.clone(),
        signed_rule: row.rule.clone(),
        by_draft: chosen.rule.is_draft(),
        simulated_rule: chosen.rule.words,
        price: Money::zero(currency),
        each: [Compared::none(currency); 4],
    };
    Ok((work, parts))
}

/// What each party has of all work, currency by currency.
pub fn party_changes(works: &[WorkChange]) -> Vec<PartyChange> {
    let mut sums: BTreeMap<&'static str, [Compared; 4]> = BTreeMap::new();
    for work in works {
        let currency = work.price.currency();
        let sums = sums.entry(currency.code()).or_insert([Compared::none(currency); 4]);
        for (sum, one) in sums.iter_mut().zip(work.each) {
            sum.add(one);
        }
    }
    let each = sums.into_values().flat_map(|sums| PARTIES.into_iter().zip(sums));
    each.map(|(party, amounts)| PartyChange { party, amounts }).collect()
}

/// The partners whose own part changes most, that one first.
pub fn partner_changes(works: &[WorkChange]) -> Vec<PartnerChange> {
    let mut sums: BTreeMap<(&'static str, OrganizationId), PartnerChange> = BTreeMap::new();
    for work in works {
        let currency = work.price.currency();
        let change = sums.entry((currency.code(), work.partner)).or_insert_with(|| PartnerChange {
            organization: work.partner,
            name: work.partner_name.clone(),
            amounts: Compared::none(currency),
        });
        let [consultant, ..] = work.each;
        change.amounts.add(consultant);
    }
    let size = |change: &PartnerChange| change.amounts.difference().minor().unsigned_abs();
    let mut changes: Vec<PartnerChange> =
        sums.into_values().filter(|change| size(change) > 0).collect();
    changes.sort_by(|a, b| size(b).cmp(&size(a)).then_with(|| a.name.cmp(&b.name)));
    changes.truncate(NAMED);
    changes
}

/// One row an engagement, under a header. Amounts are plain decimals; no cell starts a formula.
pub fn simulation_csv(simulation: &Simulation) -> String {
    let mut text = row(HEADER.iter().map(|name| (*name).to_owned()));
    for work in &simulation.works {
        let known = [
            work.label(),
            cell(&work.partner_name),
            cell(work.facts.category.as_deref().unwrap_or_default()),
            work.facts.tier.as_str().to_owned(),
            work.facts.account.as_str().to_owned(),
            cell(&work.signed_rule),
            cell(&work.simulated_rule),
            work.price.currency().to_string(),
            decimal(work.price),
        ];
        let each = work.each.iter().flat_map(|one| [decimal(one.signed), decimal(one.simulated)]);
        text.push_str(&row(known.into_iter().chain(each)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::id::FeePolicyId;
    use crate::program::{Conditions, Origin, Tier};
    use uuid::Uuid;

    fn usd(minor: i64) -> Money {
        Money::new(minor, Currency::Usd)
    }

    fn milestone(number: i64, partner: u128, tier: Tier, price: i64) -> SignedMilestone {
        let parts = FeeParts { consultant: 8000, vendor: 1500, reseller: 0, operator: 500 };
        SignedMilestone {
            engagement: EngagementId(Uuid::from_u128(u128::from(number.unsigned_abs()))),
            number,
            partner: OrganizationId(Uuid::from_u128(partner)),
            partner_name: format!("=Studio {partner}"),
            facts: FeeFacts { category: None, tier, account: Origin::Direct },
            rule: "All work".into(),
            price: usd(price),
            signed: parts.of(usd(price)).unwrap(),
        }
    }

    fn rules() -> Vec<FeeRule> {
        let rule = |version, tier: Option<Tier>, consultant, vendor| FeeRule {
            id: FeePolicyId(Uuid::from_u128(1)),
            version,
            words: tier.map_or("All work".to_owned(), |tier| tier.as_str().to_owned()),
            conditions: Conditions { tier, ..Conditions::default() },
            parts: FeeParts { consultant, vendor, reseller: 500, operator: 500 },
            effective_from: DateTime::UNIX_EPOCH,
            ends_at: None,
        };
        vec![rule(1, None, 8000, 1000), rule(2, Some(Tier::Principal), 8500, 500)]
    }

    #[test]
    fn every_milestone_is_shared_anew_and_summed() {
        let rows = vec![
            milestone(2041, 7, Tier::Principal, 333),
            milestone(2041, 7, Tier::Principal, 100_001),
            milestone(2042, 8, Tier::Listed, 50_000),
        ];
        let works = simulate(rows, &rules(), DateTime::UNIX_EPOCH).unwrap();
        assert_eq!(works.len(), 2);
        // 85 % of 3.33 is 2.8305, of 1000.01 is 850.0085: 2.83 and 850.01 by largest remainder.
        let [consultant, vendor, reseller, operator] = works[0].each;
        assert_eq!(
            (consultant.signed, consultant.simulated),
            (usd(266 + 80_001), usd(283 + 85_001))
        );
        assert_eq!((vendor.signed, vendor.simulated), (usd(50 + 15_000), usd(33 + 10_000)));
        assert_eq!(reseller.simulated, usd(0));
        let whole: i64 = works[0].each.iter().map(|one| one.simulated.minor()).sum();
        assert_eq!(usd(whole), works[0].price);
        assert_eq!(operator.difference(), usd(0));
        assert_eq!((works[0].is_changed(), works[1].is_changed()), (true, false));
        let parties = party_changes(&works);
        assert_eq!(parties.iter().map(|p| p.amounts.difference().minor()).sum::<i64>(), 0);
        let partners = partner_changes(&works);
        assert_eq!(partners.len(), 1, "who does not change is not named");
        assert_eq!(partners[0].amounts.difference(), usd(5017));
        let words = "Principal".to_owned();
        let (since, at) = (DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH);
        let all = Simulation { words, since, at, works, parties, partners };
        assert_eq!((all.changed(), all.by_drafts()), (1, 0));
        let csv = simulation_csv(&all);
        let line = "A-2042,'=Studio 8,,listed,direct,All work,All work,USD,500.00,400.00,400.00,\
                    75.00,75.00,0.00,0.00,25.00,25.00\r\n";
        assert!(csv.ends_with(line), "{csv}");
    }
}
