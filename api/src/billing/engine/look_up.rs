//! What Stripe has of a call before it is sent: what the call made, or the same deed of a call that
//! is not in this database.
//!
//! The latter is there when a backup was restored that is older than Stripe: what was done since is
//! asked for again, under another id, and after a day Stripe has forgotten the key as well. So the
//! matter itself is looked for, by the marks that say what of which milestone moved.

use crate::billing::model::Call;
use crate::kernel::id::{StripeCallId, VendorId};
use crate::kernel::money::Money;
use crate::outside::payments::{
    Intent, Method, NewCharge, NewRefund, NewReversal, NewTransfer, Refund, Reply, Reversal, Tags,
    Transfer,
};
use serde_json::Value;
use std::collections::HashSet;

/// The mark by which an object at Stripe names the call that made it.
pub const CALL_TAG: &str = "attache_call";

/// Marks for whatever a call of a vendor makes.
pub fn tags(vendor: VendorId, call: StripeCallId, of: &[(&str, String)]) -> Tags {
    let mut tags = Tags::from([
        ("attache_vendor".to_owned(), vendor.to_string()),
        (CALL_TAG.to_owned(), call.to_string()),
    ]);
    tags.extend(of.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    tags
}

/// The call that an object at Stripe names, if it names one.
pub fn call_of(tags: &Tags) -> Option<StripeCallId> {
    tags.get(CALL_TAG).and_then(|id| StripeCallId::parse(id))
}

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    Nothing,
    /// It was made: by this call, or as exactly the same by one that is not here.
    Made(Value),
    /// The same matter in another way, such as another amount; says what there is.
    Differs(String),
}

/// An object at Stripe that a call could have made.
#[derive(Debug, Clone)]
pub struct There {
    pub id: String,
    pub tags: Tags,
    amount: Option<Money>,
    /// Whether it is exactly what is asked for.
    agrees: bool,
    pub raw: Value,
}

/// What the call itself made, whatever came of it.
pub fn own(call: &Call, there: Vec<There>) -> Option<Value> {
    let own = there.into_iter().find(|one| call_of(&one.tags) == Some(call.id));
    Some(own?.raw)
}

/// What is found without asking what is known here; else what [`judge`] has to judge.
pub fn first(call: &Call, mut there: Vec<There>) -> Result<Found, Vec<There>> {
    if let Some(own) = there.iter().position(|one| call_of(&one.tags) == Some(call.id)) {
        return Ok(Found::Made(there.swap_remove(own).raw));
    }
    there.retain(|one| is_of_same(call.ask.tags(), &one.tags));
    if there.is_empty() || !call.ask.moves_money() { Ok(Found::Nothing) } else { Err(there) }
}

/// Marks that say which row here asked, not what was asked for.
const OF_ROWS: [&str; 3] = [CALL_TAG, "attache_payment", "attache_method"];

/// Whether an object is of the same milestone, payee and whatever else the marks of a call say; one
/// that names no call is somebody's by hand.
fn is_of_same(asked: &Tags, has: &Tags) -> bool {
    let mut marks = asked.iter().filter(|(name, _)| !OF_ROWS.contains(&name.as_str()));
    has.contains_key(CALL_TAG) && marks.all(|(name, value)| has.get(name) == Some(value))
}

/// `known` are the calls and objects that are in this database; the rest was made by one that is no
/// more.
pub fn judge(call: &Call, there: Vec<There>, known: &HashSet<String>) -> Found {
    let is_known = |one: &There| {
        known.contains(&one.id) || one.tags.get(CALL_TAG).is_some_and(|id| known.contains(id))
    };
    let mut unknown: Vec<There> = there.into_iter().filter(|one| !is_known(one)).collect();
    if let Some(same) = unknown.iter().position(|one| one.agrees) {
        let same = unknown.swap_remove(same);
        tracing::warn!(call = %call.id, object = same.id,
            "Stripe did this before the database that is here began: it counts as done");
        return Found::Made(same.raw);
    }
    let Some(other) = unknown.first() else { return Found::Nothing };
    let amount = other.amount.map_or_else(|| "money".to_owned(), Money::with_code);
    let id = &other.id;
    let what = "which this database does not know of";
    Found::Differs(format!("Stripe has {id} of {amount} for the same milestone, {what}."))
}

