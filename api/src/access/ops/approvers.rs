//! The rule of a customer: how many of its people must agree to a letter, set by its owner.

use super::preview::GrantAccess;
use crate::access::AccessError;
use crate::access::model::{ApproverRule, ApproverRuleSet, MOST_APPROVERS, OfCustomer, RuleAbout};
use crate::access::store;
use crate::app::App;
use crate::identity::{self, Allowed, Command, Deed};
use crate::kernel::check::Checks;
use crate::kernel::id::OrganizationId;
use crate::platform::caller::Caller;
use crate::platform::db::Tx;
use crate::platform::jobs::event;
use crate::platform::refusal::Result;

pub struct SetApprovers;

impl Command for SetApprovers {
    const DEED: Deed = Deed::SetApprovers;
}

/// A rule to be set.
#[derive(Debug, Clone)]
pub struct RuleOrder {
    pub needed: i16,
    pub about: RuleAbout,
    /// The owner's password, always wanted.
    pub password: Option<String>,
}

/// The rule that holds, for everybody who decides on access.
///
/// Errors: 403.
pub async fn approver_rule(app: &App, caller: &Caller) -> Result<ApproverRule> {
    let _: Allowed<GrantAccess> = identity::allow(caller)?;
    let mut tx = app.db.read(caller).await?;
    store::approver_rule(&mut tx, caller.organization).await
}

/// Sets it. What waits already keeps the number it was written with, unless the new one is higher.
///
/// Errors: 403 for everybody but the owner, `password-wanted`, `wrong-password`, `invalid`.
pub async fn set_approver_rule(app: &App, caller: &Caller, order: RuleOrder) -> Result<()> {
    let _: Allowed<SetApprovers> = identity::allow(caller)?;
    let mut checks = Checks::new();
    let known = (1..=MOST_APPROVERS).contains(&order.needed);
    checks.that(known, "needed", format!("Choose a number from 1 to {MOST_APPROVERS}"));
    checks.finish()?;
    let password = order.password.ok_or(AccessError::PasswordWanted)?;
    identity::check_password(app, caller.person, password).await?;
    let (customer, by) = (caller.organization, caller.person);
    let mut tx = app.db.write(caller).await?;
    let before = store::approver_rule(&mut tx, customer).await?;
    if (before.needed, before.about) == (order.needed, order.about) {
        return Ok(());
    }
    store::set_approver_rule(&mut tx, (customer, by), (order.needed, order.about)).await?;
    let mut names = identity::person_names(&mut tx, &[by]).await?;
    let fact = ApproverRuleSet {
        of: OfCustomer { customer },
        by_name: names.remove(&by).unwrap_or_default(),
        needed: order.needed,
        about: order.about,
        before: before.needed,
    };
    event::state(&mut tx, &app.ids, Some(by), &fact).await?;
    tx.commit().await
}

/// The rule of an organization that has too few people left for it; a reaction's question.
pub async fn stuck_rule(tx: &mut Tx, customer: OrganizationId) -> Result<Option<ApproverRule>> {
    let rule = store::approver_rule(tx, customer).await?;
    Ok(Some(rule).filter(ApproverRule::is_stuck))
}
