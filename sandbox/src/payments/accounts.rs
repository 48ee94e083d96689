//! Connected accounts, and the links by which their owners come to the hosted pages.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    call::Call,
    corridors,
    form::Form,
    lists,
    lists::Listing,
    objects::joined,
    refusal::{Answer, Refusal},
    state::State,
};

/// A connected account. It can be paid once its owner has been through onboarding.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Account {
    pub id: String,
    pub kind: AccountKind,
    /// `None` until somebody chose it: the caller at creation or the owner at onboarding.
    pub country: Option<String>,
    pub email: Option<String>,
    pub business_type: Option<String>,
    pub business_name: Option<String>,
    pub business_url: Option<String>,
    pub product: Option<String>,
    /// The capabilities that were asked for.
    pub requested: Vec<String>,
    pub service_agreement: String,
    pub payout_interval: String,
    pub metadata: BTreeMap<String, String>,
    pub created: i64,
    /// What the owner said at onboarding.
    pub details: Option<Details>,
}

/// What the owner of an account said at onboarding.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Details {
    pub legal_name: String,
    pub bank_last4: String,
    pub bank_id: String,
    pub accepted_at: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum AccountKind {
    Custom,
    Express,
    Standard,
}

/// A link to a hosted page for the owner of an account; it opens one door once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct AccountLink {
    pub account: String,
    pub purpose: LinkPurpose,
    pub expires_at: i64,
    pub used: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum LinkPurpose {
    Onboarding { return_url: String, refresh_url: String },
    Login,
}

impl Account {
    /// Whether transfers to this account are possible.
    pub(super) fn is_payable(&self) -> bool {
        self.details.is_some() && self.requested.iter().any(|name| name == "transfers")
    }

    /// The country, or the platform's where nobody has chosen yet.
    pub(super) fn country(&self) -> &str {
        self.country.as_deref().unwrap_or(corridors::PLATFORM_COUNTRY)
    }

    /// The currency of the account's country.
    pub(super) fn currency(&self) -> &'static str {
        corridors::to(self.country()).map_or("usd", |corridor| corridor.currency)
    }
}

/// `POST /v1/accounts`
pub(super) fn create(state: &mut State, call: &Call) -> Answer {
    call.for_platform(state)?;
    let form = &call.form;
    form.only(&[
        "type",
        "controller",
        "country",
        "email",
        "business_type",
        "business_profile",
        "capabilities",
        "tos_acceptance",
        "settings",
        "metadata",
        "expand",
    ])?;
    let account = Account {
        id: state.mint("acct"),
        kind: kind(form)?,
        country: country(form)?,
        email: form.short("email", 512)?,
        business_type: form.short("business_type", 40)?,
        business_name: form.part("business_profile").short("name", 100)?,
        business_url: form.part("business_profile").address("url")?,
        product: form.part("business_profile").short("product_description", 40_000)?,
        requested: capabilities(form)?,
        service_agreement: service_agreement(form)?,
        payout_interval: payout_interval(form)?,
        metadata: form.metadata("metadata", &BTreeMap::new())?,
        created: state.now(),
        details: None,
    };
    let answer = render(&account);
    state.accounts.insert(account.id.clone(), account);
    Ok(answer)
}

/// `POST /v1/accounts/{id}`: metadata, e-mail and business profile only.
pub(super) fn update(state: &mut State, call: &Call) -> Answer {
    let form = &call.form;
    form.only(&["email", "business_profile", "metadata", "expand"])?;
    let email = form.short("email", 512)?;
    let profile = form.part("business_profile");
    let (name, url) = (profile.short("name", 100)?, profile.address("url")?);
    let product = profile.short("product_description", 40_000)?;
    let id = call.id(1);
    let account = state.accounts.get_mut(id).ok_or_else(|| Refusal::foreign_account(id))?;
    account.metadata = form.metadata("metadata", &account.metadata)?;
    account.email = email.or(account.email.take());
    account.business_name = name.or(account.business_name.take());
    account.business_url = url.or(account.business_url.take());
    account.product = product.or(account.product.take());
    let answer = render(account);
    state.emit("account.updated", Some(id), &answer);
    Ok(answer)
}

/// `GET /v1/accounts/{id}`
pub(super) fn retrieve(state: &State, call: &Call) -> Answer {
    call.form.only(&["expand"])?;
    let id = call.id(1);
    state.accounts.get(id).map(render).ok_or_else(|| Refusal::foreign_account(id))
}

/// `GET /v1/accounts`
pub(super) fn list(state: &State, call: &Call) -> Answer {
    let listing = Listing {
        address: "/v1/accounts",
        all: &state.accounts,
        belongs: &|_| true,
        created: |account: &Account| account.created,
        render: &render,
    };
    lists::page(&call.form, &[], &listing)
}

fn kind(form: &Form) -> Result<AccountKind, Refusal> {
    let dashboard = form.part("controller").part("stripe_dashboard");
    match (form.word("type")?, dashboard.text("type")) {
        (Some(kind), None) => Ok(kind),
        (None, Some("express")) => Ok(AccountKind::Express),
        (None, None | Some("full")) => Ok(AccountKind::Standard),
        (None, Some("none")) => Ok(AccountKind::Custom),
        (None, Some(_)) => Err(dashboard.invalid("type", "express, full or none.")),
        (Some(_), Some(_)) => Err(form.invalid("type", "Send type or controller, not both.")),
    }
}

fn country(form: &Form) -> Result<Option<String>, Refusal> {
    match form.text("country").map(str::to_uppercase) {
        Some(code) if corridors::to(&code).is_none() => Err(Refusal::parameter(
            "country_unsupported",
            "country",
            format!("A platform in {} cannot pay to {code}.", corridors::PLATFORM_COUNTRY),
        )),
        country => Ok(country),
    }
}

