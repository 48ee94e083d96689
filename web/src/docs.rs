//! The API description as a page for people, at `/docs`.

use serde::Serialize;

use crate::render::Page;

/// The reader of the API description. Serve it at `/docs`, where alone the security headers let
/// it draw its arrows.
#[derive(Debug, Serialize)]
pub struct ApiDocs {
    /// Where the description is: "/openapi.json".
    pub spec_url: String,
}

impl Page for ApiDocs {
    const TEMPLATE: &'static str = "docs.html";

    fn samples() -> Vec<(&'static str, Self)> {
        vec![("usual", Self { spec_url: "/openapi.json".into() })]
    }
}
