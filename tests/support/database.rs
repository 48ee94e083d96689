//! A database for each test: a clone of a migrated template in one throw-away cluster.

use attache::postgres::{Durability, PrivatePostgres, Role};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use tokio_postgres::NoTls;

/// Dropped, its database stays behind in a cluster that nobody will miss; see [`Database::end`].
pub struct Database {
    postgres: PrivatePostgres,
    name: String,
}

impl Database {
    /// In the cluster that all tests share.
    pub async fn new() -> Self {
        Self::start(folder(), Durability::Throwaway).await
    }

    /// In a cluster of its own, which the test may kill. `root` is removed by the caller.
    pub async fn within(root: PathBuf) -> Self {
        Self::start(root, Durability::Durable).await
    }

    async fn start(root: PathBuf, durability: Durability) -> Self {
        let locks = root.clone();
        let start = move || PrivatePostgres::start(&root, durability, None);
        let postgres = tokio::task::spawn_blocking(start).await.unwrap().unwrap();
        let template = template(&postgres, &locks).await;
        let name = format!("t_{}", hex::encode(rand::random::<[u8; 8]>()));
        let clone = format!("CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY");
        run(&postgres.url(Role::Bootstrap, "postgres"), &clone).await;
        Self { postgres, name }
    }

    /// A backup as `docs/OPERATIONS.md` tells to take one, while the program runs.
    pub async fn backup(&self) -> Vec<u8> {
        let mut dump = Command::new(self.postgres.programs().join("pg_dump"));
        dump.arg(self.url(Role::Read));
        let done = tokio::task::spawn_blocking(move || dump.output().unwrap()).await.unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        done.stdout
    }

    /// The database takes the place of this one, which goes, as a backup has it.
    pub async fn restored(self, backup: &[u8]) -> Self {
        let admin = connect(&self.postgres.url(Role::Bootstrap, "postgres")).await;
        let name = &self.name;
        admin.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)")).await.unwrap();
        admin.batch_execute(&format!("CREATE DATABASE {name} OWNER attache_owner")).await.unwrap();
        let bootstrap = self.postgres.url(Role::Bootstrap, name);
        run(&bootstrap, OWNED).await;
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(backup).unwrap();
        let mut restore = Command::new(self.postgres.programs().join("psql"));
        restore.args(["--no-psqlrc", "--quiet", "-v", "ON_ERROR_STOP=1", "--file"]);
        restore.arg(file.path()).arg(bootstrap);
        let done = tokio::task::spawn_blocking(move || restore.output().unwrap()).await.unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        self
    }

    pub fn url(&self, role: Role) -> String {
        self.postgres.url(role, &self.name)
    }

    /// A connection of the given role.
    pub async fn connect(&self, role: Role) -> tokio_postgres::Client {
        connect(&self.url(role)).await
    }

    /// What the server wrote down, of all that use it.
    pub fn log(&self) -> String {
        let bytes = std::fs::read(self.postgres.log()).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Kills the server as a crash would: no shutdown, no farewell.
    pub fn kill(&self) {
        let pid = self.postgres.pid().and_then(|pid| i32::try_from(pid).ok()).unwrap();
        let pid = rustix::process::Pid::from_raw(pid).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    }

    /// Starts the killed server again.
    pub fn bring_back(&self) {
        self.postgres.ensure_running().unwrap();
    }

    /// Drops the database.
    pub async fn end(self) {
        let drop = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        run(&self.postgres.url(Role::Bootstrap, "postgres"), &drop).await;
    }
}

fn folder() -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    let parent = if memory.is_dir() { memory } else { std::env::temp_dir() };
    parent.join(format!("attache-tests-{}", rustix::process::geteuid().as_raw()))
}

/// What stands in a new database before anything else.
const OWNED: &str =
    "ALTER SCHEMA public OWNER TO attache_owner; REVOKE CREATE ON SCHEMA public FROM PUBLIC";

/// The template of today's migrations, made by whoever comes first.
async fn template(postgres: &PrivatePostgres, folder: &Path) -> String {
    let name = format!("template_{}", hash_of_migrations());
    let lock = File::create(folder.join("template.lock")).unwrap();
    let lock = tokio::task::spawn_blocking(move || lock.lock().map(|()| lock));
    let _lock = lock.await.unwrap().unwrap();
    let admin = connect(&postgres.url(Role::Bootstrap, "postgres")).await;
    let sql = "SELECT 1 FROM pg_database WHERE datname = $1 AND datistemplate";
    if admin.query_opt(sql, &[&name]).await.unwrap().is_some() {
        return name;
    }
    admin.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await.unwrap();
    admin.batch_execute(&format!("CREATE DATABASE {name} OWNER attache_owner")).await.unwrap();
    let bootstrap = postgres.url(Role::Bootstrap, &name);
    run(&bootstrap, OWNED).await;
    let owner = postgres.url(Role::Owner, &name);
    api::platform::db::migrate(&owner).await.unwrap();
    run(&owner, super::clock::MOVABLE).await;
    admin.batch_execute(&format!("ALTER DATABASE {name} IS_TEMPLATE true")).await.unwrap();
    name
}

fn hash_of_migrations() -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .flatten()
        .filter_map(|e| Some((e.file_name(), std::fs::read(e.path().join("up.sql")).ok()?)))
        .collect();
    files.sort();
    let mut hash = Sha256::new();
    for (name, text) in files {
        hash.update(name.as_encoded_bytes());
        hash.update(text);
    }
    hash.update(super::clock::MOVABLE);
    hex::encode(&hash.finalize()[..8])
}

pub async fn connect(url: &str) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

async fn run(url: &str, sql: &str) {
    connect(url).await.batch_execute(sql).await.unwrap();
}
