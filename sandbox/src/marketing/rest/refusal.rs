//! Every way in which a call can be refused, and how it is said.

use poem::{
    Response,
    error::ResponseError,
    http::{StatusCode, header},
};
use serde::Serialize;
use serde_json::json;

use crate::marketing::scope::Scope;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("The access token is missing, unknown, expired or revoked")]
    Unauthorized { given: bool },
    #[error("This needs the scope {0}")]
    InsufficientScope(Scope),
    #[error("There is no such thing in this account")]
    NotFound,
    #[error("{1}")]
    Conflict(&'static str, String),
    #[error("It was changed since you read it")]
    Stale,
    #[error("Some fields are not right")]
    Fields(Vec<FieldError>),
    #[error("{0}")]
    Malformed(String),
    #[error("The body must be application/json")]
    MediaType,
    #[error("The body is larger than a mebibyte")]
    TooLarge,
    #[error("Too many calls; try again in {0} seconds")]
    TooMany(i64),
    #[error("Larkfield is down for the moment")]
    Down,
    #[error("Something unexpected happened")]
    Fault(#[from] anyhow::Error),
}

/// One field that is not right.
#[derive(Debug, Serialize)]
pub(crate) struct FieldError {
    pub(crate) field: &'static str,
    pub(crate) message: String,
}

impl Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Unauthorized { .. } => "invalid_token",
            Self::InsufficientScope(_) => "insufficient_scope",
            Self::NotFound => "not_found",
            Self::Conflict(code, _) => code,
            Self::Stale => "stale",
            Self::Fields(_) => "invalid_fields",
            Self::Malformed(_) => "malformed",
            Self::MediaType => "unsupported_media_type",
            Self::TooLarge => "too_large",
            Self::TooMany(_) => "rate_limited",
            Self::Down => "down",
            Self::Fault(_) => "fault",
        }
    }

    /// The challenge of RFC 6750 section 3, where one belongs.
    fn challenge(&self) -> Option<String> {
        let realm = "Bearer realm=\"Larkfield\"";
        match self {
            Self::Unauthorized { given: false } => Some(realm.into()),
            Self::Unauthorized { given: true } => Some(format!("{realm}, error=\"invalid_token\"")),
            Self::InsufficientScope(scope) => {
                Some(format!("{realm}, error=\"insufficient_scope\", scope=\"{scope}\""))
            }
            _ => None,
        }
    }
}

impl ResponseError for Refusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::Unauthorized { .. } => StatusCode::UNAUTHORIZED,
            Self::InsufficientScope(_) => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Conflict(..) => StatusCode::CONFLICT,
            Self::Stale => StatusCode::PRECONDITION_FAILED,
            Self::Fields(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Down => StatusCode::SERVICE_UNAVAILABLE,
            Self::Fault(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn as_response(&self) -> Response {
        if let Self::Fault(error) = self {
            tracing::error!("marketing API: {error:#}");
        }
        let mut response = say(
            self.status(),
            self.code(),
            &self.to_string(),
            match self {
                Self::Fields(fields) => fields,
                _ => &[],
            },
        );
        if let Some(value) = self.challenge().and_then(|text| text.parse().ok()) {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
        }
        if let Self::TooMany(seconds) = self {
            response.headers_mut().insert(header::RETRY_AFTER, (*seconds).into());
        }
        response
    }
}

/// Turns what the router and the readers of the framework refuse into our own words.
pub(crate) async fn in_our_words(error: poem::Error) -> Response {
    if error.is::<Refusal>() || error.is_from_response() {
        return error.into_response();
    }
    let status = error.status();
    let (code, text) = match status {
        StatusCode::NOT_FOUND => ("not_found", "There is nothing at this address"),
        StatusCode::METHOD_NOT_ALLOWED => {
            ("method_not_allowed", "This address does not take that method")
        }
        status if status.is_client_error() => ("malformed", "The call could not be read"),
        _ => {
            tracing::error!("marketing API: {error}");
            ("fault", "Something unexpected happened")
        }
    };
    say(status, code, text, &[])
}

fn say(status: StatusCode, code: &str, message: &str, fields: &[FieldError]) -> Response {
    let mut error = json!({ "code": code, "message": message });
    if let (false, Some(error)) = (fields.is_empty(), error.as_object_mut()) {
        error.insert("fields".into(), json!(fields));
    }
    let body = json!({ "error": error }).to_string();
    Response::builder().status(status).content_type("application/json").body(body)
}
