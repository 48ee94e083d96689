//! Fee rules: publishing, ending, and what they would mean for an example.

use crate::app::App;
use crate::identity;
use crate::kernel::check::{Checks, Invalid};
use crate::kernel::id::FeePolicyId;
use crate::kernel::money::Money;
use crate::platform::caller::Caller;
use crate::platform::db::Tx;
use crate::platform::jobs::event;
use crate::platform::refusal::{Error, Result};
use crate::program::ProgramError;
use crate::program::model::{
    Choice, Conditions, FeeFacts, FeeParts, FeePolicyPublished, FeeRule, FeeRuleEnded, NewFeeRule,
    Settings, choose,
};
use crate::program::policy::{PublishFeePolicy, SeeProgram, may_see_fees};
use crate::program::store;
use chrono::{DateTime, Utc};

/// Every rule, latest first, for the vendor and its partners.
pub async fn list_fee_rules(app: &App, caller: &Caller) -> Result<Vec<FeeRule>> {
    may_see_fees(caller)?;
    let mut tx = app.db.read(caller).await?;
    store::fee_rules(&mut tx).await
}

/// The rule for all work that is in force.
pub async fn effective_fee_rule(app: &App, caller: &Caller) -> Result<FeeRule> {
    may_see_fees(caller)?;
    let mut tx = app.db.read(caller).await?;
    store::current_fee_rule(&mut tx).await
}

/// Publishes a rule, in force now or from a later instant on. The one for the same work ends
/// there, and one that was announced for later never begins. Engagements keep the rule that their
/// statement of work names.
///
/// Errors: 422 unless the parts make up 10,000, the kind of work is known and the instant is at
/// most a year ahead; `fees-used-meanwhile`.
pub async fn publish_fee_rule(app: &App, caller: &Caller, new: NewFeeRule) -> Result<FeeRule> {
    identity::allow::<PublishFeePolicy>(caller)?;
    let mut tx = app.db.write(caller).await?;
    store::lock_rules(&mut tx).await?;
    let words = new.checked(&store::taxonomy(&mut tx).await?, app.clock.now())?;
    let rule = store::insert_fee_rule(&mut tx, app.ids.next(), &new, &words).await?;
    store::end_for_another(&mut tx, &rule).await?;
    store::count_rules_version(&mut tx).await?;
    let fact = FeePolicyPublished {
        policy: rule.id,
        version: rule.version,
        effective_from: rule.effective_from,
    };
    event::state(&mut tx, &app.ids, Some(caller.person), &fact).await?;
    tx.commit().await?;
    Ok(rule)
}

/// Ends a rule at an instant, now when it is absent; the less specific ones count from then on.
///
/// Errors: 422 for an instant that has passed; `fee-rule-for-all`, `fee-rule-ended`,
/// `fees-used-meanwhile`; 404.
pub async fn end_fee_rule(
    app: &App,
    caller: &Caller,
    id: FeePolicyId,
    at: Option<DateTime<Utc>>,
) -> Result<FeeRule> {
    identity::allow::<PublishFeePolicy>(caller)?;
    let now = app.clock.now();
    let mut checks = Checks::new();
    checks.that(at.is_none_or(|at| at >= now), "ends_at", "Choose an instant ahead");
    checks.finish()?;
    let mut tx = app.db.write(caller).await?;
    store::lock_rules(&mut tx).await?;
    let rule = store::fee_rule(&mut tx, id).await?;
    if rule.conditions.is_empty() {
        return Err(ProgramError::FeeRuleForAll.into());
    }
    if rule.ends_at.is_some_and(|end| end <= at.unwrap_or(now) || end == rule.effective_from) {
        return Err(ProgramError::FeeRuleEnded.into());
    }
    let rule = store::end_fee_rule(&mut tx, id, at).await?;
    store::count_rules_version(&mut tx).await?;
    let ends_at = rule.ends_at.unwrap_or(now);
    let fact = FeeRuleEnded { rule: rule.id, version: rule.version, ends_at };
    event::state(&mut tx, &app.ids, Some(caller.person), &fact).await?;
    tx.commit().await?;
    Ok(rule)
}

