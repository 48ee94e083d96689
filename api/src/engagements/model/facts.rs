//! What engagements tell the other features, each fact in the transaction that makes it true.

use super::engagement::Parties;
use crate::kernel::id::{DeliverableId, MilestoneId, PersonId};
use crate::kernel::money::Money;
use crate::platform::jobs::event::Fact;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

macro_rules! facts {
    ($($(#[$doc:meta])* $name:ident = $kind:literal { $($field:ident: $type:ty),* $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $name {
            pub of: Parties,
            $(pub $field: $type),*
        }

        impl Fact for $name {
            const KIND: &'static str = $kind;
        }
    )+};
}

facts! {
    /// The price of a milestone is held.
    MilestoneFunded = "milestone-funded" {
        milestone: MilestoneId, seq: i32, milestone_title: String, price: Money,
    }
    /// The first milestone was funded: work may start.
    EngagementActivated = "engagement-activated" {}
    EngagementPaused = "engagement-paused" {}
    EngagementResumed = "engagement-resumed" {}
    DeliverableSubmitted = "deliverable-submitted" {
        milestone: MilestoneId, seq: i32, milestone_title: String, price: Money,
        deliverable: DeliverableId, accepts_itself_at: DateTime<Utc>,
    }
    ChangesRequested = "changes-requested" {
        milestone: MilestoneId, seq: i32, milestone_title: String,
    }
    /// A milestone is accepted: its shares are due. `by` is absent when silence accepted it.
    MilestoneAccepted = "milestone-accepted" {
        milestone: MilestoneId, seq: i32, milestone_title: String, price: Money,
        by: Option<PersonId>,
    }
    /// The held money of a milestone goes back.
    MilestoneRefunded = "milestone-refunded" {
        milestone: MilestoneId, seq: i32, milestone_title: String, price: Money,
    }
    /// Every milestone is over and work was accepted. Stated together with `EngagementEnded`.
    EngagementCompleted = "engagement-completed" { category: Option<String> }
    /// It is over, completed or cancelled: whatever lives with it ends now.
    EngagementEnded = "engagement-ended" { completed: bool, reason: String }
}
