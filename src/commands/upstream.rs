//! `attache upstream check`: whether a description of a marketing application holds.

use anyhow::{Result, bail};
use api::upstreams::{Reach, Values, check_file};
use std::path::PathBuf;
use std::process::ExitCode;

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
}

pub fn run(arguments: Arguments) -> Result<ExitCode> {
    let Command::Check { files, loopback } = arguments.command;
    let values = values();
    let mut faults = 0;
    for file in &files {
        match check_file(file, &values, Reach { loopback }) {
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

/// The environment, which placeholders stand for.
fn values() -> Values {
    let texts = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    texts.collect()
}
