//! Matching, differences and what becomes of them, without a database.

use super::reconciling::*;
use crate::kernel::id::{BreakId, JournalId};
use crate::kernel::money::Currency;
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use uuid::Uuid;

fn at(minutes: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
}

fn movement(id: &str, source: &str, amount: i64, fee: i64) -> AtStripe {
    AtStripe {
        id: id.into(),
        kind: "charge".into(),
        source: Some(source.into()),
        currency: "USD".into(),
        amount,
        fee,
        net: amount - fee,
        happened_at: at(0),
        program: None,
        looked_up_at: None,
    }
}

fn posting(n: u128, transaction: Option<&str>, source: Option<&str>, moved: i64) -> Posting {
    Posting {
        journal: JournalId(Uuid::from_u128(n)),
        event_key: format!("key:{n}"),
        currency: Currency::Usd,
        moved,
        transaction: transaction.map(str::to_owned),
        source: source.map(str::to_owned),
        posted_at: at(0),
    }
}

fn booked(moved: i64, fee: i64) -> Booked {
    Booked { moved, fee, milestone: None, last_posted_at: at(1) }
}

#[test]
fn a_journal_is_of_the_movement_it_names_and_else_of_its_object_in_its_direction() {
    let mut euros = movement("txn_4", "ch_2", 100, 0);
    euros.currency = "EUR".into();
    let movements = [
        movement("txn_1", "ch_1", 1_000, 59),
        movement("txn_2", "dp_1", -1_000, 15),
        movement("txn_3", "dp_1", 1_000, 0),
        euros,
    ];
    let postings = [
        posting(1, None, Some("ch_1"), 1_000),
        posting(2, Some("txn_1"), None, -59),
        posting(3, None, Some("dp_1"), 1_000),
        posting(4, Some("txn_2"), Some("ch_1"), -1_015),
        posting(5, None, Some("ch_1"), -1_000),
        posting(6, Some("txn_9"), Some("ch_1"), 1_000),
        posting(7, None, None, 1),
        posting(8, None, Some("ch_2"), 100),
    ];
    let links: Vec<(u128, String)> =
        assign(&postings, &movements).into_iter().map(|(j, _, m)| (j.0.as_u128(), m)).collect();
    let expected = [(1, "txn_1"), (2, "txn_1"), (3, "txn_3"), (4, "txn_2")];
    assert_eq!(links, expected.map(|(n, id)| (n, id.to_owned())));
}

#[test]
fn what_differs_about_a_movement() {
    let of = movement("txn_1", "ch_1", 1_000, 59);
    assert_eq!(of_movement(&of, Some(&booked(941, 59))), None);
    let kind = |of: &AtStripe, booked: Option<&Booked>| of_movement(of, booked).unwrap().kind;
    assert_eq!(kind(&of, None), BreakKind::NotInBooks);
    assert_eq!(kind(&of, Some(&booked(1_000, 0))), BreakKind::AmountDiffers, "without its fee");
    assert_eq!(kind(&of, Some(&booked(941, 0))), BreakKind::AmountDiffers, "net alone");
    let mut strange = of.clone();
    strange.kind = "moon_dust".into();
    assert_eq!(kind(&strange, None), BreakKind::TypeUnknown);
    assert_eq!(of_movement(&strange, Some(&booked(941, 59))), None, "booked all the same");
    assert_eq!(amount(123, "XXX"), "123 (in the smallest unit of XXX)");
}

fn difference(subject: &str, kind: BreakKind, seen: i64, since: Option<i64>) -> Difference {
    Difference {
        kind,
        subject: subject.into(),
        stripe: None,
        journal: None,
        currency: "USD".into(),
        expected: None,
        seen: Some(seen),
        detail: String::new(),
        since: since.map(at),
    }
}

fn kept(n: u128, of: &Difference, state: BreakState) -> Break {
    Break {
        id: BreakId(Uuid::from_u128(n)),
        kind: of.kind,
        subject: of.subject.clone(),
        stripe: None,
        journal: None,
        currency: of.currency.clone(),
        expected: of.expected,
        seen: of.seen,
        detail: String::new(),
        state,
        first_seen_at: at(0),
        last_seen_at: at(0),
        opened_at: None,
        ended_at: None,
        reason: None,
        explained_by: None,
        correction: None,
    }
}

#[test]
fn what_is_young_waits_and_what_only_looks_can_tell_is_watched() {
    let young = [
        difference("a", BreakKind::NotInBooks, 1, Some(0)),
        difference("b", BreakKind::BalanceDiffers, 1, None),
    ];
    let decided = decide(&young, &[], at(14));
    assert_eq!(decided.new, [(&young[1], BreakState::Watched)]);
    let decided = decide(&young, &[], at(15));
    assert_eq!(decided.new, [(&young[0], BreakState::Open), (&young[1], BreakState::Watched)]);
    let watched = [kept(1, &young[1], BreakState::Watched)];
    let opens = |minutes| decide(&young[1..], &watched, at(minutes)).still[0].2;
    assert_eq!((opens(29), opens(30)), (false, true));
    let open = [kept(1, &young[1], BreakState::Open)];
    assert!(!decide(&young[1..], &open, at(90)).still[0].2, "told once");
}

#[test]
fn what_was_explained_is_not_opened_again_until_it_is_another() {
    let same = difference("a", BreakKind::NotInBooks, 5, Some(0));
    let before = [kept(7, &same, BreakState::Explained)];
    let seen = [same.clone()];
    let decided = decide(&seen, &before, at(60));
    assert!(decided.new.is_empty() && decided.explained == [before[0].id]);
    let other = [difference("a", BreakKind::NotInBooks, 6, Some(0))];
    assert_eq!(decide(&other, &before, at(60)).new, [(&other[0], BreakState::Open)]);
    let gone = [kept(7, &same, BreakState::Open), kept(8, &same, BreakState::Explained)];
    assert_eq!(decide(&[], &gone, at(60)).gone, [gone[0].id], "what was explained stays so");
}

proptest! {
    /// Whatever was seen and kept: each difference is in one place at most, and nothing that has
    /// not ended is forgotten.
    #[test]
    fn nothing_is_told_twice_or_forgotten(
        seen in prop::collection::btree_set(0u8..12, 0..12),
        live in prop::collection::btree_map(0u8..12, any::<bool>(), 0..12),
        minutes in 0i64..200,
    ) {
        let of = |n: &u8| difference(&n.to_string(), BreakKind::NotInBooks, i64::from(*n), Some(0));
        let seen: Vec<Difference> = seen.iter().map(of).collect();
        let live: Vec<Break> = live
            .iter()
            .map(|(n, open)| {
                let state = if *open { BreakState::Open } else { BreakState::Watched };
                kept(u128::from(*n), &of(n), state)
            })
            .collect();
        let decided = decide(&seen, &live, at(minutes));
        prop_assert_eq!(decided.still.len() + decided.gone.len(), live.len());
        let told: Vec<&str> = decided.new.iter().map(|(one, _)| one.subject.as_str())
            .chain(decided.still.iter().map(|(_, one, _)| one.subject.as_str())).collect();
        let mut once = told.clone();
        once.sort_unstable();
        once.dedup();
        prop_assert_eq!(once.len(), told.len());
        prop_assert!(told.len() <= seen.len());
    }
}
