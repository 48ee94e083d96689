//! `attache migrate`: as the owner of the schema, before a new version serves.

use anyhow::{Context, Result};
use std::process::ExitCode;

pub async fn run() -> Result<ExitCode> {
    let url = std::env::var("DATABASE_OWNER_URL").context("DATABASE_OWNER_URL is not set")?;
    let ran = api::platform::db::migrate(&url).await?;
    for name in &ran {
        println!("{name}");
    }
    println!("{} migrations run", ran.len());
    Ok(ExitCode::SUCCESS)
}
