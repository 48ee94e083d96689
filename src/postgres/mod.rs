//! A PostgreSQL server of the program's own, for an installation that brings no `DATABASE_URL`.
//! It listens on a socket that only its own account may reach, never on TCP; it never runs as root
//! and belongs to no terminal, so Ctrl-C reaches the program alone. Every [`PrivatePostgres`] on
//! the same folder, in any process, shares one server, and the last to leave stops it; the next
//! start mends what a killed program or server left. The superuser only sets up: no role that
//! serves requests owns or bypasses anything.

mod account;
mod cluster;
mod place;
mod programs;
mod server;

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;

use anyhow::{Context, Result, anyhow, ensure};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

pub use account::let_server_pass;

use place::Place;
use programs::Programs;

/// Whether what is written has to survive a power cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Everything is flushed to disk and pages carry checksums: for data somebody wants back.
    Durable,
    /// Nothing is flushed: three times faster, for tests and trials on data nobody will miss.
    Throwaway,
}

/// The database roles that the first start creates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Owns the tables and migrates; bound by row-level security where it is forced.
    Owner,
    /// Serves requests: owns nothing, bypasses nothing.
    App,
    /// Reads across vendors, for backups and ledger checks.
    Read,
    /// The superuser: creates databases for tests, never serves.
    Bootstrap,
}

impl Role {
    /// The name PostgreSQL knows it by.
    pub fn name(self) -> &'static str {
        match self {
            Role::Owner => "attache_owner",
            Role::App => "attache_app",
            Role::Read => "attache_read",
            Role::Bootstrap => "attache_bootstrap",
        }
    }
}

/// The database that the first start creates, owned by [`Role::Owner`].
pub const DATABASE: &str = "attache";

/// One user of the private server. Dropping it is the same as [`PrivatePostgres::stop`], with a
/// failure written to the log instead of returned.
#[derive(Debug)]
pub struct PrivatePostgres {
    place: Place,
    programs: Programs,
    durability: Durability,
    /// Held shared for as long as this user needs the server.
    in_use: File,
    /// Waits for the server when it is our child, so that it never stays behind as a zombie.
    reaper: Mutex<Option<JoinHandle<()>>>,
    left: bool,
}

/// What [`PrivatePostgres::stop`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// The server has shut down and its lock files are gone.
    Server,
    /// Others still use the server; only this user has left.
    OnlyThisUser,
}

impl PrivatePostgres {
    /// Makes the server of the folder `root` answer: creates it on the first call, starts it when
    /// it does not run, joins it when it does. `root` must belong to this server alone. `bin`
    /// names the folder of the server programs; without it they are looked for in `PG_BIN`, the
    /// newest `/usr/lib/postgresql/*/bin` and `PATH`. Blocks: seconds at first, then milliseconds.
    ///
    /// # Errors
    /// When no server programs (or none of the version that made the data) are found, when root
    /// has no `postgres` account to run them as, or with the server's own last words.
    pub fn start(root: &Path, durability: Durability, bin: Option<&Path>) -> Result<Self> {
        let account = account::of_the_server()?;
        let place = Place::choose(root, account)?;
        let turn = place.take_turn()?;
        place.open_run_folder(account)?;
        let programs = Programs::find(bin, account, place.version()?.as_deref())?;
        let in_use = place.lock_file("use.lock")?;
        in_use.lock_shared().context("cannot join the users of the database")?;
        cluster::create_if_absent(&place, &programs, durability)?;
        let reaper = server::ensure_running(&place, &programs, durability)?;
        drop(turn);
        let reaper = Mutex::new(reaper);
        Ok(PrivatePostgres { place, programs, durability, in_use, reaper, left: false })
    }

    /// Starts the server again when it does not answer (somebody killed it); cheap when it does.
    ///
    /// # Errors
    /// With the server's own last words when it does not come back.
    pub fn ensure_running(&self) -> Result<()> {
        if self.pid().is_some() {
            return Ok(());
        }
        let _turn = self.place.take_turn()?;
        let started = server::ensure_running(&self.place, &self.programs, self.durability)?;
        if let Some(reaper) = started {
            *self.reaper.lock().unwrap_or_else(PoisonError::into_inner) = Some(reaper);
        }
        Ok(())
    }

    /// The connection address for `role` on `database`, over the socket; it holds no secret.
    pub fn url(&self, role: Role, database: &str) -> String {
        const KEPT: &AsciiSet =
            &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
        let socket = self.place.run.to_string_lossy();
        let host = utf8_percent_encode(&socket, KEPT);
        let database = utf8_percent_encode(database, KEPT);
        format!("postgresql://{}@{host}/{database}", role.name())
    }

    /// The server's process id while it accepts queries.
    pub fn pid(&self) -> Option<u32> {
        match server::look(&self.place) {
            server::Look::Ready(pid) => Some(pid.as_raw_nonzero().get().unsigned_abs()),
            server::Look::Busy | server::Look::Absent => None,
        }
    }

    /// The folder of the server's programs, where `psql` and `pg_basebackup` usually lie too.
    pub fn programs(&self) -> &Path {
        self.programs.folder()
    }

    /// The file in which the server writes down what it has to say.
    pub fn log(&self) -> PathBuf {
        self.place.log()
    }

    /// Leaves the server; the last user shuts it down (open transactions are rolled back) and
    /// waits until it is gone.
    ///
    /// # Errors
    /// When the server does not go within a minute.
    pub fn stop(mut self) -> Result<Stopped> {
        self.leave()
    }

    /// Leaves the server and lets it run on, so that a following program finds it warm.
    pub fn leave_running(mut self) {
        self.left = true;
    }

    /// Leaves the server and removes all that it kept, for an installation that begins again.
    ///
    /// # Errors
    /// When others still use the server, or its folder cannot be removed.
    pub fn erase(mut self) -> Result<()> {
        ensure!(self.leave()? == Stopped::Server, "others still use the private database");
        let data = &self.place.data;
        fs::remove_dir_all(data).with_context(|| format!("cannot remove {}", data.display()))
    }

    fn leave(&mut self) -> Result<Stopped> {
        self.left = true;
        let _turn = self.place.take_turn()?;
        self.in_use.unlock().context("cannot leave the users of the database")?;
        match self.in_use.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(Stopped::OnlyThisUser),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        server::stop(&self.place)?;
        self.place.close_run_folder()?;
        let reaper = self.reaper.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(reaper) = reaper {
            reaper.join().map_err(|_| anyhow!("waiting for PostgreSQL's process panicked"))?;
        }
        Ok(Stopped::Server)
    }
}

impl Drop for PrivatePostgres {
    fn drop(&mut self) {
        if self.left {
            return;
        }
        if let Err(error) = self.leave() {
            tracing::warn!(error = format!("{error:#}"), "the private PostgreSQL did not stop");
        }
    }
}
