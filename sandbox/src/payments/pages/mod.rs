//! The hosted pages: where a customer pays, where the owner of a connected account gives its
//! details or looks at its balance, and a receipt.
//!
//! They run no script and load nothing from elsewhere; a card number is never shown again.

mod express;
mod layout;
mod onboard;
mod pay;
mod receipt;

use poem::{Request, Response, http::StatusCode};

use super::{form::Form, server::Server};

/// The largest form that is read.
const LARGEST_FORM: usize = 20_000;

/// Answers a request for a page.
///
/// # Errors
/// The state could not be written.
pub(super) async fn answer(server: &Server, mut request: Request) -> anyhow::Result<Response> {
    let path = request.uri().path().to_owned();
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let method = request.method().as_str().to_owned();
    match (method.as_str(), parts.as_slice()) {
        ("GET", ["assets", name]) => Ok(layout::asset(name)),
        ("GET", ["pay", id]) => pay::show(server, id),
        ("POST", ["pay", id]) => pay::submit(server, id, &form(&mut request).await),
        ("POST", ["pay", id, "bank"]) => pay::bank(server, id, &form(&mut request).await),
        ("GET", ["onboard", secret]) => onboard::show(server, secret),
        ("POST", ["onboard", secret]) => onboard::submit(server, secret, &form(&mut request).await),
        ("GET", ["onboard", secret, "done"]) => Ok(onboard::done(server, secret)),
        ("GET", ["express", secret]) => express::show(server, secret),
        ("GET", ["receipts", id]) => Ok(receipt::show(server, id)),
        _ => Ok(layout::message(
            StatusCode::NOT_FOUND,
            "There is nothing here",
            "Check the address, or go back to where you came from.",
        )),
    }
}

async fn form(request: &mut Request) -> Form {
    let body = request.take_body().into_bytes_limit(LARGEST_FORM).await;
    // An unreadable form is an empty one: every page asks for what is missing.
    Form::parse(&String::from_utf8_lossy(&body.unwrap_or_default()))
}
