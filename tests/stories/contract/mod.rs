//! What the program promises on paper, held against the program: the description of the API, the
//! schema in the code, the isolation of tenants in the catalogue. A test that fails prints the
//! command that mends what it compares.

mod description;
mod isolation;
mod schema;
