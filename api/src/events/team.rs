//! What an organization's leads hear of its people, and people of their roles.

use crate::app::App;
use crate::identity::{self, MemberJoined, MemberRoleChanged, MembershipEnded};
use crate::notices::{self, News};
use crate::platform::caller::Role;
use crate::platform::db::Tx;
use crate::platform::jobs::event::Event;
use crate::platform::refusal::Result;

const LEADS: &[Role] = &[Role::Owner, Role::Admin];

pub async fn tell(app: &App, tx: &mut Tx, event: &Event) -> Result<()> {
    if let Some(fact) = event.read::<MemberJoined>()? {
        let title = format!("{} joined as {}", fact.name, word(fact.role));
        let news = news(title, "They accepted the invitation and hold a seat now.");
        notices::tell_roles(app, tx, fact.organization, LEADS, &news).await?;
    }
    if let Some(fact) = event.read::<MembershipEnded>()? {
        let title = format!("The seat of {} has ended", fact.name);
        let mut news = news(title, "Their sessions and API tokens act for you no more.");
        if identity::has_departures(tx, fact.organization).await? {
            news.link = format!("/members/{}/departure", fact.membership);
            news.body.push_str(" What ended with it is on its page, letter by letter.");
        }
        notices::tell_roles(app, tx, fact.organization, LEADS, &news).await?;
        identity::person_told_of_end(app, tx, &fact).await?;
    }
    if let Some(fact) = event.read::<MemberRoleChanged>()? {
        let title = format!("Your role is {} now", word(fact.role));
        let news = news(title, &format!("It was {} before.", word(fact.earlier)));
        notices::tell_person(app, tx, fact.person, fact.organization, &news).await?;
    }
    Ok(())
}

fn news(title: String, body: &str) -> News {
    News { kind: "team", title, body: body.to_owned(), link: "/members".to_owned() }
}

/// "program manager" for `program_manager`.
fn word(role: Role) -> String {
    role.as_str().replace('_', " ")
}
