//! `attache upstream`: whether a description of a marketing application holds, and how the
//! servers it describes behave.

use crate::probe::{self, Door, Person, Subject};
use anyhow::{Context, Result, bail};
use api::outside::upstream::Client;
use api::upstreams::{Reach, Values, check_file, read_file};
use std::path::PathBuf;
use std::process::ExitCode;
use url::Url;

#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Say what each description allows, or name file, line and fault
    Check {
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Permit addresses on this machine, as in development
        #[arg(long)]
        loopback: bool,
    },
    /// Ask a running server how it behaves, and write the probe report
    Probe(Probing),
}

#[derive(clap::Args)]
struct Probing {
    /// The description of the application
    file: PathBuf,
    /// Where the report goes; beside the description it is read at start
    #[arg(long)]
    out: Option<PathBuf>,
    /// Where the server sends people back to
    #[arg(long, default_value = "http://127.0.0.1:8484/callback")]
    callback: Url,
    /// Never register a client, also where the server offers it
    #[arg(long)]
    known_client: bool,
    /// Who makes the visits: a command, its last argument the address; it ends with the visit
    #[arg(long, value_name = "COMMAND")]
    visitor: Option<String>,
    /// Permit addresses on this machine, as in development
    #[arg(long)]
    loopback: bool,
}

pub async fn run(arguments: Arguments) -> Result<ExitCode> {
    match arguments.command {
        Command::Check { files, loopback } => check(&files, Reach { loopback }),
        Command::Probe(probing) => ask(probing).await,
    }
}

fn check(files: &[PathBuf], reach: Reach) -> Result<ExitCode> {
    let values = values();
    let mut faults = 0;
    for file in files {
        match check_file(file, &values, reach) {
            Ok(says) => println!("{}: {says}", file.display()),
            Err(error) => {
                faults += 1;
                eprintln!("{error:#}");
            }
        }
    }
    if faults > 0 {
        bail!("{faults} of {} descriptions do not hold", files.len());
    }
    Ok(ExitCode::SUCCESS)
}

async fn ask(probing: Probing) -> Result<ExitCode> {
    let reach = Reach { loopback: probing.loopback };
    let upstream = read_file(&probing.file, &values(), reach)?;
    let mut subject = Subject::new(upstream, Client::new(reach)?, probing.callback)?;
    let registered = !probing.known_client && probe::register(&mut subject).await?;
    let who = if registered { "a client registered just now" } else { "the client of the file" };
    eprintln!("asking {} as {who}", subject.server.issuer);
    let door = Door::open(&subject.callback).await?;
    let report = match &probing.visitor {
        Some(line) => probe::probe(&subject, door, probe::Command::new(line)).await?,
        None => probe::probe(&subject, door, Person::at_terminal()).await?,
    };
    println!("{}", probe::lines(&report));
    if let Some(out) = &probing.out {
        let text = probe::file(&report)?;
        std::fs::write(out, text)
            .with_context(|| format!("{} cannot be written", out.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The environment, which placeholders stand for.
fn values() -> Values {
    let texts = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    texts.collect()
}
