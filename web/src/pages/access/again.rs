//! The way back from an end: the same letter is looked at again, filled in as it was, and granted
//! by a new yes.

use api::access::{self, Grant, Terms};
use api::identity::Deed;
use api::kernel::id::{EngagementId, GrantId};
use api::platform::caller::OrganizationKind;
use api::upstreams::Risk;
use chrono::{Days, NaiveDate};

use super::several::form_of;
use super::words;
use crate::site::{Form, PageError, Visit};
use crate::view::{Link, Notice};

/// A letter that has ended, as the consent screen begins with it.
pub struct Again {
    pub letter: Grant,
    pub form: Form,
}

/// The letter that is named, when it was one of this engagement and is over.
///
/// Errors: 404 for a letter that the visitor may not see.
pub async fn named(
    visit: &Visit,
    (engagement, letter): (EngagementId, Option<GrantId>),
) -> Result<Option<Again>, PageError> {
    let Some(id) = letter else { return Ok(None) };
    let letter = access::get_grant(visit.app(), visit.caller()?, id).await?;
    let over = letter.granted_at.is_some() && !letter.standing.is_open();
    if letter.engagement != engagement || !over {
        return Ok(None);
    }
    let form = match Terms::read(&letter.terms) {
        Ok(terms) => form_of(&terms, last_day(visit, &letter)),
        Err(_) => Form::default(),
    };
    Ok(Some(Again { letter, form }))
}

/// The last day that it would have had; nothing where that is over.
fn last_day(visit: &Visit, letter: &Grant) -> Option<NaiveDate> {
    let zone = visit.zone();
    // It ends with the last moment of its last day, which is the first of the next.
    let day =
        letter.valid_until?.with_timezone(&zone).date_naive().checked_sub_days(Days::new(1))?;
    let today = visit.app().clock.now().with_timezone(&zone).date_naive();
    (day >= today).then_some(day)
}

impl Again {
    /// What stands above the sentences.
    pub fn notice(&self, visit: &Visit) -> Notice {
        let ended = self.letter.over_since().map(|at| words::moment(visit, at));
        let ended = ended.map(|at| format!("It ended on {at}. ")).unwrap_or_default();
        let text = format!(
            "{ended}Below it is as it was; what the application no longer offers is not there. \
             Nothing is granted before you say yes."
        );
        Notice::info("The same letter again", &text)
    }
}

/// What was asked for, as the consent screen begins with it; nothing where that is a whole preset.
pub fn of_request(request: &Grant, today: NaiveDate) -> Option<Form> {
    let mut terms = Terms::read(&request.terms).ok()?;
    let days = request.requested.as_ref().and_then(|asked| asked.days);
    // As in a letter that nobody asked for: what cannot be undone is ticked to begin with.
    let grave = terms.operations.values().filter(|o| o.risk >= Risk::Delete);
    let grave: Vec<String> = grave.map(|operation| operation.action.clone()).collect();
    terms.limits.asks.extend(grave);
    let days = days.and_then(|days| u64::try_from(days).ok());
    let last = days.and_then(|days| today.checked_add_days(Days::new(days)));
    Some(form_of(&terms, last))
}

/// Where the same is granted again, for whoever decides on access; empty for everybody else, and
/// for what was never granted.
pub fn address(visit: &Visit, grant: &Grant) -> Result<String, PageError> {
    let caller = visit.caller()?;
    let grants = Deed::GrantAccess.allows(caller.kind, caller.role);
    let at = format!("/engagements/{}/access?again={}", grant.engagement, grant.id);
    Ok(if grants && grant.granted_at.is_some() { visit.link(&at) } else { String::new() })
}

/// The same as a link of the letter's page; what was only asked for is granted from the start.
pub fn link(visit: &Visit, grant: &Grant) -> Result<Option<Link>, PageError> {
    let same = address(visit, grant)?;
    let anew = || visit.link(&format!("/engagements/{}/access", grant.engagement));
    Ok(Some(match same.is_empty() {
        true => Link::new("Grant access anew", &anew()),
        false => Link::new("Grant the same again", &same),
    }))
}

/// What follows an end, and the way back for whoever can go it.
pub fn slip(visit: &Visit) -> &'static str {
    let Ok(caller) = visit.caller() else { return "" };
    match (caller.kind, Deed::GrantAccess.allows(caller.kind, caller.role)) {
        (_, true) => {
            "The very next call is refused. Both sides were told. If it was a slip, grant the same \
             again below."
        }
        (OrganizationKind::Customer, false) => {
            "The very next call is refused. Both sides were told. If it was a slip, an owner or \
             admin of yours grants the same again from this page."
        }
        _ => "The very next call is refused. Both sides were told.",
    }
}
