//! The program as a process of its own, which a story kills and starts again, while its people, the
//! database and the sandbox stay.

use super::actor::Actor;
use super::answer::Answer;
use super::world::{World, free_port};
use attache::config::Config;
use attache::postgres::Role;
use reqwest::Method;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A busy machine takes its time.
const LONG: Duration = Duration::from_secs(60);

/// A running `attache serve`. Dropped, it is killed.
pub struct Served {
    child: Child,
    /// What it says goes there.
    folder: TempDir,
    /// Where it serves.
    pub base: String,
}

impl World {
    /// Nobody serves the people and carries out jobs any more: what is in this process only looks.
    pub async fn apart(self) -> Self {
        let listen = format!("127.0.0.1:{}", free_port()).parse().unwrap();
        let config = Config { listen, workers: 0, ..self.config.clone() };
        self.told(config).await
    }

    /// A process that serves at the people's address, with so many workers. `crash_at` names a
    /// place at which it dies.
    pub async fn serves(&self, crash_at: Option<&str>, workers: usize) -> Served {
        self.serves_at(self.base.clone(), workers, crash_at.map(|at| ("ATTACHE_CRASH_AT", at)))
            .await
    }

    /// Another process beside, which only works.
    pub async fn serves_beside(&self, workers: usize) -> Served {
        self.serves_at(format!("http://127.0.0.1:{}", free_port()), workers, None).await
    }

    /// Another process beside, in whose environment one thing more is said.
    pub async fn serves_told(&self, told: (&str, &str)) -> Served {
        self.serves_at(format!("http://127.0.0.1:{}", free_port()), 0, Some(told)).await
    }

    async fn serves_at(&self, base: String, workers: usize, told: Option<(&str, &str)>) -> Served {
        let folder = tempfile::tempdir().unwrap();
        let said = File::create(folder.path().join("said")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_attache"));
        command.arg("serve").env_clear().envs(self.environment());
        command.env("ATTACHE_LISTEN", base.strip_prefix("http://").unwrap());
        command.env("ATTACHE_WORKERS", workers.to_string());
        command.env("ATTACHE_CLOCK_AHEAD", self.clock.ahead().to_string());
        command.envs(told);
        command.stdin(Stdio::null()).stdout(said.try_clone().unwrap()).stderr(said);
        let mut served = Served { child: command.spawn().unwrap(), folder, base };
        served.wait_until_ready().await;
        served
    }

    fn environment(&self) -> Vec<(&str, String)> {
        let Config { payments, upstream_values, .. } = &self.config;
        let mut all = vec![
            ("DATABASE_URL", self.config.database_url.clone()),
            ("ATTACHE_URL", self.base.clone()),
            ("ATTACHE_SECRET_KEY", hex::encode(self.config.secret_key)),
            ("ATTACHE_FILES", self.config.files.display().to_string()),
            ("ATTACHE_DEVELOPMENT_LOOPBACK", "yes".to_owned()),
            ("SMTP_URL", self.config.smtp_url.clone()),
            ("MAIL_FROM", self.config.mail_from.clone()),
            ("STRIPE_SECRET_KEY", payments.secret_key.clone()),
            ("STRIPE_COUNTRY", payments.country.clone()),
            ("STRIPE_WEBHOOK_SECRETS", payments.hook_secrets.join(",")),
            ("STRIPE_CONNECT_WEBHOOK_SECRETS", payments.connect_hook_secrets.join(",")),
        ];
        all.extend(
            self.config.upstreams.iter().map(|at| ("ATTACHE_UPSTREAMS", at.display().to_string())),
        );
        all.extend(payments.api.clone().map(|api| ("STRIPE_API", api)));
        all.extend(upstream_values.iter().map(|(name, value)| (name.as_str(), value.clone())));
        all
    }

    /// A command of the program; its exit code and what it said.
    pub async fn runs(&self, words: &[&str]) -> (i32, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_attache"));
        command.args(words).env_clear().envs(self.environment()).stdin(Stdio::null());
        let done = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let said = String::from_utf8([done.stdout, done.stderr].concat()).unwrap();
        (done.status.code().unwrap(), said)
    }

    /// A process is served again after one died, a minute later: its leases are over.
    pub async fn serves_again(&self, mut died: Served, workers: usize) -> Served {
        died.dies().await;
        self.advance(chrono::Duration::seconds(61)).await;
        self.serves(None, workers).await
    }
}

impl World {
    /// Stops a process as a machine does that is out of breath, at a moment at which it has no
    /// transaction open: one would hold its rows until the database gives it up.
    pub async fn stands_still(&self, served: &Served) {
        let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
            AND usename = 'attache_app' AND state LIKE 'idle in transaction%'";
        let admin = self.database.connect(Role::Bootstrap).await;
        loop {
            served.send(Signal::STOP);
            tokio::time::sleep(Duration::from_millis(50)).await;
            let open: i64 = admin.query_one(sql, &[]).await.unwrap().get(0);
            if open == 0 {
                return;
            }
            served.goes_on();
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Actor {
    /// Asks somebody who may die over it: no answer, or half of one, is none.
    pub async fn tries(
        &self,
        method: Method,
        path: &str,
        (key, body): (&str, &Value),
    ) -> Option<Answer> {
        let request = self.request(method.clone(), path);
        let request = match method {
            Method::GET => request,
            _ => request.header("idempotency-key", key).json(body),
        };
        let response = request.send().await.ok()?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await.ok()?.to_vec();
        Some(Answer { asked: format!("{} {method} {path}", self.email), status, headers, bytes })
    }
}

impl Served {
    async fn wait_until_ready(&mut self) {
        let began = Instant::now();
        while !self.said().contains("ready http") {
            let ended = self.child.try_wait().unwrap();
            let late = began.elapsed() > LONG;
            assert!(ended.is_none() && !late, "it does not serve ({ended:?}):\n{}", self.said());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    fn said(&self) -> String {
        fs::read_to_string(self.folder.path().join("said")).unwrap()
    }

    /// What the system lets it use, as `/proc` says.
    pub fn limits(&self) -> String {
        fs::read_to_string(format!("/proc/{}/limits", self.child.id())).unwrap()
    }

    /// Waits until it died at its place, by the signal.
    pub async fn dies(&mut self) {
        let began = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(began.elapsed() < LONG, "it does not die:\n{}", self.said());
            tokio::time::sleep(Duration::from_millis(5)).await;
        };
        self.was_killed(status);
    }

    /// Kills it: no shutdown, no farewell.
    pub fn kill(&mut self) {
        self.send(Signal::KILL);
        let status = self.child.wait().unwrap();
        self.was_killed(status);
    }

    fn was_killed(&self, status: ExitStatus) {
        let said = self.said();
        assert_eq!(status.signal(), Some(Signal::KILL.as_raw()), "{status}:\n{said}");
        for secret in ["lka_", "lkr_", "lkc_"] {
            assert!(!said.contains(secret), "a secret in its log:\n{said}");
        }
    }

    pub fn goes_on(&self) {
        self.send(Signal::CONT);
    }

    fn send(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.send(Signal::KILL);
            let _ = self.child.wait();
        }
    }
}
