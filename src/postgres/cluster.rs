//! The first start: the cluster, its roles and its database.
//!
//! All of it is built under another name and renamed when it is complete, so that a first start
//! that was interrupted anywhere simply begins again.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::{Output, Stdio};

use anyhow::{Context, Result, bail};

use super::place::{Place, folder_of};
use super::programs::Programs;
use super::{DATABASE, Durability, Role};

/// Creates the cluster unless it is there. The caller holds the turn.
///
/// # Errors
/// With what `initdb` or the server said.
pub(super) fn create_if_absent(
    place: &Place,
    programs: &Programs,
    durability: Durability,
) -> Result<()> {
    if place.data.exists() {
        return Ok(());
    }
    let unfinished = place.unfinished_data();
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished)
            .with_context(|| format!("cannot remove {}", unfinished.display()))?;
    }
    folder_of(&unfinished, programs.account())?;
    init(&unfinished, programs, durability)?;
    run_sql(&unfinished, programs, "postgres", &roles_and_database())?;
    run_sql(&unfinished, programs, DATABASE, &schema_rights())?;
    fs::rename(&unfinished, &place.data).context("cannot put the new cluster in its place")?;
    if durability == Durability::Durable
        && let Some(home) = place.data.parent()
    {
        File::open(home)?.sync_all().context("cannot flush the new cluster's folder")?;
    }
    Ok(())
}

fn init(folder: &Path, programs: &Programs, durability: Durability) -> Result<()> {
    let mut command = programs.command("initdb");
    command.arg("-D").arg(folder).args(["-U", Role::Bootstrap.name()]).args([
        "--auth-local=trust",
        "--auth-host=reject",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--data-checksums",
        "--no-instructions",
    ]);
    if durability == Durability::Throwaway {
        command.arg("--no-sync");
    }
    succeed("initdb", &command.output().context("cannot run initdb")?)
}

/// The roles serve without a password: the socket's folder is the only way in, and its mode keeps
/// everybody else out.
fn roles_and_database() -> String {
    let (owner, app, read) = (Role::Owner.name(), Role::App.name(), Role::Read.name());
    format!(
        "CREATE ROLE {owner} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;\n\n\
         CREATE ROLE {app} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;\n\n\
         CREATE ROLE {read} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE BYPASSRLS;\n\n\
         CREATE DATABASE {DATABASE} OWNER {owner};\n\n"
    )
}

fn schema_rights() -> String {
    let owner = Role::Owner.name();
    format!(
        "ALTER SCHEMA public OWNER TO {owner};\n\n\
         REVOKE CREATE ON SCHEMA public FROM PUBLIC;\n\n"
    )
}

/// Runs statements in the server's single-user mode, which needs no socket and no client. With
/// `-j` a statement ends at a semicolon followed by an empty line.
fn run_sql(folder: &Path, programs: &Programs, database: &str, sql: &str) -> Result<()> {
    let mut child = programs
        .command("postgres")
        .args(["--single", "-j", "-c", "exit_on_error=true", "-D"])
        .arg(folder)
        .arg(database)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("cannot run postgres")?;
    let written = child.stdin.take().context("no input")?.write_all(sql.as_bytes());
    let output = child.wait_with_output().context("cannot wait for postgres")?;
    succeed("setting up the roles and the database", &output)?;
    written.context("postgres did not read its statements")
}

fn succeed(what: &str, output: &Output) -> Result<()> {
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    bail!("{what} failed ({}): {}", output.status, said.trim())
}
