//! What the program promises on paper, held against the program: the description of the API, the
//! schema in the code, the isolation of tenants in the catalogue. A test that fails prints the
//! command that mends what it compares.

mod bad_bodies;
mod bad_requests;
mod description;
mod isolation;
mod neighbours_see_nothing;
mod operations;
mod schema;
mod stage;

pub use stage::Stage;
