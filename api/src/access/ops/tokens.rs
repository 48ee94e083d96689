//! The access token of a connection, refreshed when it has to be: once, whoever asks.
//!
//! The right to refresh is a lease in the connection's row. No transaction is open while the
//! authorization server is asked. Only the holder of the lease sends the refresh token, and only
//! while its fence stands may it write what came back; an older generation is never tried.

use super::lease::{release, renew_lease, take_lease};
use super::told::{self, OfAccount};
use crate::access::model::{
    AccessToken, ConnectionBroken, ConnectionLessened, ConnectionState, ConnectionStep,
    OfConnection,
};
use crate::access::store::{self, Fruitless, Lease, SecretRow, Stored, TokenState};
use crate::access::vault::{Envelope, Place, Vault};
use crate::app::App;
use crate::kernel::id::{ConnectionId, OrganizationId, VendorId};
use crate::outside::oauth::{Server, TokenTrouble, Tokens};
use crate::outside::upstream::{ENDLESS, Trouble, Way};
use crate::platform::db::Tx;
use crate::platform::failpoint;
use crate::platform::jobs::event;
use crate::platform::refusal::{Error, Result};
use crate::upstreams::{Parts, Upstream};
use secrecy::SecretString;
use std::sync::Arc;
use std::time::Duration;

/// A token that may be sent, and the generation it is of.
pub struct Token {
    pub secret: SecretString,
    pub generation: i64,
}

/// Why there is none.
#[derive(Debug)]
pub enum NoToken {
    /// Only the customer can mend it.
    NeedsReconnect,
    /// The authorization server gave nothing this time.
    Server(TokenTrouble),
    /// Our own part is away or at fault.
    Ours(Error),
}

impl From<Error> for NoToken {
    fn from(error: Error) -> Self {
        Self::Ours(error)
    }
}

/// Whose token, as the caller knows it.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    pub vendor: VendorId,
    pub connection: ConnectionId,
    pub customer: OrganizationId,
    pub upstream: &'a str,
}

/// How long a call waits for somebody else's refresh.
const PATIENCE: Duration = Duration::from_secs(12);
const PAUSE: Duration = Duration::from_millis(40);

/// Opens a sealed access token.
///
/// Errors (ours) when it does not open in its place.
pub async fn open(app: &App, wanted: Wanted<'_>, token: &AccessToken) -> Result<Token, NoToken> {
    let sealed = token.sealed.as_ref().ok_or(NoToken::NeedsReconnect)?;
    let place = place(wanted, "access", token.generation);
    let secret = Vault::of(app).open(place, sealed).await?;
    Ok(Token { secret, generation: token.generation })
}

/// The token that counts now.
///
/// Errors: as [`newer`].
pub async fn current(app: &App, wanted: Wanted<'_>) -> Result<Token, NoToken> {
    let held = look(app, wanted).await?;
    if held.state != ConnectionState::Active {
        return Err(NoToken::NeedsReconnect);
    }
    if held.token.fresh && held.token.sealed.is_some() {
        return open(app, wanted, &held.token).await;
    }
    newer(app, wanted, held.token.generation).await
}

/// A token newer than the generation `seen`, which turned out to be too old.
///
/// Of all who ask at once one refreshes and the others get what it brought.
pub async fn newer(app: &App, wanted: Wanted<'_>, seen: i64) -> Result<Token, NoToken> {
    let (mut waits, mut rested) = (false, false);
    let mut waited = Duration::ZERO;
    while waited < PATIENCE {
        if !waits && let Some(lease) = take_lease(app, wanted, seen, None).await? {
            return refresh(app, wanted, lease).await;
        }
        let now = look(app, wanted).await?;
        if now.state != ConnectionState::Active {
            return Err(NoToken::NeedsReconnect);
        }
        if now.token.generation > seen && now.token.sealed.is_some() {
            return open(app, wanted, &now.token).await;
        }
        match now.owner {
            None if now.token.generation > seen => {}
            // Nobody gets it yet: what was sent may be looked at still.
            None if !waits && (now.rests || rested) => rested = true,
            // Whoever was waited for, or had it a moment ago, brought nothing: so would we.
            None => return Err(NoToken::Server(TokenTrouble::Unanswered(Trouble::Broken))),
            // Whoever was waited for may have died.
            Some(owner) if owner.lapsed => {
                if let Some(lease) = take_lease(app, wanted, seen, Some(owner.fence)).await? {
                    return refresh(app, wanted, lease).await;
                }
            }
            Some(_) => waits = true,
        }
        tokio::time::sleep(PAUSE).await;
        waited += PAUSE;
    }
    Err(NoToken::Server(TokenTrouble::Unanswered(Trouble::Late)))
}

