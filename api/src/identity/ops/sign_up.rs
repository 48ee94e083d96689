//! A new person with a new organization, or one more organization of a person.

use super::asked::{self, Asked};
use super::{links, sign_in, throttle};
use crate::app::App;
use crate::identity::facts::OrganizationAdded;
use crate::identity::model::{
    LinkPurpose, NewOrganization, NewSession, OrganizationWanted, SignUpBehind, SignUpFacts,
    one_line,
};
use crate::identity::store::{self, MembershipRow};
use crate::identity::{IdentityError, Person, SessionFacts, SignedIn, password};
use crate::kernel::check::Checks;
use crate::kernel::email::Email;
use crate::kernel::id::{MembershipId, OrganizationId, VendorId};
use crate::kernel::zone::Zone;
use crate::platform::caller::Role;
use crate::platform::db::Tx;
use crate::platform::jobs::event;
use crate::platform::refusal::Result;

/// Sign-ups that an address of mail and a peer get in one window.
const PER_MAIL: i32 = 3;
const PER_PEER: i32 = 30;
/// Passwords that one link gets in one window.
const PER_LINK: i32 = 10;
/// Organizations that one person adds in one window.
const PER_PERSON: i32 = 5;

/// What was typed to sign up.
pub struct SignUp {
    pub name: String,
    pub email: String,
    pub password: String,
    pub organization: OrganizationWanted,
}

/// Asks for an account; what follows comes by mail. The answer and its cost are the same whether
/// or not the address has an account. `peer` is the address it came from.
///
/// Errors: every fault by field; `too-many-tries`.
pub async fn ask_to_sign_up(app: &App, vendor: VendorId, wanted: SignUp, peer: &str) -> Result<()> {
    let mut checks = Checks::new();
    let name = one_line(&mut checks, "name", &wanted.name, "your name", 120);
    let email = Email::parse(&wanted.email);
    let email = checks.parsed("email", email, "Enter a mail address, such as name@company.com");
    password::check(&mut checks, "password", &wanted.password);
    let organization = wanted.organization.checked(&mut checks);
    checks.finish()?;
    let email = email.map(|email| email.as_str().to_owned()).unwrap_or_default();
    throttle::count_now(app, "sign-up address", &email, PER_MAIL).await?;
    throttle::count_now(app, "sign-up peer", peer, PER_PEER).await?;
    let password_hash = password::hash(wanted.password).await?;
    let facts = SignUpFacts { name, password_hash, organization };
    let mut tx = app.db.write(vendor).await?;
    asked::ask(app, &mut tx, vendor, &Asked::SignUp { email, facts }).await?;
    tx.commit().await
}

/// What a link of a sign-up is about, for the page that asks for the password.
///
/// Errors: `no-such-link`.
pub async fn sign_up_behind(app: &App, secret: &str) -> Result<SignUpBehind> {
    let link = links::look(app, secret, LinkPurpose::SignUp).await?;
    let facts: SignUpFacts = serde_json::from_value(link.facts)?;
    let organization = facts.organization.name;
    Ok(SignUpBehind { name: facts.name, email: link.email, organization })
}

/// Makes person, password, organization and the owner's seat at once, and opens a session.
///
/// The password is asked for once more: whoever typed a stranger's address cannot make the
/// stranger open an account to which the typist holds the key.
///
/// Errors: `no-such-link`, `wrong-password`, `too-many-tries`; `address-taken` when the address got
/// an account meanwhile.
pub async fn confirm_sign_up(
    app: &App,
    secret: &str,
    pass: String,
    from: SessionFacts,
) -> Result<NewSession> {
    let link = links::look(app, secret, LinkPurpose::SignUp).await?;
    let vendor = links::vendor_of(&link)?;
    throttle::count_now(app, "sign-up link", &link.id.to_string(), PER_LINK).await?;
    let facts: SignUpFacts = serde_json::from_value(link.facts)?;
    if !password::fits(pass, Some(facts.password_hash.clone())).await? {
        return Err(IdentityError::WrongPassword.into());
    }
    let mut tx = app.db.write(vendor).await?;
    let link = links::spend(&mut tx, secret, LinkPurpose::SignUp).await?;
    let person = Person {
        id: app.ids.next(),
        name: facts.name,
        email: link.email,
        zone: facts.organization.zone.clone(),
    };
    store::add_person(&mut tx, &person, Some(&facts.password_hash)).await?;
    let seat = add(app, &mut tx, &person, &facts.organization).await?;
    let session = sign_in::open_session(app, &mut tx, (person.id, Some(seat)), from).await?;
    tx.commit().await?;
    Ok(session)
}

/// Adds an organization of the signed-in person to the program; the session acts for it then.
///
/// Errors: every fault by field; `session-wanted` with a token, `too-many-tries`.
pub async fn add_organization(
    app: &App,
    vendor: VendorId,
    signed_in: &SignedIn,
    wanted: &OrganizationWanted,
) -> Result<MembershipId> {
    let session = signed_in.session.ok_or(IdentityError::SessionWanted)?;
    let person = &signed_in.person;
    let mut checks = Checks::new();
    let new = wanted.checked(&mut checks);
    checks.finish()?;
    throttle::count_now(app, "add organization", &person.id.to_string(), PER_PERSON).await?;
    let mut tx = app.db.write(vendor).await?;
    let seat = add(app, &mut tx, person, &new).await?;
    store::set_membership(&mut tx, session, person.id, seat).await?;
    tx.commit().await?;
    Ok(seat)
}

async fn add(
    app: &App,
    tx: &mut Tx,
    owner: &Person,
    new: &NewOrganization,
) -> Result<MembershipId> {
    let organization: OrganizationId = app.ids.next();
    let row = store::OrganizationRow {
        id: organization,
        kind: new.kind,
        name: new.name.clone(),
        city: new.city.clone(),
        country: new.country.clone(),
        zone: Zone::parse(&new.zone).unwrap_or(Zone::UTC),
        industry: new.industry.clone(),
    };
    store::write_organization(tx, &row).await?;
    let seat = MembershipRow {
        id: app.ids.next(),
        person: owner.id,
        vendor: tx.vendor()?,
        organization,
        kind: new.kind,
        role: Role::Owner,
    };
    store::add_membership(tx, &seat).await?;
    let fact = OrganizationAdded {
        organization,
        name: new.name.clone(),
        kind: new.kind,
        owner: owner.id,
        owner_name: owner.name.clone(),
    };
    event::state(tx, &app.ids, Some(owner.id), &fact).await?;
    Ok(seat.id)
}
