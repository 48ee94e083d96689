//! Signing heads of chains, and checking such signatures.

use super::file::Checkpoint;
use crate::app::App;
use crate::kernel::id::OrganizationId;
use crate::platform::refusal::{Error, Result};
use chrono::{DateTime, Utc};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use sha2::{Digest, Sha256};

/// A public key that signs checkpoints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditKey {
    /// The first 16 hexadecimal digits of the key's SHA-256.
    pub id: String,
    /// The 32 bytes of RFC 8032, in hexadecimal.
    pub public: String,
}

impl AuditKey {
    pub fn of(public: &[u8]) -> Self {
        let id = hex::encode(Sha256::digest(public)).chars().take(16).collect();
        Self { id, public: hex::encode(public) }
    }
}

/// Signs with the key of this installation.
pub struct Signer {
    pair: Ed25519KeyPair,
    pub key: AuditKey,
}

impl Signer {
    /// The key follows from the installation's one secret.
    pub fn of(app: &App) -> Result<Self> {
        Self::from_seed(&app.keys.of("audit checkpoints 1"))
    }

    pub(super) fn from_seed(seed: &[u8; 32]) -> Result<Self> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(Error::fault)?;
        let key = AuditKey::of(pair.public_key().as_ref());
        Ok(Self { pair, key })
    }

    pub(super) fn sign_bytes(&self, said: &[u8]) -> Vec<u8> {
        self.pair.sign(said).as_ref().to_vec()
    }

    /// Signs that `hash` (hexadecimal) was the hash of the chain's last record at `at`.
    pub fn sign(
        &self,
        customer: OrganizationId,
        seq: i64,
        hash: &str,
        at: DateTime<Utc>,
    ) -> Checkpoint {
        let said = Checkpoint::signed(customer, seq, hash, at);
        Checkpoint {
            checkpoint: seq,
            hash: hash.to_owned(),
            at,
            key: self.key.id.clone(),
            signature: hex::encode(self.pair.sign(said.as_bytes())),
        }
    }
}

/// Whether the key signed exactly that.
pub fn is_signed(customer: OrganizationId, of: &Checkpoint, public: &[u8]) -> bool {
    let said = Checkpoint::signed(customer, of.checkpoint, &of.hash, of.at);
    let Ok(signature) = hex::decode(&of.signature) else { return false };
    UnparsedPublicKey::new(&ED25519, public).verify(said.as_bytes(), &signature).is_ok()
}
