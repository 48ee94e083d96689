//! The folder that holds everything an installation must keep: the private database, the secret
//! key, and where the running program answers. One program at a time serves from it; others
//! (`doctor`, `demo`, `ledger`) attach.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, DirBuilder, File, TryLockError};
use std::io::{ErrorKind, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};

use crate::postgres;

/// Where the folder is when nobody names one, relative to the working directory.
pub const DEFAULT: &str = ".data";

/// A data folder that exists and that nobody else may read.
#[derive(Clone, Debug)]
pub struct DataFolder {
    path: PathBuf,
}

impl DataFolder {
    /// Opens the folder, and creates it (with mode 0700) when it is missing.
    ///
    /// # Errors
    /// When it cannot be created, belongs to another account, or others may read it: an existing
    /// folder is never changed, since it could be somebody's home.
    pub fn open(path: &Path) -> Result<DataFolder> {
        let shown = path.display();
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .with_context(|| format!("cannot create the data folder {shown}"))?;
        let path = path.canonicalize()?;
        let about = fs::metadata(&path)?;
        ensure!(
            about.uid() == rustix::process::geteuid().as_raw(),
            "the data folder {shown} belongs to another account: name one of your own with --data"
        );
        ensure!(
            about.mode() & 0o067 == 0,
            "others may read the data folder {shown}: name a folder that does not exist yet with \
             --data, or close this one with `chmod 700 {shown}`"
        );
        Ok(DataFolder { path })
    }

    /// Opens a folder that a program has served from, to attach to it.
    ///
    /// # Errors
    /// As [`DataFolder::open`]; or there is none, and none is made.
    pub fn existing(path: &Path) -> Result<DataFolder> {
        let shown = path.display();
        ensure!(
            path.join("serve.lock").exists(),
            "{shown} is no data folder: start `attache up`, or name another with --data"
        );
        DataFolder::open(path)
    }

    /// The folder, absolute.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder for the private database, which the database's account can reach.
    ///
    /// # Errors
    /// When the program runs as root and there is no account to run the database as.
    pub fn postgres_root(&self) -> Result<PathBuf> {
        postgres::let_server_pass(&self.path)?;
        Ok(self.path.join("postgres"))
    }

    /// The key that seals secrets at rest; made of the system's randomness by the first call, the
    /// same for ever after.
    ///
    /// # Errors
    /// When the file cannot be made or read, has another length, or others may read it.
    pub fn secret_key(&self) -> Result<SecretKey> {
        let path = self.path.join("secret.key");
        if !path.exists() {
            self.make_secret_key(&path).context("cannot make the secret key")?;
        }
        let shown = path.display();
        let mut file = File::open(&path).with_context(|| format!("cannot read {shown}"))?;
        let about = file.metadata()?;
        ensure!(about.mode() & 0o077 == 0, "others may read {shown}: close it with chmod 600");
        ensure!(about.len() == 32, "{shown} is damaged: it must have 32 bytes");
        let mut key = [0; 32];
        file.read_exact(&mut key).with_context(|| format!("cannot read {shown}"))?;
        Ok(SecretKey(key))
    }

    /// Takes the folder for serving, until the returned guard is dropped or the process ends.
    ///
    /// # Errors
    /// When another process serves from it; the message names that process.
    pub fn serve(&self) -> Result<Serving> {
        let mut lock = self.serve_lock()?;
        let shown = self.path.display();
        match patiently(&lock) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                lock.read_to_string(&mut holder)?;
                let holder = holder.trim();
                bail!(
                    "process {holder} already serves from the data folder {shown}: stop it, or \
                     name another folder with --data"
                );
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("cannot lock the data folder {shown}"));
            }
        }
        lock.set_len(0)?;
        lock.rewind()?;
        writeln!(lock, "{}", process::id())?;
        Ok(Serving { folder: self.clone(), _lock: lock })
    }

    /// Where the program that serves from this folder answers, or `None` when none is ready.
    /// What a killed program left behind counts as none.
    ///
    /// # Errors
    /// When the file is there and cannot be understood.
    pub fn addresses(&self) -> Result<Option<Addresses>> {
        let nobody_serves = match self.serve_lock()?.try_lock_shared() {
            Ok(()) => true,
            Err(TryLockError::WouldBlock) => false,
            Err(TryLockError::Error(error)) => return Err(error.into()),
        };
        if nobody_serves {
            return Ok(None);
        }
        let path = self.addresses_path();
        match fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text)
                .map(Some)
                .with_context(|| format!("cannot understand {}", path.display())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    fn addresses_path(&self) -> PathBuf {
        self.path.join("addresses.json")
    }

    fn serve_lock(&self) -> Result<File> {
        let path = self.path.join("serve.lock");
        File::options()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .mode(0o600)
            .open(&path)
            .with_context(|| format!("cannot open {}", path.display()))
    }

    /// Of several processes that make the key at once, one wins and the others take its key.
    fn make_secret_key(&self, path: &Path) -> Result<()> {
        let mut key = [0; 32];
        File::open("/dev/urandom")?.read_exact(&mut key)?;
        let fresh = unused_beside(path);
        write_private(&fresh, &key)?;
        let linked = fs::hard_link(&fresh, path);
        fs::remove_file(&fresh)?;
        match linked {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error.into()),
            _ => Ok(File::open(&self.path)?.sync_all()?),
        }
    }
}

