//! Connecting an account: the way back.

use super::account::{Account, read_account};
use super::connect::{ConnectAccount, hash_state};
use super::keeping::keep_in_time;
use super::redirect_url;
use super::returns::note_stray;
use super::tokens::seconds;
use super::told::{self, OfAccount};
use crate::access::AccessError;
use crate::access::model::{ConnectionMade, ConnectionStep, OfConnection};
use crate::access::store::{self, Begun, Connected, SecretRow};
use crate::access::vault::{Place, Sealed, Vault};
use crate::app::App;
use crate::identity::{self, Allowed, SignedIn};
use crate::kernel::check::Invalid;
use crate::kernel::id::ConnectionId;
use crate::outside::oauth::{Server, Tokens};
use crate::outside::upstream::Authority;
use crate::platform::caller::Caller;
use crate::platform::db::{Scope, Tx, refuse_on};
use crate::platform::jobs::event;
use crate::platform::refusal::{Error, Refusal as _, Result};
use crate::text_enum;
use crate::upstreams::{Parts, Upstream};
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;

/// What the authorization server sent along.
#[derive(Debug, Default)]
pub struct Returned {
    pub state: Option<String>,
    pub code: Option<SecretString>,
    pub error: Option<String>,
    /// The issuer, if it says who it is (RFC 9207).
    pub issuer: Option<String>,
}

text_enum! {
    /// How a connect ended, for the page that shows it.
    pub enum ConnectOutcome {
        Connected = "connected",
        /// The person said no at the application.
        Denied = "denied",
        /// The application did not give what it promised.
        Failed = "failed",
        /// Another customer of this program has connected this account.
        Taken = "taken",
        /// It was to be mended, and another account came back.
        OtherAccount = "other-account",
    }
}

/// Where the person goes now.
#[derive(Debug)]
pub struct Finished {
    /// The program's word in addresses.
    pub vendor_slug: String,
    pub outcome: ConnectOutcome,
    pub connection: Option<ConnectionId>,
}

/// Takes the person back from the application and connects the account they chose.
///
/// Errors with 400, and nothing is connected: `connect-unknown` when the state is not of this
/// session, was used or is older than ten minutes, or the seat changed meanwhile;
/// `connect-mixed-up` when another authorization server answers than the one that was asked.
pub async fn finish_connect(
    app: &App,
    signed_in: Option<&SignedIn>,
    returned: Returned,
) -> Result<Finished> {
    let (caller, begun, state_hash) = match begun(app, signed_in, &returned).await {
        Err(error) if error.code() == Some(AccessError::ConnectUnknown.code()) => {
            note_stray(app, signed_in, &returned).await?;
            return Err(error);
        }
        found => found?,
    };
    let _: Allowed<ConnectAccount> = identity::allow(caller)?;
    let upstream = app.upstreams.get(&begun.upstream).cloned();
    let upstream = upstream.ok_or_else(|| Error::fault("the upstream is gone"))?;
    let parts = told(app, &begun, &state_hash).await?;
    let authority = upstream.authority(&parts).map_err(Error::fault)?;
    check_issuer(&authority, &begun, returned.issuer.as_deref())?;
    let end = |outcome, connection| Finished {
        vendor_slug: begun.vendor_slug.clone(),
        outcome,
        connection,
    };
    if let Some(error) = &returned.error {
        let denied = error == "access_denied";
        let outcome = if denied { ConnectOutcome::Denied } else { ConnectOutcome::Failed };
        return Ok(end(outcome, None));
    }
    let Some(code) = returned.code else { return Ok(end(ConnectOutcome::Failed, None)) };
    let place = Place::Verifier { state_hash: &state_hash };
    let verifier = Vault::of(app).open(place, &begun.verifier).await?;
    let server = Server::new(authority, app.upstreams.client(), redirect_url(app)?);
    let tokens = match server.exchange(code.expose_secret(), verifier.expose_secret()).await {
        Ok(tokens) => tokens,
        Err(trouble) => {
            tracing::warn!(upstream = upstream.slug, %trouble, "a code was not exchanged");
            return Ok(end(ConnectOutcome::Failed, None));
        }
    };
    let what = (&upstream, begun.connection, &parts);
    let (outcome, id) = settled(app, caller, what, (&server, &tokens)).await?;
    Ok(end(outcome, id))
}

