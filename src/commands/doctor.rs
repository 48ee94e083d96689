//! `attache doctor`: the health and address of each part of a data folder.

use crate::data_folder::{self, DataFolder};
use crate::http_client;
use crate::vault_keys::VaultKeys;
use anyhow::{Context, Result};
use api::app::Keys;
use api::platform::clock::{Clock, Ids};
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(clap::Args)]
pub struct Arguments {
    /// The data folder
    #[arg(long, default_value = data_folder::DEFAULT)]
    data: PathBuf,
    /// Answer as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Part {
    address: String,
    healthy: bool,
    said: String,
}

/// Exit code 0 when every part is healthy, 1 otherwise.
pub async fn run(arguments: Arguments) -> Result<ExitCode> {
    let parts = look_around(&arguments.data).await;
    let healthy = parts.as_ref().is_ok_and(|parts| parts.values().all(|part| part.healthy));
    if arguments.json {
        let answer = match parts {
            Ok(parts) => json!({ "healthy": healthy, "parts": parts }),
            Err(error) => json!({ "healthy": false, "parts": {}, "said": format!("{error:#}") }),
        };
        println!("{}", serde_json::to_string_pretty(&answer)?);
    } else {
        for (name, part) in &parts? {
            let word = if part.healthy { "well" } else { "ill" };
            println!("{name:<10} {word:<5} {} {}", part.address, part.said);
        }
    }
    Ok(if healthy { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Asks every part of what runs on the folder.
async fn look_around(data: &Path) -> Result<BTreeMap<String, Part>> {
    let folder = DataFolder::existing(data)?;
    let shown = folder.path().display();
    let addresses = folder.addresses()?;
    let addresses =
        addresses.with_context(|| format!("nothing runs on {shown}, or it is still starting"))?;
    let client = http_client::local()?;
    let program = ask(&client, &addresses.site, "/readyz").await;
    let mut parts = BTreeMap::from([("program".to_owned(), program)]);
    for (name, address) in &addresses.others {
        let part = match name.as_str() {
            "payments" => ask(&client, address, "/sandbox/settings").await,
            _ if address.starts_with("http") => ask(&client, address, "/").await,
            _ => look(name, address).await,
        };
        parts.insert(name.clone(), part);
    }
    if let Some(database) = addresses.others.get("database") {
        parts.insert("vault".to_owned(), look_at_keys(&folder, database).await);
    }
    Ok(parts)
}

async fn ask(client: &reqwest::Client, base: &str, path: &str) -> Part {
    let url = format!("{}{path}", base.trim_end_matches('/'));
    let (healthy, said) = match client.get(&url).send().await {
        Ok(answer) => (answer.status().as_u16() < 500, format!("answers {}", answer.status())),
        Err(error) => (false, error.without_url().to_string()),
    };
    Part { address: base.to_owned(), healthy, said }
}

/// Whether every key that wraps something is here.
async fn look_at_keys(folder: &DataFolder, database: &str) -> Part {
    let counted = async {
        let keys = VaultKeys::read(|name| std::env::var(name).ok())?;
        let secret = Keys::new(*folder.secret_key()?.expose());
        let ring = keys.ring(&secret, Ids::system(Clock::system()))?;
        let db = api::platform::db::Db::open(database, 1).await?;
        Ok::<_, anyhow::Error>(api::access::key_uses(&db, &ring).await?)
    };
    let (address, healthy, said) = match counted.await {
        Ok(uses) => {
            let missing = uses.iter().filter(|of| !of.known);
            let missing: Vec<_> = missing
                .map(|of| format!("{} rows under {}, which is missing", of.rows, of.kek_id))
                .collect();
            let in_use = uses.into_iter().find(|of| of.in_use).map(|of| of.kek_id);
            let said =
                if missing.is_empty() { "opens everything".to_owned() } else { missing.join("; ") };
            (in_use.unwrap_or_default(), missing.is_empty(), said)
        }
        Err(error) => (String::new(), false, format!("{error:#}")),
    };
    Part { address, healthy, said }
}

/// A part that speaks no HTTP: the database by a query, others by connecting.
async fn look(name: &str, address: &str) -> Part {
    let said = if name == "database" {
        let checked = async {
            let db = api::platform::db::Db::open(address, 1).await?;
            let mut tx = db.read(api::platform::db::Scope::GLOBAL).await?;
            Ok::<_, anyhow::Error>(api::platform::jobs::backlog(&mut tx).await?)
        };
        checked.await.map(|b| format!("answers; {} jobs dead", b.dead))
    } else {
        let plain = address.split_once("://").map_or(address, |(_, rest)| rest);
        let connected = tokio::net::TcpStream::connect(plain).await;
        connected.map(|_| "answers".to_owned()).map_err(anyhow::Error::from)
    };
    match said {
        Ok(said) => Part { address: address.to_owned(), healthy: true, said },
        Err(error) => {
            Part { address: address.to_owned(), healthy: false, said: format!("{error:#}") }
        }
    }
}
