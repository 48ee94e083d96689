//! Working through stored news again: the ledger must be the same afterwards.

use super::posting::watched;
use super::webhooks::process_webhook;
use crate::app::App;
use crate::billing::store;
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
    /// Facts that were not booked before: the news by id, and the fact's name.
    pub new_journals: Vec<(String, String)>,
}

impl Replay {
    /// Whether everything could be worked through, and nothing came of it.
    pub fn changed_nothing(&self) -> bool {
        self.failed.is_empty() && self.new_journals.is_empty()
    }
}

/// Works through everything that came at or after a moment, in the order in which it came. What
/// was never understood is left alone; what others book meanwhile is not counted.
pub async fn replay_webhooks(app: &App, from: DateTime<Utc>) -> Result<Replay> {
    let mut replay = Replay::default();
    let mut after = (from, String::new());
    loop {
        let mut tx = app.db.read(Scope::GLOBAL).await?;
        let page = store::news_from(&mut tx, (after.0, &after.1), PAGE).await?;
        drop(tx);
        let Some(last) = page.last() else { return Ok(replay) };
        after = last.clone();
        for (_, id) in page {
            replay.news += 1;
            let (done, posted) = watched(process_webhook(app, &id)).await;
            replay.new_journals.extend(posted.into_iter().map(|key| (id.clone(), key)));
            if let Err(error) = done {
                replay.failed.push((id, error.to_string()));
            }
        }
    }
}
