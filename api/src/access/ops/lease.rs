//! The right to send a connection's refresh token: a lease in its row, with a fence.

use super::tokens::Wanted;
use crate::access::store::{self, Fruitless, Lease, LeaseWanted};
use crate::app::App;
use crate::platform::refusal::Result;

/// Longer than any answer of a token endpoint is waited for.
const LEASE_SECONDS: i32 = 15;
/// Where a token that is sent twice ends everything, a node that stood still for a while must still
/// be able to write what came back before another one sends it again.
const STRICT_LEASE_SECONDS: i32 = 60;

/// The lease, when it is free and the token is still of the generation `seen`; with a fence only
/// from whoever let that one lapse.
pub async fn take_lease(
    app: &App,
    wanted: Wanted<'_>,
    seen: i64,
    lapsed: Option<i64>,
) -> Result<Option<Lease>> {
    let mut tx = app.db.write(wanted.vendor).await?;
    let (owner, seconds) = (app.ids.next(), lease_seconds(app, wanted));
    let ask = LeaseWanted { connection: wanted.connection, owner, seen, lapsed, seconds };
    let lease = store::take_lease(&mut tx, ask).await?;
    tx.commit().await?;
    Ok(lease)
}

/// A lease that still stands begins anew, right before the token is sent; whether it does.
pub async fn renew_lease(app: &App, wanted: Wanted<'_>, lease: &Lease) -> Result<bool> {
    let mut tx = app.db.write(wanted.vendor).await?;
    let stands = store::renew_lease(&mut tx, lease, lease_seconds(app, wanted)).await?;
    tx.commit().await?;
    Ok(stands)
}

fn lease_seconds(app: &App, wanted: Wanted<'_>) -> i32 {
    let strict = app.upstreams.get(wanted.upstream).is_some_and(|u| u.oauth.tokens.strict);
    if strict { STRICT_LEASE_SECONDS } else { LEASE_SECONDS }
}

/// Gives it back.
pub async fn release(app: &App, wanted: Wanted<'_>, lease: &Lease, why: Fruitless) -> Result<()> {
    let mut tx = app.db.write(wanted.vendor).await?;
    store::release_lease(&mut tx, lease, why).await?;
    tx.commit().await
}
