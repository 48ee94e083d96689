//! `GET /account`

use poem::{handler, web::Json};
use serde_json::{Value, json};

use super::{caller::Caller, refusal::Refusal};
use crate::marketing::scope::Scope;

/// The account that the token reaches.
#[handler]
pub(crate) fn show(caller: Caller) -> Result<Json<Value>, Refusal> {
    caller.needs(Scope::AccountRead)?;
    caller.read(|account| {
        Ok(Json(json!({
            "id": account.id,
            "name": account.name,
            "plan": account.plan,
            "currency": account.currency,
            "country": account.country,
            "time_zone": account.time_zone,
            "contacts": account.contacts.len(),
            "created_at": account.created_at,
        })))
    })
}
