//! A book in memory that refuses what the database refuses, by the same names.
//!
//! What is refused here was decided wrongly: the engine never writes what the database would not
//! take, so a refusal is a violation.

use super::ledger::Account;
use super::stripe::About;
use super::{Check, Violation};
use crate::billing::engine::Deed;
use crate::billing::model::{
    Call, CallState, Cause, Dispute, DisputeState, Journal, NewCall, NewNetting, Payment,
    PaymentState, Recovery, RecoveryState, Refund, RefundState, Release, Reversal, ReversalState,
    Transfer, TransferState,
};
use crate::engagements::{Milestone, MilestoneState, Share};
use crate::kernel::id::{
    MilestoneId, OrganizationId, PaymentId, RecoveryId, RefundId, ReleaseId, ReversalId,
    StripeCallId, TransferId,
};
use crate::kernel::money::Money;
use chrono::{DateTime, Duration, Utc};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// What a worker does for a job.
#[derive(Debug, Clone, PartialEq)]
pub enum Work {
    Call(StripeCallId),
    Start {
        organization: OrganizationId,
        again: bool,
    },
    Settle {
        transaction: String,
        source: String,
        milestone: MilestoneId,
        look: u32,
    },
    /// What became of a payment is looked up.
    Sync(PaymentId, Option<String>),
    Refund(RefundId, String),
    Dispute(PaymentId, String),
    Account(OrganizationId),
    /// The acceptance of a milestone releases what is held.
    Release(MilestoneId),
    News(About),
}

#[derive(Debug, Clone)]
pub struct Job {
    pub work: Work,
    pub run_at: DateTime<Utc>,
    /// Until when whose it is.
    pub lease: Option<(u64, DateTime<Utc>)>,
}

/// Every row of billing, as it was committed.
#[derive(Debug, Clone, Default)]
pub struct Book {
    pub now: DateTime<Utc>,
    pub milestones: BTreeMap<MilestoneId, Milestone>,
    pub shares: BTreeMap<MilestoneId, Vec<Share>>,
    pub payments: BTreeMap<PaymentId, Payment>,
    pub releases: BTreeMap<ReleaseId, Release>,
    pub transfers: BTreeMap<TransferId, Transfer>,
    pub refunds: BTreeMap<RefundId, Refund>,
    pub recoveries: BTreeMap<RecoveryId, Recovery>,
    pub reversals: BTreeMap<ReversalId, Reversal>,
    pub disputes: BTreeMap<String, Dispute>,
    pub calls: BTreeMap<StripeCallId, Call>,
    pub jobs: BTreeMap<u64, Job>,
    /// Names of objects at Stripe, and whose they are here.
    pub names: BTreeMap<String, Uuid>,
    /// Movements that were read, and whether what can be used of them was booked.
    pub moved: BTreeMap<String, bool>,
    pub ready: BTreeMap<OrganizationId, String>,
    pub facts: BTreeSet<String>,
    pub balances: BTreeMap<Account, i64>,
    /// What facts did to the credits of customers.
    pub credits: BTreeMap<String, i64>,
    /// Whether the engagement takes no money any more.
    pub lapsed: bool,
    keys: BTreeSet<String>,
    once: BTreeSet<String>,
    last_job: u64,
}

fn refuse(constraint: &str, what: impl std::fmt::Display) -> Check<()> {
    Err(Violation(format!("the database refuses it: {constraint}: {what}")))
}

pub fn that(holds: bool, constraint: &str, what: impl std::fmt::Display) -> Check<()> {
    if holds { Ok(()) } else { refuse(constraint, what) }
}

pub fn plus(amount: Money, minor: i64) -> Money {
    Money::new(amount.minor() + minor, amount.currency())
}

impl Book {
    /// Writes what was decided, in its order; journals come last, as in the program.
    pub fn write(&mut self, deeds: Vec<Deed>) -> Check<()> {
        let mut journals = Vec::new();
        for deed in deeds {
            match deed {
                Deed::Post(journal) => journals.push(journal),
                deed => self.write_row(deed)?,
            }
        }
        self.post(&journals)
    }

