//! Fee rules: for which work each is, and which of those that fit counts.
//!
//! The one that says more about the work counts. Of two that say as much, the kind of work counts
//! before the partner's standing, and that before whose the account is.

use super::enrollment::Tier;
use super::fees::FeeParts;
use super::reseller::AttributionKind;
use super::taxonomy::Taxonomy;
use crate::kernel::check::{Checks, Invalid};
use crate::kernel::id::FeePolicyId;
use crate::kernel::zone::Zone;
use crate::text_enum;
use chrono::{DateTime, Duration, Utc};
use std::cmp::Reverse;

/// The longest time ahead that a rule may be announced.
const AHEAD: Duration = Duration::days(366);
/// How the rule that fits everything is called.
const ALL: &str = "All work";

text_enum! {
    /// For which accounts a rule is.
    pub enum Origin {
        /// Those that have a reseller of record, whatever it does for them.
        Brought = "brought",
        /// Those that a reseller sourced, and does not manage.
        Sourced = "sourced",
        /// Those that a reseller manages.
        Managed = "managed",
        /// Those without a reseller of record.
        Direct = "direct",
    }
}

impl Origin {
    /// The account at hand, by what its reseller of record does for it.
    pub const fn of(kind: Option<AttributionKind>) -> Self {
        match kind {
            Some(AttributionKind::Sourced) => Self::Sourced,
            Some(AttributionKind::Managed) => Self::Managed,
            None => Self::Direct,
        }
    }

    /// Whether a rule for these accounts is for such an account.
    pub fn includes(self, account: Self) -> bool {
        self == account || (self == Self::Brought && account != Self::Direct)
    }

    /// Such an account, for an example: one that has a reseller is one that it sourced.
    #[must_use]
    pub const fn example(self) -> Self {
        match self {
            Self::Brought => Self::Sourced,
            known => known,
        }
    }

    /// How much it says of an account.
    const fn rank(self) -> u8 {
        match self {
            Self::Brought => 1,
            Self::Sourced | Self::Managed | Self::Direct => 2,
        }
    }
}

text_enum! {
    /// Where a rule stands.
    pub enum RuleState {
        Announced = "announced",
        InForce = "in_force",
        Ended = "ended",
        /// It ended before it began.
        NeverBegan = "never_began",
    }
}

/// What a rule is for; absent parts mean all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conditions {
    /// The kind of work: a category of the program's taxonomy.
    pub category: Option<String>,
    /// The partner's standing.
    pub tier: Option<Tier>,
    pub account: Option<Origin>,
}

/// What is known of a work when its fees are chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeeFacts {
    /// The category of the service that it came from, if it came from one.
    pub category: Option<String>,
    pub tier: Tier,
    /// What it is: never [`Origin::Brought`], which is for rules.
    pub account: Origin,
}

/// One rule of the program's fees. An engagement that is signed keeps its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeeRule {
    pub id: FeePolicyId,
    pub version: i32,
    /// How people call it, such as `Accredited, Reporting`.
    pub words: String,
    pub conditions: Conditions,
    /// With a reseller of record; see [`FeeParts::without_reseller`].
    pub parts: FeeParts,
    pub effective_from: DateTime<Utc>,
    /// Not in force from then on; never in force when it is `effective_from`.
    pub ends_at: Option<DateTime<Utc>>,
}

/// A rule that somebody proposes.
#[derive(Debug, Clone)]
pub struct NewFeeRule {
    pub conditions: Conditions,
    pub parts: FeeParts,
    /// In force from then on; at once when absent.
    pub effective_from: Option<DateTime<Utc>>,
}

/// A rule that fits as well and does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beaten {
    pub rule: FeeRule,
    pub because: &'static str,
}

/// The rule that counts for a work, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub rule: FeeRule,
    /// A sentence that names every rule that fits.
    pub because: String,
    /// The nearest first.
    pub beaten: Vec<Beaten>,
}

/// How much a rule says, then what; the greater counts.
type Rank = (usize, bool, bool, u8, i32);

impl Conditions {
    /// Whether it is for all work.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub fn fit(&self, facts: &FeeFacts) -> bool {
        let kind = self.category.is_none() || self.category == facts.category;
        kind && self.tier.is_none_or(|tier| tier == facts.tier)
            && self.account.is_none_or(|account| account.includes(facts.account))
    }

    /// How a rule for this work is called.
    pub fn words(&self, taxonomy: &Taxonomy) -> String {
        let tier = self.tier.map(|tier| tier.as_str().to_owned());
        let title = |slug: &str| taxonomy.category(slug).map(|c| c.title.clone());
        let kind = self.category.as_deref().map(|slug| title(slug).unwrap_or(slug.to_owned()));
        let account = self.account.map(|account| match account {
            Origin::Brought => "accounts that have a reseller".to_owned(),
            Origin::Sourced => "accounts that a reseller sourced".to_owned(),
            Origin::Managed => "accounts that a reseller manages".to_owned(),
            Origin::Direct => "accounts without a reseller".to_owned(),
        });
        let parts: Vec<String> = [tier, kind, account].into_iter().flatten().collect();
        let words = parts.join(", ");
        let mut letters = words.chars();
        match letters.next() {
            Some(first) => first.to_uppercase().chain(letters).collect(),
            None => ALL.to_owned(),
        }
    }
}

impl FeeRule {
    pub fn in_force(&self, at: DateTime<Utc>) -> bool {
        self.effective_from <= at && self.ends_at.is_none_or(|end| at < end)
    }

