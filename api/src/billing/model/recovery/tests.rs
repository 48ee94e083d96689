use super::*;
use crate::billing::model::{shares_given_back, shares_of_rest};
use crate::kernel::money::Currency;
use crate::kernel::split;
use proptest::prelude::*;
use uuid::Uuid;

const CURRENCIES: [Currency; 3] = [Currency::Usd, Currency::Jpy, Currency::Kwd];

fn payee(party: Party) -> Option<OrganizationId> {
    let at = u128::try_from(Party::ALL.iter().position(|one| *one == party).unwrap()).unwrap();
    (party != Party::Operator).then(|| OrganizationId(Uuid::from_u128(at + 1)))
}

fn frozen(price: Money, weights: [u32; 4]) -> Vec<Share> {
    let amounts = split::by_parts(price, &weights).unwrap();
    let of = |(party, amount): (&Party, Money)| Share {
        party: *party,
        organization: payee(*party),
        parts: 0,
        amount,
    };
    Party::ALL.iter().zip(amounts).map(of).collect()
}

fn debt(id: u128, party: Party, amount: Money) -> Recovery {
    Recovery {
        id: RecoveryId(Uuid::from_u128(id)),
        milestone: MilestoneId(Uuid::nil()),
        cause: Cause::Refund(RefundId(Uuid::nil())),
        party,
        organization: payee(party).unwrap(),
        amount,
        netted: Money::zero(amount.currency()),
        reversed: Money::zero(amount.currency()),
        state: RecoveryState::Due,
    }
}

fn share(id: u128, party: Party, amount: Money) -> Transfer {
    Transfer {
        id: TransferId(Uuid::from_u128(id)),
        milestone: MilestoneId(Uuid::nil()),
        party,
        organization: payee(party).unwrap(),
        amount,
        netted: Money::zero(amount.currency()),
        reversed: Money::zero(amount.currency()),
        state: TransferState::Waiting,
        attempt: 0,
        stripe_transfer: None,
        refusal: None,
        asked_at: None,
    }
}

/// What a released milestone becomes while parts of it go back; a part may be refused later.
struct Released {
    frozen: Vec<Share>,
    left: Money,
    kept: Money,
    debts: Vec<Recovery>,
    operator: i64,
}

impl Released {
    fn gives(&mut self, part: i64) -> Vec<Share> {
        let have = what_each_has(&self.frozen, (self.left, self.kept), &self.debts).unwrap();
        let back = Money::new(part, self.kept.currency());
        let rest = self.kept.checked_sub(back).unwrap();
        let parts = shares_given_back(&self.frozen, &have, (rest, back)).unwrap();
        for one in parts.iter().filter(|one| one.party != Party::Operator) {
            self.debts.push(debt(1, one.party, one.amount));
        }
        self.operator -= parts.last().unwrap().amount.minor();
        self.kept = rest;
        parts
    }

    fn has(&self) -> Vec<i64> {
        let have = what_each_has(&self.frozen, (self.left, self.kept), &self.debts).unwrap();
        have.iter().map(|one| one.amount.minor()).collect()
    }
}

