//! Refusals of the endpoints that programs call, RFC 6749 section 5.2.

use poem::{
    Response,
    error::ResponseError,
    http::{StatusCode, header},
};
use serde_json::json;

use super::grants::Refused;

#[derive(Debug, thiserror::Error)]
pub(crate) enum TokenError {
    #[error("{0}")]
    InvalidRequest(String),
    #[error("the client is not known or its secret is wrong")]
    InvalidClient,
    #[error("{0}")]
    InvalidGrant(Refused),
    #[error("{0}")]
    InvalidScope(String),
    #[error("grant_type must be authorization_code or refresh_token")]
    UnsupportedGrantType,
    #[error("a failure that was ordered")]
    Ordered(String),
    #[error("something unexpected happened")]
    Fault(#[from] anyhow::Error),
}

impl From<Refused> for TokenError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::WiderScope => Self::InvalidScope(refused.to_string()),
            _ => Self::InvalidGrant(refused),
        }
    }
}

impl TokenError {
    fn code(&self) -> &str {
        match self {
            Self::InvalidRequest(_) => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant(_) => "invalid_grant",
            Self::InvalidScope(_) => "invalid_scope",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::Ordered(code) => code,
            Self::Fault(_) => "server_error",
        }
    }
}

impl ResponseError for TokenError {
    fn status(&self) -> StatusCode {
        match self {
            Self::InvalidClient => StatusCode::UNAUTHORIZED,
            Self::Fault(_) => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    fn as_response(&self) -> Response {
        if let Self::Fault(error) = self {
            tracing::error!("authorization server: {error:#}");
        }
        let body = json!({ "error": self.code(), "error_description": self.to_string() });
        let mut response = Response::builder().status(self.status());
        if matches!(self, Self::InvalidClient) {
            response = response.header(header::WWW_AUTHENTICATE, "Basic realm=\"Larkfield\"");
        }
        response.content_type("application/json").body(body.to_string())
    }
}
