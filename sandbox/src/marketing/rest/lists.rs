//! `/lists` and `/lists/{id}`

use poem::{
    Request, Response, handler,
    web::{Json as Answer, Path},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    body::{Check, Json},
    caller::Caller,
    contacts::{self, created},
    paging::Asked,
    refusal::Refusal,
};
use crate::{
    clock,
    marketing::{
        model::{Account, List},
        scope::Scope,
    },
};

/// `GET /lists?cursor=&limit=`
#[handler]
pub(crate) fn all(caller: Caller, req: &Request) -> Result<Response, Refusal> {
    caller.needs(Scope::ListsRead)?;
    let asked = Asked::of(req)?;
    caller.read(|account| {
        Ok(asked.page(&caller.app, account.lists.iter(), |list| view(account, list)))
    })
}

/// `GET /lists/{id}`
#[handler]
pub(crate) fn show(caller: Caller, Path(id): Path<String>) -> Result<Answer<Value>, Refusal> {
    caller.needs(Scope::ListsRead)?;
    let shown = caller.read(|account| {
        account.lists.get(&id).map(|list| view(account, list)).ok_or(Refusal::NotFound)
    });
    shown.map(Answer)
}

/// `GET /lists/{id}/contacts`: who is on it, so it needs the right to see contacts too.
#[handler]
pub(crate) fn members(
    caller: Caller,
    req: &Request,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    caller.needs(Scope::ListsRead)?;
    caller.needs(Scope::ContactsRead)?;
    let asked = Asked::of(req)?;
    caller.read(|account| {
        account.lists.get(&id).ok_or(Refusal::NotFound)?;
        let members = account.contacts.iter().filter(|(_, c)| c.list_ids.contains(&id));
        Ok(asked.page(&caller.app, members, contacts::view))
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Said {
    name: Option<String>,
    description: Option<String>,
}

/// `POST /lists`
#[handler]
pub(crate) fn add(caller: Caller, Json(said): Json<Said>) -> Result<Response, Refusal> {
    caller.needs(Scope::ListsWrite)?;
    let mut check = Check::default();
    let name = check.there("name", said.name);
    check.text("name", Some(&name).filter(|name| !name.is_empty()).map(String::as_str), 80);
    check.text("description", said.description.as_deref(), 400);
    check.done()?;
    let account_id = caller.account_id().to_owned();
    let (id, shown) = caller.change(|world| {
        let id = world.next_id("lst");
        let account = world.accounts.get_mut(&account_id).ok_or(Refusal::NotFound)?;
        let description = said.description.unwrap_or_default();
        let list = List { id: id.clone(), name, description, created_at: clock::now() };
        let shown = view(account, &list);
        account.lists.insert(id.clone(), list);
        Ok((id, shown))
    })?;
    Ok(created(&format!("lists/{id}"), &shown))
}

fn view(account: &Account, list: &List) -> Value {
    let on_it = account.contacts.values().filter(|c| c.list_ids.contains(&list.id));
    json!({
        "id": list.id,
        "name": list.name,
        "description": list.description,
        "contacts": on_it.count(),
        "reachable": account.reachable(&list.id),
        "text_cost_minor": account.text_costs_at_most(&list.id),
        "created_at": list.created_at,
    })
}
