//! Views of fees: the rules, what an example gets by them, and the versions for all work.

use crate::kernel::id::FeePolicyId;
use crate::kernel::money::Money;
use crate::program::model::{
    Beaten, Conditions, FeeFacts, FeeParts, FeeRule, NewFeeRule, Origin, RuleState, Tier,
};
use crate::program::ops::{FeeExample, FeePreview, Shared};
use chrono::{DateTime, Utc};
use poem_openapi::Object;

/// Parts of 10,000 of each price.
#[derive(Object)]
#[oai(rename = "FeeParts", deny_unknown_fields)]
pub struct FeePartsObject {
    /// Of the consultant's organization.
    pub consultant: u32,
    /// Of the vendor.
    pub vendor: u32,
    /// Of the reseller of record; the vendor's too on an account without one.
    pub reseller: u32,
    /// Of the operator of this installation.
    pub operator: u32,
}

/// The next version of the fees.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct FeePolicyBody {
    /// Who gets what; together 10,000.
    pub parts: FeePartsObject,
    /// In effect from this instant on; at once when absent.
    pub effective_from: Option<DateTime<Utc>>,
}

/// A version of the fees.
#[derive(Object)]
pub struct FeePolicyView {
    /// The version's identifier.
    pub id: FeePolicyId,
    /// Its number.
    pub version: i32,
    /// Who gets what on an account that has a reseller of record.
    pub parts: FeePartsObject,
    /// Who gets what of any other account.
    pub parts_without_reseller: FeePartsObject,
    /// Since or from when it is in effect.
    pub effective_from: DateTime<Utc>,
}

impl From<FeeRule> for FeePolicyView {
    fn from(policy: FeeRule) -> Self {
        Self {
            id: policy.id,
            version: policy.version,
            parts: policy.parts.into(),
            parts_without_reseller: policy.parts.without_reseller().into(),
            effective_from: policy.effective_from,
        }
    }
}

impl From<FeeParts> for FeePartsObject {
    fn from(parts: FeeParts) -> Self {
        let FeeParts { consultant, vendor, reseller, operator } = parts;
        Self { consultant, vendor, reseller, operator }
    }
}

/// A rule to be published. What it does not name it does not ask for: without any of the three
/// it is for all work.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct FeeRuleBody {
    /// For this kind of work only, by its word in the taxonomy.
    pub category: Option<String>,
    /// For partners of this standing only.
    pub tier: Option<Tier>,
    /// Only for accounts that a reseller brought, or only for the others.
    pub account: Option<Origin>,
    /// Who gets what; together 10,000.
    pub parts: FeePartsObject,
    /// In force from this instant on; at once when absent.
    pub effective_from: Option<DateTime<Utc>>,
}

impl FeeRuleBody {
    /// The rule in plain data.
    pub fn new_rule(self) -> NewFeeRule {
        let FeePartsObject { consultant, vendor, reseller, operator } = self.parts;
        NewFeeRule {
            conditions: Conditions {
                category: self.category,
                tier: self.tier,
                account: self.account,
            },
            parts: FeeParts { consultant, vendor, reseller, operator },
            effective_from: self.effective_from,
        }
    }
}

/// When a rule ends.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct FeeRuleEndBody {
    /// From then on it is not in force; at once when absent. One that has not begun never begins.
    pub ends_at: Option<DateTime<Utc>>,
}

/// A rule of the fees.
#[derive(Object)]
pub struct FeeRuleView {
    /// The rule's identifier.
    pub id: FeePolicyId,
    /// Its number; a later one was published later.
    pub version: i32,
    /// How it is called, as statements of work and statements name it.
    pub name: String,
    /// The kind of work it is for; any when absent.
    pub category: Option<String>,
    /// The standing of the partners it is for; any when absent.
    pub tier: Option<Tier>,
    /// The accounts it is for; any when absent.
    pub account: Option<Origin>,
    /// Who gets what of an account that a reseller brought.
    pub parts: FeePartsObject,
    /// Who gets what of any other account.
    pub parts_without_reseller: FeePartsObject,
    /// Since or from when it is in force.
    pub effective_from: DateTime<Utc>,
    /// Until when; the same instant when it never began.
    pub ends_at: Option<DateTime<Utc>>,
    /// Where it stands now.
    pub state: RuleState,
}

