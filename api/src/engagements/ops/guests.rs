//! People of the vendor who work along, invited by name.

use super::note::{Note, note};
use super::seen::{lock_seen, seen};
use crate::app::App;
use crate::engagements::EngagementError;
use crate::engagements::model::{GuestInvited, Topic};
use crate::engagements::policy::InviteGuest;
use crate::engagements::store::{self, Guest, VendorPerson};
use crate::identity::allow;
use crate::kernel::check::{Checks, Invalid};
use crate::kernel::id::{EngagementId, PersonId};
use crate::platform::caller::Caller;
use crate::platform::jobs::event;
use crate::platform::refusal::Result;
use serde_json::json;

/// Invites a person of the vendor, who may then read and write messages and read files and
/// deliverables until the engagement ends or the seat is taken back. Either side may.
///
/// Errors: 422 for somebody who is not of the vendor, `already-guest`, `engagement-over`.
pub async fn invite_guest(
    app: &App,
    caller: &Caller,
    id: EngagementId,
    (person, reason): (PersonId, &str),
) -> Result<Guest> {
    let allowed = allow::<InviteGuest>(caller)?;
    let mut checks = Checks::new();
    let reason = checks.text("reason", reason, "what you invite this person for", (0, 500));
    checks.finish()?;
    let mut tx = app.db.write(caller).await?;
    let (engagement, sight) = lock_seen(&mut tx, caller, id).await?;
    let side = sight.side()?;
    if engagement.state.is_over() {
        return Err(EngagementError::Over(engagement.state).into());
    }
    let staff = store::vendor_people(&mut tx).await?;
    let Some(guest) = staff.into_iter().find(|member| member.person == person) else {
        return Err(Invalid::field("person", "Choose somebody of the program").into());
    };
    if !store::open_guest(&mut tx, id, person, (allowed.person, &reason)).await? {
        return Err(EngagementError::AlreadyGuest.into());
    }
    let line = format!("The {side} invited {} to work along.", guest.name);
    let entry = Note::new(Topic::People, "guest-invited", line)
        .facts(json!({ "person": person, "reason": reason }))
        .by(allowed.person);
    note(app, &mut tx, id, entry).await?;
    let of = engagement.parties();
    let fact = GuestInvited { of, guest: person, organization: guest.organization };
    event::state(&mut tx, &app.ids, Some(allowed.person), &fact).await?;
    let guests = store::guests(&mut tx, id).await?;
    let seat = guests.into_iter().find(|guest| guest.person == person);
    tx.commit().await?;
    seat.ok_or_else(|| EngagementError::NoGuestSeat.into())
}

/// Takes a guest's seat back; either side may, whoever invited. The next request is refused.
///
/// Errors: 404 when the person has no open seat here.
pub async fn remove_guest(
    app: &App,
    caller: &Caller,
    id: EngagementId,
    person: PersonId,
) -> Result<()> {
    let allowed = allow::<InviteGuest>(caller)?;
    let mut tx = app.db.write(caller).await?;
    let (_, sight) = lock_seen(&mut tx, caller, id).await?;
    let side = sight.side()?;
    let guests = store::guests(&mut tx, id).await?;
    let guest = guests.into_iter().find(|guest| guest.person == person);
    let guest = guest.filter(|g| g.ended_at.is_none()).ok_or(EngagementError::NoGuestSeat)?;
    store::end_guest(&mut tx, id, person).await?;
    let line = format!("The {side} ended the seat of {}.", guest.name);
    let entry = Note::new(Topic::People, "guest-removed", line)
        .facts(json!({ "person": person }))
        .by(allowed.person);
    note(app, &mut tx, id, entry).await?;
    tx.commit().await
}

/// Everybody who was ever invited, those with an open seat first.
pub async fn list_guests(app: &App, caller: &Caller, id: EngagementId) -> Result<Vec<Guest>> {
    let mut tx = app.db.read(caller).await?;
    seen(&mut tx, caller, id).await?;
    store::guests(&mut tx, id).await
}

/// The vendor's people whom the two sides may invite, by name.
pub async fn list_invitable(
    app: &App,
    caller: &Caller,
    id: EngagementId,
) -> Result<Vec<VendorPerson>> {
    let mut tx = app.db.read(caller).await?;
    let (_, sight) = seen(&mut tx, caller, id).await?;
    sight.side()?;
    let guests = store::open_guests(&mut tx, id).await?;
    let mut people = store::vendor_people(&mut tx).await?;
    people.retain(|member| !guests.contains(&member.person));
    Ok(people)
}
