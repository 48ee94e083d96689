//! Sets back what a letter's calls changed: one after another, the latest first, each held against
//! what is there now.

use super::forward::{self, Order};
use super::refusal::Refusal;
use crate::access::model::{ConnectionState, Kept, KeptState};
use crate::access::ops::tokens::{self, NoToken, Token, Wanted};
use crate::access::ops::{self, TakeBack, told};
use crate::access::store::{self, KeptRow};
use crate::access::undo::{self, Step};
use crate::app::App;
use crate::kernel::id::VendorId;
use crate::outside::upstream::{Answer, Trouble};
use crate::platform::jobs::Job;
use crate::platform::refusal::{Error, Result};
use crate::upstreams::{Operation, Upstream};
use reqwest::StatusCode;
use reqwest::header::{ETAG, HeaderMap, HeaderValue};
use serde_json::{Map, Value};

type End = (KeptState, Option<Map<String, Value>>);

/// After so many tries of one job, what the application does not answer has failed.
const TRIES: i32 = 5;

/// Takes back whatever of the letter is wanted back.
///
/// Errors when the application is away: the queue tries again, with what is left.
pub async fn take_changes_back(app: &App, job: &Job) -> Result<()> {
    let facts: TakeBack = job.read()?;
    let vendor = job.vendor.ok_or_else(|| Error::fault("a letter belongs to a vendor"))?;
    let (mut ends, mut by) = (Vec::new(), None);
    while let Some(row) = next(app, vendor, facts).await? {
        by = row.asked_by().or(by);
        let end = match take_back(app, vendor, &row).await {
            Err(error) if job.earlier_attempts + 1 >= TRIES => {
                tracing::warn!(%error, "a change was not taken back");
                (KeptState::Failed, None)
            }
            end => end?,
        };
        ends.push(end.0);
        ops::tried(app, vendor, row.id(), end).await?;
    }
    match by {
        Some(by) => ops::tell_undone(app, vendor, facts.grant, (by, &ends)).await,
        None => Ok(()),
    }
}

async fn next(app: &App, vendor: VendorId, of: TakeBack) -> Result<Option<KeptRow>> {
    let mut tx = app.db.read(vendor).await?;
    store::next_asked(&mut tx, of.grant).await
}

async fn take_back(app: &App, vendor: VendorId, row: &KeptRow) -> Result<End> {
    let mut tx = app.db.read(vendor).await?;
    let connection = store::connection(&mut tx, row.customer(), row.connection()).await?;
    drop(tx);
    let connection = connection.filter(|c| c.state == ConnectionState::Active);
    let Some(connection) = connection else { return Ok((KeptState::Failed, None)) };
    let upstream = app.upstreams.get(&connection.upstream).cloned();
    let upstream = upstream.ok_or_else(|| Error::fault("the upstream is not described here"))?;
    let Some(means) = Means::of(&upstream, row) else { return Ok((KeptState::Failed, None)) };
    let wanted = Wanted {
        vendor,
        connection: connection.id,
        customer: row.customer(),
        upstream: &connection.upstream,
    };
    let token = match tokens::current(app, wanted).await {
        Ok(token) => token,
        Err(NoToken::NeedsReconnect) => return Ok((KeptState::Failed, None)),
        Err(NoToken::Server(trouble)) => return Err(Error::fault(trouble)),
        Err(NoToken::Ours(error)) => return Err(error),
    };
    let parts = told::plain(&connection.parts)?;
    let api = upstream.api(&parts).map_err(Error::fault)?;
    let kept = ops::opened(app, row)?;
    let order = Order {
        upstream: &upstream,
        api,
        operation: means.by,
        params: kept.params.clone(),
        query: Vec::new(),
        body: None,
        callers: false,
        if_match: None,
    };
    set_back(app, (&means, &token), order, (&kept, row.overwrite)).await
}

/// The operations that it takes.
struct Means<'a> {
    by: &'a Operation,
    shows: &'a Operation,
}

impl<'a> Means<'a> {
    /// Nothing once the application is described otherwise.
    fn of(upstream: &'a Upstream, row: &KeptRow) -> Option<Self> {
        let undo = upstream.operation(&row.operation_id)?.undo.as_ref()?;
        let by = upstream.operation(&undo.by)?;
        Some(Self { by, shows: upstream.operation(by.before.as_ref()?)? })
    }
}

async fn set_back(
    app: &App,
    (means, token): (&Means<'_>, &Token),
    mut order: Order<'_>,
    (kept, overwrite): (&Kept, bool),
) -> Result<End> {
    let look = forward::asking(&order, means.shows, order.params.clone());
    let seen = send(app, &look, token).await?;
    match seen.status {
        StatusCode::NOT_FOUND | StatusCode::GONE => return Ok((KeptState::Gone, None)),
        status if !status.is_success() => return refused(status),
        _ => {}
    }
    let now: Value = serde_json::from_slice(&seen.body).map_err(Error::fault)?;
    match undo::step(kept, &now, overwrite) {
        Step::Nothing => return Ok((KeptState::Restored, None)),
        Step::Differs(found) => return Ok((KeptState::Differs, Some(found))),
        Step::Delete => {}
        Step::Set(fields) => order.body = Some(Value::Object(fields)),
    }
    order.if_match = strong(&seen.headers);
    let answer = send(app, &order, token).await?;
    match answer.status {
        status if status.is_success() => Ok((KeptState::Restored, None)),
        StatusCode::NOT_FOUND | StatusCode::GONE => Ok((KeptState::Gone, None)),
        // Somebody was faster by a moment: the next try sees what they did.
        StatusCode::PRECONDITION_FAILED => Err(Error::fault("it was changed just now")),
        status => refused(status),
    }
}

fn strong(headers: &HeaderMap) -> Option<HeaderValue> {
    headers.get(ETAG).filter(|etag| forward::is_strong(etag)).cloned()
}

/// What an application says no to stays as it is; what it cannot do just now is tried again.
fn refused(status: StatusCode) -> Result<End> {
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        return Err(Error::fault(format!("the application answered {status}")));
    }
    Ok((KeptState::Failed, None))
}

async fn send(app: &App, order: &Order<'_>, token: &Token) -> Result<Answer> {
    let question = forward::bare(order, token, HeaderMap::new());
    let question = question.map_err(|refusal: Refusal| Error::fault(refusal))?;
    let answer = app.upstreams.client().ask(question).await;
    answer.map_err(|trouble: Trouble| Error::fault(trouble))
}
