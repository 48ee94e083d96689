//! Finding the server's programs, and running them as the right account in a clean environment.

use std::env;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use super::account::Account;

/// Where Debian's packages put each version: `15/bin` and so on.
const PACKAGED: &str = "/usr/lib/postgresql";

/// A folder with `initdb` and `postgres`, and the account to run them as.
#[derive(Clone, Debug)]
pub(super) struct Programs {
    folder: PathBuf,
    account: Option<Account>,
}

impl Programs {
    /// Looks in `hint`, `PG_BIN`, the newest packaged version and `PATH`, in this order. A cluster
    /// that exists can be run by its own major version only, which `version` then names.
    ///
    /// # Errors
    /// Names what to install when nothing is found.
    pub fn find(
        hint: Option<&Path>,
        account: Option<Account>,
        version: Option<&str>,
    ) -> Result<Programs> {
        let found: Vec<PathBuf> = candidates(hint).into_iter().filter(|f| is_complete(f)).collect();
        let Some(first) = found.first() else {
            bail!(
                "no PostgreSQL server programs found: install the package `postgresql`, name \
                 their folder in PG_BIN, or set DATABASE_URL to use a server you already have"
            );
        };
        let folder = match version {
            None => first.clone(),
            Some(version) => found
                .into_iter()
                .find(|folder| major_version(folder).as_deref() == Some(version))
                .with_context(|| {
                    format!(
                        "the data was made by PostgreSQL {version}, and no programs of that \
                         version are found: install the package `postgresql-{version}`, or name \
                         their folder in PG_BIN"
                    )
                })?,
        };
        Ok(Programs { folder, account })
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn account(&self) -> Option<Account> {
        self.account
    }

    /// A command that runs `program` as the server's account: in the C locale (its messages are
    /// read), and without the settings that PostgreSQL would take from our environment.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.folder.join(program));
        if let Some(account) = self.account {
            // As root this also clears the supplementary groups.
            command.uid(account.uid).gid(account.gid);
        }
        for (name, _) in env::vars_os() {
            if name.to_string_lossy().starts_with("PG") {
                command.env_remove(name);
            }
        }
        command.current_dir("/").stdin(Stdio::null()).env("LC_ALL", "C");
        command
    }
}

fn candidates(hint: Option<&Path>) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = hint.map(Path::to_owned).into_iter().collect();
    folders.extend(env::var_os("PG_BIN").map(PathBuf::from));
    let packaged = fs::read_dir(PACKAGED).into_iter().flatten().flatten();
    folders.extend(newest_first(packaged.map(|entry| entry.path()).collect()));
    folders.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
    folders
}

fn newest_first(mut versions: Vec<PathBuf>) -> impl Iterator<Item = PathBuf> {
    let number = |folder: &PathBuf| -> Option<u32> { folder.file_name()?.to_str()?.parse().ok() };
    versions.sort_by_key(|folder| std::cmp::Reverse(number(folder)));
    versions.into_iter().map(|folder| folder.join("bin"))
}

fn is_complete(folder: &Path) -> bool {
    folder.join("initdb").exists() && folder.join("postgres").exists()
}

/// The major version as `PG_VERSION` in a data directory spells it: `15`. A packaged one shows in
/// the folder's name, which spares every command that joins a running server a process.
fn major_version(folder: &Path) -> Option<String> {
    if let Some(packaged) = folder.strip_prefix(PACKAGED).ok().and_then(Path::parent) {
        return Some(packaged.to_str()?.to_owned());
    }
    let said = Command::new(folder.join("postgres")).arg("--version").output().ok()?;
    let said = String::from_utf8(said.stdout).ok()?;
    let number = said.split_whitespace().find(|word| word.starts_with(char::is_numeric))?;
    Some(number.chars().take_while(char::is_ascii_digit).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_packaged_version_comes_first_by_number() {
        let found = ["/p/9", "/p/15", "/p/README", "/p/17"].map(PathBuf::from).to_vec();
        let sorted: Vec<_> = newest_first(found).collect();
        let expected = ["/p/17/bin", "/p/15/bin", "/p/9/bin", "/p/README/bin"].map(PathBuf::from);
        assert_eq!(sorted, expected);
    }

    #[test]
    fn a_version_nobody_has_is_named_with_its_package() {
        let folder = tempfile::tempdir().unwrap();
        for program in ["initdb", "postgres"] {
            fs::write(folder.path().join(program), "").unwrap();
        }
        let refused = Programs::find(Some(folder.path()), None, Some("8")).unwrap_err();
        assert!(refused.to_string().contains("`postgresql-8`"), "{refused}");
    }
}
