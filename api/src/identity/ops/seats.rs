//! The seats a person holds, and changing from one to another.

use crate::app::App;
use crate::identity::{IdentityError, Seat, SignedIn, store};
use crate::kernel::id::{MembershipId, PersonId};
use crate::platform::db::Scope;
use crate::platform::refusal::Result;

/// Every open seat of the person, by program and organization. One transaction a program, since a
/// transaction serves one vendor.
pub async fn seats(app: &App, person: PersonId) -> Result<Vec<Seat>> {
    let mut tx = app.db.read(Scope::GLOBAL).await?;
    let memberships = store::memberships(&mut tx, person).await?;
    drop(tx);
    let mut seats = Vec::new();
    for group in memberships.chunk_by(|a, b| a.vendor == b.vendor) {
        let Some(first) = group.first() else { continue };
        let mut tx = app.db.read(first.vendor).await?;
        seats.extend(store::name_seats(&mut tx, group).await?);
    }
    Ok(seats)
}

/// Makes the session act for another of the person's seats.
///
/// Errors: `no-such-seat` when it is not theirs or has ended, `session-wanted` with a token.
pub async fn act_as(app: &App, signed_in: &SignedIn, membership: MembershipId) -> Result<()> {
    let session = signed_in.session.ok_or(IdentityError::SessionWanted)?;
    let mut tx = app.db.write(Scope::GLOBAL).await?;
    if !store::set_membership(&mut tx, session, signed_in.person.id, membership).await? {
        return Err(IdentityError::NoSuchSeat.into());
    }
    tx.commit().await
}
