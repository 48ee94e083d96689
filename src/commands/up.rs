//! `attache up`: everything for a look, from nothing, until Ctrl-C.

use super::database::Database;
use super::stop::Stop;
use crate::boxed;
use crate::config::{Config, PaymentsConfig, upstream_values, workers};
use crate::data_folder::{self, Addresses, DataFolder, Serving};
use crate::demo::content::Content;
use crate::demo::interruption::Loading;
use crate::demo::{loader, sign_ins};
use crate::program::{self, Program};
use crate::vault_keys::VaultKeys;
use anyhow::{Context, Result};
use api::app::{App, Forwarded};
use api::platform::clock::Clock;
use sandbox::Sandbox;
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::ExitCode;

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

/// Stops all it started when asked, at any moment; a second start on the same folder finds
/// everything as it was.
pub async fn run(arguments: Arguments) -> Result<ExitCode> {
    let mut stop = Stop::listen()?;
    let parts = tokio::select! {
        parts = Parts::start(&arguments) => Some(parts?),
        () = stop.asked() => None,
    };
    let Some(mut parts) = parts else {
        // What had begun to run stops as it is dropped.
        say("stopping before it was ready");
        return Ok(ExitCode::SUCCESS);
    };
    let served = tokio::select! {
        served = parts.serve(arguments.no_demo) => served,
        () = stop.asked() => Ok(()),
    };
    say("stopping");
    let stopped = tokio::select! {
        stopped = parts.stop() => stopped,
        () = stop.asked() => {
            say("stopping at once");
            Ok(())
        }
    };
    served.and(stopped)?;
    Ok(ExitCode::SUCCESS)
}

/// Everything that runs.
struct Parts {
    folder: DataFolder,
    config: Config,
    serving: Serving,
    program: Program,
    sandbox: Sandbox,
    database: Database,
}

impl Parts {
    async fn start(arguments: &Arguments) -> Result<Self> {
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
        let program = Program::start(&config, app).await?;
        Ok(Self { folder, config, serving, program, sandbox, database })
    }

    /// Loads the demo program if it is wanted, says that all is ready, and goes on until the
    /// server ends by itself.
    async fn serve(&mut self, no_demo: bool) -> Result<()> {
        let demo = load(&self.folder, &self.program.app, no_demo).await?;
        self.serving.publish(&addresses(&self.config, &self.database, &self.sandbox))?;
        greet(&self.config, &self.sandbox, demo.as_ref());
        self.program.ended().await
    }

    async fn stop(self) -> Result<()> {
        drop(self.serving);
        self.program.stop().await?;
        self.sandbox.stop().await?;
        self.database.stop().await
    }
}

/// Loads the demo program into an empty database. Answers with its content when it is there.
async fn load(folder: &DataFolder, app: &App, no_demo: bool) -> Result<Option<Content>> {
    let content = Content::load()?;
    if !no_demo && loader::is_empty(app).await? {
        let loading = Loading::begin(folder)?;
        loader::load(app, &content, &say_for_now).await?;
        loading.done()?;
        if std::io::stderr().is_terminal() {
            eprintln!();
        }
    }
    Ok(loader::is_loaded(app, &content).await?.then_some(content))
}

/// The port is looked at first, so that a taken one is told before minutes of preparation.
fn refuse_taken(listen: SocketAddr) -> Result<()> {
    let free = TcpListener::bind(listen);
    free.map(drop).with_context(|| {
        format!("port {} is taken: stop what uses it, or choose another with --port", listen.port())
    })
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
        upstream_values: upstream_values(None, |name| std::env::var(name).ok())?,
        loopback_upstreams: false,
        database_connections: 16,
        workers: workers(|name| std::env::var(name).ok())?,
        forwarded: Forwarded::default(),
        vault: VaultKeys::read(|name| std::env::var(name).ok())?,
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

pub(super) fn say(what: &str) {
    eprintln!("attache: {what}");
}

/// On a terminal the next line takes this one's place.
fn say_for_now(what: &str) {
    if std::io::stderr().is_terminal() {
        eprint!("\r\x1b[2Kattache: {what}");
    } else {
        say(what);
    }
}
