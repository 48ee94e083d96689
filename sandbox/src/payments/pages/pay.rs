//! The page where a customer pays a checkout session.

use poem::{Response, http::StatusCode};

use super::layout::{self, escape};
use crate::payments::{
    cards::Card,
    checkout::{self, Item, Paid, Session, SessionStatus},
    currency,
    form::Form,
    server::Server,
    state::{Origin, State},
};

/// `GET /pay/{session}`
///
/// # Errors
/// The state could not be written.
pub(super) fn show(server: &Server, id: &str) -> anyhow::Result<Response> {
    // Through a write, so that a session whose time is over is seen as expired.
    server.change(Origin::default(), |state| current(state, id, None))
}

/// `POST /pay/{session}`: pays once, however often it is sent.
///
/// # Errors
/// The state could not be written: nothing was paid.
pub(super) fn submit(server: &Server, id: &str, form: &Form) -> anyhow::Result<Response> {
    let typed = Card::from_number(form.text("card_number").unwrap_or_default());
    let answer = server.change(Origin::default(), |state| {
        let Some(session) = state.sessions.get(id) else { return current(state, id, None) };
        if session.status != SessionStatus::Open {
            return layout::redirect(&format!("/pay/{id}"));
        }
        let card = match typed {
            Ok(card) => card,
            Err(why) => return current(state, id, Some(why)),
        };
        match checkout::pay(state, id, card) {
            Paid::Yes | Paid::TooLate => layout::redirect(&format!("/pay/{id}")),
            Paid::Declined(why) => {
                let advice = format!("{why} Nothing was paid: try another card.");
                current(state, id, Some(&advice))
            }
        }
    });
    server.wake_all();
    answer
}

fn current(state: &State, id: &str, problem: Option<&str>) -> Response {
    let Some(session) = state.sessions.get(id) else {
        let text = "Check the address, or go back to where you came from.";
        return layout::message(StatusCode::NOT_FOUND, "There is no such payment", text);
    };
    match session.status {
        SessionStatus::Open => open(session, problem),
        SessionStatus::Complete => complete(session),
        SessionStatus::Expired => expired(session),
    }
}

fn complete(session: &Session) -> Response {
    let total = currency::show(session.total(), &session.currency);
    let text = format!("{total} was taken from the card. You are being taken back.");
    let address = session.success_url.as_deref().unwrap_or("/");
    let address = address.replace("{CHECKOUT_SESSION_ID}", &session.id);
    layout::leading_on("Paid", &text, &address)
}

fn expired(session: &Session) -> Response {
    let back = back(session, "Go back");
    let main = format!(
        "<h1>This payment page has expired</h1>\n\
         <p>Nothing was paid. Go back and begin the payment again.</p>\n{back}"
    );
    layout::page(StatusCode::GONE, "Expired", &main)
}

fn open(session: &Session, problem: Option<&str>) -> Response {
    let total = currency::show(session.total(), &session.currency);
    let rows: String = session.items.iter().map(|item| row(session, item)).collect();
    let lede = match &session.intent_description {
        Some(text) => format!(r#"<p class="lede">{}</p>"#, escape(text)),
        None => String::new(),
    };
    let (status, invalid, alert, prefix) = match problem {
        None => (StatusCode::OK, "", String::new(), ""),
        Some(why) => {
            let invalid = r#" aria-invalid="true""#;
            (StatusCode::UNPROCESSABLE_ENTITY, invalid, alert(why), "Error: ")
        }
    };
    let title = format!("{prefix}Pay {total}");
    let main = format!(
        r#"<h1>Pay {total}</h1>
{lede}
{alert}
<table>
<thead><tr><th scope="col">For</th><th scope="col">Amount</th></tr></thead>
<tbody>{rows}</tbody>
<tfoot><tr><th scope="row">Total</th><td>{total}</td></tr></tfoot>
</table>
<form method="post">
<label for="card_number">Card number</label>
<p class="hint" id="card_hint">To try it out: <span class="number">4242 4242 4242 4242</span> pays,
<span class="number">4000 0000 0000 0002</span> is declined,
<span class="number">4000 0000 0000 0259</span> is disputed.</p>
<input id="card_number" name="card_number" inputmode="numeric" autocomplete="cc-number"
 maxlength="23" aria-describedby="card_hint" required{invalid}>
<button type="submit">Pay {total}</button>
</form>
{back}"#,
        back = back(session, "Cancel and go back"),
    );
    layout::page(status, &title, &main)
}

fn alert(why: &str) -> String {
    let why = escape(why);
    format!(r#"<div class="alert" role="alert"><strong>Not paid</strong>{why}</div>"#)
}

fn row(session: &Session, item: &Item) -> String {
    let show = |minor| currency::show(minor, &session.currency);
    let each = match item.quantity {
        1 => String::new(),
        many => format!("<small>{many} × {}</small>", show(item.unit_amount)),
    };
    let name = escape(&item.name);
    format!(r#"<tr><th scope="row">{name}{each}</th><td>{}</td></tr>"#, show(item.total()))
}

fn back(session: &Session, text: &str) -> String {
    match &session.cancel_url {
        None => String::new(),
        Some(address) => format!(r#"<a class="back" href="{}">{text}</a>"#, escape(address)),
    }
}
