//! Forgotten and changed passwords, and asking for the password before a deed that needs it.

use super::asked::{self, Asked};
use super::{links, throttle};
use crate::app::App;
use crate::identity::model::{LinkPurpose, OpenToken};
use crate::identity::{IdentityError, SignedIn, password, store};
use crate::kernel::check::Checks;
use crate::kernel::email::Email;
use crate::kernel::id::{PersonId, SessionId, VendorId};
use crate::outside::mail;
use crate::platform::db::{Scope, Tx};
use crate::platform::refusal::{Error, Result};

/// Resets that an address of mail and a peer get in one window, and passwords a person may try
/// while signed in.
const PER_MAIL: i32 = 3;
const PER_PEER: i32 = 30;
const PER_PERSON: i32 = 10;

/// Asks for a link to choose a new password. The answer and its cost are the same whether or not
/// the address has an account.
///
/// Errors: 422 when it is no address; `too-many-tries`.
pub async fn ask_to_reset(app: &App, vendor: VendorId, email: &str, peer: &str) -> Result<()> {
    let mut checks = Checks::new();
    let email = Email::parse(email);
    let email = checks.parsed("email", email, "Enter a mail address, such as name@company.com");
    checks.finish()?;
    let email = email.map(|email| email.as_str().to_owned()).unwrap_or_default();
    throttle::count_now(app, "reset address", &email, PER_MAIL).await?;
    throttle::count_now(app, "reset peer", peer, PER_PEER).await?;
    let mut tx = app.db.write(vendor).await?;
    asked::ask(app, &mut tx, vendor, &Asked::Reset { email }).await?;
    tx.commit().await
}

/// Whether a link to choose a new password still works; nothing is spent.
///
/// Errors: `no-such-link`.
pub async fn reset_behind(app: &App, secret: &str) -> Result<()> {
    links::look(app, secret, LinkPurpose::Reset).await.map(|_| ())
}

/// Sets a new password by the link of a mail. Every session ends; API tokens stay and are
/// answered, so that their owner sees them.
///
/// Errors: faults of the password; `no-such-link`.
pub async fn reset_password(app: &App, secret: &str, pass: String) -> Result<Vec<OpenToken>> {
    let mut checks = Checks::new();
    password::check(&mut checks, "password", &pass);
    checks.finish()?;
    let link = links::look(app, secret, LinkPurpose::Reset).await?;
    let vendor = links::vendor_of(&link)?;
    let hash = password::hash(pass).await?;
    let mut tx = app.db.write(vendor).await?;
    let link = links::spend(&mut tx, secret, LinkPurpose::Reset).await?;
    let person = link.person.ok_or_else(|| Error::fault("a reset of nobody"))?;
    let tokens = set(app, &mut tx, (person, None), &hash).await?;
    tx.commit().await?;
    Ok(tokens)
}

/// Changes the password of the signed-in person; their other sessions end.
///
/// Errors: `session-wanted` with a token, `wrong-password` for the old one, faults of the new one
/// under `new_password`, `too-many-tries`.
pub async fn change_password(
    app: &App,
    vendor: VendorId,
    signed_in: &SignedIn,
    old: String,
    new: String,
) -> Result<()> {
    let session = signed_in.session.ok_or(IdentityError::SessionWanted)?;
    let mut checks = Checks::new();
    password::check(&mut checks, "new_password", &new);
    checks.finish()?;
    let person = signed_in.person.id;
    check_password(app, person, old).await?;
    let hash = password::hash(new).await?;
    let mut tx = app.db.write(vendor).await?;
    set(app, &mut tx, (person, Some(session)), &hash).await?;
    tx.commit().await
}

/// Tries of somebody who is signed in already.
const AGAIN: &str = "password again";

/// Asks for the password again before a deed that needs it; tries are counted.
///
/// Errors: `wrong-password`, `too-many-tries`.
pub async fn check_password(app: &App, person: PersonId, pass: String) -> Result<()> {
    let whom = person.to_string();
    throttle::count_now(app, AGAIN, &whom, PER_PERSON).await?;
    let mut tx = app.db.read(Scope::GLOBAL).await?;
    let hash = store::password_hash(&mut tx, person).await?;
    drop(tx);
    if password::fits(pass, hash).await? {
        // Counted before it was looked at, so that many at once are; a right one is no guess.
        return throttle::take_back(app, AGAIN, &whom).await;
    }
    Err(IdentityError::WrongPassword.into())
}

/// Writes the hash, ends sessions (but `keep`) and open links, and tells the person by mail.
async fn set(
    app: &App,
    tx: &mut Tx,
    who: (PersonId, Option<SessionId>),
    hash: &str,
) -> Result<Vec<OpenToken>> {
    let (id, keep) = who;
    store::set_password(tx, id, hash).await?;
    store::delete_sessions(tx, id, keep).await?;
    store::end_links_of(tx, id).await?;
    let tokens = store::open_tokens(tx, id).await?;
    let person = store::person(tx, id).await?;
    let person = person.ok_or_else(|| Error::fault("a password of nobody"))?;
    let names: Vec<String> = tokens.iter().map(|token| token.name.clone()).collect();
    let vendor = tx.vendor()?;
    let mail = links::post(app, tx, vendor).await?.password_changed(&person, &names);
    mail::enqueue(tx, &app.ids, &[mail]).await?;
    Ok(tokens)
}
