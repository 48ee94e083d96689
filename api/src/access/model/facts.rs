//! What access tells the other features, each fact in the transaction that makes it true.

use super::alarm::Unusual;
use super::hold::HoldCause;
use super::proposal::{GrantProposalKind, GrantProposalState, RuleAbout};
use crate::kernel::id::{
    AccessAlarmId, ConnectionId, EngagementId, GrantId, GrantProposalId, OrganizationId, PersonId,
    WriteApprovalId,
};
use crate::platform::jobs::event::Fact;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A grant with everybody who may want to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfGrant {
    pub grant: GrantId,
    pub engagement: EngagementId,
    /// As people read it: A-2041.
    pub engagement_label: String,
    pub customer: OrganizationId,
    pub partner: OrganizationId,
    pub consultant: PersonId,
    pub consultant_name: String,
    /// The account, or the application while no account is chosen.
    pub place: String,
    pub preset: String,
    /// The lead who proposed this person as a successor.
    #[serde(default)]
    pub proposed_by: Option<PersonId>,
}

/// A connection with whom it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfConnection {
    pub connection: ConnectionId,
    pub customer: OrganizationId,
    pub upstream: String,
    pub account_name: String,
}

/// A customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfCustomer {
    pub customer: OrganizationId,
}

/// A connect that was begun, with whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfConnect {
    pub customer: OrganizationId,
    pub upstream: String,
}

