//! The audit trail: what happened to the access to a customer's accounts, as a chain of records
//! that anybody can verify from a file. The database itself writes a record beside each line of
//! the access log and each fact of a letter or an account. What names a person stands apart, as
//! words with a salt; the record holds their hash, so that a person can be forgotten and the
//! chain still holds. A checkpoint is an Ed25519 signature (RFC 8032) over the head of a chain.

mod delivery;
mod file;
mod receipt;
mod sign;
mod verify;

pub use delivery::signature;
pub use file::{Checkpoint, Heading, Line, Record};
pub use receipt::{Receipt, ReceiptFault, verify_receipt};
pub use sign::{AuditKey, Signer};
pub use verify::{AuditFault, Verdict, verify};

use crate::kernel::id::OrganizationId;
use sha2::{Digest, Sha256};

/// Names the form of the chain; another form gets another name.
pub const FORM: &str = "attache audit 1";

/// The `prev` of the first record.
pub const BEGINNING: [u8; 32] = [0; 32];

/// The hash of a record: `SHA-256("attache audit 1" LF customer LF seq LF prev body)`, with the
/// customer's id hyphenated, `prev` as 32 bytes and `body` the exact bytes kept.
pub fn record_hash(customer: OrganizationId, seq: i64, prev: &[u8; 32], body: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(format!("{FORM}\n{customer}\n{seq}\n"));
    hash.update(prev);
    hash.update(body);
    hash.finalize().into()
}

/// What the body of a record holds in place of words that name a person.
pub fn words_hash(salt: &[u8], words: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(salt);
    hash.update(words);
    hash.finalize().into()
}
