//! The running server: the state behind its lock, and the one place where the world comes in.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use poem::{Request, Response, http::StatusCode};
use tokio::sync::Notify;

use super::{
    PaymentsConfig, api,
    call::Call,
    captured::Captured,
    control, ids,
    journal::Journal,
    keys::Running,
    pages,
    state::{Origin, State},
};
use crate::clock;

/// How often the server looks whether time alone has something to do.
const TICK: Duration = Duration::from_millis(50);

pub(super) struct Server {
    journal: Journal,
    pub secret_key: String,
    pub running: Running,
    pub captured: Captured,
    /// Tells the couriers that there may be something to deliver.
    pub wake: Notify,
    requests: AtomicU64,
    started_ms: u64,
}

impl Server {
    /// Opens the state, or begins a new one, and takes over who is to hear of events.
    ///
    /// # Errors
    /// The state cannot be read or written.
    pub(super) fn open(config: PaymentsConfig) -> anyhow::Result<Self> {
        let PaymentsConfig { state, base_url, secret_key, webhooks, seed } = config;
        let journal = Journal::open(state, || State::new(seed, base_url.clone()))?;
        journal.write(|state| {
            state.base_url = base_url;
            let gone = |url: &str| !webhooks.iter().any(|receiver| receiver.url == url);
            state.deliveries.remove_where(|waiting| gone(&waiting.url));
            state.receivers = webhooks;
        })?;
        Ok(Self {
            journal,
            secret_key,
            running: Running::default(),
            captured: Captured::default(),
            wake: Notify::new(),
            requests: AtomicU64::new(0),
            started_ms: u64::try_from(real_ms()).unwrap_or_default(),
        })
    }

    /// A fresh id for one request.
    pub(super) fn request_id(&self) -> String {
        ids::mint(self.started_ms, self.requests.fetch_add(1, Ordering::Relaxed), "req")
    }

    /// Looks at the state as it is.
    pub(super) fn read<R>(&self, look: impl FnOnce(&State) -> R) -> R {
        self.journal.read(look)
    }

    /// Changes the state at the present moment, after everything that has fallen due.
    ///
    /// # Errors
    /// The state could not be written: nothing has changed.
    pub(super) fn change<R>(
        &self,
        origin: Origin,
        change: impl FnOnce(&mut State) -> R,
    ) -> anyhow::Result<R> {
        self.journal.write(|state| {
            state.begin(real_ms(), origin);
            change(state)
        })
    }

    /// Lets a call look at the state at the present moment; counts the faults that hit it.
    ///
    /// # Errors
    /// The state could not be written.
    pub(super) fn look(
        &self,
        call: &Call,
        look: impl FnOnce(&State) -> api::Outcome,
    ) -> anyhow::Result<api::Outcome> {
        let must_write = |state: &State| state.is_due(real_ms()) || state.faults.concern(call);
        if !self.read(must_write) {
            return Ok(self.read(look));
        }
        self.change(Origin::default(), |state| {
            if state.is_throttled(call) {
                return api::Outcome::throttled();
            }
            let mut outcome = look(state);
            outcome.trouble = state.trouble(call);
            outcome
        })
    }

    /// Wakes every courier.
    pub(super) fn wake_all(&self) {
        self.wake.notify_waiters();
    }

    /// Does what time alone brings about, for ever.
    pub(super) async fn keep_time(&self) {
        loop {
            tokio::time::sleep(TICK).await;
            if !self.read(|state| state.is_due(real_ms())) {
                continue;
            }
            if let Err(error) = self.change(Origin::default(), |_| ()) {
                tracing::error!("payments: cannot write the state: {error:#}");
            }
            self.wake_all();
        }
    }

    /// Answers any request.
    pub(super) async fn respond(&self, request: Request) -> Response {
        let path = request.uri().path().to_owned();
        let answered = match path.trim_start_matches('/').split('/').next() {
            Some("v1") => api::answer(self, request).await,
            Some("sandbox" | "_truth") => control::answer(self, request).await,
            _ => pages::answer(self, request).await,
        };
        answered.unwrap_or_else(|error| {
            tracing::error!("payments: {path}: {error:#}");
            Response::builder().status(StatusCode::INTERNAL_SERVER_ERROR).finish()
        })
    }
}

/// The real time in milliseconds.
pub(super) fn real_ms() -> i64 {
    clock::now().timestamp_millis()
}
