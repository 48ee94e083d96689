//! Headers on the way in: few are passed on, some are refused, the rest is dropped.

use super::refusal::Refusal;
use super::target::OVERRIDE;
use crate::kernel::id::WriteApprovalId;
use reqwest::Method;
use reqwest::header::{
    CONTENT_ENCODING, CONTENT_TYPE, EXPECT, HeaderMap, HeaderName, HeaderValue, IF_MATCH, UPGRADE,
};

/// What the application gets to see of the caller's headers.
const PASSED: &[&str] = &["accept", "content-type", "if-match", "if-none-match", "idempotency-key"];

/// Headers by which some applications let a request be of another method.
const OVERRIDES: &[&str] = &["x-http-method", "x-http-method-override", "x-method-override"];

const MOST_HEADERS: usize = 64;
const MOST_BYTES: usize = 16 * 1024;

/// Limits that hold before anybody is looked up.
pub fn check_size(headers: &HeaderMap) -> Result<(), Refusal> {
    let bytes: usize = headers.iter().map(|(name, v)| name.as_str().len() + v.len()).sum();
    if headers.len() > MOST_HEADERS || bytes > MOST_BYTES {
        return Err(Refusal::Malformed("The request has too many headers, or too long ones."));
    }
    Ok(())
}

/// Errors: `malformed` for a tunnel, another method, or a header that is there twice.
pub fn check(method: &Method, headers: &HeaderMap) -> Result<(), Refusal> {
    if matches!(*method, Method::CONNECT | Method::TRACE) || headers.contains_key(UPGRADE) {
        return Err(Refusal::Malformed("The gateway carries single requests, no tunnels."));
    }
    if OVERRIDES.iter().any(|name| headers.contains_key(*name)) {
        return Err(OVERRIDE);
    }
    let expects = headers.get(EXPECT).map(|v| v.as_bytes().to_ascii_lowercase());
    if expects.is_some_and(|value| value != b"100-continue") {
        return Err(Refusal::Malformed("Expect nothing but 100-continue."));
    }
    let twice = PASSED.iter().any(|name| headers.get_all(*name).iter().count() > 1);
    if twice {
        return Err(Refusal::Malformed("A header that is passed on is there twice."));
    }
    Ok(())
}

/// Only what is passed on; nothing hop-by-hop, no credential, no cookie, nothing about addresses.
pub fn passed(headers: &HeaderMap) -> HeaderMap {
    let named = PASSED.iter().map(|name| HeaderName::from_static(name));
    named.filter_map(|name| Some((name.clone(), headers.get(&name)?.clone()))).collect()
}

/// By which a caller says which yes a request is meant to use.
const APPROVAL: &str = "attache-approval";

/// The approval that is named. Errors: `approval-mismatch` for what is none.
pub fn approval(headers: &HeaderMap) -> Result<Option<WriteApprovalId>, Refusal> {
    let mut values = headers.get_all(APPROVAL).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let id = value.to_str().ok().and_then(WriteApprovalId::parse);
    let id = id.filter(|_| values.next().is_none());
    id.map(Some).ok_or(Refusal::OtherApproval)
}

/// Errors: `version-mismatch` when the caller names another version of the object than the one that
/// the customer is asked about.
pub fn same_version(headers: &HeaderMap, asked: &HeaderValue) -> Result<(), Refusal> {
    let named = headers.get(IF_MATCH);
    let fits = named.is_none_or(|named| named == asked || is_any(named));
    if fits { Ok(()) } else { Err(Refusal::OtherVersion) }
}

/// Whether a precondition names whatever version there is.
pub fn is_any(value: &HeaderValue) -> bool {
    value.as_bytes().trim_ascii() == b"*"
}

/// What a JSON body is called.
pub const JSON: &str = "application/json";
/// What a form is called.
pub const FORM: &str = "application/x-www-form-urlencoded";

/// Errors: `unsupported-media-type` for a body that is not of this kind, plainly.
pub fn check_body(headers: &HeaderMap, wanted: &'static str) -> Result<(), Refusal> {
    let text = |name| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let kind = text(CONTENT_TYPE).split(';').next().unwrap_or_default().trim();
    let fits = kind.eq_ignore_ascii_case(wanted);
    let encoding = text(CONTENT_ENCODING);
    let is_plain = encoding.is_empty() || encoding.eq_ignore_ascii_case("identity");
    if fits && is_plain { Ok(()) } else { Err(Refusal::Unsupported(wanted)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(list: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in list {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn attack_12_no_other_method_and_no_tunnel() {
        for list in [
            [("x-http-method-override", "DELETE")],
            [("X-HTTP-Method", "DELETE")].map(|(_, v)| ("x-http-method", v)),
            [("x-method-override", "GET")],
            [("upgrade", "websocket")],
            [("expect", "200-maybe")],
        ] {
            assert!(check(&Method::POST, &headers(&list)).is_err(), "{list:?}");
        }
        assert!(check(&Method::CONNECT, &HeaderMap::new()).is_err());
        assert!(check(&Method::TRACE, &HeaderMap::new()).is_err());
        assert!(check(&Method::POST, &headers(&[("expect", "100-Continue")])).is_ok());
        let twice = [("content-type", "application/json"), ("content-type", "text/plain")];
        assert!(check(&Method::POST, &headers(&twice)).is_err());
    }

    /// What a caller says of itself or of the connection never goes further.
    #[test]
    fn attack_15_only_five_headers_pass() {
        let all = headers(&[
            ("accept", "application/json"),
            ("content-type", "application/json"),
            ("if-match", "\"1\""),
            ("if-none-match", "\"2\""),
            ("idempotency-key", "k"),
            ("authorization", "Bearer agk_x"),
            ("cookie", "a=b"),
            ("host", "evil.example"),
            ("connection", "authorization"),
            ("forwarded", "for=1.2.3.4"),
            ("x-forwarded-for", "1.2.3.4"),
            ("x-forwarded-host", "evil.example"),
            ("attache-actor", "me"),
            ("x-attache-grant", "1"),
            ("te", "trailers"),
            ("transfer-encoding", "chunked"),
            ("content-length", "5"),
            ("origin", "null"),
            ("user-agent", "tool"),
            ("x-anything", "1"),
        ]);
        let mut names: Vec<String> = passed(&all).keys().map(ToString::to_string).collect();
        names.sort();
        assert_eq!(
            names,
            ["accept", "content-type", "idempotency-key", "if-match", "if-none-match"]
        );
    }

    #[test]
    fn bodies_are_plain_json() {
        assert!(
            check_body(&headers(&[("content-type", "application/json; charset=utf-8")]), JSON)
                .is_ok()
        );
        for list in [
            vec![],
            vec![("content-type", "text/plain")],
            vec![("content-type", "application/json"), ("content-encoding", "gzip")],
            vec![("content-type", "application/x-www-form-urlencoded")],
        ] {
            let found = check_body(&headers(&list), JSON);
            assert_eq!(found, Err(Refusal::Unsupported(JSON)), "{list:?}");
        }
        assert!(check_body(&headers(&[("content-type", FORM)]), FORM).is_ok());
        assert!(check_body(&headers(&[("content-type", JSON)]), FORM).is_err());
    }

    #[test]
    fn limits_come_first() {
        let mut many = HeaderMap::new();
        for n in 0..65 {
            many.insert(HeaderName::try_from(format!("x-{n}")).unwrap(), "1".parse().unwrap());
        }
        assert!(check_size(&many).is_err());
        assert!(check_size(&headers(&[("x", &"a".repeat(17_000))])).is_err());
        assert!(check_size(&headers(&[("x", "1")])).is_ok());
    }
}
