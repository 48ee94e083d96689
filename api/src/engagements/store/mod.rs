//! Rows of engagements' tables.
//!
//! Every change of a milestone or an engagement happens under the row lock of the engagement,
//! taken first: two changes of one engagement follow each other and never wait in a circle.

mod engagements;
mod entries;
mod guests;
mod milestones;

pub use engagements::{
    engagement, lock_engagement, now, program_zone, set_active, set_ended, set_state,
};
pub use entries::{NewEntry, insert_entry};
pub use guests::end_guests;
pub use milestones::{
    lock_milestone, milestone, milestones, set_accepted, set_funded, set_refunded, shares,
};

use crate::platform::db::schema::{engagements as e, milestone_shares, milestones as m};

diesel::allow_tables_to_appear_in_same_query!(e, m);
diesel::allow_tables_to_appear_in_same_query!(milestone_shares, m);
