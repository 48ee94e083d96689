//! Rows of engagements' tables.
//!
//! Every change of a milestone or an engagement happens under the row lock of the engagement,
//! taken first: two changes of one engagement follow each other and never wait in a circle.

mod deliverables;
mod engagements;
mod entries;
mod guests;
mod milestones;
mod openings;
mod overviews;
mod reviews;
mod simulation;
mod statements;
mod stretches;
mod time_entries;

pub use deliverables::{
    Deliverable, NewDeliverable, deliverable, deliverables, file, file_totals,
    insert_change_request, insert_deliverable, insert_file,
};
pub use engagements::{
    engagement, engagement_of_proposal, lock_engagement, now, set_active, set_ended, set_state,
};
pub use entries::{
    NewEntry, TimelineItem, TopicCount, insert_entry, insert_message, is_unanswered, timeline,
    topic_counts,
};
pub use guests::{
    Guest, VendorPerson, end_guest, end_guests, guests, open_guest, open_guests, vendor_people,
};
pub use milestones::{
    add_given_back, lock_milestone, milestone, milestones, set_accepted, set_accepts_itself,
    set_changes_requested, set_funded, set_refunded, set_sent_back, set_settled, set_submitted,
    shares,
};
pub use openings::{
    insert_engagement, insert_milestones, insert_shares, leads, next_number, person_of_both,
    set_signed,
};
pub use overviews::{
    OpenWork, StatementHead, Whose, beside, list, list_current, open_work, prices, state_counts,
};
pub use reviews::{
    NewReview, PublicReview, insert_review, lock_review, public_profile, public_reviews,
    publish_all, reviews, set_hidden, set_reply,
};
pub use simulation::signed_milestones;
pub use statements::{
    Acceptance, Statement, acceptances, insert_acceptance, insert_statement, named_organizations,
    organization_names, statement,
};
pub use stretches::courses;
pub use time_entries::{
    TimeEntry, delete_time_entry, has_open_time, insert_time_entry, set_hours_end, set_time_entry,
    time_entries, time_entry, weeks_with_time,
};

use crate::platform::db::schema::{
    engagement_guests, engagements as e, memberships, milestone_shares, milestones as m, persons,
};

diesel::allow_tables_to_appear_in_same_query!(e, m);
diesel::allow_tables_to_appear_in_same_query!(milestone_shares, m);
diesel::allow_tables_to_appear_in_same_query!(engagement_guests, persons);
diesel::allow_tables_to_appear_in_same_query!(memberships, persons);
