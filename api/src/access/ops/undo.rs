//! What a letter changed, and having it back: shown to the customer, carried out by a job.
//!
//! What is kept is sealed at rest, bound to its row. Taking back is the customer's own deed with
//! the customer's own connection, so it does not matter whether the letter still holds.

use super::preview::GrantAccess;
use crate::access::AccessError;
use crate::access::model::{AccessUndone, Grant, Kept, KeptChange, KeptState, Whose};
use crate::access::store::{self, KeptRow};
use crate::access::undo;
use crate::app::App;
use crate::identity::{self, Allowed};
use crate::kernel::id::{AccessEntryId, GrantId, PersonId, VendorId};
use crate::platform::caller::Caller;
use crate::platform::db::Tx;
use crate::platform::jobs::{NewJob, enqueue, event};
use crate::platform::refusal::{Common, Error, Result};
use crate::platform::seal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

/// The kind of job that takes changes back.
pub const UNDO_JOB: &str = "take-changes-back";

/// Whose changes.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct TakeBack {
    pub grant: GrantId,
}

/// Most changes that are shown and taken back at once, latest first.
const MOST: i64 = 200;

/// What is wanted back.
#[derive(Debug, Clone, Default)]
pub struct UndoOrder {
    pub changes: Vec<AccessEntryId>,
    /// Also what somebody changed since.
    pub overwrite: bool,
}

/// Keeps what a write changes, in the transaction that announces it or ends it.
pub async fn keep(
    app: &App,
    tx: &mut Tx,
    (id, whose): (AccessEntryId, &Whose),
    kept: &Kept,
) -> Result<()> {
    let plain = Zeroizing::new(serde_json::to_vec(kept)?);
    let sealed = seal::seal(&key(app), &app.ids, place(id, "kept").as_bytes(), &plain)?;
    store::keep(tx, id, whose, &sealed).await
}

/// What a letter changed and can be taken back, latest first.
///
/// Errors: 403 for whoever may not grant access, 404.
pub async fn kept_changes(app: &App, caller: &Caller, grant: GrantId) -> Result<Vec<KeptChange>> {
    let _: Allowed<GrantAccess> = identity::allow(caller)?;
    let mut tx = app.db.read(caller).await?;
    of_customer(&mut tx, caller, grant).await?;
    let rows = store::kept(&mut tx, grant, MOST).await?;
    drop(tx);
    rows.iter().map(|row| shown(app, row)).collect()
}

/// Begins to take changes back, latest first whatever their order here; answers how many. Where
/// several changed one thing, each is held against what the one before it left.
///
/// Errors: 403, 404, `grant-state` while none of them can be taken back.
pub async fn take_back(
    app: &App,
    caller: &Caller,
    grant: GrantId,
    order: UndoOrder,
) -> Result<usize> {
    let _: Allowed<GrantAccess> = identity::allow(caller)?;
    let mut tx = app.db.write(caller).await?;
    of_customer(&mut tx, caller, grant).await?;
    let which = (order.changes.as_slice(), order.overwrite);
    let marked = store::ask_back(&mut tx, grant, which, caller.person).await?;
    if marked == 0 {
        return Err(AccessError::NothingToUndo.into());
    }
    let job = NewJob::new(UNDO_JOB, &TakeBack { grant })?.for_vendor(caller.vendor);
    enqueue(&mut tx, &app.ids, job).await?;
    tx.commit().await?;
    Ok(marked)
}

/// Opens what a row keeps.
pub fn opened(app: &App, row: &KeptRow) -> Result<Kept> {
    let place = place(row.id(), "kept");
    let plain = seal::open(&key(app), place.as_bytes(), &row.kept_sealed)?;
    Ok(serde_json::from_slice(&plain)?)
}

/// Writes down what became of one.
pub async fn tried(
    app: &App,
    vendor: VendorId,
    id: AccessEntryId,
    (state, found): (KeptState, Option<Map<String, Value>>),
) -> Result<()> {
    let found = match found {
        Some(found) => {
            let plain = Zeroizing::new(serde_json::to_vec(&found)?);
            Some(seal::seal(&key(app), &app.ids, place(id, "found").as_bytes(), &plain)?)
        }
        None => None,
    };
    let mut tx = app.db.write(vendor).await?;
    store::tried(&mut tx, id, (state, found.as_deref())).await?;
    tx.commit().await
}

/// Says what became of all of them, to both sides and to the audit trail.
pub async fn tell_undone(
    app: &App,
    vendor: VendorId,
    grant: GrantId,
    (by, ends): (PersonId, &[KeptState]),
) -> Result<()> {
    let count = |state| i64::try_from(ends.iter().filter(|end| **end == state).count());
    let mut tx = app.db.write(vendor).await?;
    let found = store::grants_of(&mut tx, &[grant]).await?;
    let grant = found.first().ok_or_else(|| Error::fault("changes of no letter"))?;
    let fact = AccessUndone {
        of: super::completion::of_grant(app, grant),
        by,
        restored: count(KeptState::Restored).map_err(Error::fault)?,
        differs: count(KeptState::Differs).map_err(Error::fault)?,
        gone: count(KeptState::Gone).map_err(Error::fault)?,
        failed: count(KeptState::Failed).map_err(Error::fault)?,
    };
    event::state(&mut tx, &app.ids, Some(by), &fact).await?;
    tx.commit().await
}

async fn of_customer(tx: &mut Tx, caller: &Caller, id: GrantId) -> Result<Grant> {
    let found = store::grant(tx, super::grants::viewer(caller), id).await?;
    let found = found.filter(|grant| grant.customer == caller.organization);
    Ok(found.ok_or(Common::NotFound("letter of access"))?)
}

fn shown(app: &App, row: &KeptRow) -> Result<KeptChange> {
    let kept = opened(app, row)?;
    let found: Option<Map<String, Value>> = match &row.found_sealed {
        Some(sealed) => {
            let place = place(row.id(), "found");
            let plain = seal::open(&key(app), place.as_bytes(), sealed)?;
            Some(serde_json::from_slice(&plain)?)
        }
        None => None,
    };
    Ok(KeptChange {
        id: row.id(),
        at: row.at,
        operation: row.operation.clone(),
        target: row.target.clone(),
        made: kept.before.is_none(),
        fields: undo::changed(&kept),
        state: row.state,
        tried_at: row.tried_at,
        found: found.map(|found| undo::found(&kept, &found)).unwrap_or_default(),
    })
}

fn key(app: &App) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(app.keys.of("what was before"))
}

fn place(id: AccessEntryId, part: &str) -> String {
    format!("kept 1\0{id}\0{part}\0")
}
