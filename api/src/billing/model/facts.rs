//! What billing tells the other features, each fact in the transaction that makes it true.

use super::disagreement::{DisagreementStep, Split};
use super::dispute::DisputeState;
use super::mandate::MandateEnd;
use crate::engagements::{Parties, Side};
use crate::kernel::id::{
    DisagreementId, EngagementId, MilestoneId, OrganizationId, PaymentId, PersonId, WeekMandateId,
};
use crate::kernel::money::Money;
use crate::platform::jobs::event::Fact;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

macro_rules! facts {
    ($($(#[$doc:meta])* $name:ident = $kind:literal { $($field:ident: $type:ty),* $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $name {
            $(pub $field: $type),*
        }

        impl Fact for $name {
            const KIND: &'static str = $kind;
        }
    )+};
}

facts! {
    /// A card was declined; the page still waits for another one.
    PaymentDeclined = "payment-declined" {
        of: Parties, milestone: MilestoneId, seq: i32, milestone_title: String, amount: Money,
        payment: PaymentId, payer: PersonId, why: String, mandate: Option<WeekMandateId>,
    }
    /// The bank of a kept card wants its holder before it pays; the payment waits until then.
    PaymentUnconfirmed = "payment-unconfirmed" {
        of: Parties, milestone: MilestoneId, seq: i32, milestone_title: String, amount: Money,
        payment: PaymentId, payer: PersonId, until: DateTime<Utc>, mandate: Option<WeekMandateId>,
    }
    /// A card may pay the weeks of an engagement, `label`, up to so much a week.
    MandateGiven = "mandate-given" {
        customer: OrganizationId, engagement: EngagementId, label: String, card: String,
        most: Money,
    }
    /// It does not any more.
    MandateEnded = "mandate-ended" {
        customer: OrganizationId, engagement: EngagementId, label: String, card: String,
        because: MandateEnd,
    }
    /// A week was charged by its mandate: held, and looked at until then.
    WeekCharged = "week-charged" {
        of: Parties, milestone: MilestoneId, milestone_title: String, amount: Money, card: String,
        until: Option<DateTime<Utc>>,
    }
    /// A kept card ends soon; `pays` names the work whose weeks it pays.
    MethodEnds = "method-ends" {
        organization: OrganizationId, saved_by: PersonId, card: String, last_month: String,
        is_default: bool, pays: Option<String>,
    }
    /// What was paid does not fit what was asked: a person of the vendor has to look.
    PaymentParked = "payment-parked" {
        of: Parties, milestone: MilestoneId, payment: PaymentId, amount: Money, why: String,
        vendor: Option<OrganizationId>,
    }
    /// A share arrived at the payee's account.
    TransferPaid = "transfer-paid" {
        of: Parties, milestone: MilestoneId, milestone_title: String, organization: OrganizationId,
        amount: Money,
    }
    /// A share could not be sent; it stays owed.
    TransferRefused = "transfer-refused" {
        of: Parties, milestone: MilestoneId, milestone_title: String, organization: OrganizationId,
        amount: Money, why: String,
    }
    /// Held money is on its way to the customer's card.
    RefundPaid = "refund-paid" {
        of: Parties, milestone: MilestoneId, seq: i32, milestone_title: String, amount: Money,
        reason: String,
    }
    /// A refund did not reach the card. Money that was held, or had left, is the customer's credit;
    /// released money that never left stays with its payees.
    RefundFailed = "refund-failed" {
        of: Parties, milestone: MilestoneId, seq: i32, milestone_title: String, amount: Money,
        why: String, credit: bool, by_bank: Option<bool>, vendor: Option<OrganizationId>,
    }
    /// The customer released a part of what is held, and this is a payee's share of it.
    ShareReleased = "share-released" {
        of: Parties, milestone: MilestoneId, seq: i32, milestone_title: String,
        organization: OrganizationId, amount: Money, part: Money, held: Money, reason: String,
    }
    /// A payee gives back a part of its share, for a refund or a lost dispute.
    ShareOwed = "share-owed" {
        of: Parties, milestone: MilestoneId, seq: i32, milestone_title: String,
        organization: OrganizationId, amount: Money, reason: String,
    }
    /// The payer's bank disputes a payment; `reference` names the dispute, and the fact that
    /// settles it says the same. Letters of access rest in between.
    MoneyDisputed = "money-disputed" { of: Parties, reference: String }
    MoneyDisputeSettled = "money-dispute-settled" { of: Parties, reference: String }
    /// For those who look after the vendor's money and the customer's: a bank asks, or took money
    /// back; and what it decided.
    DisputeOpened = "dispute-opened" {
        of: Parties, milestone: MilestoneId, seq: i32, milestone_title: String, amount: Money,
        inquiry: bool, respond_by: Option<DateTime<Utc>>, vendor: Option<OrganizationId>,
    }
    DisputeEnded = "dispute-ended" {
        of: Parties, milestone: MilestoneId, seq: i32, milestone_title: String, amount: Money,
        state: DisputeState, vendor: Option<OrganizationId>,
    }
    /// The two sides disagree about a milestone, and something happened: filed, answered, proposed,
    /// ended. `side` is who did it, or whose time to answer it is about; absent for the program and
    /// for a bank.
    DisagreementMoved = "disagreement-moved" {
        of: Parties, milestone: MilestoneId, seq: i32, milestone_title: String,
        disagreement: DisagreementId, step: DisagreementStep, side: Option<Side>, text: String,
        answer_by: DateTime<Utc>, split: Option<Split>, vendor: Option<OrganizationId>,
    }
    /// An invoice is past its day and not paid; `reference` names the invoice. Letters rest.
    /// Nothing states these two yet.
    InvoiceUnpaid = "invoice-unpaid" { of: Parties, reference: String }
    InvoiceSettled = "invoice-settled" { of: Parties, reference: String }
    /// The books and Stripe differ in so many new things.
    BreaksOpened = "breaks-opened" { vendor: Option<OrganizationId>, count: i64, first: String }
    /// A payee's bank did not take a payout, or sent one back that had arrived.
    PayoutFailed = "payout-failed" {
        organization: OrganizationId, amount: String, arrived: bool, why: String,
    }
    /// The organization can be paid from now on.
    PayoutsReady = "payouts-ready" { organization: OrganizationId }
    /// The program's people ask a partner to set its payouts up.
    PayoutsWanted = "payouts-wanted" { organization: OrganizationId, program: String }
}

