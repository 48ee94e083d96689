//! What billing shows over HTTP.

use crate::billing::model::{
    Dispute, DisputeState, Earnings, LineState, Payment, PaymentState, Payout, PayoutStage,
    PayoutState, Refund, RefundState, Statement, StatementLine, Taken, TakenHow,
};
use crate::billing::ops::Payouts;
use crate::kernel::id::{
    DisputeId, EngagementId, JournalId, MilestoneId, OrganizationId, PaymentId, PaymentMethodId,
    PayoutId, RefundId, WeekMandateId,
};
use crate::kernel::money::Money;
use chrono::{DateTime, NaiveDate, Utc};
use poem_openapi::Object;

/// A customer's payment of one milestone.
#[derive(Object)]
pub struct PaymentView {
    /// The payment.
    pub id: PaymentId,
    /// What is paid.
    pub milestone: MilestoneId,
    /// Its engagement.
    pub engagement: EngagementId,
    /// The milestone's price: all the customer pays.
    pub amount: Money,
    /// Where it stands.
    pub state: PaymentState,
    /// The kept card that is charged; absent for a payment on a page.
    pub method: Option<PaymentMethodId>,
    /// The mandate by which a week is charged; absent when somebody pays.
    pub mandate: Option<WeekMandateId>,
    /// Whether the card is kept for later once it has paid.
    pub keeps: bool,
    /// The page to pay on, while it can be paid.
    pub checkout_url: Option<String>,
    /// When that page ends, or the wait for the payer to confirm.
    pub expires_at: Option<DateTime<Utc>>,
    /// Why the last card was declined, or what does not fit.
    pub trouble: Option<String>,
    /// When it was begun.
    pub created_at: DateTime<Utc>,
    /// When the money was there.
    pub paid_at: Option<DateTime<Utc>>,
}

impl From<Payment> for PaymentView {
    fn from(payment: Payment) -> Self {
        Self {
            id: payment.id,
            milestone: payment.milestone,
            engagement: payment.engagement,
            amount: payment.amount,
            state: payment.state,
            method: payment.method,
            mandate: payment.mandate,
            keeps: payment.keeps,
            checkout_url: payment.checkout_url.filter(|_| payment.state.is_open()),
            expires_at: payment.expires_at,
            trouble: payment.trouble,
            created_at: payment.created_at,
            paid_at: payment.paid_at,
        }
    }
}

/// How much of the held or released money goes back, and why.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct RefundBody {
    /// What goes back; all that is held, or was released, when absent.
    pub amount: Option<Money>,
    /// Whether it is of what was released, so that the payees give it back; when absent, of what is
    /// held while something is.
    pub released: Option<bool>,
    /// A reason both sides may read.
    pub reason: String,
}

/// Money of a milestone on its way back.
#[derive(Object)]
pub struct RefundView {
    /// The refund.
    pub id: RefundId,
    /// What was paid with it.
    pub milestone: MilestoneId,
    /// What goes back.
    pub amount: Money,
    /// Whether it was released before: its payees give it back.
    pub released: bool,
    /// Where it stands.
    pub state: RefundState,
    /// Why it goes back.
    pub reason: String,
    /// Why the processor refused it, or the card did not take it.
    pub refusal: Option<String>,
    /// When it was asked for.
    pub asked_at: DateTime<Utc>,
    /// When it was done or refused.
    pub ended_at: Option<DateTime<Utc>>,
}

impl From<Refund> for RefundView {
    fn from(refund: Refund) -> Self {
        Self {
            id: refund.id,
            milestone: refund.milestone,
            amount: refund.amount,
            released: refund.released,
            state: refund.state,
            reason: refund.reason,
            refusal: refund.refusal,
            asked_at: refund.asked_at,
            ended_at: refund.ended_at,
        }
    }
}

