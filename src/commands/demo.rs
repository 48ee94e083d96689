//! `attache demo`: the whole story over HTTP, against a program that runs.

use super::stop::Stop;
use crate::data_folder;
use crate::demo::content::Content;
use crate::demo::story::{self, Places, Staff};
use anyhow::Result;
use api::platform::clock::Clock;
use std::path::PathBuf;
use std::process::ExitCode;
use url::Url;

#[derive(clap::Args)]
pub struct Arguments {
    /// The data folder of a running `attache up`
    #[arg(long, default_value = data_folder::DEFAULT)]
    data: PathBuf,
    /// Play against the program at this address
    #[arg(long, value_name = "URL", requires = "sandbox", conflicts_with = "data")]
    base_url: Option<Url>,
    /// The sandbox's marketing application, with --base-url
    #[arg(long, value_name = "URL", requires = "base_url")]
    sandbox: Option<Url>,
    /// The serving role's database, with --base-url, so that the ledger is looked at too
    #[arg(long, value_name = "URL", requires = "base_url")]
    database: Option<String>,
}

/// Exit code 0 only when every step and check held; 130 when Ctrl-C ended it before.
pub async fn run(arguments: Arguments) -> Result<ExitCode> {
    let mut stop = Stop::listen()?;
    tokio::select! {
        played = play(arguments) => played.map(|()| ExitCode::SUCCESS),
        () = stop.asked() => {
            eprintln!("attache: stopped; the steps that were told have happened");
            Ok(ExitCode::from(STOPPED))
        }
    }
}

/// What a shell calls the end by Ctrl-C.
const STOPPED: u8 = 130;

async fn play(arguments: Arguments) -> Result<()> {
    let places = match (arguments.base_url, arguments.sandbox) {
        (Some(site), Some(sandbox)) => {
            Places::of_sandbox(site, &sandbox, arguments.database).await?
        }
        _ => Places::of_folder(&arguments.data)?,
    };
    let staff = Staff::of_content(&Content::load()?)?;
    let say = |line: &str| println!("{line}");
    story::play(&places, &staff, Clock::system().now(), &say).await
}