    fn write_row(&mut self, deed: Deed) -> Check<()> {
        match deed {
            Deed::Call(new) => self.add_call(new),
            Deed::SetTransfer(share) => self.set_transfer(share),
            Deed::AddRefund(refund) => self.add_refund(refund),
            Deed::SetRefund(refund) => self.set_refund(refund),
            Deed::SetReversal(reversal) => self.set_reversal(reversal),
            Deed::AddReversals(rows) => rows.into_iter().try_for_each(|row| self.reverse(row)),
            Deed::AddRecoveries(debts) => debts.into_iter().try_for_each(|debt| self.owe(debt)),
            Deed::AddNettings(rows) => rows.iter().try_for_each(|(_, row)| self.net(row)),
            Deed::MakeDue(refund) => self.make_due(refund),
            Deed::KeepAfterAll(refund) => self.keep_after_all(&refund),
            Deed::Name { object, of } => {
                self.names.entry(object).or_insert(of);
                Ok(())
            }
            Deed::Follow { milestone, transaction, source } => {
                self.follow(Work::Settle { transaction, source, milestone, look: 0 }, self.now);
                Ok(())
            }
            Deed::Start { organization, again } => {
                self.add_job(Work::Start { organization, again }, self.now);
                Ok(())
            }
            Deed::StartAgain { organization, at } => {
                self.add_job(Work::Start { organization, again: true }, at);
                Ok(())
            }
            Deed::StartIfOwing(organization) => {
                if self.debts(&[organization]).iter().any(|debt| debt.open().minor() > 0) {
                    self.add_job(Work::Start { organization, again: false }, self.now);
                }
                Ok(())
            }
            Deed::Post(journal) => self.post(&[journal]),
        }
    }

    pub fn add_call(&mut self, new: NewCall) -> Check<()> {
        that(self.keys.insert(new.key.clone()), "stripe_calls_idem_key_key", &new.key)?;
        let live = self.calls.values().any(|call| {
            call.subject == new.subject
                && !matches!(call.state, CallState::Done | CallState::Refused)
        });
        that(!live, "one live call a subject", &new.key)?;
        let NewCall { id, subject, ask, key } = new;
        let state = CallState::Queued;
        let call =
            Call { id, subject, ask, key, state, attempts: 0, first_sent_at: None, trouble: None };
        self.calls.insert(id, call);
        self.add_job(Work::Call(id), self.now);
        Ok(())
    }

    pub fn set_call(&mut self, call: &Call) -> Check<()> {
        let known = &self.calls[&call.id];
        let over = matches!(known.state, CallState::Done | CallState::Refused);
        that(!over || known.state == call.state, "no state goes back", &call.key)?;
        that(known.key == call.key, "a call keeps its key", &call.key)?;
        self.calls.insert(call.id, call.clone());
        Ok(())
    }

    pub fn add_job(&mut self, work: Work, run_at: DateTime<Utc>) -> u64 {
        self.last_job += 1;
        self.jobs.insert(self.last_job, Job { work, run_at, lease: None });
        self.last_job
    }

    /// A job that is written once for its name.
    pub fn add_once(&mut self, name: String, work: Work, run_at: DateTime<Utc>) {
        if self.once.insert(name) {
            self.add_job(work, run_at);
        }
    }

    pub fn follow(&mut self, work: Work, at: DateTime<Utc>) {
        if let Work::Settle { transaction, look, .. } = &work {
            self.add_once(format!("settle:{transaction}:{look}"), work, at);
        }
    }

    pub fn set_payment(&mut self, payment: &Payment) -> Check<()> {
        let known = self.payments[&payment.id].state;
        let over = matches!(known, PaymentState::Paid | PaymentState::Returned);
        that(!over || known == payment.state, "no state goes back", payment.id)?;
        self.payments.insert(payment.id, payment.clone());
        Ok(())
    }

