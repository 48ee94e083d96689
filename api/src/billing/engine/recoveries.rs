//! What payees give back: what each owes, and what is taken for it from where.

use super::look_up::tags;
use super::{Deed, Fit, Unfit};
use crate::billing::model::{
    AllocationError, Cause, Journal, NewCall, NewNetting, Recovery, RecoveryState, Reversal,
    ReversalState, ReversalStep, Sent, Transfer, plan_nettings, plan_reversals, shares_given_back,
    what_each_has,
};
use crate::engagements::{Milestone, Party, Share};
use crate::kernel::id::{MilestoneId, NettingId, RecoveryId, StripeCallId, VendorId};
use crate::kernel::money::Money;
use crate::outside::payments::{Ask, NewReversal, Reversal as Taken};
use crate::platform::clock::Ids;
use std::collections::HashMap;

/// What each party gives when so much of what was released goes back.
pub fn parts_of(
    milestone: &Milestone,
    frozen: &[Share],
    moved: (&[Transfer], &[Recovery]),
    back: Money,
) -> Result<Vec<Share>, AllocationError> {
    let have = what_each_has(frozen, milestone.with_payees(), moved)?;
    let rest = milestone.with_payees().checked_sub(back)?;
    shares_given_back(frozen, &have, (rest, back))
}

/// What each payee owes of these parts; the operator owes nobody.
pub fn debts_of(
    ids: &Ids,
    milestone: MilestoneId,
    (cause, state): (Cause, RecoveryState),
    parts: &[Share],
) -> Vec<Recovery> {
    let owed = |share: &Share| {
        let organization = share.organization.filter(|_| share.amount.minor() > 0)?;
        let nothing = Money::zero(share.amount.currency());
        Some(Recovery {
            id: ids.next(),
            milestone,
            cause,
            party: share.party,
            organization,
            amount: share.amount,
            netted: nothing,
            reversed: nothing,
            state,
        })
    };
    parts.iter().filter_map(owed).collect()
}

/// Lets shares that were not sent pay what their payees owe; answers what does, and the journals.
pub fn net(
    ids: &Ids,
    debts: &mut [Recovery],
    shares: &mut [Transfer],
) -> (Vec<(NettingId, NewNetting)>, Vec<Journal>) {
    let planned = plan_nettings(debts, shares);
    let new: Vec<(NettingId, NewNetting)> =
        planned.into_iter().map(|netting| (ids.next(), netting)).collect();
    let journal = |(id, netting): &(NettingId, NewNetting)| {
        let share = shares.iter().find(|share| share.id == netting.transfer)?;
        let whose = (share.party, share.organization);
        Some(Journal::netting(*id, share.milestone, whose, netting))
    };
    let journals = new.iter().filter_map(journal).collect();
    (new, journals)
}

/// Asks Stripe for what is owed still, of the transfers of the same shares. `may` are the debts of
/// which a reversal may be asked.
pub fn reverse(
    ids: &Ids,
    vendor: VendorId,
    mut debts: Vec<Recovery>,
    (may, sent): (&[RecoveryId], &mut HashMap<(MilestoneId, Party), Vec<Sent>>),
) -> Vec<Deed> {
    debts.retain(|debt| debt.open().minor() > 0 && may.contains(&debt.id));
    let planned = plan_reversals(&mut debts, sent);
    let mut rows = Vec::new();
    let mut calls = Vec::new();
    for (id, from) in planned {
        let Some(debt) = debts.iter().find(|debt| debt.id == id) else { continue };
        let reversal = asked(ids, debt, &from);
        calls.push(Deed::Call(call(ids, vendor, &reversal, from.stripe_transfer)));
        rows.push(reversal);
    }
    if rows.is_empty() {
        return Vec::new();
    }
    let mut deeds = vec![Deed::AddReversals(rows)];
    deeds.extend(calls);
    deeds
}

fn asked(ids: &Ids, debt: &Recovery, from: &Sent) -> Reversal {
    Reversal {
        id: ids.next(),
        recovery: debt.id,
        transfer: from.transfer,
        milestone: debt.milestone,
        organization: debt.organization,
        amount: from.left,
        state: ReversalState::Asked,
        stripe_reversal: None,
        refusal: None,
    }
}

fn call(ids: &Ids, vendor: VendorId, reversal: &Reversal, transfer: String) -> NewCall {
    let id: StripeCallId = ids.next();
    let marks = [("attache_milestone", reversal.milestone.to_string())];
    let tags = tags(vendor, id, &marks);
    let ask = Ask::CreateReversal(NewReversal { transfer, amount: reversal.amount, tags });
    NewCall { id, subject: reversal.id.0, ask, key: format!("rev:{}:1", reversal.id) }
}

/// Stripe took the money back from the payee's account.
pub fn confirmed(mut reversal: Reversal, party: Party, taken: &Taken) -> Fit<Vec<Deed>> {
    let Some(state) = reversal.state.after(ReversalStep::Confirm) else { return Ok(Vec::new()) };
    let amount = Money::new(taken.amount, taken.currency);
    if amount != reversal.amount {
        let what = format!("reversal {} took {amount}, not {}", taken.id, reversal.amount);
        return Err(Unfit(what));
    }
    let journal = Journal::reversal_paid(&reversal, party, &taken.id);
    reversal.state = state;
    reversal.stripe_reversal = Some(taken.id.clone());
    let name = Deed::Name { object: taken.id.clone(), of: reversal.id.0 };
    let follow = taken.balance_transaction.as_ref().map(|movement| Deed::Follow {
        milestone: reversal.milestone,
        transaction: movement.id().to_owned(),
        source: taken.id.clone(),
    });
    let mut deeds = vec![Deed::Post(journal), Deed::SetReversal(reversal), name];
    deeds.extend(follow);
    Ok(deeds)
}

/// Stripe said no for good, mostly since the account has too little: it stays owed, and what the
/// payee earns next pays it.
pub fn refused(mut reversal: Reversal, why: &str) -> Vec<Deed> {
    let Some(state) = reversal.state.after(ReversalStep::Refuse) else { return Vec::new() };
    let organization = reversal.organization;
    reversal.state = state;
    reversal.refusal = Some(why.to_owned());
    vec![Deed::SetReversal(reversal), Deed::Start { organization, again: false }]
}
