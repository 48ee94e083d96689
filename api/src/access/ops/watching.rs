//! Looking after the calls of a program's letters: a job a minute reads what was written to the
//! access log since the look before, and raises alarms about what is unusual.
//!
//! No call waits for it. Each look writes the next one in its own transaction, for as long as the
//! program has letters; two that meet at one minute are one. The nights are looked at less often,
//! since more of the log is read for them.

use super::completion::of_grant;
use crate::access::model::{AccessAlarmed, Arrival, Calls, Night, Unusual, is_known, judge_places};
use crate::access::store::{self, NewAlarm};
use crate::app::App;
use crate::kernel::id::{AccessAlarmId, GrantId};
use crate::platform::db::Tx;
use crate::platform::jobs::{self, Job, NewJob, enqueue, event};
use crate::platform::refusal::{Error, Result};
use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

pub const WATCH_JOB: &str = "watch-access";

const PAUSE: TimeDelta = TimeDelta::minutes(1);
const NIGHT_PAUSE: TimeDelta = TimeDelta::minutes(10);
/// So long a transaction that writes lines may last: they say when it began.
const LATE: TimeDelta = TimeDelta::seconds(30);
/// The first look goes so far back.
const FIRST: TimeDelta = TimeDelta::hours(1);

/// What a look begins with; nothing of it for the first.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Watch {
    /// The look before.
    looked: Option<DateTime<Utc>>,
    /// The one before that looked at the nights.
    nights: Option<DateTime<Utc>>,
    /// The key of the job that was the look before: its row is not kept.
    before: Option<String>,
    /// The key of this one.
    key: Option<String>,
}

/// Begins to look after a program that has a letter now. A reaction; once begun it changes nothing.
pub async fn watch_letters(app: &App, tx: &mut Tx) -> Result<()> {
    if jobs::is_queued(tx, WATCH_JOB).await? {
        return Ok(());
    }
    next(app, tx, Watch::default()).await
}

async fn next(app: &App, tx: &mut Tx, watch: Watch) -> Result<()> {
    let vendor = tx.vendor()?;
    let minute = app.clock.now().duration_trunc(PAUSE).map_err(Error::fault)? + PAUSE;
    let key = format!("{WATCH_JOB}:{vendor}:{}", minute.timestamp() / 60);
    let watch = Watch { key: Some(key.clone()), ..watch };
    let job = NewJob::new(WATCH_JOB, &watch)?.for_vendor(vendor).once(key).at(minute);
    enqueue(tx, &app.ids, job).await
}

/// One look.
pub async fn watch(app: &App, tx: &mut Tx, job: &Job) -> Result<()> {
    let watch: Watch = job.read()?;
    let now = app.clock.now();
    let looked = watch.looked.unwrap_or(now - FIRST);
    let night = watch.nights.filter(|at| now - *at < NIGHT_PAUSE);
    let since = looked - LATE;
    let mut found = refusals(tx, since).await?;
    found.extend(shown(tx, since).await?);
    found.extend(places(tx, (since, looked)).await?);
    if night.is_none() {
        let since = watch.nights.unwrap_or(now - FIRST) - LATE;
        found.extend(nights(tx, since).await?);
    }
    raise(app, tx, found).await?;
    store::forget_proofs(tx).await?;
    if let Some(before) = &watch.before {
        jobs::forget(tx, before).await?;
    }
    if !store::has_letters(tx, since).await? {
        return Ok(());
    }
    let nights = Some(night.unwrap_or(now));
    next(app, tx, Watch { looked: Some(now), nights, before: watch.key, key: None }).await
}

type Found = Vec<(GrantId, Unusual)>;

async fn refusals(tx: &mut Tx, since: DateTime<Utc>) -> Result<Found> {
    let dense = store::dense_refusals(tx, since).await?;
    let burst = |of: &Calls| Some((of.grant, of.burst()?));
    Ok(dense.iter().filter_map(burst).collect())
}

async fn shown(tx: &mut Tx, since: DateTime<Utc>) -> Result<Found> {
    let calls = store::shown_tokens(tx, since).await?;
    Ok(calls.iter().map(|of| (of.grant, of.shown())).collect())
}

async fn nights(tx: &mut Tx, since: DateTime<Utc>) -> Result<Found> {
    let busy = store::busy_nights(tx, since).await?;
    let judged = |of: &Night| Some((of.grant, of.judged()?));
    Ok(busy.iter().filter_map(judged).collect())
}

async fn places(tx: &mut Tx, since: (DateTime<Utc>, DateTime<Utc>)) -> Result<Found> {
    let arrivals = store::arrivals(tx, since).await?;
    if arrivals.is_empty() {
        return Ok(Vec::new());
    }
    let grants: BTreeSet<GrantId> =
        arrivals.iter().map(|arrival: &Arrival| arrival.grant).collect();
    let grants: Vec<GrantId> = grants.into_iter().collect();
    let known = store::known_places(tx, &grants).await?;
    let found = judge_places(&arrivals, &known);
    // What an alarm stands open about is not learned, so that nothing new hides behind it.
    let open = store::alarmed_places(tx, &grants).await?;
    let hidden = |a: &Arrival| open.contains(&a.grant) && !is_known(a, &known);
    let (_, learned): (Vec<Arrival>, Vec<Arrival>) = arrivals.into_iter().partition(hidden);
    store::learn_places(tx, &learned).await?;
    Ok(found)
}

/// Writes the alarms that are not open already, and tells of those.
async fn raise(app: &App, tx: &mut Tx, found: Found) -> Result<()> {
    if found.is_empty() {
        return Ok(());
    }
    let ids: Vec<GrantId> = found.iter().map(|(grant, _)| *grant).collect();
    let grants = store::grants_of(tx, &ids).await?;
    let grants: BTreeMap<GrantId, _> = grants.into_iter().map(|g| (g.id, g)).collect();
    let new = |(grant, what): (GrantId, Unusual)| {
        let customer = grants.get(&grant)?.customer;
        Some(NewAlarm { id: app.ids.next(), grant, customer, what })
    };
    let new: Vec<NewAlarm> = found.into_iter().filter_map(new).collect();
    let raised: BTreeSet<AccessAlarmId> =
        store::raise_alarms(tx, &new).await?.into_iter().collect();
    let mut new = new;
    new.sort_by_key(|alarm| alarm.customer);
    for alarm in new.into_iter().filter(|alarm| raised.contains(&alarm.id)) {
        let Some(grant) = grants.get(&alarm.grant) else { continue };
        let fact = AccessAlarmed { of: of_grant(app, grant), alarm: alarm.id, what: alarm.what };
        event::state(tx, &app.ids, None, &fact).await?;
    }
    Ok(())
}
