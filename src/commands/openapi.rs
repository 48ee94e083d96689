//! `attache openapi`: the API's description.

use anyhow::Result;
use std::process::ExitCode;

pub fn run() -> Result<ExitCode> {
    print!("{}", api::routes::description_yaml()?);
    Ok(ExitCode::SUCCESS)
}
