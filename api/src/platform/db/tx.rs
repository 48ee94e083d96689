//! One transaction for one vendor.

use crate::kernel::id::{IdempotencyId, VendorId};
use crate::platform::caller::Caller;
use crate::platform::failpoint;
use crate::platform::refusal::{Error, Result};
use bb8::QueueStrategy;
use diesel::{ExpressionMethods, QueryDsl};
use diesel_async::pooled_connection::bb8::{Pool, PooledConnection};
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig};
use diesel_async::{
    AnsiTransactionManager, AsyncConnection, AsyncPgConnection, RunQueryDsl, TransactionManager,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

type Connection = PooledConnection<'static, AsyncPgConnection>;

/// Which rows a transaction may see, and on whose behalf it commits.
#[derive(Debug, Clone, Copy)]
pub struct Scope {
    vendor: Option<VendorId>,
    idempotency: Option<IdempotencyId>,
}

impl Scope {
    /// Global tables only: every tenant table yields no rows.
    pub const GLOBAL: Self = Self { vendor: None, idempotency: None };
}

impl From<VendorId> for Scope {
    fn from(vendor: VendorId) -> Self {
        Self { vendor: Some(vendor), idempotency: None }
    }
}

impl From<&Caller> for Scope {
    fn from(caller: &Caller) -> Self {
        Self { vendor: Some(caller.vendor), idempotency: caller.idempotency }
    }
}

/// The pool. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    pool: Pool<AsyncPgConnection>,
    url: Arc<str>,
    asked: Arc<AtomicU64>,
}

impl Db {
    /// Opens a pool of at most `size` connections; connects when first asked.
    pub async fn open(url: &str, size: u32) -> anyhow::Result<Self> {
        let mut config = ManagerConfig::<AsyncPgConnection>::default();
        config.recycling_method = diesel_async::pooled_connection::RecyclingMethod::Fast;
        let connections = AsyncDieselConnectionManager::new_with_config(url, config);
        let pool = Pool::builder()
            .max_size(size)
            .test_on_check_out(false)
            // The one used last knows the most by heart.
            .queue_strategy(QueueStrategy::Lifo)
            .connection_timeout(Duration::from_secs(4))
            .idle_timeout(Some(Duration::from_secs(300)))
            .build_unchecked(connections);
        Ok(Self { pool, url: url.into(), asked: Arc::default() })
    }

    /// Where the database is, for a connection beside the pool; it may hold a password.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// How often the database was asked something and answered: what travelled together counts
    /// once, the end of what was only read not at all, since nobody waits for it.
    pub fn round_trips(&self) -> u64 {
        AtomicU64::load(&self.asked, Ordering::Relaxed)
    }

    /// A transaction that changes rows. Nothing happens unless [`Tx::commit`] is awaited.
    pub async fn write(&self, scope: impl Into<Scope>) -> Result<Tx> {
        self.begin(scope.into(), "BEGIN").await
    }

    /// A transaction that only reads; a write in it is refused by the database.
    pub async fn read(&self, scope: impl Into<Scope>) -> Result<Tx> {
        self.begin(scope.into(), "BEGIN READ ONLY").await
    }

    /// As [`Self::read`], with every statement seeing the same moment: for sums that must agree.
    pub async fn read_snapshot(&self, scope: impl Into<Scope>) -> Result<Tx> {
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        self.begin(scope.into(), begin).await
    }

    /// As [`Self::read`], for the vendor whom a function of the database serves by a hash; where it
    /// finds none, no tenant's rows are seen. [`Tx::vendor`] does not know it.
    pub async fn read_by_hash(&self, function: &'static str, hash: &[u8; 32]) -> Result<Tx> {
        let sql = format!("BEGIN READ ONLY; SELECT {function}('\\x{}')", hex::encode(hash));
        self.begin_by(Scope::GLOBAL, &sql).await
    }

    async fn begin(&self, scope: Scope, begin: &str) -> Result<Tx> {
        let vendor = scope.vendor.map(|v| v.to_string()).unwrap_or_default();
        let sql = format!("{begin}; SELECT set_config('attache.vendor', '{vendor}', true)");
        self.begin_by(scope, &sql).await
    }

    /// BEGIN and the vendor travel in one message. A pooled connection that died meanwhile shows
    /// itself here, before anything was asked of it, so fresh ones are tried.
    async fn begin_by(&self, scope: Scope, sql: &str) -> Result<Tx> {
        let mut last = None;
        for _ in 0..4 {
            let mut connection = match self.pool.get_owned().await {
                Ok(connection) => connection,
                Err(error) => {
                    tracing::warn!(%error, "no database connection");
                    return Err(Error::Unavailable("The database".to_owned()));
                }
            };
            self.asked.fetch_add(1, Ordering::Relaxed);
            let asked = Arc::clone(&self.asked);
            match AnsiTransactionManager::begin_transaction_sql(&mut *connection, sql).await {
                Ok(()) => return Ok(Tx { connection: Some(connection), scope, asked }),
                Err(error) => last = Some(error),
            }
        }
        tracing::warn!(error = ?last, "a transaction could not begin");
        Err(Error::Unavailable("The database".to_owned()))
    }
}

/// An open transaction. Dropped without [`Tx::commit`], it is rolled back.
#[must_use]
pub struct Tx {
    connection: Option<Connection>,
    scope: Scope,
    asked: Arc<AtomicU64>,
}

impl Tx {
    /// The vendor whose rows are visible.
    ///
    /// Errors when the transaction was opened for global tables only.
    pub fn vendor(&self) -> Result<VendorId> {
        self.scope.vendor.ok_or_else(|| Error::fault("this transaction serves no vendor"))
    }

    /// The connection, for one statement of a `store` module.
    pub fn conn(&mut self) -> &mut AsyncPgConnection {
        self.asked.fetch_add(1, Ordering::Relaxed);
        match self.connection.as_deref_mut() {
            Some(connection) => connection,
            None => unreachable!("a transaction keeps its connection until commit or drop"),
        }
    }

    /// Makes the changes durable. An error means nothing is known to be changed.
    pub async fn commit(mut self) -> Result<()> {
        if let Some(record) = self.scope.idempotency {
            self.mark_committed(record).await?;
            failpoint::passed(&["crash_point_01"]);
        }
        let Some(mut connection) = self.connection.take() else { return Ok(()) };
        self.asked.fetch_add(1, Ordering::Relaxed);
        AnsiTransactionManager::commit_transaction(&mut *connection).await?;
        if self.scope.idempotency.is_some() {
            failpoint::passed(&["crash_point_02"]);
        }
        Ok(())
    }

    /// The idempotency record learns of the effect in the effect's own transaction, so a repeat
    /// after a lost answer never carries it out twice.
    async fn mark_committed(&mut self, record: IdempotencyId) -> Result<()> {
        use super::schema::idempotency_keys as keys;
        diesel::update(keys::table.filter(keys::id.eq(record.0)).filter(keys::state.eq("running")))
            .set(keys::state.eq("committed"))
            .execute(self.conn())
            .await?;
        Ok(())
    }
}

impl Drop for Tx {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        // Without a runtime the pool sees the open transaction and closes the connection itself.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(async move {
            let rolled_back = AnsiTransactionManager::rollback_transaction(&mut *connection).await;
            if let Err(error) = rolled_back {
                tracing::debug!(%error, "rollback failed; the pool closes the connection");
            }
        });
    }
}

/// One connection outside the pool, for migrations and checks at start.
pub(super) async fn connect(url: &str) -> anyhow::Result<AsyncPgConnection> {
    Ok(AsyncPgConnection::establish(url).await?)
}
