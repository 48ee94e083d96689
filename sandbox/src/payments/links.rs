//! Onboarding and login links: made by a call, used by the owner of the account once.

use serde_json::{Value, json};

use super::{
    accounts::{self, AccountKind, AccountLink, Details, LinkPurpose},
    call::Call,
    corridors,
    refusal::{Answer, Refusal},
    state::State,
};
use crate::chance;

/// How long a link can be used.
const LINK_SECONDS: i64 = 300;

/// `POST /v1/account_links`
pub(super) fn create(state: &mut State, call: &Call) -> Answer {
    call.for_platform(state)?;
    let form = &call.form;
    form.only(&[
        "account",
        "type",
        "refresh_url",
        "return_url",
        "collect",
        "collection_options",
        "expand",
    ])?;
    let account = form.need("account")?.to_owned();
    if !matches!(form.need("type")?, "account_onboarding" | "account_update") {
        return Err(form.invalid("type", "account_onboarding or account_update."));
    }
    form.need("refresh_url")?;
    form.need("return_url")?;
    let refresh_url = form.address("refresh_url")?.unwrap_or_default();
    let return_url = form.address("return_url")?.unwrap_or_default();
    if !state.accounts.contains_key(&account) {
        return Err(Refusal::no_such("account", &account, "account"));
    }
    let purpose = LinkPurpose::Onboarding { return_url, refresh_url };
    let (secret, expires_at) = add(state, account, purpose);
    Ok(json!({
        "object": "account_link",
        "created": state.now(),
        "expires_at": expires_at,
        "url": state.address(&format!("/onboard/{secret}")),
    }))
}

/// `POST /v1/accounts/{id}/login_links`
pub(super) fn create_login(state: &mut State, call: &Call) -> Answer {
    call.for_platform(state)?;
    call.form.only(&["expand"])?;
    let id = call.id(1);
    let account = state.accounts.get(id).ok_or_else(|| Refusal::foreign_account(id))?;
    if account.kind != AccountKind::Express {
        let message = "Only the owner of an Express account comes in by a login link.";
        return Err(Refusal::state("account_invalid", message));
    }
    if account.details.is_none() {
        let message = "The account has not been through onboarding yet.";
        return Err(Refusal::state("account_invalid", message));
    }
    let (secret, _) = add(state, id.to_owned(), LinkPurpose::Login);
    Ok(json!({
        "object": "login_link",
        "created": state.now(),
        "url": state.address(&format!("/express/{secret}")),
    }))
}

/// What stands behind an onboarding link.
pub(super) enum Door {
    Open {
        account: String,
        return_url: String,
    },
    /// Used or expired: the owner goes back to where a new link is made.
    Shut {
        refresh_url: String,
    },
    /// There never was such a link.
    None,
}

/// Looks behind an onboarding link without using it.
pub(super) fn onboarding(state: &State, secret: &str) -> Door {
    let Some(link) = state.links.get(secret) else { return Door::None };
    match &link.purpose {
        LinkPurpose::Login => Door::None,
        LinkPurpose::Onboarding { refresh_url, .. } if link.used || has_expired(state, link) => {
            Door::Shut { refresh_url: refresh_url.clone() }
        }
        LinkPurpose::Onboarding { return_url, .. } => {
            Door::Open { account: link.account.clone(), return_url: return_url.clone() }
        }
    }
}

/// Where the owner goes after onboarding; `None` unless this link was used for it.
pub(super) fn finished(state: &State, secret: &str) -> Option<String> {
    let link = state.links.get(secret).filter(|link| link.used)?;
    match &link.purpose {
        LinkPurpose::Onboarding { return_url, .. } => Some(return_url.clone()),
        LinkPurpose::Login => None,
    }
}

/// Uses a login link: the account that it opens, once.
pub(super) fn log_in(state: &mut State, secret: &str) -> Option<String> {
    let link = state.links.get(secret).filter(|link| !has_expired(state, link))?;
    if link.used || !matches!(link.purpose, LinkPurpose::Login) {
        return None;
    }
    let account = link.account.clone();
    spend(state, secret);
    Some(account)
}

/// What the owner of an account typed.
pub(super) struct Owner<'a> {
    pub legal_name: &'a str,
    pub country: &'a str,
    pub bank_last4: &'a str,
}

/// Which answer the owner has to mend, and why.
#[derive(Debug)]
pub(super) struct Mistake {
    /// The name of the field; empty where none is to blame.
    pub field: &'static str,
    pub why: &'static str,
}

/// Takes the owner's answers, enables the account, tells the platform and uses up the link.
/// Answers with the address to return to.
///
/// # Errors
/// What the owner has to mend; nothing was taken.
pub(super) fn complete(
    state: &mut State,
    secret: &str,
    owner: &Owner<'_>,
) -> Result<String, Mistake> {
    let Door::Open { account: id, return_url } = onboarding(state, secret) else {
        return Err(Mistake { field: "", why: "This link has been used or has expired." });
    };
    check(state, &id, owner)?;
    let bank_id = state.mint("ba");
    let accepted_at = state.now();
    let account = state.accounts.get_mut(&id);
    let account = account.ok_or(Mistake { field: "", why: "The account is gone." })?;
    account.country = Some(owner.country.to_owned());
    account.details = Some(Details {
        legal_name: owner.legal_name.to_owned(),
        bank_last4: owner.bank_last4.to_owned(),
        bank_id,
        accepted_at,
    });
    let object: Value = accounts::render(account);
    spend(state, secret);
    state.emit("account.updated", Some(&id), &object);
    Ok(return_url)
}

fn check(state: &State, id: &str, owner: &Owner<'_>) -> Result<(), Mistake> {
    let mistake = |field, why| Err(Mistake { field, why });
    let length = owner.legal_name.chars().count();
    if !(2..=100).contains(&length) {
        return mistake("legal_name", "Enter the legal name, 2 to 100 characters.");
    }
    let chosen = state.accounts.get(id).and_then(|account| account.country.as_deref());
    if chosen.is_some_and(|country| country != owner.country) {
        return mistake("country", "The country of this account is fixed.");
    }
    if corridors::to(owner.country).is_none() {
        let why = "Payments from the United States cannot reach this country yet. \
             They can reach Canada, the United Kingdom, Switzerland and the EEA.";
        return mistake("country", why);
    }
    if owner.bank_last4.len() != 4 || !owner.bank_last4.bytes().all(|b| b.is_ascii_digit()) {
        return mistake("bank_last4", "Enter the last four digits of the bank account.");
    }
    Ok(())
}

fn add(state: &mut State, account: String, purpose: LinkPurpose) -> (String, i64) {
    let secret = chance::secret();
    let expires_at = state.now() + LINK_SECONDS;
    let link = AccountLink { account, purpose, expires_at, used: false };
    state.links.insert(secret.clone(), link);
    (secret, expires_at)
}

fn spend(state: &mut State, secret: &str) {
    if let Some(link) = state.links.get_mut(secret) {
        link.used = true;
    }
}

fn has_expired(state: &State, link: &AccountLink) -> bool {
    link.expires_at <= state.now()
}
