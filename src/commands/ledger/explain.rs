//! `attache ledger explain`: a difference is all right, and somebody says why. For what belongs to
//! the operator; a program's people explain theirs on its page.

use crate::commands::vendor::explained;
use crate::config::Config;
use crate::program;
use anyhow::Result;
use api::billing::{Told, explain_at_console};
use api::kernel::id::BreakId;
use api::platform::clock::Clock;
use std::process::ExitCode;

#[derive(clap::Args)]
pub struct Explain {
    /// The difference, as `attache ledger reconcile` names it
    #[arg(value_parser = difference)]
    difference: BreakId,
    /// Why it is all right
    #[arg(long)]
    reason: String,
    /// Who says so
    #[arg(long)]
    by: String,
    /// The key of the journal that settled it
    #[arg(long)]
    journal: Option<String>,
}

fn difference(text: &str) -> Result<BreakId, &'static str> {
    BreakId::parse(text).ok_or("write the id that `attache ledger reconcile` prints")
}

impl Explain {
    pub async fn run(&self) -> Result<ExitCode> {
        let config = Config::read(|name| std::env::var(name).ok())?;
        let app = program::open(&config, Clock::system()).await?;
        let why = (self.reason.as_str(), self.journal.as_deref(), self.by.as_str());
        let done = explain_at_console(&app, self.difference, why).await.map_err(explained)?;
        println!("explained: {}", done.says());
        Ok(ExitCode::SUCCESS)
    }
}