async fn look(app: &App, wanted: Wanted<'_>) -> Result<TokenState, NoToken> {
    let mut tx = app.db.read(wanted.vendor).await?;
    store::token_state(&mut tx, wanted.connection).await?.ok_or(NoToken::NeedsReconnect)
}

async fn refresh(app: &App, wanted: Wanted<'_>, lease: Lease) -> Result<Token, NoToken> {
    let upstream = upstream(app, &lease.upstream)?;
    let by_client = matches!(upstream.oauth.way, Way::ClientCredentials);
    if lease.refresh.is_none() && !by_client {
        return give_up(app, wanted, &lease, "the application gave no way to renew it").await;
    }
    if lease.maybe_consumed && !by_client {
        tracing::info!(
            connection = %lease.connection,
            generation = lease.generation,
            "a refresh token whose last use went unanswered is sent again"
        );
    }
    let ready = match ready(app, wanted, &lease).await {
        Ok(ready) => ready,
        Err(error) => {
            release(app, wanted, &lease, Fruitless::NotSent).await?;
            return Err(error.into());
        }
    };
    let redirect = super::redirect_url(app)?;
    let Ok(authority) = upstream.authority(&ready.parts) else {
        release(app, wanted, &lease, Fruitless::NotSent).await?;
        return Err(NoToken::Server(TokenTrouble::Unanswered(Trouble::Forbidden)));
    };
    let server = Server::new(authority, app.upstreams.client(), redirect);
    if !renew_lease(app, wanted, &lease).await? {
        // Getting ready took longer than the lease: somebody else may be sending this token.
        return Err(NoToken::Server(TokenTrouble::Unanswered(Trouble::Late)));
    }
    failpoint::passed(&["refresh_sends"]);
    let answer = match &ready.secret {
        Some(secret) => server.refresh(secret).await,
        None => server.client_credentials().await,
    };
    failpoint::passed(&["refresh_answered"]);
    match answer {
        Err(trouble) if by_client && trouble.is_unknown_client() => {
            let reason = "the application no longer knows the client id with its secret";
            give_up(app, wanted, &lease, reason).await
        }
        Ok(tokens) => keep(app, wanted, &lease, (tokens, &server), ready.envelopes).await,
        Err(TokenTrouble::InvalidGrant) => refused(app, wanted, &lease).await,
        Err(trouble) => {
            tracing::warn!(connection = %lease.connection, %trouble, "a token was not refreshed");
            release(app, wanted, &lease, fruitless(&trouble)).await?;
            Err(NoToken::Server(trouble))
        }
    }
}

fn fruitless(trouble: &TokenTrouble) -> Fruitless {
    match trouble {
        TokenTrouble::Unanswered(trouble) if trouble.nothing_sent() => Fruitless::NotSent,
        TokenTrouble::Unanswered(_) => Fruitless::Unanswered,
        _ => Fruitless::Answered,
    }
}

/// Everything a refresh needs, so that nothing of ours can be away once the old token is spent.
struct Ready {
    /// The refresh token; absent where the customer's client asks for each token.
    secret: Option<SecretString>,
    /// What is known of the account the token is for.
    parts: Parts,
    envelopes: Envelopes,
}

/// Where the next pair will be kept.
struct Envelopes {
    access: Envelope,
    refresh: Envelope,
}

