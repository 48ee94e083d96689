//! Disputes of banks: the money is with the bank and nothing of it moves here until that decides.
//!
//! News only wakes this: the dispute is read at Stripe with every movement of its money, and each
//! movement is booked once by its own id. So news that comes twice, late or in another order ends
//! in the same journals.

use super::capture::sync_payment;
use super::deeds::write;
use super::posting::post_each_once;
use super::{calls, disagreements, recover, settle};
use crate::app::App;
use crate::billing::BillingError;
use crate::billing::engine::disputes::{self as engine, Stake};
use crate::billing::model::{
    Dispute, DisputeEnded, DisputeOpened, DisputeState, Journal, MoneyDisputeSettled,
    MoneyDisputed, Payment, PaymentState,
};
use crate::billing::policy::SeeStatement;
use crate::billing::store;
use crate::engagements::{self, Engagement, Milestone, Share};
use crate::identity::allow;
use crate::kernel::id::{PaymentId, VendorId};
use crate::kernel::money::Money;
use crate::kernel::page::Position;
use crate::outside::payments::Dispute as Object;
use crate::platform::caller::{Caller, OrganizationKind};
use crate::platform::db::Tx;
use crate::platform::http::paging::PageWanted;
use crate::platform::jobs::event;
use crate::platform::refusal::{Common, Error, Result};

/// Disputes of banks, latest first: the program's for those who look after the vendor's money, a
/// customer's own for its leads.
///
/// Errors: `not-permitted`.
pub async fn list_disputes(
    app: &App,
    caller: &Caller,
    page: PageWanted,
) -> Result<(Vec<Dispute>, Option<Position>)> {
    allow::<SeeStatement>(caller)?;
    let customer = match caller.kind {
        OrganizationKind::Vendor => None,
        OrganizationKind::Customer => Some(caller.organization),
        _ => {
            let text = "Disputed payments are seen by the program's finance and by who paid.";
            return Err(Common::NotPermitted(text.to_owned()).into());
        }
    };
    let mut tx = app.db.read(caller).await?;
    store::list_disputes(&mut tx, customer, page).await
}

/// Reads a dispute of a payment at Stripe and writes down what follows.
pub async fn sync_dispute(app: &App, vendor: VendorId, id: PaymentId, name: &str) -> Result<()> {
    let mut tx = app.db.read(vendor).await?;
    let payment = store::payment(&mut tx, id).await?;
    drop(tx);
    if payment.charge.is_none() {
        // News of the payment itself is late.
        sync_payment(app, vendor, id, None).await?;
    }
    let read = app.payments.dispute(name).await;
    let read = read.map_err(|error| calls::not_read("a dispute", error))?;
    let mut tx = app.db.write(vendor).await?;
    let (engagement, milestone) = engagements::lock_milestone(&mut tx, payment.milestone).await?;
    let payment = store::lock_payment(&mut tx, id).await?;
    let object = read.object;
    let known = store::dispute_called(&mut tx, &object.id).await?;
    let before = known.as_ref().map(|dispute| dispute.state);
    let dispute = engine::read(&app.ids, &payment, (&object, known.as_ref()), app.clock.now())?;
    let given = Vec::new();
    let mut seen = Seen { app, engagement, milestone, payment, dispute, before, given };
    seen.book(&mut tx, &object).await?;
    seen.follow(&mut tx).await?;
    store::keep_dispute(&mut tx, &seen.dispute, &read.raw).await?;
    seen.end(&mut tx).await?;
    tx.commit().await
}

/// A dispute under the lock of its engagement, with what it is about.
struct Seen<'a> {
    app: &'a App,
    engagement: Engagement,
    milestone: Milestone,
    payment: Payment,
    dispute: Dispute,
    /// Its state when it was read last.
    before: Option<DisputeState>,
    /// What each party gives back, once it is lost.
    given: Vec<Share>,
}

