//! How pages are served: who asks, for which program, and what becomes of the answer.
//! A page handler takes a [`Visit`] and answers a page, a redirect or an error; the edge here has
//! already checked the form's secret, and dresses every error as a page that says what to do.

mod dress;
mod edge;
mod flash;
mod form;
mod guard;
mod held;
mod labels;
mod nav;
mod refusals;
mod reread;
mod visit;

use std::sync::Arc;
use std::time::Duration;

use api::app::App;
use api::platform::http::body_limit::BodyLimit;
use api::platform::http::edge::describe;
use poem::{Endpoint, EndpointExt, Response, Route};

use crate::assets::{Assets, AssetsEndpoint, FaviconEndpoint};
use crate::compress::Gzip;
use crate::error_page::bare_error;
use crate::headers::SecurityHeaders;
use crate::pages;
use crate::render::Templates;

pub use flash::Flash;
pub use form::{Form, Upload, UploadedFile, amount_fault, boxes_of, read_minor};
pub use held::{Held, Waiting, is_inside};
pub use labels::Labels;
pub use nav::{Place, role_words};
pub use visit::{Answer, PageError, Visit, see_other};

/// What is loaded once: the templates and the files they link to.
#[derive(Clone)]
pub struct Look {
    pub templates: Arc<Templates>,
    pub assets: Arc<Assets>,
}

impl Look {
    /// Errors when a template does not fit together; better now than when somebody asks for it.
    pub fn load() -> anyhow::Result<Self> {
        let assets = Assets::load()?;
        let templates = Arc::new(Templates::load(&assets)?);
        Ok(Self { templates, assets: Arc::new(assets) })
    }
}

/// How long the second click of a form waits for the answer to the first.
const PATIENCE: Duration = Duration::from_secs(20);

/// Everything that is not the API: pages below `/p/{program}`, files, the API's documentation.
pub fn site(app: &App, look: &Look) -> impl Endpoint<Output = Response> + use<> {
    let edge = edge::Edge { app: app.clone(), look: look.clone() };
    let program = pages::routes()
        .with(edge.clone())
        .with(app.once_a_key(PATIENCE))
        .with(BodyLimit { usual: 1024 * 1024, multipart: 26 * 1024 * 1024 })
        .with(refusals::Refusals(edge));
    let outer = edge::Outer { app: app.clone(), look: look.clone(), program: program.boxed() };
    Route::new()
        .nest("/assets", AssetsEndpoint(look.assets.clone()))
        .at("/favicon.ico", FaviconEndpoint(look.assets.clone()))
        .at("/docs", pages::api_docs(look))
        .nest_no_strip("/", outer)
        .catch_all_error(unreadable_address)
        .with(Gzip)
        .with(SecurityHeaders { behind_tls: app.site.tls })
}

/// What the router itself cannot read.
async fn unreadable_address(error: poem::Error) -> Response {
    bare_error(describe(&error).status(), "")
}
