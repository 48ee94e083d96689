//! Release: held money goes to its payees, each share once: of a part, or of an acceptance.

use super::calls::{keep, tags};
use super::pay::transfer_group;
use super::posting::{post_each_once, post_once};
use super::{recover, settle};
use crate::app::App;
use crate::billing::model::{
    Call, Journal, Recovery, Release, Transfer, TransferPaid, TransferRefused, TransferState,
    TransferStep, shares_released,
};
use crate::billing::store::{self, NewCall};
use crate::engagements::{self, Milestone, MilestoneAccepted, Note, Share, Topic};
use crate::kernel::id::{OrganizationId, StripeCallId, TransferId};
use crate::kernel::money::Money;
use crate::outside::payments::{Ask, NewTransfer, Transfer as Sent};
use crate::platform::db::Tx;
use crate::platform::failpoint;
use crate::platform::jobs::{NewJob, enqueue, event};
use crate::platform::refusal::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The kind of job that starts the transfers an organization waits for.
pub const START_JOB: &str = "start-transfers";

#[derive(Serialize, Deserialize)]
pub struct StartJob {
    pub organization: OrganizationId,
    /// Whether what was refused is tried again, as when the account was mended.
    #[serde(default = "yes")]
    pub again: bool,
}

const fn yes() -> bool {
    true
}

/// Transfers that one transaction starts.
const BATCH: i64 = 25;

/// Reaction: splits what is held by the frozen shares, and starts the transfers of those payees
/// that can be paid. The others keep what they earned until they can.
pub async fn release_milestone(app: &App, tx: &mut Tx, fact: &MilestoneAccepted) -> Result<()> {
    failpoint::passed(&["crash_point_18"]);
    let (_, milestone) = engagements::lock_milestone(tx, fact.milestone).await?;
    let left = milestone.rest();
    let release = Release {
        id: app.ids.next(),
        milestone: milestone.id,
        amount: left,
        acceptance: true,
        reason: String::new(),
        by: fact.by,
        at: app.clock.now(),
    };
    if left.minor() == 0 || pay_out(app, tx, &milestone, &release).await?.is_none() {
        return Ok(());
    }
    let line = format!("Milestone {}, {}: {left} released.", fact.seq, fact.milestone_title);
    let facts = json!({ "milestone": fact.milestone, "seq": fact.seq, "price": left });
    let note = Note::new(Topic::Money, "milestone-released", line).facts(facts).by(fact.by);
    engagements::note(app, tx, fact.of.engagement, note).await
}

/// What a release of so much brings each party; together they get it.
pub async fn shares_of(tx: &mut Tx, milestone: &Milestone, part: Money) -> Result<Vec<Share>> {
    let frozen = engagements::shares(tx, milestone.id).await?;
    let have = recover::each_has(tx, milestone, &frozen).await?;
    let net = milestone.with_payees().checked_add(part).map_err(Error::fault)?;
    shares_released(&frozen, &have, (net, part)).map_err(Error::fault)
}

/// Splits a release of a locked milestone and starts its transfers: journal, rows and calls are one
/// transaction. Answers the shares; nothing when it was posted before.
pub async fn pay_out(
    app: &App,
    tx: &mut Tx,
    milestone: &Milestone,
    release: &Release,
) -> Result<Option<Vec<Share>>> {
    let (id, amount) = (milestone.id, release.amount);
    let shares = shares_of(tx, milestone, amount).await?;
    let journal = match release.acceptance {
        true => Journal::accept(id, amount, &shares),
        false => Journal::release(release.id, id, amount, &shares),
    };
    if !post_once(app, tx, &journal).await? {
        return Ok(None);
    }
    store::insert_release(tx, release).await?;
    let transfers: Vec<Transfer> =
        shares.iter().filter_map(|share| waiting(app, release, share)).collect();
    store::insert_transfers(tx, &transfers).await?;
    if !store::is_undecided(tx, id).await? {
        let payees: Vec<OrganizationId> = transfers.iter().map(|t| t.organization).collect();
        let mut debts = store::lock_debts(tx, &payees).await?;
        start(app, tx, &mut debts, (transfers, true)).await?;
    }
    // Else its bank has the money: what is earned waits until that decides.
    Ok(Some(shares))
}

