//! The commands of the program, one file each. They print for people; `--json` prints for programs.

pub mod doctor;
pub mod jobs;
pub mod log;
pub mod migrate;
pub mod openapi;
pub mod schema;
pub mod serve;
pub mod up;