impl DisagreementMoved {
    /// What happened, in a line for everybody.
    pub fn line(&self) -> String {
        self.done_by(match self.side {
            Some(Side::Customer) => "The customer",
            Some(Side::Partner) => "The consultant",
            None => "The program",
        })
    }

    /// The same for one of the sides, which may have done it itself.
    pub fn line_for(&self, reader: Side) -> String {
        if self.side == Some(reader) { self.done_by("Your side") } else { self.line() }
    }

    fn done_by(&self, who: &str) -> String {
        let seq = self.seq;
        let about = match self.step {
            DisagreementStep::Filed => "disagrees about",
            DisagreementStep::Answered => "answered about",
            DisagreementStep::Proposed => "proposed a split of",
            DisagreementStep::MediationAsked => "asked the program to decide about",
            DisagreementStep::AnswerSoon => "has one working day left to answer about",
            DisagreementStep::Unanswered => "did not answer about",
            DisagreementStep::Decided => "decided about",
            DisagreementStep::Withdrawn => "took back the disagreement about",
            DisagreementStep::Agreed => return format!("Both sides agreed about milestone {seq}"),
            DisagreementStep::Closed => {
                return format!("A bank ended the disagreement about milestone {seq}");
            }
        };
        format!("{who} {about} milestone {seq}")
    }

    /// The same with the split and the words, for the timeline.
    pub fn sentence(&self) -> String {
        let split = self.split.map(|split| format!(": {}", split.clause())).unwrap_or_default();
        let text = if self.text.is_empty() { String::new() } else { format!(" {}", self.text) };
        format!("{}{split}.{text}", self.line())
    }
}
