//! The money of one milestone: paid, held, split, on its way.

use crate::app::App;
use crate::billing::model::{
    Disagreement, DisagreementState, Dispute, Payment, Recovery, Refund, Release, Transfer,
    TransferState, may_file, shares_of_rest, what_each_has,
};
use crate::billing::policy::{SeeDisagreements, may_see_payment, may_see_split};
use crate::billing::store;
use crate::engagements::{self, Engagement, Milestone, MilestoneState, Party, Share};
use crate::identity::allow;
use crate::kernel::id::{EngagementId, MilestoneId, OrganizationId, PaymentId};
use crate::kernel::money::Money;
use crate::platform::caller::{Caller, OrganizationKind};
use crate::platform::db::Tx;
use crate::platform::refusal::{Error, Result};
use chrono::{DateTime, Utc};
use std::collections::HashMap;

/// Who gets which part of a milestone, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SplitLine {
    pub party: Party,
    /// Absent for the operator.
    pub organization: Option<OrganizationId>,
    pub name: String,
    /// Whether it can be paid now; the operator need not be.
    pub ready: bool,
    /// Parts of 10,000.
    pub parts: i32,
    /// What is its own of what the customer has not got back.
    pub amount: Money,
    /// What of that was released to it already.
    pub released: Money,
    /// What it gives back of what was released.
    pub given_back: Money,
    /// What of that is neither taken nor on its way back: the payee's next shares pay it.
    pub owed: Money,
    /// Where what was released to it is, the least advanced of several; absent before a release,
    /// and for the operator.
    pub transfer: Option<TransferState>,
    /// Why the last attempt was refused.
    pub refusal: Option<String>,
}

/// Everything about the money of a milestone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MilestoneMoney {
    pub milestone: MilestoneId,
    /// Counts from 1.
    pub seq: i32,
    pub title: String,
    pub state: MilestoneState,
    pub price: Money,
    /// What of it went back, or is on its way.
    pub sent_back: Money,
    /// What is held now, so that it can be released or sent back.
    pub held: Money,
    /// What was released and did not go back: with the payees, or on its way to them.
    pub released: Money,
    /// By when what is held has left; set while something is.
    pub hold_until: Option<DateTime<Utc>>,
    /// When silence accepts the delivery; set while it is submitted.
    pub accepts_itself_at: Option<DateTime<Utc>>,
    pub accepted_at: Option<DateTime<Utc>>,
    pub engagement: EngagementId,
    /// The engagement as people call it: A-2041.
    pub label: String,
    pub customer: String,
    pub customer_id: OrganizationId,
    pub partner_id: OrganizationId,
    pub partner: String,
    /// The payment that counts now, if there is one.
    pub payment: Option<Payment>,
    /// What was released and when, oldest first: parts, then the rest by acceptance.
    pub releases: Vec<Release>,
    /// Oldest first.
    pub refunds: Vec<Refund>,
    /// The latest dispute of its payment.
    pub dispute: Option<Dispute>,
    /// The latest disagreement of the two sides, for those who may see it.
    pub disagreement: Option<Disagreement>,
    /// Whether a side could disagree about it now.
    pub can_be_disagreed: bool,
    /// In the fixed order of parties; empty before signing. The amounts add up to the price
    /// without what was sent back; to the price when all of it was, before release.
    pub split: Vec<SplitLine>,
}

impl MilestoneMoney {
    /// What the split adds up to, once there is one.
    pub fn shared(&self) -> Money {
        if self.state == MilestoneState::Refunded {
            return self.price;
        }
        let left = self.price.minor().saturating_sub(self.sent_back.minor());
        Money::new(left, self.price.currency())
    }

    /// Whether the two sides disagree about it, as far as the reader may know.
    pub fn is_disagreed(&self) -> bool {
        self.disagreement.as_ref().is_some_and(|of| of.state == DisagreementState::Open)
    }

    /// What was released before its acceptance, of which something is held still or went back.
    pub fn parts(&self) -> impl Iterator<Item = &Release> {
        self.releases.iter().filter(|release| !release.acceptance)
    }

    /// What a refund can be of now: of what was released, or of what is held.
    pub const fn refundable(&self, released: bool) -> Money {
        if released { self.released } else { self.held }
    }
}

/// What a payment's waiting page asks for, again and again. Errors: 404.
pub async fn see_payment(app: &App, caller: &Caller, id: PaymentId) -> Result<Payment> {
    let mut tx = app.db.read(caller).await?;
    let payment = store::payment(&mut tx, id).await?;
    may_see_payment(caller, &payment)?;
    Ok(payment)
}

