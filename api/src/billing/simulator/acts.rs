//! The program's transactions over the book: rows are read, the engine decides, deeds are written.
//! Each stands for the operation of the same name.

use super::book::{Book, Work, plus, that};
use super::{Check, Violation};
use crate::billing::engine::payments::{self, Came, Captured};
use crate::billing::engine::refunds::{self, InTheWay, Whose};
use crate::billing::engine::transfers::{self, Way};
use crate::billing::engine::{Deed, look_up, recoveries};
use crate::billing::model::{
    Charged, DisputeState, NewCall, Payment, PaymentState, PaymentStep, Recovery, RecoveryState,
    Release, Sent, Transfer, TransferState, judge,
};
use crate::engagements::{Milestone, MilestoneState, MilestoneStep, Party};
use crate::kernel::id::{
    EngagementId, MilestoneId, OrganizationId, PaymentId, PersonId, RecoveryId, ReleaseId,
    StripeCallId, VendorId,
};
use crate::kernel::money::Money;
use crate::outside::payments::{Ask, Intent, NewCharge};
use crate::platform::clock::Ids;
use chrono::Duration;
use std::cmp::Ordering;
use std::collections::HashMap;

/// What does not change while a world runs.
#[derive(Clone)]
pub struct Env {
    pub ids: Ids,
    pub vendor: VendorId,
    pub customer: OrganizationId,
    pub person: PersonId,
    pub engagement: EngagementId,
}

pub fn cannot(error: impl std::fmt::Display) -> Violation {
    Violation(format!("the engine cannot decide: {error}"))
}

impl Book {
    pub fn live_payment(&self, milestone: MilestoneId) -> Option<&Payment> {
        self.payments.values().find(|one| one.milestone == milestone && !one.state.is_over())
    }

    pub fn moved_of(&self, milestone: MilestoneId) -> (Vec<Transfer>, Vec<Recovery>) {
        let got = self.transfers.values().filter(|one| one.milestone == milestone);
        let owed = |one: &&Recovery| one.milestone == milestone && one.state != RecoveryState::Void;
        (got.cloned().collect(), self.recoveries.values().filter(owed).cloned().collect())
    }

    pub fn is_with_bank(&self, milestone: MilestoneId) -> bool {
        self.disputes.values().filter(|one| one.milestone == milestone).any(|one| {
            let funds = self.payments[&one.payment].state == PaymentState::Paid;
            one.state == DisputeState::Open || (one.state == DisputeState::Lost && funds)
        })
    }

    fn is_undecided(&self, milestone: MilestoneId) -> bool {
        let open = DisputeState::Open;
        self.disputes.values().any(|one| one.milestone == milestone && one.state == open)
    }

    /// Whether work and money of everything rest, since a bank decides.
    pub fn is_frozen(&self) -> bool {
        self.disputes.values().any(|one| one.state == DisputeState::Open)
    }

    /// A kept card is charged for a milestone without money.
    pub fn begin_charge(&mut self, env: &Env, id: MilestoneId) -> Check<()> {
        let milestone = &self.milestones[&id];
        let takes = milestone.state == MilestoneState::Planned && !self.lapsed;
        if !takes || self.live_payment(id).is_some() {
            return Ok(());
        }
        let amount = milestone.price;
        let payment = Payment {
            id: env.ids.next(),
            milestone: id,
            engagement: env.engagement,
            customer: env.customer,
            amount,
            state: PaymentState::Charging,
            asked_by: env.person,
            method: None,
            mandate: None,
            keeps: false,
            checkout_session: None,
            checkout_url: None,
            expires_at: None,
            payment_intent: None,
            charge: None,
            trouble: None,
            created_at: self.now,
            paid_at: None,
        };
        let call: StripeCallId = env.ids.next();
        let marks =
            [("attache_payment", payment.id.to_string()), ("attache_milestone", id.to_string())];
        let ask = Ask::ChargeSaved(NewCharge {
            amount,
            customer: "cus_1".to_owned(),
            method: "pm_1".to_owned(),
            description: String::new(),
            transfer_group: env.engagement.to_string(),
            tags: look_up::tags(env.vendor, call, &marks),
        });
        let (subject, key) = (payment.id.0, format!("charge:{}:1", payment.id));
        self.payments.insert(payment.id, payment);
        self.add_call(NewCall { id: call, subject, ask, key })
    }

    /// What an intent says of a payment, whoever read it.
    pub fn see_intent(&mut self, env: &Env, id: PaymentId, intent: &Intent) -> Check<()> {
        let mut payment = self.payments[&id].clone();
        self.names.entry(intent.id.clone()).or_insert(id.0);
        let judged = judge(intent);
        if payment.state != PaymentState::Charging && judged != Charged::Paid {
            return Ok(());
        }
        payment.payment_intent = Some(intent.id.clone());
        let step = match judged {
            Charged::Paid => return self.see_charge(env, payment, intent),
            Charged::Declined(_) => PaymentStep::Refuse,
            Charged::Cancelled => PaymentStep::Expire,
            Charged::Asks | Charged::Processing => return Ok(()),
        };
        self.step_payment(payment, step)
    }

