//! The doors for Stripe's news: outside the description, since they belong to one caller, and read
//! as bytes, since the signature is over bytes.

use crate::app::App;
use crate::billing::ops;
use crate::platform::http::Failure;
use poem::http::StatusCode;
use poem::web::Data;
use poem::{Body, Request, handler};

/// News of the installation's own account.
#[handler]
pub async fn platform_hook(
    app: Data<&App>,
    request: &Request,
    body: Body,
) -> poem::Result<StatusCode> {
    take(&app, false, request, body).await
}

/// News of the connected accounts; it has a secret of its own.
#[handler]
pub async fn connect_hook(
    app: Data<&App>,
    request: &Request,
    body: Body,
) -> poem::Result<StatusCode> {
    take(&app, true, request, body).await
}

/// 200 as soon as it is kept, understood or not; 400 when it is not Stripe's.
async fn take(app: &App, connect: bool, request: &Request, body: Body) -> poem::Result<StatusCode> {
    let raw = body.into_bytes().await?;
    let signature = request.header("stripe-signature");
    ops::take_webhook(app, connect, signature, &raw).await.map_err(Failure::from)?;
    Ok(StatusCode::OK)
}
