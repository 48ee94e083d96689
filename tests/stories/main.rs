//! User stories: people use the program over HTTP, and what they see holds. One file a story.

#[path = "../support/mod.rs"]
mod support;

mod a_consultant_offers_a_service;
mod a_password_is_forgotten;
mod a_person_signs_in;
mod a_person_signs_up;
mod a_proposal_becomes_an_engagement;
mod a_vendor_runs_the_program;
mod an_engagement_is_private;
mod an_organization_joins_the_program;
mod colleagues_come_and_go;
mod forms_are_guarded;
mod people_are_told;
mod reviews_are_blind;
mod the_database_goes_away;
mod work_is_delivered_and_accepted;