fn waiting(app: &App, release: &Release, share: &Share) -> Option<Transfer> {
    let organization = share.organization.filter(|_| share.amount.minor() > 0)?;
    Some(Transfer {
        id: app.ids.next(),
        milestone: release.milestone,
        release: release.id,
        acceptance: release.acceptance,
        party: share.party,
        organization,
        amount: share.amount,
        netted: Money::zero(share.amount.currency()),
        reversed: Money::zero(share.amount.currency()),
        state: TransferState::Waiting,
        attempt: 0,
        stripe_transfer: None,
        refusal: None,
        asked_at: None,
    })
}

/// Job: starts what an organization waits for, now that it can be paid; in the job's transaction.
/// What it owes is paid first, by what was not sent and then from its account.
pub async fn start_transfers(app: &App, tx: &mut Tx, job: &StartJob) -> Result<()> {
    failpoint::passed(&["crash_point_15"]);
    let StartJob { organization, again } = *job;
    let mut debts = store::lock_debts(tx, &[organization]).await?;
    let waiting = store::transfers_to_start(tx, organization, BATCH).await?;
    let full = waiting.len() >= usize::try_from(BATCH).unwrap_or(usize::MAX);
    let moved = start(app, tx, &mut debts, (waiting, again)).await?;
    if full && moved > 0 {
        return queue_start(app, tx, organization, again).await;
    }
    recover::reverse(app, tx, debts).await
}

/// `again` tries what was refused again.
pub async fn queue_start(
    app: &App,
    tx: &mut Tx,
    organization: OrganizationId,
    again: bool,
) -> Result<()> {
    let job = NewJob::new(START_JOB, &StartJob { organization, again })?.for_vendor(tx.vendor()?);
    enqueue(tx, &app.ids, job).await
}

/// Begins a refused transfer anew, by a job of the same transaction.
pub async fn start_again(app: &App, tx: &mut Tx, id: TransferId) -> Result<()> {
    let payee = store::payee_of(tx, id).await?;
    queue_start(app, tx, payee, true).await
}

/// Shares pay what their payees owe; what is left of them is sent. One that was refused is sent
/// again with `again`, or when less of it is left. Answers how many facts followed.
async fn start(
    app: &App,
    tx: &mut Tx,
    debts: &mut [Recovery],
    (mut transfers, again): (Vec<Transfer>, bool),
) -> Result<usize> {
    let before: Vec<Money> = transfers.iter().map(|transfer| transfer.netted).collect();
    let mut journals = recover::net(app, tx, debts, &mut transfers).await?;
    let payees: Vec<OrganizationId> = transfers.iter().map(|t| t.organization).collect();
    let accounts = store::ready_accounts(tx, &payees).await?;
    for (transfer, netted) in transfers.into_iter().zip(before) {
        let is_new = transfer.state == TransferState::Waiting || transfer.netted != netted;
        if let Some(account) = accounts.get(&transfer.organization).filter(|_| again || is_new) {
            journals.extend(ask(app, tx, transfer, account).await?);
        }
    }
    post_each_once(app, tx, &journals).await
}

