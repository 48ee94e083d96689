//! Who may move and see money.

use super::model::{MoneyApprovalKind, Payment};
use crate::engagements::Engagement;
use crate::identity::{Command, Deed, allow};
use crate::kernel::id::{OrganizationId, PersonId};
use crate::platform::caller::{Caller, OrganizationKind};
use crate::platform::refusal::{Common, Result};

macro_rules! commands {
    ($($(#[$doc:meta])* $name:ident = $deed:ident),+ $(,)?) => {$(
        $(#[$doc])*
        pub struct $name;

        impl Command for $name {
            const DEED: Deed = Deed::$deed;
        }
    )+};
}

commands! {
    /// Pay a milestone.
    PayMilestone = FundMilestones,
    /// Keep, choose and remove cards for later payments.
    KeepMethods = KeepMethods,
    /// Let a kept card pay weeks as they lock, and stop it.
    LetCardPay = FundMilestones,
    /// Release a part of a milestone's held money.
    ReleasePart = ReleaseParts,
    /// Send a milestone's held money back.
    RefundMoney = RefundMilestones,
    /// Send a milestone's released money back.
    GiveBack = GiveBackReleased,
    /// Begin or go on with payout onboarding.
    StartOnboarding = StartPayouts,
    /// File, answer, settle and take back a disagreement.
    Disagree = Disagree,
    /// Decide a disagreement for both sides.
    DecideDisagreement = DecideDisagreements,
    /// See disagreements: all of the program, or one's own.
    SeeDisagreements = SeeDisagreements,
    /// Look after the differences between the books and Stripe.
    Reconcile = Reconcile,
    /// Set what one person of the program decides alone.
    SetMoneyLimit = SetMoneyLimits,
    /// See what waits for a second person.
    SeeMoneyApprovals = SeeMoneyApprovals,
    /// See whether a partner can be paid, and ask it to set payouts up.
    AskForPayouts = AskForPayouts,
    /// See how long money is held still.
    SeeHoldings = SeeHoldings,
    /// See what an organization earned or paid.
    SeeStatement = SeeStatements,
}

/// Who the caller is, if it may say yes or no to what somebody else asked for: whoever may do the
/// same. Of released money the program's people only; the consultant's never wait for it.
pub fn may_answer(caller: &Caller, kind: MoneyApprovalKind) -> Result<PersonId, Common> {
    Ok(match kind {
        MoneyApprovalKind::Refund | MoneyApprovalKind::GiveBack => {
            allow::<RefundMoney>(caller)?.person
        }
        MoneyApprovalKind::Award => allow::<DecideDisagreement>(caller)?.person,
        MoneyApprovalKind::Explanation => allow::<Reconcile>(caller)?.person,
        MoneyApprovalKind::Limit => allow::<SetMoneyLimit>(caller)?.person,
    })
}

/// Errors with 404 unless the engagement is the caller's own as a customer.
pub fn own_as_customer(caller: &Caller, engagement: &Engagement) -> Result<(), Common> {
    if engagement.customer == caller.organization { Ok(()) } else { Err(missing("milestone")) }
}

/// Errors with 404 unless the caller is the vendor's, or of the engagement's partner.
pub fn may_give_back(caller: &Caller, engagement: &Engagement) -> Result<(), Common> {
    let own = engagement.partner == caller.organization;
    if own || caller.kind == OrganizationKind::Vendor { Ok(()) } else { Err(missing("milestone")) }
}

/// Errors with 404 unless the payment is the caller's organization's, or the caller looks after the
/// vendor's money.
pub fn may_see_payment(caller: &Caller, payment: &Payment) -> Result<(), Common> {
    let sees = payment.customer == caller.organization || is_vendors_money(caller);
    if sees { Ok(()) } else { Err(missing("payment")) }
}

/// Errors with 404 unless the caller is on one side of the engagement, gets a share of it, or looks
/// after the vendor's money.
pub fn may_see_split(
    caller: &Caller,
    engagement: &Engagement,
    payees: impl IntoIterator<Item = OrganizationId>,
) -> Result<(), Common> {
    let party = engagement.side_of(caller.organization).is_some()
        || payees.into_iter().any(|payee| payee == caller.organization);
    if party || is_vendors_money(caller) { Ok(()) } else { Err(missing("milestone")) }
}

fn is_vendors_money(caller: &Caller) -> bool {
    caller.kind == OrganizationKind::Vendor && allow::<SeeStatement>(caller).is_ok()
}

fn missing(what: &'static str) -> Common {
    Common::NotFound(what)
}
