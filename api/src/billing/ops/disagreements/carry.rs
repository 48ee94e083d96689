//! The end of a disagreement: a split that both sides agreed to or the program decided, carried
//! out in the transaction that ends it.

use super::{Moved, SplitWish, Under};
use crate::app::App;
use crate::billing::BillingError;
use crate::billing::model::{
    Disagreement, DisagreementState, DisagreementStep, MoneyApproval, MoneyTerms, Payment,
    PaymentState, RefundOrigin, Release, Split, SplitState, at_stake,
};
use crate::billing::ops::approvals::{Author, Carried, ask_if_wanted};
use crate::billing::ops::{refund, release};
use crate::billing::policy::{DecideDisagreement, Disagree};
use crate::billing::store;
use crate::engagements;
use crate::identity::allow;
use crate::kernel::id::{DisagreementId, DisagreementProposalId, MilestoneId, PersonId};
use crate::kernel::money::Money;
use crate::platform::caller::Caller;
use crate::platform::db::Tx;
use crate::platform::refusal::{Error, Result};

/// Says yes to what the other side proposed: so much goes back to the customer and the rest to the
/// payees, at once.
///
/// Errors: 404; `not-permitted`; `disagreement-ended`; `proposal-gone` for one that was replaced;
/// `other-side` for one's own; `not-at-stake` when something else is at stake since;
/// `release-locked-by-dispute` while a bank has the money.
pub async fn accept_split(
    app: &App,
    caller: &Caller,
    id: DisagreementId,
    proposal: DisagreementProposalId,
) -> Result<Disagreement> {
    let by = allow::<Disagree>(caller)?.person;
    let mut tx = app.db.write(caller).await?;
    let mut under = Under::lock(&mut tx, id).await?;
    let side = under.side(caller)?;
    under.of.open()?;
    let all = store::proposals_of(&mut tx, id).await?;
    let found = all.into_iter().find(|one| one.id == proposal && one.state == SplitState::Open);
    let found = found.ok_or(BillingError::ProposalGone)?;
    if found.side == side {
        return Err(BillingError::OtherSide.into());
    }
    store::set_accepted(&mut tx, proposal).await?;
    let split = found.split.of(at_stake(&under.milestone))?;
    under.of.outcome.clone_from(&found.note);
    let agreed = (DisagreementState::Agreed, split);
    under.carry_out(app, &mut tx, agreed, Author::alone(by)).await?;
    let moved = Moved::new(DisagreementStep::Agreed, &found.note).of(side, by).with(split);
    under.tell(app, &mut tx, moved).await?;
    tx.commit().await?;
    Ok(under.of)
}

/// The program decides, after it was asked and the other side was heard, or after nobody answered
/// in time. It is carried out at once, unless what is at stake passes the program's limit: then a
/// second person decides the same first.
///
/// Errors: 404; `not-permitted`; `disagreement-ended`; `mediation-not-asked`; `decided-too-early`;
/// `not-at-stake`; `release-locked-by-dispute`; `approval-waits`; `invalid`.
pub async fn decide_disagreement(
    app: &App,
    caller: &Caller,
    id: DisagreementId,
    wish: SplitWish<'_>,
) -> Result<Carried<Disagreement>> {
    let by = allow::<DecideDisagreement>(caller)?.person;
    let reason = wish.checked("reason", "the reason of the decision")?;
    let mut tx = app.db.write(caller).await?;
    let mut under = Under::lock(&mut tx, id).await?;
    let split = under.award((wish.back, wish.released))?;
    let (disagreement, milestone) = (id, under.milestone.id);
    let terms = MoneyTerms::Award { disagreement, milestone, split };
    under.of_free_money(&mut tx).await?;
    if let Some(waits) = ask_if_wanted(app, &mut tx, by, (&terms, &reason)).await? {
        tx.commit().await?;
        return Ok(Carried::Waits(waits));
    }
    under.decide(app, &mut tx, split, (Author::alone(by), &reason)).await?;
    tx.commit().await?;
    Ok(Carried::Done(under.of))
}

