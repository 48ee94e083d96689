//! `attache jobs`: the jobs that were given up or fail again and again, and starting one again.

use anyhow::{Context, Result, bail};
use api::kernel::id::JobId;
use api::platform::clock::Clock;
use api::platform::db::{Db, Scope};
use api::platform::jobs;
use std::process::ExitCode;

#[derive(clap::Args)]
pub struct Arguments {
    /// Put this dead job back at the head of the queue
    #[arg(long, value_name = "JOB")]
    restart: Option<String>,
}

pub async fn run(arguments: Arguments) -> Result<ExitCode> {
    let url = std::env::var("DATABASE_URL").context("DATABASE_URL is not set")?;
    let db = Db::open(&url, 1).await?;
    match arguments.restart {
        Some(job) => restart(&db, &job).await?,
        None => list(&db).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(db: &Db) -> Result<()> {
    let mut tx = db.read(Scope::GLOBAL).await?;
    let backlog = jobs::backlog(&mut tx).await?;
    println!(
        "{} due, {} waiting, {} running, {} dead, {} failing",
        backlog.due, backlog.waiting, backlog.running, backlog.dead, backlog.failing
    );
    for job in jobs::dead_jobs(&mut tx, 100).await? {
        let error = job.last_error.unwrap_or_default();
        let again = if job.state == "dead" { "" } else { ", tried again" };
        println!("{} {} after {} attempts{again}: {error}", job.id, job.kind, job.attempts);
    }
    Ok(())
}

async fn restart(db: &Db, job: &str) -> Result<()> {
    let id = JobId::parse(job).context("that is no job id")?;
    let mut tx = db.write(Scope::GLOBAL).await?;
    if !jobs::restart_dead(&mut tx, id, Clock::system().now()).await? {
        bail!("there is no dead job {id}");
    }
    tx.commit().await?;
    println!("{id} is queued again");
    Ok(())
}
