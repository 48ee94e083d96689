//! Applying to the program, and looking at applications.

use crate::app::App;
use crate::identity;
use crate::kernel::id::ApplicationId;
use crate::kernel::page::Position;
use crate::platform::caller::Caller;
use crate::platform::db::Tx;
use crate::platform::http::paging::{PageWanted, cut};
use crate::platform::jobs::event;
use crate::platform::refusal::{Common, Error, Result};
use crate::program::ProgramError;
use crate::program::model::{
    Application, ApplicationState, ApplicationStep, ApplicationSubmitted, ApplicationWithdrawn,
    Enrollment, EnrollmentState, NewApplication, Page,
};
use crate::program::policy::{Apply, SeeProgram, may_see_application};
use crate::program::store::{self, Outcome};

/// Applies for the caller's organization, under the agreement in force.
///
/// Errors: `agreement-changed` when version or hash is not the one in force, `application-open`,
/// `already-enrolled`; 422 by field.
pub async fn apply(app: &App, caller: &Caller, new: NewApplication) -> Result<Application> {
    identity::allow::<Apply>(caller)?;
    let mut tx = app.db.write(caller).await?;
    store::hold_rules(&mut tx).await?;
    let taxonomy = store::taxonomy(&mut tx).await?;
    let new = new.checked(caller.kind, &taxonomy)?;
    let agreement = store::current_agreement(&mut tx).await?;
    let agreement = agreement.ok_or_else(|| Error::fault("the program has no agreement"))?;
    if !agreement.is(&new.agreement_version, &new.agreement_hash) {
        return Err(ProgramError::AgreementChanged(agreement.version).into());
    }
    refuse_partners(&mut tx, caller).await?;
    let id: ApplicationId = app.ids.next();
    store::insert_application(&mut tx, id, caller, &new, &agreement).await?;
    let application = existing(store::application(&mut tx, id).await?)?;
    let fact = ApplicationSubmitted {
        application: id,
        organization: application.organization,
        organization_name: application.organization_name.clone(),
        applicant: application.submitted_by,
        applicant_name: application.applicant_name.clone(),
        kind: application.kind,
    };
    event::state(&mut tx, &app.ids, Some(caller.person), &fact).await?;
    tx.commit().await?;
    Ok(application)
}

async fn refuse_partners(tx: &mut Tx, caller: &Caller) -> Result<()> {
    let enrollment = store::enrollment(tx, caller.organization).await?;
    match enrollment.map(|e| e.state) {
        None | Some(EnrollmentState::Terminated) => Ok(()),
        Some(state) => Err(ProgramError::AlreadyEnrolled(state).into()),
    }
}

/// Takes an application of the caller's organization back.
///
/// Errors: `application-state` when it is decided or withdrawn; 404 when it is another's.
pub async fn withdraw_application(
    app: &App,
    caller: &Caller,
    id: ApplicationId,
) -> Result<Application> {
    identity::allow::<Apply>(caller)?;
    let mut tx = app.db.write(caller).await?;
    let application = existing(store::lock_application(&mut tx, id).await?)?;
    if application.organization != caller.organization {
        return Err(Common::NotFound("application").into());
    }
    let state = application.state.after(ApplicationStep::Withdraw)?;
    store::set_outcome(&mut tx, id, Outcome { state, by: None, reason: None }).await?;
    let fact = ApplicationWithdrawn {
        application: id,
        organization: application.organization,
        organization_name: application.organization_name.clone(),
        applicant: application.submitted_by,
    };
    event::state(&mut tx, &app.ids, Some(caller.person), &fact).await?;
    tx.commit().await?;
    Ok(Application { state, ..application })
}

/// The applications of the caller's organization, latest first, at most 100.
pub async fn my_applications(app: &App, caller: &Caller) -> Result<Vec<Application>> {
    let mut tx = app.db.read(caller).await?;
    store::applications_of(&mut tx, caller.organization).await
}

/// The enrollment of the caller's organization; none before its application is approved.
pub async fn own_enrollment(app: &App, caller: &Caller) -> Result<Option<Enrollment>> {
    let mut tx = app.db.read(caller).await?;
    store::enrollment(&mut tx, caller.organization).await
}

/// An application of the caller's organization, or any for the vendor's people.
pub async fn see_application(app: &App, caller: &Caller, id: ApplicationId) -> Result<Application> {
    let mut tx = app.db.read(caller).await?;
    let application = existing(store::application(&mut tx, id).await?)?;
    may_see_application(caller, &application)?;
    Ok(application)
}

/// Applications in one state for the vendor's people: those that wait oldest first, the others
/// latest first.
pub async fn list_applications(
    app: &App,
    caller: &Caller,
    state: ApplicationState,
    limit: Option<i64>,
    cursor: Option<&str>,
) -> Result<Page<Application>> {
    identity::allow::<SeeProgram>(caller)?;
    let list = format!("applications:{}:{state}", caller.vendor);
    let wanted = PageWanted::read(&app.cursors, &list, limit, cursor)?;
    let mut tx = app.db.read(caller).await?;
    let mut items = store::applications_in(&mut tx, state, wanted).await?;
    let position = |a: &Application| Position { at: a.submitted_at, id: a.id.0 };
    let next = cut(&mut items, wanted.limit, position).map(|p| app.cursors.seal(&list, p));
    Ok(Page { items, next })
}

/// The application, or 404.
pub(super) fn existing(application: Option<Application>) -> Result<Application> {
    application.ok_or_else(|| Common::NotFound("application").into())
}
