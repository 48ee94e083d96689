//! Mail out. It is asked for by a job in the transaction that causes it and leaves afterwards; a
//! failed delivery is tried again. What people wrote is escaped in the HTML form, no picture is
//! loaded, and no secret link is printed in a log.

mod job;
mod letter;
mod smtp;

pub use job::{JOB_KIND, deliver, enqueue};
pub use letter::{Act, Letter};
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
