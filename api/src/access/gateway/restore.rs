//! Sets back what a letter's calls changed: one after another, the latest first, each held against
//! what is there now. One letter has one job at a time.

use super::forward::{self, Order};
use super::line::{self, asked_operation, readable};
use super::refusal::Refusal;
use crate::access::model::{
    Asked, ConnectionState, Ended, Kept, KeptState, NewEntry, NotBack, Origin, Outcome, TakenBack,
    Whose,
};
use crate::access::ops::tokens::{self, NoToken, Token, Wanted};
use crate::access::ops::{self, TakeBack, told};
use crate::access::store::{self, KeptRow};
use crate::access::undo::{self, Step};
use crate::app::App;
use crate::kernel::id::{AccessEntryId, JobId, VendorId};
use crate::outside::upstream::{Answer, Trouble};
use crate::platform::jobs::Job;
use crate::platform::refusal::{Error, Result};
use crate::upstreams::{Operation, Risk, Undo, Upstream};
use reqwest::StatusCode;
use reqwest::header::{ETAG, HeaderMap, HeaderValue};
use serde_json::Value;
use std::time::Instant;

/// After so many tries of one job, what the application does not answer has failed.
const TRIES: i32 = 5;

/// Takes one change back; the next one is a job of its own, so that none of them lasts long.
///
/// Errors when the application is away: the queue tries again.
pub async fn take_changes_back(app: &App, job: &Job) -> Result<()> {
    let facts: TakeBack = job.read()?;
    let vendor = job.vendor.ok_or_else(|| Error::fault("a letter belongs to a vendor"))?;
    let mut tx = app.db.read(vendor).await?;
    let row = store::kept_one(&mut tx, facts.grant, facts.change).await?;
    drop(tx);
    let Some(row) = row.filter(|row| row.state == KeptState::Asked) else { return Ok(()) };
    let whose = row.whose(facts.grant, facts.by);
    let lines = Lines { app, vendor, whose, job: job.id };
    let end = match take_back(&lines, &row).await {
        Err(error) if job.earlier_attempts + 1 >= TRIES => {
            tracing::warn!(%error, "a change was not taken back");
            TakenBack::Failed(NotBack::NoAnswer)
        }
        end => end?,
    };
    ops::tried(app, vendor, facts, end).await
}

async fn take_back(lines: &Lines<'_>, row: &KeptRow) -> Result<TakenBack> {
    let Lines { app, vendor, .. } = *lines;
    let mut tx = app.db.read(vendor).await?;
    let connection = store::connection(&mut tx, row.customer(), row.connection()).await?;
    drop(tx);
    let connection = connection.filter(|c| c.state == ConnectionState::Active);
    let Some(connection) = connection else {
        return Ok(TakenBack::Failed(NotBack::NotConnected));
    };
    let upstream = app.upstreams.get(&connection.upstream).cloned();
    let upstream = upstream.ok_or_else(|| Error::fault("the upstream is not described here"))?;
    let Some(means) = Means::of(&upstream, row) else {
        return Ok(TakenBack::Failed(NotBack::DescribedOtherwise));
    };
    if let Some(left) = app.upstreams.holds().left(connection.id) {
        let message = format!("the application is left alone for {} s", left.as_secs() + 1);
        return Err(Error::fault(message));
    }
    let wanted = Wanted {
        vendor,
        connection: connection.id,
        customer: row.customer(),
        upstream: &connection.upstream,
    };
    let token = match tokens::current(app, wanted).await {
        Ok(token) => token,
        Err(NoToken::NeedsReconnect) => return Ok(TakenBack::Failed(NotBack::NotConnected)),
        Err(NoToken::Server(trouble)) => return Err(Error::fault(trouble)),
        Err(NoToken::Ours(error)) => return Err(error),
    };
    let parts = told::plain(&connection.parts)?;
    let api = upstream.api(&parts).map_err(Error::fault)?;
    let Some(kept) = ops::opened(app, row)? else {
        return Ok(TakenBack::Failed(NotBack::NotKept));
    };
    let order = Order {
        upstream: &upstream,
        api,
        operation: means.by,
        params: kept.params.clone(),
        query: Vec::new(),
        body: Some(Value::Object(kept.after.clone())),
        callers: false,
        if_match: None,
    };
    let wants = (&kept, row.overwrite);
    match set_back(lines, (&means, &token), &order, wants).await? {
        Some(end) => Ok(end),
        // The token was too old before its time: a newer one, once.
        None => {
            let newer = tokens::newer(app, wanted, token.generation).await;
            let Ok(token) = newer else { return Ok(TakenBack::Failed(NotBack::TokenRefused)) };
            let end = set_back(lines, (&means, &token), &order, wants).await?;
            Ok(end.unwrap_or(TakenBack::Failed(NotBack::TokenRefused)))
        }
    }
}

/// The operations that it takes.
struct Means<'a> {
    undo: &'a Undo,
    by: &'a Operation,
    shows: &'a Operation,
}

impl<'a> Means<'a> {
    /// Nothing once the application is described otherwise.
    fn of(upstream: &'a Upstream, row: &KeptRow) -> Option<Self> {
        let undo = upstream.operation(&row.operation_id)?.undo.as_ref()?;
        let by = upstream.operation(&undo.by)?;
        Some(Self { undo, by, shows: upstream.operation(by.before.as_ref()?)? })
    }
}

