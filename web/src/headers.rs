//! What every answer says about itself: which sources a page may use, who may frame it, what may
//! keep it. One middleware around everything, so that no page can forget it.

use poem::http::{HeaderMap, HeaderName, HeaderValue, header};
use poem::{Endpoint, IntoResponse, Middleware, Request, Response};

/// Writes the security headers. An answer that already carries a `Content-Security-Policy` or
/// `Cache-Control` keeps its own (an upload's sandbox, an asset's year).
#[derive(Clone, Copy, Debug, Default)]
pub struct SecurityHeaders {
    /// The program is reached through TLS, ended by a proxy: pages may tell browsers to stay there.
    pub behind_tls: bool,
}

impl<E: Endpoint> Middleware<E> for SecurityHeaders {
    type Output = SecurityHeadersEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        SecurityHeadersEndpoint { inner, headers: *self }
    }
}

/// The endpoint that `SecurityHeaders` makes. Errors become answers here, since they need the
/// headers most.
pub struct SecurityHeadersEndpoint<E> {
    inner: E,
    headers: SecurityHeaders,
}

impl<E: Endpoint> Endpoint for SecurityHeadersEndpoint<E> {
    type Output = Response;

    async fn call(&self, req: Request) -> poem::Result<Response> {
        let policy = policy(req.uri().path(), self.headers.behind_tls);
        let mut answer = match self.inner.call(req).await {
            Ok(answer) => answer.into_response(),
            Err(error) => error.into_response(),
        };
        write(answer.headers_mut(), policy, self.headers.behind_tls);
        Ok(answer)
    }
}

const STRICT: &str = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; \
    frame-ancestors 'none'";
const STRICT_TLS: &str = "default-src 'self'; script-src 'self'; style-src 'self'; \
    img-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; \
    frame-ancestors 'none'; upgrade-insecure-requests";
/// The API documentation draws its arrows as `data:` pictures; nothing else may.
const DOCS: &str = "default-src 'self'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; \
    form-action 'self'; frame-ancestors 'none'";
const DOCS_TLS: &str = "default-src 'self'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; \
    form-action 'self'; frame-ancestors 'none'; upgrade-insecure-requests";

const FIXED: [(HeaderName, &str); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
    ),
];

fn policy(path: &str, behind_tls: bool) -> &'static str {
    match (path == "/docs", behind_tls) {
        (false, false) => STRICT,
        (false, true) => STRICT_TLS,
        (true, false) => DOCS,
        (true, true) => DOCS_TLS,
    }
}

fn write(headers: &mut HeaderMap, policy: &'static str, behind_tls: bool) {
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let own = |headers: &mut HeaderMap, name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    own(headers, header::CONTENT_SECURITY_POLICY, policy);
    own(headers, header::CACHE_CONTROL, "no-store");
    if behind_tls {
        own(headers, header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
}

#[cfg(test)]
mod tests {
    use poem::http::StatusCode;
    use poem::test::{TestClient, TestResponse};
    use poem::{EndpointExt, Route, endpoint::make_sync};

    use super::*;

    async fn get(path: &str, behind_tls: bool) -> TestResponse {
        let kept = make_sync(|_| {
            let sandboxed = Response::builder().header("content-security-policy", "sandbox");
            sandboxed.header("cache-control", "private, max-age=60").body("x")
        });
        let route = Route::new()
            .at("/", make_sync(|_| "page"))
            .at("/docs", make_sync(|_| "docs"))
            .at("/file", kept)
            .with(SecurityHeaders { behind_tls });
        TestClient::new(route).get(path).send().await
    }

    #[tokio::test]
    async fn a_page_is_strict_and_kept_nowhere() {
        let page = get("/", false).await;
        let text = |name: &str| page.0.headers().get(name).unwrap().to_str().unwrap().to_owned();
        let policy = text("content-security-policy");
        for part in ["default-src 'self'", "form-action 'self'", "frame-ancestors 'none'"] {
            assert!(policy.contains(part), "{policy}");
        }
        for never in ["unsafe", "data:", "upgrade-insecure", "  ", "*"] {
            assert!(!policy.contains(never), "{policy}");
        }
        assert_eq!(text("x-content-type-options"), "nosniff");
        assert_eq!(text("referrer-policy"), "same-origin");
        assert_eq!(text("cross-origin-opener-policy"), "same-origin");
        assert_eq!(text("cache-control"), "no-store");
        assert!(text("permissions-policy").contains("camera=()"));
        page.assert_header_is_not_exist("strict-transport-security");
    }

    #[tokio::test]
    async fn tls_is_asked_for_only_where_it_is() {
        let page = get("/", true).await;
        let policy = page.0.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.ends_with("; upgrade-insecure-requests"), "{policy}");
        page.assert_header("strict-transport-security", "max-age=31536000");
    }

    #[tokio::test]
    async fn only_the_api_docs_may_draw_from_data() {
        let docs = get("/docs", false).await;
        let policy = docs.0.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("img-src 'self' data:;") && !policy.contains("unsafe"));
    }

    #[tokio::test]
    async fn errors_carry_them_and_an_answers_own_policy_stays() {
        let missing = get("/nowhere", false).await;
        missing.assert_status(StatusCode::NOT_FOUND);
        missing.assert_header("x-content-type-options", "nosniff");
        let file = get("/file", false).await;
        file.assert_header("content-security-policy", "sandbox");
        file.assert_header("cache-control", "private, max-age=60");
    }
}