/// Puts one share on its way, and answers its journal: that, the call and its job are one
/// transaction.
async fn ask(
    app: &App,
    tx: &mut Tx,
    mut transfer: Transfer,
    account: &str,
) -> Result<Option<Journal>> {
    let Some(state) = transfer.state.after(TransferStep::Ask) else { return Ok(None) };
    let payment = store::live_payment(tx, transfer.milestone).await?;
    let charge = payment.and_then(|payment| payment.charge).ok_or_else(|| {
        Error::fault(format!("milestone {} was released without a charge", transfer.milestone))
    })?;
    let milestone = engagements::milestone(tx, transfer.milestone).await?;
    let engagement = engagements::engagement(tx, milestone.engagement).await?;
    transfer.state = state;
    transfer.attempt += 1;
    transfer.asked_at = Some(app.clock.now());
    transfer.refusal = None;
    let call: StripeCallId = app.ids.next();
    let marks = [
        ("attache_milestone", transfer.milestone.to_string()),
        ("attache_party", transfer.party.to_string()),
    ];
    let new = NewTransfer {
        amount: transfer.sent(),
        destination: account.to_owned(),
        source_charge: charge,
        transfer_group: transfer_group(&engagement),
        description: format!(
            "{}, milestone {}: {}",
            engagement.label(),
            milestone.seq,
            transfer.party
        ),
        tags: tags(tx, call, &marks)?,
    };
    let (key, subject) = (transfer.key(), transfer.id.0);
    let journal = Journal::transfer_asked(&key, transfer.sent());
    store::set_transfer(tx, &transfer, app.clock.now()).await?;
    let ask = Ask::CreateTransfer(new);
    let new = NewCall { id: call, subject, ask, key: key.idempotency_key() };
    keep(app, tx, &new, true).await?;
    Ok(Some(journal))
}

/// Stripe made the transfer.
pub async fn confirmed(app: &App, tx: &mut Tx, call: &Call, sent: Sent) -> Result<()> {
    let mut transfer = store::lock_transfer(tx, TransferId(call.subject)).await?;
    let Some(state) = transfer.state.after(TransferStep::Confirm) else { return Ok(()) };
    if Money::new(sent.amount, sent.currency) != transfer.sent() {
        let what = format!("transfer {} moved another amount than asked", sent.id);
        return Err(Error::fault(what));
    }
    let journal = Journal::transfer_paid(&transfer.key(), transfer.sent(), &sent.id);
    post_once(app, tx, &journal).await?;
    transfer.state = state;
    transfer.stripe_transfer = Some(sent.id.clone());
    store::set_transfer(tx, &transfer, app.clock.now()).await?;
    store::keep_object(tx, &sent.id, transfer.id.0).await?;
    if let Some(movement) = &sent.balance_transaction {
        settle::follow(app, tx, transfer.milestone, (movement.id(), &sent.id)).await?;
    }
    let milestone = engagements::milestone(tx, transfer.milestone).await?;
    let engagement = engagements::engagement(tx, milestone.engagement).await?;
    let fact = TransferPaid {
        of: engagement.parties(),
        milestone: milestone.id,
        milestone_title: milestone.title,
        organization: transfer.organization,
        amount: transfer.sent(),
    };
    event::state(tx, &app.ids, None, &fact).await?;
    take_what_is_owed(app, tx, transfer.organization).await
}

/// What a payee owes waited for the outcome of this transfer.
async fn take_what_is_owed(app: &App, tx: &mut Tx, payee: OrganizationId) -> Result<()> {
    if store::owes(tx, payee).await? { queue_start(app, tx, payee, false).await } else { Ok(()) }
}

/// Stripe said no for good: the payee is owed again.
pub async fn refused(app: &App, tx: &mut Tx, call: &Call, why: &str) -> Result<()> {
    let mut transfer = store::lock_transfer(tx, TransferId(call.subject)).await?;
    let Some(state) = transfer.state.after(TransferStep::Refuse) else { return Ok(()) };
    post_once(app, tx, &Journal::transfer_refused(&transfer.key(), transfer.sent())).await?;
    transfer.state = state;
    transfer.refusal = Some(why.to_owned());
    store::set_transfer(tx, &transfer, app.clock.now()).await?;
    let milestone = engagements::milestone(tx, transfer.milestone).await?;
    let engagement = engagements::engagement(tx, milestone.engagement).await?;
    let fact = TransferRefused {
        of: engagement.parties(),
        milestone: milestone.id,
        milestone_title: milestone.title,
        organization: transfer.organization,
        amount: transfer.sent(),
        why: why.to_owned(),
    };
    event::state(tx, &app.ids, None, &fact).await?;
    take_what_is_owed(app, tx, transfer.organization).await
}