    /// As the trigger `count_release` and the constraint `milestones_released` do.
    pub fn add_release(&mut self, release: Release) -> Check<()> {
        let milestone = self.milestones.get_mut(&release.milestone).unwrap();
        let fits = match release.acceptance {
            true => milestone.state == MilestoneState::Accepted,
            false => milestone.state.is_held(),
        };
        that(fits, "releases_of_held", release.id)?;
        that(release.amount.minor() > 0, "releases_amount_positive", release.id)?;
        milestone.released = plus(milestone.released, release.amount.minor());
        that(milestone.rest().minor() >= 0, "milestones_released", release.id)?;
        self.releases.insert(release.id, release);
        Ok(())
    }

    pub fn add_transfers(&mut self, shares: &[Transfer]) -> Check<()> {
        for share in shares {
            let twice = |one: &Transfer| one.release == share.release && one.party == share.party;
            that(!self.transfers.values().any(twice), "transfers_party_key", share.id)?;
            that(share.amount.minor() > 0, "transfers_amount_positive", share.id)?;
            self.transfers.insert(share.id, share.clone());
        }
        Ok(())
    }

    /// What is counted of it stays with the rows that count it.
    fn set_transfer(&mut self, new: Transfer) -> Check<()> {
        let name = new.stripe_transfer.clone().filter(|_| new.state == TransferState::Paid);
        let known =
            |one: &Transfer| one.id != new.id && name.is_some() && one.stripe_transfer == name;
        that(!self.transfers.values().any(known), "transfers_stripe_transfer_key", new.id)?;
        let row = self.transfers.get_mut(&new.id).unwrap();
        let over = matches!(row.state, TransferState::Paid | TransferState::Netted);
        that(!over || row.state == new.state, "no state goes back", new.id)?;
        let paid = (new.state == TransferState::Paid) == new.stripe_transfer.is_some();
        that(paid, "transfers_paid", new.id)?;
        row.state = new.state;
        row.attempt = new.attempt;
        row.stripe_transfer = new.stripe_transfer;
        row.refusal = new.refusal;
        row.asked_at = new.asked_at;
        Ok(())
    }

    fn net(&mut self, netting: &NewNetting) -> Check<()> {
        let part = netting.amount.minor();
        let debt = self.recoveries.get_mut(&netting.recovery).unwrap();
        debt.netted = plus(debt.netted, part);
        let within = debt.state == RecoveryState::Due && debt.open().minor() >= 0 && part > 0;
        that(within, "recoveries_within", debt.id)?;
        let payee = debt.organization;
        let share = self.transfers.get_mut(&netting.transfer).unwrap();
        let unsent = matches!(share.state, TransferState::Waiting | TransferState::Refused);
        that(unsent && share.organization == payee, "nettings_of_unsent", share.id)?;
        share.netted = plus(share.netted, part);
        that(share.sent().minor() >= 0, "transfers_netted", share.id)?;
        if share.sent().minor() == 0 {
            share.state = TransferState::Netted;
            share.refusal = None;
        }
        Ok(())
    }

    fn add_refund(&mut self, refund: Refund) -> Check<()> {
        let payment = &self.payments[&refund.payment];
        let counts = |one: &&Refund| !(one.released && one.state == RefundState::Refused);
        let others = self.refunds.values().filter(|one| one.payment == payment.id);
        let back: i64 = others.filter(counts).map(|one| one.amount.minor()).sum();
        let within = payment.paid_at.is_some()
            && back + refund.amount.minor() <= payment.amount.minor()
            && refund.amount.minor() > 0;
        that(within, "refunds_within_payment", refund.id)?;
        self.refunds.insert(refund.id, refund);
        Ok(())
    }

    fn set_refund(&mut self, new: Refund) -> Check<()> {
        let known = self.refunds[&new.id].state;
        let forward = match known {
            RefundState::Asked => true,
            RefundState::Paid => matches!(new.state, RefundState::Paid | RefundState::Failed),
            RefundState::Refused | RefundState::Failed => new.state == known,
        };
        that(forward, "no state goes back", new.id)?;
        self.refunds.insert(new.id, new);
        Ok(())
    }

    fn owe(&mut self, debt: Recovery) -> Check<()> {
        let twice = |one: &Recovery| one.cause == debt.cause && one.party == debt.party;
        that(!self.recoveries.values().any(twice), "recoveries_refund_key", debt.id)?;
        that(debt.amount.minor() > 0, "recoveries_amount_positive", debt.id)?;
        self.recoveries.insert(debt.id, debt);
        Ok(())
    }

