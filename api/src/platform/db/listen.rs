//! Hints from the database that something was changed: a connection of its own that listens.
//!
//! They may be lost whenever the connection is, so nothing may rest on them alone.

use super::tx::Db;
use crate::platform::refusal::{Error, Result};
use tokio::sync::mpsc;
use tokio_postgres::{AsyncMessage, Client, NoTls};

/// Listens on one channel until it is dropped.
pub struct Hints {
    hints: mpsc::Receiver<()>,
    _client: Client,
}

impl Db {
    /// Begins to listen; what is said from now on is heard.
    ///
    /// Errors when the database cannot be reached.
    pub async fn listen(&self, channel: &'static str) -> Result<Hints> {
        let lost = |_| Error::Unavailable("The database".to_owned());
        let (client, mut connection) =
            tokio_postgres::connect(self.url(), NoTls).await.map_err(lost)?;
        // One that waits stands for all: they say nothing but "look".
        let (sender, hints) = mpsc::channel(1);
        tokio::spawn(async move {
            loop {
                match std::future::poll_fn(|context| connection.poll_message(context)).await {
                    Some(Ok(AsyncMessage::Notification(_))) => {
                        let _ = sender.try_send(());
                    }
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => return,
                }
            }
        });
        client.batch_execute(&format!("LISTEN {channel}")).await.map_err(lost)?;
        Ok(Hints { hints, _client: client })
    }
}

impl Hints {
    /// Waits for the next; `false` once the connection is lost.
    pub async fn next(&mut self) -> bool {
        self.hints.recv().await.is_some()
    }
}