/// Connects an account by the client that the customer made there and told here.
///
/// Errors: `invalid` when the application does not know that client or its secret.
pub(super) async fn connect_at_once(
    app: &App,
    caller: &Caller,
    what: (&Arc<Upstream>, Option<ConnectionId>, &Parts),
) -> Result<(ConnectOutcome, Option<ConnectionId>)> {
    let (upstream, _, parts) = what;
    let authority = upstream.authority(parts).map_err(Error::fault)?;
    let server = Server::new(authority, app.upstreams.client(), redirect_url(app)?);
    match server.client_credentials().await {
        Ok(tokens) => settled(app, caller, what, (&server, &tokens)).await,
        Err(trouble) if trouble.is_unknown_client() => {
            let field = format!("parts.{}", upstream.secret_part().unwrap_or_default());
            let what = format!("{} does not know this client id with this secret", upstream.name);
            Err(Invalid::field(&field, what).into())
        }
        Err(trouble) => {
            tracing::warn!(upstream = upstream.slug, %trouble, "no token for a client");
            Ok((ConnectOutcome::Failed, None))
        }
    }
}

/// Keeps what was given, or ends it there.
async fn settled(
    app: &App,
    caller: &Caller,
    what: (&Arc<Upstream>, Option<ConnectionId>, &Parts),
    (server, tokens): (&Server<'_>, &Tokens),
) -> Result<(ConnectOutcome, Option<ConnectionId>)> {
    match connect(app, caller, what, tokens).await {
        Ok(id) => Ok((ConnectOutcome::Connected, Some(id))),
        Err(NotConnected::Outcome(outcome)) => {
            revoke(server, tokens).await;
            Ok((outcome, None))
        }
        Err(NotConnected::Fault(error)) => {
            revoke(server, tokens).await;
            Err(error)
        }
    }
}

/// The connect that this session began with this state, taken for its one use.
async fn begun<'a>(
    app: &App,
    signed_in: Option<&'a SignedIn>,
    returned: &Returned,
) -> Result<(&'a Caller, Begun, [u8; 32])> {
    let unknown = AccessError::ConnectUnknown;
    let signed_in = signed_in.ok_or_else(|| unknown.clone())?;
    let session = signed_in.session.ok_or_else(|| unknown.clone())?;
    let caller = signed_in.caller.as_ref().ok_or_else(|| unknown.clone())?;
    let state_hash = hash_state(returned.state.as_deref().ok_or_else(|| unknown.clone())?);
    let mut tx = app.db.write(Scope::GLOBAL).await?;
    let begun = store::take_state(&mut tx, &state_hash, session).await?;
    tx.commit().await?;
    let begun = begun.filter(|b| b.membership == caller.membership && b.vendor == caller.vendor);
    match begun {
        Some(begun) => Ok((caller, begun, state_hash)),
        None => {
            tracing::warn!(person = %caller.person, "a callback with a state that is not good");
            Err(unknown.into())
        }
    }
}

/// What the person told of the account when they went.
async fn told(app: &App, begun: &Begun, state_hash: &[u8; 32]) -> Result<Parts> {
    let mut parts = told::plain(&begun.parts)?;
    if let Some(sealed) = &begun.client {
        let secret = Vault::of(app).open(Place::Client { state_hash }, sealed).await?;
        parts.secret = Some(secret);
    }
    Ok(parts)
}

/// Whoever says who it is must be the one that was asked; one that promises to say so must.
fn check_issuer(authority: &Authority<'_>, begun: &Begun, said: Option<&str>) -> Result<()> {
    let right = match said {
        Some(issuer) => issuer == begun.issuer,
        None => !authority.oauth.sends_issuer,
    };
    if right && begun.issuer == authority.issuer {
        return Ok(());
    }
    tracing::warn!(upstream = begun.upstream, "a callback of another issuer");
    Err(AccessError::ConnectMixedUp.into())
}

enum NotConnected {
    Outcome(ConnectOutcome),
    Fault(Error),
}

impl From<Error> for NotConnected {
    fn from(error: Error) -> Self {
        match error.code() {
            Some(TAKEN) => Self::Outcome(ConnectOutcome::Taken),
            _ => Self::Fault(error),
        }
    }
}

async fn connect(
    app: &App,
    caller: &Caller,
    (upstream, mend, parts): (&Arc<Upstream>, Option<ConnectionId>, &Parts),
    tokens: &Tokens,
) -> Result<ConnectionId, NotConnected> {
    let failed = NotConnected::Outcome(ConnectOutcome::Failed);
    if upstream.oauth.tokens.refresh.is_promised() && tokens.refresh.is_none() {
        tracing::warn!(upstream = upstream.slug, "it gave no refresh token, which it promises");
        return Err(failed);
    }
    let Some(account) = read_account(app, upstream, (parts, &tokens.access)).await else {
        return Err(failed);
    };
    // Looked at first to know the place its tokens are bound to; locked and compared again below.
    let mut tx = app.db.read(caller).await?;
    let existing = find(&mut tx, upstream, &account).await?;
    drop(tx);
    let (id, generation) = match existing {
        Some((id, generation)) => (id, generation + 1),
        None => (app.ids.next(), 1),
    };
    let scopes = tokens.scopes.clone().unwrap_or_else(|| upstream.oauth.scopes.clone());
    let new = Connected {
        id,
        organization: caller.organization,
        upstream: upstream.slug.clone(),
        parts: told::row_of(&account.parts),
        account: account.key,
        account_name: account.name,
        currency: account.currency,
        scopes,
        life_seconds: seconds(tokens.life),
        generation,
        by: caller.person,
    };
    let sealed = seal(app, &new, (tokens, parts)).await?;
    save(app, caller, (&new, mend), sealed).await
}

