//! What matching reads and shows over HTTP.
//!
//! Bodies refuse fields they do not know. Money is in whole minor units with its currency, points
//! are whole thousandths.

mod briefs;
mod invitations;
mod matches;
mod proposals;

pub use crate::directory::HourlyView;
pub use briefs::{BriefBody, BriefPageView, BriefView};
pub use invitations::{
    AnswerBody, InvitationBody, InvitationFileView, InvitationPageView, InvitationView,
};
pub use matches::MatchesView;
pub use proposals::{ComparisonView, ProposalBody, ProposalDraftView, ProposalView};
