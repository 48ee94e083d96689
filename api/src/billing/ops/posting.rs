//! Posting facts, each once.

use crate::app::App;
use crate::billing::model::Journal;
use crate::billing::store;
use crate::kernel::id::JournalId;
use crate::platform::db::Tx;
use crate::platform::refusal::Result;

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
    }
    Ok(new.len())
}