impl Seen<'_> {
    /// Every movement, each once; then what a lost one leaves.
    async fn book(&mut self, tx: &mut Tx, object: &Object) -> Result<()> {
        let (id, name) = (self.milestone.id, self.dispute.stripe_dispute.clone());
        let mut journals = Vec::new();
        for one in engine::movements(object) {
            journals.push(engine::moved(&self.dispute, one)?);
            store::keep_transaction(tx, id, &name, one).await?;
            settle::follow(self.app, tx, id, (&one.id, &name)).await?;
        }
        if engine::is_newly_lost(&self.dispute, self.before, object) {
            journals.push(self.lost(tx).await?);
        }
        post_each_once(self.app, tx, &journals).await?;
        Ok(())
    }

    async fn lost(&mut self, tx: &mut Tx) -> Result<Journal> {
        // The job is tried again when its acceptance has released it.
        let kept = store::bank_kept(tx, self.dispute.payment).await?;
        let credit = Money::new(kept.credit, self.dispute.amount.currency());
        let stake = Stake::of(self.payment.state, &self.milestone, credit);
        let stake = stake.ok_or(BillingError::BeingReleased)?;
        let back = stake.given_back(self.dispute.amount);
        if back.minor() > 0 {
            self.given = recover::parts_of(tx, &self.milestone, back).await?;
        }
        Ok(engine::lost(&self.dispute, stake, &self.given)?)
    }

    /// The first news of an open one lets the engagement and its letters rest.
    async fn follow(&mut self, tx: &mut Tx) -> Result<()> {
        let Dispute { state, frozen, .. } = self.dispute;
        if self.before == Some(state) || state.has_ended() {
            return Ok(());
        }
        let inquiry = state == DisputeState::Inquiry;
        let fact = DisputeOpened {
            of: self.engagement.parties(),
            milestone: self.milestone.id,
            seq: self.milestone.seq,
            milestone_title: self.milestone.title.clone(),
            amount: self.dispute.amount,
            inquiry,
            respond_by: self.dispute.respond_by,
            vendor: store::vendor_organization(tx).await?,
        };
        event::state(tx, &self.app.ids, None, &fact).await?;
        if inquiry || frozen {
            return Ok(());
        }
        self.dispute.frozen = true;
        let reference = self.dispute.stripe_dispute.clone();
        let fact = MoneyDisputed { of: self.engagement.parties(), reference };
        event::state(tx, &self.app.ids, None, &fact).await?;
        let reason = format!(
            "The bank that paid milestone {} took its money back and has not decided yet.",
            self.milestone.seq
        );
        let id = self.engagement.id;
        // Work that has ended, or is disputed for another payment, rests already.
        passing(engagements::dispute_engagement(self.app, tx, id, &reason).await.map(drop))
    }

    /// The bank's decision: work goes on, or the milestone is over.
    async fn end(&self, tx: &mut Tx) -> Result<()> {
        let Self { app, engagement, milestone, payment, dispute, before, .. } = self;
        if !engine::has_newly_ended(dispute, *before) {
            return Ok(());
        }
        let fact = DisputeEnded {
            of: engagement.parties(),
            milestone: milestone.id,
            seq: milestone.seq,
            milestone_title: milestone.title.clone(),
            amount: dispute.amount,
            state: dispute.state,
            vendor: store::vendor_organization(tx).await?,
        };
        event::state(tx, &app.ids, None, &fact).await?;
        // What came too late was never the milestone's money.
        let loses = dispute.state == DisputeState::Lost && payment.state == PaymentState::Paid;
        if loses {
            disagreements::close_by_bank(app, tx, milestone.id).await?;
        }
        if dispute.frozen {
            let reference = dispute.stripe_dispute.clone();
            let fact = MoneyDisputeSettled { of: engagement.parties(), reference };
            event::state(tx, &app.ids, None, &fact).await?;
            self.go_on(tx).await?;
        }
        if loses && milestone.state.is_held() {
            engagements::send_back_part(app, tx, milestone.id, milestone.held(), None).await?;
        }
        if milestone.released.minor() == 0 {
            return Ok(());
        }
        self.take_back(tx).await?;
        let shares = engagements::shares(tx, milestone.id).await?;
        let payees = shares.into_iter().filter_map(|share| share.organization);
        write(app, tx, engine::goes_on(milestone, payees)).await.map(drop)
    }

    /// The payees of a lost one owe their parts from now on.
    async fn take_back(&self, tx: &mut Tx) -> Result<()> {
        let Self { app, engagement, milestone, dispute, given, .. } = self;
        let (back, debts) = engine::owed(&app.ids, dispute, given);
        if back.minor() == 0 {
            return Ok(());
        }
        store::insert_recoveries(tx, &debts).await?;
        let reason = "The bank of the card decided for the customer.";
        engagements::give_back(app, tx, milestone.id, (back, reason), None).await?;
        recover::tell(app, tx, (engagement, milestone), &debts, reason).await
    }

    async fn go_on(&self, tx: &mut Tx) -> Result<()> {
        let id = self.engagement.id;
        if store::is_disputed_beside(tx, &self.dispute).await?
            || store::disagrees_in(tx, id).await?
        {
            return Ok(());
        }
        let reason = match self.dispute.state {
            DisputeState::Lost => "The bank decided for the customer.",
            _ => "The bank gave the money back.",
        };
        let (app, id) = (self.app, self.engagement.id);
        passing(engagements::settle_engagement(app, tx, id, reason).await.map(drop))
    }
}

/// A step that the engagement is past: it refuses before it writes anything.
fn passing(done: Result<()>) -> Result<()> {
    match done {
        Err(Error::Refused(_)) => Ok(()),
        other => other,
    }
}
