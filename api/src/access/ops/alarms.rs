//! Alarms as people deal with them: the program's staff see all, a customer its own.

use crate::access::AccessError;
use crate::access::model::{Alarm, AlarmStep, AlarmsWanted};
use crate::access::store::{self, AlarmFilter, MovedAlarm};
use crate::app::App;
use crate::identity::{self, Allowed, Command, Deed};
use crate::kernel::check::Checks;
use crate::kernel::id::{AccessAlarmId, OrganizationId};
use crate::kernel::page::Position;
use crate::platform::caller::{Caller, OrganizationKind};
use crate::platform::db::Tx;
use crate::platform::http::paging::{PageWanted, cut};
use crate::platform::refusal::{Common, Result};

pub struct SeeAlarms;

impl Command for SeeAlarms {
    const DEED: Deed = Deed::SeeAlarms;
}

pub struct CloseAlarms;

impl Command for CloseAlarms {
    const DEED: Deed = Deed::CloseAlarms;
}

/// Whose alarms a caller sees: everybody's for the program's staff, else their own.
fn customer_of(caller: &Caller) -> Option<OrganizationId> {
    (caller.kind != OrganizationKind::Vendor).then_some(caller.organization)
}

/// Alarms that the caller may see, latest first, with the cursor of the next page.
///
/// Errors: 403 for partners; a cursor of another list.
pub async fn list_alarms(
    app: &App,
    caller: &Caller,
    wanted: AlarmsWanted,
    (limit, cursor): (Option<i64>, Option<&str>),
) -> Result<(Vec<Alarm>, Option<String>)> {
    let _: Allowed<SeeAlarms> = identity::allow(caller)?;
    let list = format!("alarms:{}:{}", caller.vendor, caller.organization);
    let page = PageWanted::read(&app.cursors, &list, limit, cursor)?;
    let mut tx = app.db.read(caller).await?;
    let (customer, limit) = (customer_of(caller), page.limit + 1);
    let filter = AlarmFilter { customer, wanted, after: page.after, limit };
    let mut rows = store::alarms(&mut tx, &filter).await?;
    let next = cut(&mut rows, page.limit, |a| Position { at: a.raised_at, id: a.id.0 });
    Ok((rows, next.map(|position| app.cursors.seal(&list, position))))
}

/// One alarm; 404 for everybody whose it is not.
///
/// Errors: 403 for partners, 404.
pub async fn get_alarm(app: &App, caller: &Caller, id: AccessAlarmId) -> Result<Alarm> {
    let _: Allowed<SeeAlarms> = identity::allow(caller)?;
    let mut tx = app.db.read(caller).await?;
    find(&mut tx, caller, id).await
}

/// Somebody looks into it, so that others need not.
///
/// Errors: 403, 404, `alarm-state` when somebody does already or it is closed.
pub async fn see_alarm(app: &App, caller: &Caller, id: AccessAlarmId) -> Result<()> {
    step(app, caller, id, (AlarmStep::See, "")).await
}

/// Somebody has looked into it; what they found is for everybody who sees the alarm. The next one
/// of its kind counts from now on.
///
/// Errors: 403, 404, `alarm-state` when it is closed, `invalid` without a note.
pub async fn close_alarm(app: &App, caller: &Caller, id: AccessAlarmId, note: &str) -> Result<()> {
    let mut checks = Checks::new();
    let note = checks.text("note", note, "what you found", (1, 1000));
    checks.finish()?;
    step(app, caller, id, (AlarmStep::Close, &note)).await
}

async fn step(
    app: &App,
    caller: &Caller,
    id: AccessAlarmId,
    (step, note): (AlarmStep, &str),
) -> Result<()> {
    let _: Allowed<CloseAlarms> = identity::allow(caller)?;
    let mut tx = app.db.write(caller).await?;
    let from = find(&mut tx, caller, id).await?.state;
    let to = from.after(step)?;
    let moved = MovedAlarm { from, to, by: caller.person, note };
    if !store::move_alarm(&mut tx, id, &moved).await? {
        let state = find(&mut tx, caller, id).await?.state;
        return Err(AccessError::AlarmState { state, step }.into());
    }
    tx.commit().await
}

async fn find(tx: &mut Tx, caller: &Caller, id: AccessAlarmId) -> Result<Alarm> {
    let found = store::alarm(tx, customer_of(caller), id).await?;
    Ok(found.ok_or(Common::NotFound("alarm"))?)
}
