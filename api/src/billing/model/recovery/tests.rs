use super::*;
use crate::billing::model::{shares_given_back, shares_of_rest, shares_released};
use crate::kernel::id::ReleaseId;
use crate::kernel::money::Currency;
use crate::kernel::split;
use proptest::prelude::*;
use uuid::Uuid;

const CURRENCIES: [Currency; 4] = [Currency::Usd, Currency::Jpy, Currency::Kwd, Currency::Eur];

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
        release: ReleaseId(Uuid::nil()),
        acceptance: true,
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

/// What a milestone becomes while parts of it are released and go back; a part that goes back may
/// be refused later.
struct Released {
    frozen: Vec<Share>,
    /// With the payees now.
    net: Money,
    got: Vec<Transfer>,
    debts: Vec<Recovery>,
    /// What was booked for the operator.
    operator: i64,
}

impl Released {
    fn none(frozen: &[Share], currency: Currency) -> Self {
        let (frozen, net) = (frozen.to_vec(), Money::zero(currency));
        Self { frozen, net, got: Vec::new(), debts: Vec::new(), operator: 0 }
    }

    fn have(&self) -> Vec<Share> {
        what_each_has(&self.frozen, self.net, (&self.got, &self.debts)).unwrap()
    }

    fn gets(&mut self, part: i64) -> Vec<Share> {
        let part = Money::new(part, self.net.currency());
        let net = self.net.checked_add(part).unwrap();
        let parts = shares_released(&self.frozen, &self.have(), (net, part)).unwrap();
        for one in parts.iter().filter(|one| one.party != Party::Operator) {
            self.got.push(share(1, one.party, one.amount));
        }
        self.operator += parts.last().unwrap().amount.minor();
        self.net = net;
        parts
    }

    fn gives(&mut self, part: i64) -> Vec<Share> {
        let have = self.have();
        let back = Money::new(part, self.net.currency());
        let rest = self.net.checked_sub(back).unwrap();
        let parts = shares_given_back(&self.frozen, &have, (rest, back)).unwrap();
        for one in parts.iter().filter(|one| one.party != Party::Operator) {
            self.debts.push(debt(1, one.party, one.amount));
        }
        self.operator -= parts.last().unwrap().amount.minor();
        self.net = rest;
        parts
    }

    fn has(&self) -> Vec<i64> {
        self.have().iter().map(|one| one.amount.minor()).collect()
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
        let mut all = Released::none(&frozen, left.currency());
        all.gets(left.minor());
        for (part, refused) in parts.iter().zip(refused) {
            let back = (left.minor() * part / 1000).min(all.net.minor());
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
            prop_assert_eq!(now.iter().sum::<i64>(), all.net.minor());
            prop_assert_eq!(now[3], all.operator, "what the operator has is what was booked");
            if refused {
                all.debts.truncate(at);
                all.net = all.net.checked_add(money(back)).unwrap();
                all.operator += given[3].amount.minor();
                prop_assert_eq!(all.has(), was, "as if it was never asked");
            }
            // By the whole price, in whatever parts it went back.
            let straight = shares_of_rest(&frozen, all.net).unwrap();
            let straight: Vec<i64> = straight.iter().map(|one| one.amount.minor()).collect();
            prop_assert_eq!(all.has(), straight);
        }
        if all.net.minor() > 0 {
            all.gives(all.net.minor());
        }
        prop_assert_eq!(all.has(), vec![0; 4]);
    }

    /// Parts are released, held money goes back, released money goes back, in any order and in any
    /// currency; then the rest is accepted. Nobody ever gives at a release or gets at a refund,
    /// each step is exact, and only what is kept in the end decides what each has.
    #[test]
    fn releases_and_refunds_in_any_order_end_the_same(
        minor in 1i64..=10_000_000_000, weights: [u16; 4], which in 0usize..4,
        steps in proptest::collection::vec((0u8..4, 1i64..1000), 0..14),
    ) {
        prop_assume!(weights.iter().any(|weight| *weight > 0));
        let money = |minor| Money::new(minor, CURRENCIES[which]);
        let frozen = frozen(money(minor), weights.map(u32::from));
        let mut all = Released::none(&frozen, CURRENCIES[which]);
        let mut held = minor;
        let sum = |all: &mut Released, part: i64, back: bool| {
            let was = all.has();
            let moved = if back { all.gives(part) } else { all.gets(part) };
            let total: i64 = moved.iter().map(|one| one.amount.minor()).sum();
            assert_eq!(total, part, "together they move the part");
            assert!(moved.iter().take(3).all(|one| one.amount.minor() >= 0), "{moved:?}");
            assert!(moved[3].amount.minor() >= -3, "the operator gives a unit or two: {moved:?}");
            let sign = if back { -1 } else { 1 };
            let now = all.has();
            for ((now, was), one) in now.iter().zip(&was).zip(&moved) {
                assert_eq!(now - was, sign * one.amount.minor());
            }
            assert_eq!(now[3], all.operator, "what the operator has is what was booked");
            assert_eq!(now.iter().sum::<i64>(), all.net.minor());
        };
        for (what, size) in steps {
            let of = |whole: i64| (whole / 1000) * size + (whole % 1000) * size / 1000;
            match what {
                0 | 1 if of(held) > 0 => {
                    sum(&mut all, of(held), false);
                    held -= of(held);
                }
                2 => held -= of(held),
                3 if of(all.net.minor()) > 0 => {
                    let back = of(all.net.minor());
                    sum(&mut all, back, true);
                }
                _ => {}
            }
        }
        if held > 0 {
            sum(&mut all, held, false);
        }
        let straight = shares_of_rest(&frozen, all.net).unwrap();
        let straight: Vec<i64> = straight.iter().map(|one| one.amount.minor()).collect();
        prop_assert_eq!(all.has(), straight, "as if it had been released at once");
        if all.net.minor() == minor {
            let whole: Vec<i64> = frozen.iter().map(|one| one.amount.minor()).collect();
            prop_assert_eq!(all.has(), whole, "all of it is the shares fixed at signing");
        }
    }

    #[test]
    fn what_is_owed_is_taken_once(
        owed in proptest::collection::vec((0usize..3, 1i64..1000, 0usize..3), 0..8),
        shares in proptest::collection::vec((0usize..3, 1i64..1000, 0usize..3), 0..8),
        accounts in proptest::collection::vec((0i64..1000, 0i64..1000), 3),
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
        let sent = |(party, (first, second)): (&Party, &(i64, i64))| {
            let of = |left: i64| Sent {
                transfer: TransferId(Uuid::nil()),
                stripe_transfer: "tr_1".to_owned(),
                left: Money::new(left, Currency::Usd),
            };
            ((MilestoneId(Uuid::nil()), *party), vec![of(*first), of(*second)])
        };
        let mut sent: HashMap<_, _> = parties.iter().zip(&accounts).map(sent).collect();
        let back = plan_reversals(&mut debts, &mut sent);
        let taken: i64 = back.iter().map(|(_, from)| from.left.minor()).sum();
        let left: i64 = sent.values().flatten().map(|one| one.left.minor()).sum();
        let all: i64 = accounts.iter().map(|(first, second)| first + second).sum();
        prop_assert_eq!(taken + left, all);
        prop_assert!(sent.values().flatten().all(|one| one.left.minor() >= 0));
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
