//! Who is told of money, and in which words.

use crate::app::App;
use crate::billing::{
    BreaksOpened, DisputeEnded, DisputeOpened, DisputeState, MethodEnds, PaymentDeclined,
    PaymentParked, PaymentUnconfirmed, PayoutFailed, PayoutsReady, PayoutsWanted, RefundFailed,
    RefundPaid, ShareOwed, ShareReleased, TransferPaid, TransferRefused,
};
use crate::engagements::Parties;
use crate::kernel::id::OrganizationId;
use crate::notices::{News, tell_person, tell_roles};
use crate::platform::caller::Role;
use crate::platform::db::Tx;
use crate::platform::jobs::event::Event;
use crate::platform::refusal::Result;

/// Those of an organization who look after its money, whatever its kind.
pub(super) const MONEY: &[Role] = &[Role::Owner, Role::Admin, Role::Finance];

/// Tells whoever an event of money concerns.
pub async fn tell(app: &App, tx: &mut Tx, event: &Event) -> Result<()> {
    if let Some(fact) = event.read::<PaymentDeclined>()? {
        if fact.mandate.is_some() {
            return tell_roles(app, tx, fact.of.customer, MONEY, &not_charged(&fact)).await;
        }
        let news = declined(&fact);
        return tell_person(app, tx, fact.payer, fact.of.customer, &news).await;
    }
    if let Some(fact) = event.read::<PaymentUnconfirmed>()? {
        let news = unconfirmed(&fact);
        if fact.mandate.is_some() {
            return tell_roles(app, tx, fact.of.customer, MONEY, &news).await;
        }
        return tell_person(app, tx, fact.payer, fact.of.customer, &news).await;
    }
    if let Some(fact) = event.read::<MethodEnds>()? {
        let news = ending(&fact);
        return tell_roles(app, tx, fact.organization, MONEY, &news).await;
    }
    if let Some(fact) = event.read::<DisputeOpened>()? {
        return tell_both(app, tx, (&fact.of, fact.vendor), &disputed(&fact)).await;
    }
    if let Some(fact) = event.read::<DisputeEnded>()? {
        return tell_both(app, tx, (&fact.of, fact.vendor), &decided(&fact)).await;
    }
    if let Some(fact) = event.read::<RefundFailed>()? {
        return tell_both(app, tx, (&fact.of, fact.vendor), &failed(&fact)).await;
    }
    match news(event)? {
        Some((organization, news)) => tell_roles(app, tx, organization, MONEY, &news).await,
        None => Ok(()),
    }
}

/// Who looks after the program's money, and who paid.
async fn tell_both(
    app: &App,
    tx: &mut Tx,
    (of, vendor): (&Parties, Option<OrganizationId>),
    news: &News,
) -> Result<()> {
    if let Some(vendor) = vendor {
        tell_roles(app, tx, vendor, MONEY, news).await?;
    }
    tell_roles(app, tx, of.customer, MONEY, news).await
}

fn disputed(fact: &DisputeOpened) -> News {
    let DisputeOpened { amount, seq, milestone_title, .. } = fact;
    let what = format!("{}, milestone {seq}, {milestone_title}", fact.of.label());
    let (title, happened) = if fact.inquiry {
        (format!("A bank asks about a payment of {amount}"), "No money moved.")
    } else {
        let happened = "The money is with the bank: nothing of it is released or sent back until \
                        it decides, and the work rests.";
        (format!("A bank disputes a payment of {amount}"), happened)
    };
    let due = fact.respond_by.map_or_else(String::new, |due| {
        format!(" The bank takes an answer until {}.", due.format("%-d %B %Y"))
    });
    money(title, format!("{what}. {happened}{due}"), "/disputes")
}

fn decided(fact: &DisputeEnded) -> News {
    let DisputeEnded { amount, seq, milestone_title, .. } = fact;
    let what = format!("{}, milestone {seq}, {milestone_title}", fact.of.label());
    let (title, follows) = match fact.state {
        DisputeState::Won => ("The bank gave a payment back", "Work and payments go on."),
        DisputeState::Lost => ("The bank decided for the customer", "The customer has the money."),
        _ => ("The bank has no more questions", "Nothing changed."),
    };
    money(format!("{title}: {amount}"), format!("{what}. {follows}"), "/disputes")
}

