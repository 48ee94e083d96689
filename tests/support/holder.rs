//! Somebody who holds a private key: signs proofs (RFC 9449) of it, and forges what is no proof.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub struct Holder {
    pair: Pair,
    pub alg: &'static str,
}

enum Pair {
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl Holder {
    pub fn es256() -> Self {
        let (random, with) = (SystemRandom::new(), &ECDSA_P256_SHA256_FIXED_SIGNING);
        let made = EcdsaKeyPair::generate_pkcs8(with, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(with, made.as_ref(), &random).unwrap();
        Self { pair: Pair::P256(pair), alg: "ES256" }
    }

    pub fn eddsa() -> Self {
        let made = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        let pair = Ed25519KeyPair::from_pkcs8(made.as_ref()).unwrap();
        Self { pair: Pair::Ed25519(pair), alg: "EdDSA" }
    }

    pub fn jwk(&self) -> Value {
        match &self.pair {
            Pair::P256(pair) => {
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                json!({ "kty": "EC", "crv": "P-256", "x": encode(x), "y": encode(y) })
            }
            Pair::Ed25519(pair) => {
                let x = encode(pair.public_key().as_ref());
                json!({ "kty": "OKP", "crv": "Ed25519", "x": x })
            }
        }
    }

    /// RFC 7638: the members that matter, in the order of their names.
    pub fn thumbprint(&self) -> String {
        let jwk = self.jwk();
        let member = |name: &str| Some(format!("\"{name}\":{}", jwk.get(name)?));
        let members: Vec<String> =
            ["crv", "kty", "x", "y"].into_iter().filter_map(member).collect();
        encode(&Sha256::digest(format!("{{{}}}", members.join(","))))
    }

    pub fn head(&self) -> Value {
        json!({ "typ": "dpop+jwt", "alg": self.alg, "jwk": self.jwk() })
    }

    /// A proof as it must be, of these claims.
    pub fn proof(&self, claims: &Value) -> String {
        self.signed(&self.head(), claims)
    }

    /// Anything, signed with the key.
    pub fn signed(&self, head: &Value, claims: &Value) -> String {
        let text = parts(head, claims);
        let signature = match &self.pair {
            Pair::P256(pair) => {
                let signed = pair.sign(&SystemRandom::new(), text.as_bytes()).unwrap();
                signed.as_ref().to_vec()
            }
            Pair::Ed25519(pair) => pair.sign(text.as_bytes()).as_ref().to_vec(),
        };
        format!("{text}.{}", encode(&signature))
    }
}

/// Head and claims as a JWS writes them.
pub fn parts(head: &Value, claims: &Value) -> String {
    format!("{}.{}", encode(head.to_string().as_bytes()), encode(claims.to_string().as_bytes()))
}

pub fn encode(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}
