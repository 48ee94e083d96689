//! What an application says in an answer's body where others say it with a status.
//!
//! Such an answer has status 200 and holds codes. They are put into the status that others use, so
//! that everything behind reads one language: a token that is not good, one call too many, a no.

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// How an application tells that it did nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults {
    /// The field that is `false` then: names from the top down.
    pub ok: Vec<String>,
    /// Where the codes stand; lists on the way are walked through.
    pub codes: Vec<String>,
    /// Codes for a token that is not good, or not any more; nothing was done.
    pub stale: BTreeSet<String>,
    /// Codes for too many calls, and for how many seconds the account is left alone then.
    pub too_fast: BTreeMap<String, u64>,
    /// The status that other codes are told with.
    pub statuses: BTreeMap<String, u16>,
}

/// What one answer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    Stale,
    /// Leave the account alone for so many seconds.
    TooFast(u64),
    /// Told with this status.
    Other(StatusCode),
}

impl Faults {
    /// `None` for an answer that says nothing is wrong, or is none of this kind.
    pub fn read(&self, status: StatusCode, body: &[u8]) -> Option<Fault> {
        if !status.is_success() {
            return None;
        }
        let body: Value = serde_json::from_slice(body).ok()?;
        let said = self.ok.iter().try_fold(&body, |value, name| value.get(name))?;
        if said != &Value::Bool(false) {
            return None;
        }
        let mut codes = Vec::new();
        gather(&body, &self.codes, &mut codes);
        // The wish to be left alone comes first, and a token that is not good before the rest.
        if let Some(wait) = codes.iter().filter_map(|code| self.too_fast.get(code)).max() {
            return Some(Fault::TooFast(*wait));
        }
        if codes.iter().any(|code| self.stale.contains(code)) {
            return Some(Fault::Stale);
        }
        let told = codes.iter().find_map(|code| self.statuses.get(code));
        let told = told.and_then(|status| StatusCode::from_u16(*status).ok());
        Some(Fault::Other(told.unwrap_or(StatusCode::UNPROCESSABLE_ENTITY)))
    }
}

impl Fault {
    /// Says the same with status and headers.
    pub fn mark(self, status: &mut StatusCode, headers: &mut HeaderMap) {
        *status = match self {
            Self::Stale => {
                let value = HeaderValue::from_static("Bearer error=\"invalid_token\"");
                headers.insert(WWW_AUTHENTICATE, value);
                StatusCode::UNAUTHORIZED
            }
            Self::TooFast(seconds) => {
                headers.insert(RETRY_AFTER, seconds.into());
                StatusCode::TOO_MANY_REQUESTS
            }
            Self::Other(told) => told,
        };
    }
}

/// Texts and numbers at a path, through lists.
fn gather(value: &Value, path: &[String], found: &mut Vec<String>) {
    match (value, path) {
        (Value::Array(items), _) => items.iter().for_each(|item| gather(item, path, found)),
        (_, [name, rest @ ..]) => {
            if let Some(inner) = value.get(name) {
                gather(inner, rest, found);
            }
        }
        (Value::String(text), []) => found.push(text.clone()),
        (Value::Number(number), []) => found.push(number.to_string()),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults() -> Faults {
        Faults {
            ok: vec!["success".into()],
            codes: vec!["errors".into(), "code".into()],
            stale: ["601".to_owned(), "602".to_owned()].into(),
            too_fast: [("606".to_owned(), 20), ("607".to_owned(), 900)].into(),
            statuses: [("610".to_owned(), 404)].into(),
        }
    }

    fn read(body: &str) -> Option<Fault> {
        faults().read(StatusCode::OK, body.as_bytes())
    }

    #[test]
    fn codes_become_what_others_say_with_a_status() {
        let said = |codes: &str| read(&format!(r#"{{"success":false,"errors":[{codes}]}}"#));
        assert_eq!(said(r#"{"code":"601","message":"x"}"#), Some(Fault::Stale));
        assert_eq!(said(r#"{"code":602}"#), Some(Fault::Stale), "a number too");
        assert_eq!(said(r#"{"code":"606"}"#), Some(Fault::TooFast(20)));
        let both = said(r#"{"code":"602"},{"code":"606"},{"code":"607"}"#);
        assert_eq!(both, Some(Fault::TooFast(900)), "the longest wait");
        assert_eq!(said(r#"{"code":"610"}"#), Some(Fault::Other(StatusCode::NOT_FOUND)));
        let unknown = Some(Fault::Other(StatusCode::UNPROCESSABLE_ENTITY));
        assert_eq!((said(r#"{"code":"1004"}"#), said("")), (unknown, unknown));
    }

    #[test]
    fn whatever_says_nothing_of_the_kind_stays_as_it_is() {
        for body in ["", "no", "[]", "{}", r#"{"success":true,"errors":[{"code":"601"}]}"#] {
            assert_eq!(read(body), None, "{body}");
        }
        assert_eq!(read(r#"{"success":"false"}"#), None, "only the word of JSON counts");
        let body = br#"{"success":false,"errors":[{"code":"601"}]}"#;
        assert_eq!(faults().read(StatusCode::BAD_GATEWAY, body), None, "its status says enough");
    }

    #[test]
    fn a_mark_is_what_the_gateway_knows_already() {
        let mark = |fault: Fault| {
            let (mut status, mut headers) = (StatusCode::OK, HeaderMap::new());
            fault.mark(&mut status, &mut headers);
            (status.as_u16(), headers)
        };
        let (status, headers) = mark(Fault::TooFast(20));
        assert_eq!((status, headers[RETRY_AFTER].to_str().unwrap()), (429, "20"));
        let (status, headers) = mark(Fault::Stale);
        assert_eq!(status, 401);
        assert!(headers[WWW_AUTHENTICATE].to_str().unwrap().contains("invalid_token"));
        assert_eq!(mark(Fault::Other(StatusCode::CONFLICT)).0, 409);
    }
}