/// The organization an event is told to, and what it is told.
fn news(event: &Event) -> Result<Option<(OrganizationId, News)>> {
    if let Some(fact) = event.read::<TransferPaid>()? {
        return Ok(Some((fact.organization, arrived(&fact))));
    }
    if let Some(fact) = event.read::<TransferRefused>()? {
        return Ok(Some((fact.organization, stuck(&fact))));
    }
    if let Some(fact) = event.read::<RefundPaid>()? {
        return Ok(Some((fact.of.customer, returned(&fact))));
    }
    if let Some(fact) = event.read::<BreaksOpened>()? {
        let news = differing(&fact);
        return Ok(fact.vendor.map(|vendor| (vendor, news)));
    }
    if let Some(fact) = event.read::<ShareOwed>()? {
        return Ok(Some((fact.organization, owed(&fact))));
    }
    if let Some(fact) = event.read::<ShareReleased>()? {
        return Ok(Some((fact.organization, released(&fact))));
    }
    if let Some(fact) = event.read::<PayoutFailed>()? {
        return Ok(Some((fact.organization, bounced(&fact))));
    }
    if let Some(PayoutsReady { organization }) = event.read()? {
        let body = "Your shares are sent to your account as they are earned.".to_owned();
        return Ok(Some((organization, money("You can be paid now".to_owned(), body, "/payouts"))));
    }
    if let Some(PayoutsWanted { organization, program }) = event.read()? {
        let title = format!("{program} asks you to set up your payouts");
        let body = "What you earn is kept until you can be paid. It takes some minutes, on a page \
                    of the payment processor."
            .to_owned();
        return Ok(Some((organization, money(title, body, "/payouts"))));
    }
    if let Some(fact) = event.read::<PaymentParked>()? {
        let news = parked(&fact);
        return Ok(fact.vendor.map(|vendor| (vendor, news)));
    }
    Ok(None)
}

fn declined(fact: &PaymentDeclined) -> News {
    let title = format!("Your card was declined for {}", fact.amount);
    let body = format!(
        "{}, milestone {}, {}: {} Nothing was paid; another card may be tried on the same page.",
        fact.of.label(),
        fact.seq,
        fact.milestone_title,
        fact.why
    );
    money(title, body, format!("/milestones/{}/fund", fact.milestone))
}

/// "milestone 2, Map"; a week is told by its title.
fn what(seq: i32, title: &str, week: bool) -> String {
    if week { title.to_owned() } else { format!("milestone {seq}, {title}") }
}

/// A week that a card was to pay without anybody.
fn not_charged(fact: &PaymentDeclined) -> News {
    let title = format!("{}: the card was declined for {}", fact.milestone_title, fact.amount);
    let body = format!(
        "{}, {}: {} Nothing was charged, and it is not tried again. Pay this week by hand until \
         its Friday is over; for the weeks to come another card may be chosen.",
        fact.of.label(),
        fact.of.title,
        fact.why
    );
    money(title, body, format!("/milestones/{}/fund", fact.milestone))
}

fn unconfirmed(fact: &PaymentUnconfirmed) -> News {
    let title = format!("Your bank wants you to confirm {}", fact.amount);
    let body = format!(
        "{}, {}: the card was not charged. Open the page and confirm with your bank until {}; \
         after that the payment lapses, and nothing is charged.",
        fact.of.label(),
        what(fact.seq, &fact.milestone_title, fact.mandate.is_some()),
        fact.until.format("%-d %B %Y, %H:%M UTC"),
    );
    money(title, body, format!("/milestones/{}/fund", fact.milestone))
}

