//! Pages of a long list, newest first, by a cursor that stays right when records come and go.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use poem::{Request, Response, http::header};
use serde_json::{Value, json};
use url::{Url, form_urlencoded};

use super::refusal::Refusal;
use crate::marketing::app::App;

/// Which page a call asks for, and its other query fields.
pub(crate) struct Asked {
    limit: usize,
    /// The id of the last record seen.
    after: Option<String>,
    rest: Vec<(String, String)>,
    path: String,
}

impl Asked {
    /// Reads the query of a call.
    ///
    /// # Errors
    /// A limit that is no number from 1 to 100, or a cursor that is none of ours.
    pub(crate) fn of(req: &Request) -> Result<Self, Refusal> {
        let query = req.uri().query().unwrap_or_default();
        let path = req.original_uri().path().to_owned();
        let mut asked = Self { limit: 25, after: None, rest: Vec::new(), path };
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match name.as_ref() {
                "limit" => asked.limit = limit(&value)?,
                "cursor" => asked.after = Some(read_cursor(&value)?),
                _ => asked.rest.push((name.into_owned(), value.into_owned())),
            }
        }
        Ok(asked)
    }

    /// Another query field.
    pub(crate) fn filter(&self, name: &str) -> Option<&str> {
        self.rest.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// One page of the records, which come in the order of their ids.
    pub(crate) fn page<'a, T: 'a>(
        &self,
        app: &App,
        records: impl DoubleEndedIterator<Item = (&'a String, &'a T)>,
        view: impl Fn(&T) -> Value,
    ) -> Response {
        let unseen = |id: &str| self.after.as_deref().is_none_or(|after| id < after);
        let mut unseen = records.rev().filter(|(id, _)| unseen(id)).peekable();
        let mut items = Vec::new();
        let mut last = None;
        while let Some((id, record)) = (items.len() < self.limit).then(|| unseen.next()).flatten() {
            items.push(view(record));
            last = Some(id);
        }
        let cursor = last.filter(|_| unseen.peek().is_some()).map(|id| URL_SAFE_NO_PAD.encode(id));
        let next = cursor.as_deref().and_then(|cursor| self.address(app, cursor));
        let body = json!({ "items": items, "next": next, "next_cursor": cursor });
        let mut answer = Response::builder().content_type("application/json");
        if let Some(next) = &next {
            answer = answer.header(header::LINK, format!("<{next}>; rel=\"next\""));
        }
        answer.body(body.to_string())
    }

    fn address(&self, app: &App, cursor: &str) -> Option<Url> {
        let mut next = app.config.base_url.join(&self.path).ok()?;
        next.query_pairs_mut()
            .extend_pairs(&self.rest)
            .append_pair("limit", &self.limit.to_string())
            .append_pair("cursor", cursor);
        Some(next)
    }
}

fn limit(text: &str) -> Result<usize, Refusal> {
    let wrong = || Refusal::Malformed("limit must be a number from 1 to 100".into());
    text.parse().ok().filter(|limit| (1..=100).contains(limit)).ok_or_else(wrong)
}

fn read_cursor(text: &str) -> Result<String, Refusal> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok();
    let id = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    id.ok_or_else(|| Refusal::Malformed("cursor is none of ours".into()))
}
