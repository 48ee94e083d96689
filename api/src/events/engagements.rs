//! Who is told what of an engagement.

use crate::app::App;
use crate::engagements::{self, Whom};
use crate::notices::{self, News};
use crate::platform::caller::Role;
use crate::platform::db::Tx;
use crate::platform::jobs::event::Event;
use crate::platform::refusal::Result;

/// Who decides for a customer or partner.
const LEADS: &[Role] = &[Role::Owner, Role::Admin];

pub async fn tell(app: &App, tx: &mut Tx, event: &Event) -> Result<()> {
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
