//! What answers of Stripe's lead to: the conclusion of a call and all that follows, in one commit.

use super::Check;
use super::acts::{Env, cannot};
use super::book::{Book, Work};
use super::shown::read;
use crate::billing::engine::calls::{self, Follows};
use crate::billing::engine::{recoveries, refunds, transfers};
use crate::billing::model::{BankKept, Creditor, Dispute, DisputeState, PaymentStep, Refund};
use crate::kernel::id::{PaymentId, RefundId, ReversalId, StripeCallId, TransferId};
use crate::outside::payments::{Ask, Refund as SentBack};
use serde_json::Value;

impl Book {
    pub fn see_refund(&mut self, id: RefundId, sent: &SentBack) -> Check<()> {
        let mut refund = self.refunds[&id].clone();
        let of = self.creditor(&refund);
        let (deeds, _) = refunds::seen(&mut refund, of, sent, self.now).map_err(cannot)?;
        self.write(deeds)
    }

    fn creditor(&self, refund: &Refund) -> Creditor {
        let payment = &self.payments[&refund.payment];
        let (customer, kept) = (payment.customer, self.bank_kept(payment.id));
        if kept.lost == 0 {
            return Creditor { customer, due: refund.amount };
        }
        let others: Vec<Refund> = self.refunds.values().cloned().collect();
        let stays = refunds::stays(payment.state, &self.milestones[&refund.milestone]);
        Creditor { customer, due: refunds::due(refund, payment, stays, (&others, kept)) }
    }

    /// What the customer has of a payment by lost disputes, and as a credit.
    pub fn bank_kept(&self, payment: PaymentId) -> BankKept {
        let own = self.disputes.values().filter(|one| one.payment == payment);
        let is_lost = |one: &&Dispute| one.state == DisputeState::Lost;
        let lost = own.clone().filter(is_lost).map(|one| one.amount.minor()).sum();
        let taken = own.map(|one| format!("dispute:{}:", one.stripe_dispute));
        let refunds = self.refunds.values().filter(|one| one.payment == payment);
        let keys: Vec<String> =
            refunds.map(|one| format!("refund:{}:", one.id)).chain(taken).collect();
        let of = |key: &&String| keys.iter().any(|own| key.starts_with(own));
        let credit = self.credits.iter().filter(|(key, _)| of(key)).map(|(_, minor)| minor).sum();
        BankKept { lost, credit }
    }

    /// Concludes an attempt of a call, with all that follows.
    pub fn conclude(&mut self, env: &Env, id: StripeCallId, outcome: calls::Outcome) -> Check<()> {
        let mut call = self.calls[&id].clone();
        let Some(follows) = calls::conclude(&mut call, outcome, self.now) else { return Ok(()) };
        match follows {
            Follows::Made(object) => self.made(env, &call.ask, call.subject, object)?,
            Follows::Refused { why, anew } => {
                self.refused(&call.ask, call.subject, &why)?;
                if anew {
                    let organization = self.transfers[&TransferId(call.subject)].organization;
                    self.add_job(Work::Start { organization, again: true }, self.now);
                }
            }
            Follows::Again(at) => {
                self.add_once(format!("{id}:{}", call.attempts), Work::Call(id), at);
            }
            Follows::Lost | Follows::Stopped | Follows::Nothing => {}
        }
        self.set_call(&call)
    }

    fn made(&mut self, env: &Env, ask: &Ask, of: uuid::Uuid, object: Value) -> Check<()> {
        match ask {
            Ask::CreateTransfer(_) => {
                let mut share = self.transfers[&TransferId(of)].clone();
                let deeds = transfers::confirmed(&mut share, &read(object)).map_err(cannot)?;
                self.write(deeds)
            }
            Ask::CreateReversal(_) => {
                let row = self.reversals[&ReversalId(of)].clone();
                let party = self.recoveries[&row.recovery].party;
                let deeds = recoveries::confirmed(row, party, &read(object)).map_err(cannot)?;
                self.write(deeds)
            }
            Ask::CreateRefund(_) => self.see_refund(RefundId(of), &read(object)),
            _ => self.see_intent(env, PaymentId(of), &read(object)),
        }
    }

    fn refused(&mut self, ask: &Ask, of: uuid::Uuid, why: &str) -> Check<()> {
        match ask {
            Ask::CreateTransfer(_) => {
                let mut share = self.transfers[&TransferId(of)].clone();
                let goes_back = transfers::goes_back(&self.moved_of(share.milestone).1);
                let again = transfers::again_at(&share, goes_back, self.now);
                let deeds = transfers::refused(&mut share, why, again);
                self.write(deeds)
            }
            Ask::CreateReversal(_) => {
                let row = self.reversals[&ReversalId(of)].clone();
                self.write(recoveries::refused(row, why))
            }
            Ask::CreateRefund(_) => {
                let mut refund = self.refunds[&RefundId(of)].clone();
                let of = self.creditor(&refund);
                let (deeds, _) = refunds::refused(&mut refund, of, why, self.now);
                self.write(deeds)
            }
            _ => self.step_payment(self.payments[&PaymentId(of)].clone(), PaymentStep::Refuse),
        }
    }
}
