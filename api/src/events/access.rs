//! Who is told what of connections and letters of access.

use crate::access::{
    self, AccessAmended, AccessDeclined, AccessEnded, AccessGranted, AccessMoreAsked,
    AccessMoreClosed, AccessNarrowed, AccessRequested, AccessSuccessorProposed, AccessUndone,
    ConnectionBroken, ConnectionEnded, ConnectionLessened, ConnectionMade, ConnectionRevoked,
    OfConnection, OfGrant, WriteAnswered, WriteAsked, WriteRecalled, removal_of,
};
use crate::app::App;
use crate::kernel::id::WriteApprovalId;
use crate::kernel::moment::moment;
use crate::notices::{self, News};
use crate::platform::caller::Role;
use crate::platform::db::Tx;
use crate::platform::jobs::event::Event;
use crate::platform::refusal::Result;

/// Who decides for a customer.
pub(super) const LEADS: &[Role] = &[Role::Owner, Role::Admin];

pub async fn tell(app: &App, tx: &mut Tx, event: &Event) -> Result<()> {
    connections(app, tx, event).await?;
    if let Some(fact) = event.read::<AccessRequested>()? {
        let of = &fact.of;
        let title = match of.proposed_by {
            Some(_) => format!("{} is to have access to {}", of.consultant_name, of.place),
            None => format!("{} asks for access to {}", of.consultant_name, of.place),
        };
        let body = format!("{} Nobody gets in before you say yes.", sentence(&fact.reason));
        notices::tell_roles(app, tx, of.customer, LEADS, &letter(of, title, body)).await?;
        if of.proposed_by.is_some() {
            let title = format!("Access to {} was asked for you", of.place);
            let body = "The customer answers. You need do nothing.".to_owned();
            let news = letter(of, title, body);
            notices::tell_person(app, tx, of.consultant, of.partner, &news).await?;
        }
    }
    if let Some(fact) = event.read::<AccessSuccessorProposed>()? {
        proposed(app, tx, &fact).await?;
    }
    if let Some(fact) = event.read::<AccessGranted>()? {
        granted(app, tx, &fact).await?;
    }
    if let Some(fact) = event.read::<AccessNarrowed>()? {
        narrowed(app, tx, &fact).await?;
    }
    if let Some(fact) = event.read::<AccessMoreAsked>()? {
        more_asked(app, tx, &fact).await?;
    }
    if let Some(fact) = event.read::<AccessAmended>()? {
        amended(app, tx, &fact).await?;
    }
    if let Some(fact) = event.read::<AccessMoreClosed>()? {
        more_closed(app, tx, &fact).await?;
    }
    if let Some(fact) = event.read::<AccessUndone>()? {
        undone(app, tx, &fact).await?;
    }
    if let Some(fact) = event.read::<AccessDeclined>()? {
        declined(app, tx, &fact).await?;
    }
    if let Some(fact) = event.read::<AccessEnded>()? {
        ended(app, tx, &fact).await?;
    }
    calls(app, tx, event).await
}

/// Calls that wait for the customer's yes.
async fn calls(app: &App, tx: &mut Tx, event: &Event) -> Result<()> {
    if let Some(fact) = event.read::<WriteAsked>()? {
        let of = &fact.of;
        let title = format!("{} asks to {} in {}", of.consultant_name, fact.deed, of.place);
        let until = moment(fact.answer_by);
        let body =
            format!("Nothing was sent. Look at exactly what would be; it waits until {until}.");
        let news = call(fact.approval, title, body);
        notices::tell_roles(app, tx, of.customer, LEADS, &news).await?;
    }
    if let Some(fact) = event.read::<WriteAnswered>()? {
        let (of, deed) = (&fact.of, &fact.deed);
        let note = if fact.note.is_empty() { String::new() } else { sentence(&fact.note) };
        let (title, body) = if fact.yes {
            let then = "Send the same request again within 24 hours; it is let through once.";
            (format!("You may {deed} in {}", of.place), then)
        } else {
            (
                format!("The customer said no: you asked to {deed} in {}", of.place),
                "Nothing was sent.",
            )
        };
        let news = call(fact.approval, title, format!("{body} {note}").trim().to_owned());
        notices::tell_person(app, tx, of.consultant, of.partner, &news).await?;
    }
    if let Some(fact) = event.read::<WriteRecalled>()? {
        let (of, deed) = (&fact.of, &fact.deed);
        let title = format!("The customer took the yes back: you asked to {deed} in {}", of.place);
        let news = call(fact.approval, title, "Nothing was sent.".to_owned());
        notices::tell_person(app, tx, of.consultant, of.partner, &news).await?;
    }
    Ok(())
}

