//! `attache serve`: the program alone, configured by the environment.

use crate::config::Config;
use crate::program::{self, Program};
use anyhow::Result;
use api::platform::clock::Clock;
use std::process::ExitCode;

/// Serves until it is told to stop (Ctrl-C or SIGTERM), then ends open requests and jobs.
pub async fn run() -> Result<ExitCode> {
    let config = Config::read(|name| std::env::var(name).ok())?;
    let app = program::open(&config, Clock::system()).await?;
    let mut program = Program::start(&config, app).await?;
    println!("ready {}", config.site.as_str().trim_end_matches('/'));
    tokio::select! {
        ended = program.ended() => ended?,
        () = stop_asked() => {}
    }
    program.stop().await?;
    Ok(ExitCode::SUCCESS)
}

/// Waits for Ctrl-C or SIGTERM.
pub async fn stop_asked() {
    use tokio::signal::unix::{SignalKind, signal};
    let mut term = match signal(SignalKind::terminate()) {
        Ok(term) => term,
        Err(error) => {
            tracing::warn!(%error, "SIGTERM cannot be heard; Ctrl-C can");
            let _ = tokio::signal::ctrl_c().await;
            return;
        }
    };
    tokio::select! { _ = tokio::signal::ctrl_c() => {}, _ = term.recv() => {} }
}
