//! How a world begins: its people, payees, milestones and shares.

use super::acts::{Env, planned};
use super::random::Random;
use super::world::World;
use crate::engagements::{Party, Share};
use crate::kernel::id::{OrganizationId, VendorId};
use crate::kernel::money::{Currency, Money};
use crate::kernel::split::by_parts;
use crate::platform::clock::{Clock, Ids};
use chrono::DateTime;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use uuid::Uuid;

/// Two decimals, none, and three.
const CURRENCIES: [Currency; 4] = [Currency::Usd, Currency::Eur, Currency::Jpy, Currency::Kwd];

impl World {
    /// Payees, milestones and their shares.
    pub fn found(&mut self, random: &mut Random) {
        let with_reseller = random.percent(60);
        let payees: Vec<(Party, Option<OrganizationId>)> = Party::ALL
            .iter()
            .filter(|party| with_reseller || **party != Party::Reseller)
            .map(|party| (*party, (*party != Party::Operator).then(|| self.env.ids.next())))
            .collect();
        for id in payees.iter().filter_map(|(_, id)| *id) {
            let (account, ready) = (format!("acct_{id}"), random.percent(75));
            self.stripe.ready.insert(account.clone(), ready);
            if ready {
                self.book.ready.insert(id, account);
            }
        }
        let first = random.pick(&CURRENCIES).unwrap();
        for seq in 1..=random.between(1, 3) {
            let other = random.pick(&CURRENCIES).unwrap();
            let currency = if random.percent(80) { first } else { other };
            let minor = match random.below(10) {
                0 => random.between(1, 20),
                1..=4 => random.between(21, 2_000),
                5..=8 => random.between(2_001, 1_000_000),
                _ => random.between(1_000_001, 900_000_000_000),
            };
            let price = Money::new(minor, currency);
            let milestone = planned(&self.env, i32::try_from(seq).unwrap(), price);
            let shares = shares(price, &payees, random);
            self.book.shares.insert(milestone.id, shares);
            self.book.milestones.insert(milestone.id, milestone);
        }
    }
}

/// Ids and a clock that follow from the world alone.
pub fn env(clock: &Arc<AtomicI64>) -> Env {
    let (read, drawn) = (Arc::clone(clock), AtomicU64::new(1));
    let now = move || DateTime::from_timestamp(read.load(Ordering::Relaxed), 0).unwrap();
    let ids = Ids::from_source(Clock::from_source(now), move |out| {
        let mut random = Random::new(drawn.fetch_add(1, Ordering::Relaxed), 0);
        out.chunks_mut(8).for_each(|part| {
            let bytes = random.next().to_be_bytes();
            part.copy_from_slice(&bytes[..part.len()]);
        });
    });
    let (customer, person, engagement) = (ids.next(), ids.next(), ids.next());
    Env { ids, vendor: VendorId(Uuid::from_u128(1)), customer, person, engagement }
}

fn shares(
    price: Money,
    payees: &[(Party, Option<OrganizationId>)],
    random: &mut Random,
) -> Vec<Share> {
    let weight = |random: &mut Random| u32::try_from(random.between(0, 10_000)).unwrap();
    let mut weights: Vec<u32> = payees.iter().map(|_| weight(random)).collect();
    weights[0] += 1;
    let amounts = by_parts(price, &weights).unwrap();
    let of = |((party, organization), amount): (&(Party, Option<OrganizationId>), Money)| Share {
        party: *party,
        organization: *organization,
        parts: 0,
        amount,
    };
    payees.iter().zip(amounts).map(of).collect()
}
