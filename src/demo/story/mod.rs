//! The whole story, from an application to the reviews, played over HTTP against a running program
//! by the people who would do it. It uses nothing that they could not use.
//!
//! Every run brings a new consultant, reseller and customer, named after the moment it began, so
//! it may be played again and again on the same database. It ends with the first step that did not
//! go as it must, and shows what was asked and answered.

mod access;
mod closing;
mod contracting;
mod delivering;
mod earning;
mod funding;
mod joining;
mod mailbox;
mod matching;
mod offering;
mod places;
mod reviewing;
mod telling;
mod working;

pub use places::{Places, Staff};

use super::actor::{Actor, Stage};
use crate::http_client;
use anyhow::Result;
use chrono::{DateTime, Utc};
use contracting::{Deal, Sides};
use telling::Telling;

/// The skill that the brief asks for and the consultant has; the program's taxonomy must know it.
const SKILL: &str = "nurture-design";

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
    let scene = Scene { places, staff, stage, telling, began };
    let mut cast = gather(&scene).await?;
    let deal = agree(&scene, &mut cast).await?;
    work(&scene, &deal, &mut cast).await?;
    scene.telling.end();
    Ok(())
}

const CHAPTERS: usize = 10;

/// What every chapter needs.
struct Scene<'a> {
    places: &'a Places,
    staff: &'a Staff,
    stage: Stage,
    telling: Telling<'a>,
    began: DateTime<Utc>,
}

impl Scene<'_> {
    /// The number of this run, as it stands in names and addresses.
    fn run(&self) -> &str {
        &self.stage.run
    }

    /// The password of everybody who signs up in this run.
    fn password(&self) -> String {
        format!("a long walk {}", self.run())
    }
}

/// Everybody who takes part.
struct Cast {
    manager: Actor,
    finance: Actor,
    consultant: Actor,
    reseller: Actor,
    customer: Actor,
    offered: offering::Offered,
}

/// Everybody joins, is let in and can be paid.
async fn gather(scene: &Scene<'_>) -> Result<Cast> {
    scene.telling.chapter("A consultant and a reseller join the program");
    let mut manager = joining::enter(scene).await?;
    let mut consultant = joining::consultant(scene, &mut manager).await?;
    let mut reseller = joining::reseller(scene, &mut manager).await?;
    scene.telling.chapter("A package is offered, and everybody can be paid");
    let offered = offering::play(scene, &mut consultant).await?;
    let staff = scene.staff;
    let mut finance = Actor::sign_in(&scene.stage, &staff.finance, &staff.password).await?;
    offering::be_paid(scene, &mut consultant, ("Halden Studio GmbH", "DE")).await?;
    offering::be_paid(scene, &mut reseller, ("Kanaal Partners BV", "NL")).await?;
    offering::be_paid(scene, &mut finance, ("Larkfield AB", "SE")).await?;
    scene.telling.chapter("A customer describes a need and gets a proposal");
    let industry = &offered.words.industry;
    let customer = joining::customer(scene, (&mut manager, &mut reseller), industry).await?;
    Ok(Cast { manager, finance, consultant, reseller, customer, offered })
}

/// From the brief to the signed statement of work.
async fn agree(scene: &Scene<'_>, cast: &mut Cast) -> Result<Deal> {
    let Cast { manager, consultant, customer, offered, .. } = cast;
    let proposal = matching::play(scene, customer, consultant, offered).await?;
    scene.telling.chapter("Both sides agree on the work");
    contracting::play(scene, Sides { customer, consultant, manager }, &proposal).await
}

/// From the first payment to the reviews.
async fn work(scene: &Scene<'_>, deal: &Deal, cast: &mut Cast) -> Result<()> {
    let Cast { finance, consultant, reseller, customer, .. } = cast;
    let [first, second] = deal.milestones.as_slice() else {
        anyhow::bail!("{} has {} milestones instead of 2", deal.number, deal.milestones.len());
    };
    scene.telling.chapter("The first milestone is funded");
    funding::fund(scene, deal, first, customer).await?;
    scene.telling.chapter("The customer signs a letter of access");
    let letter = access::grant(scene, deal, (customer, consultant)).await?;
    scene.telling.chapter("The consultant works in the customer's account");
    working::play(scene, &letter, customer).await?;
    scene.telling.chapter("Work is delivered, accepted and paid");
    delivering::first(scene, deal, first, (customer, consultant)).await?;
    earning::transferred(scene, first, customer).await?;
    funding::fund(scene, deal, second, customer).await?;
    delivering::plainly(scene, deal, second, (customer, consultant)).await?;
    earning::transferred(scene, second, customer).await?;
    let parties = &mut [&mut *consultant, &mut *finance, reseller, &mut *customer];
    earning::statements(scene, deal, parties).await?;
    scene.telling.chapter("The work ends, and both sides say how it was");
    closing::end_access(scene, deal, &letter, customer).await?;
    reviewing::play(scene, deal, customer, consultant).await?;
    closing::check(scene, deal, &letter).await
}
