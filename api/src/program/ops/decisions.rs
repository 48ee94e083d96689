//! Deciding applications.

use super::applications::existing;
use crate::app::App;
use crate::identity;
use crate::kernel::id::ApplicationId;
use crate::platform::caller::Caller;
use crate::platform::jobs::event;
use crate::platform::refusal::Result;
use crate::program::model::{
    Application, ApplicationApproved, ApplicationRejected, ApplicationStep, rejection_reason,
};
use crate::program::policy::DecideApplication;
use crate::program::store::{self, Outcome};

/// Makes the applicant a partner, listed, under the agreement it accepted.
///
/// Errors: `application-state` when it is decided or withdrawn already.
pub async fn approve_application(
    app: &App,
    caller: &Caller,
    id: ApplicationId,
) -> Result<Application> {
    identity::allow::<DecideApplication>(caller)?;
    let mut tx = app.db.write(caller).await?;
    let it = existing(store::lock_application(&mut tx, id).await?)?;
    let state = it.state.after(ApplicationStep::Approve)?;
    let outcome = Outcome { state, by: Some(caller.person), reason: None };
    store::set_outcome(&mut tx, id, outcome).await?;
    store::enroll(&mut tx, it.organization, it.kind, it.agreement).await?;
    let fact = ApplicationApproved {
        application: id,
        organization: it.organization,
        organization_name: it.organization_name,
        applicant: it.submitted_by,
        kind: it.kind,
    };
    event::state(&mut tx, &app.ids, Some(caller.person), &fact).await?;
    let decided = existing(store::application(&mut tx, id).await?)?;
    tx.commit().await?;
    Ok(decided)
}

/// Refuses an application with a reason of 10 to 1000 characters, which the applicant reads.
///
/// Errors: `application-state` when it is decided or withdrawn already.
pub async fn reject_application(
    app: &App,
    caller: &Caller,
    id: ApplicationId,
    reason: &str,
) -> Result<Application> {
    identity::allow::<DecideApplication>(caller)?;
    let reason = rejection_reason(reason)?;
    let mut tx = app.db.write(caller).await?;
    let it = existing(store::lock_application(&mut tx, id).await?)?;
    let state = it.state.after(ApplicationStep::Reject)?;
    let outcome = Outcome { state, by: Some(caller.person), reason: Some(&reason) };
    store::set_outcome(&mut tx, id, outcome).await?;
    let fact = ApplicationRejected {
        application: id,
        organization: it.organization,
        organization_name: it.organization_name,
        applicant: it.submitted_by,
        kind: it.kind,
        reason,
    };
    event::state(&mut tx, &app.ids, Some(caller.person), &fact).await?;
    let decided = existing(store::application(&mut tx, id).await?)?;
    tx.commit().await?;
    Ok(decided)
}
