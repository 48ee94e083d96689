//! Every component in its states, for eyes and for the browser tests. No page of the product:
//! it is served in development only, together with all samples.

mod forms;
mod records;
mod scenes;

use std::sync::Arc;

use poem::http::{StatusCode, header};
use poem::web::{Data, Html, Path};
use poem::{EndpointExt, IntoEndpoint, IntoResponse, Request, Response, Route, handler};
use serde::Serialize;

use crate::render::{Page, Templates};
use crate::samples::{self, Sample};
use crate::shell::Theme;
use crate::view::Link;

/// The samples of this gallery.
pub fn samples() -> Vec<Sample> {
    [
        forms::Forms::sample_list(),
        records::Records::sample_list(),
        scenes::Scenes::sample_list(),
        Cover::sample_list(),
        Index::sample_list(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Serves a list of all samples at `/` and each at `/{name}`; mount it at `/dev/samples`, in
/// development only. The cookie `theme` is honoured; `?as=visitor` shows a page signed out.
pub fn routes(templates: Arc<Templates>) -> impl IntoEndpoint {
    Route::new().at("/*name", show_sample).data(templates)
}

/// The cover layout with a sign-in form.
#[derive(Debug, Serialize)]
struct Cover {
    mail: String,
}

impl Page for Cover {
    const TEMPLATE: &'static str = "gallery/cover.html";

    fn samples() -> Vec<(&'static str, Self)> {
        vec![("usual", Self { mail: String::new() })]
    }
}

/// The list of all samples.
#[derive(Debug, Serialize)]
struct Index {
    pages: Vec<Link>,
}

impl Page for Index {
    const TEMPLATE: &'static str = "gallery/index.html";

    fn samples() -> Vec<(&'static str, Self)> {
        vec![("usual", Self { pages: vec![Link::new("error-404", "/dev/samples/error-404")] })]
    }
}

#[handler]
fn show_sample(
    req: &Request,
    Path(name): Path<String>,
    templates: Data<&Arc<Templates>>,
) -> Response {
    let all = samples::all();
    if name.is_empty() {
        let link = |s: &Sample| Link::new(&s.name, &format!("/dev/samples/{}", s.name));
        let pages = all.iter().map(link).collect();
        return show(&Sample::of("all", Index { pages }), req, &templates);
    }
    match all.iter().find(|s| s.name == name) {
        Some(sample) => show(sample, req, &templates),
        None => StatusCode::NOT_FOUND.into(),
    }
}

fn show(sample: &Sample, req: &Request, templates: &Templates) -> Response {
    let visitor = req.uri().query() == Some("as=visitor");
    let mut shell = if visitor { samples::visitor() } else { samples::shell() };
    let cookies = req.headers().get(header::COOKIE).and_then(|c| c.to_str().ok()).unwrap_or("");
    let theme = cookies.split(';').find_map(|c| c.trim().strip_prefix("theme="));
    shell.theme = theme.and_then(Theme::from_cookie);
    match sample.render(templates, &shell) {
        Ok(page) => Html(page).into_response(),
        Err(failed) => Response::builder()
            .status(StatusCode::INTERNAL_SERVER_ERROR)
            .content_type("text/plain; charset=utf-8")
            .body(failed.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use poem::test::TestClient;

    use super::*;
    use crate::assets::Assets;

    #[tokio::test]
    async fn development_shows_every_sample_and_nothing_else() {
        let assets = Assets::load().unwrap();
        let templates = Arc::new(Templates::load(&assets).unwrap());
        let route = Route::new().nest("/dev/samples", routes(templates));
        let client = TestClient::new(route);
        let index = client.get("/dev/samples/").send().await;
        index.assert_status_is_ok();
        assert!(index.0.into_body().into_string().await.unwrap().contains("error-404"));
        let dark =
            client.get("/dev/samples/gallery/forms-errors").header("cookie", "a=b; theme=dark");
        let dark = dark.send().await.0.into_body().into_string().await.unwrap();
        assert!(dark.contains("data-theme=\"dark\"") && dark.contains("Error: "), "{dark}");
        let missing = client.get("/dev/samples/nothing").send().await;
        missing.assert_status(StatusCode::NOT_FOUND);
    }
}
