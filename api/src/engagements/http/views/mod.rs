//! What engagements show and read over HTTP.
//!
//! Each view is made from one of the feature's plain types, field by field, so that what leaves is
//! written down here and nowhere else.

mod contracts;
mod engagements;
mod hours;
mod milestones;
mod reviews;
mod simulation;
mod talk;

pub use contracts::{
    AcceptBody, EngagementReasonBody, GuestBody, GuestView, InvitableView, SowView,
};
pub use engagements::{EngagementHeadView, EngagementPage, EngagementView};
pub use hours::{TimeBody, TimeEntryView, WeekSheetView, WeeksView};
pub use milestones::{
    AcceptDeliveryBody, ChangesBody, DeliverableForm, DeliverableView, MilestoneDetailView,
    MilestoneView,
};
pub use reviews::{PublicReviewPage, PublicReviewView, ReplyBody, ReviewBody, ReviewView};
pub use simulation::{SimulationBody, SimulationView};
pub use talk::{FileForm, FileView, MessageBody, MessageView, TimelinePage, TopicCountView};
