//! The state on disk: a file of JSON lines, the first a whole state, each other what one write
//! changed. A write costs what it changes, however long the history is.
//!
//! It survives the death of the process at any point: a last line without its end never happened.
//! It is not synced to disk, so a loss of power may lose the last writes.

use std::{
    fs::{self, File, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use anyhow::Context;

use super::state::State;

/// A journal longer than this, and four times its first line, is rewritten at the next write.
const LONG_BYTES: u64 = 64_000_000;

pub(super) struct Journal {
    path: PathBuf,
    inner: Mutex<Inner>,
}

struct Inner {
    state: State,
    file: File,
    /// How much of the file counts.
    bytes: u64,
    first_line_bytes: u64,
}

impl Journal {
    /// Opens the journal at `path`, or begins one with what `initial` makes.
    ///
    /// # Errors
    /// The file cannot be read or written, or it holds something else.
    pub(super) fn open(path: PathBuf, initial: impl FnOnce() -> State) -> anyhow::Result<Self> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))?;
        }
        let state = if path.try_exists()? { load(&path)? } else { initial() };
        let inner = Mutex::new(rewrite(&path, state)?);
        Ok(Self { path, inner })
    }

    /// Looks at the state. Keep it short: everybody else waits.
    pub(super) fn read<R>(&self, look: impl FnOnce(&State) -> R) -> R {
        look(&self.inner.lock().unwrap_or_else(PoisonError::into_inner).state)
    }

    /// Changes the state; the change is in the file before this returns.
    ///
    /// # Errors
    /// The file cannot be written: the state is again what the file says.
    pub(super) fn write<R>(&self, change: impl FnOnce(&mut State) -> R) -> anyhow::Result<R> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = change(&mut inner.state);
        if let Err(error) = inner.append() {
            inner.file.set_len(inner.bytes).context("cut off half a line")?;
            inner.state = load(&self.path).context(format!("{error:#}; and reading it again"))?;
            return Err(error);
        }
        if inner.bytes > LONG_BYTES.max(4 * inner.first_line_bytes) {
            let state = load(&self.path)?;
            *inner = rewrite(&self.path, state)?;
        }
        Ok(answer)
    }
}

impl Inner {
    fn append(&mut self) -> anyhow::Result<()> {
        let line = line(&self.state)?;
        self.file.write_all(&line).context("write the journal")?;
        self.bytes += u64::try_from(line.len())?;
        self.state.saved();
        Ok(())
    }
}

fn line(state: &State) -> anyhow::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(state).context("write the state as JSON")?;
    line.push(b'\n');
    Ok(line)
}

/// Puts a new journal in the place of the old one, with the state as its first line.
fn rewrite(path: &Path, mut state: State) -> anyhow::Result<Inner> {
    let beside = path.with_extension("new");
    state.touch_all();
    let line = line(&state)?;
    fs::write(&beside, &line).with_context(|| format!("write {}", beside.display()))?;
    fs::rename(&beside, path).with_context(|| format!("rename to {}", path.display()))?;
    state.saved();
    let file = OpenOptions::new().append(true).open(path);
    let file = file.with_context(|| format!("open {}", path.display()))?;
    let bytes = u64::try_from(line.len())?;
    Ok(Inner { state, file, bytes, first_line_bytes: bytes })
}

fn load(path: &Path) -> anyhow::Result<State> {
    let text = fs::read_to_string(path).with_context(|| format!("read {}", path.display()))?;
    let whole = text.rfind('\n').map_or("", |end| text.get(..end).unwrap_or_default());
    let mut state: Option<State> = None;
    for line in whole.lines() {
        let newer: State =
            serde_json::from_str(line).with_context(|| format!("understand {}", path.display()))?;
        match &mut state {
            None => state = Some(newer),
            Some(state) => state.absorb(newer),
        }
    }
    let mut state = state.with_context(|| format!("nothing in {}", path.display()))?;
    state.saved();
    Ok(state)
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;

    fn initial() -> State {
        State::new(7, Url::parse("http://localhost/").unwrap())
    }

    fn kinds(state: &State) -> Vec<String> {
        state.events.values().map(|event| event.kind.clone()).collect()
    }

    fn emit(journal: &Journal, kind: &str) {
        journal.write(|state| state.emit(kind, None, &serde_json::json!({}))).unwrap();
    }

    #[test]
    fn every_write_is_there_after_opening_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deep/payments.json");
        let journal = Journal::open(path.clone(), initial).unwrap();
        ["one", "two", "three"].iter().for_each(|kind| emit(&journal, kind));
        journal.write(|state| state.events.remove_where(|event| event.kind == "two")).unwrap();
        let seen = journal.read(kinds);
        assert_eq!(seen, ["one", "three"]);
        for _ in 0..2 {
            let again = Journal::open(path.clone(), || panic!("there is one")).unwrap();
            assert_eq!(again.read(kinds), seen);
        }
    }

    #[test]
    fn half_a_line_never_happened() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("payments.json");
        let journal = Journal::open(path.clone(), initial).unwrap();
        emit(&journal, "one");
        let whole = fs::metadata(&path).unwrap().len();
        emit(&journal, "two");
        let length = fs::metadata(&path).unwrap().len();
        for cut in [whole, whole + 1, length - 1] {
            fs::copy(&path, dir.path().join("torn.json")).unwrap();
            let torn = OpenOptions::new().write(true).open(dir.path().join("torn.json")).unwrap();
            torn.set_len(cut).unwrap();
            let again = Journal::open(dir.path().join("torn.json"), initial).unwrap();
            assert_eq!(again.read(kinds), ["one"], "cut at {cut}");
        }
    }

    #[test]
    fn a_file_of_another_kind_is_refused_with_its_name() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("payments.json");
        fs::write(&path, "{}\n").unwrap();
        let error = Journal::open(path, initial).err().unwrap();
        assert!(format!("{error:#}").contains("payments.json"), "{error:#}");
    }
}