/// What is kept of a connect, sealed for its place.
struct Kept {
    access: Sealed,
    refresh: Option<Sealed>,
    client: Option<Sealed>,
}

async fn seal(app: &App, new: &Connected, (tokens, parts): (&Tokens, &Parts)) -> Result<Kept> {
    let vault = Vault::of(app);
    let place = |kind| Place::Token {
        connection: new.id,
        kind,
        generation: new.generation,
        customer: new.organization,
        upstream: &new.upstream,
    };
    let access = vault.seal(place("access"), &tokens.access).await?;
    let refresh = match &tokens.refresh {
        Some(token) => Some(vault.seal(place("refresh"), token).await?),
        None => None,
    };
    let of = OfAccount { connection: new.id, customer: new.organization, upstream: &new.upstream };
    let client = match &parts.secret {
        Some(secret) => Some(vault.seal(of.place(new.generation), secret).await?),
        None => None,
    };
    Ok(Kept { access, refresh, client })
}

async fn save(
    app: &App,
    caller: &Caller,
    (new, mend): (&Connected, Option<ConnectionId>),
    kept: Kept,
) -> Result<ConnectionId, NotConnected> {
    let mut tx = app.db.write(caller).await?;
    let locked = store::lock_account(&mut tx, &new.upstream, &new.account).await?;
    if locked.as_ref().is_some_and(|c| c.organization != caller.organization) {
        return Err(NotConnected::Outcome(ConnectOutcome::Taken));
    }
    if mend.is_some_and(|wanted| locked.as_ref().is_none_or(|c| c.id != wanted)) {
        return Err(NotConnected::Outcome(ConnectOutcome::OtherAccount));
    }
    match &locked {
        None => insert(&mut tx, new).await?,
        Some(locked) => {
            // A refresh or another connect came between: what was sealed is for another place.
            if locked.id != new.id || locked.generation + 1 != new.generation {
                return Err(NotConnected::Outcome(ConnectOutcome::Failed));
            }
            locked.state.after(ConnectionStep::Reconnect).map_err(Error::from)?;
            store::reconnect(&mut tx, new).await?;
            store::delete_secrets(&mut tx, new.id, &["refresh", "orphan", "client"]).await?;
        }
    }
    keep(&mut tx, new, ("access", Some(kept.access))).await?;
    keep(&mut tx, new, ("refresh", kept.refresh)).await?;
    keep(&mut tx, new, ("client", kept.client)).await?;
    keep_in_time(app, &mut tx, (new.id, &new.upstream, new.generation)).await?;
    let of = OfConnection {
        connection: new.id,
        customer: new.organization,
        upstream: new.upstream.clone(),
        account_name: new.account_name.clone(),
    };
    let fact = ConnectionMade { of, by: caller.person, again: locked.is_some() };
    event::state(&mut tx, &app.ids, Some(caller.person), &fact).await?;
    tx.commit().await?;
    Ok(new.id)
}

async fn keep(tx: &mut Tx, new: &Connected, (kind, sealed): (&str, Option<Sealed>)) -> Result<()> {
    let Some(sealed) = sealed else { return Ok(()) };
    let row = SecretRow { generation: new.generation, sealed };
    store::keep_secret(tx, new.id, kind, &row).await
}

const TAKEN: &str = "connection-taken";

async fn insert(tx: &mut Tx, new: &Connected) -> Result<()> {
    let taken = refuse_on("connections_one_account", AccessError::ConnectionTaken);
    store::insert_connection(tx, new, taken).await
}

async fn find(
    tx: &mut Tx,
    upstream: &Upstream,
    account: &Account,
) -> Result<Option<(ConnectionId, i64)>> {
    store::find_account(tx, &upstream.slug, &account.key).await
}

/// What was not kept must not live on.
async fn revoke(server: &Server<'_>, tokens: &Tokens) {
    let (token, hint) = match &tokens.refresh {
        Some(token) => (token, "refresh_token"),
        None => (&tokens.access, "access_token"),
    };
    if let Err(trouble) = server.revoke(token, hint).await {
        tracing::warn!(%trouble, "tokens of a connect that was not kept could not be revoked");
    }
}
