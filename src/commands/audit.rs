//! `attache audit`: whether files of the audit trail and receipts hold, without database or
//! network; and forgetting whom a trail names.

use super::vault::{Of, open};
use anyhow::{Context, Result};
use api::access::{Verdict, forget_trail, verify_audit_trail, verify_receipt};
use api::kernel::id::OrganizationId;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Verify each file, in the order of the chain; name the first record that does not hold
    Verify {
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// The public key that must have signed, in hexadecimal (`GET /v1/audit-trail/key`)
        #[arg(long)]
        key: Option<String>,
    },
    /// Check a receipt and print what it says
    Receipt {
        file: PathBuf,
        /// The public key that must have signed, in hexadecimal (`GET /v1/audit-trail/key`)
        #[arg(long)]
        key: Option<String>,
    },
    /// Make unreadable, for good, whom a customer's trail names up to its last sealing
    Forget {
        /// The customer's organization
        customer: uuid::Uuid,
        /// Yes, nobody is to read it again
        #[arg(long)]
        for_good: bool,
        #[command(flatten)]
        of: super::vault::Of,
    },
}

pub async fn run(arguments: Arguments) -> Result<ExitCode> {
    match arguments.command {
        Command::Forget { customer, for_good, of } => {
            forget(OrganizationId(customer), for_good, &of).await
        }
        Command::Verify { files, key } => verify(&files, key.as_deref()),
        Command::Receipt { file, key } => receipt(&file, key.as_deref()),
    }
}

async fn forget(customer: OrganizationId, for_good: bool, of: &Of) -> Result<ExitCode> {
    anyhow::ensure!(for_good, "nobody can bring the words back: say so with --for-good");
    let (db, _) = open(of).await?;
    match forget_trail(&db, customer).await? {
        None => anyhow::bail!("no customer has the id {customer}"),
        Some(0) => {
            println!("nothing of this customer is sealed, so nothing was forgotten");
            Ok(ExitCode::FAILURE)
        }
        Some(keys) => {
            println!("keys shredded: {keys}; the chain still holds, without the words they sealed");
            println!("words of the last hour are sealed under a new key; backups keep the old");
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn receipt(path: &Path, key: Option<&str>) -> Result<ExitCode> {
    let text = std::fs::read_to_string(path).with_context(|| format!("read {}", path.display()))?;
    match verify_receipt(&text, key) {
        Ok(said) => {
            let value: serde_json::Value = serde_json::from_str(&said)?;
            println!("{}: holds\n{}", path.display(), serde_json::to_string_pretty(&value)?);
            if key.is_none() {
                println!("name the key you trust with --key to be sure who signed it");
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(fault) => {
            eprintln!("{}: does not hold: {fault}", path.display());
            Ok(ExitCode::FAILURE)
        }
    }
}

fn verify(files: &[PathBuf], key: Option<&str>) -> Result<ExitCode> {
    let mut holds = true;
    for path in files {
        let file = File::open(path).with_context(|| format!("read {}", path.display()))?;
        match verify_audit_trail(BufReader::new(file), key) {
            Ok(verdict) if verdict.records == 0 => {
                holds = false;
                eprintln!("{}: no record stands in it, so it proves nothing", path.display());
            }
            Ok(verdict) => say(path, &verdict, key.is_some()),
            Err(fault) => {
                holds = false;
                eprintln!("{}: does not hold: {fault}", path.display());
            }
        }
    }
    Ok(if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn say(path: &Path, verdict: &Verdict, pinned: bool) {
    let Verdict { records, first, last, checkpoints, forgotten, .. } = verdict;
    println!("{}: holds: {records} records, {first} to {last}", path.display());
    match verdict.signed_to {
        Some(to) => println!("  signed up to record {to} ({checkpoints} checkpoints)"),
        None => println!("  nothing in it is signed: anybody may have written it"),
    }
    if !pinned && !verdict.keys.is_empty() {
        let keys = verdict.keys.join(", ");
        println!("  signed by {keys}; name the key you trust with --key to be sure whose that is");
    }
    if *forgotten > 0 {
        println!(
            "  {forgotten} records without their words: somebody was forgotten, or whoever passed \
             the file on left them out; the records themselves stand"
        );
    }
    if verdict.more {
        println!("  the chain goes on: ask for the next file with after={last}");
    }
}
