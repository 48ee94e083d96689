//! API tokens: one membership each, shown once, kept as a hash.

use crate::app::App;
use crate::identity::{ApiToken, NewToken, store};
use crate::kernel::check::Checks;
use crate::kernel::id::ApiTokenId;
use crate::platform::caller::{Caller, TokenScope};
use crate::platform::db::Scope;
use crate::platform::http::credential::Secret;
use crate::platform::refusal::{Common, Result};
use chrono::Duration;

/// Prefix by which secret scanners know our tokens.
const PREFIX: &str = "att_";

/// Makes a token for the caller's own membership; `days` from 1 to 365.
pub async fn make_token(
    app: &App,
    caller: &Caller,
    name: &str,
    scope: TokenScope,
    days: i64,
) -> Result<NewToken> {
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

/// Ends a token at once; 404 when it is not of the caller's membership.
pub async fn revoke_token(app: &App, caller: &Caller, id: ApiTokenId) -> Result<()> {
    let mut tx = app.db.write(Scope::GLOBAL).await?;
    if !store::revoke_token(&mut tx, caller.membership, id).await? {
        return Err(Common::NotFound("token").into());
    }
    tx.commit().await
}
