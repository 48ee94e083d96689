//! `attache ledger reconcile`: what Stripe says, held against the books now.

use crate::config::Config;
use crate::program;
use anyhow::{Context, Result, bail};
use api::billing::{Looked, Reconciled, Told, reconcile};
use api::platform::clock::Clock;
use serde_json::{Value, json};
use std::process::ExitCode;

#[derive(clap::Args)]
pub struct Reconcile {
    /// Answer as JSON
    #[arg(long)]
    json: bool,
}

impl Reconcile {
    pub async fn run(&self) -> Result<ExitCode> {
        let config = Config::read(|name| std::env::var(name).ok())?;
        let app = program::open(&config, Clock::system()).await?;
        let looked = loop {
            match reconcile(&app).await.context("Stripe could not be compared with the books")? {
                Reconciled::Done(looked) => break looked,
                Reconciled::More => {}
                Reconciled::Busy => bail!(
                    "another run is under way: wait for it, or two minutes after one was cut off"
                ),
            }
        };
        if self.json {
            let programs: Vec<Value> = looked.iter().map(as_json).collect();
            println!("{}", serde_json::to_string_pretty(&json!({ "programs": programs }))?);
        } else {
            print(&looked);
        }
        let agrees = looked.iter().all(|one| one.run.open == 0);
        Ok(if agrees { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn print(looked: &[Looked]) {
    let mut open = 0;
    for Looked { program, run, open: breaks } in looked {
        println!(
            "{program}: {} of {} movements agree, {} found and booked, {} new differences, {} gone",
            run.matched, run.movements, run.booked, run.opened, run.closed
        );
        for one in breaks {
            println!("open    {} {}: {}", one.id, one.kind.as_str(), one.says());
            println!("        {}", one.advice());
        }
        open += run.open;
    }
    match open {
        0 => println!("everything agrees"),
        1 => println!("1 difference is open"),
        n => println!("{n} differences are open"),
    }
}

fn as_json(looked: &Looked) -> Value {
    let Looked { program, run, open } = looked;
    let breaks: Vec<Value> = open
        .iter()
        .map(|one| {
            json!({
                "id": one.id, "kind": one.kind, "says": one.says(), "stripe": one.stripe,
                "journal": one.journal, "currency": one.currency, "expected": one.expected,
                "seen": one.seen, "since": one.first_seen_at,
            })
        })
        .collect();
    json!({
        "program": program, "at": run.ended_at, "movements": run.movements,
        "matched": run.matched, "booked": run.booked, "opened": run.opened,
        "closed": run.closed, "open": run.open, "differences": breaks,
    })
}