/// Whoever proposed this person as a successor learns what became of it, unless it is the same.
async fn tell_proposer(app: &App, tx: &mut Tx, of: &OfGrant, what: (&str, &str)) -> Result<()> {
    let Some(by) = of.proposed_by.filter(|by| *by != of.consultant) else { return Ok(()) };
    let title = format!("{} {} {}", of.consultant_name, what.0, of.place);
    notices::tell_person(app, tx, by, of.partner, &letter(of, title, what.1.to_owned())).await
}

fn call(approval: WriteApprovalId, title: String, body: String) -> News {
    News { kind: "access", title, body, link: format!("/approvals/{approval}") }
}

async fn granted(app: &App, tx: &mut Tx, fact: &AccessGranted) -> Result<()> {
    let of = &fact.of;
    let until = moment(fact.valid_until);
    let end = format!("It ends with {}, on {until} at the latest.", of.engagement_label);
    let (end, may) = match &fact.opens {
        None => (end, "may work in"),
        Some(when) => (format!("It works once {when}. {end}"), "will be able to work in"),
    };
    let yours = letter(of, format!("You {may} {}", of.place), end.clone());
    notices::tell_person(app, tx, of.consultant, of.partner, &yours).await?;
    let told = ("has taken over the access to", end.as_str());
    tell_proposer(app, tx, of, told).await?;
    let title = format!("{} {may} {}", of.consultant_name, of.place);
    let theirs = letter(of, title, format!("{end} You can end it at any moment."));
    notices::tell_roles(app, tx, of.customer, LEADS, &theirs).await
}

async fn proposed(app: &App, tx: &mut Tx, fact: &AccessSuccessorProposed) -> Result<()> {
    let of = &fact.of;
    let (who, from) = (&of.consultant_name, &fact.from);
    let title = format!("Shall {who} take over {from}'s access to {}?", of.place);
    let body = format!(
        "{} The letter would say what {from}'s says, until the same day. Nobody gets in before you \
         say yes.",
        sentence(&fact.reason)
    );
    notices::tell_roles(app, tx, of.customer, LEADS, &letter(of, title, body)).await?;
    if fact.by == of.consultant {
        return Ok(());
    }
    let title = format!("You are proposed to take over {from}'s access to {}", of.place);
    let body = "The customer answers. You need do nothing.".to_owned();
    notices::tell_person(app, tx, of.consultant, of.partner, &letter(of, title, body)).await
}

async fn narrowed(app: &App, tx: &mut Tx, fact: &AccessNarrowed) -> Result<()> {
    let of = &fact.of;
    let until = moment(fact.valid_until);
    let end = format!("It ends with {}, on {until} at the latest.", of.engagement_label);
    let lost = match fact.lost.as_slice() {
        [] => String::new(),
        lost => format!("It no longer lets you {}. ", lost.join("; ")),
    };
    let tighter = match fact.tighter.as_slice() {
        [] => String::new(),
        tighter => format!("From now on it lets you {}. ", tighter.join("; ")),
    };
    let body = format!("{lost}{tighter}{end}");
    let title = format!("Your access to {} was narrowed", of.place);
    let yours = letter(of, title, body.clone());
    notices::tell_person(app, tx, of.consultant, of.partner, &yours).await?;
    let title = format!("{}'s access to {} was narrowed", of.consultant_name, of.place);
    let theirs = body.replace("lets you", "allows them to");
    notices::tell_roles(app, tx, of.customer, LEADS, &letter(of, title, theirs)).await
}

/// The consultant learns that work was taken back, and whoever wanted it what became of it.
async fn undone(app: &App, tx: &mut Tx, fact: &AccessUndone) -> Result<()> {
    let of = &fact.of;
    let changes = |n: i64| if n == 1 { "1 change".to_owned() } else { format!("{n} changes") };
    if fact.restored > 0 {
        let title = format!("{} of yours taken back in {}", changes(fact.restored), of.place);
        let body = "The customer has set the account back to what was there before.".to_owned();
        let news = letter(of, title, body);
        notices::tell_person(app, tx, of.consultant, of.partner, &news).await?;
    }
    let left = [
        (fact.differs, "left alone, since somebody changed them later"),
        (fact.gone, "about things that are not there any more"),
        (fact.failed, "refused by the application"),
    ];
    let left =
        left.iter().filter(|(n, _)| *n > 0).map(|(n, why)| format!(" {} {why}.", changes(*n)));
    let title = format!("{} taken back in {}", changes(fact.restored), of.place);
    let body = format!(
        "{} made by {}.{}",
        changes(fact.restored),
        of.consultant_name,
        left.collect::<String>()
    );
    let mut news = letter(of, title, body);
    news.link.push_str("/changes");
    notices::tell_person(app, tx, fact.by, of.customer, &news).await
}

