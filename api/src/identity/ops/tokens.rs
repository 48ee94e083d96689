//! API tokens: one membership each, shown once, kept as a hash.

use crate::app::App;
use crate::identity::{ApiToken, IdentityError, NewToken, SignedIn, store};
use crate::kernel::check::Checks;
use crate::kernel::id::ApiTokenId;
use crate::platform::caller::{Caller, TokenScope};
use crate::platform::db::Scope;
use crate::platform::http::credential::Secret;
use crate::platform::refusal::{Common, Result};
use chrono::Duration;

/// Prefix by which secret scanners know our tokens.
const PREFIX: &str = "att_";

/// Makes a token for the membership the session acts with; `days` from 1 to 365.
///
/// Errors: faults of `name` and `days`; `session-wanted` with a token, lest one that leaked give
/// itself a longer life; `no-membership`.
pub async fn make_token(
    app: &App,
    signed_in: &SignedIn,
    name: &str,
    scope: TokenScope,
    days: i64,
) -> Result<NewToken> {
    let caller = of_a_session(signed_in)?;
    let mut checks = Checks::new();
    let name = checks.text("name", name, "a name for the token", (1, 80));
    checks.that((1..=365).contains(&days), "days", "Choose from 1 to 365 days");
    checks.finish()?;
    let secret = format!("{PREFIX}{}", hex::encode(app.ids.secret()));
    let id: ApiTokenId = app.ids.next();
    let row = store::NewTokenRow {
        id,
        token_hash: Secret::new(secret.clone()).hash(),
        membership: caller.membership,
        name,
        scope,
        life: Duration::days(days),
    };
    let mut tx = app.db.write(Scope::GLOBAL).await?;
    let token = store::insert_token(&mut tx, row).await?;
    tx.commit().await?;
    Ok(NewToken { token, secret })
}

/// The tokens of the caller's membership, latest first.
pub async fn list_tokens(app: &App, caller: &Caller) -> Result<Vec<ApiToken>> {
    let mut tx = app.db.read(Scope::GLOBAL).await?;
    store::tokens(&mut tx, caller.membership).await
}

/// Ends a token at once.
///
/// Errors: 404 when it is not of the membership the session acts with; `session-wanted` with a
/// token; `no-membership`.
pub async fn revoke_token(app: &App, signed_in: &SignedIn, id: ApiTokenId) -> Result<()> {
    let caller = of_a_session(signed_in)?;
    let mut tx = app.db.write(Scope::GLOBAL).await?;
    if !store::revoke_token(&mut tx, caller.membership, id).await? {
        return Err(Common::NotFound("token").into());
    }
    tx.commit().await
}

fn of_a_session(signed_in: &SignedIn) -> Result<&Caller> {
    signed_in.session.ok_or(IdentityError::SessionWanted)?;
    Ok(signed_in.caller.as_ref().ok_or(IdentityError::NoMembership)?)
}
