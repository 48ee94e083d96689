//! `attache ledger check`: every invariant of the ledger, asked of every program.

use crate::data_folder::DataFolder;
use anyhow::{Context, Result};
use api::billing::{Finding, LedgerReport, check_ledger};
use api::platform::db::Db;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Say whether the books are sound; exit code 1 when they are not
    Check(Check),
}

#[derive(clap::Args)]
struct Check {
    /// The data folder of a running `attache up`; the database of DATABASE_URL otherwise
    #[arg(long)]
    data: Option<PathBuf>,
    /// Answer as JSON
    #[arg(long)]
    json: bool,
}

pub async fn run(arguments: Arguments) -> Result<ExitCode> {
    let Command::Check(check) = arguments.command;
    let db = Db::open(&database(&check)?, 1).await?;
    let report = check_ledger(&db).await.context("the ledger cannot be read")?;
    if check.json {
        println!("{}", serde_json::to_string_pretty(&as_json(&report))?);
    } else {
        print(&report);
    }
    Ok(if report.is_sound() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn database(check: &Check) -> Result<String> {
    let Some(data) = &check.data else {
        return std::env::var("DATABASE_URL")
            .context("DATABASE_URL is not set: set it, or name the data folder with --data");
    };
    let addresses = DataFolder::open(data)?.addresses()?;
    let database = addresses.and_then(|found| found.others.get("database").cloned());
    database.with_context(|| format!("nothing runs on {}: start `attache up`", data.display()))
}

fn print(report: &LedgerReport) {
    println!(
        "{} programs, {} journals, {} entries",
        report.programs, report.journals, report.entries
    );
    report.broken.iter().for_each(|found| say("broken", found));
    report.open.iter().for_each(|found| say("open", found));
    println!("{}", if report.is_sound() { "sound" } else { "not sound" });
}

fn say(word: &str, found: &Finding) {
    let program = found.program.as_deref().unwrap_or("-");
    println!("{word:<7} {program} {} {}: {}", found.check, found.subject, found.says);
}

fn as_json(report: &LedgerReport) -> Value {
    let list = |found: &[Finding]| found.iter().map(finding).collect::<Vec<_>>();
    json!({
        "sound": report.is_sound(),
        "programs": report.programs,
        "journals": report.journals,
        "entries": report.entries,
        "broken": list(&report.broken),
        "open": list(&report.open),
    })
}

fn finding(found: &Finding) -> Value {
    let Finding { program, check, subject, says } = found;
    json!({ "program": program, "check": check, "subject": subject, "says": says })
}