/// What counts by its mark alone.
pub fn only_marked((id, tags, raw): (String, Tags, Value)) -> There {
    There { id, tags, amount: None, agrees: false, raw }
}

/// One that is not paid stands in nobody's way, unless this call made it; one whose money went back
/// is not the same.
pub fn charge(
    (new, call): (&NewCharge, &Call),
    Reply { object, raw }: Reply<Intent>,
) -> Option<There> {
    let Intent { id, status, amount, currency, latest_charge, metadata: tags, .. } = object;
    let own = call_of(&tags) == Some(call.id);
    let charge = latest_charge.as_ref().and_then(|charge| charge.object());
    let back = charge.is_some_and(|charge| charge.amount_refunded > 0);
    let amount = Money::new(amount, currency);
    let agrees = status == "succeeded" && amount == new.amount && !back;
    let counts = own || matches!(status.as_str(), "succeeded" | "processing");
    Some(There { id, tags, amount: Some(amount), agrees, raw }).filter(|_| counts)
}

/// A card that is nobody's any more bears no mark: it counts as this call's.
pub fn detached(Reply { object, raw }: Reply<Method>, call: &Call) -> Vec<There> {
    let gone = object.customer.is_none();
    let own =
        There { id: object.id, tags: call.ask.tags().clone(), amount: None, agrees: true, raw };
    Some(own).filter(|_| gone).into_iter().collect()
}

/// One that differs and was taken back, all of it, stands in nobody's way.
pub fn transfer(new: &NewTransfer, Reply { object, raw }: Reply<Transfer>) -> Option<There> {
    let amount = Money::new(object.amount, object.currency);
    let goes_to = object.destination.as_ref().map(|to| to.id().to_owned());
    let comes_from = object.source_transaction.as_ref().map(|from| from.id().to_owned());
    let agrees = amount == new.amount
        && goes_to.as_deref() == Some(&new.destination)
        && comes_from == new.source_charge;
    let there = There { id: object.id, tags: object.metadata, amount: Some(amount), agrees, raw };
    Some(there).filter(|_| agrees || object.amount_reversed < object.amount)
}

/// One that did not reach the card gave nothing back, and stands in nobody's way; but what this
/// call made is known by its end, which its first answer does not tell.
pub fn refund(
    (new, call): (&NewRefund, &Call),
    Reply { object, raw }: Reply<Refund>,
) -> Option<There> {
    let own = call_of(&object.metadata) == Some(call.id);
    let failed = matches!(object.status.as_deref(), Some("failed" | "canceled"));
    let amount = Money::new(object.amount, object.currency);
    let agrees = amount == new.amount && !failed;
    let there = There { id: object.id, tags: object.metadata, amount: Some(amount), agrees, raw };
    Some(there).filter(|_| own || !failed)
}