async fn more_asked(app: &App, tx: &mut Tx, fact: &AccessMoreAsked) -> Result<()> {
    let of = &fact.of;
    let longer = fact.until.map(|until| format!("longer access, until {}", moment(until)));
    let wanted: Vec<String> = fact.wanted.iter().cloned().chain(longer).collect();
    let title = format!("{} asks for more access to {}", of.consultant_name, of.place);
    let body = format!(
        "Asked for: {}. {} Nothing is gained before you say yes.",
        wanted.join("; "),
        sentence(&fact.reason)
    );
    let mut news = letter(of, title, body);
    news.link.push_str("/more");
    notices::tell_roles(app, tx, of.customer, LEADS, &news).await
}

async fn amended(app: &App, tx: &mut Tx, fact: &AccessAmended) -> Result<()> {
    let of = &fact.of;
    let until = moment(fact.valid_until);
    let end = format!("It ends with {}, on {until} at the latest.", of.engagement_label);
    let verb = if fact.gained.is_empty() { "prolonged" } else { "widened" };
    let gained = |can: &str| match fact.gained.as_slice() {
        [] => end.clone(),
        gained => format!("It now {can} {}. {end}", gained.join("; ")),
    };
    let title = format!("Your access to {} was {verb}", of.place);
    let yours = letter(of, title, gained("lets you"));
    notices::tell_person(app, tx, of.consultant, of.partner, &yours).await?;
    let title = format!("{}'s access to {} was {verb}", of.consultant_name, of.place);
    let body = format!("{} You can narrow or end it at any moment.", gained("allows them to"));
    notices::tell_roles(app, tx, of.customer, LEADS, &letter(of, title, body)).await
}

async fn more_closed(app: &App, tx: &mut Tx, fact: &AccessMoreClosed) -> Result<()> {
    let of = &fact.of;
    let goes_on = "The letter goes on as it is.".to_owned();
    match fact.by {
        Some(by) if by == of.consultant => {
            let who = &of.consultant_name;
            let title = format!("{who} no longer asks for more access to {}", of.place);
            notices::tell_roles(app, tx, of.customer, LEADS, &letter(of, title, goes_on)).await
        }
        by => {
            let how = if by.is_some() { "was declined" } else { "was not answered in time" };
            let title = format!("Your request for more access to {} {how}", of.place);
            let news = letter(of, title, goes_on);
            notices::tell_person(app, tx, of.consultant, of.partner, &news).await
        }
    }
}

async fn declined(app: &App, tx: &mut Tx, fact: &AccessDeclined) -> Result<()> {
    let of = &fact.of;
    if fact.withdrawn {
        let title = format!("{} no longer asks for access to {}", of.consultant_name, of.place);
        let news = letter(of, title, "The request was taken back.".to_owned());
        return notices::tell_roles(app, tx, of.customer, LEADS, &news).await;
    }
    let title = format!("Your request for access to {} was declined", of.place);
    let body = format!("{} goes on without it.", of.engagement_label);
    let said = ("does not take over the access to", "The customer said no.");
    tell_proposer(app, tx, of, said).await?;
    notices::tell_person(app, tx, of.consultant, of.partner, &letter(of, title, body)).await
}

async fn ended(app: &App, tx: &mut Tx, fact: &AccessEnded) -> Result<()> {
    let of = &fact.of;
    let body = sentence(&fact.reason);
    if fact.asked {
        return lapsed(app, tx, of, body).await;
    }
    let yours = letter(of, format!("Your access to {} has ended", of.place), body.clone());
    notices::tell_person(app, tx, of.consultant, of.partner, &yours).await?;
    let title = format!("{}'s access to {} has ended", of.consultant_name, of.place);
    notices::tell_roles(app, tx, of.customer, LEADS, &letter(of, title, body)).await
}

/// A request that ended without an answer.
async fn lapsed(app: &App, tx: &mut Tx, of: &OfGrant, body: String) -> Result<()> {
    tell_proposer(app, tx, of, ("does not take over the access to", &body)).await?;
    let title = format!("Your request for access to {} has lapsed", of.place);
    let yours = letter(of, title, body.clone());
    notices::tell_person(app, tx, of.consultant, of.partner, &yours).await?;
    let title = format!("{}'s request for access to {} has lapsed", of.consultant_name, of.place);
    notices::tell_roles(app, tx, of.customer, LEADS, &letter(of, title, body)).await
}