impl FeeRuleView {
    pub fn of(rule: FeeRule, now: DateTime<Utc>) -> Self {
        Self {
            id: rule.id,
            version: rule.version,
            state: rule.state(now),
            name: rule.words,
            category: rule.conditions.category,
            tier: rule.conditions.tier,
            account: rule.conditions.account,
            parts: rule.parts.into(),
            parts_without_reseller: rule.parts.without_reseller().into(),
            effective_from: rule.effective_from,
            ends_at: rule.ends_at,
        }
    }
}

/// An example, and a rule that is not published.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct FeePreviewBody {
    /// The price of the example, in minor units of the program's currency.
    pub price_minor: i64,
    /// Its kind of work, by its word in the taxonomy; none when absent.
    pub category: Option<String>,
    /// The partner's standing.
    pub tier: Tier,
    /// Whose the account is; `brought` counts as `sourced`.
    pub account: Origin,
    /// The rule that is thought of; only the rules of today when absent.
    pub draft: Option<FeeRuleBody>,
}

impl FeePreviewBody {
    /// The rule that is thought of, and the example.
    pub fn read(self) -> (Option<NewFeeRule>, FeeExample) {
        let account = self.account.example();
        let facts = FeeFacts { category: self.category, tier: self.tier, account };
        let example = FeeExample { price_minor: self.price_minor, facts };
        (self.draft.map(FeeRuleBody::new_rule), example)
    }
}

/// What each party gets of a price.
#[derive(Object)]
pub struct FeeAmounts {
    /// The consultant's organization.
    pub consultant: Money,
    /// The vendor.
    pub vendor: Money,
    /// The reseller of record.
    pub reseller: Money,
    /// The operator of this installation.
    pub operator: Money,
}

/// A rule that fits as well and does not count.
#[derive(Object)]
pub struct BeatenRuleView {
    /// How it is called.
    pub name: String,
    /// Its number; absent for one that is not published.
    pub version: Option<i32>,
    /// Why the other one counts.
    pub because: String,
}

/// Who gets what, by which rule and why.
#[derive(Object)]
pub struct SharedView {
    /// How the rule is called that counts.
    pub rule: String,
    /// Its identifier; absent for one that is not published.
    pub rule_id: Option<FeePolicyId>,
    /// Its number; absent for one that is not published.
    pub version: Option<i32>,
    /// Why it counts: a sentence that names every rule that fits.
    pub because: String,
    /// The other rules that fit, the nearest first.
    pub beaten: Vec<BeatenRuleView>,
    /// The parts of 10,000 that follow for this account.
    pub parts: FeePartsObject,
    /// What each party gets; together the price.
    pub amounts: FeeAmounts,
}

impl From<Beaten> for BeatenRuleView {
    fn from(beaten: Beaten) -> Self {
        Self {
            version: published(&beaten.rule),
            name: beaten.rule.words,
            because: beaten.because.to_owned(),
        }
    }
}

impl From<Shared> for SharedView {
    fn from(shared: Shared) -> Self {
        let [consultant, vendor, reseller, operator] = shared.amounts;
        let version = published(&shared.choice.rule);
        Self {
            rule_id: version.map(|_| shared.choice.rule.id),
            version,
            rule: shared.choice.rule.words,
            because: shared.choice.because,
            beaten: shared.choice.beaten.into_iter().map(BeatenRuleView::from).collect(),
            parts: shared.parts.into(),
            amounts: FeeAmounts { consultant, vendor, reseller, operator },
        }
    }
}

/// The number of a rule that is published.
fn published(rule: &FeeRule) -> Option<i32> {
    (!rule.is_draft()).then_some(rule.version)
}

/// An example under the rules of today, and with the draft among them.
#[derive(Object)]
pub struct FeePreviewView {
    /// The price of the example.
    pub price: Money,
    /// As an engagement agreed on now would share it.
    pub today: SharedView,
    /// As it would be shared from the draft's first instant on.
    pub draft: Option<SharedView>,
}

impl From<FeePreview> for FeePreviewView {
    fn from(preview: FeePreview) -> Self {
        Self {
            price: preview.price,
            today: preview.today.into(),
            draft: preview.drafted.map(SharedView::from),
        }
    }
}
