//! Signing in by e-mail and password.

use super::throttle;
use crate::app::App;
use crate::identity::model::{NewSession, SESSION_LIFE};
use crate::identity::{IdentityError, SessionFacts, password, store};
use crate::kernel::email::Email;
use crate::kernel::id::{MembershipId, PersonId, SessionId};
use crate::platform::db::{Scope, Tx};
use crate::platform::http::credential::Secret;
use crate::platform::refusal::Result;

/// Tries an account and an address get in one window.
const TRIES_PER_ACCOUNT: i32 = 10;
const TRIES_PER_ADDRESS: i32 = 100;

/// Opens a session with a fresh secret; an older session is never continued (ASVS 7.2.4).
///
/// Errors: `wrong-sign-in` whether the address or the password is wrong, `too-many-tries`.
pub async fn sign_in(
    app: &App,
    email: &str,
    pass: String,
    facts: SessionFacts,
) -> Result<NewSession> {
    let email = Email::parse(email);
    let account = email.as_ref().map_or("", Email::as_str);
    let mut tx = app.db.write(Scope::GLOBAL).await?;
    let counted = async {
        throttle::count(&mut tx, "sign-in account", account, TRIES_PER_ACCOUNT).await?;
        throttle::count(&mut tx, "sign-in address", &facts.address, TRIES_PER_ADDRESS).await
    };
    let counted = counted.await;
    let known = store::credential(&mut tx, account).await?;
    tx.commit().await?;
    counted?;
    let hash = known.as_ref().map(|k| k.password_hash.clone());
    let fits = password::fits(pass, hash).await?;
    let Some(known) = known.filter(|_| fits) else {
        return Err(IdentityError::WrongSignIn.into());
    };
    let mut tx = app.db.write(Scope::GLOBAL).await?;
    let membership = store::first_membership(&mut tx, known.person).await?;
    let session = open_session(app, &mut tx, (known.person, membership), facts).await?;
    tx.commit().await?;
    Ok(session)
}

/// Opens a session of the person in the caller's transaction, acting with the given seat.
pub(super) async fn open_session(
    app: &App,
    tx: &mut Tx,
    who: (PersonId, Option<MembershipId>),
    facts: SessionFacts,
) -> Result<NewSession> {
    let (person, membership) = who;
    let secret = hex::encode(app.ids.secret());
    let id: SessionId = app.ids.next();
    let token_hash = Secret::new(secret.clone()).hash();
    let row =
        store::NewSessionRow { id, token_hash, person, membership, facts, life: SESSION_LIFE };
    store::insert_session(tx, row).await?;
    Ok(NewSession { id, secret })
}
