//! `attache up`: everything for a look, from nothing, until Ctrl-C.

use super::serve::stop_asked;
use crate::boxed;
use crate::config::{Config, PaymentsConfig};
use crate::data_folder::{self, Addresses, DataFolder, Serving};
use crate::demo::content::Content;
use crate::demo::interruption::{self, Loading};
use crate::demo::{loader, sign_ins};
use crate::postgres::{DATABASE, Durability, PrivatePostgres, Role};
use crate::program::{self, Program};
use anyhow::{Context, Result};
use api::app::App;
use api::platform::clock::Clock;
use sandbox::Sandbox;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

#[derive(clap::Args)]
pub struct Arguments {
    /// Port of the pages and the API on 127.0.0.1
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// The data folder: database, sandbox, files, keys
    #[arg(long, default_value = data_folder::DEFAULT)]
    data: PathBuf,
    /// Start without the demo program
    #[arg(long)]
    no_demo: bool,
}

/// Stops all it started when asked; a second start on the same folder finds everything as it was.
pub async fn run(arguments: Arguments) -> Result<ExitCode> {
    let folder = DataFolder::open(&arguments.data)?;
    let serving = folder.serve()?;
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, arguments.port));
    refuse_taken(listen)?;
    let database = Database::open_whole(&folder).await?;
    say("migrating the database");
    api::platform::db::migrate(&database.owner_url).await?;
    let config = config(&folder, &database, listen)?;
    say("starting the sandbox");
    let dir = folder.path().join("sandbox");
    let site = config.site.as_str().trim_end_matches('/').to_owned();
    let sandbox = boxed::start(&dir, &site, &config.secret_key).await?;
    let config = boxed::configure(config, &sandbox);
    let app = program::open(&config, Clock::system()).await?;
    let mut program = Program::start(&config, app).await?;
    let loaded = tokio::select! {
        loaded = load(&folder, &program.app, arguments.no_demo) => Some(loaded?),
        () = stop_asked() => None,
    };
    let Some(demo) = loaded else {
        say("stopping before the demo program is loaded");
        return close(serving, program, sandbox, database).await;
    };
    serving.publish(&addresses(&config, &database, &sandbox))?;
    greet(&config, &sandbox, demo.as_ref());
    tokio::select! {
        ended = program.ended() => ended?,
        () = stop_asked() => say("stopping"),
    }
    close(serving, program, sandbox, database).await
}

/// Loads the demo program into an empty database. Answers with its content when it is there.
async fn load(folder: &DataFolder, app: &App, no_demo: bool) -> Result<Option<Content>> {
    let content = Content::load()?;
    if !no_demo && loader::is_empty(app).await? {
        let loading = Loading::begin(folder)?;
        loader::load(app, &content, &say).await?;
        loading.done()?;
    }
    Ok(loader::is_loaded(app, &content).await?.then_some(content))
}

async fn close(
    serving: Serving,
    program: Program,
    sandbox: Sandbox,
    database: Database,
) -> Result<ExitCode> {
    drop(serving);
    program.stop().await?;
    sandbox.stop().await?;
    database.stop().await?;
    Ok(ExitCode::SUCCESS)
}

/// The port is looked at first, so that a taken one is told before minutes of preparation.
fn refuse_taken(listen: SocketAddr) -> Result<()> {
    let free = TcpListener::bind(listen);
    free.map(drop).with_context(|| {
        format!("port {} is taken: stop what uses it, or choose another with --port", listen.port())
    })
}

/// The server of `DATABASE_URL` if one is named, else the folder's own.
struct Database {
    app_url: String,
    owner_url: String,
    private: Option<Arc<PrivatePostgres>>,
    watch: Option<tokio::task::JoinHandle<()>>,
}

