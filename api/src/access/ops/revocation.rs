//! Telling an application that our tokens for an account have ended (RFC 7009).

use super::redirect_url;
use super::told::{self, OfAccount};
use crate::access::model::{ConnectionRevoked, OfConnection, Revocation};
use crate::access::store::{self, Locked, SecretRow};
use crate::access::vault::{Place, Vault};
use crate::app::App;
use crate::kernel::id::{ConnectionId, VendorId};
use crate::outside::oauth::Server;
use crate::platform::jobs::{Job, NewJob, event};
use crate::platform::refusal::{Error, Result};
use serde::{Deserialize, Serialize};

pub const REVOCATION_JOB: &str = "revoke-connection";

/// After this many tries the job is given up, the last token is shredded, and the connection says
/// so.
const TRIES: i32 = 12;

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct RevokeConnection {
    pub connection: ConnectionId,
}

pub(super) fn revocation_job(facts: &RevokeConnection, vendor: VendorId) -> Result<NewJob> {
    let key = format!("{REVOCATION_JOB}:{}", facts.connection);
    Ok(NewJob::new(REVOCATION_JOB, facts)?.for_vendor(vendor).once(key))
}

/// One try. Repeating it is harmless: an ended token stays ended.
///
/// Errors when the application did not take it: the queue tries again, and the connection shows
/// how often.
pub async fn revoke_upstream(app: &App, job: &Job) -> Result<()> {
    let facts: RevokeConnection = job.read()?;
    let vendor = job.vendor.ok_or_else(|| Error::fault("a revocation belongs to a vendor"))?;
    let mut tx = app.db.write(vendor).await?;
    let locked = store::lock_connection(&mut tx, facts.connection).await?;
    let secret = store::secret(&mut tx, facts.connection, "revocation").await?;
    let client = store::secret(&mut tx, facts.connection, "client").await?;
    drop(tx);
    let (Some(connection), Some(secret)) = (locked, secret) else { return Ok(()) };
    let told = tell(app, &connection, (&secret, client.as_ref())).await;
    let done = told.is_ok();
    let state = match &told {
        Ok(()) => Revocation::Done,
        Err(_) if job.earlier_attempts + 1 >= TRIES => Revocation::Failed,
        Err(_) => Revocation::Trying,
    };
    let mut tx = app.db.write(vendor).await?;
    let error = told.as_ref().err().map(ToString::to_string);
    store::set_revocation(&mut tx, connection.id, state, error.as_deref()).await?;
    // Given up as well: what could not be ended there is not kept here either.
    if state != Revocation::Trying {
        store::delete_secrets(&mut tx, connection.id, &["revocation", "client"]).await?;
    }
    if state != Revocation::Trying {
        let of = OfConnection {
            connection: connection.id,
            customer: connection.organization,
            upstream: connection.upstream,
            account_name: connection.account_name,
        };
        event::state(&mut tx, &app.ids, None, &ConnectionRevoked { of, done }).await?;
    }
    tx.commit().await?;
    told
}

async fn tell(
    app: &App,
    connection: &Locked,
    (secret, client): (&SecretRow, Option<&SecretRow>),
) -> Result<()> {
    let upstream = app.upstreams.get(&connection.upstream);
    let upstream = upstream.ok_or_else(|| Error::fault("the upstream is not described here"))?;
    let place = Place::Token {
        connection: connection.id,
        kind: "revocation",
        generation: secret.generation,
        customer: connection.organization,
        upstream: &connection.upstream,
    };
    let token = Vault::of(app).open(place, &secret.sealed).await?;
    let of = OfAccount {
        connection: connection.id,
        customer: connection.organization,
        upstream: &connection.upstream,
    };
    let parts = told::of_account(app, of, (&connection.parts, client)).await?;
    let authority = upstream.authority(&parts).map_err(Error::fault)?;
    let server = Server::new(authority, app.upstreams.client(), redirect_url(app)?);
    // A hint only: servers look among their other tokens too.
    let told = server.revoke(&token, "refresh_token").await;
    told.map_err(|trouble| Error::fault(format!("the token was not revoked: {trouble}")))
}
