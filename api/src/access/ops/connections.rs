//! A customer's connections: looking at them, and ending one.

use super::completion::end_grants;
use super::connect::ConnectAccount;
use super::lines::with_calls;
use super::revocation::{RevokeConnection, revocation_job};
use crate::access::model::{
    Connection, ConnectionEnded, ConnectionState, ConnectionStep, GrantStep, OfConnection,
    Revocation,
};
use crate::access::store::{self, Locked, Of, SecretRow};
use crate::access::vault::{Place, Vault};
use crate::app::App;
use crate::identity::{self, Allowed};
use crate::kernel::id::ConnectionId;
use crate::platform::caller::{Caller, OrganizationKind};
use crate::platform::db::Tx;
use crate::platform::jobs::{enqueue, event};
use crate::platform::refusal::{Common, Result};
use chrono::{DateTime, TimeDelta, Utc};

/// The caller's organization's connections, disconnected ones last. Nobody but a customer has any.
pub async fn list_connections(app: &App, caller: &Caller) -> Result<Vec<Connection>> {
    if caller.kind != OrganizationKind::Customer {
        return Ok(Vec::new());
    }
    let mut tx = with_calls(app, caller).await?;
    store::connections(&mut tx, caller.organization).await
}

/// When the application ends its permission by itself, if its makers say so: then the customer
/// has to connect the account again.
pub fn connection_ends(app: &App, connection: &Connection) -> Option<DateTime<Utc>> {
    let lives = app.upstreams.get(&connection.upstream)?.oauth.tokens;
    let open = connection.state != ConnectionState::Disconnected;
    let life = TimeDelta::from_std(lives.refresh_life?).ok().filter(|_| open)?;
    connection.connected_at.checked_add_signed(life)
}

/// Where the customer ends our access at the application itself, in a sentence, if that is known.
pub fn removal_of(app: &App, upstream: &str) -> Option<String> {
    app.upstreams.get(upstream)?.oauth.remove_access.clone()
}

/// One connection of the caller's organization; 404 for any other.
pub async fn get_connection(app: &App, caller: &Caller, id: ConnectionId) -> Result<Connection> {
    let mut tx = with_calls(app, caller).await?;
    let found = store::connection(&mut tx, caller.organization, id).await?;
    Ok(found.ok_or(Common::NotFound("connection"))?)
}

/// Disconnects: every letter of access for the account ends, its tokens are shredded, and only
/// then the application is told to end them, by a job whose result the connection shows. One that
/// offers no revocation is not told: the connection says where the customer ends it there.
///
/// Errors: 403 for other roles, 404, `connection-state` when it is disconnected already.
pub async fn disconnect(app: &App, caller: &Caller, id: ConnectionId) -> Result<Connection> {
    let _: Allowed<ConnectAccount> = identity::allow(caller)?;
    let before = get_connection(app, caller, id).await?;
    before.state.after(ConnectionStep::Disconnect)?;
    let offered = app.upstreams.get(&before.upstream).is_none_or(|u| u.oauth.revoke.is_some());
    let (mut tx, locked, last) = lock_with_last_token(app, caller, (&before, offered)).await?;
    locked.state.after(ConnectionStep::Disconnect)?;
    store::delete_secrets(&mut tx, id, &["access", "refresh", "orphan"]).await?;
    if last.is_none() {
        // Else it is needed once more, to have the tokens ended, and goes with them.
        store::delete_secrets(&mut tx, id, &["client"]).await?;
    }
    let revocation = match &last {
        Some(secret) => {
            store::keep_secret(&mut tx, id, "revocation", secret).await?;
            Revocation::Trying
        }
        None if offered => Revocation::Failed,
        None => Revocation::NotOffered,
    };
    store::set_disconnected(&mut tx, id, caller.person, revocation).await?;
    let reason = format!("{} was disconnected", locked.account_name);
    let of = Of::Connection(id);
    end_grants(app, &mut tx, of, (GrantStep::Revoke, Some(caller.person), &reason)).await?;
    let of = OfConnection {
        connection: id,
        customer: locked.organization,
        upstream: locked.upstream,
        account_name: locked.account_name,
    };
    let fact = ConnectionEnded { of, by: caller.person };
    event::state(&mut tx, &app.ids, Some(caller.person), &fact).await?;
    if last.is_some() {
        let job = revocation_job(&RevokeConnection { connection: id }, caller.vendor)?;
        enqueue(&mut tx, &app.ids, job).await?;
    }
    tx.commit().await?;
    get_connection(app, caller, id).await
}

/// Most refreshes that may come between reading the last token and the lock.
const BETWEEN: u8 = 3;

/// The connection, locked, with its last token as it is then: the key server is asked before, so a
/// refresh may come between, and what it brought is read in place of what it spent.
async fn lock_with_last_token(
    app: &App,
    caller: &Caller,
    (of, offered): (&Connection, bool),
) -> Result<(Tx, Locked, Option<SecretRow>)> {
    let mut tries = 0;
    loop {
        let mut tx = app.db.read(caller).await?;
        let held = newest(&mut tx, of.id).await?;
        drop(tx);
        let seen = held.as_ref().map(|(_, row)| row.generation);
        let last = match held.filter(|_| offered) {
            Some(held) => last_token(app, of, held).await,
            None => None,
        };
        let mut tx = app.db.write(caller).await?;
        let locked = store::lock_connection(&mut tx, of.id).await?;
        let locked = locked.ok_or(Common::NotFound("connection"))?;
        let now = newest(&mut tx, of.id).await?.map(|(_, row)| row.generation);
        tries += 1;
        if now == seen || tries > BETWEEN {
            return Ok((tx, locked, last));
        }
    }
}

/// The refresh token, or the access token where there is no other.
async fn newest(tx: &mut Tx, id: ConnectionId) -> Result<Option<(&'static str, SecretRow)>> {
    if let Some(row) = store::secret(tx, id, "refresh").await? {
        return Ok(Some(("refresh", row)));
    }
    Ok(store::secret(tx, id, "access").await?.map(|row| ("access", row)))
}

/// The token whose end takes the others along, sealed anew so that nothing but the revocation
/// opens it. Absent when it does not open: then the customer is told to end it in the application.
async fn last_token(
    app: &App,
    of: &Connection,
    held: (&'static str, SecretRow),
) -> Option<SecretRow> {
    match reseal(app, of, held).await {
        Ok(sealed) => Some(sealed),
        Err(error) => {
            tracing::error!(connection = %of.id, %error, "a token cannot be read to be revoked");
            None
        }
    }
}

async fn reseal(
    app: &App,
    of: &Connection,
    (kind, row): (&'static str, SecretRow),
) -> Result<SecretRow> {
    let vault = Vault::of(app);
    let place = |kind| Place::Token {
        connection: of.id,
        kind,
        generation: row.generation,
        customer: of.organization,
        upstream: &of.upstream,
    };
    let secret = vault.open(place(kind), &row.sealed).await?;
    let sealed = vault.seal(place("revocation"), &secret).await?;
    Ok(SecretRow { generation: row.generation, sealed })
}