/// Who gets what of a milestone, before and after acceptance. For both sides, the payees and those
/// who look after the vendor's money; errors with 404 for everybody else.
pub async fn milestone_money(
    app: &App,
    caller: &Caller,
    id: MilestoneId,
) -> Result<MilestoneMoney> {
    let mut tx = app.db.read(caller).await?;
    let milestone = engagements::milestone(&mut tx, id).await?;
    let engagement = engagements::engagement(&mut tx, milestone.engagement).await?;
    let shares = engagements::shares(&mut tx, id).await?;
    let payees: Vec<OrganizationId> = shares.iter().filter_map(|s| s.organization).collect();
    may_see_split(caller, &engagement, payees.iter().copied())?;
    let ready = store::ready_accounts(&mut tx, &payees).await?;
    let sides = [engagement.customer, engagement.partner];
    let named: Vec<OrganizationId> = payees.into_iter().chain(sides).collect();
    let names = store::organization_names(&mut tx, &named).await?;
    let transfers = store::transfers_of(&mut tx, id).await?;
    let zero = Money::zero(milestone.price.currency());
    let debts = store::recoveries_of(&mut tx, id).await?;
    let net = milestone.with_payees();
    let have = what_each_has(&shares, net, (&transfers, &debts)).map_err(Error::fault)?;
    // Once all of it was released, what each has is its own; else its share of all that is kept.
    let of_kept = milestone.state.is_paid_out() && milestone.rest().minor() == 0;
    let shares = match milestone.state {
        _ if of_kept => have.clone(),
        MilestoneState::Refunded => shares,
        _ => shares_of_rest(&shares, milestone.kept()).map_err(Error::fault)?,
    };
    let operators = debts
        .iter()
        .fold(milestone.given_back.minor(), |rest, debt| rest.saturating_sub(debt.amount.minor()));
    let given = Given { debts, operators: Money::new(operators, zero.currency()) };
    let behind = (&names, &ready, transfers.as_slice(), &given);
    let lines = shares.into_iter().zip(have);
    let split = lines.map(|(share, has)| split_line(share, has.amount, behind)).collect();
    let payment = store::live_payment(&mut tx, id).await?;
    let releases = store::releases_of(&mut tx, id).await?;
    let refunds = store::refunds_of(&mut tx, id).await?;
    let dispute = store::dispute_of(&mut tx, id).await?;
    let (disagreement, can_be_disagreed) =
        disagreed(app, &mut tx, caller, (&engagement, &milestone)).await?;
    let name = |id: OrganizationId| names.get(&id).cloned().unwrap_or_default();
    let hold_until = milestone.hold_until.filter(|_| milestone.held().minor() > 0);
    Ok(MilestoneMoney {
        milestone: id,
        sent_back: milestone.gone_back(),
        released: if milestone.state == MilestoneState::Accepted { milestone.kept() } else { net },
        held: milestone.held(),
        seq: milestone.seq,
        title: milestone.title,
        state: milestone.state,
        price: milestone.price,
        hold_until,
        accepts_itself_at: milestone.accepts_itself_at,
        accepted_at: milestone.accepted_at,
        label: engagement.label(),
        engagement: engagement.id,
        customer: name(engagement.customer),
        customer_id: engagement.customer,
        partner_id: engagement.partner,
        partner: name(engagement.partner),
        payment,
        releases,
        refunds,
        dispute,
        disagreement,
        can_be_disagreed,
        split,
    })
}

/// The latest disagreement, for those who may see it, and whether there could be one now.
async fn disagreed(
    app: &App,
    tx: &mut Tx,
    caller: &Caller,
    (engagement, milestone): (&Engagement, &Milestone),
) -> Result<(Option<Disagreement>, bool)> {
    use DisagreementState::{Agreed, Decided, Open};
    let side = engagement.side_of(caller.organization).is_some();
    let sees = side || caller.kind == OrganizationKind::Vendor;
    if !sees || allow::<SeeDisagreements>(caller).is_err() {
        return Ok((None, false));
    }
    let latest = store::disagreement_of(tx, milestone.id).await?;
    let taken = latest.as_ref().is_some_and(|of| matches!(of.state, Open | Agreed | Decided));
    let free = !taken && may_file(milestone, app.clock.now()).is_ok();
    Ok((latest, free))
}

/// What the parties of a milestone give back.
struct Given {
    debts: Vec<Recovery>,
    operators: Money,
}

impl Given {
    /// All of it, and what of it is still to be taken.
    fn of(&self, party: Party) -> (Money, Money) {
        let nothing = Money::zero(self.operators.currency());
        if party == Party::Operator {
            return (self.operators, nothing);
        }
        let own = self.debts.iter().filter(|debt| debt.party == party);
        let add = |sum: Money, part: Money| {
            Money::new(sum.minor().saturating_add(part.minor()), sum.currency())
        };
        own.fold((nothing, nothing), |(all, open), debt| {
            (add(all, debt.amount), add(open, debt.open()))
        })
    }
}

type ByPayee = HashMap<OrganizationId, String>;
type Behind<'a> = (&'a ByPayee, &'a ByPayee, &'a [Transfer], &'a Given);

fn split_line(
    share: Share,
    released: Money,
    (names, ready, transfers, given): Behind<'_>,
) -> SplitLine {
    let own = transfers.iter().filter(|transfer| transfer.party == share.party);
    let transfer = own.min_by_key(|transfer| transfer.state.advance());
    let name = share.organization.and_then(|id| names.get(&id).cloned());
    let (given_back, owed) = given.of(share.party);
    SplitLine {
        party: share.party,
        organization: share.organization,
        name: name.unwrap_or_else(|| "The operator of this installation".to_owned()),
        ready: share.organization.is_none_or(|id| ready.contains_key(&id)),
        parts: share.parts,
        amount: share.amount,
        released,
        given_back,
        owed,
        transfer: transfer.map(|transfer| transfer.state),
        refusal: transfer.and_then(|transfer| transfer.refusal.clone()),
    }
}
