//! The program's transactions for what is read at Stripe: movements and disputes.

use super::Check;
use super::acts::{Env, cannot};
use super::book::{Book, Work};
use crate::billing::engine::settling::{self, Look};
use crate::billing::engine::{Deed, disputes, recoveries};
use crate::billing::model::{Dispute, DisputeState, PaymentState};
use crate::engagements::Share;
use crate::kernel::id::{MilestoneId, PaymentId};
use crate::kernel::money::Money;
use crate::outside::payments::{BalanceTransaction, Dispute as Object};

impl Book {
    /// A look at a movement; it is looked at again until it can be used.
    pub fn settle(
        &mut self,
        (milestone, source, before): (MilestoneId, &str, u32),
        seen: &BalanceTransaction,
    ) -> Check<()> {
        let look = Look { milestone, source, before };
        settling::is_of(look, seen, self.milestones[&milestone].price).map_err(cannot)?;
        let settled = self.moved.entry(seen.id.clone()).or_default();
        let usable = seen.is_available() && !*settled;
        *settled |= usable;
        let journals = settling::posted(look, seen, usable).map_err(cannot)?;
        self.post(&journals)?;
        if !seen.is_available() {
            let at = settling::again_at(look, seen, self.now);
            let (transaction, source) = (seen.id.clone(), source.to_owned());
            self.follow(Work::Settle { transaction, source, milestone, look: before + 1 }, at);
        }
        Ok(())
    }

    /// A dispute as it was read; `false` when it has to be looked at again.
    pub fn see_dispute(&mut self, env: &Env, id: PaymentId, object: &Object) -> Check<bool> {
        let payment = self.payments[&id].clone();
        if payment.charge.is_none() {
            return Ok(false);
        }
        let known = self.disputes.get(&object.id).cloned();
        let before = known.as_ref().map(|one| one.state);
        let read = disputes::read(&env.ids, &payment, (object, known.as_ref()), self.now);
        let mut dispute = read.map_err(cannot)?;
        let mut journals = Vec::new();
        let mut given = Vec::new();
        if disputes::is_newly_lost(&dispute, before, object) {
            let milestone = &self.milestones[&payment.milestone];
            let credit = self.bank_kept(payment.id).credit;
            let credit = Money::new(credit, dispute.amount.currency());
            let stake = disputes::Stake::of(payment.state, milestone, credit);
            let Some(stake) = stake else { return Ok(false) };
            let back = stake.given_back(dispute.amount);
            if back.minor() > 0 {
                let frozen = &self.shares[&milestone.id];
                let (got, debts) = self.moved_of(milestone.id);
                let parts = recoveries::parts_of(milestone, frozen, (&got, &debts), back);
                given = parts.map_err(cannot)?;
            }
            journals.push(disputes::lost(&dispute, stake, &given).map_err(cannot)?);
        }
        let mut deeds = Vec::new();
        for (at, one) in disputes::movements(object).into_iter().enumerate() {
            journals.insert(at, disputes::moved(&dispute, one).map_err(cannot)?);
            self.moved.entry(one.id.clone()).or_default();
            let (transaction, source) = (one.id.clone(), object.id.clone());
            deeds.push(Deed::Follow { milestone: dispute.milestone, transaction, source });
        }
        deeds.extend(journals.into_iter().map(Deed::Post));
        self.write(deeds)?;
        dispute.frozen |= dispute.state == DisputeState::Open;
        self.keep_dispute(dispute.clone())?;
        if disputes::has_newly_ended(&dispute, before) {
            self.end_dispute(env, &dispute, &given)?;
        }
        Ok(true)
    }

    fn end_dispute(&mut self, env: &Env, dispute: &Dispute, given: &[Share]) -> Check<()> {
        let milestone = self.milestones[&dispute.milestone].clone();
        let funds = self.payments[&dispute.payment].state == PaymentState::Paid;
        if dispute.state == DisputeState::Lost && funds && milestone.state.is_held() {
            self.send_back_part(milestone.id, milestone.held());
        }
        if milestone.released.minor() == 0 {
            return Ok(());
        }
        let (back, debts) = disputes::owed(&env.ids, dispute, given);
        if back.minor() != 0 {
            self.write(vec![Deed::AddRecoveries(debts)])?;
            self.give_back(milestone.id, back.minor())?;
        }
        let shares = &self.shares[&milestone.id];
        let payees: Vec<_> = shares.iter().filter_map(|share| share.organization).collect();
        self.write(disputes::goes_on(&milestone, payees.into_iter()))
    }
}