async fn connections(app: &App, tx: &mut Tx, event: &Event) -> Result<()> {
    let told = if let Some(fact) = event.read::<ConnectionMade>()? {
        let name = &fact.of.account_name;
        let (title, body) = if fact.again {
            holders(app, tx, &fact.of, ("You may work in", "again", AGAIN)).await?;
            (format!("{name} is connected again"), "Letters of access for it work again.")
        } else {
            let first = "Nobody can work in it before you grant access.";
            (format!("{name} is connected"), first)
        };
        Some((fact.of, title, body.to_owned()))
    } else if let Some(fact) = event.read::<ConnectionBroken>()? {
        holders(app, tx, &fact.of, ("Your access to", "rests", RESTS)).await?;
        let title = format!("{} has to be connected again", fact.of.account_name);
        let body = format!("{} Until then nobody can work in it.", sentence(&fact.reason));
        Some((fact.of, title, body))
    } else if let Some(fact) = event.read::<ConnectionLessened>()? {
        holders(app, tx, &fact.of, ("Your access to", "is less than it was", LESS)).await?;
        let title = format!("{} gives us less than it did", fact.of.account_name);
        let body = format!(
            "The application took back: {}. Calls that need it are refused. If that was not meant, \
             connect the account again.",
            fact.lost.join(", ")
        );
        Some((fact.of, title, body))
    } else if let Some(fact) = event.read::<ConnectionEnded>()? {
        let title = format!("{} is disconnected", fact.of.account_name);
        Some((fact.of.clone(), title, disconnected(app, &fact.of)))
    } else if let Some(fact) = event.read::<ConnectionRevoked>()?.filter(|fact| !fact.done) {
        let title = format!("{} did not confirm the end", fact.of.account_name);
        let body = "We hold no key any more. To be sure, end our access in the application too.";
        Some((fact.of, title, body.to_owned()))
    } else {
        None
    };
    let Some((of, title, body)) = told else { return Ok(()) };
    notices::tell_roles(app, tx, of.customer, LEADS, &account(title, body, &of)).await
}

const AGAIN: &str = "The customer has connected the account again; your keys are as they were.";
const RESTS: &str = "The application no longer takes our keys to this account. The customer was \
 told and has to connect it again; until then calls are refused.";

const LESS: &str = "The application took back a part of what it gave for this account. Calls that \
 need it are refused until the customer connects the account again; they were told.";

/// Tells each consultant who holds a letter for the account.
async fn holders(
    app: &App,
    tx: &mut Tx,
    account: &OfConnection,
    (before, after, body): (&str, &str, &str),
) -> Result<()> {
    for of in access::holders(app, tx, account.connection).await? {
        let news = letter(&of, format!("{before} {} {after}", of.place), body.to_owned());
        notices::tell_person(app, tx, of.consultant, of.partner, &news).await?;
    }
    Ok(())
}

/// What has ended, and what only the customer can end.
fn disconnected(app: &App, of: &OfConnection) -> String {
    let body = "Every letter of access for it has ended; its tokens are shredded.";
    let offered = app.upstreams.get(&of.upstream).is_none_or(|u| u.oauth.revoke.is_some());
    match removal_of(app, &of.upstream).filter(|_| !offered) {
        Some(place) => format!("{body} The application cannot be told by a program: {place}"),
        None => body.to_owned(),
    }
}

pub(super) fn letter(of: &OfGrant, title: String, body: String) -> News {
    News { kind: "access", title, body, link: format!("/grants/{}", of.grant) }
}

fn account(title: String, body: String, of: &OfConnection) -> News {
    News { kind: "access", title, body, link: format!("/connections#{}", of.connection) }
}

/// A reason as a sentence: a capital letter first, a full stop last.
pub(super) fn sentence(reason: &str) -> String {
    let mut letters = reason.trim().chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    let text = format!("{first}{}", letters.as_str());
    if text.ends_with(['.', '!', '?']) { text } else { format!("{text}.") }
}

#[cfg(test)]
mod tests {
    use super::sentence;

    #[test]
    fn reasons_become_sentences() {
        assert_eq!(sentence("ended by the customer"), "Ended by the customer.");
        assert_eq!(sentence("I read the reports. "), "I read the reports.");
        assert_eq!(sentence("état?"), "État?");
    }
}
