//! The program as it runs, with its own database and sandbox, and people to use it.

use super::actor::{Actor, PASSWORD_HASH};
use super::answer::Answer;
use super::clock::MovableClock;
use super::database::Database;
use super::fixture;
use super::session::Session;
use api::app::{App, Forwarded};
use attache::boxed;
use attache::config::{Config, PaymentsConfig, WORKERS};
use attache::postgres::Role;
use attache::program::{self, Program};
use attache::server::{self, Limits};
use attache::vault_keys::VaultKeys;
use chrono::Duration;
use reqwest::Client;
use sandbox::Sandbox;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::watch;
use uuid::Uuid;

pub struct World {
    pub base: String,
    pub client: Client,
    pub program: Program,
    pub larkfield: fixture::Program,
    pub database: Database,
    pub sandbox: Sandbox,
    /// Held so that it is removed at the end.
    _folder: TempDir,
    /// Other nodes read the description there.
    _described: Option<TempDir>,
    pub clock: MovableClock,
    pub config: Config,
    owner: tokio_postgres::Client,
}

impl World {
    /// The program with one vendor, `larkfield`, and nobody in it yet.
    pub async fn new() -> Self {
        Self::on(Database::new().await).await
    }

    /// The same with the sandbox's application described otherwise: each first text replaced by
    /// the second.
    pub async fn described(changes: &[(&str, &str)]) -> Self {
        let mut text = include_str!("../../upstreams/larkfield.toml").to_owned();
        for (old, new) in changes {
            assert!(text.contains(old), "{old}");
            text = text.replacen(old, new, 1);
        }
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("larkfield.toml"), text).unwrap();
        let world = Self::with(Database::new().await, Some(folder.path().to_owned())).await;
        Self { _described: Some(folder), ..world }
    }

    /// The same with another application described beside the sandbox's.
    pub async fn beside(file: &str, text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let own = include_str!("../../upstreams/larkfield.toml");
        std::fs::write(folder.path().join("larkfield.toml"), own).unwrap();
        std::fs::write(folder.path().join(file), text).unwrap();
        let world = Self::with(Database::new().await, Some(folder.path().to_owned())).await;
        Self { _described: Some(folder), ..world }
    }

    /// The same on a database of the story's own.
    pub async fn on(database: Database) -> Self {
        Self::with(database, None).await
    }

    async fn with(database: Database, upstreams: Option<PathBuf>) -> Self {
        let client = attache::http_client::local().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let base = format!("http://127.0.0.1:{port}");
        let secret_key = [7; 32];
        let dir = folder.path().join("sandbox");
        let sandbox = boxed::start(&dir, &base, &secret_key).await.unwrap();
        let config = Config {
            database_url: database.url(Role::App),
            listen: format!("127.0.0.1:{port}").parse().unwrap(),
            site: base.parse().unwrap(),
            secret_key,
            smtp_url: String::new(),
            payments: PaymentsConfig::default(),
            mail_from: "Attaché <program@attache.example>".to_owned(),
            files: folder.path().join("files"),
            upstreams,
            upstream_values: Default::default(),
            loopback_upstreams: false,
            database_connections: 8,
            workers: WORKERS,
            forwarded: Forwarded {
                address: Some("x-story-address".parse().unwrap()),
                country: Some("x-story-country".parse().unwrap()),
            },
            vault: VaultKeys::default(),
        };
        let config = boxed::configure(config, &sandbox);
        let clock = MovableClock::default();
        let app = program::open(&config, clock.clock()).await.unwrap();
        let owner = database.connect(Role::Owner).await;
        // However old the template is: what the migrations set going begins with this world.
        let fresh = "UPDATE jobs SET run_at = app_now() + interval '1 hour' WHERE state = 'queued'";
        owner.batch_execute(fresh).await.unwrap();
        let program = Program::start(&config, app).await.unwrap();
        let larkfield = fixture::program(&owner, "larkfield").await;
        Self {
            base,
            client,
            program,
            larkfield,
            database,
            sandbox,
            _folder: folder,
            _described: None,
            clock,
            config,
            owner,
        }
    }

    /// The same program started again with other keys of the vault.
    pub async fn restarted(self, vault: VaultKeys) -> Self {
        let config = Config { vault, ..self.config.clone() };
        self.told(config).await
    }

    /// The same program, stopped and started with another configuration.
    pub(super) async fn told(self, config: Config) -> Self {
        self.program.stop().await.unwrap();
        let app = program::open(&config, self.clock.clock()).await.unwrap();
        let program = Program::start(&config, app).await.unwrap();
        Self { program, config, ..self }
    }

    /// The database as a backup has it; everybody outside goes on where they were.
    pub async fn restored(self, backup: &[u8]) -> Self {
        self.program.stop().await.unwrap();
        let database = self.database.restored(backup).await;
        let owner = database.connect(Role::Owner).await;
        let ahead = self.clock.ahead();
        let time = format!("UPDATE test_clock SET ahead = {ahead} * interval '1 second'");
        owner.batch_execute(&time).await.unwrap();
        let app = program::open(&self.config, self.clock.clock()).await.unwrap();
        let program = Program::start(&self.config, app).await.unwrap();
        Self { program, database, owner, ..self }
    }

    /// A second node on the same database.
    pub async fn another_node(&self) -> Program {
        let listen = format!("127.0.0.1:{}", free_port()).parse().unwrap();
        let config = Config { listen, ..self.config.clone() };
        let app = program::open(&config, self.clock.clock()).await.unwrap();
        Program::start(&config, app).await.unwrap()
    }

    /// A second node that knows the application by another description.
    pub async fn node_described(&self, (old, new): (&str, &str)) -> Program {
        let text = include_str!("../../upstreams/larkfield.toml");
        assert!(text.contains(old), "{old}");
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("larkfield.toml"), text.replacen(old, new, 1)).unwrap();
        let listen = format!("127.0.0.1:{}", free_port()).parse().unwrap();
        let upstreams = Some(folder.path().to_owned());
        let config = Config { listen, upstreams, ..self.config.clone() };
        let app = program::open(&config, self.clock.clock()).await.unwrap();
        Program::start(&config, app).await.unwrap()
    }

    /// A node without workers, and its address: nothing asks the database but what is called.
    pub async fn quiet_node(&self) -> (App, String) {
        self.quiet_node_of(self.config.clone()).await
    }

    /// The same by another configuration; its address is its own.
    pub async fn quiet_node_of(&self, config: Config) -> (App, String) {
        let app = program::open(&config, self.clock.clock()).await.unwrap();
        let endpoint = program::endpoint(&app).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(async move {
            let _held = stop;
            server::serve(listener, endpoint, Limits::default(), stopped).await
        });
        (app, base)
    }

    /// A node as a public installation has it, which does not connect to this machine.
    pub async fn public_node(&self) -> Program {
        let listen = format!("127.0.0.1:{}", free_port()).parse().unwrap();
        let mut config = Config { listen, loopback_upstreams: false, ..self.config.clone() };
        // The sandbox's application is on this machine, so it is left out there.
        config.upstream_values.remove("SANDBOX_MARKETING_URL");
        let app = program::open(&config, self.clock.clock()).await.unwrap();
        Program::start(&config, app).await.unwrap()
    }

    /// Nobody in particular.
    pub fn anyone(&self) -> Actor {
        Actor {
            client: self.client.clone(),
            base: self.base.clone(),
            token: None,
            cookie: None,
            email: "anyone".to_owned(),
            person: String::new(),
            organization: String::new(),
        }
    }

    /// The owner of a new customer organization of this name.
    pub async fn customer(&self, name: &str) -> Actor {
        self.join("customer", "owner", name).await
    }

    /// The owner of a new, admitted partner organization; a consultant like any of its people.
    pub async fn consultant(&self, name: &str) -> Actor {
        self.join("partner", "owner", name).await
    }

    /// A person of the vendor.
    pub async fn vendor(&self, role: &str) -> Actor {
        let existing = self.vendor_organization().await;
        let organization = match existing {
            Some(id) => id,
            None => {
                fixture::organization(&self.owner, &self.larkfield, "vendor", "Larkfield").await
            }
        };
        self.seat((organization, "vendor"), role, &format!("larkfield-{role}")).await
    }

    pub async fn join(&self, kind: &str, role: &str, name: &str) -> Actor {
        let id = fixture::organization(&self.owner, &self.larkfield, kind, name).await;
        self.seat((id, kind), role, name).await
    }

    /// Another person of the actor's organization.
    pub async fn colleague(&self, of: &Actor, kind: &str, role: &str, name: &str) -> Actor {
        self.seat((of.organization.parse().unwrap(), kind), role, name).await
    }

    /// Signs a fresh person in over HTTP and takes a token for the seat.
    pub async fn seat(&self, organization: (Uuid, &str), role: &str, name: &str) -> Actor {
        let word: String = name.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        let email = format!("{role}@{word}.example");
        let person = (name, email.as_str(), PASSWORD_HASH);
        let seat = fixture::seat(&self.owner, &self.larkfield, organization, role, person).await;
        let organization = seat.organization.to_string();
        let session = Session::acting(self, &email, &organization).await;
        let token = self.token_of(&session).await;
        Actor {
            token: Some(token),
            email,
            person: seat.person.to_string(),
            organization,
            ..self.anyone()
        }
    }

    pub async fn token(&self, email: &str) -> String {
        self.token_of(&Session::of(self, email).await).await
    }

    async fn token_of(&self, session: &Session) -> String {
        let body = json!({ "name": "story", "scope": "write", "days": 365 });
        session.post("/v1/tokens", body).await.expect(201).at("/secret")
    }

    async fn vendor_organization(&self) -> Option<Uuid> {
        let vendor = self.larkfield.vendor;
        self.sql(&format!(
            "SELECT id FROM organizations WHERE vendor_id = '{vendor}' AND kind = 'vendor'"
        ))
        .await
        .first()
        .map(|row| row.get(0))
    }

    /// Rows as the role that reads across vendors sees them, for a look behind the HTTP answers.
    pub async fn sql(&self, sql: &str) -> Vec<tokio_postgres::Row> {
        self.program.app.late.settled().await;
        let reader = self.database.connect(Role::Read).await;
        reader.query(sql, &[]).await.unwrap()
    }

    /// Moves the clock of program, database and the sandbox's payments server forward.
    pub async fn advance(&self, by: Duration) {
        self.program.app.late.settled().await;
        self.idle().await;
        self.clock.advance(by);
        let seconds = by.num_seconds();
        self.till("clock", Some(json!({ "advance_seconds": seconds }))).await;
        let sql = format!("UPDATE test_clock SET ahead = ahead + {seconds} * interval '1 second'");
        self.owner.batch_execute(&sql).await.unwrap();
    }

    /// Gives jobs two seconds to end: one that runs while the clock moves loses its lease, and
    /// another worker does the same once more.
    async fn idle(&self) {
        for _ in 0..40 {
            if self.busy().await.1 == 0 {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    }

    /// Jobs that were given up, those that run or are due, and what one of them failed with.
    async fn busy(&self) -> (i64, i64, Option<String>) {
        let sql = "SELECT count(*) FILTER (WHERE state = 'dead'),
                          count(*) FILTER (WHERE state = 'running'
                              OR (state = 'queued' AND run_at <= app_now())),
                          max(last_error) FROM jobs WHERE state <> 'done'";
        let row = &self.sql(sql).await[0];
        (row.get(0), row.get(1), row.get(2))
    }

    /// Waits until no job is due or running; fails when one is dead or it takes a minute.
    pub async fn settle(&self) {
        for _ in 0..600 {
            let (dead, busy, error) = self.busy().await;
            assert_eq!(dead, 0, "a job was given up: {error:?}");
            if busy == 0 {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        panic!("jobs are still due after a minute");
    }

    /// Mails the sandbox caught for an address, newest first.
    pub async fn mails_to(&self, address: &str) -> Vec<Value> {
        let url = format!("{}mails.json", self.sandbox.mail_page);
        let request = self.client.get(url).query(&[("to", address)]);
        let answer = Answer::read("mails".into(), request.send().await.unwrap()).await.expect(200);
        answer.json().as_array().cloned().unwrap_or_default()
    }

    /// The secret in the latest mail to an address whose subject holds the words; waits for it.
    pub async fn mailed_token(&self, address: &str, subject: &str) -> String {
        self.settle().await;
        let mails = self.mails_to(address).await;
        let fits = |mail: &&Value| mail["subject"].as_str().is_some_and(|s| s.contains(subject));
        let latest = mails.iter().filter(fits).max_by_key(|mail| mail["id"].as_u64());
        let text = latest.unwrap_or_else(|| panic!("no {subject:?} in {mails:#?}"))["text"].clone();
        let text = text.as_str().unwrap_or_default();
        let secret = text.split("?token=").nth(1).and_then(|rest| rest.split_whitespace().next());
        secret.unwrap_or_else(|| panic!("no link in {text}")).to_owned()
    }

    /// Stops everything; fails when a job was left over.
    pub async fn end(self) {
        self.settle().await;
        self.keep_traffic().await;
        self.program.stop().await.unwrap();
        self.sandbox.stop().await.unwrap();
        self.database.end().await;
    }

    /// What the program asked of the payments server, for `tests/stripe_shape`.
    async fn keep_traffic(&self) {
        let kept = self.till("requests", None).await;
        let is_empty = kept["exchanges"].as_array().is_none_or(Vec::is_empty);
        let thread = std::thread::current();
        let Some(story) = thread.name().filter(|_| !is_empty) else { return };
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("stripe-program");
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join(format!("{}.json", story.replace("::", ".")));
        std::fs::write(file, kept.to_string()).unwrap();
    }
}

/// A free port below those that the system gives to outgoing connections, which could take it
/// before the program listens; each process of tests begins at another place.
pub(super) fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let place = || std::process::id().wrapping_mul(7).wrapping_add(NEXT.fetch_add(1, Relaxed));
    let ports = std::iter::repeat_with(|| u16::try_from(10_000 + place() % 20_000).unwrap());
    let free = |port: &u16| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok();
    ports.into_iter().find(free).unwrap()
}
