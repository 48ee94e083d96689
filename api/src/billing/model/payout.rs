//! Whether an organization can be paid.

use crate::kernel::id::OrganizationId;
use crate::text_enum;
use chrono::{DateTime, Utc};

text_enum! {
    /// How far an organization is from being paid.
    pub enum PayoutStage {
        /// Onboarding was never begun.
        NotStarted = "not_started",
        /// Begun; the processor wants more.
        Incomplete = "incomplete",
        /// Everything was given; the processor is still checking it.
        Checking = "checking",
        /// Shares are sent as they are earned.
        Ready = "ready",
    }
}

/// An organization's account at the processor, as last read there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayoutAccount {
    pub organization: OrganizationId,
    pub stripe_account: Option<String>,
    /// ISO 3166-1 code of where it is paid; fixed when onboarding begins.
    pub country: String,
    pub details_submitted: bool,
    pub transfers_active: bool,
    /// What the processor still wants, in its words.
    pub requirements: Vec<String>,
    pub disabled_reason: Option<String>,
    pub read_at: Option<DateTime<Utc>>,
}

impl PayoutAccount {
    pub fn stage(&self) -> PayoutStage {
        if self.transfers_active {
            PayoutStage::Ready
        } else if self.details_submitted && self.requirements.is_empty() {
            PayoutStage::Checking
        } else {
            PayoutStage::Incomplete
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_follow_what_was_read() {
        let account = |details_submitted, transfers_active, wanted: &[&str]| PayoutAccount {
            organization: OrganizationId(uuid::Uuid::nil()),
            stripe_account: Some("acct_1".into()),
            country: "SE".into(),
            details_submitted,
            transfers_active,
            requirements: wanted.iter().map(|w| (*w).to_owned()).collect(),
            disabled_reason: None,
            read_at: None,
        };
        assert_eq!(account(false, false, &[]).stage(), PayoutStage::Incomplete);
        assert_eq!(account(true, false, &["tax id"]).stage(), PayoutStage::Incomplete);
        assert_eq!(account(true, false, &[]).stage(), PayoutStage::Checking);
        assert_eq!(account(true, true, &["tax id"]).stage(), PayoutStage::Ready);
    }
}
