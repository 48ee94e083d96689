//! State kept as one JSON file, so that a restarted sandbox is the same sandbox.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use anyhow::Context;
use serde::{Serialize, de::DeserializeOwned};

/// State kept as one JSON file: written to a temporary file beside it, then renamed, at each
/// change. A reader of the file sees the old state or the new one, never half of one.
///
/// It survives the death of the process, not the loss of power: the file is not synced to disk.
pub struct Store<T> {
    path: PathBuf,
    state: Mutex<T>,
}

impl<T: Serialize + DeserializeOwned> Store<T> {
    /// Opens the state at `path`; where there is no file yet, `initial` makes the first one.
    ///
    /// # Errors
    /// The folder cannot be made, the file cannot be read or written, or it holds another shape.
    pub fn open(path: PathBuf, initial: impl FnOnce() -> T) -> anyhow::Result<Self> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))?;
        }
        let state = if path.try_exists()? {
            load(&path)?
        } else {
            let state = initial();
            save(&path, &state)?;
            state
        };
        Ok(Self { path, state: Mutex::new(state) })
    }

    /// Looks at the state. Keep it short: everybody else waits.
    pub fn read<R>(&self, f: impl FnOnce(&T) -> R) -> R {
        f(&self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the state; the change is in the file before this returns.
    ///
    /// # Errors
    /// The file cannot be written. The change is then taken back where the old file can be read.
    pub fn write<R>(&self, f: impl FnOnce(&mut T) -> R) -> anyhow::Result<R> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = f(&mut state);
        if let Err(error) = save(&self.path, &*state) {
            *state = load(&self.path).context(format!("{error:#}; and the old state is lost"))?;
            return Err(error);
        }
        Ok(answer)
    }
}

fn load<T: DeserializeOwned>(path: &Path) -> anyhow::Result<T> {
    let bytes = fs::read(path).with_context(|| format!("read {}", path.display()))?;
    serde_json::from_slice(&bytes).with_context(|| format!("understand {}", path.display()))
}

fn save<T: Serialize>(path: &Path, state: &T) -> anyhow::Result<()> {
    let beside = path.with_extension("json.new");
    let bytes = serde_json::to_vec(state).context("write the state as JSON")?;
    fs::write(&beside, bytes).with_context(|| format!("write {}", beside.display()))?;
    fs::rename(&beside, path).with_context(|| format!("rename to {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_there_after_opening_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deep/state.json");
        let store = Store::open(path.clone(), || vec![1]).unwrap();
        assert_eq!(
            store
                .write(|all| {
                    all.push(2);
                    all.len()
                })
                .unwrap(),
            2
        );
        drop(store);
        let again = Store::open(path, || vec![9]).unwrap();
        assert_eq!(again.read(Clone::clone), vec![1, 2]);
    }

    #[test]
    fn a_change_that_cannot_be_written_is_taken_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state.json");
        let store = Store::open(path.clone(), || vec![1]).unwrap();
        fs::create_dir(path.with_extension("json.new")).unwrap();
        assert!(store.write(|all| all.push(2)).is_err());
        assert_eq!(store.read(Clone::clone), vec![1]);
    }

    #[test]
    fn a_file_of_another_shape_is_refused_with_its_name() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state.json");
        fs::write(&path, b"{}").unwrap();
        let error = Store::<Vec<u8>>::open(path, Vec::new).err().unwrap();
        assert!(format!("{error:#}").contains("state.json"), "{error:#}");
    }
}
