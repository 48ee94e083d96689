//! Identifiers, one type a thing: UUID version 7, so that they sort by time of creation.

use diesel_derive_newtype::DieselNewType;
use poem_openapi::NewType;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
            DieselNewType, NewType,
        )]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// Reads the hyphenated or plain form; `None` when it is no UUID.
            pub fn parse(text: &str) -> Option<Self> {
                Uuid::try_parse(text).ok().map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

ids! {
    /// A tenant: the maker of a marketing application, running one program.
    VendorId,
    /// One human, whatever the number of memberships.
    PersonId,
    OrganizationId,
    MembershipId,
    SessionId,
    ApiTokenId,
    EmailLinkId,
    IdempotencyId,
    EventId,
    JobId,
    NodeId,
    NoticeId,
    FeePolicyId,
    AgreementId,
    ApplicationId,
    AttributionId,
    AuditKeyId,
    ProfileId,
    ServiceId,
    BriefId,
    MatchId,
    InvitationId,
    ProposalId,
    EngagementId,
    SowId,
    MilestoneId,
    TimeEntryId,
    FileId,
    DeliverableId,
    ChangeRequestId,
    MessageId,
    EntryId,
    ReviewId,
    AccountId,
    JournalId,
    PaymentId,
    PaymentMethodId,
    MethodSetupId,
    WeekMandateId,
    RefundId,
    DisputeId,
    BreakId,
    ReconciliationId,
    ReleaseId,
    DisagreementId,
    DisagreementProposalId,
    MoneyApprovalId,
    PayoutId,
    TransferId,
    RecoveryId,
    NettingId,
    ReversalId,
    StripeCallId,
    PayoutAccountId,
    WebhookId,
    ConnectionId,
    WriteApprovalId,
    SecretId,
    GrantId,
    AmendmentId,
    GatewayKeyId,
    AuditWebhookId,
    AccessEntryId,
    AccessAlarmId,
    GrantProposalId,
    AccessDraftId,
}

impl VendorId {
    /// The reserved vendor without a program: whose bank, payouts and corrections are the
    /// operator's own.
    pub const OPERATOR: Self = Self(Uuid::from_u128(0xa77a));
}
