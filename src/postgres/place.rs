//! Where a private server keeps its files, and the lock that lets one caller at a time change it.
//!
//! Under the root folder: `data/` (the cluster) and `run/` (the socket), which only the server's
//! account may enter, and `postgres.log`, `turn.lock`, `use.lock`. Two of these may have to lie
//! elsewhere: a socket's path has at most 107 bytes, and the `postgres` account cannot pass
//! through a private folder of root's, such as its home.

use std::fs::{self, DirBuilder, File};
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use super::account::{self, Account};

/// The longest path that a Unix socket address holds, without its closing zero byte.
const SOCKET_PATH_BYTES: usize = 107;
const SOCKET: &str = ".s.PGSQL.5432";

/// The folders of one private server; all absolute.
#[derive(Clone, Debug)]
pub(super) struct Place {
    home: PathBuf,
    pub data: PathBuf,
    pub run: PathBuf,
}

impl Place {
    /// Creates the root folder and decides where the others lie. The one for the socket is made
    /// by [`Place::open_run_folder`], `data` by the first start, when it is complete.
    ///
    /// # Errors
    /// When the root cannot be made, or no path is short enough for a socket.
    pub fn choose(root: &Path, account: Option<Account>) -> Result<Place> {
        let root = private_folder(root)?;
        let home = match account {
            Some(account) => home_within_reach(&root, account)?,
            None => root,
        };
        let run = choose_run_folder(&home, account)?;
        Ok(Place { data: home.join("data"), run, home })
    }

    /// Makes the folder for the socket. The caller holds the turn.
    ///
    /// # Errors
    /// When a folder of the same name belongs to somebody else.
    pub fn open_run_folder(&self, account: Option<Account>) -> Result<()> {
        folder_of(&self.run, account)
    }

    /// Removes the folder for the socket where it lies outside our own. The caller holds the turn
    /// and has stopped the server.
    ///
    /// # Errors
    /// When something else was put into it.
    pub fn close_run_folder(&self) -> Result<()> {
        if self.run.starts_with(&self.home) || !self.run.exists() {
            return Ok(());
        }
        fs::remove_dir(&self.run).with_context(|| format!("cannot remove {}", self.run.display()))
    }

    /// Waits for the turn to start, stop or create the server; dropping the file ends the turn.
    ///
    /// # Errors
    /// When the lock file cannot be opened or locked.
    pub fn take_turn(&self) -> Result<File> {
        let turn = self.lock_file("turn.lock")?;
        turn.lock().context("cannot wait for a turn at the database")?;
        Ok(turn)
    }

    pub fn lock_file(&self, name: &str) -> Result<File> {
        let path = self.home.join(name);
        File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .with_context(|| format!("cannot open {}", path.display()))
    }

    pub fn socket(&self) -> PathBuf {
        self.run.join(SOCKET)
    }

    pub fn log(&self) -> PathBuf {
        self.home.join("postgres.log")
    }

    /// Where the first start builds the cluster before it becomes `data`.
    pub fn unfinished_data(&self) -> PathBuf {
        self.home.join("data.unfinished")
    }

