//! The program `attache`: one binary, a command for each thing an operator does.

use anyhow::Result;
use attache::commands;
use clap::{Parser, Subcommand};
use mimalloc::MiMalloc;
use rustix::process::{Resource, Rlimit, setrlimit};
use std::process::ExitCode;

/// A call of the gateway makes many small pieces of memory; this one hands them out faster.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// The partner marketplace beside an on-demand marketing application.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start everything for a look: private database, sandbox, demo program, pages
    Up(commands::up::Arguments),
    /// Serve, configured by the environment
    Serve,
    /// Bring the database of DATABASE_OWNER_URL to this program's schema
    Migrate,
    /// Play the whole story over HTTP against a program that runs with the sandbox
    Demo(commands::demo::Arguments),
    /// Say the health and address of each part of a data folder
    Doctor(commands::doctor::Arguments),
    /// Print the API's description, as openapi.yaml holds it
    Openapi,
    /// Print schema.rs for the database of DATABASE_OWNER_URL
    Schema,
    /// Show jobs that were given up, or start one again
    Jobs(commands::jobs::Arguments),
    /// Check descriptions of marketing applications, and probe their servers
    Upstream(commands::upstream::Arguments),
    /// Verify files of the audit trail, and forget whom one names
    Audit(commands::audit::Arguments),
    /// Found a program with its first owner, or list what there is
    Vendor(commands::vendor::Arguments),
    /// Count what each key of the vault wraps, or wrap everything with the key in use
    Vault(commands::vault::Arguments),
    /// Ask every program's ledger for what may never be
    Ledger(commands::ledger::Arguments),
}

/// A process that holds tokens and keys leaves no image of its memory when it dies.
fn leave_no_core() {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    if let Err(error) = setrlimit(Resource::Core, none) {
        tracing::warn!(%error, "a crash may leave an image of memory: set the core limit to 0");
    }
}

fn main() -> ExitCode {
    commands::log::start();
    leave_no_core();
    let arguments = Arguments::parse();
    match run(arguments.command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("attache: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match command {
            Command::Up(arguments) => commands::up::run(arguments).await,
            Command::Serve => commands::serve::run().await,
            Command::Migrate => commands::migrate::run().await,
            Command::Demo(arguments) => commands::demo::run(arguments).await,
            Command::Doctor(arguments) => commands::doctor::run(arguments).await,
            Command::Openapi => commands::openapi::run(),
            Command::Schema => commands::schema::run().await,
            Command::Jobs(arguments) => commands::jobs::run(arguments).await,
            Command::Audit(arguments) => commands::audit::run(arguments).await,
            Command::Upstream(arguments) => commands::upstream::run(arguments).await,
            Command::Vendor(arguments) => commands::vendor::run(arguments).await,
            Command::Vault(arguments) => commands::vault::run(arguments).await,
            Command::Ledger(arguments) => commands::ledger::run(arguments).await,
        }
    })
}
