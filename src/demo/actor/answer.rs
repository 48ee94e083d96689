//! What was answered, and what is expected of it.

use anyhow::{Context, Result, anyhow};
use reqwest::header::HeaderMap;
use serde_json::Value;

/// An answer with what was asked for it.
#[derive(Debug, Clone)]
pub struct Answer {
    pub asked: String,
    pub status: u16,
    headers: HeaderMap,
    /// Null when the body is no JSON.
    pub json: Value,
    pub text: String,
}

/// How much of a body is shown when something is wrong.
const SHOWN: usize = 2_000;

impl Answer {
    pub async fn read(asked: String, response: reqwest::Response) -> Result<Self> {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let text = response.text().await.with_context(|| format!("{asked}: half an answer"))?;
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        Ok(Self { asked, status, headers, json, text })
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// # Errors
    /// The status is another one; shows what was asked and answered.
    pub fn expect(self, status: u16) -> Result<Self> {
        if self.status == status { Ok(self) } else { Err(self.wrong(&format!("wanted {status}"))) }
    }

    /// # Errors
    /// It was not refused with this status and code.
    pub fn refused(self, status: u16, code: &str) -> Result<Self> {
        if self.status == status && self.json.get("code").and_then(Value::as_str) == Some(code) {
            return Ok(self);
        }
        Err(self.wrong(&format!("wanted to be refused with {status} {code}")))
    }

    /// A string or number of the body, by JSON pointer.
    ///
    /// # Errors
    /// It is not there.
    pub fn at(&self, pointer: &str) -> Result<String> {
        match self.json.pointer(pointer) {
            Some(Value::String(text)) => Ok(text.clone()),
            Some(Value::Null) | None => Err(self.wrong(&format!("nothing stands at {pointer}"))),
            Some(other) => Ok(other.to_string()),
        }
    }

    /// A whole number of the body, by JSON pointer.
    ///
    /// # Errors
    /// There is none.
    pub fn number(&self, pointer: &str) -> Result<i64> {
        let number = self.json.pointer(pointer).and_then(Value::as_i64);
        number.ok_or_else(|| self.wrong(&format!("no number stands at {pointer}")))
    }

    /// A list of the body, by JSON pointer.
    ///
    /// # Errors
    /// There is none.
    pub fn list(&self, pointer: &str) -> Result<&Vec<Value>> {
        let list = self.json.pointer(pointer).and_then(Value::as_array);
        list.ok_or_else(|| self.wrong(&format!("no list stands at {pointer}")))
    }

    /// The error that shows what was asked and answered.
    pub fn wrong(&self, what: &str) -> anyhow::Error {
        let body = match &self.json {
            Value::Null => self.text.clone(),
            json => blotted(json),
        };
        let body: String = body.chars().take(SHOWN).collect();
        anyhow!("{what}\n  {}\n  answered {}: {body}", self.asked, self.status)
    }
}

/// A body for people to read, without its secrets.
pub(super) fn blotted(body: &Value) -> String {
    blot(body).to_string()
}

const SECRET: &[&str] = &["password", "secret", "token", "key"];

fn blot(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| {
                let secret = value.is_string() && SECRET.contains(&name.as_str());
                (name.clone(), if secret { Value::from("..") } else { blot(value) })
            });
            Value::Object(fields.collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(blot).collect()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn answer(json: Value) -> Answer {
        let asked = "petra asked GET /v1/x".to_owned();
        Answer { asked, status: 422, headers: HeaderMap::new(), json, text: String::new() }
    }

    #[test]
    fn a_wrong_answer_shows_what_was_asked_and_no_secret() {
        let body = json!({ "code": "invalid", "deep": [{ "password": "hush", "n": 1 }] });
        let error = answer(body.clone()).expect(200).unwrap_err().to_string();
        assert!(error.contains("petra asked GET /v1/x") && error.contains("invalid"), "{error}");
        assert!(!error.contains("hush"), "{error}");
        assert!(answer(body.clone()).refused(422, "invalid").is_ok());
        assert!(answer(body.clone()).refused(409, "invalid").is_err());
        assert_eq!(answer(body.clone()).number("/deep/0/n").unwrap(), 1);
        assert!(answer(body).at("/nothing").is_err());
    }
}