pub fn reversal(new: &NewReversal, Reply { object, raw }: Reply<Reversal>) -> Option<There> {
    let amount = Money::new(object.amount, object.currency);
    let (tags, agrees) = (object.metadata?, amount == new.amount);
    Some(There { id: object.id, tags, amount: Some(amount), agrees, raw })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::billing::model::CallState;
    use crate::kernel::money::Currency;
    use crate::outside::payments::Ask;
    use serde_json::json;
    use uuid::Uuid;

    fn usd(minor: i64) -> Money {
        Money::new(minor, Currency::parse("USD").unwrap())
    }

    fn tags(call: &str, milestone: &str) -> Tags {
        let marks = [("attache_vendor", "v"), (CALL_TAG, call), ("attache_milestone", milestone)];
        Tags::from(marks.map(|(name, value)| (name.to_owned(), value.to_owned())))
    }

    fn call(minor: i64) -> Call {
        let ask = NewRefund { charge: "ch_1".into(), amount: usd(minor), tags: tags("mine", "m1") };
        Call {
            id: StripeCallId(Uuid::nil()),
            subject: Uuid::nil(),
            ask: Ask::CreateRefund(ask),
            key: "re:1:1".into(),
            state: CallState::Queued,
            attempts: 0,
            first_sent_at: None,
            trouble: None,
        }
    }

    fn there(id: &str, call: &str, agrees: bool) -> There {
        let amount = Some(usd(500));
        There { id: id.into(), tags: tags(call, "m1"), amount, agrees, raw: json!({ "id": id }) }
    }

    fn judged(there: Vec<There>, known: &[&str]) -> Found {
        judge(&call(500), there, &known.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn what_this_database_knows_stands_in_nobodys_way() {
        let all = vec![there("re_1", "known", true), there("re_2", "gone", true)];
        assert_eq!(judged(all.clone(), &["known", "re_2"]), Found::Nothing);
        let made = |id: &str| Found::Made(json!({ "id": id }));
        assert_eq!(judged(all.clone(), &["known"]), made("re_2"));
        assert_eq!(judged(all, &["re_2", "gone"]), made("re_1"));
    }

    #[test]
    fn the_same_comes_before_what_differs() {
        let all = vec![there("re_1", "gone", false), there("re_2", "gone too", true)];
        assert_eq!(judged(all, &[]), Found::Made(json!({ "id": "re_2" })));
        let Found::Differs(why) = judged(vec![there("re_1", "gone", false)], &[]) else { panic!() };
        assert!(why.contains("re_1 of USD 5.00"), "{why}");
    }

    #[test]
    fn only_what_a_call_made_for_the_same_milestone_counts() {
        let asked = tags("mine", "m1");
        assert!(is_of_same(&asked, &tags("other", "m1")));
        assert!(!is_of_same(&asked, &tags("other", "m2")));
        let mut by_hand = tags("other", "m1");
        by_hand.remove(CALL_TAG);
        assert!(!is_of_same(&asked, &by_hand));
    }

    #[test]
    fn a_refund_that_failed_counts_for_the_call_that_made_it() {
        let own = call(500);
        let Ask::CreateRefund(new) = &own.ask else { panic!() };
        let of = |by: &str, status: &str| {
            let raw = json!({ "id": "re_1", "amount": 500, "currency": "usd", "status": status,
                "metadata": tags(by, "m1") });
            let object = serde_json::from_value(raw.clone()).unwrap();
            refund((new, &own), Reply { object, raw }).map(|there| there.agrees)
        };
        let (mine, other) = (own.id.to_string(), Uuid::from_u128(7).to_string());
        assert_eq!(of(&mine, "failed"), Some(false));
        assert_eq!(of(&mine, "succeeded"), Some(true));
        assert_eq!(of(&other, "failed"), None);
        assert_eq!(of(&other, "succeeded"), Some(true));
    }

    #[test]
    fn a_transfer_agrees_in_everything_or_was_taken_back() {
        let new = NewTransfer {
            amount: usd(500),
            destination: "acct_1".into(),
            source_charge: Some("ch_1".into()),
            transfer_group: "g".into(),
            description: String::new(),
            tags: Tags::new(),
        };
        let of = |amount: i64, to: &str, from: &str, reversed: i64| {
            let raw = json!({ "id": "tr_1", "amount": amount, "currency": "usd", "destination": to,
                "source_transaction": from, "amount_reversed": reversed });
            let object = serde_json::from_value(raw.clone()).unwrap();
            transfer(&new, Reply { object, raw }).map(|there| there.agrees)
        };
        assert_eq!(of(500, "acct_1", "ch_1", 0), Some(true));
        assert_eq!(of(500, "acct_1", "ch_1", 500), Some(true));
        assert_eq!(of(400, "acct_1", "ch_1", 300), Some(false));
        assert_eq!(of(500, "acct_2", "ch_1", 0), Some(false));
        assert_eq!(of(500, "acct_1", "ch_2", 0), Some(false));
        assert_eq!(of(400, "acct_1", "ch_1", 400), None);
    }
}
