//! The people of the caller's organization: who they are, their roles, and the end of a seat.

use super::invite::may_make;
use crate::app::App;
use crate::identity::facts::{MemberRoleChanged, MembershipEnded};
use crate::identity::model::Colleague;
use crate::identity::roles::{Command, Deed, allow};
use crate::identity::store::{self, Withdrawn};
use crate::identity::{IdentityError, policy};
use crate::kernel::id::MembershipId;
use crate::platform::caller::{Caller, Role};
use crate::platform::jobs::event;
use crate::platform::refusal::{Common, Result};

/// Inviting, changing roles, ending seats of others.
pub struct ManageMembers;

impl Command for ManageMembers {
    const DEED: Deed = Deed::ManageMembers;
}

/// Everyone with an open seat in the caller's organization, the longest there first.
pub async fn members(app: &App, caller: &Caller) -> Result<Vec<Colleague>> {
    let mut tx = app.db.read(caller).await?;
    store::members(&mut tx, caller.organization).await
}

/// The industry that the caller's organization named when it signed up: slug of the program's
/// list as it was then.
pub async fn industry_of(app: &App, caller: &Caller) -> Result<Option<String>> {
    let mut tx = app.db.read(caller).await?;
    store::industry(&mut tx, caller.organization).await
}

/// Gives a member another role; the same role changes nothing. Invitations they sent are void,
/// since the new role might not be allowed to send them.
///
/// Errors: 403 when the caller's role may not; `owners-only`; 404; 422 for a role that the
/// organization's kind does not have; `last-owner`.
pub async fn change_role(
    app: &App,
    caller: &Caller,
    membership: MembershipId,
    role: Role,
) -> Result<()> {
    allow::<ManageMembers>(caller)?;
    let mut tx = app.db.write(caller).await?;
    let open = store::lock_members(&mut tx, caller.organization).await?;
    let own = own_seat(&open, caller)?;
    let target = policy::changeable(&open, caller.person, membership)?;
    policy::may_give(own.role, role, caller.kind)?;
    if target.role == role {
        return Ok(());
    }
    may_make(&mut tx, caller, (own.role, role)).await?;
    policy::keeps_an_owner(&open, membership)?;
    store::set_role(&mut tx, membership, role).await?;
    let theirs = Withdrawn::By(target.person);
    store::withdraw_invitations(&mut tx, caller.organization, theirs).await?;
    let fact = MemberRoleChanged {
        organization: caller.organization,
        membership,
        person: target.person,
        name: target.name.clone(),
        earlier: target.role,
        role,
    };
    event::state(&mut tx, &app.ids, Some(caller.person), &fact).await?;
    tx.commit().await
}

/// Ends a member's seat, or the caller's own: from the commit on, no session and no token acts
/// with it, the invitations they sent are void, and a mail tells the person.
///
/// Errors: 403 when the caller's role may not; `owners-only`; 404; `last-owner`.
pub async fn end_member(app: &App, caller: &Caller, membership: MembershipId) -> Result<()> {
    if membership != caller.membership {
        allow::<ManageMembers>(caller)?;
    }
    let mut tx = app.db.write(caller).await?;
    let open = store::lock_members(&mut tx, caller.organization).await?;
    own_seat(&open, caller)?;
    let target = policy::changeable(&open, caller.person, membership)?;
    policy::keeps_an_owner(&open, membership)?;
    store::end_memberships(&mut tx, &[membership], caller.person).await?;
    let theirs = Withdrawn::By(target.person);
    store::withdraw_invitations(&mut tx, caller.organization, theirs).await?;
    let fact = MembershipEnded {
        organization: caller.organization,
        membership,
        person: target.person,
        name: target.name.clone(),
        role: target.role,
        left: target.person == caller.person,
    };
    event::state(&mut tx, &app.ids, Some(caller.person), &fact).await?;
    tx.commit().await
}

/// The caller's seat as it is under the lock: it may have ended or changed since they signed in.
pub(super) fn own_seat<'a>(open: &'a [Colleague], caller: &Caller) -> Result<&'a Colleague> {
    let own = open.iter().find(|one| one.membership == caller.membership);
    let own = own.ok_or(IdentityError::NoSuchSeat)?;
    if own.role != caller.role {
        let detail = "Your role was changed just now. Load the page again.";
        return Err(Common::NotPermitted(detail.to_owned()).into());
    }
    Ok(own)
}