    pub fn step_payment(&mut self, mut payment: Payment, step: PaymentStep) -> Check<()> {
        let Some(state) = payment.state.after(step) else { return Ok(()) };
        payment.state = state;
        self.set_payment(&payment)
    }

    fn see_charge(&mut self, env: &Env, mut payment: Payment, intent: &Intent) -> Check<()> {
        let charge = intent.latest_charge.as_ref().and_then(|one| one.object()).unwrap();
        let price = self.milestones[&payment.milestone].price;
        match payments::captured(&mut payment, price, charge, self.now) {
            Captured::Parked => return Ok(()),
            Captured::Differs(why) => return Err(cannot(why)),
            Captured::Known => {}
            Captured::Came(deeds) => {
                self.write(deeds)?;
                self.take(env, &mut payment)?;
            }
        }
        let (milestone, source) = (payment.milestone, charge.id.clone());
        match &charge.balance_transaction {
            Some(moved) => {
                let transaction = moved.id().to_owned();
                self.write(vec![Deed::Follow { milestone, transaction, source }])
            }
            None => {
                let (name, at) = (format!("settled:{}", payment.id), self.now);
                self.add_once(name, Work::Sync(payment.id, None), at + Duration::minutes(65));
                Ok(())
            }
        }
    }

    fn take(&mut self, env: &Env, payment: &mut Payment) -> Check<()> {
        let row = self.milestones.get_mut(&payment.milestone).unwrap();
        let state = row.state.after(MilestoneStep::Fund).ok();
        let state = state.filter(|_| payments::may_fund(payment) && !self.lapsed);
        if let Some(state) = state {
            row.state = state;
        }
        let came = payments::funded(payment, state.is_some());
        if came != Came::Nothing {
            self.set_payment(payment)?;
        }
        if came == Came::GoesBack {
            let back = (payment.amount, "too late");
            let refund = refunds::new(&env.ids, payment, back, false, self.now);
            return self.write(refunds::of_held(&env.ids, whose(env, payment), &refund));
        }
        Ok(())
    }

    /// A part is released; `false` when that is refused.
    pub fn release_part(&mut self, env: &Env, id: MilestoneId, part: Money) -> Check<bool> {
        let held = self.milestones[&id].held();
        let rests = self.is_with_bank(id) || self.is_frozen();
        if held.minor() == 0 || rests || transfers::is_part_of(held, part) != Ordering::Less {
            return Ok(false);
        }
        self.pay_out(env, id, part, false)?;
        Ok(true)
    }

    /// The work is accepted; a job releases what is held.
    pub fn accept(&mut self, id: MilestoneId) -> bool {
        let rests = self.is_frozen();
        let row = self.milestones.get_mut(&id).unwrap();
        let submitted = row.state.after(MilestoneStep::Submit);
        let accepted = submitted.and_then(|state| state.after(MilestoneStep::Accept));
        let Some(state) = accepted.ok().filter(|_| !rests) else { return false };
        row.state = state;
        self.add_job(Work::Release(id), self.now);
        true
    }

    /// The reaction to an acceptance.
    pub fn release_rest(&mut self, env: &Env, id: MilestoneId) -> Check<()> {
        let left = self.milestones[&id].rest();
        if left.minor() == 0 { Ok(()) } else { self.pay_out(env, id, left, true) }
    }

    fn pay_out(
        &mut self,
        env: &Env,
        id: MilestoneId,
        amount: Money,
        acceptance: bool,
    ) -> Check<()> {
        let (got, debts) = self.moved_of(id);
        let milestone = &self.milestones[&id];
        let shares = transfers::shares_of(milestone, &self.shares[&id], (&got, &debts), amount);
        let shares = shares.map_err(cannot)?;
        let (by, at, reason) = (None, self.now, String::new());
        let release = env.ids.next::<ReleaseId>();
        let release = Release { id: release, milestone: id, amount, acceptance, reason, by, at };
        let journal = transfers::released(&release, &shares);
        if self.facts.contains(&journal.event_key) {
            return Ok(());
        }
        self.post(&[journal])?;
        let rows = transfers::waiting(&env.ids, &release, &shares);
        self.add_release(release)?;
        self.add_transfers(&rows)?;
        if self.is_undecided(id) {
            return Ok(());
        }
        let payees: Vec<OrganizationId> = rows.iter().map(|row| row.organization).collect();
        let mut debts = self.debts(&payees);
        self.start(env, &mut debts, rows, true)
    }

