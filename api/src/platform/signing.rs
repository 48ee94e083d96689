//! A key that signs for this installation, and what others verify its signatures with.

use crate::platform::refusal::{Error, Result};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// An Ed25519 key (RFC 8032), made once a process.
pub struct SigningKey {
    pair: Ed25519KeyPair,
    /// The first 16 hexadecimal digits of the public key's SHA-256.
    pub id: String,
}

impl SigningKey {
    /// Errors: a fault when no key follows from the seed.
    pub fn from_seed(seed: &[u8; 32]) -> Result<Self> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(Error::fault)?;
        let digest = Sha256::digest(pair.public_key().as_ref());
        let id = hex::encode(digest).chars().take(16).collect();
        Ok(Self { pair, id })
    }

    /// A compact JWS (RFC 7515) with `EdDSA` (RFC 8037) of what the claims say.
    pub fn jws(&self, kind: &str, claims: &Value) -> String {
        let header = json!({ "alg": "EdDSA", "typ": kind, "kid": self.id });
        let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        let header = encode(header.to_string().as_bytes());
        let signed = format!("{header}.{}", encode(claims.to_string().as_bytes()));
        let signature = encode(self.pair.sign(signed.as_bytes()).as_ref());
        format!("{signed}.{signature}")
    }

    /// The public half as a JWK (RFC 7517, RFC 8037 section 2).
    pub fn jwk(&self) -> Value {
        let x = BASE64_URL_SAFE_NO_PAD.encode(self.pair.public_key().as_ref());
        let (kid, alg) = (&self.id, "EdDSA");
        json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": kid, "use": "sig", "alg": alg })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::signature::{ED25519, UnparsedPublicKey};

    fn bytes(text: &str) -> Vec<u8> {
        BASE64_URL_SAFE_NO_PAD.decode(text).unwrap()
    }

    #[test]
    fn what_is_signed_is_verified_with_the_public_half() {
        let key = SigningKey::from_seed(&[1; 32]).unwrap();
        let line = key.jws("a+jwt", &json!({ "sub": "p" }));
        let (signed, signature) = line.rsplit_once('.').unwrap();
        let public = UnparsedPublicKey::new(&ED25519, bytes(key.jwk()["x"].as_str().unwrap()));
        public.verify(signed.as_bytes(), &bytes(signature)).unwrap();
        let header: Value =
            serde_json::from_slice(&bytes(line.split('.').next().unwrap())).unwrap();
        assert_eq!(header["kid"], key.jwk()["kid"]);
        let other = SigningKey::from_seed(&[2; 32]).unwrap();
        assert_ne!(other.id, key.id);
        assert_ne!(other.jws("a+jwt", &json!({ "sub": "p" })), line);
    }
}
