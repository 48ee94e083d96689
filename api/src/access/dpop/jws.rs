//! Public keys and signatures: `jsonwebtoken` reads and checks them, and the cryptography below it
//! is ring's, which everything sent by TLS rests on already. Two algorithms are known, so nothing
//! symmetric and nothing unsigned can be asked for.

use super::proof::Fault;
use crate::access::model::Thumbprint;
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, Result};
use jsonwebtoken::jwk::{
    AlgorithmParameters, CommonParameters, EllipticCurve, EllipticCurveKeyParameters,
    EllipticCurveKeyType, Jwk, OctetKeyPairParameters, OctetKeyPairType, ThumbprintHash,
};
use jsonwebtoken::signature::{Error, Verifier};
use jsonwebtoken::{
    Algorithm, AlgorithmFamily, DecodingKey, DecodingKeyKind, EncodingKey, Validation, decode,
};
use ring::agreement::{ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey as Peer, agree_ephemeral};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED, ED25519, UnparsedPublicKey, VerificationAlgorithm};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use sha2::{Digest, Sha256};

/// Bytes of a coordinate of P-256, and of a key of Ed25519.
const COORDINATE: usize = 32;

/// A public key that calls can be bound to.
pub struct PublicKey {
    jwk: Jwk,
    algorithm: Algorithm,
    key: DecodingKey,
}

/// A JWK as it is written; a name that is there twice cannot be read.
#[derive(Deserialize)]
pub struct Written {
    kty: String,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    #[serde(default, rename = "d")]
    private: Option<IgnoredAny>,
    #[serde(default, rename = "k")]
    symmetric: Option<IgnoredAny>,
}

impl PublicKey {
    /// Reads the text of a JWK.
    pub fn parse(text: &str) -> std::result::Result<Self, Fault> {
        Self::of(serde_json::from_str(text).map_err(|_| Fault::NoKey)?)
    }

    /// Errors: a private or symmetric key, or one of another kind than the two.
    pub fn of(written: Written) -> std::result::Result<Self, Fault> {
        if written.private.is_some() || written.symmetric.is_some() {
            return Err(Fault::PrivateKey);
        }
        let (curve, x) = (written.crv.as_deref(), written.x.unwrap_or_default());
        let (algorithm, parameters) = match (written.kty.as_str(), curve, written.y) {
            ("EC", Some("P-256"), Some(y)) => {
                let (key_type, curve) = (EllipticCurveKeyType::EC, EllipticCurve::P256);
                let key = EllipticCurveKeyParameters { key_type, curve, x, y };
                (Algorithm::ES256, AlgorithmParameters::EllipticCurve(key))
            }
            ("OKP", Some("Ed25519"), _) => {
                let (key_type, curve) = (OctetKeyPairType::OctetKeyPair, EllipticCurve::Ed25519);
                let key = OctetKeyPairParameters { key_type, curve, x };
                (Algorithm::EdDSA, AlgorithmParameters::OctetKeyPair(key))
            }
            _ => return Err(Fault::NoKey),
        };
        let jwk = Jwk { common: CommonParameters::default(), algorithm: parameters };
        let key = DecodingKey::from_jwk(&jwk).map_err(|_| Fault::NoKey)?;
        if is_whole(&jwk, &key) { Ok(Self { jwk, algorithm, key }) } else { Err(Fault::NoKey) }
    }

    /// What is written beside it must be its own algorithm.
    pub fn signs_as(&self, algorithm: &str) -> bool {
        algorithm.parse() == Ok(self.algorithm)
    }

    /// Whether its numbers name a point of the curve, as far as can be told without a signature:
    /// of Ed25519 nothing can. A key whose numbers do not would verify nothing, ever.
    pub fn is_on_curve(&self) -> bool {
        let DecodingKeyKind::SecretOrDer(bytes) = self.key.kind() else { return false };
        if self.algorithm != Algorithm::ES256 {
            return true;
        }
        let own = EphemeralPrivateKey::generate(&ECDH_P256, &SystemRandom::new());
        own.is_ok_and(|own| agree_ephemeral(own, &Peer::new(&ECDH_P256, bytes), |_| ()).is_ok())
    }

    pub fn thumbprint(&self) -> Option<Thumbprint> {
        install();
        Thumbprint::parse(&self.jwk.thumbprint(ThumbprintHash::SHA256).ok()?)
    }

    /// The claims of a compact JWS that this key signed.
    pub fn claims<T: DeserializeOwned>(&self, token: &str) -> std::result::Result<T, Fault> {
        install();
        let mut validation = Validation::new(self.algorithm);
        // Of the times that the library knows a proof has none, and ours are the database's.
        validation.required_spec_claims.clear();
        (validation.validate_exp, validation.validate_aud) = (false, false);
        match decode(token, &self.key, &validation) {
            Ok(read) => Ok(read.claims),
            Err(error) if *error.kind() == ErrorKind::InvalidSignature => Err(Fault::Signature),
            Err(_) => Err(Fault::Unreadable),
        }
    }
}

/// Each number at its full length: of one key there is one way to write it.
fn is_whole(jwk: &Jwk, key: &DecodingKey) -> bool {
    let DecodingKeyKind::SecretOrDer(bytes) = key.kind() else { return false };
    // 32 bytes are 43 characters of base64url.
    let full = |text: &str| text.len() == 43;
    match &jwk.algorithm {
        AlgorithmParameters::EllipticCurve(of) => {
            full(&of.x) && full(&of.y) && bytes.len() == 1 + 2 * COORDINATE
        }
        AlgorithmParameters::OctetKeyPair(of) => full(&of.x) && bytes.len() == COORDINATE,
        _ => false,
    }
}

static BY_RING: CryptoProvider = CryptoProvider {
    signer_factory: signer,
    verifier_factory: verifier,
    key_utils: KeyUtils { compute_digest: digest, ..KeyUtils::new_unimplemented() },
};

fn install() {
    // An error says that it was done before.
    let _ = BY_RING.install_default();
}

struct ByRing {
    algorithm: Algorithm,
    with: &'static dyn VerificationAlgorithm,
    key: Vec<u8>,
}

impl Verifier<Vec<u8>> for ByRing {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> std::result::Result<(), Error> {
        let key = UnparsedPublicKey::new(self.with, &self.key);
        key.verify(message, signature).map_err(|_| Error::new())
    }
}

impl JwtVerifier for ByRing {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>> {
    let (family, with): (_, &'static dyn VerificationAlgorithm) = match algorithm {
        Algorithm::ES256 => (AlgorithmFamily::Ec, &ECDSA_P256_SHA256_FIXED),
        Algorithm::EdDSA => (AlgorithmFamily::Ed, &ED25519),
        _ => return Err(ErrorKind::UnsupportedAlgorithm.into()),
    };
    if key.family() != family {
        return Err(ErrorKind::InvalidKeyFormat.into());
    }
    let key = key.try_get_as_bytes()?.to_vec();
    Ok(Box::new(ByRing { algorithm: *algorithm, with, key }))
}

/// Nothing is signed here.
fn signer(_: &Algorithm, _: &EncodingKey) -> Result<Box<dyn JwtSigner>> {
    Err(ErrorKind::UnsupportedAlgorithm.into())
}

fn digest(bytes: &[u8], by: ThumbprintHash) -> Result<Vec<u8>> {
    match by {
        ThumbprintHash::SHA256 => Ok(Sha256::digest(bytes).to_vec()),
        _ => Err(ErrorKind::UnsupportedAlgorithm.into()),
    }
}
