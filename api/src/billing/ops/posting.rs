//! Posting facts, each once.

use crate::app::App;
use crate::billing::model::Journal;
use crate::billing::store;
use crate::kernel::id::JournalId;
use crate::platform::db::Tx;
use crate::platform::failpoint;
use crate::platform::refusal::Result;
use std::sync::{Arc, Mutex, PoisonError};

tokio::task_local! {
    /// Where the names of facts go that this task posts, if somebody wants to know.
    static WATCHED: Arc<Mutex<Vec<String>>>;
}

/// Does the work and tells which facts it posted; what others post meanwhile is not counted.
pub async fn watched<T>(work: impl Future<Output = T>) -> (T, Vec<String>) {
    let names = Arc::new(Mutex::new(Vec::new()));
    let done = WATCHED.scope(Arc::clone(&names), work).await;
    let posted = std::mem::take(&mut *names.lock().unwrap_or_else(PoisonError::into_inner));
    (done, posted)
}

/// Posts a journal unless its fact was posted before; answers whether it was new.
///
/// The caller holds the lock of whatever the fact is about, so two cannot both find it new; if they
/// did, the database would refuse the second.
pub async fn post_once(app: &App, tx: &mut Tx, journal: &Journal) -> Result<bool> {
    Ok(post_each_once(app, tx, std::slice::from_ref(journal)).await? > 0)
}

/// The same for facts that come together: one look, one statement. Answers how many were new.
pub async fn post_each_once(app: &App, tx: &mut Tx, journals: &[Journal]) -> Result<usize> {
    if journals.is_empty() {
        return Ok(0);
    }
    let keys: Vec<&str> = journals.iter().map(|journal| journal.event_key.as_str()).collect();
    let known = store::posted_among(tx, &keys).await?;
    let new: Vec<(JournalId, &Journal)> = journals
        .iter()
        .filter(|journal| !known.contains(&journal.event_key))
        .map(|journal| (app.ids.next(), journal))
        .collect();
    if !new.is_empty() {
        store::post(tx, &new).await?;
        failpoint::passed(&["crash_point_10"]);
        note(&new);
    }
    Ok(new.len())
}

fn note(new: &[(JournalId, &Journal)]) {
    let names = new.iter().map(|(_, journal)| journal.event_key.clone());
    // Nobody watches most of the time; then there is nothing to note.
    let _ = WATCHED.try_with(|list| {
        list.lock().unwrap_or_else(PoisonError::into_inner).extend(names);
    });
}
