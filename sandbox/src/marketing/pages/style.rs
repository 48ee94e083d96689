//! The one style sheet and the mark.

use poem::{Response, handler, http::header};

/// `GET /style.css`
#[handler]
pub(crate) fn sheet() -> Response {
    asset("text/css; charset=utf-8", include_str!("templates/style.css"))
}

/// `GET /mark.svg`, also the icon of the tab.
#[handler]
pub(crate) fn mark() -> Response {
    asset("image/svg+xml", include_str!("templates/mark.svg"))
}

fn asset(kind: &str, text: &'static str) -> Response {
    Response::builder()
        .content_type(kind)
        .header(header::CACHE_CONTROL, "public, max-age=300")
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .body(text)
}
