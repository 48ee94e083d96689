//! The page where the owner of a connected account sees its balance and its last movements.

use poem::{Response, http::StatusCode};

use super::layout::{self, escape};
use crate::payments::{
    books::{Kind, Movement},
    currency, links,
    server::Server,
    state::{Origin, State},
};

/// How many movements are shown.
const SHOWN: usize = 20;

/// `GET /express/{secret}`: opens once.
///
/// # Errors
/// The state could not be written.
pub(super) fn show(server: &Server, secret: &str) -> anyhow::Result<Response> {
    server.change(Origin::default(), |state| match links::log_in(state, secret) {
        Some(account) => page(state, &account),
        None => layout::message(
            StatusCode::NOT_FOUND,
            "This link has been used or has expired",
            "Go back to where you came from and ask for a new one.",
        ),
    })
}

fn page(state: &State, id: &str) -> Response {
    let details = state.accounts.get(id).and_then(|account| account.details.as_ref());
    let name = details.map_or("Your account", |details| details.legal_name.as_str());
    let balances: String = state
        .books
        .balances
        .get(id)
        .into_iter()
        .flatten()
        .map(|(code, balance)| {
            let (available, pending) =
                (currency::show(balance.available, code), currency::show(balance.pending, code));
            let row = |label, amount| {
                format!(r#"<tr><th scope="row">{label}</th><td>{amount}</td></tr>"#)
            };
            row("Available", available) + &row("On its way", pending)
        })
        .collect();
    let mine = state.books.movements.values().rev().filter(|movement| movement.owner == id);
    let movements: String = mine.take(SHOWN).map(row).collect();
    let nothing = "<p>Nothing has been paid to you yet.</p>";
    let main = format!(
        "<h1>{}</h1>\n{}\n<h2>Last movements</h2>\n{}",
        escape(name),
        table(&balances, ""),
        table(&movements, nothing)
    );
    layout::page(StatusCode::OK, "Your balance", &main)
}

fn table(rows: &str, otherwise: &str) -> String {
    match rows {
        "" => otherwise.to_owned(),
        rows => format!("<table><tbody>{rows}</tbody></table>"),
    }
}

fn row(movement: &Movement) -> String {
    let word = match movement.kind {
        Kind::Adjustment => "Correction",
        Kind::Topup => "From the bank",
        Kind::Payment => "Received",
        Kind::PaymentRefund => "Taken back",
        Kind::Payout => "Paid to your bank",
        Kind::PayoutFailure => "Came back from your bank",
        Kind::Charge
        | Kind::Dispute
        | Kind::DisputeReversal
        | Kind::Refund
        | Kind::RefundFailure
        | Kind::Transfer
        | Kind::TransferRefund => "Moved",
    };
    let amount = currency::show(movement.amount, &movement.currency);
    let state = if movement.available { "" } else { "<small>on its way</small>" };
    format!(r#"<tr><th scope="row">{word}{state}</th><td>{amount}</td></tr>"#)
}