/// A payment that its payer's bank disputes.
#[derive(Object)]
pub struct DisputeView {
    /// The dispute.
    pub id: DisputeId,
    /// The payment processor's id of it.
    pub stripe: String,
    /// What was paid.
    pub milestone: MilestoneId,
    /// Its engagement.
    pub engagement: EngagementId,
    /// What the bank took back, or asks about.
    pub amount: Money,
    /// What the processor took for it; the operator bears it.
    pub fee: Money,
    /// In the bank's word, such as `fraudulent`.
    pub reason: String,
    /// Where it stands.
    pub state: DisputeState,
    /// Until when the bank takes an answer.
    pub respond_by: Option<DateTime<Utc>>,
    /// When the bank opened it.
    pub opened_at: DateTime<Utc>,
    /// When its end was learnt.
    pub ended_at: Option<DateTime<Utc>>,
}

impl From<Dispute> for DisputeView {
    fn from(dispute: Dispute) -> Self {
        Self {
            id: dispute.id,
            stripe: dispute.stripe_dispute,
            milestone: dispute.milestone,
            engagement: dispute.engagement,
            amount: dispute.amount,
            fee: dispute.fee,
            reason: dispute.reason,
            state: dispute.state,
            respond_by: dispute.respond_by,
            opened_at: dispute.opened_at,
            ended_at: dispute.ended_at,
        }
    }
}

/// A page of disputes.
#[derive(Object)]
pub struct DisputePage {
    /// Latest first.
    pub items: Vec<DisputeView>,
    /// The cursor of the next page; absent on the last.
    pub next: Option<String>,
}

/// A page to go to.
#[derive(Object)]
pub struct PageView {
    /// Its address; it works once and for minutes.
    pub url: String,
}

/// Money on its way from your account at the payment processor to your bank.
#[derive(Object)]
pub struct PayoutView {
    /// The payout.
    pub id: PayoutId,
    /// The payment processor's id of it.
    pub stripe: String,
    /// ISO 4217 code: the bank account's currency.
    pub currency: String,
    /// In the currency's smallest unit.
    pub minor: i64,
    /// Where it is.
    pub state: PayoutState,
    /// When your bank has it, or is expected to.
    pub arrives_at: DateTime<Utc>,
    /// Why it failed, in the processor's code.
    pub failure: Option<String>,
    /// The same in words, with what to do.
    pub failure_words: Option<String>,
    /// When it began.
    pub began_at: DateTime<Utc>,
}

impl From<Payout> for PayoutView {
    fn from(payout: Payout) -> Self {
        let failed = payout.state == PayoutState::Failed;
        Self {
            failure_words: failed.then(|| payout.failure_words().to_owned()),
            id: payout.id,
            stripe: payout.stripe_payout,
            currency: payout.currency,
            minor: payout.minor,
            state: payout.state,
            arrives_at: payout.arrives_at,
            failure: payout.failure,
            began_at: payout.began_at,
        }
    }
}

/// A page of payouts.
#[derive(Object)]
pub struct PayoutPage {
    /// Latest first.
    pub items: Vec<PayoutView>,
    /// The cursor of the next page; absent on the last.
    pub next: Option<String>,
}

/// Whether your organization can be paid.
#[derive(Object)]
pub struct PayoutsView {
    /// How far it is.
    pub stage: PayoutStage,
    /// ISO 3166-1 code of where it is paid; fixed when onboarding begins.
    pub country: Option<String>,
    /// What the processor still wants, in its words.
    pub requirements: Vec<String>,
    /// Why the processor stopped payouts, in its words.
    pub disabled_reason: Option<String>,
    /// When this was last read at the processor.
    pub read_at: Option<DateTime<Utc>>,
}

impl From<Payouts> for PayoutsView {
    fn from(payouts: Payouts) -> Self {
        let account = payouts.account;
        Self {
            stage: payouts.stage,
            country: account.as_ref().map(|account| account.country.clone()),
            requirements: account.as_ref().map(|a| a.requirements.clone()).unwrap_or_default(),
            disabled_reason: account.as_ref().and_then(|a| a.disabled_reason.clone()),
            read_at: account.and_then(|account| account.read_at),
        }
    }
}

