//! Rows that may be written a moment later, many in one transaction.
//!
//! They wait in this process, half a second at most while the database answers, and are written
//! before an orderly end. A process that is killed takes what waits with it: whatever must not be
//! lost is written at once instead.

use crate::kernel::id::VendorId;
use crate::platform::db::{Db, Tx};
use crate::platform::refusal::{Error, Result};
use futures::StreamExt;
use futures::future::BoxFuture;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout, timeout_at};
use uuid::Uuid;

/// So long a row waits for others.
const TOGETHER: Duration = Duration::from_millis(500);
/// Rows that are written together.
const MOST: usize = 500;
/// Rows that may wait; whoever brings more waits for room.
const ROOM: usize = 4096;
/// So long somebody waits for room, or for what waits to be written.
const PATIENCE: Duration = Duration::from_secs(2);
/// So long one try may take; rows that were written all the same are not written twice.
const LONGEST: Duration = Duration::from_secs(10);
/// Groups that are written at the same time.
const AT_ONCE: usize = 4;
/// Pause before the database is tried again.
const PAUSE: Duration = Duration::from_millis(250);

/// Writes rows of one group in their order, each as JSON with how long it waited.
pub type WriteRows = for<'a> fn(&'a mut Tx, &'a [(String, Duration)]) -> BoxFuture<'a, Result<()>>;

/// Rows of one group are written together, other groups apart.
type Group = (VendorId, Uuid);

enum Message {
    Row(Group, String, Instant),
    Settle(oneshot::Sender<()>),
    /// As that, without hurry.
    Mark(oneshot::Sender<()>),
}

/// The way to what waits. Cheap to clone.
#[derive(Clone)]
pub struct Late {
    sender: mpsc::Sender<Message>,
    standing: Arc<Standing>,
}

#[derive(Default)]
struct Standing {
    /// Rows that wait.
    waiting: AtomicUsize,
    /// The latest was refused: until one is taken, whoever brings one waits for it.
    refused: AtomicBool,
}

impl Late {
    /// Begins to take rows; ends when the last clone is gone and everything is written.
    pub fn begin(db: Db, write: WriteRows) -> Self {
        let (sender, receiver) = mpsc::channel(ROOM);
        let standing = Arc::<Standing>::default();
        let writer = Writer { db, write, receiver, standing: Arc::clone(&standing) };
        tokio::spawn(writer.run());
        Self { sender, standing }
    }

    /// Takes a row, as JSON.
    ///
    /// Errors when it could be lost: too many wait already, or the latest was refused and none has
    /// been taken since.
    pub async fn write(&self, vendor: VendorId, group: Uuid, row: String) -> Result<()> {
        let lost = || Error::Unavailable("The log".to_owned());
        self.standing.waiting.fetch_add(1, Ordering::SeqCst);
        let message = Message::Row((vendor, group), row, Instant::now());
        let taken = timeout(PATIENCE, self.sender.send(message)).await;
        if !taken.is_ok_and(|sent| sent.is_ok()) {
            self.standing.waiting.fetch_sub(1, Ordering::SeqCst);
            return Err(lost());
        }
        if !self.is_refused() {
            return Ok(());
        }
        self.settled().await;
        if self.is_refused() { Err(lost()) } else { Ok(()) }
    }

    fn is_refused(&self) -> bool {
        self.standing.refused.load(Ordering::SeqCst)
    }

    /// Waits until what this process took is written; for two seconds at most, so that a database
    /// that is away keeps nobody.
    pub async fn settled(&self) {
        if self.waiting() == 0 {
            return;
        }
        let (done, written) = oneshot::channel();
        let settling = async {
            if self.sender.send(Message::Settle(done)).await.is_ok() {
                // An error means that the writer is gone, with nothing left to wait for.
                let _ = written.await;
            }
        };
        if timeout(PATIENCE, settling).await.is_err() {
            tracing::warn!("lines that wait to be written take long");
        }
    }