impl Database {
    async fn open(folder: &DataFolder) -> Result<Self> {
        if let Ok(app_url) = std::env::var("DATABASE_URL") {
            let owner_url = std::env::var("DATABASE_OWNER_URL").context(
                "DATABASE_URL is set: set DATABASE_OWNER_URL too, the role that owns the tables",
            )?;
            return Ok(Self { app_url, owner_url, private: None, watch: None });
        }
        say("starting the private database");
        let root = folder.postgres_root()?;
        let start = move || PrivatePostgres::start(&root, Durability::Durable, None);
        let private = Arc::new(tokio::task::spawn_blocking(start).await??);
        Ok(Self {
            app_url: private.url(Role::App, DATABASE),
            owner_url: private.url(Role::Owner, DATABASE),
            watch: Some(tokio::spawn(keep_running(Arc::clone(&private)))),
            private: Some(private),
        })
    }

    /// As [`Database::open`], and empty when a load of the demo program was cut off in it.
    async fn open_whole(folder: &DataFolder) -> Result<Self> {
        let database = Self::open(folder).await?;
        if !Loading::was_interrupted(folder) {
            return Ok(database);
        }
        say("the load of the demo program was interrupted: starting clean");
        database.erase().await?;
        interruption::clear(folder)?;
        Self::open(folder).await
    }

    async fn erase(mut self) -> Result<()> {
        self.unwatch().await;
        let private = self.private.and_then(Arc::into_inner).context(
            "the database of DATABASE_URL is not this folder's to empty: empty it, or name \
             another data folder with --data",
        )?;
        tokio::task::spawn_blocking(move || private.erase()).await?
    }

    async fn unwatch(&mut self) {
        if let Some(watch) = self.watch.take() {
            watch.abort();
            // Aborted on purpose: its end is all that matters.
            let _ = watch.await;
        }
    }

    async fn stop(mut self) -> Result<()> {
        self.unwatch().await;
        if let Some(private) = self.private.and_then(Arc::into_inner) {
            tokio::task::spawn_blocking(move || private.stop()).await??;
        }
        Ok(())
    }
}

/// Brings the private server back when somebody killed it.
async fn keep_running(private: Arc<PrivatePostgres>) {
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let look = Arc::clone(&private);
        match tokio::task::spawn_blocking(move || look.ensure_running()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(error = format!("{error:#}"), "the database is away"),
            Err(error) => tracing::error!(%error, "the database cannot be watched"),
        }
    }
}

fn config(folder: &DataFolder, database: &Database, listen: SocketAddr) -> Result<Config> {
    Ok(Config {
        database_url: database.app_url.clone(),
        listen,
        site: format!("http://{listen}").parse()?,
        secret_key: *folder.secret_key()?.expose(),
        smtp_url: String::new(),
        payments: PaymentsConfig::default(),
        mail_from: "Attaché <program@attache.example>".to_owned(),
        files: folder.path().join("files"),
        upstreams: None,
        upstream_values: Default::default(),
        loopback_upstreams: false,
        database_connections: 16,
    })
}

fn addresses(config: &Config, database: &Database, sandbox: &Sandbox) -> Addresses {
    let others = [
        ("database", database.app_url.clone()),
        ("mail", sandbox.mail_page.to_string()),
        ("marketing", sandbox.marketing.to_string()),
        ("payments", sandbox.payments.to_string()),
        ("smtp", format!("smtp://{}", sandbox.mail_smtp)),
    ];
    let others: BTreeMap<_, _> = others.into_iter().map(|(n, a)| (n.to_owned(), a)).collect();
    Addresses { pid: std::process::id(), site: config.site.to_string(), others }
}

fn greet(config: &Config, sandbox: &Sandbox, demo: Option<&Content>) {
    let site = config.site.as_str().trim_end_matches('/');
    println!();
    println!("  Attaché      {site}/");
    println!("  Larkfield    {} (the marketing application)", sandbox.marketing);
    println!("  Payments     {} (stands in for Stripe)", sandbox.payments);
    println!("  Mail         {} (every mail that is sent)", sandbox.mail_page);
    println!();
    if let Some(content) = demo {
        println!("  Sign in, everybody with the password {}", content.marketing_password);
        sign_ins::table(content).iter().for_each(|line| println!("    {line}"));
        println!("  At the marketing application, with the same password");
        sign_ins::marketing(content).iter().for_each(|line| println!("    {line}"));
        println!();
    }
    println!("ready {site}");
}

fn say(what: &str) {
    eprintln!("attache: {what}");
}