    fn make_due(&mut self, refund: RefundId) -> Check<()> {
        let mut payees = Vec::new();
        for debt in self.recoveries.values_mut() {
            if debt.cause == Cause::Refund(refund) && debt.state == RecoveryState::Asked {
                debt.state = RecoveryState::Due;
                payees.push(debt.organization);
            }
        }
        for organization in payees {
            self.add_job(Work::Start { organization, again: false }, self.now);
        }
        Ok(())
    }

    fn keep_after_all(&mut self, refund: &Refund) -> Check<()> {
        let Refund { id, milestone, amount, .. } = *refund;
        self.give_back(milestone, -amount.minor())?;
        let mut owed = Vec::new();
        for debt in self.recoveries.values_mut() {
            if debt.cause == Cause::Refund(id) && debt.state == RecoveryState::Asked {
                debt.state = RecoveryState::Void;
                owed.push(debt.clone());
            }
        }
        self.post(&[Journal::clawback_refused(id, milestone, amount, &owed)])
    }

    pub fn give_back(&mut self, milestone: MilestoneId, minor: i64) -> Check<()> {
        let row = self.milestones.get_mut(&milestone).unwrap();
        row.given_back = plus(row.given_back, minor);
        let within = (0..=row.released.minor()).contains(&row.given_back.minor());
        that(within, "milestones_given_back", milestone)
    }

    fn reverse(&mut self, row: Reversal) -> Check<()> {
        that(row.amount.minor() > 0, "reversals_amount_positive", row.id)?;
        self.count_reversal(&row, row.amount.minor())?;
        self.reversals.insert(row.id, row);
        Ok(())
    }

    fn count_reversal(&mut self, row: &Reversal, more: i64) -> Check<()> {
        let debt = self.recoveries.get_mut(&row.recovery).unwrap();
        debt.reversed = plus(debt.reversed, more);
        let within = debt.open().minor() >= 0 && debt.state == RecoveryState::Due;
        that(within, "recoveries_within", debt.id)?;
        let share = self.transfers.get_mut(&row.transfer).unwrap();
        share.reversed = plus(share.reversed, more);
        let within = (0..=share.sent().minor()).contains(&share.reversed.minor());
        that(within && share.state == TransferState::Paid, "transfers_reversed", share.id)
    }

    fn set_reversal(&mut self, new: Reversal) -> Check<()> {
        let known = self.reversals[&new.id].state;
        let forward = known == ReversalState::Asked || known == new.state;
        that(forward, "no state goes back", new.id)?;
        if new.state == ReversalState::Refused && known != ReversalState::Refused {
            self.count_reversal(&new, -new.amount.minor())?;
        }
        self.reversals.insert(new.id, new);
        Ok(())
    }

    pub fn keep_dispute(&mut self, dispute: Dispute) -> Check<()> {
        let known = self.disputes.get(&dispute.stripe_dispute).map(|one| one.state);
        let back = known.is_some_and(|known| {
            (known.has_ended() && known != dispute.state)
                || (known == DisputeState::Open && dispute.state == DisputeState::Inquiry)
        });
        that(!back, "no state goes back", &dispute.stripe_dispute)?;
        self.disputes.insert(dispute.stripe_dispute.clone(), dispute);
        Ok(())
    }

    /// What payees owe and nothing is on its way for, oldest first.
    pub fn debts(&self, payees: &[OrganizationId]) -> Vec<Recovery> {
        let open = |debt: &&Recovery| {
            payees.contains(&debt.organization)
                && debt.state == RecoveryState::Due
                && debt.open().minor() > 0
        };
        self.recoveries.values().filter(open).cloned().collect()
    }

    pub fn retry(&mut self, id: u64, seconds: i64) {
        let at = self.now + Duration::seconds(seconds);
        if let Some(job) = self.jobs.get_mut(&id) {
            job.lease = None;
            job.run_at = at;
        }
    }
}
