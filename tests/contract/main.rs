//! What the program promises on paper, held against the program: the description of the API, the
//! schema in the code, the isolation of tenants in the catalogue. A test that fails prints the
//! command that mends what it compares.

#![cfg(test)]

#[path = "../support/mod.rs"]
mod support;

mod description;
mod isolation;
mod schema;
