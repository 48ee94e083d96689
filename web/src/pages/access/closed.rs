//! Why access cannot be given now, and when it can; and why a yes was not taken.

use api::engagements::{Engagement, EngagementState};
use api::platform::refusal::Error;

use crate::site::PageError;
use crate::view::Notice;

/// `None` while access can be asked for and granted.
pub fn closed(engagement: &Engagement) -> Option<Notice> {
    let label = engagement.label();
    match engagement.state {
        EngagementState::Signed | EngagementState::Active => None,
        EngagementState::Contracting => {
            let text = "As soon as both sides have accepted the statement of work, access can be \
                        asked for and granted here.";
            Some(Notice::info(&format!("{label} is not signed yet"), text))
        }
        EngagementState::Paused | EngagementState::Disputed => {
            let text = "Letters of access rest until work goes on; then new ones can be granted \
                        too.";
            Some(Notice::held(&format!("{label} rests"), text))
        }
        EngagementState::Completed | EngagementState::Cancelled => {
            let text = "Every letter of access ended with it. New work begins with a new \
                        engagement.";
            Some(Notice::info(&format!("{label} has ended"), text))
        }
    }
}

/// A refusal that the page itself can explain; anything else stays an error.
pub fn refused(error: Error) -> Result<Notice, PageError> {
    let title = match error.code() {
        Some("connection-state") => "This account has to be connected again first",
        Some("nothing-allowed") => "This would allow nothing",
        Some("terms-changed") => "The application changed what this allows",
        Some("already-granted") => "There is a letter already",
        Some("engagement-not-open" | "grant-state") => "This cannot be granted any more",
        Some("request-changed") => "It was asked for otherwise than you looked at",
        Some("proposal-waits" | "approvers-wanted") => "It waits for others already",
        Some("proposal-changed") => "It is not what you looked at",
        Some("too-many-tries") => "Too many tries with the password",
        _ => return Err(error.into()),
    };
    let text = match error.code() {
        Some("terms-changed") => "Below is what it allows now. Look at it again, then decide.",
        Some("already-granted") => "End the letter that is in force, then grant a new one.",
        Some("connection-state") => "Connect it again under Connected accounts, then come back.",
        _ => return Ok(Notice::held(title, &error.to_string())),
    };
    Ok(Notice::held(title, text))
}
