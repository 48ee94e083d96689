//! Who is connected, and who of them waits without a request.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

pub(super) struct Seats {
    free: Arc<Semaphore>,
    waiting: Mutex<Waiting>,
    /// Told when somebody begins to wait.
    idle: Notify,
}

/// Those without a request, by the moment that began.
#[derive(Default)]
struct Waiting {
    last: u64,
    since: BTreeMap<u64, Arc<Notify>>,
}

/// One connection's seat, free again when it is dropped.
pub(super) struct Seat {
    seats: Arc<Seats>,
    clear: Arc<Notify>,
    since: AtomicU64,
    _permit: OwnedSemaphorePermit,
}

/// A request on its connection, from its head to the end of its answer.
pub(super) struct Turn(Arc<Seat>);

impl Seats {
    pub(super) fn new(most: usize) -> Arc<Self> {
        let free = Arc::new(Semaphore::new(most));
        Arc::new(Self { free, waiting: Mutex::default(), idle: Notify::new() })
    }

    /// A seat, as soon as one is free: who has waited longest without a request makes room.
    pub(super) async fn take(self: &Arc<Self>) -> Arc<Seat> {
        let mut made_room = false;
        let permit = loop {
            let idle = self.idle.notified();
            if let Ok(permit) = Arc::clone(&self.free).try_acquire_owned() {
                break permit;
            }
            made_room = made_room || self.clear_one();
            tokio::select! {
                Ok(permit) = Arc::clone(&self.free).acquire_owned() => break permit,
                () = idle => {}
            }
        };
        let clear = Arc::new(Notify::new());
        let seat =
            Seat { seats: Arc::clone(self), clear, since: AtomicU64::new(0), _permit: permit };
        seat.wait();
        Arc::new(seat)
    }

    /// Sends away who has waited longest. Answers whether anybody waited.
    pub(super) fn clear_one(&self) -> bool {
        let longest = self.waiting().since.pop_first();
        longest.map(|(_, clear)| clear.notify_one()).is_some()
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    /// A request has come.
    pub(super) fn begin(self: &Arc<Self>) -> Turn {
        self.seats.waiting().since.remove(&self.since.load(Ordering::Relaxed));
        Turn(Arc::clone(self))
    }

    /// Resolves when the connection has to make room.
    pub(super) async fn cleared(&self) {
        self.clear.notified().await;
    }

    pub(super) fn is_waiting(&self) -> bool {
        self.seats.waiting().since.contains_key(&self.since.load(Ordering::Relaxed))
    }

    fn wait(&self) {
        let mut waiting = self.seats.waiting();
        waiting.last += 1;
        let since = waiting.last;
        waiting.since.insert(since, Arc::clone(&self.clear));
        self.since.store(since, Ordering::Relaxed);
        drop(waiting);
        self.seats.idle.notify_one();
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.wait();
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.seats.waiting().since.remove(&self.since.load(Ordering::Relaxed));
    }
}
