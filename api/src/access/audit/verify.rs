//! Verifying a file of the trail: every record, every link, every signature.

use super::file::{Checkpoint, Heading, Line, Record};
use super::sign::{AuditKey, is_signed};
use super::{BEGINNING, FORM, record_hash, words_hash};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::BufRead;

/// What a file proves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    pub records: u64,
    /// The first and the last record; both 0 when there are none.
    pub first: i64,
    pub last: i64,
    /// Up to which record the chain is signed; `None` when nothing is.
    pub signed_to: Option<i64>,
    pub checkpoints: u64,
    /// Records whose words were taken out, because somebody was forgotten.
    pub forgotten: u64,
    /// Keys that signed, by id.
    pub keys: Vec<String>,
    /// Whether the heading says that the chain goes on.
    pub more: bool,
}

/// The first thing that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}{}: {says}", .seq.map(|seq| format!(", record {seq}")).unwrap_or_default())]
pub struct AuditFault {
    pub line: usize,
    pub seq: Option<i64>,
    pub says: String,
}

#[derive(Deserialize)]
struct Body {
    seq: i64,
    personal: String,
}

/// Verifies a file. With `pinned`, a public key in hexadecimal, checkpoints must be signed by it;
/// without, by the keys that the file's heading names, which proves no more than that the file
/// agrees with itself. Hashes anyone can compute: with a pinned key every record has to stand
/// under a signature, and the chain's last one is signed in every file that was exported.
///
/// Errors: the first line that does not hold, with the record it is about.
pub fn verify(file: impl BufRead, pinned: Option<&str>) -> Result<Verdict, AuditFault> {
    let mut lines = file.lines().enumerate();
    let (_, first) = lines.next().ok_or_else(|| fault(1, None, "the file is empty"))?;
    let mut chain = Chain::begin(&read(1, first)?, pinned)?;
    let mut last = 1;
    for (index, line) in lines {
        last = index + 1;
        chain.take(last, line)?;
    }
    chain.end(last, pinned.is_some())
}

struct Chain {
    heading: Heading,
    keys: BTreeMap<String, Vec<u8>>,
    head: (i64, [u8; 32]),
    hashes: BTreeMap<i64, String>,
    verdict: Verdict,
}

impl Chain {
    fn begin(line: &Line, pinned: Option<&str>) -> Result<Self, AuditFault> {
        let Line::Heading(heading) = line else {
            return Err(fault(1, None, "the first line is no heading of an audit trail"));
        };
        if heading.audit != FORM {
            return Err(fault(1, None, format!("the form `{}` is not known", heading.audit)));
        }
        let prev = bytes(&heading.prev).ok_or_else(|| fault(1, None, "`prev` is no SHA-256"))?;
        if heading.after < 0 || (heading.after == 0) != (prev == BEGINNING) {
            return Err(fault(1, None, "the beginning does not fit its hash"));
        }
        let keys = keys(heading, pinned)?;
        let (heading, head) = (heading.clone(), (heading.after, prev));
        let mut hashes = BTreeMap::new();
        hashes.insert(heading.after, heading.prev.clone());
        let verdict = Verdict { more: heading.more, ..Verdict::default() };
        Ok(Self { heading, keys, head, hashes, verdict })
    }

    fn take(&mut self, at: usize, line: std::io::Result<String>) -> Result<(), AuditFault> {
        match read(at, line)? {
            Line::Heading(_) => Err(fault(at, None, "a second heading")),
            Line::Record(record) => {
                let seq = record.seq;
                self.record(record).map_err(|says| fault(at, Some(seq), says))
            }
            Line::Checkpoint(signed) => {
                let seq = signed.checkpoint;
                self.checkpoint(&signed).map_err(|says| fault(at, Some(seq), says))
            }
        }
    }

