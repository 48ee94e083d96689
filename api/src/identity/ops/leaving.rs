//! The end of a person's work: every seat that whoever ends it may end, whatever the program, in
//! one commit. What hung on a seat ends program by program, as reactions to that fact.

use super::links;
use crate::app::App;
use crate::identity::IdentityError;
use crate::identity::facts::MembershipEnded;
use crate::identity::model::{Departed, Leaving, LeavingSeat, PeopleOf};
use crate::identity::roles::{Allowed, Command, Deed, allow};
use crate::identity::store::{self, OpenSeat};
use crate::kernel::id::{MembershipId, OrganizationId};
use crate::outside::mail;
use crate::platform::caller::{Caller, OrganizationKind, Role};
use crate::platform::db::Tx;
use crate::platform::jobs::event;
use crate::platform::refusal::{Common, Error, Result};

pub struct EndWork;

impl Command for EndWork {
    const DEED: Deed = Deed::EndWork;
}

/// Whose work would end with a seat, or has ended, with every seat that goes with it.
///
/// Errors: 403, 404.
pub async fn leaving(app: &App, caller: &Caller, membership: MembershipId) -> Result<Leaving> {
    let _: Allowed<EndWork> = allow(caller)?;
    let mut tx = app.db.read(caller).await?;
    let mut found = known(&mut tx, caller, membership).await?;
    if found.ended_at.is_none() {
        let open = store::open_seats(&mut tx, &organizations(&found)).await?;
        found.hindered = hindrance(&open, caller, &found).err();
        found.seats = endable(&open, caller, found.seats);
    }
    Ok(found)
}

/// Ends a person's work: the seat and every other that the caller may end, in one commit. From it
/// on no session, token or letter of access of these seats opens anything. There is no way back
/// but a new invitation. Where it has ended already, nothing happens.
///
/// Errors: 403, 404, `own-work`, `owners-only`, `last-owner`.
pub async fn end_work(app: &App, caller: &Caller, membership: MembershipId) -> Result<()> {
    let _: Allowed<EndWork> = allow(caller)?;
    let mut tx = app.db.write(caller).await?;
    let found = known(&mut tx, caller, membership).await?;
    let open = store::lock_open_seats(&mut tx, &organizations(&found)).await?;
    if found.ended_at.is_some() || !open.iter().any(|seat| seat.is(membership)) {
        return tx.commit().await;
    }
    hindrance(&open, caller, &found)?;
    let seats = endable(&open, caller, found.seats.clone());
    let ids: Vec<MembershipId> = seats.iter().map(|seat| seat.membership).collect();
    store::end_memberships(&mut tx, &ids, caller.person).await?;
    let of: Vec<OrganizationId> = seats.iter().map(|seat| seat.organization).collect();
    store::withdraw_invitations_by(&mut tx, found.person, &of).await?;
    for seat in &seats {
        let fact = MembershipEnded {
            organization: seat.organization,
            membership: seat.membership,
            person: found.person,
            name: found.name.clone(),
            role: open.iter().find(|one| one.is(seat.membership)).map_or(seat.role, |s| s.role),
            left: false,
        };
        event::state_to(&mut tx, &app.ids, (seat.vendor, Some(caller.person)), &fact).await?;
    }
    tx.commit().await
}

async fn known(tx: &mut Tx, caller: &Caller, membership: MembershipId) -> Result<Leaving> {
    let found = store::seats_of_work(tx, caller, membership).await?;
    Ok(found.ok_or(Common::NotFound("member"))?)
}

fn organizations(of: &Leaving) -> Vec<OrganizationId> {
    of.seats.iter().map(|seat| seat.organization).collect()
}

/// Errors when the seat that was asked about may not be ended by the caller, or not now.
fn hindrance(open: &[OpenSeat], caller: &Caller, of: &Leaving) -> Result<(), IdentityError> {
    if of.person == caller.person {
        return Err(IdentityError::OwnWork);
    }
    let Some(seat) = of.seats.first() else { return Ok(()) };
    may_end(open, caller, seat)
}

