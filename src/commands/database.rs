//! The database that `attache up` serves from.

use super::up::say;
use crate::data_folder::DataFolder;
use crate::demo::interruption::{self, Loading};
use crate::postgres::{DATABASE, Durability, PrivatePostgres, Role};
use anyhow::{Context, Result};
use std::sync::Arc;
use std::time::Duration;

/// The server of `DATABASE_URL` if one is named, else the folder's own.
pub struct Database {
    pub app_url: String,
    pub owner_url: String,
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
    pub async fn open_whole(folder: &DataFolder) -> Result<Self> {
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

    pub async fn stop(mut self) -> Result<()> {
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
