//! What the program tells the other features, each fact in the transaction that makes it true.

use super::enrollment::{EnrollmentState, PartnerKind};
use crate::kernel::id::{ApplicationId, AttributionId, FeePolicyId, OrganizationId, PersonId};
use crate::platform::jobs::event::Fact;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

macro_rules! facts {
    ($($(#[$doc:meta])* $name:ident = $kind:literal { $($field:ident: $type:ty),* $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $name {
            $(pub $field: $type),*
        }

        impl Fact for $name {
            const KIND: &'static str = $kind;
        }
    )+};
}

facts! {
    /// The vendor has an application to decide.
    ApplicationSubmitted = "application-submitted" {
        application: ApplicationId, organization: OrganizationId, organization_name: String,
        applicant: PersonId, applicant_name: String, kind: PartnerKind,
    }
    ApplicationWithdrawn = "application-withdrawn" {
        application: ApplicationId, organization: OrganizationId, organization_name: String,
        applicant: PersonId,
    }
    /// The organization is a partner from now on; the applicant is told.
    ApplicationApproved = "application-approved" {
        application: ApplicationId, organization: OrganizationId, organization_name: String,
        applicant: PersonId, kind: PartnerKind,
    }
    /// The applicant is told the reason.
    ApplicationRejected = "application-rejected" {
        application: ApplicationId, organization: OrganizationId, organization_name: String,
        applicant: PersonId, kind: PartnerKind, reason: String,
    }
    /// A partner was suspended, reinstated or terminated by hand.
    EnrollmentChanged = "enrollment-changed" {
        organization: OrganizationId, organization_name: String, kind: PartnerKind,
        state: EnrollmentState, reason: Option<String>,
    }
    FeePolicyPublished = "fee-policy-published" {
        policy: FeePolicyId, version: i32, effective_from: DateTime<Utc>,
    }
    FeeRuleEnded = "fee-rule-ended" { rule: FeePolicyId, version: i32, ends_at: DateTime<Utc> }
    /// A customer's account has another reseller of record, or none any more; then
    /// `reseller_name` is the earlier one's.
    ResellerAttributed = "reseller-attributed" {
        attribution: AttributionId, customer: OrganizationId, customer_name: String,
        reseller: Option<OrganizationId>, reseller_name: String, earlier: Option<OrganizationId>,
        reason: String,
    }
}
