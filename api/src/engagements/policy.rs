//! Who sees an engagement, and how much of it.

use super::error::EngagementError;
use super::model::{Engagement, Side};
use crate::identity::{Command, Deed};
use crate::kernel::id::PersonId;
use crate::platform::caller::{Caller, OrganizationKind};
use crate::platform::refusal::{Common, Result};

/// How a caller stands to an engagement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// Of one of its two organizations: sees everything.
    Side(Side),
    /// Invited by name: reads and writes messages, reads files and deliverables.
    Guest,
    /// Of the vendor, uninvited: sees that it exists, its parties, milestones and prices.
    Program,
}

/// How the caller stands to the engagement; `None` when it is not theirs to see.
///
/// `guests` are the persons whose seat as a guest is open.
pub fn sight(caller: &Caller, engagement: &Engagement, guests: &[PersonId]) -> Option<Sight> {
    if let Some(side) = engagement.side_of(caller.organization) {
        return Some(Sight::Side(side));
    }
    match caller.kind {
        OrganizationKind::Vendor if guests.contains(&caller.person) => Some(Sight::Guest),
        OrganizationKind::Vendor => Some(Sight::Program),
        OrganizationKind::Customer | OrganizationKind::Partner | OrganizationKind::Reseller => None,
    }
}

/// Whether the caller may read messages, files and deliverables.
pub fn may_read(caller: &Caller, engagement: &Engagement, guests: &[PersonId]) -> bool {
    matches!(sight(caller, engagement, guests), Some(Sight::Side(_) | Sight::Guest))
}

impl Sight {
    /// Errors with `guests-only` for people of the program whom nobody invited.
    pub fn reads(self) -> Result<(), EngagementError> {
        match self {
            Self::Side(_) | Self::Guest => Ok(()),
            Self::Program => Err(EngagementError::GuestsOnly),
        }
    }

    /// The side the caller is on. Errors with 403 for everybody else who sees the engagement.
    pub fn side(self) -> Result<Side, Common> {
        match self {
            Self::Side(side) => Ok(side),
            Self::Guest | Self::Program => {
                let words = "Only the customer and the partner of this engagement may do this.";
                Err(Common::NotPermitted(words.to_owned()))
            }
        }
    }

    /// Errors unless the caller is on this side.
    pub fn on(self, side: Side) -> Result<()> {
        match (self.side()?, side) {
            (Side::Customer, Side::Partner) => Err(EngagementError::WrongSide("partner").into()),
            (Side::Partner, Side::Customer) => Err(EngagementError::WrongSide("customer").into()),
            _ => Ok(()),
        }
    }
}

macro_rules! commands {
    ($($(#[$doc:meta])* $name:ident wants $deed:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name;
        impl Command for $name {
            const DEED: Deed = Deed::$deed;
        }
    )+};
}

commands! {
    AcceptProposal wants DecideProposals;
    AcceptStatement wants AcceptWork;
    VoidStatement wants AcceptWork;
    /// Pausing, resuming and ending.
    RestEngagement wants PauseWork;
    InviteGuest wants InviteVendorStaff;
    SubmitDeliverable wants SubmitDeliverables;
    WriteTime wants WriteTime;
    /// Accepting a delivery and returning it.
    DecideDeliverable wants DecideDeliverables;
    WriteMessage wants WriteMessages;
    WriteReview wants WriteReviews;
    ReplyToReview wants ReplyToReviews;
    HideReview wants HideReviews;
    SimulateFees wants SeeProgram;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engagements::model::EngagementState;
    use crate::engagements::model::examples::{CUSTOMER, PARTNER, engagement};
    use crate::kernel::id::{MembershipId, OrganizationId, VendorId};
    use crate::platform::caller::{Role, Via};
    use uuid::Uuid;

    fn caller(kind: OrganizationKind, organization: OrganizationId, person: u128) -> Caller {
        Caller {
            person: PersonId(Uuid::from_u128(person)),
            membership: MembershipId(Uuid::nil()),
            vendor: VendorId(Uuid::nil()),
            organization,
            kind,
            role: Role::Owner,
            via: Via::Session,
            idempotency: None,
        }
    }

    #[test]
    fn who_sees_what() {
        use OrganizationKind as Kind;
        let other = OrganizationId(Uuid::from_u128(99));
        let guest = PersonId(Uuid::from_u128(7));
        let table = [
            (caller(Kind::Customer, CUSTOMER, 1), Some(Sight::Side(Side::Customer)), true),
            (caller(Kind::Partner, PARTNER, 1), Some(Sight::Side(Side::Partner)), true),
            (caller(Kind::Vendor, other, 7), Some(Sight::Guest), true),
            (caller(Kind::Vendor, other, 8), Some(Sight::Program), false),
            (caller(Kind::Customer, other, 1), None, false),
            (caller(Kind::Partner, other, 1), None, false),
            (caller(Kind::Reseller, other, 1), None, false),
            // A guest's seat is worth nothing to that person in another organization.
            (caller(Kind::Customer, other, 7), None, false),
        ];
        let engagement = engagement(EngagementState::Active);
        for (caller, expected, reads) in table {
            let seen = sight(&caller, &engagement, &[guest]);
            assert_eq!(seen, expected, "{} {}", caller.kind, caller.person);
            assert_eq!(may_read(&caller, &engagement, &[guest]), reads);
            assert_eq!(seen.is_some_and(|s| s.reads().is_ok()), reads);
        }
    }

    #[test]
    fn only_the_named_side_may() {
        use crate::platform::refusal::Error;
        let code = |sight: Sight, side| sight.on(side).err().as_ref().and_then(Error::code);
        assert_eq!(code(Sight::Side(Side::Customer), Side::Customer), None);
        assert_eq!(code(Sight::Side(Side::Customer), Side::Partner), Some("wrong-side"));
        assert_eq!(code(Sight::Side(Side::Partner), Side::Customer), Some("wrong-side"));
        assert_eq!(code(Sight::Guest, Side::Customer), Some("not-permitted"));
        assert_eq!(code(Sight::Program, Side::Customer), Some("not-permitted"));
    }
}
