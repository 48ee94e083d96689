//! Receipts of letters that have ended.

use super::completion::place;
use super::grants::viewer;
use super::lines::with_calls;
use crate::access::AccessError;
use crate::access::audit::{Receipt, Signer};
use crate::access::model::{EndReceipt, Grant, LogStanding};
use crate::access::store;
use crate::app::App;
use crate::identity;
use crate::kernel::id::{GrantId, PersonId};
use crate::platform::caller::Caller;
use crate::platform::db::{Tx, nodes};
use crate::platform::refusal::{Common, Error, Result};
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use std::time::Duration;
use tokio::time::Instant;

/// So long after an end its calls may come: ending it may take that long to be written.
const ENDING: TimeDelta = TimeDelta::seconds(10);
/// So long a receipt waits until every process has written its lines, and between two looks.
pub(super) const PATIENCE: Duration = Duration::from_secs(3);
pub(super) const LOOK: Duration = Duration::from_millis(250);

/// That a letter is over, with what was still done around its end, signed; for either side. Waits a
/// few seconds until every process has acknowledged the end, and names those that have not.
///
/// Errors: 404; `not-ended` while it holds or rests, and for a request that was never granted.
pub async fn end_receipt(app: &App, caller: &Caller, id: GrantId) -> Result<Receipt> {
    let until = Instant::now() + PATIENCE;
    let begun = nodes::now(&mut app.db.read(caller).await?).await?;
    loop {
        let said = said_at(app, caller, id, begun).await?;
        if !is_awaited(&said, begun) || Instant::now() >= until {
            return Ok(Signer::of(app)?.attest(serde_json::to_string(&said)?));
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Whether a process has yet to acknowledge the end; who was not heard of for long before `begun`
/// will not answer now.
pub(super) fn is_awaited(said: &EndReceipt, begun: DateTime<Utc>) -> bool {
    said.log.silent.iter().any(|node| node.seen_at > begun - ENDING)
}

/// What a receipt would say now, unsigned; errors as [`end_receipt`].
pub async fn end_of_access(app: &App, caller: &Caller, id: GrantId) -> Result<EndReceipt> {
    let now = nodes::now(&mut app.db.read(caller).await?).await?;
    said_at(app, caller, id, now).await
}

async fn said_at(
    app: &App,
    caller: &Caller,
    id: GrantId,
    now: DateTime<Utc>,
) -> Result<EndReceipt> {
    let mut tx = with_calls(app, caller).await?;
    let grant = store::grant(&mut tx, viewer(caller), id).await?;
    let grant = grant.ok_or(Common::NotFound("letter of access"))?;
    let said = said_of(app, &mut tx, &[grant], now).await?.into_iter().next();
    Ok(said.ok_or(AccessError::NotEnded)?)
}

/// What is to be said of those of the letters that were granted and have ended, in their order; of
/// calls that ended by `now`.
pub(super) async fn said_of(
    app: &App,
    tx: &mut Tx,
    of: &[Grant],
    now: DateTime<Utc>,
) -> Result<Vec<EndReceipt>> {
    let over =
        || of.iter().filter_map(|grant| Some((grant, grant.over_since()?, grant.connection?)));
    let ends: Vec<_> = over().map(|(grant, at, _)| (grant.id, at)).collect();
    if ends.is_empty() {
        return Ok(Vec::new());
    }
    let accounts: Vec<_> = over().map(|(.., account)| account).collect();
    let people: Vec<PersonId> = over().filter_map(|(grant, ..)| grant.ended_by).collect();
    let nodes = nodes::nodes(tx).await?;
    let mut calls = store::calls_around(tx, &ends).await?;
    let accounts = store::connection_ends(tx, &accounts).await?;
    let names = identity::person_names(tx, &people).await?;
    let issued_at = app.clock.now().trunc_subsecs(6);
    let said = |(grant, ended_at, account)| {
        let grant: &Grant = grant;
        let (calls, keys) = calls.remove(&grant.id).ok_or_else(|| Error::fault("not counted"))?;
        let account = accounts.get(&account);
        let (connection, application_answer) =
            account.copied().ok_or_else(|| Error::fault("a letter without its account"))?;
        Ok(EndReceipt {
            kind: "access-ended",
            grant: grant.id,
            engagement: grant.engagement,
            engagement_label: grant.engagement_label(),
            customer: grant.customer_name.clone(),
            account: place(app, grant),
            application: grant.upstream.clone(),
            consultant: grant.consultant_name.clone(),
            terms: hex::encode(&grant.terms_hash),
            granted_at: grant.granted_at,
            ended_at,
            ended_by: grant.ended_by.and_then(|by| names.get(&by).cloned()),
            reason: grant.end_reason.clone().unwrap_or_default(),
            seat_ended_at: grant.seat_ended_at.filter(|at| *at == ended_at),
            calls,
            log: LogStanding::of(&nodes, grant.granted_at, now.min(ended_at + ENDING)),
            keys,
            connection,
            application_answer,
            issued_at,
        })
    };
    over().map(said).collect()
}
