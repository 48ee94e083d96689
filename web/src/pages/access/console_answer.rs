//! What came of a call that was tried: the application's answer, or what the gateway says instead.

use api::access::{Outcome, Told, TrialResult};
use poem::http::{HeaderMap, StatusCode, header};
use serde::Serialize;

use crate::format;
use crate::view::{Figure, Notice, State, Tone};

/// Most of an answer that a page shows.
const MOST_SHOWN: usize = 64 * 1024;

/// The answer as the page shows it.
#[derive(Debug, Serialize)]
pub struct Shown {
    /// "200 OK".
    pub status: String,
    pub state: State,
    pub facts: Vec<Figure>,
    pub body: String,
    /// What of the body is not shown, and why.
    pub note: String,
    /// The gateway's own words, when there is no answer of the application.
    pub problem: Option<Notice>,
    /// The page of the question that the customer was asked.
    pub approval: String,
    /// Its line in the log.
    pub log: String,
}

impl Shown {
    pub fn of(result: &TrialResult, request: &str) -> Self {
        let took = format!("{} ms", result.took_ms);
        let mut facts = vec![Figure::new("Took", took), Figure::new("Request", request)];
        match &result.told {
            Told::Answer { status, headers, body } => {
                facts.extend(told_headers(headers));
                let (body, note) = text_of(headers, body);
                let state = match status {
                    200..=299 => State::new(Tone::Good, "done", "Answered"),
                    _ => State::new(Tone::Held, "alert", "Application said no"),
                };
                Self { body, note, ..bare(*status, state, facts) }
            }
            Told::Refused { code, status, detail, outcome, .. } => {
                facts.push(Figure::new("Code", *code));
                let (state, problem) = refused(code, *outcome, detail);
                Self { problem: Some(problem), ..bare(*status, state, facts) }
            }
        }
    }
}

fn bare(status: u16, state: State, facts: Vec<Figure>) -> Shown {
    let known = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    Shown {
        status: format!("{status} {}", known.unwrap_or_default()),
        state,
        facts,
        body: String::new(),
        note: String::new(),
        problem: None,
        approval: String::new(),
        log: String::new(),
    }
}

fn refused(code: &str, outcome: Outcome, detail: &str) -> (State, Notice) {
    match outcome {
        Outcome::Failed => {
            let state = State::new(Tone::Held, "alert", "Failed");
            (state, Notice::held("The application did not answer as it should", detail))
        }
        _ if code == "approval-wanted" => {
            let state = State::new(Tone::Held, "hourglass", "Asked first");
            let text = "Nothing was sent. Once there is a yes, send the same again from here.";
            (state, Notice::held("The customer is asked for a yes to exactly this call", text))
        }
        _ => {
            let state = State::new(Tone::Bad, "ban", "Refused");
            (state, Notice::bad("The gateway did not let it through", detail))
        }
    }
}

/// Headers that say something of the answer; what we put there ourselves does not.
fn told_headers(headers: &HeaderMap) -> Vec<Figure> {
    let ours = [header::CACHE_CONTROL, header::X_CONTENT_TYPE_OPTIONS];
    let others = headers.iter().filter(|(name, _)| !ours.contains(name));
    others
        .filter_map(|(name, value)| Some(Figure::new(name.as_str(), value.to_str().ok()?)))
        .collect()
}

/// The body as text, JSON with one field a line, and what is not shown of it.
fn text_of(headers: &HeaderMap, body: &[u8]) -> (String, String) {
    let size = || format::bytes(u64::try_from(body.len()).unwrap_or(u64::MAX));
    if body.is_empty() {
        return (String::new(), "The answer has no body.".to_owned());
    }
    let Ok(text) = std::str::from_utf8(body) else {
        return (String::new(), format!("The answer is no text ({}); it is not shown.", size()));
    };
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let is_json = kind.is_some_and(|kind| kind.starts_with("application/json"));
    let value = is_json.then(|| serde_json::from_str::<serde_json::Value>(text).ok()).flatten();
    let pretty = value.and_then(|value| serde_json::to_string_pretty(&value).ok());
    let text = pretty.unwrap_or_else(|| text.to_owned());
    if text.len() <= MOST_SHOWN {
        return (text, String::new());
    }
    let end = (0..=MOST_SHOWN).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let most = format::bytes(u64::try_from(MOST_SHOWN).unwrap_or(u64::MAX));
    let note = format!("The first {most} of an answer of {}; a program gets all of it.", size());
    (text.get(..end).unwrap_or_default().to_owned(), note)
}

impl Shown {
    pub fn sample_answer() -> Self {
        let facts = vec![
            Figure::new("Took", "84 ms"),
            Figure::new("Request", "019d-22f1"),
            Figure::new("content-type", "application/json"),
        ];
        Self {
            body: "{\n  \"items\": []\n}".into(),
            log: "/p/larkfield/access/log?grant=g-1".into(),
            note: "The first 64 kB of an answer of 1 MB; a program gets all of it.".into(),
            ..bare(200, State::new(Tone::Good, "done", "Answered"), facts)
        }
    }

    pub fn sample_refused() -> Self {
        Self::sample_of("operation-denied", 403)
    }

    pub fn sample_asked() -> Self {
        let approval = "/p/larkfield/approvals/a-1".into();
        Self { approval, ..Self::sample_of("approval-wanted", 202) }
    }

    fn sample_of(code: &str, status: u16) -> Self {
        let detail = "Not permitted: the letter of access does not include it.";
        let (state, problem) = refused(code, Outcome::Refused, detail);
        let log = "/p/larkfield/access/log?grant=g-1".into();
        let facts = vec![Figure::new("Took", "9 ms"), Figure::new("Code", code)];
        Self { problem: Some(problem), log, ..bare(status, state, facts) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json() -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, "application/json".parse().unwrap());
        headers
    }

    #[test]
    fn json_is_laid_out_and_much_is_cut() {
        assert_eq!(text_of(&json(), b"{\"a\":[1]}").0, "{\n  \"a\": [\n    1\n  ]\n}");
        assert_eq!(text_of(&HeaderMap::new(), b"{\"a\":1}").0, "{\"a\":1}");
        assert_eq!(text_of(&json(), &[0xff, 0xfe]).0, "");
        let long = "\u{e9}".repeat(MOST_SHOWN);
        let (shown, note) = text_of(&HeaderMap::new(), long.as_bytes());
        assert!(shown.len() <= MOST_SHOWN && note.contains("first 65 kB"), "{note}");
    }
}
