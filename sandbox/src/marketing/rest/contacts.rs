//! `/contacts` and `/contacts/{id}`

use std::collections::BTreeSet;

use poem::{
    Request, Response, handler,
    http::{StatusCode, header},
    web::{Json as Answer, Path},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    body::{Check, Json},
    caller::Caller,
    paging::Asked,
    refusal::Refusal,
};
use crate::{
    clock,
    marketing::{
        model::{Account, Contact, ContactStatus},
        scope::Scope,
    },
};

/// `GET /contacts?email=&status=&cursor=&limit=`
#[handler]
pub(crate) fn all(caller: Caller, req: &Request) -> Result<Response, Refusal> {
    caller.needs(Scope::ContactsRead)?;
    let asked = Asked::of(req)?;
    let status = asked.filter("status").map(status).transpose()?;
    let email = asked.filter("email");
    let wanted = |contact: &Contact| {
        status.is_none_or(|status| contact.status == status)
            && email.is_none_or(|email| contact.email.eq_ignore_ascii_case(email))
    };
    caller.read(|account| {
        let contacts = account.contacts.iter().filter(|(_, contact)| wanted(contact));
        Ok(asked.page(&caller.app, contacts, view))
    })
}

/// `GET /contacts/{id}`
#[handler]
pub(crate) fn show(caller: Caller, Path(id): Path<String>) -> Result<Answer<Value>, Refusal> {
    caller.needs(Scope::ContactsRead)?;
    caller.read(|account| account.contacts.get(&id).map(view).ok_or(Refusal::NotFound)).map(Answer)
}

/// What a caller may say of a contact.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Said {
    email: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    country: Option<String>,
    status: Option<ContactStatus>,
    tags: Option<BTreeSet<String>>,
    list_ids: Option<BTreeSet<String>>,
}

/// `POST /contacts`
#[handler]
pub(crate) fn add(caller: Caller, Json(said): Json<Said>) -> Result<Response, Refusal> {
    caller.needs(Scope::ContactsWrite)?;
    let now = clock::now();
    let account_id = caller.account_id().to_owned();
    let contact = caller.change(|world| {
        let account = world.accounts.get(&account_id).ok_or(Refusal::NotFound)?;
        said.check(account, None, true)?;
        let id = world.next_id("con");
        let account = world.accounts.get_mut(&account_id).ok_or(Refusal::NotFound)?;
        let mut contact = Contact {
            id: id.clone(),
            email: String::new(),
            first_name: String::new(),
            last_name: String::new(),
            country: account.country.clone(),
            status: ContactStatus::Subscribed,
            tags: BTreeSet::new(),
            list_ids: BTreeSet::new(),
            created_at: now,
            updated_at: now,
        };
        said.apply(&mut contact);
        account.contacts.insert(id, contact.clone());
        Ok(contact)
    })?;
    Ok(created(&format!("contacts/{}", contact.id), &view(&contact)))
}

/// `PATCH /contacts/{id}`
#[handler]
pub(crate) fn edit(
    caller: Caller,
    Path(id): Path<String>,
    Json(said): Json<Said>,
) -> Result<Answer<Value>, Refusal> {
    caller.needs(Scope::ContactsWrite)?;
    let edited = caller.change_account(|account| {
        if !account.contacts.contains_key(&id) {
            return Err(Refusal::NotFound);
        }
        said.check(account, Some(&id), false)?;
        let contact = account.contacts.get_mut(&id).ok_or(Refusal::NotFound)?;
        said.apply(contact);
        contact.updated_at = clock::now();
        Ok(view(contact))
    });
    edited.map(Answer)
}

/// `DELETE /contacts/{id}`
#[handler]
pub(crate) fn delete(caller: Caller, Path(id): Path<String>) -> Result<StatusCode, Refusal> {
    caller.needs(Scope::ContactsWrite)?;
    caller.change_account(|account| {
        account.contacts.remove(&id).map(|_| StatusCode::NO_CONTENT).ok_or(Refusal::NotFound)
    })
}

impl Said {
    fn check(&self, account: &Account, own: Option<&str>, new: bool) -> Result<(), Refusal> {
        let mut check = Check::default();
        check.that(!new || self.email.is_some(), "email", "is missing");
        check.email("email", self.email.as_deref());
        for (field, value) in [("first_name", &self.first_name), ("last_name", &self.last_name)] {
            check.text(field, value.as_deref(), 80);
        }
        let is_code =
            |code: &String| code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase());
        let country = self.country.as_ref().is_none_or(is_code);
        check.that(country, "country", "must be two capital letters, as in DE");
        for tag in self.tags.iter().flatten() {
            check.text("tags", Some(tag), 40);
        }
        for id in self.list_ids.iter().flatten() {
            check.that(
                account.lists.contains_key(id),
                "list_ids",
                "names a list that is not there",
            );
        }
        check.done()?;
        let taken = |contact: &&Contact| {
            own != Some(contact.id.as_str())
                && self.email.as_deref().is_some_and(|e| contact.email.eq_ignore_ascii_case(e))
        };
        match account.contacts.values().find(taken) {
            Some(contact) => Err(Refusal::Conflict(
                "email_taken",
                format!("This address belongs to the contact {}", contact.id),
            )),
            None => Ok(()),
        }
    }

    fn apply(self, contact: &mut Contact) {
        put(&mut contact.email, self.email);
        put(&mut contact.first_name, self.first_name);
        put(&mut contact.last_name, self.last_name);
        put(&mut contact.country, self.country);
        put(&mut contact.status, self.status);
        put(&mut contact.tags, self.tags);
        put(&mut contact.list_ids, self.list_ids);
    }
}

/// Changes a field that was named.
pub(super) fn put<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}

/// A 201 with the address of what was made.
pub(super) fn created(path: &str, view: &Value) -> Response {
    Response::builder()
        .status(StatusCode::CREATED)
        .header(header::LOCATION, format!("/api/v1/{path}"))
        .content_type("application/json")
        .body(view.to_string())
}

/// Reads the word of a status.
pub(super) fn status(word: &str) -> Result<ContactStatus, Refusal> {
    let wrong = |_| Refusal::Malformed("status must be subscribed, unsubscribed or bounced".into());
    serde_json::from_value(word.into()).map_err(wrong)
}

/// A contact as the API shows it.
pub(super) fn view(contact: &Contact) -> Value {
    json!(contact)
}
