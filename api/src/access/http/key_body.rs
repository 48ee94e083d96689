//! Gateway keys over HTTP: as one is asked for, and as it is shown.

use crate::access::model::{BindTo, GatewayKey, NewGatewayKey};
use crate::access::ops::KeyOrder;
use crate::kernel::check::Invalid;
use crate::kernel::id::GatewayKeyId;
use chrono::{DateTime, Utc};
use poem_openapi::Object;
use poem_openapi::types::ToJSON;

/// A key to be made.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct KeyBody {
    /// What the key is for.
    name: String,
    /// A public key of yours: the gateway key is then of use only with a proof of it.
    jwk: Option<JwkBody>,
    /// The same by its thumbprint (RFC 7638, SHA-256, base64url); one of the two.
    jkt: Option<String>,
}

/// A public key as a JWK (RFC 7517): P-256 or Ed25519. Its private part stays with you.
#[derive(Object)]
#[oai(deny_unknown_fields, skip_serializing_if_is_none)]
struct JwkBody {
    /// `EC` or `OKP`.
    kty: String,
    /// `P-256` or `Ed25519`.
    crv: String,
    /// The first coordinate, or the key, in base64url.
    x: String,
    /// The second coordinate of P-256.
    y: Option<String>,
    /// Its name with you; not looked at.
    kid: Option<String>,
    /// Not looked at.
    alg: Option<String>,
    /// Not looked at.
    #[oai(rename = "use")]
    purpose: Option<String>,
    /// Not looked at.
    key_ops: Option<Vec<String>>,
    /// Not looked at.
    ext: Option<bool>,
}

impl KeyBody {
    /// Errors when it is to be bound twice.
    pub fn order(&self) -> Result<KeyOrder, Invalid> {
        let jwk = self.jwk.as_ref().map(|jwk| BindTo::Jwk(jwk.to_json_string()));
        let jkt = self.jkt.clone().map(BindTo::Thumbprint);
        if jwk.is_some() && jkt.is_some() {
            return Err(Invalid::field("jkt", "Send jwk or jkt, not both"));
        }
        Ok(KeyOrder { name: self.name.clone(), bind_to: jwk.or(jkt) })
    }
}

/// A gateway key without its secret.
#[derive(Object)]
pub struct KeyView {
    /// The key.
    id: GatewayKeyId,
    /// Its name.
    name: String,
    /// Its last four characters.
    ending: String,
    /// The thumbprint (RFC 7638, SHA-256) of the public key that it is bound to, if it is: calls
    /// with it carry a proof of that key (RFC 9449).
    jkt: Option<String>,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// When it was last used.
    used_at: Option<DateTime<Utc>>,
    /// When it was ended.
    revoked_at: Option<DateTime<Utc>>,
}

impl From<GatewayKey> for KeyView {
    fn from(key: GatewayKey) -> Self {
        Self {
            id: key.id,
            name: key.name,
            ending: key.ending,
            jkt: key.bound_to.map(|jkt| jkt.to_string()),
            created_at: key.created_at,
            used_at: key.used_at,
            revoked_at: key.revoked_at,
        }
    }
}

/// A key just made.
#[derive(Object)]
pub struct NewKeyView {
    /// The key.
    id: GatewayKeyId,
    /// The only copy of its secret: it is never shown again.
    secret: String,
    /// The thumbprint of the public key that it is bound to, if it is.
    jkt: Option<String>,
}

impl From<NewGatewayKey> for NewKeyView {
    fn from(new: NewGatewayKey) -> Self {
        let jkt = new.key.bound_to.map(|jkt| jkt.to_string());
        Self { id: new.key.id, secret: new.secret, jkt }
    }
}
