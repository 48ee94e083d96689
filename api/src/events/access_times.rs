//! Who is told of letters of access whose time comes: that they end soon, rest soon, rest, and work
//! again. And of checkpoints: that they go elsewhere, or do not arrive.

use super::access::{LEADS, letter};
use crate::access::{
    AccessEndsSoon, AccessRested, AccessRestored, AccessRestsSoon, CheckpointAddressEnded,
    CheckpointAddressSet, CheckpointsUndelivered, OfGrant,
};
use crate::app::App;
use crate::kernel::moment::moment;
use crate::notices::{self, News};
use crate::platform::db::Tx;
use crate::platform::jobs::event::Event;
use crate::platform::refusal::Result;

pub async fn tell(app: &App, tx: &mut Tx, event: &Event) -> Result<()> {
    if let Some(fact) = event.read::<CheckpointsUndelivered>()? {
        return notices::tell_roles(app, tx, fact.customer, LEADS, &undelivered(&fact)).await;
    }
    if let Some(fact) = event.read::<CheckpointAddressSet>()? {
        return notices::tell_roles(app, tx, fact.of.customer, LEADS, &address_set(&fact)).await;
    }
    if let Some(fact) = event.read::<CheckpointAddressEnded>()? {
        return notices::tell_roles(app, tx, fact.of.customer, LEADS, &address_ended(&fact)).await;
    }
    let told = if let Some(fact) = event.read::<AccessEndsSoon>()? {
        let news = ends_soon(&fact);
        (fact.of, news)
    } else if let Some(fact) = event.read::<AccessRestsSoon>()? {
        let news = rests_soon(&fact);
        (fact.of, news)
    } else if let Some(fact) = event.read::<AccessRested>()? {
        let news = if fact.by.is_some() { stopped(&fact) } else { rested(&fact.of) };
        (fact.of, news)
    } else if let Some(fact) = event.read::<AccessRestored>()? {
        let news = restored(&fact.of);
        (fact.of, news)
    } else {
        return Ok(());
    };
    let (of, (yours, theirs)) = told;
    notices::tell_person(app, tx, of.consultant, of.partner, &yours).await?;
    notices::tell_roles(app, tx, of.customer, LEADS, &theirs).await
}

fn undelivered(fact: &CheckpointsUndelivered) -> News {
    let title = format!("Checkpoints of your audit trail do not arrive at {}", fact.host);
    let body = format!(
        "{} None arrived since {}. They are kept and tried again, every six hours at least; send a \
         test once it is mended, or set another address.",
        fact.reason,
        moment(fact.since)
    );
    trail(title, &body)
}

fn address_set(fact: &CheckpointAddressSet) -> News {
    let CheckpointAddressSet { host, by_name, .. } = fact;
    let title = format!("Checkpoints of your audit trail go to {host} from now on");
    let how = match &fact.before {
        None => "Until now they were sent nowhere.".to_owned(),
        Some(before) if before == host => {
            "They did before; the address or the secret that signs them is another one.".to_owned()
        }
        Some(before) => format!("Until now they went to {before}."),
    };
    trail(title, &format!("{by_name} set the address. {how} {NOT_YOURS}"))
}

fn address_ended(fact: &CheckpointAddressEnded) -> News {
    let title = format!("Checkpoints of your audit trail no longer go to {}", fact.host);
    let who = &fact.by_name;
    let how = "They are kept, and sent nowhere.";
    trail(title, &format!("{who} took the address away. {how} {NOT_YOURS}"))
}

const NOT_YOURS: &str = "If that was not wanted, set the right address, and look at who acts for \
 your organization.";

fn trail(title: String, body: &str) -> News {
    News { kind: "access", title, body: body.to_owned(), link: "/access/trail".to_owned() }
}

/// For the consultant, with the page that asks for longer; for the customer.
fn ends_soon(fact: &AccessEndsSoon) -> (News, News) {
    let of = &fact.of;
    let ahead = match fact.hours {
        1 => "in an hour".to_owned(),
        24 => "in a day".to_owned(),
        hours => format!("in {} days", hours / 24),
    };
    let end = format!("It ends on {} by itself.", moment(fact.valid_until));
    let title = format!("Your access to {} ends {ahead}", of.place);
    let body = format!("{end} If the work needs it for longer, ask the customer now.");
    let mut yours = letter(of, title, body);
    yours.link.push_str("/more");
    let who = &of.consultant_name;
    let title = format!("{who}'s access to {} ends {ahead}", of.place);
    let body = format!("{end} You need do nothing. {who} may ask you for longer.");
    (yours, letter(of, title, body))
}

fn rests_soon(fact: &AccessRestsSoon) -> (News, News) {
    let of = &fact.of;
    let on = moment(fact.rests_at);
    let title = format!("Your access to {} rests soon", of.place);
    let body = format!(
        "It was not used for weeks. On {on} it rests, and the customer has to let it work again. \
         Any call before keeps it."
    );
    let yours = letter(of, title, body);
    let title = format!("{}'s access to {} is not used", of.consultant_name, of.place);
    let body = format!(
        "On {on} it rests: calls are refused until you let it work again. If it is not needed any \
         more, end it."
    );
    (yours, letter(of, title, body))
}

fn rested(of: &OfGrant) -> (News, News) {
    let why = "It was not used for 30 days, so calls are refused now.";
    let title = format!("Your access to {} rests", of.place);
    let body = format!("{why} The customer can let it work again; your keys are as they were.");
    let yours = letter(of, title, body);
    let title = format!("{}'s access to {} rests", of.consultant_name, of.place);
    let body = format!("{why} One click on its page lets it work again, another ends it.");
    (yours, letter(of, title, body))
}

fn stopped(fact: &AccessRested) -> (News, News) {
    let of = &fact.of;
    let (why, theirs) = match &fact.program_reason {
        Some(reason) => {
            let why = format!("The program stopped it for now: “{reason}”");
            (why.clone(), format!("{why} "))
        }
        None => ("The customer stopped it for now.".to_owned(), String::new()),
    };
    let title = format!("Your access to {} rests", of.place);
    let body = format!(
        "{why} Calls are refused. The customer can let it work again; your keys are as they were."
    );
    let yours = letter(of, title, body);
    let title = format!("{}'s access to {} rests", of.consultant_name, of.place);
    let body = format!(
        "{theirs}Calls are refused now. One click on its page lets it work again, another ends it."
    );
    (yours, letter(of, title, body))
}

fn restored(of: &OfGrant) -> (News, News) {
    let body = "The letter says what it said; the keys are as they were.".to_owned();
    let yours = letter(of, format!("You may work in {} again", of.place), body.clone());
    let title = format!("{} may work in {} again", of.consultant_name, of.place);
    (yours, letter(of, title, body))
}
