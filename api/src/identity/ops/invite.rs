//! Inviting a colleague, and joining by the invitation.

use super::members::{ManageMembers, own_seat};
use super::{links, sign_in, throttle};
use crate::app::App;
use crate::identity::facts::MemberJoined;
use crate::identity::model::{
    Invitation, InvitationBehind, JoinFacts, LinkPurpose, NewSession, one_line,
};
use crate::identity::roles::allow;
use crate::identity::store::{self, MembershipRow, Withdrawn};
use crate::identity::{IdentityError, Person, SessionFacts, SignedIn, password, policy};
use crate::kernel::check::{Checks, Invalid};
use crate::kernel::email::Email;
use crate::kernel::id::{EmailLinkId, MembershipId, OrganizationId};
use crate::kernel::zone::Zone;
use crate::outside::mail;
use crate::platform::caller::{Caller, OrganizationKind, Role};
use crate::platform::db::Tx;
use crate::platform::jobs::event;
use crate::platform::refusal::{Common, Error, Result};

/// Invitations that a person sends in one window.
const PER_PERSON: i32 = 30;

/// Invites an address to the caller's organization; the link goes by mail and works for 7 days.
/// A newer invitation takes the place of an older one.
///
/// Errors: 403 when the caller's role may not, `owners-only`, `already-member`, `too-many-tries`;
/// faults of `email` and `role`.
pub async fn invite(app: &App, caller: &Caller, email: &str, role: Role) -> Result<()> {
    allow::<ManageMembers>(caller)?;
    policy::may_give(caller.role, role, caller.kind)?;
    let mut checks = Checks::new();
    let email = Email::parse(email);
    let email = checks.parsed("email", email, "Enter a mail address, such as name@company.com");
    checks.finish()?;
    let email = email.map(|email| email.as_str().to_owned()).unwrap_or_default();
    throttle::count_now(app, "invite", &caller.person.to_string(), PER_PERSON).await?;
    let mut tx = app.db.write(caller).await?;
    let open = store::lock_members(&mut tx, caller.organization).await?;
    let own = own_seat(&open, caller)?;
    may_make(&mut tx, caller, (own.role, role)).await?;
    if open.iter().any(|one| one.email == email) {
        return Err(IdentityError::AlreadyMember.into());
    }
    let organization = store::organization(&mut tx, caller.organization).await?;
    let (organization_name, _) = organization.ok_or(Common::NotFound("organization"))?;
    let facts = JoinFacts {
        organization: caller.organization,
        organization_name,
        kind: caller.kind,
        role,
        invited_by: Some(caller.person),
        invited_by_name: own.name.clone(),
    };
    send(app, &mut tx, &email, &facts).await?;
    tx.commit().await
}

/// An admin who made others would be several people where several must agree to access.
///
/// Errors: `owners-only`.
pub(super) async fn may_make(
    tx: &mut Tx,
    caller: &Caller,
    (own, role): (Role, Role),
) -> Result<()> {
    let makes_admins = role == Role::Admin && own != Role::Owner;
    if makes_admins && store::several_must_agree(tx, caller.organization).await? {
        return Err(IdentityError::OwnersMakeAdmins.into());
    }
    Ok(())
}

/// The same when an invitation is accepted: the rule may be younger than it, or whoever sent it no
/// longer an owner.
async fn may_still_make(tx: &mut Tx, facts: &JoinFacts) -> Result<()> {
    let sender = facts.invited_by.filter(|_| facts.role == Role::Admin);
    let Some(sender) = sender else { return Ok(()) };
    if store::is_owner(tx, facts.organization, sender).await?
        || !store::several_must_agree(tx, facts.organization).await?
    {
        return Ok(());
    }
    Err(IdentityError::OwnersMakeAdmins.into())
}

/// Invites an owner into an organization on behalf of whoever operates the installation, in the
/// transaction of its program; the mail goes once a program serves. Nobody's role is asked: only
/// commands may call this.
///
/// Errors: `already-member`; a fault of `owner` when that is no mail address; 404 when there is no
/// such organization.
pub async fn invite_owner(
    app: &App,
    tx: &mut Tx,
    organization: (OrganizationId, OrganizationKind),
    email: &str,
) -> Result<()> {
    let (organization, kind) = organization;
    let email = Email::parse(email)
        .ok_or_else(|| Invalid::field("owner", "Enter a mail address, such as name@company.com"))?;
    let open = store::lock_members(tx, organization).await?;
    if open.iter().any(|one| one.email == email.as_str()) {
        return Err(IdentityError::AlreadyMember.into());
    }
    let named = store::organization(tx, organization).await?;
    let (organization_name, _) = named.ok_or(Common::NotFound("organization"))?;
    let site = app.site.base.host_str().unwrap_or_default();
    let facts = JoinFacts {
        organization,
        organization_name,
        kind,
        role: Role::Owner,
        invited_by: None,
        invited_by_name: format!("The operator of {site}"),
    };
    send(app, tx, email.as_str(), &facts).await
}

/// Takes back what was sent to this address before, and sends the new link.
async fn send(app: &App, tx: &mut Tx, email: &str, facts: &JoinFacts) -> Result<()> {
    store::withdraw_invitations(tx, facts.organization, Withdrawn::To(email)).await?;
    let secret = links::write_link(app, tx, LinkPurpose::Join, (None, email), facts).await?;
    let vendor = tx.vendor()?;
    let letter = links::post(app, tx, vendor).await?.join(email, facts, &secret);
    mail::enqueue(tx, &app.ids, &[letter]).await
}