fn ending(fact: &MethodEnds) -> News {
    let what = if fact.is_default { " It is your default." } else { "" };
    let pays = fact.pays.as_ref().map_or_else(String::new, |work| {
        format!(" It pays the weeks of {work}, and stops with its last month.")
    });
    let body = format!(
        "{} can be charged through {}.{what}{pays} Keep another card before, or your bank renews \
         it by itself.",
        fact.card, fact.last_month
    );
    money(format!("{} ends soon", fact.card), body, "/methods")
}

fn arrived(fact: &TransferPaid) -> News {
    let title = format!("{} is yours", fact.amount);
    let body = format!(
        "Your share of {}, {}, was sent to your account.",
        fact.of.label(),
        fact.milestone_title
    );
    money(title, body, "/earnings")
}

fn stuck(fact: &TransferRefused) -> News {
    let title = format!("{} could not be sent to you", fact.amount);
    let body = format!(
        "Your share of {}, {}, stays yours and is sent when your payout account is mended. {}",
        fact.of.label(),
        fact.milestone_title,
        fact.why
    );
    money(title, body, "/payouts")
}

fn bounced(fact: &PayoutFailed) -> News {
    let what = if fact.arrived { "came back from your bank" } else { "did not reach your bank" };
    let body = format!(
        "{} Nothing is lost: it is on your account at Stripe again, and is sent anew once the bank \
         account is mended.",
        fact.why
    );
    money(format!("{} {what}", fact.amount), body, "/payouts")
}

fn returned(fact: &RefundPaid) -> News {
    let title = format!("{} goes back to your card", fact.amount);
    let body = format!(
        "{}, milestone {}, {}. The reason: {}",
        fact.of.label(),
        fact.seq,
        fact.milestone_title,
        fact.reason
    );
    money(title, body, engagement(&fact.of))
}

fn failed(fact: &RefundFailed) -> News {
    let title = format!("{} did not reach the card", fact.amount);
    let follows = if fact.credit {
        "The customer has a credit of it, which the program’s finance settles in person."
    } else if fact.by_bank == Some(true) {
        "The customer’s bank gave them this money already, so there is no credit of it."
    } else {
        "Nothing moved: it stays with its payees, and can be sent back again."
    };
    let body = format!(
        "{}, milestone {}, {}. {follows} The processor said: {}",
        fact.of.label(),
        fact.seq,
        fact.milestone_title,
        fact.why
    );
    money(title, body, format!("/milestones/{}/money", fact.milestone))
}

fn owed(fact: &ShareOwed) -> News {
    let title = format!("You give {} back", fact.amount);
    let body = format!(
        "Your part of what went back to the customer of {}, milestone {}, {}. It is taken from \
         what waits for you or from your account; what that does not have, from what you earn \
         next. The reason: {}",
        fact.of.label(),
        fact.seq,
        fact.milestone_title,
        fact.reason
    );
    money(title, body, format!("/milestones/{}/money", fact.milestone))
}

fn released(fact: &ShareReleased) -> News {
    let title = format!("{} released to you before acceptance", fact.amount);
    let body = format!(
        "Your share of {} that the customer of {} released for milestone {}, {}. {} stay held. \
         The reason: {}",
        fact.part,
        fact.of.label(),
        fact.seq,
        fact.milestone_title,
        fact.held,
        fact.reason
    );
    money(title, body, format!("/milestones/{}/money", fact.milestone))
}

fn parked(fact: &PaymentParked) -> News {
    let title = format!("A payment of {} needs a look", fact.of.label());
    let body = format!("Nothing was released or sent back. {}", fact.why);
    money(title, body, engagement(&fact.of))
}

fn differing(fact: &BreaksOpened) -> News {
    let (title, rest) = match fact.count {
        1 => ("The books and Stripe differ".to_owned(), String::new()),
        n => {
            let title = format!("The books and Stripe differ in {n} things");
            (title, format!(" And {} more.", n.saturating_sub(1)))
        }
    };
    money(title, format!("{}{rest}", fact.first), "/reconciliation")
}

fn engagement(of: &Parties) -> String {
    format!("/engagements/{}", of.engagement)
}

fn money(title: String, body: String, link: impl Into<String>) -> News {
    News { kind: "money", title, body, link: link.into() }
}
