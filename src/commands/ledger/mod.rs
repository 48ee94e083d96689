//! `attache ledger`: whether the books are sound, what they say of a party, and old news again.
//! Nothing here writes to the ledger but what working through news again would book anyway, and
//! what follows from a call that a person decided on.

mod check;
mod explain;
mod reconcile;
mod replay;
mod resolve;
mod statement;

use crate::data_folder::DataFolder;
use anyhow::{Context, Result};
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
    Check(check::Check),
    /// Compare the books with Stripe; exit code 1 while they differ
    Reconcile(reconcile::Reconcile),
    /// Say why a difference is all right
    Explain(explain::Explain),
    /// Decide on a call to Stripe that waits for a person
    Resolve(resolve::Resolve),
    /// Print a party's month as the journals tell it
    Statement(statement::Statement),
    /// Work through stored news from Stripe again; exit code 1 when the ledger changed
    Replay(replay::Replay),
}

/// Whose database is read.
#[derive(clap::Args)]
struct Of {
    /// The data folder of a running `attache up`; the database of DATABASE_URL otherwise
    #[arg(long)]
    data: Option<PathBuf>,
}

pub async fn run(arguments: Arguments) -> Result<ExitCode> {
    match arguments.command {
        Command::Check(check) => check.run().await,
        Command::Reconcile(reconcile) => reconcile.run().await,
        Command::Explain(explain) => explain.run().await,
        Command::Resolve(resolve) => resolve.run().await,
        Command::Statement(statement) => statement.run().await,
        Command::Replay(replay) => replay.run().await,
    }
}

impl Of {
    fn database(&self) -> Result<String> {
        let Some(data) = &self.data else {
            return std::env::var("DATABASE_URL")
                .context("DATABASE_URL is not set: set it, or name the data folder with --data");
        };
        let addresses = DataFolder::open(data)?.addresses()?;
        let database = addresses.and_then(|found| found.others.get("database").cloned());
        database.with_context(|| format!("nothing runs on {}: start `attache up`", data.display()))
    }
}
