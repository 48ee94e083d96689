//! The page where the owner of a connected account gives what it takes to be paid.

use poem::{Response, http::StatusCode};

use super::layout::{self, escape};
use crate::payments::{
    corridors,
    form::Form,
    links::{self, Door, Mistake, Owner},
    server::Server,
    state::{Origin, State},
};

/// `GET /onboard/{secret}`
///
/// # Errors
/// The state could not be written.
pub(super) fn show(server: &Server, secret: &str) -> anyhow::Result<Response> {
    let typed = Typed { legal_name: "", country: "", bank_last4: "" };
    server.change(Origin::default(), |state| current(state, secret, &typed, None))
}

/// `POST /onboard/{secret}`
///
/// # Errors
/// The state could not be written: nothing was taken.
pub(super) fn submit(server: &Server, secret: &str, form: &Form) -> anyhow::Result<Response> {
    let field = |name| form.text(name).unwrap_or_default().trim();
    let typed = Typed {
        legal_name: field("legal_name"),
        country: field("country"),
        bank_last4: field("bank_last4"),
    };
    let answer = server.change(Origin::default(), |state| {
        if !matches!(links::onboarding(state, secret), Door::Open { .. }) {
            return current(state, secret, &typed, None);
        }
        let Typed { legal_name, country, bank_last4 } = typed;
        match links::complete(state, secret, &Owner { legal_name, country, bank_last4 }) {
            Ok(_) => layout::redirect(&format!("/onboard/{secret}/done")),
            Err(mistake) => current(state, secret, &typed, Some(&mistake)),
        }
    });
    server.wake_all();
    answer
}

/// `GET /onboard/{secret}/done`
pub(super) fn done(server: &Server, secret: &str) -> Response {
    match server.read(|state| links::finished(state, secret)) {
        Some(address) => {
            let text = "Your details are complete. You are being taken back.";
            layout::leading_on("You can be paid", text, &address)
        }
        None => no_such_link(),
    }
}

struct Typed<'a> {
    legal_name: &'a str,
    country: &'a str,
    bank_last4: &'a str,
}

fn current(state: &State, secret: &str, typed: &Typed<'_>, mistake: Option<&Mistake>) -> Response {
    match links::onboarding(state, secret) {
        Door::None => no_such_link(),
        Door::Shut { refresh_url } => layout::redirect(&refresh_url),
        Door::Open { account, .. } => {
            let account = state.accounts.get(&account);
            let fixed = account.and_then(|account| account.country.as_deref());
            form_page(fixed, typed, mistake)
        }
    }
}

fn no_such_link() -> Response {
    let text = "Go back to where you came from and ask for a new link.";
    layout::message(StatusCode::NOT_FOUND, "This link leads nowhere", text)
}

fn form_page(fixed: Option<&str>, typed: &Typed<'_>, mistake: Option<&Mistake>) -> Response {
    let (status, title, alert) = match mistake {
        None => (StatusCode::OK, "Get ready to be paid", String::new()),
        Some(Mistake { why, .. }) => {
            let alert = format!(
                r#"<div class="alert" role="alert"><strong>Not saved</strong>{}</div>"#,
                escape(why)
            );
            (StatusCode::UNPROCESSABLE_ENTITY, "Error: Get ready to be paid", alert)
        }
    };
    let invalid = |field: &str| match mistake {
        Some(mistake) if mistake.field == field => r#" aria-invalid="true""#,
        _ => "",
    };
    let main = format!(
        r#"<h1>Get ready to be paid</h1>
<p class="lede">These details let the platform send you your share of each payment.</p>
{alert}
<form method="post">
<label for="legal_name">Legal name</label>
<p class="hint" id="name_hint">Of the person or the company that owns the bank account.</p>
<input id="legal_name" name="legal_name" autocomplete="name" maxlength="100"
 aria-describedby="name_hint" value="{name}" required{bad_name}>
{country}
<label for="bank_last4">Bank account, last four digits</label>
<input class="four" id="bank_last4" name="bank_last4" inputmode="numeric" maxlength="4"
 pattern="[0-9]{{4}}" title="Four digits" value="{last4}" required{bad_last4}>
<button type="submit">Save and continue</button>
</form>"#,
        name = escape(typed.legal_name),
        last4 = escape(typed.bank_last4),
        country = country_field(fixed, typed.country, invalid("country")),
        bad_name = invalid("legal_name"),
        bad_last4 = invalid("bank_last4"),
    );
    layout::page(status, title, &main)
}

fn country_field(fixed: Option<&str>, chosen: &str, invalid: &str) -> String {
    if let Some(code) = fixed {
        let name = corridors::to(code).map_or(code, |corridor| corridor.name);
        return format!(
            r#"<p class="label">Country</p><p class="fixed">{name}</p>
<input type="hidden" name="country" value="{code}">"#
        );
    }
    let option = |code: &str, name: &str| {
        let selected = if code == chosen { " selected" } else { "" };
        format!(r#"<option value="{code}"{selected}>{name}</option>"#)
    };
    let options: String = corridors::CORRIDORS
        .iter()
        .map(|corridor| option(corridor.country, corridor.name))
        .collect();
    let other = option("XX", "Another country");
    format!(
        r#"<label for="country">Country</label>
<p class="hint" id="country_hint">Where the bank account is. It cannot be changed later.</p>
<select id="country" name="country" autocomplete="country" aria-describedby="country_hint"
 required{invalid}><option value="">Choose a country</option>{options}{other}</select>"#
    )
}
