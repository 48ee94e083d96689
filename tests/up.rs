//! `attache up` as a process: it tells when it is ready, keeps what it has, refuses to be started
//! twice, and leaves nothing running. The processes killed here are those that the test started.
#![cfg(test)]

use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use serde_json::Value;
use tempfile::TempDir;

/// A busy machine takes its time.
const LONG: Duration = Duration::from_secs(180);

struct Home {
    folder: TempDir,
}

struct Up {
    child: Child,
    said: PathBuf,
}

impl Home {
    /// A folder that the database's account can reach, as the system's own folders are.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o711)).unwrap();
        Self { folder }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn up(&self, port: u16) -> Command {
        let mut command = attache(&["up", "--no-demo", "--port"]);
        command.arg(port.to_string()).arg("--data").arg(self.data());
        command
    }

    /// Starts it without waiting; what it says goes into a file.
    fn start(&self, port: u16) -> Up {
        let said = self.folder.path().join("said");
        let output = File::create(&said).unwrap();
        let mut command = self.up(port);
        command.stdout(output.try_clone().unwrap()).stderr(output);
        Up { child: command.spawn().unwrap(), said }
    }

    fn start_ready(&self, port: u16) -> Up {
        let mut up = self.start(port);
        up.wait_for(&format!("ready http://127.0.0.1:{port}\n"));
        up
    }

    fn doctor(&self) -> (Option<i32>, Value) {
        let output = attache(&["doctor", "--json", "--data"]).arg(self.data()).output().unwrap();
        (output.status.code(), serde_json::from_slice(&output.stdout).unwrap())
    }

    /// The process of the database, which is ours.
    fn database(&self) -> Pid {
        let data = self.data().join("postgres/data/postmaster.pid");
        let text = fs::read_to_string(data).unwrap();
        Pid::from_raw(text.lines().next().unwrap().trim().parse().unwrap()).unwrap()
    }
}

impl Up {
    fn said(&self) -> String {
        fs::read_to_string(&self.said).unwrap()
    }

    fn wait_for(&mut self, words: &str) {
        let began = Instant::now();
        while !self.said().contains(words) {
            let ended = self.child.try_wait().unwrap();
            let late = began.elapsed() > LONG;
            assert!(ended.is_none() && !late, "no {words:?} ({ended:?}):\n{}", self.said());
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn send(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    fn ends(&mut self) -> ExitStatus {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(began.elapsed() < LONG, "it does not end:\n{}", self.said());
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// A test that fails leaves nothing running either.
impl Drop for Up {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.send(Signal::TERM);
            let _ = self.child.wait();
        }
    }
}

fn attache(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_attache"));
    command.args(arguments).env_remove("DATABASE_URL").stdin(Stdio::null());
    command
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn refused(output: &Output, words: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains(words), "{said}");
}

fn addresses(data: &Path) -> Value {
    let text = fs::read(data.join("addresses.json")).unwrap();
    let mut addresses: Value = serde_json::from_slice(&text).unwrap();
    addresses["pid"] = Value::Null;
    addresses
}

#[test]
fn it_serves_until_it_is_told_to_stop() {
    let (home, port) = (Home::new(), free_port());
    assert_eq!(home.doctor().0, Some(1), "there is nothing yet");
    assert!(!home.data().exists(), "and looking makes nothing");
    let mut up = home.start_ready(port);
    let (code, health) = home.doctor();
    assert_eq!((code, &health["healthy"]), (Some(0), &Value::Bool(true)), "{health:#}");
    for part in ["program", "database", "vault", "marketing", "payments", "mail", "smtp"] {
        assert_eq!(health["parts"][part]["healthy"], true, "{part}: {health:#}");
    }
    refused(&home.up(free_port()).output().unwrap(), "already serves from the data folder");
    refused(&Home::new().up(port).output().unwrap(), "is taken");
    let database = home.database();
    up.send(Signal::INT);
    assert!(up.ends().success(), "{}", up.said());
    assert!(test_kill_process(database).is_err(), "the database still runs");
    let (code, health) = home.doctor();
    assert_eq!((code, &health["healthy"]), (Some(1), &Value::Bool(false)), "{health:#}");
    refused(&attache(&["demo", "--data"]).arg(home.data()).output().unwrap(), "nothing runs on");
}

#[test]
fn after_a_kill_the_next_start_finds_everything_where_it_was() {
    let (home, port) = (Home::new(), free_port());
    let mut killed = home.start_ready(port);
    let before = addresses(&home.data());
    kill_process(home.database(), Signal::KILL).unwrap();
    killed.send(Signal::KILL);
    killed.ends();
    assert_eq!(home.doctor().0, Some(1), "what a killed program left behind counts as none");
    let mut up = home.start_ready(port);
    assert_eq!(addresses(&home.data()), before, "the sandbox stands where it stood");
    assert_eq!(home.doctor().0, Some(0));
    up.send(Signal::TERM);
    assert!(up.ends().success(), "{}", up.said());
}

#[test]
fn told_to_stop_while_it_starts_it_leaves_nothing_running() {
    let home = Home::new();
    let mut up = home.start(free_port());
    up.wait_for("migrating the database");
    let database = home.database();
    up.send(Signal::INT);
    assert!(up.ends().success(), "{}", up.said());
    assert!(test_kill_process(database).is_err(), "the database still runs:\n{}", up.said());
}
