//! `POST /texts`

use poem::{Response, handler};
use serde::Deserialize;
use serde_json::json;

use super::{
    body::{Check, Json},
    caller::Caller,
    contacts::created,
    refusal::Refusal,
};
use crate::{
    clock,
    marketing::{model::Text, scope::Scope},
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Said {
    list_id: Option<String>,
    text: Option<String>,
}

/// Sends a text message to everybody who can be reached on a list; the account pays for each.
#[handler]
pub(crate) fn send(caller: Caller, Json(said): Json<Said>) -> Result<Response, Refusal> {
    caller.needs(Scope::CampaignsSend)?;
    let mut check = Check::default();
    let text = check.there("text", said.text);
    check.text("text", Some(text.as_str()), 160);
    let list_id = check.there("list_id", said.list_id);
    check.done()?;
    let account_id = caller.account_id().to_owned();
    let sent = caller.change(|world| {
        let id = world.next_id("txt");
        let account = world.accounts.get_mut(&account_id).ok_or(Refusal::NotFound)?;
        let mut check = Check::default();
        let recipients = account.reachable(&list_id);
        check.that(recipients > 0, "list_id", "names a list with nobody to reach");
        check.done()?;
        let cost_minor = account.text_costs(&list_id);
        let sent_at = clock::now();
        let sent = Text { id: id.clone(), list_id, text, recipients, cost_minor, sent_at };
        account.texts.insert(id, sent.clone());
        Ok(sent)
    })?;
    let shown = json!({
        "id": sent.id,
        "list_id": sent.list_id,
        "text": sent.text,
        "recipients": sent.recipients,
        "cost_minor": sent.cost_minor,
        "sent_at": sent.sent_at,
    });
    Ok(created(&format!("texts/{}", sent.id), &shown))
}