/// Those of the seats that the caller may end now; the others stay.
fn endable(open: &[OpenSeat], caller: &Caller, seats: Vec<LeavingSeat>) -> Vec<LeavingSeat> {
    let first = seats.first().map(|seat| seat.membership);
    let ends = |seat: &LeavingSeat| {
        let is_open = open.iter().any(|one| one.is(seat.membership));
        Some(seat.membership) == first || is_open && may_end(open, caller, seat).is_ok()
    };
    seats.into_iter().filter(ends).collect()
}

/// By the seats as they stand under the lock: the vendor's staff may end any but a last owner's; a
/// colleague needs an open seat that leads there, an owner's to end an owner.
fn may_end(open: &[OpenSeat], caller: &Caller, seat: &LeavingSeat) -> Result<(), IdentityError> {
    let now = open.iter().find(|one| one.is(seat.membership));
    let role = now.map_or(seat.role, |now| now.role);
    if caller.kind != OrganizationKind::Vendor {
        let own = open.iter().find(|one| one.holds(caller.person, seat.organization));
        match own.map(|own| own.role) {
            Some(Role::Owner) => {}
            Some(Role::Admin) if role != Role::Owner => {}
            Some(_) => return Err(IdentityError::OwnersOnly),
            None => return Err(IdentityError::NoSuchSeat),
        }
    }
    let kept =
        role != Role::Owner || open.iter().any(|one| one.keeps(seat.organization, seat.membership));
    if kept { Ok(()) } else { Err(IdentityError::LastOwner) }
}

/// The people of a partner's or reseller's organization: for the vendor's staff of any, for others
/// of their own.
///
/// Errors: 403; 404 for any other organization.
pub async fn people_of(
    app: &App,
    caller: &Caller,
    organization: OrganizationId,
) -> Result<PeopleOf> {
    let _: Allowed<EndWork> = allow(caller)?;
    let mut tx = app.db.read(caller).await?;
    let foreign = caller.kind != OrganizationKind::Vendor && caller.organization != organization;
    let found =
        if foreign { None } else { store::work_organization(&mut tx, organization).await? };
    Ok(PeopleOf {
        organization: found.ok_or(Common::NotFound("partner"))?,
        open: store::members(&mut tx, organization).await?,
        departed: store::departed(&mut tx, organization).await?,
    })
}

/// The seats of the caller's organization that ended last, for whoever may end a person's work.
///
/// Errors: 403.
pub async fn departed(app: &App, caller: &Caller) -> Result<Vec<Departed>> {
    let _: Allowed<EndWork> = allow(caller)?;
    let mut tx = app.db.read(caller).await?;
    store::departed(&mut tx, caller.organization).await
}

/// Whether the organization does work for others, so that a seat's end has its page of proof.
pub async fn has_departures(tx: &mut Tx, organization: OrganizationId) -> Result<bool> {
    Ok(store::work_organization(tx, organization).await?.is_some())
}

/// The name of an organization of the transaction's program.
pub async fn organization_name(tx: &mut Tx, id: OrganizationId) -> Result<String> {
    let found = store::organization(tx, id).await?;
    let (name, _) = found.ok_or_else(|| Error::fault("no such organization"))?;
    Ok(name)
}

/// Writes the mail to a person whose seat ended: they see the organization no more. Part of the
/// reactions to [`MembershipEnded`].
pub async fn person_told_of_end(app: &App, tx: &mut Tx, fact: &MembershipEnded) -> Result<()> {
    let organization = organization_name(tx, fact.organization).await?;
    let email = store::email_of(tx, fact.person).await?;
    let vendor = tx.vendor()?;
    let to = (fact.name.as_str(), email.as_str());
    let mail = links::post(app, tx, vendor).await?.seat_ended(to, &organization, fact.left);
    mail::enqueue(tx, &app.ids, &[mail]).await
}
