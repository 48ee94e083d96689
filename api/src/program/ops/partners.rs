//! The partners of a program.

use crate::app::App;
use crate::identity;
use crate::kernel::check::Checks;
use crate::kernel::id::OrganizationId;
use crate::kernel::page::Position;
use crate::platform::caller::Caller;
use crate::platform::http::paging::{PageWanted, cut};
use crate::platform::jobs::event;
use crate::platform::refusal::{Common, Error, Result};
use crate::program::model::{
    EnrollmentChanged, EnrollmentStep, Page, Partner, PartnerFilter, Standing,
};
use crate::program::policy::{SeeProgram, SuspendPartner};
use crate::program::store::{self, Change};

/// Partners for the vendor's people, latest first.
pub async fn list_partners(
    app: &App,
    caller: &Caller,
    filter: PartnerFilter,
    limit: Option<i64>,
    cursor: Option<&str>,
) -> Result<Page<Partner>> {
    identity::allow::<SeeProgram>(caller)?;
    let list = format!("partners:{}", caller.vendor);
    let wanted = PageWanted::read(&app.cursors, &list, limit, cursor)?;
    let mut tx = app.db.read(caller).await?;
    let mut items = store::partners(&mut tx, filter, wanted).await?;
    let position =
        |p: &Partner| Position { at: p.enrollment.since, id: p.enrollment.organization.0 };
    let next = cut(&mut items, wanted.limit, position).map(|p| app.cursors.seal(&list, p));
    Ok(Page { items, next })
}

/// One partner for the vendor's people; 404 when the organization is none.
pub async fn see_partner(
    app: &App,
    caller: &Caller,
    organization: OrganizationId,
) -> Result<Partner> {
    identity::allow::<SeeProgram>(caller)?;
    let mut tx = app.db.read(caller).await?;
    let partner = store::partner(&mut tx, organization).await?;
    partner.ok_or_else(|| Common::NotFound("partner").into())
}

/// Where the caller's own organization stands; `None` while it never was a partner.
pub async fn my_standing(app: &App, caller: &Caller) -> Result<Option<Standing>> {
    let mut tx = app.db.read(caller).await?;
    let Some(partner) = store::partner(&mut tx, caller.organization).await? else {
        return Ok(None);
    };
    let agreement = store::agreement(&mut tx, partner.enrollment.agreement).await?;
    let agreement = agreement.ok_or_else(|| Error::fault("an enrollment without agreement"))?;
    Ok(Some(Standing { enrollment: partner.enrollment, reason: partner.reason, agreement }))
}

/// Takes a partner out of the directory, of matching and of new shares until it is reinstated.
/// Engagements that are under way go on. The reason, if one is given, is told to the partner.
///
/// Errors: `enrollment-state`; 404 when the organization is no partner.
pub async fn suspend_partner(
    app: &App,
    caller: &Caller,
    organization: OrganizationId,
    reason: Option<&str>,
) -> Result<Partner> {
    change(app, caller, organization, EnrollmentStep::Suspend, reason).await
}

/// Ends a suspension.
///
/// Errors: `enrollment-state`; 404 when the organization is no partner.
pub async fn reinstate_partner(
    app: &App,
    caller: &Caller,
    organization: OrganizationId,
    reason: Option<&str>,
) -> Result<Partner> {
    change(app, caller, organization, EnrollmentStep::Reinstate, reason).await
}

async fn change(
    app: &App,
    caller: &Caller,
    organization: OrganizationId,
    step: EnrollmentStep,
    reason: Option<&str>,
) -> Result<Partner> {
    identity::allow::<SuspendPartner>(caller)?;
    let mut checks = Checks::new();
    let reason = reason.map(|r| checks.text("reason", r, "a reason", (3, 1000)));
    checks.finish()?;
    let mut tx = app.db.write(caller).await?;
    let partner = store::lock_partner(&mut tx, organization).await?;
    let mut partner = partner.ok_or(Common::NotFound("partner"))?;
    let state = partner.enrollment.state.after(step)?;
    let change = Change { state, by: caller.person, reason: reason.as_deref() };
    store::change_enrollment(&mut tx, organization, change).await?;
    partner.enrollment.state = state;
    partner.reason = reason;
    let fact = EnrollmentChanged {
        organization,
        organization_name: partner.name.clone(),
        kind: partner.enrollment.kind,
        state,
        reason: partner.reason.clone(),
    };
    event::state(&mut tx, &app.ids, Some(caller.person), &fact).await?;
    tx.commit().await?;
    Ok(partner)
}
