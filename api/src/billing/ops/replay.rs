//! Working through stored news again: the ledger must be the same afterwards.

use super::webhooks::process_webhook;
use crate::app::App;
use crate::billing::store;
use crate::kernel::id::VendorId;
use crate::platform::db::Scope;
use crate::platform::refusal::Result;
use chrono::{DateTime, Utc};

/// Pieces of news that are looked up at once.
const PAGE: i64 = 200;

/// What working through news again brought.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replay {
    /// Pieces of news that were worked through.
    pub news: usize,
    /// Those that could not be, by id, with why.
    pub failed: Vec<(String, String)>,
    /// Journals that were not there before: the program's word and the fact's name.
    pub new_journals: Vec<(String, String)>,
}

impl Replay {
    /// Whether everything could be worked through, and nothing came of it.
    pub fn changed_nothing(&self) -> bool {
        self.failed.is_empty() && self.new_journals.is_empty()
    }
}

/// Works through everything that came at or after a moment, in the order in which it came. What
/// was never understood is left alone.
pub async fn replay_webhooks(app: &App, from: DateTime<Utc>) -> Result<Replay> {
    let mut tx = app.db.read(Scope::GLOBAL).await?;
    let vendors = store::vendors(&mut tx).await?;
    drop(tx);
    let mut before = Vec::new();
    for (vendor, _) in &vendors {
        before.push(posted(app, *vendor).await?);
    }
    let mut replay = Replay::default();
    let mut after = (from, String::new());
    loop {
        let mut tx = app.db.read(Scope::GLOBAL).await?;
        let page = store::news_from(&mut tx, (after.0, &after.1), PAGE).await?;
        drop(tx);
        let Some(last) = page.last() else { break };
        after = last.clone();
        for (_, id) in page {
            replay.news += 1;
            if let Err(error) = process_webhook(app, &id).await {
                replay.failed.push((id, error.to_string()));
            }
        }
    }
    for ((vendor, slug), known) in vendors.into_iter().zip(before) {
        let now = posted(app, vendor).await?;
        let new = now.into_iter().filter(|key| known.binary_search(key).is_err());
        replay.new_journals.extend(new.map(|key| (slug.clone(), key)));
    }
    Ok(replay)
}

async fn posted(app: &App, vendor: VendorId) -> Result<Vec<String>> {
    let mut tx = app.db.read(vendor).await?;
    let mut keys = store::event_keys(&mut tx).await?;
    keys.sort_unstable();
    Ok(keys)
}
