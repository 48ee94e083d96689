//! Weeks that a card pays: what begins their charge, and who is told what of it.

use super::money::MONEY;
use crate::app::App;
use crate::billing::{self, MandateEnd, MandateEnded, MandateGiven, WeekCharge, WeekCharged};
use crate::engagements::{self, EngagementResumed, MilestoneFunded, Note, Topic, WeekLocked};
use crate::kernel::id::EngagementId;
use crate::kernel::moment::moment;
use crate::notices::{News, tell_roles};
use crate::platform::db::Tx;
use crate::platform::jobs::event::Event;
use crate::platform::refusal::Result;

pub async fn react(app: &App, tx: &mut Tx, event: &Event) -> Result<()> {
    if let Some(fact) = event.read::<WeekLocked>()? {
        let came = billing::charge_week(app, tx, fact.of.engagement).await?;
        return asked(app, tx, &fact, &came).await;
    }
    // What stood in the way of a week may be over: an earlier one, or a rest.
    let paid = event.read::<MilestoneFunded>()?.filter(|fact| fact.week.is_some());
    let goes_on = event.read::<EngagementResumed>()?.map(|fact| fact.of.engagement);
    if let Some(of) = paid.map(|fact| fact.of.engagement).or(goes_on) {
        billing::charge_week(app, tx, of).await?;
        return Ok(());
    }
    if let Some(fact) = event.read::<MandateGiven>()? {
        let line = "Weeks are charged by themselves from now on, as they lock.";
        noted(app, tx, (fact.engagement, event), ("weeks-by-card", line)).await?;
        return tell_roles(app, tx, fact.customer, MONEY, &given(&fact)).await;
    }
    if let Some(fact) = event.read::<MandateEnded>()? {
        let line = "Weeks are paid by hand from now on.";
        noted(app, tx, (fact.engagement, event), ("weeks-by-hand", line)).await?;
        return tell_roles(app, tx, fact.customer, MONEY, &ended(&fact)).await;
    }
    match event.read::<WeekCharged>()? {
        Some(fact) => tell_roles(app, tx, fact.of.customer, MONEY, &charged(&fact)).await,
        None => Ok(()),
    }
}

/// The customer is asked for a week that no card pays; of one that is charged it hears how that
/// ended.
async fn asked(app: &App, tx: &mut Tx, fact: &WeekLocked, came: &WeekCharge) -> Result<()> {
    let mut told = fact.asks();
    match came {
        WeekCharge::Begun(week) if *week == fact.milestone => return Ok(()),
        WeekCharge::CardOver(card) => {
            told.body = format!(
                "{card}, which pays these weeks, is past its last month: nothing was charged. \
                 Choose another card on the engagement's page for the weeks to come. {}",
                told.body
            );
        }
        WeekCharge::Begun(_) | WeekCharge::ByHand => {}
    }
    let news = News { kind: told.kind, title: told.title, body: told.body, link: told.link };
    tell_roles(app, tx, fact.of.customer, MONEY, &news).await
}

async fn noted(
    app: &App,
    tx: &mut Tx,
    (of, event): (EngagementId, &Event),
    (kind, line): (&'static str, &str),
) -> Result<()> {
    let entry = Note::new(Topic::Money, kind, line).by(event.actor);
    engagements::note(app, tx, of, entry).await
}

fn given(fact: &MandateGiven) -> News {
    let title = format!("{} pays the weeks of {}", fact.card, fact.label);
    let body = format!(
        "Each week that locks from now on is charged on Monday at 12:00 UTC, {} at most, and held \
         until the hours are accepted. An owner or admin stops it at any time.",
        fact.most
    );
    news(title, body, mandate_page(fact.engagement))
}

fn ended(fact: &MandateEnded) -> News {
    let why = match fact.because {
        MandateEnd::CardRemoved => "The card is not kept any more.",
        MandateEnd::Stopped | MandateEnd::Replaced | MandateEnd::EngagementEnded => {
            "It was stopped."
        }
    };
    let title = format!("{} does not pay the weeks of {} any more", fact.card, fact.label);
    let body = format!("{why} Weeks that lock from now on are paid by hand.");
    news(title, body, mandate_page(fact.engagement))
}

fn charged(fact: &WeekCharged) -> News {
    let title = format!("{}: {} charged, and held", fact.milestone_title, fact.amount);
    let until =
        fact.until.map_or_else(String::new, |at| format!(", at the latest on {}", moment(at)));
    let body = format!(
        "{} was charged for {}, {}. The money is held until the hours are accepted{until}: silence \
         accepts them. Look at the hours until then, and accept or disagree.",
        fact.card,
        fact.of.label(),
        fact.of.title
    );
    news(title, body, format!("/milestones/{}", fact.milestone))
}

fn mandate_page(of: EngagementId) -> String {
    format!("/engagements/{of}/mandate")
}

fn news(title: String, body: String, link: String) -> News {
    News { kind: "money", title, body, link }
}
