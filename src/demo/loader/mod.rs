//! Fills an empty database with the demo program, by the operations that people use.
//!
//! People, order and words are those of the content, so every load makes the same program. Dates
//! are those of the load: nothing is written behind the operations' backs. A step that fails ends
//! the load with the step's name; nothing is skipped.

mod acts;
mod applications;
mod cast;
mod deals;
mod founding;
mod letters;
mod listings;
mod offers;
mod organizations;
mod step;
mod till;

use super::actor::Stage;
use super::content::Content;
use crate::http_client;
use anyhow::{Result, bail};
use api::app::App;
use api::identity;
use api::platform::db::Scope;
use api::platform::jobs;
use deals::Theatre;
use std::time::Duration;
use step::Step;

/// Whether nobody runs a program here: what the loader wants.
///
/// # Errors
/// The database does not answer.
pub async fn is_empty(app: &App) -> Result<bool> {
    let mut tx = app.db.read(Scope::GLOBAL).await?;
    Ok(identity::programs(&mut tx).await?.is_empty())
}

/// Whether the demo program is one of those that run here.
///
/// # Errors
/// The database does not answer.
pub async fn is_loaded(app: &App, content: &Content) -> Result<bool> {
    let mut tx = app.db.read(Scope::GLOBAL).await?;
    let programs = identity::programs(&mut tx).await?;
    Ok(programs.iter().any(|(slug, _)| *slug == content.program.vendor.slug))
}

/// Loads everything, telling how far it is. The program must be serving already: payments become
/// true only by messages that arrive at it.
///
/// # Errors
/// Names the step that failed.
pub async fn load(app: &App, content: &Content, say: &dyn Fn(&str)) -> Result<()> {
    let step = Step::new(say);
    let mut cast = founding::found(app, content, &step).await?;
    organizations::add(app, content, &mut cast, &step).await?;
    let listings = listings::publish(app, content, &cast, &step).await?;
    applications::send(app, content, &mut cast, &step).await?;
    let client = http_client::local()?;
    let stage =
        Stage { client: client.clone(), site: app.site.base.clone(), run: "demo".to_owned() };
    till::onboard_all(app, content, &cast, (&client, &step)).await?;
    let theatre = Theatre { app, content, cast: &cast, listings: &listings, client: &client };
    deals::play_bookings(theatre, &step).await?;
    // What experts have proven is written by jobs, and the matches of briefs go by it.
    settle(app).await?;
    let posted = offers::post_all(app, content, &cast, &step).await?;
    let at_work = deals::play_answers(theatre, &posted, &step).await?;
    letters::sign_all(app, content, &cast, (&at_work, &stage, &step)).await?;
    step.tell("the last mails");
    settle(app).await
}

/// Waits until no job is due or running.
async fn settle(app: &App) -> Result<()> {
    for _ in 0..PATIENCE.as_secs() * 10 {
        let mut tx = app.db.read(Scope::GLOBAL).await?;
        let backlog = jobs::backlog(&mut tx).await?;
        drop(tx);
        if backlog.due + backlog.running == 0 {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    bail!("jobs are still due after {} seconds", PATIENCE.as_secs())
}

/// How long jobs may take that follow a part of the load.
const PATIENCE: Duration = Duration::from_secs(120);
