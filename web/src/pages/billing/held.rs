//! What is held of a milestone, on the page of its money: what a payee would get of it, and until
//! when somebody has to decide.

use api::billing::{self, Gets, MilestoneMoney, ReleasePreview};
use api::platform::refusal::Error;
use api::program::HoldLimit;
use chrono::TimeDelta;

use super::words;
use crate::site::{PageError, Visit};
use crate::view::Notice;

pub async fn notices(visit: &Visit, money: &MilestoneMoney) -> Result<Vec<Notice>, PageError> {
    let brings = brings(visit, money).await?;
    Ok(brings.into_iter().chain(until(visit, money)).collect())
}

/// What the acceptance would bring the visitor's organization, when it could be used, and what of
/// it would go back with a refund; nothing for who gets no share of it, or while nothing can be
/// released.
async fn brings(visit: &Visit, money: &MilestoneMoney) -> Result<Option<Notice>, PageError> {
    let caller = visit.caller()?;
    let own = Some(caller.organization);
    if money.held.minor() == 0 || !money.split.iter().any(|line| line.organization == own) {
        return Ok(None);
    }
    let preview = billing::preview_release(visit.app(), caller, money.milestone, None).await;
    let preview = match preview {
        Err(Error::Refused(_)) => return Ok(None),
        other => other?,
    };
    let part = preview.parts.iter().find(|part| part.organization == own);
    Ok(part.map(|part| brought(visit, &preview, part)))
}

fn brought(visit: &Visit, preview: &ReleasePreview, part: &Gets) -> Notice {
    let title = format!("Accepted now, it brings you {}", words::amount(part.gets));
    let pays = match part.pays.minor() {
        0 => String::new(),
        _ => format!("{} of it pays what you owe. ", words::amount(part.pays)),
    };
    let when = match preview.usable_at {
        _ if !part.sent => "It is sent once your payout account is ready.".to_owned(),
        Some(at) if at > visit.app().clock.now() => {
            format!("It can be used from {}.", words::moment(visit, at))
        }
        Some(_) => "It can be used as soon as it arrives.".to_owned(),
        None => "When it can be used is known once the card payment has settled.".to_owned(),
    };
    let back = words::amount(part.gives_back);
    Notice::info(
        &title,
        &format!("{pays}{when} If all of it went back, you would give {back} back."),
    )
}

/// By when somebody decides, and what happens else.
fn until(visit: &Visit, money: &MilestoneMoney) -> Option<Notice> {
    let acts_at = HoldLimit::acts_at(money.hold_until?);
    let title = format!("Held until {} at most", words::moment(visit, acts_at));
    let text = if money.is_disagreed() {
        "The payment processor holds money for so long only. The two sides disagree, so they agree \
         or the program decides before."
    } else {
        "The payment processor holds money for so long only. What nobody released or sent back by \
         then goes back to the customer."
    };
    let soon = acts_at - visit.app().clock.now() < TimeDelta::days(14);
    Some(if soon { Notice::held(&title, text) } else { Notice::info(&title, text) })
}

pub fn samples() -> Vec<Notice> {
    let text = "What nobody released or sent back by then goes back to the customer.";
    let brings = "It can be used as soon as it arrives. If all of it went back, you would give \
                  $1,000.00 back.";
    vec![
        Notice::info("Accepted now, it brings you $1,000.00", brings),
        Notice::info("Held until Tuesday 12 May, 18:00 (Stockholm) at most", text),
    ]
}
