//! `attache audit verify`: whether a file of the audit trail holds; no database, no network.

use anyhow::{Context, Result};
use api::access::{Verdict, verify_audit_trail};
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
}

pub fn run(arguments: Arguments) -> Result<ExitCode> {
    let Command::Verify { files, key } = arguments.command;
    let mut holds = true;
    for path in &files {
        let file = File::open(path).with_context(|| format!("read {}", path.display()))?;
        match verify_audit_trail(BufReader::new(file), key.as_deref()) {
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
        None => println!("  nothing in it is signed"),
    }
    if !pinned && !verdict.keys.is_empty() {
        let keys = verdict.keys.join(", ");
        println!("  signed by {keys}; name the key you trust with --key to be sure whose that is");
    }
    if *forgotten > 0 {
        println!("  {forgotten} records without their words: somebody was forgotten");
    }
    if verdict.more {
        println!("  the chain goes on: ask for the next file with after={last}");
    }
}
