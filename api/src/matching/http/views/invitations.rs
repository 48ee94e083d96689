//! Invitations over HTTP.

use super::briefs::BriefView;
use super::proposals::ProposalView;
use crate::kernel::id::{BriefId, InvitationId, ProfileId};
use crate::matching::model::{Invitation, InvitationFile, InvitationState, Page};
use chrono::{DateTime, Utc};
use poem_openapi::Object;

/// Whom to invite.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct InvitationBody {
    /// The consultant's profile.
    pub profile: ProfileId,
    /// A word to them, at most 4,000 characters.
    pub message: Option<String>,
}

/// A no with its reason.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct AnswerBody {
    /// Why, in words for the other side, at most 1,000 characters.
    pub reason: String,
}

/// An invitation to propose for a brief.
#[derive(Object)]
pub struct InvitationView {
    /// The invitation.
    pub id: InvitationId,
    /// The brief.
    pub brief: BriefId,
    /// The brief's number as people read it.
    pub brief_number: String,
    /// The brief in a few words.
    pub brief_title: String,
    /// The organization that invites.
    pub customer: String,
    /// The invited consultant's profile.
    pub profile: ProfileId,
    /// The invited consultant.
    pub consultant: String,
    /// The consultant's organization.
    pub partner: String,
    /// The customer's words.
    pub message: String,
    /// Where it stands.
    pub state: InvitationState,
    /// Who sent it.
    pub sender: String,
    /// When it was sent.
    pub sent_at: DateTime<Utc>,
    /// When it was first answered or taken back.
    pub answered_at: Option<DateTime<Utc>>,
    /// Why it was declined or withdrawn.
    pub reason: Option<String>,
}

impl From<Invitation> for InvitationView {
    fn from(invitation: Invitation) -> Self {
        let of = invitation.of;
        Self {
            id: invitation.id,
            brief: of.brief,
            brief_number: of.label(),
            brief_title: of.brief_title,
            customer: of.customer_name,
            profile: of.profile,
            consultant: of.consultant_name,
            partner: of.partner_name,
            message: invitation.message,
            state: invitation.state,
            sender: invitation.sender,
            sent_at: invitation.sent_at,
            answered_at: invitation.answered_at,
            reason: invitation.reason,
        }
    }
}

/// A page of invitations.
#[derive(Object)]
pub struct InvitationPageView {
    /// Latest first.
    pub items: Vec<InvitationView>,
    /// Send it as cursor for the next page; absent on the last.
    pub next: Option<String>,
}

impl From<Page<Invitation>> for InvitationPageView {
    fn from(page: Page<Invitation>) -> Self {
        let items = page.items.into_iter().map(InvitationView::from).collect();
        Self { items, next: page.next }
    }
}

/// An invitation with what one needs to answer it.
#[derive(Object)]
pub struct InvitationFileView {
    /// The invitation.
    pub invitation: InvitationView,
    /// The brief it is about.
    pub brief: BriefView,
    /// The proposals sent for it, latest first, at most 20.
    pub proposals: Vec<ProposalView>,
}

impl From<InvitationFile> for InvitationFileView {
    fn from(file: InvitationFile) -> Self {
        Self {
            invitation: file.invitation.into(),
            brief: file.brief.into(),
            proposals: file.proposals.into_iter().map(ProposalView::from).collect(),
        }
    }
}
