//! Connecting an account: the way out.

use super::redirect_url;
use crate::access::store;
use crate::access::vault::{Place, Vault};
use crate::app::App;
use crate::identity::{self, Allowed, Command, Deed, IdentityError, SignedIn};
use crate::kernel::check::Invalid;
use crate::kernel::id::ConnectionId;
use crate::outside::oauth::Server;
use crate::platform::db::Scope;
use crate::platform::refusal::{Common, Result};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use url::Url;

pub struct ConnectAccount;

impl Command for ConnectAccount {
    const DEED: Deed = Deed::ConnectAccounts;
}

/// Begins to connect an account of `upstream`, or to mend `connection`; answers where the person
/// goes to agree. The way back works once, within ten minutes, in the session at hand.
///
/// Errors: `session-wanted` with a token, `no-membership`, 403 for other roles, 404 for another's
/// connection, `invalid` for an unknown upstream.
pub async fn start_connect(
    app: &App,
    signed_in: &SignedIn,
    upstream: &str,
    mend: Option<ConnectionId>,
) -> Result<Url> {
    let session = signed_in.session.ok_or(IdentityError::SessionWanted)?;
    let caller = signed_in.caller.as_ref().ok_or(IdentityError::NoMembership)?;
    let _: Allowed<ConnectAccount> = identity::allow(caller)?;
    let unknown = || Invalid::field("upstream", "Choose one of the listed applications");
    let upstream = app.upstreams.get(upstream).ok_or_else(unknown)?;
    if let Some(id) = mend {
        let mut tx = app.db.read(caller).await?;
        let known = store::connection(&mut tx, caller.organization, id).await?;
        known.filter(|c| c.upstream == upstream.slug).ok_or(Common::NotFound("connection"))?;
    }
    let state = BASE64_URL_SAFE_NO_PAD.encode(app.ids.secret());
    let verifier = BASE64_URL_SAFE_NO_PAD.encode(app.ids.secret());
    let server = Server::new(upstream, app.upstreams.client(), redirect_url(app)?);
    let url = server.authorize_url(&state, &verifier);
    let state_hash = hash_state(&state);
    let place = Place::Verifier { state_hash: &state_hash };
    let new = store::NewState {
        state_hash,
        vendor: caller.vendor,
        session,
        membership: caller.membership,
        upstream: upstream.slug.clone(),
        issuer: upstream.issuer.clone(),
        connection: mend,
        verifier: Vault::of(app).seal(place, &SecretString::from(verifier)).await?,
    };
    let mut tx = app.db.write(Scope::GLOBAL).await?;
    store::insert_state(&mut tx, &new).await?;
    tx.commit().await?;
    Ok(url)
}

/// States are kept as hashes: who reads the table cannot come back in somebody's name.
pub(super) fn hash_state(state: &str) -> [u8; 32] {
    Sha256::digest(state.as_bytes()).into()
}
