//! Why access cannot be given now, and when it can.

use api::engagements::{Engagement, EngagementState};

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
