//! `attache ledger statement`: what the journals of a month say of one party.

use super::Of;
use anyhow::{Result, anyhow};
use api::billing::{PartyStatement, party_csv, party_statement};
use api::platform::db::Db;
use chrono::NaiveDate;
use std::process::ExitCode;

#[derive(clap::Args)]
pub struct Statement {
    #[command(flatten)]
    of: Of,
    /// The program's word in addresses
    #[arg(long)]
    program: String,
    /// The organization, by its name or id
    #[arg(long)]
    party: String,
    /// Such as 2026-11
    #[arg(long, value_parser = month)]
    month: NaiveDate,
    /// Print CSV; a spreadsheet finds no formula in it
    #[arg(long)]
    csv: bool,
}

/// The first day of a month such as `2026-11`.
fn month(text: &str) -> Result<NaiveDate> {
    NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d")
        .map_err(|_| anyhow!("write the month as 2026-11"))
}

impl Statement {
    pub async fn run(&self) -> Result<ExitCode> {
        let db = Db::open(&self.of.database()?, 1).await?;
        let found = party_statement(&db, &self.program, &self.party, self.month).await;
        let statement = found.map_err(crate::commands::vendor::explained)?;
        if self.csv {
            print!("{}", party_csv(&statement));
        } else {
            print(&statement);
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn print(statement: &PartyStatement) {
    let PartyStatement { organization, organization_name, month, .. } = statement;
    println!("{} ({organization}), {}", plain(organization_name), month.format("%Y-%m"));
    for balance in &statement.balances {
        println!("opening {}", balance.opening.with_code());
    }
    for line in &statement.lines {
        println!(
            "{} {:<16} {:<15} {:>16} {:>16}  {}  {} {} {}",
            line.at.format("%Y-%m-%d %H:%M"),
            line.kind,
            line.account,
            line.amount.with_code(),
            line.running.with_code(),
            plain(&line.what),
            line.event_key,
            line.journal,
            line.stripe,
        );
    }
    for balance in &statement.balances {
        println!("closing {}", balance.closing.with_code());
    }
}

/// Names are people's: what would steer a terminal becomes a space.
fn plain(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}
