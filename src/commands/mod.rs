//! The commands of the program, one file each.
//! They print for people; `--json` prints for programs. An error is one sentence that says what to
//! do, and exit code 1.

pub mod audit;
pub mod database;
pub mod demo;
pub mod doctor;
pub mod jobs;
pub mod ledger;
pub mod log;
pub mod migrate;
pub mod openapi;
pub mod schema;
pub mod serve;
pub mod stop;
pub mod up;
pub mod upstream;
pub mod vault;
pub mod vendor;