proptest! {
    #[test]
    fn parts_go_back_in_any_order_before_and_after_release(
        minor in 1i64..=10_000_000_000, weights: [u16; 4], which in 0usize..3,
        before in 0i64..1000, parts in proptest::collection::vec(1i64..1000, 0..10),
        refused in proptest::collection::vec(any::<bool>(), 10),
    ) {
        prop_assume!(weights.iter().any(|weight| *weight > 0));
        let money = |minor| Money::new(minor, CURRENCIES[which]);
        let frozen = frozen(money(minor), weights.map(u32::from));
        let left = money(minor - minor * before / 1000);
        prop_assume!(left.minor() > 0);
        let released = shares_of_rest(&frozen, left).unwrap();
        let operator = released.last().unwrap().amount.minor();
        let mut all =
            Released { frozen: frozen.clone(), left, kept: left, debts: Vec::new(), operator };
        for (part, refused) in parts.iter().zip(refused) {
            let back = (left.minor() * part / 1000).min(all.kept.minor());
            if back == 0 {
                continue;
            }
            let (was, at) = (all.has(), all.debts.len());
            let given = all.gives(back);
            prop_assert_eq!(given.iter().map(|one| one.amount.minor()).sum::<i64>(), back);
            let now = all.has();
            for (now, was) in now.iter().zip(&was).take(3) {
                prop_assert!(now <= was && *now >= 0, "a payee goes backward: {} {}", was, now);
            }
            prop_assert_eq!(now.iter().sum::<i64>(), all.kept.minor());
            prop_assert_eq!(now[3], all.operator, "what the operator has is what was booked");
            if refused {
                all.debts.truncate(at);
                all.kept = all.kept.checked_add(money(back)).unwrap();
                all.operator += given[3].amount.minor();
                prop_assert_eq!(all.has(), was, "as if it was never asked");
            }
            // By the whole price, in whatever parts it went back.
            let straight = shares_of_rest(&frozen, all.kept).unwrap();
            let straight: Vec<i64> = straight.iter().map(|one| one.amount.minor()).collect();
            prop_assert_eq!(all.has(), straight);
        }
        if all.kept.minor() > 0 {
            all.gives(all.kept.minor());
        }
        prop_assert_eq!(all.has(), vec![0; 4]);
    }

    #[test]
    fn what_is_owed_is_taken_once(
        owed in proptest::collection::vec((0usize..3, 1i64..1000, 0usize..3), 0..8),
        shares in proptest::collection::vec((0usize..3, 1i64..1000, 0usize..3), 0..8),
        accounts in proptest::collection::vec(0i64..1000, 3),
    ) {
        let parties = [Party::Consultant, Party::Vendor, Party::Reseller];
        let ids = 1u128..;
        let mut debts: Vec<Recovery> = ids.clone().zip(&owed)
            .map(|(id, (p, minor, c))| debt(id, parties[*p], Money::new(*minor, CURRENCIES[*c])))
            .collect();
        let mut waiting: Vec<Transfer> = ids.clone().zip(&shares)
            .map(|(id, (p, minor, c))| share(id, parties[*p], Money::new(*minor, CURRENCIES[*c])))
            .collect();
        let netted = plan_nettings(&mut debts, &mut waiting);
        for one in &debts {
            let own = netted.iter().filter(|netting| netting.recovery == one.id);
            let own: i64 = own.map(|netting| netting.amount.minor()).sum();
            prop_assert_eq!(own, one.netted.minor());
            prop_assert!(one.open().minor() >= 0);
            let idle = waiting.iter().any(|share| share.organization == one.organization
                && share.amount.currency() == one.amount.currency() && share.sent().minor() > 0);
            prop_assert!(!(idle && one.open().minor() > 0), "a share waits beside a debt");
        }
        for one in &waiting {
            prop_assert_eq!(one.state == TransferState::Netted, one.sent().minor() == 0);
        }
        prop_assert!(plan_nettings(&mut debts, &mut waiting).is_empty(), "nothing twice");
        let sent = |(party, left): (&Party, &i64)| {
            let sent = Sent {
                transfer: TransferId(Uuid::nil()),
                stripe_transfer: "tr_1".to_owned(),
                left: Money::new(*left, Currency::Usd),
            };
            ((MilestoneId(Uuid::nil()), *party), sent)
        };
        let mut sent: HashMap<_, _> = parties.iter().zip(&accounts).map(sent).collect();
        let back = plan_reversals(&mut debts, &mut sent);
        let taken: i64 = back.iter().map(|(_, from)| from.left.minor()).sum();
        let left: i64 = sent.values().map(|one| one.left.minor()).sum();
        prop_assert_eq!(taken + left, accounts.iter().sum::<i64>());
        prop_assert!(sent.values().all(|one| one.left.minor() >= 0));
        prop_assert!(back.iter().all(|(_, from)| from.left.currency() == Currency::Usd));
        prop_assert!(debts.iter().all(|one| one.open().minor() >= 0));
    }
}

#[test]
fn every_journal_balances() {
    let usd = |minor| Money::new(minor, Currency::Usd);
    let (refund, milestone) = (RefundId(Uuid::nil()), MilestoneId(Uuid::nil()));
    let parts = frozen(usd(9_999), [7_500, 1_000, 500, 1_000]);
    let owed: Vec<Recovery> = parts
        .iter()
        .filter(|one| one.party != Party::Operator)
        .map(|one| debt(1, one.party, one.amount))
        .collect();
    let whose = (Party::Consultant, payee(Party::Consultant).unwrap());
    let netting = NewNetting {
        recovery: RecoveryId(Uuid::nil()),
        transfer: TransferId(Uuid::nil()),
        amount: usd(7),
    };
    let reversal = Reversal {
        id: ReversalId(Uuid::nil()),
        recovery: RecoveryId(Uuid::nil()),
        transfer: TransferId(Uuid::nil()),
        milestone,
        organization: whose.1,
        amount: usd(7),
        state: ReversalState::Asked,
        stripe_reversal: None,
        refusal: None,
    };
    let asked = Journal::clawback(refund, milestone, usd(9_999), &parts);
    let undone = Journal::clawback_refused(refund, milestone, usd(9_999), &owed);
    let sum = |journals: &[&Journal]| {
        let mut sums: HashMap<_, i64> = HashMap::new();
        for line in journals.iter().flat_map(|journal| &journal.lines) {
            *sums.entry((line.kind, line.organization)).or_default() += line.amount.minor();
        }
        sums
    };
    assert!(sum(&[&asked, &undone]).values().all(|sum| *sum == 0), "one undoes the other");
    let others = [
        asked,
        undone,
        Journal::netting(NettingId(Uuid::nil()), milestone, whose, &netting),
        Journal::reversal_paid(&reversal, Party::Consultant, "trr_1"),
    ];
    for journal in &others {
        let total: i64 = journal.lines.iter().map(|line| line.amount.minor()).sum();
        assert_eq!((total, journal.lines.iter().any(|l| l.amount.minor() == 0)), (0, false));
    }
}
