//! Mail out.
//! A failed delivery is retried by the job that asked for it, so a mail may arrive twice.

mod smtp;

pub use smtp::Smtp;

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};

/// One mail to one person, in both forms.
#[derive(Clone, Serialize, Deserialize)]
pub struct Mail {
    pub to_name: String,
    pub to_address: String,
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// Sends one mail; an error means it may be sent again.
pub trait Mailer: Send + Sync {
    fn send<'a>(&'a self, mail: &'a Mail) -> BoxFuture<'a, anyhow::Result<()>>;
}
