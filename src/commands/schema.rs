//! `attache schema`: what `api/src/platform/db/schema.rs` must say for a migrated database.

use anyhow::{Context, Result};
use std::process::ExitCode;

pub async fn run() -> Result<ExitCode> {
    let url = std::env::var("DATABASE_OWNER_URL").context("DATABASE_OWNER_URL is not set")?;
    print!("{}", api::platform::db::describe_schema(&url).await?);
    Ok(ExitCode::SUCCESS)
}
