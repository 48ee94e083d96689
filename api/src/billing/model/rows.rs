//! Payments, transfers, refunds and calls as they are kept.

use super::ledger::TransferKey;
use super::states::{CallState, PaymentState, RefundState, TransferState};
use crate::engagements::Party;
use crate::kernel::id::{
    DisagreementId, EngagementId, MilestoneId, MoneyApprovalId, OrganizationId, PaymentId,
    PaymentMethodId, PersonId, RefundId, ReleaseId, StripeCallId, TransferId, WeekMandateId,
};
use crate::kernel::money::Money;
use crate::outside::payments::Ask;
use chrono::{DateTime, Utc};

/// A customer's payment of one milestone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    pub id: PaymentId,
    pub milestone: MilestoneId,
    pub engagement: EngagementId,
    pub customer: OrganizationId,
    pub amount: Money,
    pub state: PaymentState,
    pub asked_by: PersonId,
    /// The kept card that is charged; absent for a payment on a page.
    pub method: Option<PaymentMethodId>,
    /// By which it is charged without anybody; absent when somebody pays.
    pub mandate: Option<WeekMandateId>,
    /// Whether the payer wants the card kept for later.
    pub keeps: bool,
    pub checkout_session: Option<String>,
    /// The page to pay on; worth something while the payment is open.
    pub checkout_url: Option<String>,
    /// When that page ends, or the wait for the payer to confirm.
    pub expires_at: Option<DateTime<Utc>>,
    pub payment_intent: Option<String>,
    pub charge: Option<String>,
    /// Why the last card was declined, or what does not fit.
    pub trouble: Option<String>,
    pub created_at: DateTime<Utc>,
    pub paid_at: Option<DateTime<Utc>>,
}

/// Who wants a refund, and by what right beside the role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefundOrigin {
    /// Absent when nobody decided it: the money came too late.
    pub by: Option<PersonId>,
    /// The yes of a second person.
    pub approval: Option<MoneyApprovalId>,
    /// The disagreement whose split it carries out.
    pub disagreement: Option<DisagreementId>,
}

impl RefundOrigin {
    pub const NOBODY: Self = Self { by: None, approval: None, disagreement: None };

    pub const fn person(by: PersonId, approval: Option<MoneyApprovalId>) -> Self {
        Self { by: Some(by), approval, disagreement: None }
    }

    pub const fn split(by: PersonId, disagreement: DisagreementId) -> Self {
        Self { by: Some(by), approval: None, disagreement: Some(disagreement) }
    }
}

/// Held money that became its payees': a part of it before acceptance, or the rest by acceptance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    pub id: ReleaseId,
    pub milestone: MilestoneId,
    pub amount: Money,
    pub acceptance: bool,
    /// Why a part was released; empty for an acceptance.
    pub reason: String,
    /// Absent when silence accepted.
    pub by: Option<PersonId>,
    pub at: DateTime<Utc>,
}

/// A party's share of a release, on its way or waiting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    pub id: TransferId,
    pub milestone: MilestoneId,
    pub release: ReleaseId,
    /// Whether that is the release of the acceptance, not of a part.
    pub acceptance: bool,
    pub party: Party,
    pub organization: OrganizationId,
    pub amount: Money,
    /// What of it paid what the payee owed, and so is not sent.
    pub netted: Money,
    /// What of it came back, or is on its way back.
    pub reversed: Money,
    pub state: TransferState,
    /// How often it was asked for anew; zero while it waits.
    pub attempt: i32,
    pub stripe_transfer: Option<String>,
    pub refusal: Option<String>,
    /// When the present attempt was asked for.
    pub asked_at: Option<DateTime<Utc>>,
}

impl Transfer {
    /// What is sent, or is to be sent.
    pub const fn sent(&self) -> Money {
        let sent = self.amount.minor().saturating_sub(self.netted.minor());
        Money::new(sent, self.amount.currency())
    }

    /// What the journals of its present attempt go by.
    pub fn key(&self) -> TransferKey {
        TransferKey {
            transfer: self.id,
            milestone: self.milestone,
            part: (!self.acceptance).then_some(self.release),
            party: self.party,
            organization: self.organization,
            attempt: self.attempt,
        }
    }
}

/// Money of a milestone on its way back: all that is left, or a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    pub id: RefundId,
    pub milestone: MilestoneId,
    pub payment: PaymentId,
    pub amount: Money,
    /// Whether its payees had it already, and give it back.
    pub released: bool,
    pub state: RefundState,
    pub reason: String,
    pub stripe_refund: Option<String>,
    pub refusal: Option<String>,
    pub asked_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
}

/// Something asked of Stripe, written down before it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    pub id: StripeCallId,
    /// The payment, transfer, refund, reversal or organization it is about.
    pub subject: uuid::Uuid,
    pub ask: Ask,
    pub key: String,
    pub state: CallState,
    pub attempts: i32,
    pub first_sent_at: Option<DateTime<Utc>>,
    /// Why it was refused, or has no answer.
    pub trouble: Option<String>,
}

/// A call to be written down before it is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCall {
    pub id: StripeCallId,
    pub subject: uuid::Uuid,
    pub ask: Ask,
    /// Follows from what is asked for, never drawn: the same wish always has the same key.
    pub key: String,
}
