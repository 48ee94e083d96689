//! An HTTP answer, and what a story expects of it.

use reqwest::header::HeaderMap;
use serde_json::Value;

#[derive(Debug)]
pub struct Answer {
    pub asked: String,
    pub status: u16,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub async fn read(asked: String, response: reqwest::Response) -> Self {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let bytes = response.bytes().await.unwrap().to_vec();
        Self { asked, status, headers, bytes }
    }

    /// The JSON body; null when there is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or(Value::Null)
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Fails unless the status is this one.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}: {}", self.asked, self.text());
        self
    }

    /// Fails unless this is a problem with this status and code.
    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Self {
        assert_eq!(self.status, status, "{}: {}", self.asked, self.text());
        let kind = self.header("content-type").unwrap_or_default();
        assert!(kind.starts_with("application/problem+json"), "{}: {kind}", self.asked);
        let body = self.json();
        assert_eq!(body["code"], code, "{}: {body}", self.asked);
        assert_eq!(body["status"], status, "{}: {body}", self.asked);
        self
    }

    /// A string in the body by JSON pointer, e.g. `/id`.
    #[track_caller]
    pub fn at(&self, pointer: &str) -> String {
        let body = self.json();
        match body.pointer(pointer) {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => panic!("{}: nothing at {pointer} in {body}", self.asked),
        }
    }

    #[track_caller]
    pub fn id(&self) -> String {
        self.at("/id")
    }
}
