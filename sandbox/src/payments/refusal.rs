//! Stripe's error object: what a refused call is answered with.

use serde_json::{Map, Value, json};

/// A call that was not carried out, or (a declined card) was carried out and went badly.
#[derive(Debug)]
pub(super) struct Refusal {
    pub status: u16,
    /// The body, `{"error": {..}}`.
    body: Value,
    /// The call's parameters were sound and its execution had begun: the answer belongs to its
    /// idempotency key from now on.
    pub began: bool,
    /// What the call wrote stays: a declined card leaves a failed charge behind.
    pub keep: bool,
}

impl Refusal {
    fn new(status: u16, kind: &str, code: Option<&str>, message: String) -> Self {
        let mut error = Map::new();
        error.insert("type".to_owned(), kind.into());
        error.insert("message".to_owned(), message.into());
        if let Some(code) = code {
            error.insert("code".to_owned(), code.into());
        }
        Self { status, body: json!({ "error": error }), began: false, keep: false }
    }

    /// A parameter that is missing, malformed or unknown; nothing began.
    pub(super) fn parameter(code: &str, param: &str, message: impl Into<String>) -> Self {
        Self::new(400, "invalid_request_error", Some(code), message.into()).about(param)
    }

    /// Sound parameters that the present state does not allow.
    pub(super) fn state(code: &str, message: impl Into<String>) -> Self {
        Self::new(400, "invalid_request_error", Some(code), message.into()).begun()
    }

    /// A reference, in `param`, to something that is not there.
    pub(super) fn no_such(what: &str, id: &str, param: &str) -> Self {
        let message = format!("No such {what}: '{id}'");
        Self::new(400, "invalid_request_error", Some("resource_missing"), message)
            .about(param)
            .begun()
    }

    /// The address itself names something that is not there.
    pub(super) fn not_found(what: &str, id: &str) -> Self {
        let mut refusal = Self::no_such(what, id, "id");
        refusal.status = 404;
        refusal
    }

    /// A connected account that this key does not reach.
    pub(super) fn foreign_account(id: &str) -> Self {
        let message = format!("This key has no access to account '{id}', or there is none.");
        Self::new(403, "invalid_request_error", Some("account_invalid"), message)
    }

    /// No such address on this server.
    pub(super) fn unknown_address(method: &str, path: &str) -> Self {
        let message = format!("There is no call {method} {path} here.");
        Self::new(404, "invalid_request_error", None, message)
    }

    /// No key, or a wrong one.
    pub(super) fn unauthorized() -> Self {
        let message = "Send the secret key as a bearer token or as the basic user name.";
        Self::new(401, "invalid_request_error", None, message.to_owned())
    }

    /// Too many calls (on demand only).
    pub(super) fn rate_limited() -> Self {
        let message = "Too many requests: wait, then try again.".to_owned();
        Self::new(429, "invalid_request_error", Some("rate_limit"), message)
    }

    /// The idempotency key was used before, for something else.
    pub(super) fn key_reused(key: &str) -> Self {
        let message = format!(
            "The key '{key}' was first used with other parameters or for another call; \
             a different request needs a different key."
        );
        Self::new(400, "idempotency_error", None, message)
    }

    /// A request with the same idempotency key is still running.
    pub(super) fn key_in_use(key: &str) -> Self {
        let message = format!("Another request with the key '{key}' is still in progress.");
        Self::new(409, "idempotency_error", Some("idempotency_key_in_use"), message)
    }

    /// Something broke on the server; the effect may or may not be there.
    pub(super) fn server_fault() -> Self {
        let message = "An error occurred while the request was being processed.".to_owned();
        Self::new(500, "api_error", None, message).begun()
    }

    /// The card issuer said no; the attempt stays on record.
    pub(super) fn declined(code: &str, decline_code: Option<&str>, message: &str) -> Self {
        let mut refusal = Self::new(402, "card_error", Some(code), message.to_owned()).begun();
        if let Some(decline_code) = decline_code {
            refusal = refusal.with("decline_code", decline_code.into());
        }
        refusal.keep = true;
        refusal
    }

    /// Adds a field to the error object.
    pub(super) fn with(mut self, field: &str, value: Value) -> Self {
        if let Some(error) = self.body.get_mut("error").and_then(Value::as_object_mut) {
            error.insert(field.to_owned(), value);
        }
        self
    }

    /// Names the parameter at fault.
    pub(super) fn about(self, param: &str) -> Self {
        self.with("param", param.into())
    }

    fn begun(mut self) -> Self {
        self.began = true;
        self
    }

    /// The body of the answer.
    pub(super) fn into_body(self) -> Value {
        self.body
    }

    /// What is wrong, for people.
    pub(super) fn message(&self) -> &str {
        self.body.pointer("/error/message").and_then(Value::as_str).unwrap_or_default()
    }
}

/// What a call is answered with: the object, or why not.
pub(super) type Answer = Result<Value, Refusal>;
