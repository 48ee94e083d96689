//! Connecting an account: the way out.

use super::finish::{ConnectOutcome, connect_at_once};
use super::redirect_url;
use super::told::{self, OfAccount};
use crate::access::store;
use crate::access::vault::{Place, Sealed, Vault};
use crate::app::App;
use crate::identity::{self, Allowed, Command, Deed, IdentityError, SignedIn};
use crate::kernel::check::Invalid;
use crate::kernel::id::ConnectionId;
use crate::outside::oauth::Server;
use crate::platform::caller::Caller;
use crate::platform::db::Scope;
use crate::platform::refusal::{Common, Error, Result};
use crate::upstreams::{Parts, Upstream};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use url::Url;

pub struct ConnectAccount;

impl Command for ConnectAccount {
    const DEED: Deed = Deed::ConnectAccounts;
}

/// What is to be connected.
#[derive(Debug, Default)]
pub struct ConnectWanted {
    pub upstream: String,
    /// The connection that is to be mended, when it is not a new one.
    pub mend: Option<ConnectionId>,
    /// What the application's description asks people for, by its names. One that is mended
    /// keeps what is not told anew.
    pub parts: BTreeMap<String, String>,
}

/// What a connect began with.
#[derive(Debug)]
pub enum Connecting {
    /// Where the person goes to agree.
    Agree(Url),
    /// Nobody has to agree anywhere: what was told was enough, or was not.
    Done(ConnectOutcome, Option<ConnectionId>),
}

/// Begins to connect an account, or to mend one. Where the person has to agree at the application,
/// the way back works once, within ten minutes, in the session at hand.
///
/// Errors: `session-wanted` with a token, `no-membership`, 403 for other roles, 404 for another's
/// connection, `invalid` for an unknown upstream (`upstream`) and for parts (`parts.<name>`), also
/// when the application does not know the client that was told.
pub async fn start_connect(
    app: &App,
    signed_in: &SignedIn,
    wanted: ConnectWanted,
) -> Result<Connecting> {
    let session = signed_in.session.ok_or(IdentityError::SessionWanted)?;
    let caller = signed_in.caller.as_ref().ok_or(IdentityError::NoMembership)?;
    let _: Allowed<ConnectAccount> = identity::allow(caller)?;
    let unknown = || Invalid::field("upstream", "Choose one of the listed applications");
    let upstream = app.upstreams.get(&wanted.upstream).ok_or_else(unknown)?;
    let before = match wanted.mend {
        Some(id) => told_before(app, caller, (upstream, id)).await?,
        None => Parts::default(),
    };
    let parts = told::read_told(upstream, before, &wanted.parts)?;
    let authority = upstream.authority(&parts).map_err(Error::fault)?;
    let Some(page) = authority.authorize.clone() else {
        let done = connect_at_once(app, caller, (upstream, wanted.mend, &parts)).await?;
        return Ok(Connecting::Done(done.0, done.1));
    };
    let issuer = authority.issuer.clone();
    let state = BASE64_URL_SAFE_NO_PAD.encode(app.ids.secret());
    let verifier = BASE64_URL_SAFE_NO_PAD.encode(app.ids.secret());
    let server = Server::new(authority, app.upstreams.client(), redirect_url(app)?);
    let url = server.authorize_url(&page, &state, &verifier);
    let state_hash = hash_state(&state);
    let place = Place::Verifier { state_hash: &state_hash };
    let new = store::NewState {
        state_hash,
        vendor: caller.vendor,
        session,
        membership: caller.membership,
        upstream: upstream.slug.clone(),
        issuer,
        connection: wanted.mend,
        verifier: Vault::of(app).seal(place, &SecretString::from(verifier)).await?,
        parts: told::row_of(&parts),
        client: seal_client(app, &state_hash, &parts).await?,
    };
    let mut tx = app.db.write(Scope::GLOBAL).await?;
    store::insert_state(&mut tx, &new).await?;
    tx.commit().await?;
    Ok(Connecting::Agree(url))
}

/// What was told of a connection that is to be mended; 404 for any but the caller's own.
async fn told_before(
    app: &App,
    caller: &Caller,
    (upstream, id): (&Upstream, ConnectionId),
) -> Result<Parts> {
    let mut tx = app.db.read(caller).await?;
    let known = store::connection(&mut tx, caller.organization, id).await?;
    let known = known.filter(|c| c.upstream == upstream.slug);
    let known = known.ok_or(Common::NotFound("connection"))?;
    let client = store::secret(&mut tx, id, "client").await?;
    drop(tx);
    let of = OfAccount { connection: id, customer: known.organization, upstream: &upstream.slug };
    told::of_account(app, of, (&known.parts, client.as_ref())).await
}

async fn seal_client(app: &App, state_hash: &[u8; 32], parts: &Parts) -> Result<Option<Sealed>> {
    let Some(secret) = &parts.secret else { return Ok(None) };
    Ok(Some(Vault::of(app).seal(Place::Client { state_hash }, secret).await?))
}

/// States are kept as hashes: who reads the table cannot come back in somebody's name.
pub(super) fn hash_state(state: &str) -> [u8; 32] {
    Sha256::digest(state.as_bytes()).into()
}