    pub fn state(&self, now: DateTime<Utc>) -> RuleState {
        match self.ends_at {
            Some(end) if end == self.effective_from => RuleState::NeverBegan,
            _ if now < self.effective_from => RuleState::Announced,
            Some(end) if end <= now => RuleState::Ended,
            _ => RuleState::InForce,
        }
    }

    /// As a statement of work and a statement name it: `“All work” of 1 March 2026`, by the day in
    /// the program's zone.
    pub fn named(&self, zone: Zone) -> String {
        named(&self.words, self.effective_from, zone)
    }

    /// Whether it is only thought of, as [`NewFeeRule::among`] makes it.
    pub fn is_draft(&self) -> bool {
        self.id.0.is_nil()
    }

    /// Who gets what on such an account.
    pub const fn parts_on(&self, account: Origin) -> FeeParts {
        match account {
            Origin::Brought | Origin::Sourced | Origin::Managed => self.parts,
            Origin::Direct => self.parts.without_reseller(),
        }
    }

    fn rank(&self) -> Rank {
        let Conditions { category, tier, account } = &self.conditions;
        let said = [category.is_some(), tier.is_some(), account.is_some()];
        let many = said.iter().filter(|said| **said).count();
        let account = account.map_or(0, Origin::rank);
        (many, category.is_some(), tier.is_some(), account, self.version)
    }
}

/// The name of a rule by its words and its first instant.
pub fn named(words: &str, from: DateTime<Utc>, zone: Zone) -> String {
    format!("“{words}” of {}", from.with_timezone(&zone.tz()).format("%-d %B %Y"))
}

impl NewFeeRule {
    /// The rule with its words; errors name each field at fault.
    pub fn checked(&self, taxonomy: &Taxonomy, now: DateTime<Utc>) -> Result<String, Invalid> {
        let mut checks = Checks::new();
        self.parts.check(&mut checks);
        let in_time = self.effective_from.is_none_or(|at| at >= now && at <= now + AHEAD);
        checks.that(in_time, "effective_from", "Choose an instant within the next year");
        let known = self.conditions.category.as_deref();
        let known = known.is_none_or(|slug| taxonomy.category(slug).is_some());
        checks.that(known, "category", "The program has no such kind of work");
        let nobody = self.conditions.account == Some(Origin::Direct) && self.parts.reseller > 0;
        let message = "These accounts have no reseller: give its part to somebody else";
        checks.that(!nobody, "parts.reseller", message);
        checks.finish()?;
        Ok(self.conditions.words(taxonomy))
    }

    /// The rule as if it were in force at an instant, among those that are: it takes the place of
    /// the one for the same work.
    pub fn among(&self, rules: Vec<FeeRule>, words: String, at: DateTime<Utc>) -> Vec<FeeRule> {
        let other = |rule: &FeeRule| rule.conditions != self.conditions;
        let mut all: Vec<FeeRule> = rules.into_iter().filter(other).collect();
        all.push(FeeRule {
            id: FeePolicyId(uuid::Uuid::nil()),
            version: i32::MAX,
            words,
            conditions: self.conditions.clone(),
            parts: self.parts,
            effective_from: at,
            ends_at: None,
        });
        all
    }
}

/// The rule that counts for a work at an instant. `None` when none fits, which cannot be while one
/// for all work is in force; the order of the rules makes no difference.
pub fn choose(rules: &[FeeRule], facts: &FeeFacts, at: DateTime<Utc>) -> Option<Choice> {
    let fits = |rule: &&FeeRule| rule.in_force(at) && rule.conditions.fit(facts);
    let mut fitting: Vec<&FeeRule> = rules.iter().filter(fits).collect();
    fitting.sort_by_key(|rule| Reverse((rule.rank(), rule.id)));
    let (first, rest) = fitting.split_first()?;
    let beaten = |rule: &&FeeRule| Beaten { rule: (*rule).clone(), because: because(first, rule) };
    let beaten: Vec<Beaten> = rest.iter().map(beaten).collect();
    Some(Choice { rule: (*first).clone(), because: sentence(first, &beaten), beaten })
}

fn because(first: &FeeRule, other: &FeeRule) -> &'static str {
    let (many, kind, tier, account, _) = first.rank();
    let (less, other_kind, other_tier, other_account, _) = other.rank();
    if many > less {
        "it says more about the work"
    } else if kind != other_kind {
        "the kind of work counts first"
    } else if tier != other_tier {
        "standing counts before whose the account is"
    } else if account != other_account {
        "it says more about the account"
    } else {
        "it was published later"
    }
}

fn sentence(first: &FeeRule, beaten: &[Beaten]) -> String {
    let mut groups: Vec<(&'static str, Vec<String>)> = Vec::new();
    for lost in beaten {
        let name = format!("“{}”", lost.rule.words);
        match groups.iter_mut().find(|(because, _)| *because == lost.because) {
            Some((_, names)) => names.push(name),
            None => groups.push((lost.because, vec![name])),
        }
    }
    let said = |(because, names): &(&'static str, Vec<String>)| {
        format!("before {}, because {because}", listed(names))
    };
    let said: Vec<String> = groups.iter().map(said).collect();
    if said.is_empty() {
        return format!("“{}” is the only rule that fits.", first.words);
    }
    format!("“{}” goes {}.", first.words, said.join("; "))
}

/// "a", "a and b", "a, b and c".
fn listed(names: &[String]) -> String {
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => names.concat(),
    }
}
