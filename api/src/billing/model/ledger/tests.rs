use super::*;
use crate::kernel::money::Currency;
use crate::kernel::split;
use proptest::prelude::*;
use uuid::Uuid;

fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::Usd)
}

fn shares(price: i64, weights: [u32; 4]) -> Vec<Share> {
    let amounts = split::by_parts(usd(price), &weights).unwrap();
    Party::ALL
        .iter()
        .zip(amounts)
        .zip(weights)
        .map(|((party, amount), parts)| Share {
            party: *party,
            organization: (*party != Party::Operator)
                .then(|| OrganizationId(Uuid::from_u128(u128::from(parts) + 7))),
            parts: i32::try_from(parts).unwrap(),
            amount,
        })
        .collect()
}

fn every_kind(price: i64, weights: [u32; 4]) -> Vec<Journal> {
    let milestone = MilestoneId(Uuid::from_u128(1));
    let (refund, amount) = (RefundId(Uuid::from_u128(2)), usd(price));
    let payee = OrganizationId(Uuid::from_u128(3));
    let key = TransferKey {
        transfer: TransferId(Uuid::from_u128(4)),
        milestone,
        part: None,
        party: Party::Consultant,
        organization: payee,
        attempt: 1,
    };
    let release = ReleaseId(Uuid::from_u128(5));
    let of_part = TransferKey { part: Some(release), ..key };
    let (customer, nothing) = (payee, Money::zero(amount.currency()));
    let all = Creditor { customer, due: amount };
    let other = RefundId(Uuid::from_u128(99));
    vec![
        Journal::charge(milestone, "ch_1", amount),
        Journal::fee(milestone, "txn_1", amount),
        Journal::available(milestone, "txn_1", amount),
        Journal::available(milestone, "txn_2", negative(amount)),
        Journal::accept(milestone, amount, &shares(price, weights)),
        Journal::release(release, milestone, amount, &shares(price, weights)),
        Journal::transfer_asked(&of_part, amount),
        Journal::transfer_asked(&key, amount),
        Journal::transfer_paid(&key, amount, "tr_1"),
        Journal::transfer_refused(&key, amount),
        Journal::refund_asked(refund, milestone, amount),
        Journal::refund_paid(refund, milestone, amount, "re_1"),
        Journal::refund_refused(refund, milestone, amount, all),
        Journal::refund_failed(refund, milestone, amount, all),
        Journal::refund_refused(other, milestone, amount, Creditor { due: nothing, ..all }),
    ]
}

proptest! {
    #[test]
    fn every_journal_balances_and_has_its_own_key(
        price in 1i64..=1_000_000_000_000, weights: [u16; 4],
    ) {
        prop_assume!(weights.iter().any(|w| *w > 0));
        let journals = every_kind(price, weights.map(u32::from));
        let mut keys: Vec<&str> = journals.iter().map(|j| j.event_key.as_str()).collect();
        for journal in &journals {
            let sum: i128 = journal.lines.iter().map(|l| i128::from(l.amount.minor())).sum();
            prop_assert_eq!(sum, 0, "{:?}", journal.kind);
            prop_assert!(journal.lines.len() >= 2);
            prop_assert!(journal.lines.iter().all(|l| l.amount.minor() != 0));
        }
        keys.sort_unstable();
        keys.dedup();
        prop_assert_eq!(keys.len(), journals.len());
    }

    #[test]
    fn what_goes_into_an_account_can_come_out_again(
        price in 1i64..=1_000_000_000, weights: [u16; 4],
    ) {
        prop_assume!(weights.iter().any(|w| *w > 0));
        let all = shares(price, weights.map(u32::from));
        let accept = Journal::accept(MilestoneId(Uuid::nil()), usd(price), &all);
        let is_held = |line: &&Line| line.kind == AccountKind::Held;
        let held: i64 = accept.lines.iter().filter(is_held).map(|l| l.amount.minor()).sum();
        prop_assert_eq!(held, price, "all that was held is released");
        prop_assert!(accept.lines.iter().all(|l| is_held(&l) || l.amount.minor() < 0));
    }
}
