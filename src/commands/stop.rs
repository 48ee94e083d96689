//! Being told to stop: Ctrl-C, SIGTERM, and the end of the terminal unless that is ignored.

use anyhow::{Context, Result};
use std::fs;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// From its making on no signal ends the process by itself, so that nothing is left running.
pub struct Stop {
    interrupt: Signal,
    terminate: Signal,
    hangup: Option<Signal>,
}

impl Stop {
    /// # Errors
    /// The system does not let us hear a signal.
    pub fn listen() -> Result<Self> {
        let hear = |kind| signal(kind).context("signals cannot be heard");
        let hangup = if ignores_hangup() { None } else { Some(hear(SignalKind::hangup())?) };
        Ok(Self {
            interrupt: hear(SignalKind::interrupt())?,
            terminate: hear(SignalKind::terminate())?,
            hangup,
        })
    }

    /// Resolves each time somebody asks.
    pub async fn asked(&mut self) {
        let hangup = async {
            match &mut self.hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = hangup => {}
        }
    }
}

/// Whether the process was started to outlive its terminal, as `nohup` does.
fn ignores_hangup() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_some_and(|mask| mask & 1 == 1)
}
