//! RFC 9457 for every error that leaves the server.

use crate::platform::refusal::{Class, Error};
use poem::http::{HeaderValue, StatusCode, header};
use poem::{IntoResponse, Response};
use poem_openapi::registry::{MetaMediaType, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::{ToJSON, Type};
use poem_openapi::{ApiResponse, Object};

/// One field at fault.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
pub struct ProblemField {
    /// The field's name in the request.
    pub field: String,
    /// What to do about it.
    pub message: String,
}

/// A problem as RFC 9457 describes it.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct Problem {
    /// A relative reference that names the kind of problem.
    #[oai(rename = "type")]
    pub kind: String,
    /// The kind in words, the same for every occurrence.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// Stable word for programs to compare, such as `brief-closed`.
    pub code: String,
    /// This occurrence in words, saying what to do.
    pub detail: String,
    /// The fields at fault, if any.
    #[oai(skip_serializing_if_is_empty)]
    pub errors: Vec<ProblemField>,
    /// The request to mention when asking for help; set for faults of ours.
    pub request_id: Option<String>,
    #[oai(skip)]
    pub retry_after: Option<u64>,
}

impl Problem {
    pub fn new(status: StatusCode, code: &str, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("/problems/{code}"),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            code: code.to_owned(),
            detail: detail.into(),
            errors: Vec::new(),
            request_id: None,
            retry_after: None,
        }
    }

    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn from_error(error: &Error) -> Self {
        match error {
            Error::Refused(refusal) => {
                let (status, retry_after) = status_of(refusal.class());
                let mut problem = Self::new(status, refusal.code(), refusal.to_string());
                problem.errors = refusal
                    .fields()
                    .into_iter()
                    .map(|f| ProblemField { field: f.field, message: f.message })
                    .collect();
                problem.retry_after = retry_after;
                problem
            }
            Error::Unavailable(what) => Self::unavailable(what),
            Error::Fault(fault) => {
                tracing::error!(error = format!("{fault:#}"), "fault");
                Self::fault()
            }
        }
    }

    /// 500 without any detail of the cause.
    pub fn fault() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "fault",
            "Our fault. Nothing was changed by this request. Mention the request id when you \
             write to us.",
        )
    }

    /// 503: a part is away; the same request may be sent again.
    pub fn unavailable(what: &str) -> Self {
        let mut problem = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            format!("{what} is not available right now. Send the same request again in a moment."),
        );
        problem.retry_after = Some(3);
        problem
    }
}

/// The one place where a class of refusal becomes a status.
fn status_of(class: Class) -> (StatusCode, Option<u64>) {
    let status = match class {
        Class::Unreadable => StatusCode::BAD_REQUEST,
        Class::Unauthenticated => StatusCode::UNAUTHORIZED,
        Class::Forbidden => StatusCode::FORBIDDEN,
        Class::NotFound => StatusCode::NOT_FOUND,
        Class::Conflict => StatusCode::CONFLICT,
        Class::Stale => StatusCode::PRECONDITION_FAILED,
        Class::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Class::Unsupported => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Class::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        Class::VersionWanted => StatusCode::PRECONDITION_REQUIRED,
        Class::TooMany(wait) => {
            return (StatusCode::TOO_MANY_REQUESTS, Some(wait.as_secs().max(1)));
        }
    };
    (status, None)
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Response::builder()
            .status(self.status())
            .content_type("application/problem+json")
            .header(header::CACHE_CONTROL, "no-store")
            .body(self.to_json_string());
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == 401 {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        // Error handlers further out may want the parts again, to dress them as a page.
        response.extensions_mut().insert(self);
        response
    }
}

/// What an operation answers when it did not do its work.
#[derive(Debug)]
pub struct Failure(pub Problem);

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(Problem::from_error(&error.into()))
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

impl From<Failure> for poem::Error {
    fn from(failure: Failure) -> Self {
        let response = failure.into_response();
        let problem = response.extensions().get::<Problem>().cloned();
        let mut raised = Self::from_response(response);
        // The framework forgets what travels beside a response that is raised.
        if let Some(problem) = problem {
            raised.set_data(problem);
        }
        raised
    }
}

const FAILURES: &[(u16, &str)] = &[
    (400, "The request cannot be read"),
    (401, "Nobody is signed in"),
    (403, "Visible, but not for this caller"),
    (404, "Not there, or not visible"),
    (409, "Its state does not allow it"),
    (412, "It changed since it was read"),
    (413, "More bytes than allowed"),
    (415, "A content type that is not understood"),
    (422, "Read, and against a rule"),
    (428, "An edit must carry If-Match"),
    (429, "Too many tries; see Retry-After"),
    (500, "A fault of ours"),
    (503, "A part is away; see Retry-After"),
];

impl ApiResponse for Failure {
    fn meta() -> MetaResponses {
        let responses = FAILURES
            .iter()
            .map(|(status, description)| MetaResponse {
                description,
                status: Some(*status),
                status_range: None,
                content: vec![MetaMediaType {
                    content_type: "application/problem+json",
                    schema: Problem::schema_ref(),
                }],
                headers: vec![],
            })
            .collect();
        MetaResponses { responses }
    }

    fn register(registry: &mut Registry) {
        Problem::register(registry);
    }
}