/// Who only looks whether somebody serves holds the lock for an instant.
fn patiently(lock: &File) -> Result<(), TryLockError> {
    for _ in 0..10 {
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(30)),
            taken_or_failed => return taken_or_failed,
        }
    }
    lock.try_lock()
}

/// The right to serve from a data folder; held by one process at a time.
#[derive(Debug)]
pub struct Serving {
    folder: DataFolder,
    _lock: File,
}

impl Serving {
    /// Tells the other commands where the program answers; to be called when it does.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn publish(&self, addresses: &Addresses) -> Result<()> {
        let path = self.folder.addresses_path();
        let fresh = unused_beside(&path);
        let text = serde_json::to_vec_pretty(addresses)?;
        write_private(&fresh, &text)
            .and_then(|()| Ok(fs::rename(&fresh, &path)?))
            .with_context(|| format!("cannot write {}", path.display()))
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        match fs::remove_file(self.folder.addresses_path()) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                tracing::warn!(%error, "cannot remove addresses.json");
            }
            _ => {}
        }
    }
}

/// Where a running program answers. It holds no secret: whoever may read the folder may read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addresses {
    /// The process that serves.
    pub pid: u32,
    /// The base address of the pages and the API.
    pub site: String,
    /// Other parts by name (`mail`, `payments`), with their base addresses.
    #[serde(default)]
    pub others: BTreeMap<String, String>,
}

/// Thirty-two random bytes that never appear in logs, errors or `Debug` output.
#[derive(Clone)]
pub struct SecretKey([u8; 32]);

impl SecretKey {
    /// The bytes, for a cipher's key and nothing else.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(..)")
    }
}

/// A name that no other process or thread uses.
fn unused_beside(path: &Path) -> PathBuf {
    static USED: AtomicU64 = AtomicU64::new(0);
    let number = USED.fetch_add(1, Ordering::Relaxed);
    path.with_extension(format!("{}-{number}.new", process::id()))
}

fn write_private(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut file =
        File::options().create(true).truncate(true).write(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    Ok(file.sync_all()?)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn folder() -> (tempfile::TempDir, DataFolder) {
        let parent = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(&parent.path().join(DEFAULT)).unwrap();
        (parent, folder)
    }

    #[test]
    fn a_new_folder_is_private_and_an_open_one_is_refused_unchanged() {
        let (parent, folder) = folder();
        assert!(DataFolder::existing(&parent.path().join("other")).is_err());
        assert!(!parent.path().join("other").exists());
        let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
        assert_eq!(mode(folder.path()), 0o700);
        fs::set_permissions(parent.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let refused = DataFolder::open(parent.path()).unwrap_err();
        assert!(refused.to_string().contains("others may read"), "{refused}");
        assert_eq!(mode(parent.path()), 0o755);
    }

    #[test]
    fn the_secret_key_stays_the_same_and_is_never_shown() {
        let (_parent, folder) = folder();
        let key = folder.secret_key().unwrap();
        assert_eq!(key.expose(), folder.secret_key().unwrap().expose());
        assert_ne!(key.expose(), &[0; 32]);
        assert_eq!(format!("{key:?}"), "SecretKey(..)");
        let path = folder.path().join("secret.key");
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(folder.secret_key().is_err());
    }

    #[test]
    fn threads_that_make_the_key_at_once_agree_on_one() {
        let (_parent, folder) = folder();
        let keys: Vec<[u8; 32]> = std::thread::scope(|scope| {
            let makers: Vec<_> =
                (0..8).map(|_| scope.spawn(|| *folder.secret_key().unwrap().expose())).collect();
            makers.into_iter().map(|maker| maker.join().unwrap()).collect()
        });
        assert!(keys.iter().all(|key| key == &keys[0]));
    }

    #[test]
    fn addresses_live_as_long_as_the_program_that_published_them() {
        let (_parent, folder) = folder();
        let addresses = Addresses {
            pid: process::id(),
            site: "http://127.0.0.1:4000".to_owned(),
            others: BTreeMap::from([("mail".to_owned(), "http://127.0.0.1:4001".to_owned())]),
        };
        let serving = folder.serve().unwrap();
        assert_eq!(folder.addresses().unwrap(), None);
        serving.publish(&addresses).unwrap();
        assert_eq!(folder.addresses().unwrap(), Some(addresses.clone()));
        let left_behind = fs::read(folder.addresses_path()).unwrap();
        drop(serving);
        assert!(!folder.addresses_path().exists());
        fs::write(folder.addresses_path(), left_behind).unwrap();
        assert_eq!(folder.addresses().unwrap(), None, "nobody serves any more");
    }
}