    /// The major version that made the cluster, or `None` before the first start.
    ///
    /// # Errors
    /// When the cluster is there but cannot be read.
    pub fn version(&self) -> Result<Option<String>> {
        let path = self.data.join("PG_VERSION");
        match fs::read_to_string(&path) {
            Ok(version) => Ok(Some(version.trim().to_owned())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }
}

/// Makes `folder` with mode 0700 and gives it to `account`.
///
/// # Errors
/// When the folder exists and is a link, or belongs to anybody but `account` or ourselves.
pub(super) fn folder_of(folder: &Path, account: Option<Account>) -> Result<()> {
    let shown = folder.display();
    if let Err(error) = DirBuilder::new().mode(0o700).create(folder)
        && error.kind() != ErrorKind::AlreadyExists
    {
        return Err(error).with_context(|| format!("cannot create the folder {shown}"));
    }
    let about = fs::symlink_metadata(folder)?;
    let ourselves = rustix::process::geteuid().as_raw();
    let known = about.uid() == ourselves || account.is_some_and(|a| a.uid == about.uid());
    ensure!(about.is_dir() && known, "{shown} is not a folder of the database's account");
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    if let Some(account) = account {
        chown(folder, Some(account.uid), Some(account.gid))
            .with_context(|| format!("cannot give {shown} to the database's account"))?;
    }
    Ok(())
}

fn private_folder(root: &Path) -> Result<PathBuf> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(root)
        .and_then(|()| root.canonicalize())
        .with_context(|| format!("cannot create the folder {}", root.display()))
}

/// The root itself, or, when the server's account cannot get there, a folder of the system's that
/// the link `elsewhere` in the root leads to.
fn home_within_reach(root: &Path, account: Account) -> Result<PathBuf> {
    let link = root.join("elsewhere");
    if let Ok(home) = link.canonicalize() {
        return Ok(home);
    }
    account::let_pass(root, account)?;
    if account::may_reach(root, account)? {
        return Ok(root.to_owned());
    }
    let home = unused_folder(Path::new("/var/lib/attache"))?;
    if fs::symlink_metadata(&link).is_ok() {
        fs::remove_file(&link)?;
    }
    symlink(&home, &link).with_context(|| format!("cannot create {}", link.display()))?;
    let (home_shown, root_shown) = (home.display(), root.display());
    tracing::info!("the database lies in {home_shown}: its account may not enter {root_shown}");
    Ok(home)
}

/// A numbered folder that did not exist before: a reused one could hold somebody's old data.
fn unused_folder(parent: &Path) -> Result<PathBuf> {
    fs::create_dir_all(parent)
        .with_context(|| format!("cannot create the folder {}", parent.display()))?;
    for number in 1..u32::MAX {
        let folder = parent.join(number.to_string());
        match DirBuilder::new().mode(0o711).create(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => {
                let shown = folder.display().to_string();
                return Err(error).context(format!("cannot create the folder {shown}"));
            }
        }
    }
    anyhow::bail!("no number is free in {}", parent.display())
}

/// `run` beside the cluster, or a private folder under the temporary one when the path is too long
/// for a socket or has characters that PostgreSQL's list of socket folders gives a meaning to.
fn choose_run_folder(home: &Path, account: Option<Account>) -> Result<PathBuf> {
    let about = fs::metadata(home)?;
    let short = format!("attache-{:x}-{:x}", about.dev(), about.ino());
    let choices =
        [home.join("run"), std::env::temp_dir().join(&short), Path::new("/tmp").join(&short)];
    for run in choices {
        let within_reach = match (account, run.parent()) {
            (Some(account), Some(parent)) => account::may_reach(parent, account)?,
            _ => true,
        };
        if within_reach && fits_a_socket(&run) {
            return Ok(run);
        }
    }
    anyhow::bail!("no folder with a path short enough for a socket; set TMPDIR to a short one")
}

fn fits_a_socket(run: &Path) -> bool {
    let path = run.join(SOCKET);
    let bytes = path.as_os_str().as_bytes();
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/._-".contains(byte);
    bytes.len() <= SOCKET_PATH_BYTES && bytes.iter().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_path_has_at_most_107_bytes() {
        let longest = format!("/{}", "r".repeat(SOCKET_PATH_BYTES - SOCKET.len() - 2));
        assert!(fits_a_socket(Path::new(&longest)));
        assert!(!fits_a_socket(Path::new(&format!("{longest}r"))));
        assert!(!fits_a_socket(Path::new("/a,b")));
    }

    #[test]
    fn each_fallback_folder_is_new() {
        let parent = tempfile::tempdir().unwrap();
        let first = unused_folder(parent.path()).unwrap();
        let second = unused_folder(parent.path()).unwrap();
        assert_ne!(first, second);
    }

    #[test]
    fn a_link_in_the_place_of_a_folder_is_refused() {
        let parent = tempfile::tempdir().unwrap();
        let link = parent.path().join("run");
        symlink(parent.path(), &link).unwrap();
        assert!(folder_of(&link, None).is_err());
    }
}