macro_rules! facts {
    ($($(#[$doc:meta])* $name:ident($of:ident) = $kind:literal { $($(#[$at:meta])* $field:ident: $type:ty),* })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $name {
            pub of: $of,
            $($(#[$at])* pub $field: $type),*
        }

        impl Fact for $name {
            const KIND: &'static str = $kind;
        }
    )+};
}

facts! {
    /// A consultant asks for access: the customer's owners and admins answer.
    AccessRequested(OfGrant) = "access-requested" { reason: String }
    /// The customer granted access; both sides are told.
    /// `opens` says with what it begins to work, where that is not at once.
    AccessGranted(OfGrant) = "access-granted" {
        valid_until: DateTime<Utc>, #[serde(default)] opens: Option<String>
    }
    /// One of the customer's people agreed to something to which several must: the others answer.
    AccessProposed(OfGrant) = "access-proposed" {
        proposal: GrantProposalId, hash: String, kind: GrantProposalKind, by_name: String, needed: i16,
        answer_by: DateTime<Utc>
    }
    /// One more of them agreed to exactly this hash.
    AccessAgreed(OfGrant) = "access-agreed" {
        proposal: GrantProposalId, hash: String, kind: GrantProposalKind, by_name: String, needed: i16,
        yeses: usize
    }
    /// It says something else now: everybody is asked again.
    AccessProposalChanged(OfGrant) = "access-proposal-changed" {
        proposal: GrantProposalId, hash: String, kind: GrantProposalKind, by_name: String, needed: i16,
        answer_by: DateTime<Utc>, had_agreed: Vec<PersonId>
    }
    /// It does not come into force; `by_name` is absent when nobody closed it.
    AccessProposalClosed(OfGrant) = "access-proposal-closed" {
        proposal: GrantProposalId, hash: String, kind: GrantProposalKind, by_name: Option<String>,
        state: GrantProposalState, reason: String,
        /// What it was about ended before.
        #[serde(default)] moot: bool
    }
    /// The customer's owner set how many must agree.
    ApproverRuleSet(OfCustomer) = "approver-rule-set" {
        by_name: String, needed: i16, about: RuleAbout, before: i16
    }
    /// The customer took back part of it; `lost` are the sentences that no longer hold, `tighter`
    /// those that hold with less, as they read from now on.
    AccessNarrowed(OfGrant) = "access-narrowed" {
        by: PersonId, lost: Vec<String>, valid_until: DateTime<Utc>,
        #[serde(default)] tighter: Vec<String>
    }
    /// The consultant asks for more on a letter in force, or for longer.
    AccessMoreAsked(OfGrant) = "access-more-asked" {
        reason: String, wanted: Vec<String>, until: Option<DateTime<Utc>>
    }
    /// The customer said yes; `gained` are the sentences that hold from now on.
    AccessAmended(OfGrant) = "access-amended" {
        by: PersonId, gained: Vec<String>, valid_until: DateTime<Utc>, longer: bool
    }
    /// No answer but yes: `by` tells whether it was declined or taken back, or nobody answered.
    AccessMoreClosed(OfGrant) = "access-more-closed" { by: Option<PersonId> }
    /// A letter ends in so many hours.
    AccessEndsSoon(OfGrant) = "access-ends-soon" { valid_until: DateTime<Utc>, hours: i64 }
    /// A letter that was not used for long rests soon.
    AccessRestsSoon(OfGrant) = "access-rests-soon" { rests_at: DateTime<Utc> }
    /// A letter rests because nobody used it, or because somebody stopped it for now (`by`), the
    /// program with its reason.
    AccessRested(OfGrant) = "access-rested" {
        since: DateTime<Utc>, #[serde(default)] by: Option<PersonId>,
        #[serde(default)] program_reason: Option<String>
    }
    /// Something about its calls is unusual.
    AccessAlarmed(OfGrant) = "access-alarmed" { alarm: AccessAlarmId, what: Unusual }
    /// The customer let a resting letter work again.
    AccessRestored(OfGrant) = "access-restored" { by: PersonId }
    /// A letter rests for this cause, perhaps beside others.
    AccessHeld(OfGrant) = "access-held" { cause: HoldCause }
    /// A cause is gone, an engagement's own when it names none; `still` are those that are left.
    AccessReleased(OfGrant) = "access-released" {
        cause: Option<HoldCause>, still: Vec<HoldCause>, #[serde(default)] works: bool
    }
    /// The milestone that a letter opens with is funded.
    AccessOpened(OfGrant) = "access-opened" { seq: i32, milestone_title: String }
    /// The customer had changes taken back; of how many what became.
    AccessUndone(OfGrant) = "access-undone" {
        by: PersonId, restored: i64, differs: i64, gone: i64, failed: i64
    }
    /// A partner's lead asks that a colleague takes over the letter of `from`: the customer answers.
    AccessSuccessorProposed(OfGrant) = "access-successor-proposed" {
        by: PersonId, earlier: GrantId, from: String, reason: String
    }
    /// The customer said no, or the consultant's side took the request back (`withdrawn` tells).
    AccessDeclined(OfGrant) = "access-declined" {
        by: PersonId, #[serde(default)] withdrawn: bool
    }
    /// Access is over. `by` is absent when time or the engagement ended it. A request that ends (`asked` tells) never let anybody in.
    AccessEnded(OfGrant) = "access-ended" {
        by: Option<PersonId>, reason: String, #[serde(default)] asked: bool
    }
    /// A call waits for the customer's yes; `deed` follows "to".
    WriteAsked(OfGrant) = "write-asked" {
        approval: WriteApprovalId, deed: String, answer_by: DateTime<Utc>
    }
    /// The customer said yes or no (`yes` tells) to one call.
    WriteAnswered(OfGrant) = "write-answered" {
        approval: WriteApprovalId, deed: String, by: PersonId, yes: bool, note: String
    }
    /// The customer took a yes to one call back, which was not sent.
    WriteRecalled(OfGrant) = "write-recalled" {
        approval: WriteApprovalId, deed: String, by: PersonId
    }
    /// Connected for the first time, or again (`again` tells): letters of access for it hold then.
    ConnectionMade(OfConnection) = "connection-made" { by: PersonId, again: bool }
    /// The application no longer takes our tokens: somebody has to connect it again.
    ConnectionBroken(OfConnection) = "connection-broken" { reason: String }
    /// The application gives less than it did; `lost` are its words for what is gone.
    ConnectionLessened(OfConnection) = "connection-lessened" { lost: Vec<String> }
    /// Somebody came back from the application with a connect that was not theirs to finish, was
    /// used or too old. `by` is absent when nobody was signed in; nothing was connected.
    ConnectReturnRefused(OfConnect) = "connect-return-refused" { by: Option<PersonId> }
    ConnectionEnded(OfConnection) = "connection-ended" { by: PersonId }
    /// The application ended our tokens, or refused for good (`done` tells).
    ConnectionRevoked(OfConnection) = "connection-revoked" { done: bool }
}
