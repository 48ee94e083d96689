//! What nobody expected.

use std::fmt;

use poem::{Response, error::ResponseError, http::StatusCode};

/// An unexpected error: logged with its causes, answered as a bare 500.
#[derive(Debug)]
pub(crate) struct Fault(pub(crate) anyhow::Error);

impl ResponseError for Fault {
    fn status(&self) -> StatusCode {
        StatusCode::INTERNAL_SERVER_ERROR
    }

    fn as_response(&self) -> Response {
        tracing::error!("marketing application: {:#}", self.0);
        Response::builder().status(self.status()).finish()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("something unexpected happened")
    }
}

impl std::error::Error for Fault {}

impl From<anyhow::Error> for Fault {
    fn from(error: anyhow::Error) -> Self {
        Self(error)
    }
}

impl From<tera::Error> for Fault {
    fn from(error: tera::Error) -> Self {
        Self(error.into())
    }
}
