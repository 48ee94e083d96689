//! Looks whether the letters still hold under which files are on their way, and stops those that
//! rest on nothing any more.
//!
//! The database says what holds. Its notifications only make this look at once; without them it
//! looks on a tick, which also finds what ends by the clock. Nothing runs while no file does.

use super::standing::holds;
use crate::access::store::{self, Upheld};
use crate::app::App;
use crate::kernel::id::VendorId;
use crate::outside::upstream::{Cut, Running};
use crate::platform::db::Hints;
use crate::platform::refusal::{Error, Result};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// The channel on which the database says that something a letter rests on was changed.
const CHANNEL: &str = "attache_access";
/// Between two looks without a hint; a file goes on for at most this and one look.
const TICK: Duration = Duration::from_millis(250);
/// A look that takes longer has told nothing.
const LOOK: Duration = Duration::from_millis(600);
/// Between two looks at how long nothing could be told.
const DOUBT: Duration = Duration::from_millis(50);
const CONNECT: Duration = Duration::from_millis(400);

/// Watches until nothing is under way.
pub async fn watch(app: App) {
    tokio::select! {
        () = look_on(&app) => {}
        () = doubt(&app) => {}
    }
}

/// Stops what nobody can tell of; waits for no answer.
async fn doubt(app: &App) {
    loop {
        tokio::time::sleep(DOUBT).await;
        app.upstreams.flows().stop_unconfirmed();
    }
}

async fn look_on(app: &App) {
    let mut hints = None;
    while let Some(under_way) = app.upstreams.flows().under_way() {
        if hints.is_none() {
            hints = listen(app).await;
        }
        look(app, &under_way).await;
        tokio::select! {
            lost = lost(&mut hints) => if lost { hints = None },
            () = tokio::time::sleep(TICK) => {}
        }
    }
}

async fn listen(app: &App) -> Option<Hints> {
    let heard = timeout(CONNECT, app.db.listen(CHANNEL)).await.ok()?;
    heard.map_err(|error| tracing::warn!(%error, "no hints of ended letters: by tick alone")).ok()
}

/// Waits for a hint; whether the connection was lost instead.
async fn lost(hints: &mut Option<Hints>) -> bool {
    match hints {
        Some(hints) => !hints.next().await,
        None => std::future::pending().await,
    }
}

async fn look(app: &App, under_way: &BTreeMap<u64, Running>) {
    let mut by_vendor: BTreeMap<VendorId, Vec<(u64, &Running)>> = BTreeMap::new();
    for (id, running) in under_way {
        by_vendor.entry(running.vendor).or_default().push((*id, running));
    }
    let looks = by_vendor.into_iter().map(|(vendor, running)| look_at(app, vendor, running));
    futures::future::join_all(looks).await;
}

async fn look_at(app: &App, vendor: VendorId, running: Vec<(u64, &Running)>) {
    let flows = app.upstreams.flows();
    let keys: Vec<&[u8]> = running.iter().map(|(_, r)| r.key_hash.as_slice()).collect();
    let asked = Instant::now();
    let read = timeout(LOOK, upheld(app, vendor, &keys)).await;
    match read.unwrap_or_else(|_| Err(Error::Unavailable("The database".to_owned()))) {
        Ok(found) => {
            for (id, running) in running {
                flows.judge(id, asked, verdict(running, &found));
            }
        }
        Err(error) => tracing::warn!(%error, "whether letters hold could not be read"),
    }
}

async fn upheld(app: &App, vendor: VendorId, keys: &[&[u8]]) -> Result<Vec<Upheld>> {
    let mut tx = app.db.read(vendor).await?;
    store::upheld(&mut tx, keys).await
}

/// Why it must stop, if it must.
fn verdict(running: &Running, found: &[Upheld]) -> Option<Cut> {
    let Some(now) = found.iter().find(|now| now.key_hash == running.key_hash) else {
        return Some(Cut::Ended("unknown-key"));
    };
    if let Err(refusal) = holds(now.standing, &[]) {
        return Some(Cut::Ended(refusal.code()));
    }
    (now.terms != running.terms).then_some(Cut::Ended("letter-changed"))
}
