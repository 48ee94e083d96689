//! The whole story, from an application to the reviews, played over HTTP against a running program
//! by the people who would do it. It uses nothing that they could not use.
//!
//! Every run brings a new consultant and a new customer, named after the moment it began, so it
//! may be played again and again on the same database. It ends with the first step that did not
//! go as it must, and shows what was asked and answered.

mod joining;
mod mailbox;
mod places;
mod telling;

pub use places::{Places, Staff};

use super::actor::Stage;
use crate::http_client;
use anyhow::Result;
use chrono::{DateTime, Utc};
use telling::Telling;

/// Plays everything, telling each step with its ids and its money.
///
/// # Errors
/// The step that did not go as it must, with what was asked and answered.
pub async fn play(
    places: &Places,
    staff: &Staff,
    began: DateTime<Utc>,
    say: &dyn Fn(&str),
) -> Result<()> {
    let run = began.format("%y%m%d-%H%M%S").to_string();
    let stage = Stage { client: http_client::local()?, site: places.site.clone(), run };
    let telling = Telling::new(say, CHAPTERS);
    let scene = Scene { places, staff, stage, telling };
    joining::play(&scene).await?;
    Ok(())
}

const CHAPTERS: usize = 9;

/// What every chapter needs.
pub(crate) struct Scene<'a> {
    places: &'a Places,
    staff: &'a Staff,
    stage: Stage,
    telling: Telling<'a>,
}

impl Scene<'_> {
    /// The number of this run, as it stands in names and addresses.
    fn run(&self) -> &str {
        &self.stage.run
    }
}
