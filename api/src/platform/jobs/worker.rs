//! Workers: claim, carry out, end.

use super::store::{self, Claimed};
use super::{Job, event};
use crate::platform::clock::Ids;
use crate::platform::db::{Db, Scope, Tx};
use crate::platform::refusal::{Error, Result};
use futures::future::BoxFuture;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

type InTransaction<S> =
    Arc<dyn for<'a> Fn(&'a S, &'a mut Tx, &'a Job) -> BoxFuture<'a, Result<()>> + Send + Sync>;
type Outside<S> = Arc<dyn for<'a> Fn(&'a S, &'a Job) -> BoxFuture<'a, Result<()>> + Send + Sync>;

/// How one kind of job is carried out.
#[derive(Clone)]
pub enum Handler<S> {
    /// Rows only: runs in one transaction for the job's vendor, which also ends the job, so its
    /// effect happens exactly once.
    InTransaction(InTransaction<S>),
    /// Touches the outside: may run again after a crash, so it must be safe to repeat.
    Outside(Outside<S>),
}

/// Every kind of job this program knows.
#[derive(Clone)]
pub struct Registry<S> {
    handlers: HashMap<&'static str, Handler<S>>,
    lasting: HashSet<&'static str>,
}

impl<S> Default for Registry<S> {
    fn default() -> Self {
        Self { handlers: HashMap::new(), lasting: HashSet::new() }
    }
}

impl<S> Registry<S> {
    #[must_use]
    pub fn in_transaction<F>(mut self, kind: &'static str, f: F) -> Self
    where
        F: for<'a> Fn(&'a S, &'a mut Tx, &'a Job) -> BoxFuture<'a, Result<()>>
            + Send
            + Sync
            + 'static,
    {
        self.handlers.insert(kind, Handler::InTransaction(Arc::new(f)));
        self
    }

    #[must_use]
    pub fn outside<F>(mut self, kind: &'static str, f: F) -> Self
    where
        F: for<'a> Fn(&'a S, &'a Job) -> BoxFuture<'a, Result<()>> + Send + Sync + 'static,
    {
        self.handlers.insert(kind, Handler::Outside(Arc::new(f)));
        self
    }

    /// Jobs of these kinds are never given up: each writes the next one, so nothing would follow.
    #[must_use]
    pub fn lasting(mut self, kinds: &[&'static str]) -> Self {
        self.lasting.extend(kinds);
        self
    }

    pub fn knows(&self, kind: &str) -> bool {
        self.handlers.contains_key(kind)
    }
}

/// Carries out jobs until it is told to stop, then ends what it has begun.
#[derive(Clone)]
pub struct Worker<S> {
    pub app: S,
    pub db: Db,
    pub ids: Ids,
    pub registry: Registry<S>,
}

/// Pause between looks at an empty queue: the queue is the truth, no notification is needed.
const PAUSE: Duration = Duration::from_millis(120);
const BATCH: i64 = 8;

impl<S: Clone + Send + Sync + 'static> Worker<S> {
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            match self.run_due().await {
                Ok(0) => {
                    pause(&mut stop, PAUSE).await;
                }
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(%error, "the queue cannot be read");
                    pause(&mut stop, PAUSE * 10).await;
                }
            }
        }
    }

    /// Carries out what is due now; answers how many jobs that were.
    pub async fn run_due(&self) -> Result<usize> {
        let token = self.ids.next();
        let mut tx = self.db.write(Scope::GLOBAL).await?;
        let claimed = store::claim(&mut tx, token, BATCH).await?;
        if claimed.is_empty() {
            return Ok(0);
        }
        tx.commit().await?;
        let count = claimed.len();
        futures::future::join_all(claimed.iter().map(|c| self.carry_out(c))).await;
        Ok(count)
    }

    async fn carry_out(&self, claimed: &Claimed) {
        let kind = claimed.job.kind.as_str();
        let outcome = match self.registry.handlers.get(kind) {
            None => Err(Error::fault(format!("no handler for jobs of kind {kind}"))),
            Some(Handler::InTransaction(f)) => self.in_transaction(claimed, f).await,
            Some(Handler::Outside(f)) => self.outside(claimed, f).await,
        };
        let label = if outcome.is_ok() { "done" } else { "failed" };
        metrics::counter!("jobs_total", "kind" => kind.to_owned(), "outcome" => label).increment(1);
        let Err(error) = outcome else { return };
        tracing::warn!(job = %claimed.job.id, kind, %error, "a job failed");
        match self.give_back(claimed, &error.to_string()).await {
            Ok(true) => {
                let now = if self.lasts(kind) { "it is tried again" } else { "it was given up" };
                tracing::error!(alarm = true, job = %claimed.job.id, kind, %error,
                    "ALARM: a job failed as often as it may; {now}");
            }
            Ok(false) => {}
            Err(error) => {
                tracing::warn!(job = %claimed.job.id, %error, "its lease will run out instead");
            }
        }
    }

    fn lasts(&self, kind: &str) -> bool {
        self.registry.lasting.contains(kind)
    }

    async fn in_transaction(&self, claimed: &Claimed, f: &InTransaction<S>) -> Result<()> {
        let mut tx = match claimed.job.vendor {
            Some(vendor) => self.db.write(vendor).await?,
            None => self.db.write(Scope::GLOBAL).await?,
        };
        f(&self.app, &mut tx, &claimed.job).await?;
        self.end(tx, claimed).await
    }

    async fn outside(&self, claimed: &Claimed, f: &Outside<S>) -> Result<()> {
        f(&self.app, &claimed.job).await?;
        let tx = self.db.write(Scope::GLOBAL).await?;
        self.end(tx, claimed).await
    }

    async fn end(&self, mut tx: Tx, claimed: &Claimed) -> Result<()> {
        if !store::finish(&mut tx, claimed).await? {
            return Err(Error::fault("the lease was lost to another worker"));
        }
        tx.commit().await
    }

    /// Whether it has failed as often as it may.
    async fn give_back(&self, claimed: &Claimed, error: &str) -> Result<bool> {
        let mut tx = self.db.write(Scope::GLOBAL).await?;
        let lasts = self.lasts(&claimed.job.kind);
        let often = store::fail(&mut tx, claimed, (error, lasts)).await?;
        tx.commit().await?;
        Ok(often)
    }
}

async fn pause(stop: &mut watch::Receiver<bool>, length: Duration) {
    tokio::select! { () = tokio::time::sleep(length) => {}, _ = stop.changed() => {} }
}

/// Registers the job that carries events, with one function that knows every reaction.
pub fn with_reactions<S, F>(registry: Registry<S>, react: F) -> Registry<S>
where
    S: Send + Sync + 'static,
    F: for<'a> Fn(&'a S, &'a mut Tx, event::Event) -> BoxFuture<'a, Result<()>>
        + Send
        + Sync
        + 'static,
{
    registry.in_transaction(event::JOB_KIND, move |app, tx, job| match job.read::<event::Event>() {
        Ok(event) => react(app, tx, event),
        Err(error) => Box::pin(async move { Err(error.into()) }),
    })
}
