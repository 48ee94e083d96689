//! Structured logs to standard error: `ATTACHE_LOG` filters, `ATTACHE_LOG_FORMAT=json` writes them
//! for machines.

use std::io::{self, IsTerminal};
use tracing_subscriber::EnvFilter;

/// What is refused elsewhere is answered or logged by us; the processor's client need not.
const USUAL: &str = "warn,attache=info,api=info,web=info,sandbox=warn,stripe=error";

pub fn start() {
    let filter = EnvFilter::try_from_env("ATTACHE_LOG").unwrap_or_else(|_| EnvFilter::new(USUAL));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr);
    if std::env::var("ATTACHE_LOG_FORMAT").is_ok_and(|f| f == "json") {
        log.json().init();
    } else {
        log.with_target(false).init();
    }
}
