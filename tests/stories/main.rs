//! User stories: people use the program over HTTP, and what they see holds. One file a story.

#[path = "../support/mod.rs"]
mod support;

mod a_person_signs_in;
mod forms_are_guarded;
mod a_vendor_runs_the_program;
mod an_organization_joins_the_program;
mod a_proposal_becomes_an_engagement;
mod an_engagement_is_private;
mod reviews_are_blind;
mod work_is_delivered_and_accepted;
mod the_database_goes_away;
