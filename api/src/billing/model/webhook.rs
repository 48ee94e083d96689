//! News from Stripe as it is looked through.

use crate::text_enum;
use chrono::{DateTime, Utc};

text_enum! {
    /// What became of news.
    pub enum WebhookState {
        /// It waits for its job.
        Stored = "stored",
        /// What it is about was read at Stripe, and followed.
        Done = "done",
        /// It is about nothing here, or of a kind that nothing is done with.
        Ignored = "ignored",
        /// Nobody understands it: a person looks.
        Parked = "parked",
    }
}

/// One piece of news.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookNews {
    /// Stripe's id of the event; made of its bytes when they cannot be read.
    pub id: String,
    /// Whether it came by the door of connected accounts.
    pub connect: bool,
    pub kind: String,
    /// The connected account it is of.
    pub account: Option<String>,
    /// Stripe's id of what it is about.
    pub object: Option<String>,
    pub state: WebhookState,
    /// Why it was left alone or parked.
    pub note: Option<String>,
    /// By Stripe's clock.
    pub happened_at: Option<DateTime<Utc>>,
    pub received_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
}

/// The kind of news that cannot be read.
pub const UNREADABLE: &str = "unknown";

impl WebhookNews {
    /// Whether there is anything to work through.
    pub fn is_readable(&self) -> bool {
        self.kind != UNREADABLE
    }
}

/// Which news is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WebhooksWanted {
    pub state: Option<WebhookState>,
    /// An id of an event, an object or an account, whole; a kind or its first words; a state.
    pub search: Option<String>,
}

/// The longest text that is looked for: longer than any id or kind of Stripe's.
pub const LONGEST_SEARCH: usize = 255;
