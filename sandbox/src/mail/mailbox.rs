//! The mails on disk: one file a mail as it came, and an index.

use std::{fs, io, path::PathBuf, sync::Arc};

use anyhow::Context;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{clock, store::Store};

/// How many mails are kept; the oldest go first.
pub(super) const MOST_MAILS: usize = 500;

/// Where mails are kept. Clones are the same mailbox.
#[derive(Clone)]
pub struct Mailbox(Arc<Inner>);

struct Inner {
    dir: PathBuf,
    index: Store<Index>,
}

/// The outside of a mail: what the sender said before the mail itself.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Cover {
    /// Goes up by one with each mail and is never used again.
    pub(super) id: u64,
    pub(super) from: String,
    pub(super) to: Vec<String>,
    pub(super) received_at: DateTime<Utc>,
}

impl Mailbox {
    /// Opens the mailbox in `dir`.
    ///
    /// # Errors
    /// The folder cannot be read or written.
    pub fn open(dir: PathBuf) -> anyhow::Result<Self> {
        let index = Store::open(dir.join("index.json"), Index::default)?;
        Ok(Self(Arc::new(Inner { dir, index })))
    }

    /// Keeps a mail; it is on disk before this returns its id.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn keep(&self, from: String, to: Vec<String>, mail: &[u8]) -> anyhow::Result<u64> {
        let received_at = clock::now();
        let id = self.0.index.write(|index| {
            index.last_id += 1;
            index.last_id
        })?;
        let file = self.file(id);
        fs::write(&file, mail).with_context(|| format!("write {}", file.display()))?;
        let gone = self.0.index.write(|index| {
            index.covers.push(Cover { id, from, to, received_at });
            // Two mails may finish in the other order than they began.
            index.covers.sort_by_key(|cover| cover.id);
            let surplus = index.covers.len().saturating_sub(MOST_MAILS);
            index.covers.drain(..surplus).collect::<Vec<_>>()
        })?;
        self.remove(&gone)?;
        Ok(id)
    }

    /// All covers, newest first.
    pub(super) fn covers(&self) -> Vec<Cover> {
        self.0.index.read(|index| index.covers.iter().rev().cloned().collect())
    }

    /// A mail as it came, with its cover.
    ///
    /// # Errors
    /// Its file cannot be read.
    pub(super) fn open_mail(&self, id: u64) -> anyhow::Result<Option<(Cover, Vec<u8>)>> {
        let find = |index: &Index| index.covers.iter().find(|cover| cover.id == id).cloned();
        let Some(cover) = self.0.index.read(find) else { return Ok(None) };
        match fs::read(self.file(id)) {
            Ok(mail) => Ok(Some((cover, mail))),
            // Thrown away between the two looks.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).context("read a mail"),
        }
    }

    /// Throws all mails away. Ids go on where they were.
    ///
    /// # Errors
    /// A file cannot be removed.
    pub(super) fn clear(&self) -> anyhow::Result<()> {
        let gone = self.0.index.write(|index| std::mem::take(&mut index.covers))?;
        self.remove(&gone)
    }

    fn remove(&self, covers: &[Cover]) -> anyhow::Result<()> {
        for cover in covers {
            fs::remove_file(self.file(cover.id)).context("remove a mail")?;
        }
        Ok(())
    }

    fn file(&self, id: u64) -> PathBuf {
        self.0.dir.join(format!("{id}.eml"))
    }
}

#[derive(Default, Serialize, Deserialize)]
struct Index {
    last_id: u64,
    covers: Vec<Cover>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_five_hundred_are_kept_over_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let mailbox = Mailbox::open(dir.path().into()).unwrap();
        for number in 0..MOST_MAILS + 2 {
            let mail = format!("Subject: {number}\r\n\r\n");
            mailbox.keep("a@b.example".into(), vec![], mail.as_bytes()).unwrap();
        }
        drop(mailbox);
        let mailbox = Mailbox::open(dir.path().into()).unwrap();
        assert_eq!(mailbox.covers().len(), MOST_MAILS);
        assert!(mailbox.open_mail(2).unwrap().is_none());
        assert_eq!(mailbox.open_mail(3).unwrap().unwrap().1, b"Subject: 2\r\n\r\n");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), MOST_MAILS + 1);
        mailbox.clear().unwrap();
        assert_eq!(mailbox.covers().len(), 0);
        assert_eq!(mailbox.keep(String::new(), vec![], b"x").unwrap(), 503);
    }
}
