//! `attache serve`: the program alone, configured by the environment.

use super::stop::Stop;
use crate::config::Config;
use crate::program::{self, Program};
use anyhow::Result;
use api::platform::clock::Clock;
use std::process::ExitCode;

/// Serves until it is told to stop (Ctrl-C or SIGTERM), then ends open requests and jobs.
pub async fn run() -> Result<ExitCode> {
    let mut stop = Stop::listen()?;
    let config = Config::read(|name| std::env::var(name).ok())?;
    let app = program::open(&config, Clock::system()).await?;
    let mut program = Program::start(&config, app).await?;
    println!("ready {}", config.site.as_str().trim_end_matches('/'));
    tokio::select! {
        ended = program.ended() => ended?,
        () = stop.asked() => {}
    }
    program.stop().await?;
    Ok(ExitCode::SUCCESS)
}
