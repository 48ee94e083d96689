//! Sessions: who a credential is, the list their owner sees, ending them.

use crate::app::App;
use crate::identity::{IdentityError, SessionRow, SignedIn, store};
use crate::kernel::id::{PersonId, SessionId};
use crate::platform::db::Scope;
use crate::platform::http::credential::Credential;
use crate::platform::refusal::{Common, Result};

/// Who the credential belongs to; `None` when it is unknown, ended or expired.
pub async fn authenticate(app: &App, credential: &Credential) -> Result<Option<SignedIn>> {
    let hash = credential.hash();
    let mut tx = app.db.read(Scope::GLOBAL).await?;
    let found = match credential {
        Credential::Session(_) => store::by_session(&mut tx, &hash).await?,
        Credential::Bearer(_) => store::by_token(&mut tx, &hash).await?,
    };
    drop(tx);
    let Some(found) = found else { return Ok(None) };
    if found.stale {
        let mut tx = app.db.write(Scope::GLOBAL).await?;
        store::touch(&mut tx, credential, &hash).await?;
        tx.commit().await?;
    }
    Ok(Some(found.signed_in))
}

/// The person's open sessions, latest first; `session-wanted` with a token: it is of one
/// organization, sessions are of the whole person.
pub async fn list_sessions(app: &App, signed_in: &SignedIn) -> Result<Vec<SessionRow>> {
    signed_in.session.ok_or(IdentityError::SessionWanted)?;
    let mut tx = app.db.read(Scope::GLOBAL).await?;
    store::sessions(&mut tx, signed_in.person.id).await
}

/// Ends one of the person's own sessions; 404 when it is not theirs, `session-wanted` with a token.
pub async fn sign_out_of(app: &App, signed_in: &SignedIn, session: SessionId) -> Result<()> {
    signed_in.session.ok_or(IdentityError::SessionWanted)?;
    let mut tx = app.db.write(Scope::GLOBAL).await?;
    if !store::delete_session(&mut tx, signed_in.person.id, session).await? {
        return Err(Common::NotFound("session").into());
    }
    tx.commit().await
}

/// Ends the session at hand.
pub async fn sign_out(app: &App, signed_in: &SignedIn) -> Result<()> {
    let session = signed_in.session.ok_or(IdentityError::SessionWanted)?;
    sign_out_of(app, signed_in, session).await
}

/// Ends every session of the person but `keep`.
pub async fn end_all_sessions(app: &App, person: PersonId, keep: Option<SessionId>) -> Result<()> {
    let mut tx = app.db.write(Scope::GLOBAL).await?;
    store::delete_sessions(&mut tx, person, keep).await?;
    tx.commit().await
}
