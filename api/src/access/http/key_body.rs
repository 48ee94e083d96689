//! A gateway key to be made, as it is asked for over HTTP.

use crate::access::model::BindTo;
use crate::access::ops::KeyOrder;
use crate::kernel::check::Invalid;
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
