//! Fills an empty database with the demo program, by the operations that people use.
//!
//! People, order and words are those of the content, so every load makes the same program. Dates
//! are those of the load: nothing is written behind the operations' backs. A step that fails ends
//! the load with the step's name; nothing is skipped.

mod applications;
mod cast;
mod founding;
mod listings;
mod organizations;
mod step;

use super::content::Content;
use anyhow::Result;
use api::app::App;
use api::identity;
use api::platform::db::Scope;
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
    let _listings = listings::publish(app, content, &cast, &step).await?;
    applications::send(app, content, &mut cast, &step).await?;
    Ok(())
}
