//! Which feature reacts to which event: one table.
//!
//! A reaction runs in the event's own vendor transaction, together with the end of its job, so it
//! happens exactly once. Reactions write rows; what must reach the outside they leave as jobs.

use crate::app::App;
use crate::engagements::{self, Whom};
use crate::notices::{self, News};
use crate::outside::mail;
use crate::platform::caller::Role;
use crate::platform::db::Tx;
use crate::platform::jobs::event::Event;
use crate::platform::jobs::{Registry, with_reactions};
use crate::platform::refusal::Result;

/// Who decides for a customer or partner.
const LEADS: &[Role] = &[Role::Owner, Role::Admin];

/// Every kind of job this program carries out.
pub fn registry() -> Registry<App> {
    let registry = Registry::default()
        .outside(mail::JOB_KIND, |app: &App, job| Box::pin(mail::deliver(&*app.mailer, job)))
        .in_transaction(engagements::TIMER_JOB, |app, tx, job| {
            Box::pin(engagements::ring(app, tx, job))
        });
    with_reactions(registry, |app, tx, event| Box::pin(react(app, tx, event)))
}

async fn react(app: &App, tx: &mut Tx, event: Event) -> Result<()> {
    tell_of_engagements(app, tx, &event).await
}

async fn tell_of_engagements(app: &App, tx: &mut Tx, event: &Event) -> Result<()> {
    for told in engagements::news_of(event)? {
        let engagements::Told { whom, kind, title, body, link } = told;
        let news = News { kind, title, body, link };
        match whom {
            Whom::Customer(customer) => {
                notices::tell_roles(app, tx, customer, LEADS, &news).await?;
            }
            Whom::Partner(partner, consultant) => {
                notices::tell_roles(app, tx, partner, LEADS, &news).await?;
                if !engagements::leads(tx, partner, consultant).await? {
                    notices::tell_person(app, tx, consultant, partner, &news).await?;
                }
            }
            Whom::Person(person, organization) => {
                notices::tell_person(app, tx, person, organization, &news).await?;
            }
        }
    }
    Ok(())
}
