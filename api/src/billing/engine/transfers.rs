//! Shares on their way to payees: what a release brings whom, what is sent, and what comes of it.

use super::look_up::tags;
use super::planted::planted;
use super::recoveries::net;
use super::{Deed, Fit, Unfit};
use crate::billing::model::{
    AllocationError, Journal, NewCall, Recovery, RecoveryState, Release, Transfer, TransferState,
    TransferStep, shares_released, what_each_has,
};
use crate::engagements::{Milestone, Share};
use crate::kernel::id::{OrganizationId, StripeCallId, VendorId};
use crate::kernel::money::Money;
use crate::outside::payments::{Ask, NewTransfer, Transfer as Sent};
use crate::platform::clock::Ids;
use chrono::{DateTime, Duration, Utc};
use std::collections::HashMap;

/// Whether a part is less than what is held, all of it, or more.
pub fn is_part_of(held: Money, part: Money) -> std::cmp::Ordering {
    if planted!(MoreThanHeld) {
        return std::cmp::Ordering::Less;
    }
    part.minor().cmp(&held.minor())
}

/// What a release of so much brings each party; together they get it.
pub fn shares_of(
    milestone: &Milestone,
    frozen: &[Share],
    moved: (&[Transfer], &[Recovery]),
    part: Money,
) -> Result<Vec<Share>, AllocationError> {
    let have = what_each_has(frozen, milestone.with_payees(), moved)?;
    let net = milestone.with_payees().checked_add(part)?;
    shares_released(frozen, &have, (net, part))
}

/// The fact of a release.
pub fn released(release: &Release, shares: &[Share]) -> Journal {
    match release.acceptance {
        true => Journal::accept(release.milestone, release.amount, shares),
        false => Journal::release(release.id, release.milestone, release.amount, shares),
    }
}

/// The shares of a release that are to be sent; the operator's stays.
pub fn waiting(ids: &Ids, release: &Release, shares: &[Share]) -> Vec<Transfer> {
    let row = |share: &Share| {
        let organization = share.organization.filter(|_| share.amount.minor() > 0)?;
        let nothing = Money::zero(share.amount.currency());
        Some(Transfer {
            id: ids.next(),
            milestone: release.milestone,
            release: release.id,
            acceptance: release.acceptance,
            party: share.party,
            organization,
            amount: share.amount,
            netted: nothing,
            reversed: nothing,
            state: TransferState::Waiting,
            attempt: 0,
            stripe_transfer: None,
            refusal: None,
            asked_at: None,
        })
    };
    shares.iter().filter_map(row).collect()
}

/// What begins of shares that wait.
#[derive(Debug, Clone, PartialEq)]
pub struct Started {
    /// What of them pays debts, and is not sent.
    pub netted: Vec<Deed>,
    /// What is sent, each to an account.
    pub sent: Vec<(Transfer, String)>,
}

/// Shares pay what their payees owe; what is left of them is sent to accounts that can be paid. One
/// that was refused is sent again with `again`, or when less of it is left.
pub fn start(
    ids: &Ids,
    debts: &mut [Recovery],
    (mut shares, again): (Vec<Transfer>, bool),
    accounts: &HashMap<OrganizationId, String>,
) -> Started {
    let before: Vec<Money> = shares.iter().map(|share| share.netted).collect();
    let (nettings, journals) = net(ids, debts, &mut shares);
    let mut sent = Vec::new();
    for (share, netted) in shares.into_iter().zip(before) {
        let is_new = share.state == TransferState::Waiting || share.netted != netted;
        let may = share.state.after(TransferStep::Ask).is_some() && (again || is_new);
        if let Some(account) = accounts.get(&share.organization).filter(|_| may) {
            sent.push((share, account.clone()));
        }
    }
    let mut netted: Vec<Deed> = journals.into_iter().map(Deed::Post).collect();
    if !nettings.is_empty() {
        netted.insert(0, Deed::AddNettings(nettings));
    }
    Started { netted, sent }
}

/// Where a share comes from and goes to, and what is said of it.
#[derive(Debug, Clone, Copy)]
pub struct Way<'a> {
    pub vendor: VendorId,
    pub account: &'a str,
    /// `None` from the balance.
    pub charge: Option<&'a str>,
    pub group: &'a str,
    pub description: &'a str,
}

