//! Who may do and see what in matching.

use super::model::{Brief, Invitation, Proposal};
use crate::identity::{Command, Deed};
use crate::platform::caller::Caller;
use crate::platform::refusal::{Common, Result};

/// Declares commands with the deed that a role must be allowed for each.
macro_rules! commands {
    ($($(#[$doc:meta])* $name:ident needs $deed:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name;

        impl Command for $name {
            const DEED: Deed = Deed::$deed;
        }
    )+};
}

commands! {
    /// Save or edit a draft, or compute the matches of a brief again.
    WriteBrief needs DraftBriefs,
    /// Post or close a brief.
    PostBrief needs PostBriefs,
    /// Send or withdraw an invitation.
    Invite needs InviteExperts,
    AnswerInvitation needs AnswerInvitations,
    /// Draft, send or withdraw a proposal.
    Propose needs SendProposals,
    DecideProposal needs DecideProposals,
}

/// A brief is its customer's; to others it is not there.
pub fn may_see_brief(caller: &Caller, brief: &Brief) -> Result<()> {
    visible(brief.customer == caller.organization, "brief")
}

/// An invitation is there for its two sides.
pub fn may_see_invitation(caller: &Caller, invitation: &Invitation) -> Result<()> {
    let own = [invitation.of.customer, invitation.of.partner].contains(&caller.organization);
    visible(own, "invitation")
}

/// An invitation is answered by the organization it was sent to.
pub fn is_invited(caller: &Caller, invitation: &Invitation) -> Result<()> {
    visible(invitation.of.partner == caller.organization, "invitation")
}

/// An invitation is withdrawn by the organization that sent it.
pub fn has_invited(caller: &Caller, invitation: &Invitation) -> Result<()> {
    visible(invitation.of.customer == caller.organization, "invitation")
}

/// A proposal is there for its two sides.
pub fn may_see_proposal(caller: &Caller, proposal: &Proposal) -> Result<()> {
    visible(proposal.concerns(caller.organization), "proposal")
}

/// A proposal is decided by its customer.
pub fn may_decide_proposal(caller: &Caller, proposal: &Proposal) -> Result<()> {
    visible(proposal.customer == caller.organization, "proposal")
}

/// A proposal is withdrawn by the organization that sent it.
pub fn has_proposed(caller: &Caller, proposal: &Proposal) -> Result<()> {
    visible(proposal.partner == caller.organization, "proposal")
}

fn visible(holds: bool, what: &'static str) -> Result<()> {
    if holds { Ok(()) } else { Err(Common::NotFound(what).into()) }
}
