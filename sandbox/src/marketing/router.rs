//! Every address of the application on one page.

use std::sync::Arc;

use poem::{
    Endpoint, EndpointExt, IntoResponse, Request, Response, Route, get, http::StatusCode,
    middleware::CookieJarManager, post,
};

use super::{
    app::App,
    control::{self, accounts, faults, hits},
    oauth::{authorize, consent, metadata, revoke, token},
    pages::{self, campaigns, connected, overview, sign_in, sign_up, style},
    rest::{self, gate, refusal::in_our_words},
    session::Visitor,
};

/// The whole application.
pub(crate) fn endpoint(app: Arc<App>) -> impl Endpoint + 'static {
    let (for_down, for_words) = (app.clone(), app.clone());
    let open = Route::new()
        .at("/.well-known/oauth-authorization-server", get(metadata::metadata))
        .at("/", get(overview::overview))
        .at("/campaigns", get(campaigns::all))
        .at("/campaigns/:id", get(campaigns::one))
        .at("/connected-apps", get(connected::all))
        .at("/connected-apps/:id/disconnect", post(connected::disconnect))
        .at("/mark.svg", get(style::mark))
        .at("/oauth/authorize", get(authorize::authorize).post(consent::decide))
        .at("/sign-in", get(sign_in::form).post(sign_in::sign_in))
        .at("/sign-out", post(sign_in::sign_out))
        .at("/sign-up", get(sign_up::form).post(sign_up::sign_up))
        .at("/style.css", get(style::sheet))
        .around(move |inner, req| page_gate(for_down.clone(), inner, req))
        .catch_all_error(move |error| page_in_our_words(for_words.clone(), error));
    Route::new()
        .nest_no_strip("/", open)
        .at("/oauth/token", program(&app, post(token::issue)))
        .at("/oauth/revoke", program(&app, post(revoke::revoke)))
        .at("/oauth/introspect", program(&app, post(revoke::introspect)))
        .nest("/api/v1", api(&app))
        .nest("/sandbox", sandbox())
        .with(CookieJarManager::new())
        .data(app)
}

fn api(app: &Arc<App>) -> impl Endpoint + 'static {
    let app = app.clone();
    Route::new()
        .at("/account", get(rest::account::show))
        .at("/campaigns", get(rest::campaigns::all).post(rest::campaigns::add))
        .at(
            "/campaigns/:id",
            get(rest::campaigns::show).patch(rest::campaigns::edit).delete(rest::campaigns::delete),
        )
        .at("/campaigns/:id/schedule", post(rest::dispatch::schedule))
        .at("/campaigns/:id/send", post(rest::dispatch::send))
        .at("/contacts", get(rest::contacts::all).post(rest::contacts::add))
        .at(
            "/contacts/:id",
            get(rest::contacts::show).patch(rest::contacts::edit).delete(rest::contacts::delete),
        )
        .at("/contacts/export", post(rest::export::export))
        .at("/lists", get(rest::lists::all).post(rest::lists::add))
        .at("/lists/:id", get(rest::lists::show))
        .at("/lists/:id/contacts", get(rest::lists::members))
        .at("/reports/campaigns/:id", get(rest::reports::of_campaign))
        .at("/reports/summary", get(rest::reports::summary))
        .at("/texts", post(rest::texts::send))
        .at("/users", get(rest::users::all).post(rest::users::invite))
        .around(move |inner, req| gate::api(app.clone(), inner, req))
        .catch_all_error(in_our_words)
}

fn sandbox() -> impl Endpoint + 'static {
    Route::new()
        .at("/accounts", post(accounts::open))
        .at("/addresses", get(control::addresses))
        .at("/faults", get(faults::show).post(faults::set))
        .at("/hits", get(hits::all))
        .at("/hits/reset", post(hits::reset))
}

/// An OAuth endpoint that programs call.
fn program(app: &Arc<App>, inner: impl Endpoint + 'static) -> impl Endpoint + 'static {
    let app = app.clone();
    inner.around(move |inner, req| gate::oauth(app.clone(), inner, req))
}

async fn page_gate<E: Endpoint>(
    app: Arc<App>,
    inner: Arc<E>,
    req: Request,
) -> poem::Result<Response> {
    if app.faults.now().down {
        return Err(StatusCode::SERVICE_UNAVAILABLE.into());
    }
    Ok(inner.call(req).await?.into_response())
}

/// A page for whatever the router or a reader of the framework refused.
async fn page_in_our_words(app: Arc<App>, error: poem::Error) -> Response {
    let status = error.status();
    let said = match status {
        StatusCode::NOT_FOUND => ("No such page", "There is nothing at this address."),
        StatusCode::SERVICE_UNAVAILABLE => {
            ("Larkfield is down for the moment", "Please try again in a few minutes.")
        }
        status if status.is_client_error() => {
            ("That did not work", "The page could not read what it was sent.")
        }
        _ => ("Something went wrong", "It is our fault. Please try again."),
    };
    if status.is_server_error() && status != StatusCode::SERVICE_UNAVAILABLE {
        tracing::error!("marketing pages: {error}");
    }
    let nobody = Visitor { form_cookie: String::new(), user: None };
    match pages::message(&app, &nobody, status, said) {
        Ok(page) => page,
        Err(_) => Response::builder().status(status).finish(),
    }
}