async fn ready(app: &App, wanted: Wanted<'_>, lease: &Lease) -> Result<Ready> {
    let vault = Vault::of(app);
    let next = lease.generation + 1;
    let access = vault.envelope(place(wanted, "access", next)).await?;
    let refresh = vault.envelope(place(wanted, "refresh", next)).await?;
    let secret = match &lease.refresh {
        Some(held) => {
            let place = place(wanted, "refresh", held.generation);
            Some(vault.open(place, &held.sealed).await?)
        }
        None => None,
    };
    let of = OfAccount {
        connection: wanted.connection,
        customer: wanted.customer,
        upstream: wanted.upstream,
    };
    let parts = told::of_account(app, of, (&lease.parts, lease.client.as_ref())).await?;
    Ok(Ready { secret, parts, envelopes: Envelopes { access, refresh } })
}

/// Writes what a refresh brought, unless somebody moved on meanwhile.
async fn keep(
    app: &App,
    wanted: Wanted<'_>,
    lease: &Lease,
    (tokens, server): (Tokens, &Server<'_>),
    envelopes: Envelopes,
) -> Result<Token, NoToken> {
    let generation = lease.generation + 1;
    let access = envelopes.access.seal(&tokens.access)?;
    let refresh = tokens.refresh.as_ref().map(|token| envelopes.refresh.seal(token)).transpose()?;
    let new = Stored {
        access,
        refresh,
        life_seconds: seconds(tokens.life),
        scopes: tokens.scopes.clone(),
    };
    let mut tx = app.db.write(wanted.vendor).await?;
    if store::store_refreshed(&mut tx, lease, &new).await? {
        lessened(app, &mut tx, (wanted, lease), new.scopes.as_deref()).await?;
        tx.commit().await?;
        tracing::info!(connection = %lease.connection, from = lease.generation, to = generation,
            rotated = tokens.refresh.is_some(), "refreshed");
        return Ok(Token { secret: tokens.access, generation });
    }
    drop(tx);
    late(app, wanted, lease, (tokens, server)).await
}

/// An answer that names less than was given before: the customer is told, and calls that need what
/// is gone are refused from its commit on.
async fn lessened(
    app: &App,
    tx: &mut Tx,
    (wanted, lease): (Wanted<'_>, &Lease),
    given: Option<&[String]>,
) -> Result<()> {
    let Some(given) = given else { return Ok(()) };
    let lost: Vec<String> =
        lease.scopes.iter().filter(|scope| !given.contains(scope)).cloned().collect();
    if lost.is_empty() {
        return Ok(());
    }
    tracing::warn!(connection = %lease.connection, ?lost, "ALARM: an application gives less");
    let of = OfConnection {
        connection: lease.connection,
        customer: wanted.customer,
        upstream: lease.upstream.clone(),
        account_name: lease.account_name.clone(),
    };
    event::state(tx, &app.ids, None, &ConnectionLessened { of, lost }).await
}

/// The answer came after the lease was lost. Somebody else's pair counts; ours is kept aside for
/// the case that theirs was refused, or ended when the connection is.
async fn late(
    app: &App,
    wanted: Wanted<'_>,
    lease: &Lease,
    (tokens, server): (Tokens, &Server<'_>),
) -> Result<Token, NoToken> {
    tracing::warn!(connection = %lease.connection, fence = lease.fence, "a refresh came too late");
    let now = look(app, wanted).await?;
    if now.state != ConnectionState::Active {
        let revoked = match &tokens.refresh {
            Some(refresh) => server.revoke(refresh, "refresh_token").await,
            None => server.revoke(&tokens.access, "access_token").await,
        };
        if let Err(trouble) = revoked {
            tracing::warn!(connection = %lease.connection, %trouble, "a late token lives on");
        }
        return Err(NoToken::NeedsReconnect);
    }
    if now.token.generation > lease.generation {
        return open(app, wanted, &now.token).await;
    }
    // Without a refresh token in it, the old one still counts, and there is nothing to keep.
    let Some(refresh) = tokens.refresh else {
        return Err(NoToken::Server(TokenTrouble::Unanswered(Trouble::Late)));
    };
    let generation = lease.generation + 1;
    let sealed = Vault::of(app).seal(place(wanted, "orphan", generation), &refresh).await?;
    let mut tx = app.db.write(wanted.vendor).await?;
    let row = SecretRow { generation, sealed };
    store::keep_secret(&mut tx, lease.connection, "orphan", &row).await?;
    tx.commit().await?;
    Err(NoToken::Server(TokenTrouble::Unanswered(Trouble::Late)))
}

/// The refresh token is not good any more: unless somebody moved on, or a late answer was kept
/// aside, the customer has to connect again.
async fn refused(app: &App, wanted: Wanted<'_>, lease: &Lease) -> Result<Token, NoToken> {
    let now = look(app, wanted).await?;
    if now.state == ConnectionState::Active && now.token.generation > lease.generation {
        return open(app, wanted, &now.token).await;
    }
    if adopt_orphan(app, wanted, lease).await? {
        release(app, wanted, lease, Fruitless::Answered).await?;
        return Err(NoToken::Server(TokenTrouble::Unanswered(Trouble::Broken)));
    }
    give_up(app, wanted, lease, "the application says that the permission has ended").await
}

/// Makes a kept late refresh token the connection's own, once; the next call will use it.
async fn adopt_orphan(app: &App, wanted: Wanted<'_>, lease: &Lease) -> Result<bool> {
    let mut tx = app.db.read(wanted.vendor).await?;
    let orphan = store::secret(&mut tx, lease.connection, "orphan").await?;
    drop(tx);
    let Some(orphan) = orphan.filter(|o| o.generation == lease.generation + 1) else {
        return Ok(false);
    };
    let vault = Vault::of(app);
    let secret = vault.open(place(wanted, "orphan", orphan.generation), &orphan.sealed).await?;
    let sealed = vault.seal(place(wanted, "refresh", orphan.generation), &secret).await?;
    let mut tx = app.db.write(wanted.vendor).await?;
    if !store::still_leased(&mut tx, lease).await? {
        // Somebody else refreshes by now, and what they find is theirs.
        return Ok(false);
    }
    let row = SecretRow { generation: orphan.generation, sealed };
    store::keep_secret(&mut tx, lease.connection, "refresh", &row).await?;
    store::delete_secrets(&mut tx, lease.connection, &["orphan"]).await?;
    tx.commit().await?;
    Ok(true)
}

/// Nothing can be done here: the connection needs the customer, who is told.
async fn give_up(
    app: &App,
    wanted: Wanted<'_>,
    lease: &Lease,
    reason: &str,
) -> Result<Token, NoToken> {
    let mut tx = app.db.write(wanted.vendor).await?;
    let locked = store::lock_connection(&mut tx, lease.connection).await?;
    let Some(locked) = locked.filter(|c| c.generation == lease.generation) else {
        return Err(NoToken::Server(TokenTrouble::Unanswered(Trouble::Broken)));
    };
    if locked.state.after(ConnectionStep::Break).is_ok() {
        store::set_broken(&mut tx, lease.connection, reason).await?;
        let of = OfConnection {
            connection: locked.id,
            customer: locked.organization,
            upstream: locked.upstream,
            account_name: locked.account_name,
        };
        let fact = ConnectionBroken { of, reason: reason.to_owned() };
        event::state(&mut tx, &app.ids, None, &fact).await?;
        tx.commit().await?;
    }
    Err(NoToken::NeedsReconnect)
}

fn upstream(app: &App, slug: &str) -> Result<Arc<Upstream>> {
    let known = app.upstreams.get(slug);
    known.cloned().ok_or_else(|| Error::fault(format!("the upstream {slug} is not described here")))
}

fn place<'a>(wanted: Wanted<'a>, kind: &'a str, generation: i64) -> Place<'a> {
    Place::Token {
        connection: wanted.connection,
        kind,
        generation,
        customer: wanted.customer,
        upstream: wanted.upstream,
    }
}

/// Whole seconds: a life is only ever a hint to refresh earlier.
pub(super) fn seconds(life: Duration) -> i64 {
    i64::try_from(life.min(ENDLESS).as_secs()).unwrap_or(i64::MAX)
}
