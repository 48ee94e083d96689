//! `attache ledger replay`: old news worked through again, which must change nothing.

use crate::config::Config;
use crate::program;
use anyhow::{Context, Result, anyhow};
use api::billing::replay_webhooks;
use api::platform::clock::Clock;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use std::process::ExitCode;

#[derive(clap::Args)]
pub struct Replay {
    /// A day such as 2026-11-28, or a moment such as 2026-11-28T10:00:00Z
    #[arg(long, value_parser = moment)]
    from: DateTime<Utc>,
}

fn moment(text: &str) -> Result<DateTime<Utc>> {
    if let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return Ok(day.and_time(NaiveTime::MIN).and_utc());
    }
    let at = DateTime::parse_from_rfc3339(text);
    at.map(|at| at.to_utc())
        .map_err(|_| anyhow!("write a day such as 2026-11-28 or a moment of RFC 3339"))
}

impl Replay {
    pub async fn run(&self) -> Result<ExitCode> {
        let config = Config::read(|name| std::env::var(name).ok())?;
        let app = program::open(&config, Clock::system()).await?;
        let replay = replay_webhooks(&app, self.from).await.context("the replay stopped")?;
        replay.failed.iter().for_each(|(id, why)| println!("failed  {id}: {why}"));
        for (id, key) in &replay.new_journals {
            println!("new     {key}, by {id}");
        }
        println!("{} pieces of news were worked through", replay.news);
        if replay.changed_nothing() {
            println!("the ledger is as it was");
            return Ok(ExitCode::SUCCESS);
        }
        println!(
            "the ledger gained {} journals, {} pieces of news failed",
            replay.new_journals.len(),
            replay.failed.len()
        );
        Ok(ExitCode::FAILURE)
    }
}
