//! What holds letters of access for a while and what opens them, and who is told.

use super::access::{LEADS, letter};
use crate::access::{
    self, AccessHeld, AccessOpened, AccessReleased, HoldCause, HoldSource, clauses,
};
use crate::app::App;
use crate::billing::{InvoiceSettled, InvoiceUnpaid, MoneyDisputeSettled, MoneyDisputed};
use crate::engagements::{
    EngagementRested, EngagementResumed, MilestoneFunded, Parties, WeekUnpaid,
};
use crate::notices;
use crate::platform::db::Tx;
use crate::platform::jobs::event::Event;
use crate::platform::refusal::Result;

pub async fn react(app: &App, tx: &mut Tx, event: &Event) -> Result<()> {
    if let Some(fact) = event.read::<MoneyDisputed>()? {
        let source = source(&fact.of, HoldCause::Payment, fact.reference);
        access::hold_letters(app, tx, &source).await?;
    }
    if let Some(fact) = event.read::<MoneyDisputeSettled>()? {
        let source = source(&fact.of, HoldCause::Payment, fact.reference);
        access::release_letters(app, tx, &source).await?;
    }
    if let Some(fact) = event.read::<InvoiceUnpaid>()? {
        let source = source(&fact.of, HoldCause::Unpaid, fact.reference);
        access::hold_letters(app, tx, &source).await?;
    }
    if let Some(fact) = event.read::<InvoiceSettled>()? {
        let source = source(&fact.of, HoldCause::Unpaid, fact.reference);
        access::release_letters(app, tx, &source).await?;
    }
    if let Some(fact) = event.read::<EngagementRested>()? {
        access::tell_rested(app, tx, &fact).await?;
    }
    if let Some(fact) = event.read::<EngagementResumed>()? {
        access::tell_resumed(app, tx, &fact).await?;
    }
    if let Some(fact) = event.read::<WeekUnpaid>()? {
        let source = source(&fact.of, HoldCause::Unpaid, fact.milestone.to_string());
        access::hold_letters(app, tx, &source).await?;
    }
    if let Some(fact) = event.read::<MilestoneFunded>()? {
        if fact.week.is_some() {
            let source = source(&fact.of, HoldCause::Unpaid, fact.milestone.to_string());
            access::release_letters(app, tx, &source).await?;
        }
        access::open_letters(app, tx, &fact).await?;
    }
    tell(app, tx, event).await
}

fn source(of: &Parties, cause: HoldCause, reference: String) -> HoldSource {
    HoldSource { engagement: of.engagement, cause, reference }
}

async fn tell(app: &App, tx: &mut Tx, event: &Event) -> Result<()> {
    if let Some(fact) = event.read::<AccessHeld>()? {
        held(app, tx, &fact).await?;
    }
    if let Some(fact) = event.read::<AccessReleased>()? {
        released(app, tx, &fact).await?;
    }
    if let Some(fact) = event.read::<AccessOpened>()? {
        opened(app, tx, &fact).await?;
    }
    Ok(())
}

/// Whoever decides for the customer hears of a pause or a dispute from the engagement itself.
async fn held(app: &App, tx: &mut Tx, fact: &AccessHeld) -> Result<()> {
    let (of, why) = (&fact.of, fact.cause.clause());
    let body = format!(
        "Calls are refused, because {why}. Nothing has to be granted again; the keys are as they \
         were."
    );
    let yours = letter(of, format!("Your access to {} rests: {why}", of.place), body);
    notices::tell_person(app, tx, of.consultant, of.partner, &yours).await?;
    if fact.cause.is_of_engagement() {
        return Ok(());
    }
    let title = format!("{}'s access to {} rests: {why}", of.consultant_name, of.place);
    let body = "Calls are refused until that is over. You need do nothing about the letter.";
    notices::tell_roles(app, tx, of.customer, LEADS, &letter(of, title, body.to_owned())).await
}

async fn released(app: &App, tx: &mut Tx, fact: &AccessReleased) -> Result<()> {
    let of = &fact.of;
    let (how, body) = if fact.works {
        ("works again", "The letter says what it said; the keys are as they were.".to_owned())
    } else if fact.still.is_empty() {
        ("still rests", "One reason is gone. The letter says what else keeps it.".to_owned())
    } else {
        let still = clauses(&fact.still);
        ("still rests", format!("One reason is gone. Calls are refused, because {still}."))
    };
    let yours = letter(of, format!("Your access to {} {how}", of.place), body.clone());
    notices::tell_person(app, tx, of.consultant, of.partner, &yours).await?;
    if fact.cause.is_none_or(HoldCause::is_of_engagement) {
        return Ok(());
    }
    let title = format!("{}'s access to {} {how}", of.consultant_name, of.place);
    notices::tell_roles(app, tx, of.customer, LEADS, &letter(of, title, body)).await
}

async fn opened(app: &App, tx: &mut Tx, fact: &AccessOpened) -> Result<()> {
    let of = &fact.of;
    let why = format!("Milestone {} is funded: {}.", fact.seq, fact.milestone_title);
    let title = format!("You may work in {} from now on", of.place);
    notices::tell_person(app, tx, of.consultant, of.partner, &letter(of, title, why.clone()))
        .await?;
    let title = format!("{} may work in {} from now on", of.consultant_name, of.place);
    let body = format!("{why} You can end it at any moment.");
    notices::tell_roles(app, tx, of.customer, LEADS, &letter(of, title, body)).await
}
