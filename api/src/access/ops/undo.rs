//! What a letter changed, and having it back: shown to the customer, carried out by a job.
//!
//! What is kept is sealed at rest, bound to its row. Taking back is the customer's own deed with
//! the customer's own connection, so it does not matter whether the letter still holds.

use super::preview::GrantAccess;
use crate::access::AccessError;
use crate::access::model::{
    AccessUndone, Change, Grant, Kept, KeptChange, KeptState, NotBack, TakenBack, Whose,
};
use crate::access::store::{self, KeptRow, Of};
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

/// One change of a letter, and what became of those before it in the same go.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct TakeBack {
    pub grant: GrantId,
    pub change: AccessEntryId,
    pub by: PersonId,
    restored: i64,
    differs: i64,
    gone: i64,
    failed: i64,
}

impl TakeBack {
    fn counting(mut self, end: &TakenBack) -> Self {
        match end {
            TakenBack::Restored => self.restored += 1,
            TakenBack::Differs(_) => self.differs += 1,
            TakenBack::Gone => self.gone += 1,
            TakenBack::Failed(_) => self.failed += 1,
        }
        self
    }
}

/// Most changes that are shown, latest first.
pub const MOST_CHANGES: usize = 100;

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

/// What a letter changed and can be taken back, latest first; and how many other calls changed
/// something, of which nothing was kept.
///
/// Errors: 403 for whoever may not grant access, 404.
pub async fn kept_changes(
    app: &App,
    caller: &Caller,
    grant: GrantId,
) -> Result<(Vec<KeptChange>, i64)> {
    let _: Allowed<GrantAccess> = identity::allow(caller)?;
    let mut tx = app.db.read(caller).await?;
    of_customer(&mut tx, caller, grant).await?;
    let rows = store::kept(&mut tx, grant, i64::try_from(MOST_CHANGES).unwrap_or(i64::MAX)).await?;
    let unkept = store::unkept(&mut tx, grant).await?;
    drop(tx);
    let shown = rows.iter().map(|row| shown(app, row)).collect::<Result<_>>()?;
    Ok((shown, unkept))
}

/// Begins to take changes back, latest first whatever their order here; answers how many. Where
/// several changed one thing, each is held against what the one before it left.
///
/// Errors: 403, 404, `too-late-to-undo` once what was before is no longer kept, `nothing-to-undo`
/// while none of them can be taken back.
pub async fn take_back(
    app: &App,
    caller: &Caller,
    grant: GrantId,
    order: UndoOrder,
) -> Result<usize> {
    let _: Allowed<GrantAccess> = identity::allow(caller)?;
    let mut tx = app.db.write(caller).await?;
    of_customer(&mut tx, caller, grant).await?;
    store::lock(&mut tx, Of::Grant(grant)).await?;
    let under_way = store::next_asked(&mut tx, grant).await?.is_some();
    let which = (order.changes.as_slice(), order.overwrite);
    let marked = store::ask_back(&mut tx, grant, which, caller.person).await?;
    if marked == 0 {
        let late = store::is_too_late(&mut tx, grant, &order.changes).await?;
        let why = if late { AccessError::TooLateToUndo } else { AccessError::NothingToUndo };
        return Err(why.into());
    }
    // What is under way goes on with these.
    if !under_way && let Some(first) = store::next_asked(&mut tx, grant).await? {
        let (change, by) = (first.id(), caller.person);
        let facts = TakeBack { grant, change, by, restored: 0, differs: 0, gone: 0, failed: 0 };
        let job = NewJob::new(UNDO_JOB, &facts)?.for_vendor(caller.vendor);
        enqueue(&mut tx, &app.ids, job).await?;
    }
    tx.commit().await?;
    Ok(marked)
}

/// Opens what a row keeps; nothing once it was wiped.
pub fn opened(app: &App, row: &KeptRow) -> Result<Option<Kept>> {
    let Some(sealed) = &row.kept_sealed else { return Ok(None) };
    let place = place(row.id(), "kept");
    let plain = seal::open(&key(app), place.as_bytes(), sealed)?;
    Ok(Some(serde_json::from_slice(&plain)?))
}

/// Writes down what became of one, in the transaction that leads to the next or, after the last,
/// tells both sides and the audit trail. Nothing when another worker did.
pub async fn tried(app: &App, vendor: VendorId, facts: TakeBack, end: TakenBack) -> Result<()> {
    let found = match &end {
        TakenBack::Differs(found) => {
            let plain = Zeroizing::new(serde_json::to_vec(found)?);
            let place = place(facts.change, "found");
            Some(seal::seal(&key(app), &app.ids, place.as_bytes(), &plain)?)
        }
        _ => None,
    };
    let mut tx = app.db.write(vendor).await?;
    store::lock(&mut tx, Of::Grant(facts.grant)).await?;
    if !store::tried(&mut tx, facts.change, (&end, found.as_deref())).await? {
        return Ok(());
    }
    let facts = facts.counting(&end);
    match store::next_asked(&mut tx, facts.grant).await? {
        Some(next) => {
            let facts = TakeBack { change: next.id(), ..facts };
            let job = NewJob::new(UNDO_JOB, &facts)?.for_vendor(vendor);
            enqueue(&mut tx, &app.ids, job).await?;
        }
        None => tell_undone(app, &mut tx, facts).await?,
    }
    tx.commit().await
}

async fn tell_undone(app: &App, tx: &mut Tx, facts: TakeBack) -> Result<()> {
    let found = store::grants_of(tx, &[facts.grant]).await?;
    let grant = found.first().ok_or_else(|| Error::fault("changes of no letter"))?;
    let TakeBack { by, restored, differs, gone, failed, .. } = facts;
    let of = super::completion::of_grant(app, grant);
    let fact = AccessUndone { of, by, restored, differs, gone, failed };
    event::state(tx, &app.ids, Some(by), &fact).await
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
    let failed = row.state == KeptState::Failed;
    Ok(KeptChange {
        id: row.id(),
        at: row.at,
        operation: row.operation.clone(),
        target: row.target.clone(),
        made: kept.as_ref().map(|kept| kept.before.is_none()),
        fields: kept.as_ref().map(|kept| short(undo::changed(kept))).unwrap_or_default(),
        state: row.state,
        tried_at: row.tried_at,
        why: row.failure.as_deref().filter(|_| failed).and_then(NotBack::parse),
        found: kept
            .zip(found)
            .map(|(kept, found)| short(undo::found(&kept, &found)))
            .unwrap_or_default(),
        until: row.until,
        over: row.over,
    })
}

/// Most characters that are shown of one value.
const MOST_SHOWN: usize = 2000;

fn short(mut changes: Vec<Change>) -> Vec<Change> {
    for text in changes.iter_mut().flat_map(|c| [&mut c.before, &mut c.after]).flatten() {
        if let Some((at, _)) = text.char_indices().nth(MOST_SHOWN) {
            text.truncate(at);
            text.push('…');
        }
    }
    changes
}

fn key(app: &App) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(app.keys.of("what was before"))
}

fn place(id: AccessEntryId, part: &str) -> String {
    format!("kept 1\0{id}\0{part}\0")
}
