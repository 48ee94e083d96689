//! `/users`: the people of the account, for administrators.

use std::collections::BTreeMap;

use poem::{Response, handler, web::Json as Answer};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    body::{Check, Json},
    caller::Caller,
    contacts::created,
    refusal::Refusal,
};
use crate::marketing::{
    model::{Role, User, UserState},
    scope::Scope,
};

/// `GET /users`
#[handler]
pub(crate) fn all(caller: Caller) -> Result<Answer<Value>, Refusal> {
    caller.needs(Scope::Admin)?;
    let account_id = caller.account_id();
    let items: Vec<Value> = caller.app.world.read(|world| {
        let of = |user: &User| user.roles.get(account_id).map(|role| view(user, *role));
        world.users.values().filter_map(of).collect()
    });
    Ok(Answer(json!({ "items": items, "next": null, "next_cursor": null })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Said {
    email: Option<String>,
    name: Option<String>,
    role: Option<Role>,
}

/// `POST /users`: invites somebody, or adds a known person to this account.
#[handler]
pub(crate) fn invite(caller: Caller, Json(said): Json<Said>) -> Result<Response, Refusal> {
    caller.needs(Scope::Admin)?;
    let mut check = Check::default();
    let email = check.there("email", said.email);
    let name = check.there("name", said.name);
    check.email("email", Some(email.as_str()).filter(|text| !text.is_empty()));
    check.text("name", Some(name.as_str()).filter(|text| !text.is_empty()), 80);
    check.that(said.role.is_some(), "role", "must be owner, editor or viewer");
    check.done()?;
    let role = said.role.unwrap_or(Role::Viewer);
    let account_id = caller.account_id().to_owned();
    let shown = caller.change(|world| {
        let known = world.user_by_email(&email).map(|user| user.id.clone());
        let id = known.unwrap_or_else(|| world.next_id("usr"));
        let user = world.users.entry(id.clone()).or_insert_with(|| User {
            id,
            email,
            name,
            state: UserState::Invited,
            roles: BTreeMap::new(),
        });
        if user.roles.contains_key(&account_id) {
            let text = format!("{} is in this account already", user.email);
            return Err(Refusal::Conflict("already_there", text));
        }
        user.roles.insert(account_id, role);
        Ok(view(user, role))
    })?;
    Ok(created("users", &shown))
}

fn view(user: &User, role: Role) -> Value {
    json!({
        "id": user.id,
        "email": user.email,
        "name": user.name,
        "role": role,
        "state": user.state,
    })
}
