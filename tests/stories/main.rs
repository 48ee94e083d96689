//! User stories: people use the program over HTTP, and what they see holds. One file a story.

#[path = "../support/mod.rs"]
mod support;

mod a_password_is_forgotten;
mod a_consultant_offers_a_service;
mod a_person_signs_in;
mod forms_are_guarded;
mod a_vendor_runs_the_program;
mod an_organization_joins_the_program;
mod a_proposal_becomes_an_engagement;
mod an_engagement_is_private;
mod reviews_are_blind;
mod work_is_delivered_and_accepted;
mod the_database_goes_away;
mod a_person_signs_up;
mod colleagues_come_and_go;
mod people_are_told;
mod a_consultant_works_through_the_gateway;
mod a_letter_of_access;
mod an_account_is_connected;
mod tokens_are_refreshed_once;
