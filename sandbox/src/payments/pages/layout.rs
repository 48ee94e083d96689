//! What all pages share: the frame, the style sheet, the headers.

use poem::{Response, http::StatusCode};

const STYLE: &str = include_str!("pages.css");
const MARK: &str = include_str!("mark.svg");

const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";

/// A page: its title and the HTML of its main part.
pub(super) fn page(status: StatusCode, title: &str, main: &str) -> Response {
    framed(status, title, "", main)
}

/// A page that leads on to `address` by itself after a moment, and by a link.
pub(super) fn leading_on(title: &str, text: &str, address: &str) -> Response {
    let address = escape(address);
    let head = format!(r#"<meta http-equiv="refresh" content="2;url={address}">"#);
    let main = format!(
        r#"<h1>{title}</h1>
<p>{text}</p>
<p><a class="act" href="{address}">Continue</a></p>"#,
        title = escape(title),
        text = escape(text),
    );
    framed(StatusCode::OK, title, &head, &main)
}

/// A page that says one thing.
pub(super) fn message(status: StatusCode, title: &str, text: &str) -> Response {
    let main = format!("<h1>{}</h1>\n<p>{}</p>", escape(title), escape(text));
    page(status, title, &main)
}

/// To another address, by GET.
pub(super) fn redirect(address: &str) -> Response {
    secured(Response::builder().status(StatusCode::SEE_OTHER).header("Location", address)).finish()
}

/// A file that pages load.
pub(super) fn asset(name: &str) -> Response {
    let (kind, content) = match name {
        "pages.css" => ("text/css; charset=utf-8", STYLE),
        "mark.svg" => ("image/svg+xml", MARK),
        _ => return Response::builder().status(StatusCode::NOT_FOUND).finish(),
    };
    Response::builder()
        .content_type(kind)
        .header("Cache-Control", "max-age=600")
        .header("X-Content-Type-Options", "nosniff")
        .body(content)
}

/// Text made safe for HTML, attributes included.
pub(super) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

fn framed(status: StatusCode, title: &str, head: &str, main: &str) -> Response {
    let html = format!(
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · Sandbox payments</title>
<link rel="icon" href="/assets/mark.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/pages.css">
{head}
</head>
<body>
<header><p class="name">Sandbox payments</p><p class="note">No real money moves here</p></header>
<main>
{main}
</main>
</body>
</html>
"#,
        title = escape(title),
    );
    secured(Response::builder().status(status).content_type("text/html; charset=utf-8")).body(html)
}

fn secured(response: poem::ResponseBuilder) -> poem::ResponseBuilder {
    response
        .header("Content-Security-Policy", POLICY)
        .header("Referrer-Policy", "no-referrer")
        .header("X-Content-Type-Options", "nosniff")
        .header("Cache-Control", "no-store")
}
