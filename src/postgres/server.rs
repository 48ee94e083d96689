//! The running server: seeing whether it answers, starting it, stopping it.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use super::Durability;
use super::place::Place;
use super::programs::Programs;

/// Crash recovery of a large database takes its time; a start that hangs must still end.
const START_LIMIT: Duration = Duration::from_secs(300);
const STOP_LIMIT: Duration = Duration::from_secs(60);
/// How long the processes of a killed server may hold on to its files before that is an error.
const PREDECESSOR_LIMIT: Duration = Duration::from_secs(10);
const LOG_LIMIT_BYTES: u64 = 16 * 1024 * 1024;

/// What can be seen of the server from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// It accepts queries.
    Ready(Pid),
    /// It answers on its socket, and is starting, recovering or stopping.
    Busy,
    Absent,
}

/// Looks at the server. A process id proves nothing (it may be a zombie's, or by now another
/// program's): the socket has to answer first, then the eighth line of the lock file tells.
pub(super) fn look(place: &Place) -> Look {
    if UnixStream::connect(place.socket()).is_err() {
        return Look::Absent;
    }
    let lock = fs::read_to_string(place.data.join("postmaster.pid")).unwrap_or_default();
    match lock.lines().nth(7).map(str::trim) {
        Some("ready") => postmaster(&lock).map_or(Look::Busy, Look::Ready),
        _ => Look::Busy,
    }
}

/// Returns once the server accepts queries; the handle waits for it when it became our child. The
/// caller holds the turn.
///
/// # Errors
/// With the server's last words when it leaves, or when it is not ready after five minutes.
pub(super) fn ensure_running(
    place: &Place,
    programs: &Programs,
    durability: Durability,
) -> Result<Option<JoinHandle<()>>> {
    let began = Instant::now();
    let mut attempt: Option<Attempt> = None;
    loop {
        match look(place) {
            Look::Ready(pid) if attempt.as_ref().is_none_or(|ours| ours.is(pid)) => {
                return Ok(attempt.map(Attempt::into_reaper));
            }
            Look::Absent if attempt.is_none() => {
                attempt = Some(Attempt::begin(place, programs, durability)?);
            }
            _ => {}
        }
        if let Some(ours) = &mut attempt
            && ours.has_left(began)?
        {
            attempt = None;
        }
        if began.elapsed() > START_LIMIT {
            if let Some(ours) = attempt {
                ours.abandon()?;
            }
            let log = place.log();
            bail!("PostgreSQL is not ready after {START_LIMIT:?}; see {}", log.display());
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// Asks the server for a fast shutdown and waits until it is gone. The caller holds the turn and
/// knows that nobody else uses the server.
///
/// # Errors
/// When it is still there after a minute.
pub(super) fn stop(place: &Place) -> Result<()> {
    let lock_file = place.data.join("postmaster.pid");
    let began = Instant::now();
    let mut asked = None;
    loop {
        let pid = postmaster(&fs::read_to_string(&lock_file).unwrap_or_default());
        match look(place) {
            Look::Absent if asked.is_none_or(|asked| pid != Some(asked) || has_gone(asked)) => {
                return Ok(());
            }
            Look::Ready(_) | Look::Busy if pid.is_some() && pid != asked => {
                ask_to_stop(pid)?;
                asked = pid;
            }
            _ => {}
        }
        if began.elapsed() > STOP_LIMIT {
            bail!("PostgreSQL did not stop within {STOP_LIMIT:?}; see {}", place.log().display());
        }
        thread::sleep(Duration::from_millis(5));
    }
}

fn has_gone(pid: Pid) -> bool {
    test_kill_process(pid) == Err(Errno::SRCH)
}

fn ask_to_stop(pid: Option<Pid>) -> Result<()> {
    match pid.map(|pid| kill_process(pid, Signal::INT)) {
        None | Some(Ok(()) | Err(Errno::SRCH)) => Ok(()),
        Some(Err(error)) => Err(error).context("cannot ask PostgreSQL to stop"),
    }
}

fn postmaster(lock: &str) -> Option<Pid> {
    Pid::from_raw(lock.lines().next()?.trim().parse().ok()?)
}

/// One server process that we started and that is not ready yet.
struct Attempt {
    child: Child,
    log: PathBuf,
    /// Where in the log this process began to write.
    log_start_bytes: u64,
}

impl Attempt {
    fn begin(place: &Place, programs: &Programs, durability: Durability) -> Result<Attempt> {
        let log = place.log();
        turn_over(&log)?;
        let output = File::options()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(&log)
            .with_context(|| format!("cannot open {}", log.display()))?;
        let log_start_bytes = output.metadata()?.len();
        let mut command = programs.command("postgres");
        command.arg("-D").arg(&place.data).arg("-k").arg(&place.run);
        settings(&mut command, durability);
        command.stdout(output.try_clone()?).stderr(output).process_group(0);
        let child = command.spawn().context("cannot run postgres")?;
        Ok(Attempt { child, log, log_start_bytes })
    }

    fn is(&self, pid: Pid) -> bool {
        i32::try_from(self.child.id()) == Ok(pid.as_raw_nonzero().get())
    }

    /// Whether the process has gone and another attempt is due: a killed server that nobody has
    /// waited for yet, or its last backends, still hold the data for a moment.
    fn has_left(&mut self, began: Instant) -> Result<bool> {
        let Some(status) = self.child.try_wait()? else { return Ok(false) };
        let said = self.said()?;
        let held = said.contains("lock file \"") || said.contains("pre-existing shared memory");
        if held && began.elapsed() < PREDECESSOR_LIMIT {
            thread::sleep(Duration::from_millis(50));
            return Ok(true);
        }
        bail!("PostgreSQL did not start ({status}): {}", said.trim())
    }

    fn said(&self) -> Result<String> {
        let mut log = File::open(&self.log)?;
        log.seek(SeekFrom::Start(self.log_start_bytes))?;
        let mut said = Vec::new();
        log.read_to_end(&mut said)?;
        Ok(String::from_utf8_lossy(&said).into_owned())
    }

    /// Ends a process that will not become ready, so that none is left over.
    fn abandon(mut self) -> Result<()> {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        if let Some(pid) = pid {
            kill_process(pid, Signal::QUIT)?;
        }
        self.child.wait()?;
        Ok(())
    }

    fn into_reaper(mut self) -> JoinHandle<()> {
        thread::spawn(move || {
            if let Err(error) = self.child.wait() {
                tracing::warn!(%error, "cannot wait for PostgreSQL");
            }
        })
    }
}

fn settings(command: &mut Command, durability: Durability) {
    let always = [
        "listen_addresses=",
        "port=5432",
        "unix_socket_permissions=0700",
        "timezone=UTC",
        "log_timezone=UTC",
        "lc_messages=C",
    ];
    let throwaway = [
        "fsync=off",
        "synchronous_commit=off",
        "full_page_writes=off",
        "autovacuum=off",
        "max_wal_size=2GB",
        "max_connections=200",
        "shared_buffers=64MB",
    ];
    let more: &[&str] = match durability {
        Durability::Durable => &[],
        Durability::Throwaway => &throwaway,
    };
    for setting in always.iter().chain(more) {
        command.args(["-c", setting]);
    }
}

/// Keeps one earlier log when the present one has grown past its limit.
fn turn_over(log: &Path) -> Result<()> {
    match fs::metadata(log) {
        Ok(about) if about.len() > LOG_LIMIT_BYTES => fs::rename(log, log.with_extension("log.1"))
            .with_context(|| format!("cannot turn over {}", log.display())),
        _ => Ok(()),
    }
}