fn capabilities(form: &Form) -> Result<Vec<String>, Refusal> {
    let part = form.part("capabilities");
    part.only(&["card_payments", "transfers"])?;
    let mut requested = Vec::new();
    for name in ["card_payments", "transfers"] {
        if part.part(name).flag("requested")? == Some(true) {
            requested.push(name.to_owned());
        }
    }
    Ok(requested)
}

fn service_agreement(form: &Form) -> Result<String, Refusal> {
    let part = form.part("tos_acceptance");
    part.only(&["service_agreement"])?;
    match part.text("service_agreement") {
        None | Some("full") => Ok("full".to_owned()),
        Some("recipient") => Ok("recipient".to_owned()),
        Some(_) => Err(part.invalid("service_agreement", "full or recipient.")),
    }
}

fn payout_interval(form: &Form) -> Result<String, Refusal> {
    let schedule = form.part("settings").part("payouts").part("schedule");
    match schedule.text("interval") {
        None => Ok("daily".to_owned()),
        Some(word @ ("manual" | "daily" | "weekly" | "monthly")) => Ok(word.to_owned()),
        Some(_) => Err(schedule.invalid("interval", "manual, daily, weekly or monthly.")),
    }
}

/// The account object.
pub(super) fn render(account: &Account) -> Value {
    let done = account.details.is_some();
    let state = if done { "active" } else { "inactive" };
    let capabilities: BTreeMap<&str, &str> =
        account.requested.iter().map(|name| (name.as_str(), state)).collect();
    json!({
        "id": account.id,
        "object": "account",
        "business_profile": business_profile(account),
        "business_type": account.business_type,
        "capabilities": capabilities,
        "charges_enabled": done,
        "controller": controller(account.kind),
        "country": account.country(),
        "created": account.created,
        "default_currency": account.currency(),
        "details_submitted": done,
        "email": account.email,
        "external_accounts": lists::object(
            &format!("/v1/accounts/{}/external_accounts", account.id),
            account.details.iter().map(|details| bank_account(account, details)).collect(),
            false,
        ),
        "future_requirements": requirements(true),
        "metadata": account.metadata,
        "payouts_enabled": done,
        "requirements": requirements(done),
        "settings": settings(account),
        "tos_acceptance": {
            "date": account.details.as_ref().map(|details| details.accepted_at),
            "service_agreement": account.service_agreement,
        },
        "type": account.kind,
    })
}

fn business_profile(account: &Account) -> Value {
    json!({
        "annual_revenue": null,
        "estimated_worker_count": null,
        "mcc": null,
        "minority_owned_business_designation": null,
        "name": account.business_name,
        "product_description": account.product,
        "support_address": null,
        "support_email": null,
        "support_phone": null,
        "support_url": null,
        "url": account.business_url,
    })
}

fn controller(kind: AccountKind) -> Value {
    let (payer, losses, collects, dashboard) = match kind {
        AccountKind::Express => ("application_express", "application", "stripe", "express"),
        AccountKind::Custom => ("application_custom", "application", "application", "none"),
        AccountKind::Standard => return json!({ "type": "account" }),
    };
    json!({
        "type": "application",
        "is_controller": true,
        "fees": { "payer": payer },
        "losses": { "payments": losses },
        "requirement_collection": collects,
        "stripe_dashboard": { "type": dashboard },
    })
}

fn bank_account(account: &Account, details: &Details) -> Value {
    json!({
        "id": details.bank_id,
        "object": "bank_account",
        "account": account.id,
        "account_holder_name": details.legal_name,
        "account_holder_type": null,
        "account_type": null,
        "available_payout_methods": ["standard"],
        "bank_name": "Sandbox Bank",
        "country": account.country(),
        "currency": account.currency(),
        "default_for_currency": true,
        "fingerprint": null,
        "future_requirements": null,
        "last4": details.bank_last4,
        "metadata": {},
        "requirements": null,
        "routing_number": null,
        "status": "new",
    })
}

fn requirements(met: bool) -> Value {
    let due: &[&str] = if met { &[] } else { &["external_account", "tos_acceptance.date"] };
    json!({
        "alternatives": [],
        "current_deadline": null,
        "currently_due": due,
        "disabled_reason": if met { None } else { Some("requirements.past_due") },
        "errors": [],
        "eventually_due": due,
        "past_due": due,
        "pending_verification": [],
    })
}

fn settings(account: &Account) -> Value {
    let name = account.details.as_ref().map(|details| details.legal_name.as_str());
    let anchor = match account.payout_interval.as_str() {
        "weekly" => json!({ "weekly_anchor": "monday" }),
        "monthly" => json!({ "monthly_anchor": 1 }),
        _ => json!({}),
    };
    let schedule = json!({ "delay_days": 2, "interval": account.payout_interval });
    json!({
        "bacs_debit_payments": { "display_name": null, "service_user_number": null },
        "branding": {
            "icon": null, "logo": null, "primary_color": null, "secondary_color": null,
        },
        "card_payments": {
            "decline_on": { "avs_failure": false, "cvc_failure": false },
            "statement_descriptor_prefix": null,
            "statement_descriptor_prefix_kana": null,
            "statement_descriptor_prefix_kanji": null,
        },
        "dashboard": { "display_name": name, "timezone": "Etc/UTC" },
        "payments": {
            "statement_descriptor": null,
            "statement_descriptor_kana": null,
            "statement_descriptor_kanji": null,
        },
        "payouts": {
            "debit_negative_balances": true,
            "schedule": joined(schedule, anchor),
            "statement_descriptor": null,
        },
        "sepa_debit_payments": {},
    })
}