/// The rules as they would be with a draft among them, at the instant from which it would hold.
#[derive(Debug, Clone)]
pub struct Drafted {
    pub rules: Vec<FeeRule>,
    pub at: DateTime<Utc>,
    /// How the draft is called.
    pub words: String,
    pub settings: Settings,
}

/// Reads the rules and puts drafts among them, for the vendor's people. Two drafts for one work
/// are refused.
pub async fn drafted(tx: &mut Tx, drafts: &[NewFeeRule], now: DateTime<Utc>) -> Result<Drafted> {
    let taxonomy = store::taxonomy(tx).await?;
    let starts = drafts.iter().map(|draft| draft.effective_from.unwrap_or(now));
    let at = starts.max().unwrap_or(now);
    let mut rules = store::fee_rules_at(tx, at).await?;
    let mut words = Vec::new();
    let mut seen: Vec<&Conditions> = Vec::new();
    for draft in drafts {
        if seen.contains(&&draft.conditions) {
            return Err(Invalid::field("drafts", "Two of them are for the same work").into());
        }
        seen.push(&draft.conditions);
        let name = draft.checked(&taxonomy, now)?;
        rules = draft.among(rules, name.clone(), at);
        words.push(name);
    }
    Ok(Drafted { rules, at, words: words.join("; "), settings: store::settings(tx).await? })
}

/// A work to look at fees by.
#[derive(Debug, Clone)]
pub struct FeeExample {
    /// Minor units of the program's currency.
    pub price_minor: i64,
    pub facts: FeeFacts,
}

/// Who gets what of an example, by which rule.
#[derive(Debug, Clone)]
pub struct Shared {
    pub choice: Choice,
    pub parts: FeeParts,
    /// Consultant, vendor, reseller, operator.
    pub amounts: [Money; 4],
}

/// An example under the rules of today, and with a draft among them.
#[derive(Debug, Clone)]
pub struct FeePreview {
    pub price: Money,
    pub today: Shared,
    pub drafted: Option<Shared>,
}

/// What a draft would mean for an example, before it is published; for the vendor's people.
///
/// Errors: 422 by field.
pub async fn preview_fees(
    app: &App,
    caller: &Caller,
    draft: Option<NewFeeRule>,
    example: &FeeExample,
) -> Result<FeePreview> {
    identity::allow::<SeeProgram>(caller)?;
    let mut checks = Checks::new();
    let right = (1..=100_000_000_000).contains(&example.price_minor);
    checks.that(right, "price_minor", "Enter a price between zero and a billion");
    checks.finish()?;
    let now = app.clock.now();
    let mut tx = app.db.read(caller).await?;
    if let Some(category) = &example.facts.category {
        let taxonomy = store::taxonomy(&mut tx).await?;
        let known = taxonomy.category(category).is_some();
        let mut checks = Checks::new();
        checks.that(known, "category", "Choose one of the program's categories");
        checks.finish()?;
    }
    let rules = store::fee_rules_at(&mut tx, now).await?;
    let drafts: Vec<NewFeeRule> = draft.into_iter().collect();
    let with = drafted(&mut tx, &drafts, now).await?;
    let price = Money::new(example.price_minor, with.settings.currency);
    let shared = |rules: &[FeeRule], at| shared(rules, &example.facts, price, at);
    let drafted = if drafts.is_empty() { None } else { Some(shared(&with.rules, with.at)?) };
    Ok(FeePreview { price, today: shared(&rules, now)?, drafted })
}

fn shared(rules: &[FeeRule], facts: &FeeFacts, price: Money, at: DateTime<Utc>) -> Result<Shared> {
    let choice = choose(rules, facts, at).ok_or_else(|| Error::fault("no fee rule fits"))?;
    let parts = choice.rule.parts_on(facts.account);
    Ok(Shared { choice, parts, amounts: parts.of(price).map_err(Error::fault)? })
}