/// `None` when the application does not take the token.
async fn set_back(
    lines: &Lines<'_>,
    (means, token): (&Means<'_>, &Token),
    order: &Order<'_>,
    (kept, overwrite): (&Kept, bool),
) -> Result<Option<TakenBack>> {
    let look = forward::asking(order, means.shows, order.params.clone());
    let seen = send(lines, &look, token).await?;
    match seen.status {
        StatusCode::UNAUTHORIZED => return Ok(None),
        StatusCode::NOT_FOUND | StatusCode::GONE => return Ok(Some(TakenBack::Gone)),
        status if !status.is_success() => return refused(status).map(Some),
        _ => {}
    }
    let now: Value = serde_json::from_slice(&seen.body).map_err(Error::fault)?;
    let Some(now) = means.undo.thing(&now) else {
        return Ok(Some(TakenBack::Failed(NotBack::NotShown)));
    };
    let mut order = forward::asking(order, order.operation, order.params.clone());
    match undo::step(kept, now, overwrite) {
        Step::Nothing => return Ok(Some(TakenBack::Restored)),
        Step::Differs(found) => return Ok(Some(TakenBack::Differs(found))),
        Step::Delete => {}
        Step::Set(fields) => order.body = Some(Value::Object(fields)),
    }
    order.if_match = strong(&seen.headers);
    let answer = send(lines, &order, token).await?;
    match answer.status {
        status if status.is_success() => Ok(Some(TakenBack::Restored)),
        StatusCode::NOT_FOUND | StatusCode::GONE => Ok(Some(TakenBack::Gone)),
        // Somebody was faster by a moment: the next try sees what they did.
        StatusCode::PRECONDITION_FAILED => Err(Error::fault("it was changed just now")),
        status => refused(status).map(Some),
    }
}

fn strong(headers: &HeaderMap) -> Option<HeaderValue> {
    headers.get(ETAG).filter(|etag| forward::is_strong(etag)).cloned()
}

/// What an application says no to stays as it is; what it cannot do just now is tried again.
fn refused(status: StatusCode) -> Result<TakenBack> {
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        return Err(Error::fault(format!("the application answered {status}")));
    }
    Ok(TakenBack::Failed(NotBack::Refused(status.as_u16())))
}

/// Asks the application, with lines in the log: what changes something is announced before it is
/// sent.
async fn send(lines: &Lines<'_>, order: &Order<'_>, token: &Token) -> Result<Answer> {
    let question = forward::bare(order, token, HeaderMap::new());
    let question = question.map_err(|refusal: Refusal| Error::fault(refusal))?;
    let begun = match order.operation.risk {
        Risk::Read => None,
        _ => Some(lines.write(order, (None, begins())).await?),
    };
    let started = Instant::now();
    let answer = lines.app.upstreams.client().ask(question).await;
    let ended = Ended {
        outcome: Outcome::Undone,
        duration_ms: i32::try_from(started.elapsed().as_millis()).unwrap_or(i32::MAX),
        ..told(order, &answer)
    };
    lines.write(order, (begun, ended)).await?;
    let mut answer = answer.map_err(|trouble: Trouble| Error::fault(trouble))?;
    let faults = order.upstream.faults.as_ref();
    if let Some(fault) = faults.and_then(|faults| faults.read(answer.status, &answer.body)) {
        fault.mark(&mut answer.status, &mut answer.headers);
    }
    Ok(answer)
}

fn begins() -> Ended {
    let (bytes, answer_hash, duration_ms) = (0, None, 0);
    Ended { outcome: Outcome::Begun, code: None, status: None, bytes, answer_hash, duration_ms }
}

fn told(order: &Order<'_>, answer: &std::result::Result<Answer, Trouble>) -> Ended {
    match answer {
        Ok(answer) => Ended {
            status: Some(answer.status.as_u16()),
            bytes: i64::try_from(answer.body.len()).unwrap_or(i64::MAX),
            ..begins()
        },
        Err(trouble) => line::ended(&Err(forward::no_answer(order, *trouble))),
    }
}

/// Whose lines they are.
struct Lines<'a> {
    app: &'a App,
    vendor: VendorId,
    whose: Whose,
    /// What they name as their request.
    job: JobId,
}

impl Lines<'_> {
    async fn write(
        &self,
        order: &Order<'_>,
        (begun, ended): (Option<AccessEntryId>, Ended),
    ) -> Result<AccessEntryId> {
        let path = order.operation.path.build(&order.params).unwrap_or_default();
        let asked = Asked {
            method: order.operation.method.to_string(),
            target: readable(&path),
            operation: Some(asked_operation(order.operation)),
            request_id: self.job.to_string(),
            from: Origin::default(),
        };
        let (id, whose) = (self.app.ids.next(), self.whose);
        let sent_hash = forward::hash_of_sent(order).map_err(Error::fault)?;
        let (approval, uses, undo) = (None, None, true);
        let entry = NewEntry { id, begun, whose, asked, approval, uses, sent_hash, ended, undo };
        let mut tx = self.app.db.write(self.vendor).await?;
        store::insert_entry(&mut tx, &entry).await?;
        tx.commit().await?;
        Ok(id)
    }
}
