//! `attache ledger resolve`: a call to Stripe waits for a person, who has looked there.

use crate::commands::vendor::explained;
use crate::config::Config;
use crate::program;
use anyhow::Result;
use api::billing::resolve_at_console;
use api::platform::clock::Clock;
use std::process::ExitCode;

#[derive(clap::Args)]
pub struct Resolve {
    /// The call, as `attache ledger check` names it in its line `call-needs-human`
    key: String,
}

impl Resolve {
    /// It is looked for once more. What is there counts as done; else it counts as refused, and a
    /// transfer begins anew.
    pub async fn run(&self) -> Result<ExitCode> {
        let config = Config::read(|name| std::env::var(name).ok())?;
        let app = program::open(&config, Clock::system()).await?;
        let concluded = resolve_at_console(&app, &self.key).await.map_err(explained)?;
        let why = concluded.trouble.map_or_else(String::new, |why| format!(": {why}"));
        println!("{}{why}", concluded.state);
        Ok(ExitCode::SUCCESS)
    }
}