    fn start(
        &mut self,
        env: &Env,
        debts: &mut [Recovery],
        rows: Vec<Transfer>,
        again: bool,
    ) -> Check<()> {
        let accounts: HashMap<OrganizationId, String> =
            self.ready.iter().map(|(id, name)| (*id, name.clone())).collect();
        let started = transfers::start(&env.ids, debts, (rows, again), &accounts);
        let mut deeds = started.netted;
        for (share, account) in started.sent {
            let charge = self.live_payment(share.milestone).and_then(|one| one.charge.clone());
            let charge = charge.ok_or_else(|| cannot("released without a charge"))?;
            let goes_back = transfers::goes_back(&self.moved_of(share.milestone).1);
            let from_balance = transfers::is_from_balance(&share, goes_back);
            let group = env.engagement.to_string();
            let way = Way {
                vendor: env.vendor,
                account: &account,
                charge: Some(charge.as_str()).filter(|_| !from_balance),
                group: &group,
                description: "",
            };
            deeds.extend(transfers::ask(&env.ids, share, way, self.now));
        }
        self.write(deeds)
    }

    /// The job that starts what an organization waits for.
    pub fn start_transfers(&mut self, env: &Env, payee: OrganizationId, again: bool) -> Check<()> {
        let mut debts = self.debts(&[payee]);
        let waits = |one: &&Transfer| {
            let unsent = matches!(one.state, TransferState::Waiting | TransferState::Refused);
            one.organization == payee && unsent && !self.is_undecided(one.milestone)
        };
        let waiting = self.transfers.values().filter(waits).cloned().collect();
        self.start(env, &mut debts, waiting, again)?;
        let (may, mut sent) = self.sent_for(&debts);
        self.write(recoveries::reverse(&env.ids, env.vendor, debts, (&may, &mut sent)))
    }

    /// Debts of which a reversal may be asked, and the transfers of their shares.
    fn sent_for(
        &self,
        debts: &[Recovery],
    ) -> (Vec<RecoveryId>, HashMap<(MilestoneId, Party), Vec<Sent>>) {
        let mut all: HashMap<(MilestoneId, Party), Vec<Sent>> = HashMap::new();
        let mut may = Vec::new();
        for debt in debts {
            if self.was_refused(debt.id) {
                continue;
            }
            let of_share = |one: &&Transfer| {
                one.milestone == debt.milestone
                    && one.party == debt.party
                    && one.state == TransferState::Paid
            };
            let sent = |one: &Transfer| Sent {
                transfer: one.id,
                stripe_transfer: one.stripe_transfer.clone().unwrap(),
                left: plus(one.sent(), -one.reversed.minor()),
            };
            may.push(debt.id);
            all.entry((debt.milestone, debt.party))
                .or_insert_with(|| self.transfers.values().filter(of_share).map(sent).collect());
        }
        (may, all)
    }

    pub fn was_refused(&self, debt: RecoveryId) -> bool {
        let refused = crate::billing::model::ReversalState::Refused;
        self.reversals.values().any(|one| one.recovery == debt && one.state == refused)
    }

    /// Money goes back, of what is held or was released; `false` when that is refused.
    pub fn refund(
        &mut self,
        env: &Env,
        id: MilestoneId,
        (part, released): (Money, bool),
    ) -> Check<bool> {
        let milestone = self.milestones[&id].clone();
        let payment = self.live_payment(id).filter(|one| one.state == PaymentState::Paid).cloned();
        let Some(payment) = payment else { return Ok(false) };
        let bank = self.is_with_bank(id);
        let may = refunds::is_there(&milestone, released)
            .and_then(|()| refunds::is_within(&milestone, part, released))
            .and_then(|()| refunds::nothing_in_the_way(InTheWay { bank, sides: false }));
        if may.is_err() {
            return Ok(false);
        }
        that(!bank, "nothing goes back that a bank has", id)?;
        let refund = refunds::new(&env.ids, &payment, (part, "wished"), released, self.now);
        let whose = whose(env, &payment);
        if !released {
            self.write(refunds::of_held(&env.ids, whose, &refund))?;
            self.send_back_part(id, part);
            return Ok(true);
        }
        let (got, debts) = self.moved_of(id);
        let parts = recoveries::parts_of(&milestone, &self.shares[&id], (&got, &debts), part);
        let parts = parts.map_err(cannot)?;
        self.write(refunds::of_released(&env.ids, whose, &refund, &parts))?;
        self.give_back(id, part.minor())?;
        Ok(true)
    }

    /// As `engagements::send_back_part`.
    pub fn send_back_part(&mut self, id: MilestoneId, part: Money) {
        let row = self.milestones.get_mut(&id).unwrap();
        let none_left = row.rest() == part;
        row.sent_back = plus(row.sent_back, part.minor());
        if none_left {
            let settled = row.released.minor() > 0;
            row.state = if settled { MilestoneState::Settled } else { MilestoneState::Refunded };
        }
    }
}

fn whose<'a>(env: &Env, payment: &'a Payment) -> Whose<'a> {
    let charge = payment.charge.as_deref().unwrap_or_default();
    Whose { vendor: env.vendor, engagement: env.engagement, charge }
}

/// A milestone without money, for a world's beginning.
pub fn planned(env: &Env, seq: i32, price: Money) -> Milestone {
    Milestone::planned(env.ids.next(), env.engagement, seq, price)
}
