//! User stories: people use the program over HTTP, and what they see holds. One file a story.

#[path = "../support/mod.rs"]
mod support;

mod a_person_signs_in;
mod forms_are_guarded;
mod the_database_goes_away;
