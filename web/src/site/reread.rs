//! The page that a form came from, read once more as its person sees it, for its words.

use api::identity::session_cookie_value;
use api::platform::http::edge::RequestId;
use poem::http::{HeaderMap, HeaderValue, Request as Head, StatusCode, Uri, header, uri};
use poem::web::{LocalAddr, RemoteAddr};
use poem::{Body, Endpoint, IntoResponse, Request, RequestParts};

use super::edge::{Addressed, Edged};
use super::held::Held;
use super::labels::Labels;

/// How to ask for another page as whoever sent the request.
pub(super) struct Again<'a, E> {
    edged: &'a Edged<E>,
    addressed: Option<Addressed>,
    id: Option<RequestId>,
    headers: HeaderMap,
}

impl<'a, E: Endpoint> Again<'a, E> {
    pub(super) fn of(edged: &'a Edged<E>, request: &Request) -> Self {
        let kept = [header::HOST, header::COOKIE].into_iter().filter_map(|name| {
            let value = request.headers().get(&name)?.clone();
            Some((name, value))
        });
        Self {
            edged,
            addressed: request.extensions().get().cloned(),
            id: request.extensions().get().cloned(),
            headers: kept.collect(),
        }
    }

    /// The labels of a form, from its page as the session of this secret sees it, or that of the
    /// request. None where the page is gone, or not theirs to see.
    pub(super) async fn labels(&self, held: &Held, session: Option<&str>) -> Labels {
        let html = self.page(held, session).await.unwrap_or_default();
        let slug = self.addressed.as_ref().map_or("", |addressed| addressed.slug.as_str());
        Labels::read(&html, &format!("/p/{slug}{}", held.to))
    }

    async fn page(&self, held: &Held, session: Option<&str>) -> Option<String> {
        let from: Uri = held.from.as_deref()?.parse().ok()?;
        let mut addressed = self.addressed.clone()?;
        from.path().clone_into(&mut addressed.path);
        let whole: Uri = format!("/p/{}{from}", addressed.slug).parse().ok()?;
        let (mut head, ()) = Head::get(whole).body(()).ok()?.into_parts();
        head.headers = self.headers.clone();
        if let Some(secret) = session {
            let cookie = session_cookie_value(&self.edged.app.site, Some(secret));
            let cookie = HeaderValue::from_str(cookie.split(';').next()?).ok()?;
            head.headers.insert(header::COOKIE, cookie);
        }
        let ends = (LocalAddr::default(), RemoteAddr::default(), uri::Scheme::HTTP);
        let parts = RequestParts::from((head, ends.0, ends.1, ends.2));
        let mut request = Request::from_parts(parts, Body::empty());
        request.extensions_mut().insert(addressed);
        if let Some(id) = &self.id {
            request.extensions_mut().insert(id.clone());
        }
        *request.uri_mut() = from;
        let visit = self.edged.visit(&request).await.ok()?;
        request.extensions_mut().insert(visit);
        let page = self.edged.inner.call(request).await.ok()?.into_response();
        if page.status() != StatusCode::OK {
            return None;
        }
        page.into_body().into_string().await.ok()
    }
}
