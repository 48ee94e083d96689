//! The running program: pages, API, workers, and an orderly end.

use crate::config::Config;
use crate::health;
use crate::server::{self, Limits};
use anyhow::{Context, Result};
use api::access;
use api::app::{App, Keys, Site};
use api::kernel::id::NodeId;
use api::kernel::page::Cursors;
use api::outside::files::Files;
use api::outside::mail::Smtp;
use api::outside::payments::{PaymentsSetup, Stripe};
use api::platform::clock::{Clock, Ids};
use api::platform::db::{self, Db, Scope, nodes};
use api::platform::jobs::Worker;
use api::platform::late::Late;
use api::platform::signing::SigningKey;
use api::program;
use api::upstreams::{self, Reach};
use poem::endpoint::BoxEndpoint;
use poem::error::InternalServerError;
use poem::{Endpoint, EndpointExt, IntoResponse, Request, Response};
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A program that serves. Dropped without [`Program::stop`], its tasks end with the runtime.
pub struct Program {
    pub app: App,
    pub address: SocketAddr,
    stop: watch::Sender<bool>,
    server: JoinHandle<std::io::Result<()>>,
    workers: Vec<JoinHandle<()>>,
    node: NodeId,
}

/// So long files on their way may take to tell how far they came.
const FILES: Duration = Duration::from_secs(3);

/// The app that a configuration describes. Errors name what is wrong with it.
pub async fn open(config: &Config, clock: Clock) -> Result<App> {
    let keys = Keys::new(config.secret_key);
    let payments = &config.payments;
    let reach = Reach { loopback: config.loopback_upstreams };
    let upstreams = config.upstreams.as_deref();
    let ids = Ids::system(clock.clone());
    let db = Db::open(&config.database_url, config.database_connections).await?;
    Ok(App {
        late: Late::begin(db.clone(), access::write_lines),
        db,
        wrapper: Arc::new(config.vault.ring(&keys, ids.clone())?),
        ids,
        clock,
        mailer: Arc::new(Smtp::new(&config.smtp_url, &config.mail_from)?),
        payments: Arc::new(Stripe::new(&payments.secret_key, payments.api.as_deref())?),
        payments_setup: PaymentsSetup::new(
            &payments.secret_key,
            &payments.country,
            &payments.hook_secrets,
            &payments.connect_hook_secrets,
        ),
        files: Files::new(config.files.clone()),
        upstreams: Arc::new(upstreams::load(upstreams, &config.upstream_values, reach)?),
        cursors: Cursors::new(keys.of("cursors")),
        site: Site { base: config.site.clone(), tls: config.site.scheme() == "https" },
        actor_key: Arc::new(SigningKey::from_seed(&keys.of("attache-actor 2"))?),
        keys,
        forwarded: config.forwarded.clone(),
    })
}

impl Program {
    /// Refuses an unsafe database role, then listens and starts the workers.
    pub async fn start(config: &Config, app: App) -> Result<Self> {
        db::refuse_unsafe_role(&config.database_url).await?;
        let mut tx = app.db.write(Scope::GLOBAL).await?;
        program::keep_platform(&mut tx, &app.payments_setup.country).await?;
        tx.commit().await?;
        let listener = TcpListener::bind(config.listen).await.with_context(|| {
            format!(
                "{} cannot be listened on: is it taken? Choose another with --port",
                config.listen
            )
        })?;
        let address = listener.local_addr()?;
        let (stop, stopped) = watch::channel(false);
        let limits = Limits::of_this_process();
        let serve = server::serve(listener, endpoint(&app)?, limits, stopped.clone());
        let worker = Worker {
            app: app.clone(),
            db: app.db.clone(),
            ids: app.ids.clone(),
            registry: api::events::registry(),
        };
        let mut workers: Vec<_> = (0..config.workers)
            .map(|_| tokio::spawn(worker.clone().run(stopped.clone())))
            .collect();
        let node = app.ids.next();
        let beat = nodes::beat(app.db.clone(), app.late.clone(), node, stopped);
        workers.push(tokio::spawn(beat));
        Ok(Self { app, address, stop, server: tokio::spawn(serve), workers, node })
    }

    /// Takes no new requests, ends those that are open and the jobs that have begun.
    pub async fn stop(self) -> Result<()> {
        self.stop.send_replace(true);
        self.app.upstreams.flows().stop(FILES).await;
        for worker in self.workers {
            worker.await?;
        }
        let served = self.server.await?;
        self.app.late.settled().await;
        let lost = self.app.late.waiting();
        if lost > 0 {
            tracing::error!(lost, "ALARM: lines of the access log end with this process");
        } else if let Err(error) = nodes::ends(&self.app.db, self.node).await {
            tracing::warn!(%error, "nobody hears that this process has ended");
        }
        Ok(served?)
    }

    /// Waits until the server ends by itself, which is a fault.
    pub async fn ended(&mut self) -> Result<()> {
        (&mut self.server).await??;
        anyhow::bail!("the server ended")
    }
}

/// Everything that is served: health, the API, and the pages for every other address.
///
/// Errors when a template does not fit together.
pub fn endpoint(app: &App) -> Result<BoxEndpoint<'static, Response>> {
    let look = web::site::Look::load()?;
    let whole = Whole {
        health: health::Health::new(app),
        description: Description::default(),
        api: api::routes::api(app).boxed(),
        pages: web::site::site(app, &look).boxed(),
    };
    Ok(whole.boxed())
}

struct Whole {
    health: health::Health,
    description: Description,
    api: BoxEndpoint<'static, Response>,
    pages: BoxEndpoint<'static, Response>,
}

/// The description of the API in both spellings, written when first asked for.
#[derive(Default)]
struct Description {
    json: OnceLock<String>,
    yaml: OnceLock<String>,
}

impl Description {
    fn json(&self) -> &str {
        self.json.get_or_init(|| api::routes::description().to_string())
    }

    fn yaml(&self) -> poem::Result<&str> {
        if let Some(written) = self.yaml.get() {
            return Ok(written);
        }
        let written = api::routes::description_yaml().map_err(std::io::Error::other);
        let written = written.map_err(InternalServerError)?;
        Ok(self.yaml.get_or_init(|| written))
    }
}

/// First words of addresses that programs use; everything else is for people.
const API: &[&str] = &["v1", "gw", "hooks", "oauth", ".well-known"];

fn is_api(path: &str) -> bool {
    path.split('/').nth(1).is_some_and(|first| API.contains(&first))
}

impl Endpoint for Whole {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let text = |kind: &str, body: &str| {
            Ok(Response::builder().content_type(kind).body(body.to_owned()))
        };
        match request.uri().path() {
            "/healthz" => Ok(self.health.alive().into_response()),
            "/readyz" => Ok(self.health.ready().await),
            "/metrics" => Ok(self.health.metrics().await),
            "/openapi.json" => text("application/json", self.description.json()),
            "/openapi.yaml" => text("application/yaml", self.description.yaml()?),
            path if is_api(path) => self.api.call(request).await,
            _ => self.pages.call(request).await,
        }
    }
}
