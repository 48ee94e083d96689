//! User stories: people use the program over HTTP, and what they see holds. One file a story.

#[path = "../support/mod.rs"]
mod support;

mod a_password_is_forgotten;
mod a_person_signs_in;
mod a_person_signs_up;
mod colleagues_come_and_go;
mod forms_are_guarded;
mod people_are_told;
mod the_database_goes_away;
