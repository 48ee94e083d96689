//! The pages of the product, one file (or folder) a feature of the API crate.
//! Each page is one context struct with `impl Page`, one template under `templates/<feature>/` and
//! its samples; `samples()` lists them all, and a template that no sample renders fails a test.

mod access;
mod billing;
mod directory;
mod engagements;
mod home;
mod identity;
mod matching;
mod notices;
mod program;

pub use home::Programs;
pub use identity::send_again;
use poem::endpoint::make;
use poem::http::StatusCode;
use poem::web::Html;
use poem::{Endpoint, EndpointExt, IntoResponse, Response, Route};

use crate::docs::ApiDocs;
use crate::error_page::bare_error;
use crate::render::Page;
use crate::samples::Sample;
use crate::shell::Shell;
use crate::site::Look;

/// The samples of every page below, in the order of the modules.
pub fn samples() -> Vec<Sample> {
    let samples = [
        access::samples(),
        billing::samples(),
        directory::samples(),
        engagements::samples(),
        home::samples(),
        identity::samples(),
        matching::samples(),
        notices::samples(),
        program::samples(),
    ];
    samples.into_iter().flatten().collect()
}

/// Every page of a program, by its path inside the program.
pub fn routes() -> Route {
    let features = [
        access::routes,
        billing::routes,
        directory::routes,
        engagements::routes,
        home::routes,
        identity::routes,
        matching::routes,
        notices::routes,
        program::routes,
    ];
    features.into_iter().fold(Route::new(), |routes, add| add(routes))
}

/// The API's description as a page for people, outside every program.
pub fn api_docs(look: &Look) -> impl Endpoint<Output = Response> + use<> {
    let docs = ApiDocs { spec_url: "/openapi.json".into() };
    let page = docs.render(&look.templates, &Shell::of_installation());
    let page = page.map(|html| html.0).map_err(|error| tracing::error!(%error, "no API page"));
    make(move |_| {
        let page = page.clone();
        async move {
            Ok::<_, poem::Error>(match page {
                Ok(html) => Html(html).into_response(),
                Err(()) => bare_error(StatusCode::INTERNAL_SERVER_ERROR, ""),
            })
        }
    })
    .map_to_response()
}
