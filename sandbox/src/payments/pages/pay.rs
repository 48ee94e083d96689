//! The page where a customer pays a checkout session.

use poem::{Response, http::StatusCode};

use super::layout::{self, escape};
use crate::payments::{
    cards::{Card, Expiry},
    checkout::{self, Item, Mode, Paid, Session, SessionStatus},
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
    let typed = card(form);
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
            Paid::Yes | Paid::Asks | Paid::TooLate => layout::redirect(&format!("/pay/{id}")),
            Paid::Declined(why) => declined(state, id, &why),
        }
    });
    server.wake_all();
    answer
}

/// `POST /pay/{session}/bank`: what the holder of a card says when its bank asks.
///
/// # Errors
/// The state could not be written: nothing was paid.
pub(super) fn bank(server: &Server, id: &str, form: &Form) -> anyhow::Result<Response> {
    let yes = form.text("answer") == Some("yes");
    let answer =
        server.change(Origin::default(), |state| match checkout::answered(state, id, yes) {
            Paid::Yes | Paid::Asks | Paid::TooLate => layout::redirect(&format!("/pay/{id}")),
            Paid::Declined(why) => declined(state, id, &why),
        });
    server.wake_all();
    answer
}

fn declined(state: &State, id: &str, why: &str) -> Response {
    current(state, id, Some(&format!("{why} Nothing was paid: try another card.")))
}

fn card(form: &Form) -> Result<Card, &'static str> {
    let mut card = Card::from_number(form.text("card_number").unwrap_or_default())?;
    card.expires = Expiry::read(form.text("expiry").unwrap_or_default())?;
    Ok(card)
}

fn current(state: &State, id: &str, problem: Option<&str>) -> Response {
    let Some(session) = state.sessions.get(id) else {
        let text = "Check the address, or go back to where you came from.";
        return layout::message(StatusCode::NOT_FOUND, "There is no such payment", text);
    };
    match session.status {
        SessionStatus::Open if session.asked.is_some() => asking(session),
        SessionStatus::Open => open(session, problem),
        SessionStatus::Complete => complete(session),
        SessionStatus::Expired => expired(session),
    }
}

/// The page of the card's bank, which wants to know that it is the holder who pays.
fn asking(session: &Session) -> Response {
    let last4 = session.asked.as_ref().map_or("", |chosen| chosen.card.last4.as_str());
    let what = match session.mode {
        Mode::Payment => {
            format!("a payment of {}", currency::show(session.total(), &session.currency))
        }
        Mode::Setup => "keeping the card for later payments".to_owned(),
    };
    let main = format!(
        r#"<h1>Your bank asks you</h1>
<p class="lede">The bank of the card ending in {last4} wants to hear from you before {what}.</p>
<form method="post" action="/pay/{id}/bank">
<button type="submit" name="answer" value="yes">Yes, it is me</button>
<button class="plain" type="submit" name="answer" value="no">No</button>
</form>"#,
        id = escape(&session.id),
    );
    layout::page(StatusCode::OK, "Your bank asks you", &main)
}

fn complete(session: &Session) -> Response {
    let total = currency::show(session.total(), &session.currency);
    let text = match session.mode {
        Mode::Payment => format!("{total} was taken from the card. You are being taken back."),
        Mode::Setup => "Nothing was taken from the card. You are being taken back.".to_owned(),
    };
    let title = if session.mode == Mode::Setup { "The card is kept" } else { "Paid" };
    let address = session.success_url.as_deref().unwrap_or("/");
    let address = address.replace("{CHECKOUT_SESSION_ID}", &session.id);
    layout::leading_on(title, &text, &address)
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
    let deed = match session.mode {
        Mode::Payment => format!("Pay {total}"),
        Mode::Setup => "Keep a card".to_owned(),
    };
    let items = match session.mode {
        Mode::Payment => items(session, &total),
        Mode::Setup => String::new(),
    };
    let kept = match session.keeps {
        true => "<p>The card is kept, so that it can be charged later without you.</p>",
        false => "",
    };
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
    let title = format!("{prefix}{deed}");
    let main = format!(
        r#"<h1>{deed}</h1>
{lede}
{alert}
{items}
{kept}
<form method="post">
<label for="card_number">Card number</label>
<p class="hint" id="card_hint">To try it out: <span class="number">4242 4242 4242 4242</span> pays,
<span class="number">4000 0000 0000 0002</span> is declined,
<span class="number">4000 0000 0000 0259</span> is disputed,
<span class="number">4000 0025 0000 3155</span> asks its bank once,
<span class="number">4000 0027 6000 3184</span> each time.</p>
<input id="card_number" name="card_number" inputmode="numeric" autocomplete="cc-number"
 maxlength="23" aria-describedby="card_hint" required{invalid}>
<label for="expiry">Last month</label>
<p class="hint" id="expiry_hint">As 04/27; left empty it is far off.</p>
<input class="four" id="expiry" name="expiry" autocomplete="cc-exp" maxlength="7"
 aria-describedby="expiry_hint">
<button type="submit">{deed}</button>
</form>
{back}"#,
        back = back(session, "Cancel and go back"),
    );
    layout::page(status, &title, &main)
}

fn items(session: &Session, total: &str) -> String {
    let rows: String = session.items.iter().map(|item| row(session, item)).collect();
    format!(
        r#"<table>
<thead><tr><th scope="col">For</th><th scope="col">Amount</th></tr></thead>
<tbody>{rows}</tbody>
<tfoot><tr><th scope="row">Total</th><td>{total}</td></tr></tfoot>
</table>"#
    )
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
