//! The receipt of a card payment.

use poem::{Response, http::StatusCode};

use super::layout;
use crate::payments::{
    charges::{Charge, Payer},
    currency,
    server::Server,
};

/// `GET /receipts/{charge}`
pub(super) fn show(server: &Server, id: &str) -> Response {
    let charge = server.read(|state| state.charges.get(id).cloned());
    match charge.filter(Charge::succeeded) {
        Some(Charge { payer: Payer::Card { card, .. }, amount, refunded, currency, .. }) => {
            let show = |minor| currency::show(minor, &currency);
            let back = match refunded {
                0 => String::new(),
                refunded => row("Refunded", &show(-refunded)),
            };
            let main = format!(
                "<h1>Receipt</h1>\n<table><tbody>{}{back}</tbody><tfoot>{}</tfoot></table>",
                row(&format!("Card ending in {}", card.last4), &show(amount)),
                row("Paid in all", &show(amount - refunded)),
            );
            layout::page(StatusCode::OK, "Receipt", &main)
        }
        _ => layout::message(
            StatusCode::NOT_FOUND,
            "There is no such receipt",
            "Check the address, or go back to where you came from.",
        ),
    }
}

fn row(label: &str, amount: &str) -> String {
    format!(r#"<tr><th scope="row">{label}</th><td>{amount}</td></tr>"#)
}
