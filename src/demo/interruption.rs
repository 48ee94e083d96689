//! A load that was cut off: half a program helps nobody, so the next start begins again.
//!
//! A mark in the data folder stands from the first step of a load to its last.

use crate::data_folder::DataFolder;
use anyhow::{Context, Result};
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::PathBuf;

/// The mark. Dropped, it stays; only [`Loading::done`] takes it away.
pub struct Loading(PathBuf);

impl Loading {
    /// Whether the last load on this folder did not come to its end.
    pub fn was_interrupted(folder: &DataFolder) -> bool {
        mark(folder).exists()
    }

    /// # Errors
    /// The mark cannot be written.
    pub fn begin(folder: &DataFolder) -> Result<Self> {
        let mark = mark(folder);
        let file =
            File::create(&mark).with_context(|| format!("cannot write {}", mark.display()))?;
        file.sync_all()?;
        Ok(Self(mark))
    }

    /// # Errors
    /// The mark cannot be removed.
    pub fn done(self) -> Result<()> {
        fs::remove_file(&self.0).with_context(|| format!("cannot remove {}", self.0.display()))
    }
}

/// Removes what an interrupted load left beside the database, and its mark.
///
/// # Errors
/// Something cannot be removed.
pub fn clear(folder: &DataFolder) -> Result<()> {
    for left in ["sandbox", "files"] {
        let path = folder.path().join(left);
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("cannot remove {}", path.display()));
            }
            _ => {}
        }
    }
    Loading(mark(folder)).done()
}

fn mark(folder: &DataFolder) -> PathBuf {
    folder.path().join("demo.loading")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_load_that_was_cut_off_is_known_until_it_is_cleared() {
        let parent = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(&parent.path().join("data")).unwrap();
        Loading::begin(&folder).unwrap().done().unwrap();
        assert!(!Loading::was_interrupted(&folder));
        drop(Loading::begin(&folder).unwrap());
        fs::create_dir(folder.path().join("sandbox")).unwrap();
        assert!(Loading::was_interrupted(&folder));
        clear(&folder).unwrap();
        assert!(!Loading::was_interrupted(&folder));
        assert!(!folder.path().join("sandbox").exists());
    }
}
