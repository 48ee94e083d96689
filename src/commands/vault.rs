//! `attache vault`: which keys wrap what, and wrapping everything with the key in use.

use crate::data_folder::DataFolder;
use crate::vault_keys::VaultKeys;
use anyhow::{Context, Result};
use api::access::{self, KeyUse, Rotation};
use api::app::Keys;
use api::outside::keys::KeyRing;
use api::platform::clock::{Clock, Ids};
use api::platform::db::Db;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Count what each key wraps; exit code 1 when a key is missing
    Status {
        #[command(flatten)]
        of: Of,
        /// Answer as JSON
        #[arg(long)]
        json: bool,
    },
    /// Wrap everything with the key in use, while the program serves; exit code 1 when rows remain
    Rotate {
        #[command(flatten)]
        of: Of,
        /// Rows in one transaction
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(i64).range(1..=1000))]
        batch: i64,
    },
}

#[derive(clap::Args)]
pub(super) struct Of {
    /// The data folder of a running `attache up`; DATABASE_URL and ATTACHE_SECRET_KEY otherwise
    #[arg(long)]
    data: Option<PathBuf>,
}

pub async fn run(arguments: Arguments) -> Result<ExitCode> {
    match arguments.command {
        Command::Status { of, json } => status(&of, json).await,
        Command::Rotate { of, batch } => rotate(&of, batch).await,
    }
}

async fn status(of: &Of, json: bool) -> Result<ExitCode> {
    let (db, ring) = open(of).await?;
    let uses = access::key_uses(&db, &ring).await?;
    if json {
        let keys: Vec<Value> = uses.iter().map(as_json).collect();
        println!("{}", serde_json::to_string_pretty(&json!({ "keys": keys }))?);
    } else {
        print(&uses);
    }
    let missing = uses.iter().any(|of| !of.known);
    Ok(if missing { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn rotate(of: &Of, batch: i64) -> Result<ExitCode> {
    let (db, ring) = open(of).await?;
    print(&access::key_uses(&db, &ring).await?);
    let mut say = |at: Rotation| println!("done {}, left {}", at.done, at.left);
    let rotated = access::rotate_keys(&db, &ring, batch, &mut say).await.context(
        "the rotation stopped; what is done stays done, and another `attache vault rotate` goes on",
    )?;
    println!("wrapped {} anew", rotated.done);
    rotated.stuck.iter().for_each(|row| println!("does not open: {row}"));
    print(&rotated.uses);
    let remain = rotated.uses.iter().any(|of| !of.in_use && of.rows > 0);
    if !remain {
        println!(
            "Nothing is wrapped by another key than the one in use: once every node runs with it, \
             the others may be retired, but for backups that were made before."
        );
    }
    Ok(if remain { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn print(uses: &[KeyUse]) {
    for of in uses {
        let word = match of {
            KeyUse { in_use: true, .. } => "in use",
            KeyUse { known: true, .. } => "still needed",
            _ => "missing: none of this can be opened",
        };
        println!("{}: {} rows, {word}", of.kek_id, of.rows);
    }
}

fn as_json(of: &KeyUse) -> Value {
    let KeyUse { kek_id, rows, in_use, known } = of;
    json!({ "key": kek_id, "rows": rows, "in_use": in_use, "known": known })
}

/// The database and the keys that wrap its rows.
pub(super) async fn open(of: &Of) -> Result<(Db, KeyRing)> {
    let keys = VaultKeys::read(|name| std::env::var(name).ok())?;
    let (database, secret) = match &of.data {
        Some(data) => in_folder(data)?,
        None => {
            let set = |name| std::env::var(name).with_context(|| format!("{name} is not set"));
            let secret = crate::config::read_key(&set("ATTACHE_SECRET_KEY")?)?;
            (set("DATABASE_URL")?, Keys::new(secret))
        }
    };
    let ring = keys.ring(&secret, Ids::system(Clock::system()))?;
    Ok((Db::open(&database, 2).await?, ring))
}

fn in_folder(data: &Path) -> Result<(String, Keys)> {
    let folder = DataFolder::existing(data)?;
    let addresses = folder.addresses()?;
    let database = addresses.and_then(|found| found.others.get("database").cloned());
    let database = database
        .with_context(|| format!("nothing runs on {}: start `attache up`", data.display()))?;
    Ok((database, Keys::new(*folder.secret_key()?.expose())))
}