/// Carries out what a second person agreed to. Errors as [`decide_disagreement`] does, when
/// something else is at stake by now, or it is over.
pub async fn decide_approved(app: &App, tx: &mut Tx, of: &MoneyApproval) -> Result<()> {
    let MoneyTerms::Award { disagreement, split, .. } = of.terms else {
        return Err(Error::fault("this approval is of no disagreement"));
    };
    let mut under = Under::lock(tx, disagreement).await?;
    let split = under.award((split.back, split.released))?;
    under.decide(app, tx, split, (Author::of(of), &of.reason)).await
}

/// The payer's bank has the milestone's money for good: there is nothing left to split. Called in
/// the transaction that learned of it, under the locks of engagement and milestone.
pub async fn close_by_bank(app: &App, tx: &mut Tx, milestone: MilestoneId) -> Result<()> {
    let Some(of) = store::disagreement_of(tx, milestone).await? else { return Ok(()) };
    if of.state != DisagreementState::Open {
        return Ok(());
    }
    let mut under = Under::lock(tx, of.id).await?;
    under.of.outcome = "The bank of the card decided for the customer.".to_owned();
    under.end(tx, DisagreementState::Closed, (None, None)).await?;
    let text = under.of.outcome.clone();
    under.tell(app, tx, Moved::new(DisagreementStep::Closed, &text)).await
}

impl Under {
    /// What the program may decide now, if it comes to what is at stake.
    fn award(&self, (back, released): (Money, Money)) -> Result<Split> {
        self.of.may_decide(self.now)?;
        Ok(Split { back, released }.of(at_stake(&self.milestone))?)
    }

    async fn of_free_money(&self, tx: &mut Tx) -> Result<()> {
        match store::is_with_bank(tx, self.milestone.id).await? {
            true => Err(BillingError::ReleaseLocked.into()),
            false => Ok(()),
        }
    }

    async fn decide(
        &mut self,
        app: &App,
        tx: &mut Tx,
        split: Split,
        (author, reason): (Author, &str),
    ) -> Result<()> {
        reason.clone_into(&mut self.of.outcome);
        self.carry_out(app, tx, (DisagreementState::Decided, split), author).await?;
        let moved = Moved::new(DisagreementStep::Decided, reason);
        self.tell(app, tx, Moved { by: Some(author.by), ..moved }.with(split)).await
    }

    /// Ends it first, so that the money may move; then releases and sends back, and lets the work
    /// go on if it is not over with that. All of it is one transaction.
    async fn carry_out(
        &mut self,
        app: &App,
        tx: &mut Tx,
        (state, split): (DisagreementState, Split),
        author: Author,
    ) -> Result<()> {
        self.of_free_money(tx).await?;
        let by = author.by;
        self.of.split = Some(split);
        self.end(tx, state, (Some(by), author.approval)).await?;
        if self.milestone.state.is_held() {
            self.split_held(app, tx, split, by).await?;
        } else if split.back.minor() > 0 {
            let payment = self.payment(tx).await?;
            let of = (&self.engagement, &payment);
            let origin = RefundOrigin::split(by, self.of.id);
            let how = (split.back, self.of.outcome.as_str(), origin);
            refund::give_back(app, tx, of, &self.milestone, how).await?;
        }
        self.go_on(app, tx, "The disagreement is over.").await
    }

    /// What does not go back is released as a part; then nothing is held.
    async fn split_held(&self, app: &App, tx: &mut Tx, split: Split, by: PersonId) -> Result<()> {
        let (id, Split { back, released }) = (self.milestone.id, split);
        if released.minor() > 0 {
            let release = Release {
                id: app.ids.next(),
                milestone: id,
                amount: released,
                acceptance: false,
                reason: self.of.outcome.clone(),
                by: Some(by),
                at: app.clock.now(),
            };
            release::pay_out(app, tx, &self.milestone, &release).await?;
        }
        if back.minor() == 0 {
            return engagements::settle_milestone(app, tx, id, back, Some(by)).await;
        }
        let payment = self.payment(tx).await?;
        let of = (&self.engagement, &payment);
        let origin = RefundOrigin::split(by, self.of.id);
        refund::start(app, tx, of, (back, self.of.outcome.as_str()), origin).await?;
        engagements::send_back_part(app, tx, id, back, Some(by)).await
    }

    async fn payment(&self, tx: &mut Tx) -> Result<Payment> {
        let payment = store::live_payment(tx, self.milestone.id).await?;
        let payment = payment.filter(|payment| payment.state == PaymentState::Paid);
        Ok(payment.ok_or(BillingError::NothingHeld)?)
    }
}