    /// Waits until what this process has taken by now is written, with what comes then. Whether it
    /// was, as far as anybody knows.
    pub async fn written(&self) -> bool {
        let (done, written) = oneshot::channel();
        let sent = self.sender.send(Message::Mark(done)).await.is_ok();
        sent && written.await.is_ok() && !self.is_refused()
    }

    /// How many rows wait.
    pub fn waiting(&self) -> usize {
        self.standing.waiting.load(Ordering::SeqCst)
    }
}

struct Writer {
    db: Db,
    write: WriteRows,
    receiver: mpsc::Receiver<Message>,
    standing: Arc<Standing>,
}

/// What is written next, and who waits for that.
#[derive(Default)]
struct Batch {
    groups: BTreeMap<Group, Vec<(String, Instant)>>,
    count: usize,
    settling: Vec<oneshot::Sender<()>>,
    marks: Vec<oneshot::Sender<()>>,
}

impl Batch {
    fn add(&mut self, message: Message) {
        match message {
            Message::Row(group, row, since) => {
                self.groups.entry(group).or_default().push((row, since));
                self.count += 1;
            }
            Message::Settle(done) => self.settling.push(done),
            Message::Mark(done) => self.marks.push(done),
        }
    }

    fn is_due(&self) -> bool {
        self.count >= MOST || !self.settling.is_empty()
    }
}

impl Writer {
    async fn run(mut self) {
        while let Some(batch) = self.gather().await {
            let writer = &self;
            let writes = futures::stream::iter(batch.groups);
            let write = |(group, rows)| writer.write(group, rows);
            writes.for_each_concurrent(AT_ONCE, write).await;
            for done in batch.settling.into_iter().chain(batch.marks) {
                // Whoever gave up waiting misses nothing.
                let _ = done.send(());
            }
        }
    }

    /// What came within a while of the first; `None` at the end.
    async fn gather(&mut self) -> Option<Batch> {
        let mut batch = Batch::default();
        batch.add(self.receiver.recv().await?);
        let until = Instant::now() + TOGETHER;
        while !batch.is_due() {
            match timeout_at(until, self.receiver.recv()).await {
                Ok(Some(message)) => batch.add(message),
                Ok(None) | Err(_) => break,
            }
        }
        Some(batch)
    }

    /// All at once; one by one when that is refused, so that one bad row takes no other with it.
    async fn write(&self, (vendor, _): Group, rows: Vec<(String, Instant)>) {
        if self.try_write(vendor, &rows).await.is_ok() {
            self.note(Ok(()));
        } else {
            for row in &rows {
                self.note(self.try_write(vendor, std::slice::from_ref(row)).await);
            }
        }
        self.standing.waiting.fetch_sub(rows.len(), Ordering::SeqCst);
    }

    fn note(&self, written: Result<()>) {
        self.standing.refused.store(written.is_err(), Ordering::SeqCst);
        if let Err(error) = written {
            metrics::counter!("late_rows_lost_total").increment(1);
            tracing::error!(%error, "ALARM: a line could not be written");
        }
    }

    /// Tries until the database answers. Errors when it refuses.
    async fn try_write(&self, vendor: VendorId, rows: &[(String, Instant)]) -> Result<()> {
        loop {
            let late = |_| Err(Error::Unavailable("The database".to_owned()));
            match timeout(LONGEST, self.once(vendor, rows)).await.unwrap_or_else(late) {
                Err(error @ Error::Unavailable(_)) => {
                    tracing::warn!(%error, "lines wait for the database");
                    tokio::time::sleep(PAUSE).await;
                }
                settled => return settled,
            }
        }
    }

    async fn once(&self, vendor: VendorId, rows: &[(String, Instant)]) -> Result<()> {
        let mut tx = self.db.write(vendor).await?;
        let rows: Vec<_> = rows.iter().map(|(row, since)| (row.clone(), since.elapsed())).collect();
        (self.write)(&mut tx, &rows).await?;
        tx.commit().await
    }
}
