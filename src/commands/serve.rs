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
    let app = program::open(&config, clock()?).await?;
    let mut program = Program::start(&config, app).await?;
    println!("ready {}", config.site.as_str().trim_end_matches('/'));
    tokio::select! {
        ended = program.ended() => ended?,
        () = stop.asked() => {}
    }
    program.stop().await?;
    Ok(ExitCode::SUCCESS)
}

/// The system's clock.
#[cfg(not(debug_assertions))]
fn clock() -> Result<Clock> {
    Ok(Clock::system())
}

/// The system's clock, so many seconds ahead as a test wants that restarts the program much later.
#[cfg(debug_assertions)]
fn clock() -> Result<Clock> {
    use anyhow::Context;
    let wish = std::env::var("ATTACHE_CLOCK_AHEAD").unwrap_or_else(|_| "0".to_owned());
    let ahead = wish.parse().ok().and_then(chrono::TimeDelta::try_seconds);
    let ahead = ahead.context("ATTACHE_CLOCK_AHEAD must be a number of seconds")?;
    let system = Clock::system();
    Ok(Clock::from_source(move || system.now() + ahead))
}
