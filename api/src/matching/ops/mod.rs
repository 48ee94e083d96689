//! What matching does, one file a theme.
//!
//! An operation for a caller opens and commits its own transaction; a part that another feature
//! composes takes the transaction it is given.

mod accept;
mod briefs;
mod compare;
mod draft;
mod invitations;
mod matches;
mod proposals;
mod shares;

pub use accept::{lock_open_proposal, mark_accepted};
pub use briefs::{close_brief, edit_brief, list_briefs, post_brief, save_brief, see_brief};
pub use compare::{compare_proposals, waiting_proposals};
pub use draft::{ProposalDraft, draft_proposal};
pub use invitations::{
    decline_invitation, invite, list_invitations, see_invitation, withdraw_invitation,
};
pub use matches::{refresh_matches, see_matches};
pub use proposals::{decline_proposal, see_proposal, send_proposal, withdraw_proposal};
pub use shares::{PriceShares, see_shares, shares_of_prices};

use crate::kernel::check::{Checks, Invalid};

/// A reason that the other side reads, in form.
fn reason(text: &str) -> Result<String, Invalid> {
    let mut checks = Checks::new();
    let reason = checks.text("reason", text, "a reason", (1, 1000));
    checks.finish()?;
    Ok(reason)
}
