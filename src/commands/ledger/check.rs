//! `attache ledger check`: every invariant of the ledger, asked of every program.

use super::Of;
use anyhow::{Context, Result};
use api::billing::{Finding, InFlight, LedgerReport, Run, TrialLine, check_ledger};
use api::platform::db::Db;
use serde_json::{Value, json};
use std::process::ExitCode;

#[derive(clap::Args)]
pub struct Check {
    #[command(flatten)]
    of: Of,
    /// Answer as JSON
    #[arg(long)]
    json: bool,
}

impl Check {
    pub async fn run(&self) -> Result<ExitCode> {
        let db = Db::open(&self.of.database()?, 1).await?;
        let report = check_ledger(&db).await.context("the ledger cannot be read")?;
        if self.json {
            println!("{}", serde_json::to_string_pretty(&as_json(&report))?);
        } else {
            print(&report);
        }
        Ok(if report.is_sound() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn print(report: &LedgerReport) {
    println!(
        "{} programs, {} journals, {} entries",
        report.programs, report.journals, report.entries
    );
    for (program, line) in &report.trial {
        let TrialLine { kind, .. } = line;
        println!("balance {program} {kind}: {}", line.balance().with_code());
    }
    for (program, sent) in &report.in_flight {
        let InFlight { kind, of, minutes, .. } = sent;
        let amount = sent.amount().with_code();
        println!("flying  {program} {kind} {of}: {amount} for {minutes} minutes");
    }
    for (program, last, open) in &report.reconciled {
        let when = last.as_ref().map_or_else(
            || "never".to_owned(),
            |run| format!("at {}", run.ended_at.format("%Y-%m-%d %H:%M")),
        );
        println!("stripe  {program} compared {when}, {open} differences open");
    }
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
        "trial_balance": report.trial.iter().map(balance).collect::<Vec<_>>(),
        "in_flight": report.in_flight.iter().map(flying).collect::<Vec<_>>(),
        "reconciled": report.reconciled.iter().map(reconciled).collect::<Vec<_>>(),
        "broken": list(&report.broken),
        "open": list(&report.open),
    })
}

fn balance((program, line): &(String, TrialLine)) -> Value {
    json!({ "program": program, "account": line.kind, "balance": line.balance() })
}

fn flying((program, sent): &(String, InFlight)) -> Value {
    let InFlight { kind, of, since, minutes, .. } = sent;
    let amount = sent.amount();
    json!({
        "program": program, "account": kind, "of": of, "amount": amount,
        "since": since, "minutes": minutes,
    })
}

fn reconciled((program, last, open): &(String, Option<Run>, i64)) -> Value {
    let at = last.as_ref().map(|run| run.ended_at);
    json!({ "program": program, "at": at, "open": open })
}

fn finding(found: &Finding) -> Value {
    let Finding { program, check, subject, says } = found;
    json!({ "program": program, "check": check, "subject": subject, "says": says })
}
