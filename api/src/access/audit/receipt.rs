//! Receipts: a text that this installation signed, to be shown to anybody and checked off line.

use super::sign::{AuditKey, Signer};
use ring::signature::{ED25519, UnparsedPublicKey};
use serde::{Deserialize, Serialize};

/// Names the form of what is signed; another form gets another name.
const FORM: &str = "attache receipt 1";

/// What was said, word for word, and who signed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// The form of the receipt.
    pub receipt: String,
    /// JSON, exactly as it was signed.
    pub said: String,
    /// The key's id and its 32 bytes, in hexadecimal.
    pub key: String,
    pub public: String,
    /// Ed25519 (RFC 8032) over `"attache receipt 1" LF said LF`, in hexadecimal.
    pub signature: String,
}

/// Why a receipt proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptFault {
    #[error("it is no receipt of a known form")]
    Unreadable,
    #[error("it is signed by another key")]
    OtherKey,
    #[error("its signature does not hold")]
    Forged,
}

impl Signer {
    /// Signs what is said.
    pub fn attest(&self, said: String) -> Receipt {
        let signature = hex::encode(self.sign_bytes(signed(&said).as_bytes()));
        let AuditKey { id, public } = self.key.clone();
        Receipt { receipt: FORM.to_owned(), said, key: id, public, signature }
    }
}

fn signed(said: &str) -> String {
    format!("{FORM}\n{said}\n")
}

/// What a receipt says, when it holds. With `pinned`, a public key in hexadecimal, it must be
/// signed by that one; without, it proves no more than that it agrees with itself.
pub fn verify_receipt(text: &str, pinned: Option<&str>) -> Result<String, ReceiptFault> {
    let receipt: Receipt = serde_json::from_str(text).map_err(|_| ReceiptFault::Unreadable)?;
    if receipt.receipt != FORM {
        return Err(ReceiptFault::Unreadable);
    }
    if pinned.is_some_and(|key| !key.eq_ignore_ascii_case(&receipt.public)) {
        return Err(ReceiptFault::OtherKey);
    }
    let public = hex::decode(&receipt.public).map_err(|_| ReceiptFault::Unreadable)?;
    let signature = hex::decode(&receipt.signature).map_err(|_| ReceiptFault::Unreadable)?;
    if AuditKey::of(&public).id != receipt.key {
        return Err(ReceiptFault::OtherKey);
    }
    let key = UnparsedPublicKey::new(&ED25519, public);
    let holds = key.verify(signed(&receipt.said).as_bytes(), &signature);
    holds.map(|()| receipt.said).map_err(|_| ReceiptFault::Forged)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_holds_until_a_word_of_it_changes() {
        let signer = Signer::from_seed(&[7; 32]).unwrap();
        let receipt = signer.attest("{\"ended\":true}".to_owned());
        let text = |receipt: &Receipt| serde_json::to_string(receipt).unwrap();
        let public = receipt.public.clone();
        assert_eq!(verify_receipt(&text(&receipt), Some(&public)).unwrap(), receipt.said);
        assert_eq!(verify_receipt(&text(&receipt), None).unwrap(), receipt.said);
        let changed = Receipt { said: "{\"ended\":false}".to_owned(), ..receipt.clone() };
        assert_eq!(verify_receipt(&text(&changed), None), Err(ReceiptFault::Forged));
        let other = Signer::from_seed(&[8; 32]).unwrap().attest(receipt.said.clone());
        assert_eq!(verify_receipt(&text(&other), Some(&public)), Err(ReceiptFault::OtherKey));
        let mixed = Receipt { public: other.public, ..receipt.clone() };
        assert_eq!(verify_receipt(&text(&mixed), None), Err(ReceiptFault::OtherKey));
        let later = Receipt { receipt: "attache receipt 2".to_owned(), ..receipt };
        assert_eq!(verify_receipt(&text(&later), None), Err(ReceiptFault::Unreadable));
        assert_eq!(verify_receipt("{}", None), Err(ReceiptFault::Unreadable));
    }
}