    fn record(&mut self, record: Record) -> Result<(), String> {
        let (last, hash) = self.head;
        let next = last + 1;
        if record.seq != next {
            return Err(format!("record {next} should stand here"));
        }
        if bytes(&record.prev) != Some(hash) {
            return Err("it does not follow the record before it".into());
        }
        let own = record_hash(self.heading.customer, record.seq, &hash, &record.body);
        if bytes(&record.hash) != Some(own) {
            return Err("its hash is not that of its bytes".into());
        }
        let body: Body =
            serde_json::from_str(&record.body).map_err(|error| format!("its body: {error}"))?;
        if body.seq != record.seq {
            return Err("its body says another place".into());
        }
        self.words(&record, &body)?;
        self.head = (record.seq, own);
        self.hashes.insert(record.seq, record.hash);
        self.verdict.records += 1;
        Ok(())
    }

    fn words(&mut self, record: &Record, body: &Body) -> Result<(), String> {
        let (Some(salt), Some(words)) = (&record.salt, &record.words) else {
            self.verdict.forgotten += 1;
            return Ok(());
        };
        let salt = hex::decode(salt).map_err(|_| "its salt is not hexadecimal".to_owned())?;
        if hex::encode(words_hash(&salt, words)) == body.personal {
            return Ok(());
        }
        Err("its words are not those that were recorded".into())
    }

    fn checkpoint(&mut self, signed: &Checkpoint) -> Result<(), String> {
        let known = self.hashes.get(&signed.checkpoint);
        let known = known.ok_or_else(|| "a checkpoint of a record that is not here".to_owned())?;
        if *known != signed.hash {
            return Err("what was signed is not what stands here".into());
        }
        let key = self.keys.get(&signed.key);
        let key =
            key.ok_or_else(|| format!("signed by a key that is not known: {}", signed.key))?;
        if !is_signed(self.heading.customer, signed, key) {
            return Err("its signature does not hold".into());
        }
        self.verdict.checkpoints += 1;
        self.verdict.signed_to = self.verdict.signed_to.max(Some(signed.checkpoint));
        if !self.verdict.keys.contains(&signed.key) {
            self.verdict.keys.push(signed.key.clone());
        }
        Ok(())
    }

    fn end(self, at: usize, pinned: bool) -> Result<Verdict, AuditFault> {
        let (last, _) = self.head;
        let none = self.verdict.records == 0;
        let signed = self.verdict.signed_to.unwrap_or(self.heading.after);
        if pinned && !none && signed < last {
            let says = "from here on nothing is signed by the key, so anybody may have written it";
            return Err(fault(at, Some(signed + 1), says));
        }
        let first = if none { 0 } else { self.heading.after + 1 };
        Ok(Verdict { first, last: if none { 0 } else { last }, ..self.verdict })
    }
}

/// The keys that may sign, by id: the pinned one, or those of the heading, each under its own id.
fn keys(heading: &Heading, pinned: Option<&str>) -> Result<BTreeMap<String, Vec<u8>>, AuditFault> {
    let named: Vec<&str> = match pinned {
        Some(key) => vec![key],
        None => heading.keys.values().map(String::as_str).collect(),
    };
    let read = |text: &str| {
        let public = bytes(text).ok_or_else(|| fault(1, None, "a key is no Ed25519 key"))?;
        Ok((AuditKey::of(&public).id, public.to_vec()))
    };
    named.into_iter().map(read).collect()
}

fn read(at: usize, line: std::io::Result<String>) -> Result<Line, AuditFault> {
    let line = line.map_err(|error| fault(at, None, error.to_string()))?;
    let unreadable = "it is no heading, record or checkpoint";
    serde_json::from_str(&line).map_err(|_| fault(at, None, unreadable))
}

fn bytes(text: &str) -> Option<[u8; 32]> {
    hex::decode(text).ok()?.try_into().ok()
}

fn fault(line: usize, seq: Option<i64>, says: impl Into<String>) -> AuditFault {
    AuditFault { line, seq, says: says.into() }
}

#[cfg(test)]
#[path = "verify_tests.rs"]
mod tests;
