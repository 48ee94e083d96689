//! Where a request came from and which host it asked for.

use poem::Request;
use poem::http::{HeaderName, header};

/// Headers of a proxy before us that tell where a call of the gateway comes from. Named only where
/// the proxy writes them itself: a caller could write them too.
#[derive(Debug, Clone, Default)]
pub struct Forwarded {
    /// Holds the caller's address, as its last value.
    pub address: Option<HeaderName>,
    /// Holds the code of the caller's country.
    pub country: Option<HeaderName>,
}

/// The Host asked for, in lower case, without the port of the default schemes.
pub fn host(request: &Request) -> String {
    let host = request.headers().get(header::HOST).and_then(|h| h.to_str().ok());
    let host = host.or_else(|| request.uri().authority().map(|a| a.as_str())).unwrap_or_default();
    host.to_ascii_lowercase()
}

/// Whether the browser says that the request comes from one of our own pages.
///
/// `Sec-Fetch-Site: same-origin` says so; without it, `Origin` must name the host asked for. A
/// request with neither comes from no page of ours.
pub fn is_same_origin(request: &Request) -> bool {
    let text = |name| request.headers().get(name).and_then(|v| v.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return site == "same-origin";
    }
    let Some(origin) = text("origin") else { return false };
    let authority = origin.split_once("://").map(|(_, rest)| rest);
    authority.is_some_and(|a| a.eq_ignore_ascii_case(&host(request)))
}

/// The peer's address, for throttles and the list of sessions. Forwarded headers are not believed.
pub fn peer(request: &Request) -> String {
    match request.remote_addr().as_socket_addr() {
        Some(address) => address.ip().to_string(),
        None => "unknown".to_owned(),
    }
}