/// Open invitations to the caller's organization, latest first.
///
/// Errors: 403 when the caller's role may not.
pub async fn invitations(app: &App, caller: &Caller) -> Result<Vec<Invitation>> {
    allow::<ManageMembers>(caller)?;
    let mut tx = app.db.read(caller).await?;
    store::invitations(&mut tx, caller.organization).await
}

/// Withdraws an invitation: its link works no more.
///
/// Errors: 403 when the caller's role may not; 404 when it is not open or not theirs.
pub async fn withdraw_invitation(app: &App, caller: &Caller, id: EmailLinkId) -> Result<()> {
    allow::<ManageMembers>(caller)?;
    let mut tx = app.db.write(caller).await?;
    let one = Withdrawn::One(id);
    if store::withdraw_invitations(&mut tx, caller.organization, one).await? == 0 {
        return Err(Common::NotFound("invitation").into());
    }
    tx.commit().await
}

/// What an invitation is about, for the page on which it is accepted.
///
/// Errors: `no-such-link`.
pub async fn invitation_behind(app: &App, secret: &str) -> Result<InvitationBehind> {
    let link = links::look(app, secret, LinkPurpose::Join).await?;
    let vendor = links::vendor_of(&link)?;
    let facts: JoinFacts = serde_json::from_value(link.facts)?;
    let mut tx = app.db.read(vendor).await?;
    let has_account = store::person_by_email(&mut tx, &link.email).await?.is_some();
    let organization = store::organization(&mut tx, facts.organization).await?;
    Ok(InvitationBehind {
        email: link.email,
        organization: facts.organization_name,
        kind: facts.kind,
        role: facts.role,
        invited_by: facts.invited_by_name,
        zone: organization.map(|(_, zone)| zone).unwrap_or_default(),
        has_account,
    })
}

/// What a new person says of themselves to join.
pub struct Joining {
    pub name: String,
    pub password: String,
    /// IANA name; the organization's zone when `None`.
    pub zone: Option<String>,
}

/// Joins with a new account: makes person, password and seat at once, and opens a session.
///
/// Errors: faults of `name`, `password` and `zone`; `no-such-link`;
/// `sign-in-first` when the address has an account.
pub async fn join_anew(
    app: &App,
    secret: &str,
    who: Joining,
    from: SessionFacts,
) -> Result<NewSession> {
    let link = links::look(app, secret, LinkPurpose::Join).await?;
    let vendor = links::vendor_of(&link)?;
    let mut checks = Checks::new();
    let name = one_line(&mut checks, "name", &who.name, "your name", 120);
    let chosen = who.zone.as_deref().map(|zone| Zone::parse(zone.trim()));
    let known = !matches!(chosen, Some(None));
    checks.that(known, "zone", "Choose a time zone");
    password::check(&mut checks, "password", &who.password);
    checks.finish()?;
    let hash = password::hash(who.password).await?;
    let mut tx = app.db.write(vendor).await?;
    let link = links::spend(&mut tx, secret, LinkPurpose::Join).await?;
    if store::person_by_email(&mut tx, &link.email).await?.is_some() {
        return Err(IdentityError::SignInFirst.into());
    }
    let facts: JoinFacts = serde_json::from_value(link.facts)?;
    let organization = store::organization(&mut tx, facts.organization).await?;
    let (_, own) = organization.ok_or_else(|| Error::fault("an invitation to nowhere"))?;
    let zone = chosen.flatten().map_or(own, |zone| zone.name().to_owned());
    let person = Person { id: app.ids.next(), name, email: link.email, zone };
    store::add_person(&mut tx, &person, Some(&hash)).await?;
    let seat = take_seat(app, &mut tx, &person, &facts).await?;
    let session = sign_in::open_session(app, &mut tx, (person.id, Some(seat)), from).await?;
    tx.commit().await?;
    Ok(session)
}

/// Joins as the signed-in person; the session acts with the new seat then.
///
/// Errors: `no-such-link`; `other-address` when the invitation was sent to somebody else;
/// `already-member`; `session-wanted` with a token.
pub async fn join(app: &App, signed_in: &SignedIn, secret: &str) -> Result<MembershipId> {
    let session = signed_in.session.ok_or(IdentityError::SessionWanted)?;
    let person = &signed_in.person;
    let link = links::look(app, secret, LinkPurpose::Join).await?;
    let vendor = links::vendor_of(&link)?;
    let mut tx = app.db.write(vendor).await?;
    let link = links::spend(&mut tx, secret, LinkPurpose::Join).await?;
    if link.email != person.email {
        return Err(IdentityError::OtherAddress.into());
    }
    let facts: JoinFacts = serde_json::from_value(link.facts)?;
    let seat = take_seat(app, &mut tx, person, &facts).await?;
    store::set_membership(&mut tx, session, person.id, seat).await?;
    tx.commit().await?;
    Ok(seat)
}

async fn take_seat(
    app: &App,
    tx: &mut Tx,
    person: &Person,
    facts: &JoinFacts,
) -> Result<MembershipId> {
    may_still_make(tx, facts).await?;
    let seat = MembershipRow {
        id: app.ids.next(),
        person: person.id,
        vendor: tx.vendor()?,
        organization: facts.organization,
        kind: facts.kind,
        role: facts.role,
    };
    store::add_membership(tx, &seat).await?;
    let fact = MemberJoined {
        organization: facts.organization,
        membership: seat.id,
        person: person.id,
        name: person.name.clone(),
        role: facts.role,
    };
    event::state(tx, &app.ids, Some(person.id), &fact).await?;
    Ok(seat.id)
}