/// Puts one share on its way.
pub fn ask(ids: &Ids, mut share: Transfer, way: Way<'_>, now: DateTime<Utc>) -> Vec<Deed> {
    let Some(state) = share.state.after(TransferStep::Ask) else { return Vec::new() };
    share.state = state;
    share.attempt += 1;
    share.asked_at = Some(now);
    share.refusal = None;
    let call: StripeCallId = ids.next();
    let marks = [
        ("attache_milestone", share.milestone.to_string()),
        ("attache_party", share.party.to_string()),
    ];
    let new = NewTransfer {
        amount: share.sent(),
        destination: way.account.to_owned(),
        source_charge: way.charge.map(str::to_owned),
        transfer_group: way.group.to_owned(),
        description: way.description.to_owned(),
        tags: tags(way.vendor, call, &marks),
    };
    let (key, subject) = (share.key(), share.id.0);
    let journal = Journal::transfer_asked(&key, share.sent());
    let ask = Ask::CreateTransfer(new);
    let new = NewCall { id: call, subject, ask, key: key.idempotency_key() };
    vec![Deed::SetTransfer(share), Deed::Call(new), Deed::Post(journal)]
}

/// Stripe made the transfer; nothing follows when that was known.
pub fn confirmed(share: &mut Transfer, sent: &Sent) -> Fit<Vec<Deed>> {
    let Some(state) = share.state.after(TransferStep::Confirm) else { return Ok(Vec::new()) };
    if Money::new(sent.amount, sent.currency) != share.sent() {
        return Err(Unfit(format!("transfer {} moved another amount than asked", sent.id)));
    }
    let journal = Journal::transfer_paid(&share.key(), share.sent(), &sent.id);
    share.state = state;
    share.stripe_transfer = Some(sent.id.clone());
    let mut deeds = vec![
        Deed::Post(journal),
        Deed::SetTransfer(share.clone()),
        Deed::Name { object: sent.id.clone(), of: share.id.0 },
    ];
    deeds.extend(sent.balance_transaction.as_ref().map(|movement| Deed::Follow {
        milestone: share.milestone,
        transaction: movement.id().to_owned(),
        source: sent.id.clone(),
    }));
    deeds.push(Deed::StartIfOwing(share.organization));
    Ok(deeds)
}

/// How often a share is sent before a person decides.
pub const TRIES: i32 = 8;

/// How often it is sent from its charge first.
const FROM_CHARGE: i32 = 4;

/// Whether a share of a milestone of which money goes back is sent from the balance by now: what
/// the charge lacks is owed by another payee, whose account has too little.
pub const fn is_from_balance(share: &Transfer, goes_back: bool) -> bool {
    goes_back && share.attempt >= FROM_CHARGE
}

/// Whether any of a milestone's money goes back, or went, from what its payees have.
pub fn goes_back(debts: &[Recovery]) -> bool {
    debts.iter().any(|debt| debt.state != RecoveryState::Void)
}

/// When a refused share is tried again by itself, `None` when a person decides. While money of its
/// milestone goes back, the charge may have too little left of it for a moment: until another payee
/// has returned a part. Ten seconds are waited first, three times as long each time, three hours in
/// all.
pub fn again_at(share: &Transfer, goes_back: bool, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let before = share.attempt.clamp(1, TRIES).unsigned_abs() - 1;
    let wait = Duration::seconds(10 * 3_i64.pow(before));
    (goes_back && share.attempt < TRIES && !planted!(RefusedRests)).then(|| now + wait)
}

/// Stripe said no: the payee is owed again, and it is tried again at that time.
pub fn refused(share: &mut Transfer, why: &str, again: Option<DateTime<Utc>>) -> Vec<Deed> {
    let Some(state) = share.state.after(TransferStep::Refuse) else { return Vec::new() };
    let journal = Journal::transfer_refused(&share.key(), share.sent());
    share.state = state;
    share.refusal = Some(why.to_owned());
    let organization = share.organization;
    let mut deeds = vec![
        Deed::Post(journal),
        Deed::SetTransfer(share.clone()),
        Deed::StartIfOwing(organization),
    ];
    deeds.extend(again.map(|at| Deed::StartAgain { organization, at }));
    deeds
}
