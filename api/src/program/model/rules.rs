//! The program's settings and the agreement that partners accept.

use crate::kernel::check::{Checks, Invalid};
use crate::kernel::id::{AgreementId, VendorId};
use crate::kernel::money::Currency;
use crate::kernel::zone::Zone;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// The program's settings. Lengths of time are in whole days, counted in the program's zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    pub vendor: VendorId,
    /// The program's word in addresses.
    pub slug: String,
    pub name: String,
    pub currency: Currency,
    pub zone: Zone,
    pub rules_version: i32,
    /// A proposal that is not decided lapses after this.
    pub offer_valid_days: i32,
    /// Both sides accept the statement of work within this.
    pub contracting_days: i32,
    /// The first milestone is funded within this, once the work is signed.
    pub funding_days: i32,
    /// Silence this long after a submission accepts it.
    pub acceptance_days: i32,
    /// How often changes may be asked of one milestone.
    pub change_requests: i32,
    /// Reviews are published when both are there or after this.
    pub review_days: i32,
    /// The longest a grant lasts without renewal.
    pub grant_days: i32,
    /// How long after an account was brought its reseller has a share, in months.
    pub reseller_months: i32,
}

/// A version of the agreement to be published.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewAgreement {
    pub version: String,
    pub title: String,
    pub body: String,
}

impl NewAgreement {
    /// The agreement with its text in one form and hashed; errors name each field at fault.
    pub fn checked(self) -> Result<(Self, [u8; 32]), Invalid> {
        let mut checks = Checks::new();
        let version = checks.text("version", &self.version, "a version", (1, 40));
        let title = checks.text("title", &self.title, "a title", (1, 200));
        let body = checks.text("body", &self.body, "the text", (1, 100_000));
        checks.finish()?;
        let hash = Sha256::digest(body.as_bytes()).into();
        Ok((Self { version, title, body }, hash))
    }
}

/// One version of the partner agreement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    pub id: AgreementId,
    pub version: String,
    pub title: String,
    pub body: String,
    /// SHA-256 of the body.
    pub hash: [u8; 32],
    pub published_at: DateTime<Utc>,
}

impl Agreement {
    /// The hash as people and programs send it: 64 hexadecimal digits.
    pub fn hash_hex(&self) -> String {
        hex::encode(self.hash)
    }

    /// Whether somebody who names this version and hash has read this text.
    pub fn is(&self, version: &str, hash_hex: &str) -> bool {
        self.version == version && hash_hex.eq_ignore_ascii_case(&self.hash_hex())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_and_hash_both_count() {
        let hash = [0xab; 32];
        let agreement = Agreement {
            id: AgreementId(uuid::Uuid::nil()),
            version: "2026-1".into(),
            title: String::new(),
            body: String::new(),
            hash,
            published_at: DateTime::UNIX_EPOCH,
        };
        let hex = "ab".repeat(32);
        assert!(agreement.is("2026-1", &hex));
        assert!(agreement.is("2026-1", &hex.to_uppercase()));
        assert!(!agreement.is("2026-2", &hex));
        assert!(!agreement.is("2026-1", &"ab".repeat(31)));
        assert!(!agreement.is("2026-1", ""));
    }
}
