//! Gateway keys: what a consultant's program calls with. Shown once, kept as a hash.

use super::grants::{HandBackAccess, get_grant, viewer};
use super::lines::with_calls;
use crate::access::AccessError;
use crate::access::dpop::PublicKey;
use crate::access::model::{BindTo, GatewayKey, Grant, NewGatewayKey, Standing, Thumbprint};
use crate::access::store::{self, NewKeyRow, Of};
use crate::app::App;
use crate::identity::{self, Allowed};
use crate::kernel::check::Checks;
use crate::kernel::id::{GatewayKeyId, GrantId};
use crate::platform::caller::Caller;
use crate::platform::refusal::{Common, Error, Result};
use sha2::{Digest, Sha256};

/// Prefix by which secret scanners know our keys.
const PREFIX: &str = "agk_";

/// Keys in use that a grant may have at a time.
const MOST: i64 = 10;

/// A key to be made.
#[derive(Debug, Clone, Default)]
pub struct KeyOrder {
    pub name: String,
    /// The public key whose holder alone shall call with it.
    pub bind_to: Option<BindTo>,
}

/// Makes a key for a letter of access that names the caller and holds now.
///
/// Errors: 403 for everybody but that person, 404, `not-in-force`, `too-many-keys`, `invalid`.
pub async fn make_key(
    app: &App,
    caller: &Caller,
    id: GrantId,
    order: &KeyOrder,
) -> Result<NewGatewayKey> {
    let _: Allowed<HandBackAccess> = identity::allow(caller)?;
    let mut checks = Checks::new();
    let name = checks.text("name", &order.name, "a name for the key", (1, 80));
    let bound_to = order.bind_to.as_ref().and_then(|bind_to| bound(&mut checks, bind_to));
    checks.finish()?;
    let secret = format!("{PREFIX}{}", hex::encode(app.ids.secret()));
    let row = NewKeyRow {
        id: app.ids.next(),
        key_hash: hash(&secret),
        grant: id,
        name,
        ending: secret.chars().skip(secret.len() - 4).collect(),
        bound_to,
    };
    let mut tx = app.db.write(caller).await?;
    let grant = store::grant(&mut tx, viewer(caller), id).await?;
    let grant = grant.ok_or(Common::NotFound("letter of access"))?;
    only_its_own(caller, &grant)?;
    if grant.standing != Standing::InForce {
        return Err(AccessError::NotInForce.into());
    }
    // The lock makes the count hold against another key made at the same time.
    store::lock(&mut tx, Of::Grant(id)).await?;
    if store::keys_in_use(&mut tx, id).await? >= MOST {
        return Err(AccessError::TooManyKeys(MOST).into());
    }
    store::insert_key(&mut tx, &row).await?;
    let listed = store::keys(&mut tx, id).await?;
    tx.commit().await?;
    let key = listed.into_iter().find(|key| key.id == row.id);
    let key = key.ok_or_else(|| Error::fault("a key was written and is not there"))?;
    Ok(NewGatewayKey { key, secret })
}

/// What a key is bound to; names what cannot be bound to.
fn bound(checks: &mut Checks, to: &BindTo) -> Option<Thumbprint> {
    let (field, found) = match to {
        BindTo::Jwk(text) => {
            let told = "Send a public key as a JWK: P-256 (EC) or Ed25519 (OKP), without its \
                        private part";
            let key = PublicKey::parse(text).ok().filter(PublicKey::is_on_curve);
            ("jwk", key.and_then(|key| key.thumbprint()).ok_or(told))
        }
        BindTo::Thumbprint(text) => {
            let told = "Send the SHA-256 thumbprint of the public key (RFC 7638): 43 characters \
                        of base64url";
            ("jkt", Thumbprint::parse(text).ok_or(told))
        }
    };
    checks.parsed(field, found.ok(), found.err().unwrap_or_default())
}

/// The keys of a letter of access, for both sides; never their secrets.
pub async fn list_keys(app: &App, caller: &Caller, id: GrantId) -> Result<Vec<GatewayKey>> {
    let grant = get_grant(app, caller, id).await?;
    let mut tx = with_calls(app, caller).await?;
    store::keys(&mut tx, grant.id).await
}

/// Ends a key at once.
///
/// Errors: 403 for everybody but the person it names, 404.
pub async fn end_key(app: &App, caller: &Caller, grant: GrantId, key: GatewayKeyId) -> Result<()> {
    let grant = get_grant(app, caller, grant).await?;
    only_its_own(caller, &grant)?;
    let mut tx = app.db.write(caller).await?;
    if !store::revoke_key(&mut tx, grant.id, key).await? {
        return Err(Common::NotFound("key").into());
    }
    tx.commit().await
}

/// The hash of something that looks like one of our keys; `None` for anything else.
pub fn gateway_key_hash(key: &str) -> Option<[u8; 32]> {
    let digits = key.strip_prefix(PREFIX)?;
    let fits = digits.len() == 64 && digits.bytes().all(|b| b.is_ascii_hexdigit());
    fits.then(|| hash(key))
}

/// SHA-256: a key is 256 random bits, so no slow hash is needed.
fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

fn only_its_own(caller: &Caller, grant: &Grant) -> Result<(), Common> {
    if caller.person == grant.consultant && caller.organization == grant.partner {
        return Ok(());
    }
    let who = format!("Only {} has keys for this letter of access.", grant.consultant_name);
    Err(Common::NotPermitted(who))
}
