//! Who asks for money to go back, and whether one person is enough. What is sent is `refund`'s.
//!
//! Everything is looked at under the locks of the engagement and its milestone, the second time
//! too: what a second person agreed to goes the same way as what one asked for alone.

use super::approvals::{Author, Carried, ask_if_wanted};
use super::refund;
use crate::app::App;
use crate::billing::BillingError;
use crate::billing::engine::refunds::{self as engine, InTheWay};
use crate::billing::model::{
    MoneyApproval, MoneyTerms, Payment, PaymentState, Refund, RefundOrigin,
};
use crate::billing::policy::{GiveBack, RefundMoney, may_give_back};
use crate::billing::store;
use crate::engagements::{self, Engagement, Milestone};
use crate::identity::allow;
use crate::kernel::check::{Checks, Invalid};
use crate::kernel::id::MilestoneId;
use crate::kernel::money::Money;
use crate::platform::caller::Caller;
use crate::platform::db::Tx;
use crate::platform::refusal::{Error, Result};

/// What a person asks to send back.
#[derive(Debug, Clone, Copy)]
pub struct RefundWish<'a> {
    /// All that is held, or all that was released, when absent.
    pub amount: Option<Money>,
    /// Whether of what was released; what is held comes first when absent.
    pub released: Option<bool>,
    pub reason: &'a str,
}

/// Sends back what is held for a milestone, or what was released of it; all or a part, as often as
/// something is left. Held money goes back by the program's finance, and a milestone of which
/// nothing is left is refunded, or settled if parts were released. Released money goes back by
/// those and by the consultant's leads, each payee by its share; the work stays accepted. What
/// passes the program's limit waits for a second person.
///
/// Errors: 404; `not-permitted`; `nothing-held`; `more-than-held`; `more-than-released`;
/// `being-released`; `refund-locked-by-dispute`; `approval-waits`; `invalid` without a reason or
/// for an amount that is nothing or of another currency.
pub async fn refund_milestone_money(
    app: &App,
    caller: &Caller,
    milestone: MilestoneId,
    wish: RefundWish<'_>,
) -> Result<Carried<Refund>> {
    let by = allow::<GiveBack>(caller)?.person;
    let mut checks = Checks::new();
    checks.that(
        wish.amount.is_none_or(|part| part.minor() > 0),
        "amount",
        "Enter an amount above zero",
    );
    let reason = checks.text("reason", wish.reason, "a reason", (3, 2000));
    checks.finish()?;
    let mut tx = app.db.write(caller).await?;
    let back = Back::lock(&mut tx, caller, milestone, (wish.amount, wish.released)).await?;
    let terms = back.terms();
    if let Some(waits) = ask_if_wanted(app, &mut tx, by, (&terms, &reason)).await? {
        tx.commit().await?;
        return Ok(Carried::Waits(waits));
    }
    let refund = back.send(app, &mut tx, (Author::alone(by), &reason)).await?;
    tx.commit().await?;
    Ok(Carried::Done(refund))
}

/// Carries out what a second person, the caller, agreed to. Errors as [`refund_milestone_money`]
/// does, when the money is another by now.
pub async fn refund_approved(
    app: &App,
    tx: &mut Tx,
    caller: &Caller,
    of: &MoneyApproval,
) -> Result<()> {
    let MoneyTerms::Refund { milestone, amount, released } = of.terms else {
        return Err(Error::fault("this approval is of no refund"));
    };
    let back = Back::lock(tx, caller, milestone, (Some(amount), Some(released))).await?;
    back.send(app, tx, (Author::of(of), &of.reason)).await.map(drop)
}

/// Money that can go back, under the locks that keep it so.
struct Back {
    engagement: Engagement,
    milestone: Milestone,
    payment: Payment,
    amount: Money,
    released: bool,
}

impl Back {
    async fn lock(
        tx: &mut Tx,
        caller: &Caller,
        id: MilestoneId,
        (amount, released): (Option<Money>, Option<bool>),
    ) -> Result<Self> {
        let (engagement, milestone) = engagements::lock_milestone(tx, id).await?;
        let released = is_of_released(&milestone, released);
        may_go_back(caller, (&engagement, &milestone), released)?;
        let payment = store::live_payment(tx, id).await?;
        let payment = payment.filter(|payment| payment.state == PaymentState::Paid);
        let payment = payment.ok_or(BillingError::NothingHeld)?;
        let amount = part_of(&milestone, amount, released)?;
        engine::nothing_in_the_way(InTheWay {
            bank: store::is_with_bank(tx, id).await?,
            sides: store::is_disagreed(tx, id).await?,
        })?;
        Ok(Self { engagement, milestone, payment, amount, released })
    }

    fn terms(&self) -> MoneyTerms {
        let Self { milestone, amount, released, .. } = self;
        MoneyTerms::Refund { milestone: milestone.id, amount: *amount, released: *released }
    }

    async fn send(
        &self,
        app: &App,
        tx: &mut Tx,
        (author, reason): (Author, &str),
    ) -> Result<Refund> {
        let (of, id) = ((&self.engagement, &self.payment), self.milestone.id);
        let origin = RefundOrigin::person(author.by, author.approval);
        if self.released {
            let how = (self.amount, reason, origin);
            return refund::give_back(app, tx, of, &self.milestone, how).await;
        }
        let refund = refund::start(app, tx, of, (self.amount, reason), origin).await?;
        engagements::send_back_part(app, tx, id, self.amount, Some(author.by)).await?;
        Ok(refund)
    }
}

/// Whether a refund is of released money: as it was wished, else of what is held while that is.
pub fn is_of_released(milestone: &Milestone, wish: Option<bool>) -> bool {
    wish.unwrap_or(milestone.state.is_paid_out())
}

pub use crate::billing::engine::refunds::there;

/// Whether anything of a milestone can go back by the caller: released money also by the
/// consultant's leads.
///
/// Errors: 404; `not-permitted`; `nothing-held`; `being-released`.
pub fn may_go_back(
    caller: &Caller,
    (engagement, milestone): (&Engagement, &Milestone),
    released: bool,
) -> Result<()> {
    may_give_back(caller, engagement)?;
    if !released {
        allow::<RefundMoney>(caller)?;
    }
    Ok(engine::is_there(milestone, released)?)
}

/// The amount that goes back, out of what is there.
pub fn part_of(milestone: &Milestone, wish: Option<Money>, released: bool) -> Result<Money> {
    let there = there(milestone, released);
    let part = wish.unwrap_or(there);
    if part.currency() != there.currency() {
        let message = format!("Enter an amount in {}", there.currency());
        return Err(Invalid::field("amount", message).into());
    }
    engine::is_within(milestone, part, released)?;
    Ok(part)
}