/// What your organization has earned, by where the money is.
#[derive(Object)]
pub struct EarningsView {
    /// Earned; waits until your organization can be paid.
    pub available: Money,
    /// Held for work that is not accepted yet.
    pub on_hold: Money,
    /// On its way to your organization.
    pub on_the_way: Money,
    /// With your organization, without what was taken back.
    pub paid: Money,
    /// What your organization gives back and was not taken yet: what it earns next pays it.
    pub owed: Money,
}

impl From<Earnings> for EarningsView {
    fn from(earnings: Earnings) -> Self {
        let Earnings { available, on_hold, on_the_way, paid, owed } = earnings;
        Self { available, on_hold, on_the_way, paid, owed }
    }
}

/// What your organization earned or paid in a period.
#[derive(Object)]
pub struct StatementView {
    /// Your organization.
    pub organization: OrganizationId,
    /// Its name.
    pub organization_name: String,
    /// The first day, UTC.
    pub from: NaiveDate,
    /// The last day, UTC.
    pub to: NaiveDate,
    /// What counted before the first day.
    pub opening: Money,
    /// One line a share or payment, oldest first.
    pub lines: Vec<StatementLineView>,
    /// The opening and every line that counts.
    pub closing: Money,
}

/// A part of what is given back, taken.
#[derive(Object)]
pub struct TakenView {
    /// When.
    pub at: DateTime<Utc>,
    /// How.
    pub how: TakenHow,
    /// Whose share paid it; empty when your account did.
    pub what: String,
    /// How much.
    pub amount: Money,
}

impl From<Taken> for TakenView {
    fn from(taken: Taken) -> Self {
        let Taken { at, how, what, amount } = taken;
        Self { at, how, what, amount }
    }
}

/// One share, one payment, or what of a share is given back.
#[derive(Object)]
pub struct StatementLineView {
    /// When the money came into its present state.
    pub at: DateTime<Utc>,
    /// What it is for.
    pub what: String,
    /// The engagement.
    pub engagement: EngagementId,
    /// The engagement as people call it.
    pub engagement_label: String,
    /// The milestone.
    pub milestone: MilestoneId,
    /// What the customer paid; negative for what it got back.
    pub gross: Money,
    /// The rule behind the amount, and for a share the fee rule that its parts are from.
    pub rule: String,
    /// The amount of this line; negative for what is given back.
    pub amount: Money,
    /// What of a share was not sent, since it paid what your organization owed.
    pub netted: Money,
    /// How what is given back was taken, oldest first; what is left of it is owed.
    pub taken: Vec<TakenView>,
    /// Where the money is.
    pub state: LineState,
    /// The sum of what counts, up to this line. For payees what is earned counts, for customers
    /// what was paid and not sent back.
    pub running: Money,
    /// The ledger's journals behind it.
    pub journals: Vec<JournalId>,
    /// The payment processor's ids behind it.
    pub stripe: Vec<String>,
}

impl From<Statement> for StatementView {
    fn from(statement: Statement) -> Self {
        Self {
            organization: statement.organization,
            organization_name: statement.organization_name,
            from: statement.period.from,
            to: statement.period.to,
            opening: statement.opening,
            lines: statement.lines.into_iter().map(StatementLineView::from).collect(),
            closing: statement.closing,
        }
    }
}

impl From<StatementLine> for StatementLineView {
    fn from(line: StatementLine) -> Self {
        Self {
            at: line.at,
            what: line.what,
            engagement: line.engagement,
            engagement_label: line.engagement_label,
            milestone: line.milestone,
            gross: line.gross,
            rule: line.rule,
            amount: line.amount,
            netted: line.netted,
            taken: line.taken.into_iter().map(TakenView::from).collect(),
            state: line.state,
            running: line.running,
            journals: line.journals,
            stripe: line.stripe,
        }
    }
}
