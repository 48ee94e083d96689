//! Connecting a customer's account at the marketing application, there and back again.

use super::actor::Actor;
use super::hosted::{self, Member};
use anyhow::{Context, Result};
use serde_json::json;

/// How the way to the application and back ended.
#[derive(Debug)]
pub struct Return {
    /// The program's word, such as `connected`.
    pub outcome: String,
    /// The connection, when one was made.
    pub connection: Option<String>,
}

/// Begins at the program as `actor`, signs in and allows at the application as `member`, and
/// follows the way back.
///
/// # Errors
/// A page on the way is not the one that must come.
pub async fn connect(actor: &mut Actor, upstream: &str, member: Member<'_>) -> Result<Return> {
    let body = json!({ "upstream": upstream, "connection": null });
    let begun = actor.post("/v1/connections", body).await?.expect(200)?;
    let link = begun.at("/authorize_url")?.parse()?;
    let back = hosted::allow(&mut actor.browser, &link, member).await?;
    let said = |name: &str| {
        let found = back.url.query_pairs().find(|(known, _)| known == name);
        found.map(|(_, value)| value.into_owned())
    };
    let outcome = said("outcome").with_context(|| format!("no outcome: {}", back.shown()))?;
    Ok(Return { outcome, connection: said("connection") })
}
