//! What a person changes about themselves: name, zone, address.

use super::asked::{self, Asked};
use super::password::check_password;
use super::{links, throttle};
use crate::app::App;
use crate::identity::model::{LinkPurpose, one_line};
use crate::identity::{IdentityError, SignedIn, store};
use crate::kernel::check::Checks;
use crate::kernel::email::Email;
use crate::kernel::id::VendorId;
use crate::kernel::zone::Zone;
use crate::outside::mail;
use crate::platform::db::Scope;
use crate::platform::refusal::{Error, Result};

/// Changes of address that a person may ask for in one window.
const PER_PERSON: i32 = 3;

/// Sets name and zone (IANA name) of the signed-in person.
///
/// Errors: faults of `name` and `zone`; `session-wanted` with a token.
pub async fn set_profile(app: &App, signed_in: &SignedIn, name: &str, zone: &str) -> Result<()> {
    signed_in.session.ok_or(IdentityError::SessionWanted)?;
    let mut checks = Checks::new();
    let name = one_line(&mut checks, "name", name, "your name", 120);
    let zone = checks.parsed("zone", Zone::parse(zone.trim()), "Choose a time zone");
    checks.finish()?;
    let zone = zone.map(Zone::name).unwrap_or_default();
    let mut tx = app.db.write(Scope::GLOBAL).await?;
    store::set_profile(&mut tx, signed_in.person.id, &name, zone).await?;
    tx.commit().await
}

/// Asks for another address: a link goes to the new one, word of it to the one in force. The
/// answer is the same whether or not the new one has an account.
///
/// Errors: 422 when it is no address or theirs already; `wrong-password`, `session-wanted`,
/// `too-many-tries`.
pub async fn ask_to_change_email(
    app: &App,
    vendor: VendorId,
    signed_in: &SignedIn,
    email: &str,
    pass: String,
) -> Result<()> {
    signed_in.session.ok_or(IdentityError::SessionWanted)?;
    let person = &signed_in.person;
    let mut checks = Checks::new();
    let email = Email::parse(email);
    let email = checks.parsed("email", email, "Enter a mail address, such as name@company.com");
    let own = email.as_ref().is_some_and(|email| email.as_str() == person.email);
    checks.that(!own, "email", "This is your address already");
    checks.finish()?;
    let email = email.map(|email| email.as_str().to_owned()).unwrap_or_default();
    check_password(app, person.id, pass).await?;
    throttle::count_now(app, "change address", &person.id.to_string(), PER_PERSON).await?;
    let mut tx = app.db.write(vendor).await?;
    let word = links::post(app, &mut tx, vendor).await?.email_change_asked(person, &email);
    mail::enqueue(&mut tx, &app.ids, &[word]).await?;
    asked::ask(app, &mut tx, vendor, &Asked::ChangeEmail { person: person.id, email }).await?;
    tx.commit().await
}

/// The address that a link would make the person's; nothing is spent.
///
/// Errors: `no-such-link`.
pub async fn email_change_behind(app: &App, secret: &str) -> Result<String> {
    Ok(links::look(app, secret, LinkPurpose::ChangeEmail).await?.email)
}

/// Makes the new address the person's own, by the link sent to it, and tells the old one.
///
/// Errors: `no-such-link`; `address-taken` when somebody has it by now.
pub async fn change_email(app: &App, secret: &str) -> Result<()> {
    let link = links::look(app, secret, LinkPurpose::ChangeEmail).await?;
    let vendor = links::vendor_of(&link)?;
    let mut tx = app.db.write(vendor).await?;
    let link = links::spend(&mut tx, secret, LinkPurpose::ChangeEmail).await?;
    let id = link.person.ok_or_else(|| Error::fault("a change of nobody's address"))?;
    let before = store::person(&mut tx, id).await?;
    let before = before.ok_or_else(|| Error::fault("a change of nobody's address"))?;
    store::set_email(&mut tx, id, &link.email).await?;
    store::end_links_of(&mut tx, id).await?;
    let word = links::post(app, &mut tx, vendor).await?.email_changed(&before, &link.email);
    mail::enqueue(&mut tx, &app.ids, &[word]).await?;
    tx.commit().await
}
