//! Posting a fact once.

use crate::app::App;
use crate::billing::model::Journal;
use crate::billing::store;
use crate::platform::db::Tx;
use crate::platform::refusal::Result;

/// Posts a journal unless its fact was posted before; answers whether it was new.
///
/// The caller holds the lock of whatever the fact is about, so two cannot both find it new; if they
/// did, the database would refuse the second.
pub async fn post_once(app: &App, tx: &mut Tx, journal: &Journal) -> Result<bool> {
    if store::is_posted(tx, &journal.event_key).await? {
        return Ok(false);
    }
    store::post(tx, app.ids.next(), journal).await?;
    Ok(true)
}
