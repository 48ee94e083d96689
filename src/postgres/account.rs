//! The system account that runs the server: PostgreSQL refuses root, so root hands over to the
//! account `postgres`; anybody else runs it as themselves.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;

use anyhow::{Context, Result};

/// User and group that the server's files belong to and its processes run as.
#[derive(Clone, Copy, Debug)]
pub(super) struct Account {
    pub uid: u32,
    pub gid: u32,
}

/// The account to switch to, or `None` when the server runs as whoever runs the program.
///
/// # Errors
/// When the program runs as root and the machine has no `postgres` account.
pub(super) fn of_the_server() -> Result<Option<Account>> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let known = fs::read_to_string("/etc/passwd").context("cannot read the list of accounts")?;
    let account = find_account(&known, "postgres").context(
        "running as root, and there is no account `postgres` to run the database as: install the \
         package `postgresql` (it creates the account), run as another user, or set DATABASE_URL",
    )?;
    Ok(Some(account))
}

/// Lets the server's account pass through `folder` (not list it) on the way to its own files.
/// Does nothing unless the program runs as root. Call it only on folders of the program's own.
///
/// # Errors
/// When there is no account to run the server as, or the folder cannot be changed.
pub fn let_server_pass(folder: &Path) -> Result<()> {
    match of_the_server()? {
        Some(account) => let_pass(folder, account),
        None => Ok(()),
    }
}

pub(super) fn let_pass(folder: &Path, account: Account) -> Result<()> {
    if may_pass(folder, account)? {
        return Ok(());
    }
    let mode = fs::metadata(folder)?.permissions().mode();
    chown(folder, None, Some(account.gid))
        .and_then(|()| fs::set_permissions(folder, fs::Permissions::from_mode(mode | 0o010)))
        .with_context(|| format!("cannot let the database's account into {}", folder.display()))
}

/// Whether the account may pass through every folder from `/` down to `folder` itself.
pub(super) fn may_reach(folder: &Path, account: Account) -> Result<bool> {
    for ancestor in folder.ancestors() {
        if !may_pass(ancestor, account)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn may_pass(folder: &Path, account: Account) -> Result<bool> {
    let about = fs::metadata(folder)
        .with_context(|| format!("cannot look at the folder {}", folder.display()))?;
    let bit = if about.uid() == account.uid {
        0o100
    } else if about.gid() == account.gid {
        0o010
    } else {
        0o001
    };
    Ok(about.mode() & bit != 0)
}

fn find_account(passwd: &str, wanted: &str) -> Option<Account> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next()? != wanted {
            return None;
        }
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        Some(Account { uid, gid })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_account_by_its_whole_name() {
        let passwd = "root:x:0:0:root:/root:/bin/bash\n\
                      postgres-exporter:x:7:8::/:/bin/false\n\
                      postgres:x:101:104:PostgreSQL:/var/lib/postgresql:/bin/bash\n";
        let account = find_account(passwd, "postgres").unwrap();
        assert_eq!((account.uid, account.gid), (101, 104));
        assert!(find_account(passwd, "postgre").is_none());
    }

    #[test]
    fn a_folder_lets_pass_whom_its_mode_names() {
        let folder = tempfile::tempdir().unwrap();
        let owner = fs::metadata(folder.path()).unwrap().uid();
        let stranger = Account { uid: owner + 1, gid: u32::MAX - 1 };
        let mode = |bits| {
            fs::set_permissions(folder.path(), fs::Permissions::from_mode(bits)).unwrap();
        };
        mode(0o700);
        assert!(may_pass(folder.path(), Account { uid: owner, gid: 1 }).unwrap());
        assert!(!may_pass(folder.path(), stranger).unwrap());
        mode(0o711);
        assert!(may_pass(folder.path(), stranger).unwrap());
    }
}
