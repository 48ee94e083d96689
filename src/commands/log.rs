//! Structured logs to standard error: `ATTACHE_LOG` filters, `ATTACHE_LOG_FORMAT=json` writes them
//! for machines.

use tracing_subscriber::EnvFilter;

pub fn start() {
    let filter = EnvFilter::try_from_env("ATTACHE_LOG")
        .unwrap_or_else(|_| EnvFilter::new("warn,attache=info,api=info,web=info,sandbox=warn"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if std::env::var("ATTACHE_LOG_FORMAT").is_ok_and(|f| f == "json") {
        log.json().init();
    } else {
        log.with_target(false).init();
    }
}
