//! One request for a page: its program, who asks, the frame of the answer.

use std::sync::Arc;

use api::app::App;
use api::identity::{self, Seat, SignedIn};
use api::kernel::check::FieldError;
use api::kernel::id::VendorId;
use api::platform::caller::Caller;
use api::platform::http::credential::Secret;
use api::platform::http::idempotency::WithoutEffect;
use api::platform::http::{Failure, Problem};
use api::platform::refusal::{Class, Common, Error, Refusal};
use poem::http::{HeaderValue, StatusCode, header};
use poem::{FromRequest, IntoResponse, Request, RequestBody, Response};

use super::flash::Flash;
use super::guard;
use crate::render::{Page, RenderError, Templates};
use crate::shell::Shell;
use crate::view::Errors;

/// What a page handler answers.
pub type Answer = Result<Response, PageError>;

/// Everything a handler needs to know of a request. Cheap to clone.
#[derive(Clone)]
pub struct Visit(Arc<Facts>);

pub(super) struct Facts {
    pub app: App,
    pub templates: Arc<Templates>,
    pub vendor: VendorId,
    pub signed_in: Option<SignedIn>,
    pub caller: Option<Caller>,
    pub seats: Vec<Seat>,
    pub shell: Shell,
    /// Hash of the session's secret, to which forms are bound.
    pub session: Option<[u8; 32]>,
    /// Path and query inside the program, to come back to after signing in.
    pub here: String,
}

impl Visit {
    pub(super) fn new(facts: Facts) -> Self {
        Self(Arc::new(facts))
    }

    /// The visit that the edge put on the request.
    pub fn of(request: &Request) -> poem::Result<Self> {
        let visit = request.extensions().get::<Self>().cloned();
        visit
            .ok_or_else(|| Failure::from(Error::fault("a page is mounted without its edge")).into())
    }

    pub fn app(&self) -> &App {
        &self.0.app
    }

    pub fn vendor(&self) -> VendorId {
        self.0.vendor
    }

    pub fn shell(&self) -> &Shell {
        &self.0.shell
    }

    pub fn templates(&self) -> &Templates {
        &self.0.templates
    }

    pub fn signed_in(&self) -> Option<&SignedIn> {
        self.0.signed_in.as_ref()
    }

    pub fn seats(&self) -> &[Seat] {
        &self.0.seats
    }

    /// The address of a page of this program; `path` begins with a slash.
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.0.shell.program.home)
    }

    /// Who asks, acting in this program. Without a session: to the sign-in page and back here;
    /// without a seat in this program: 403.
    pub fn caller(&self) -> Result<&Caller, PageError> {
        if let Some(caller) = &self.0.caller {
            return Ok(caller);
        }
        if self.0.signed_in.is_none() {
            let next: String =
                url::form_urlencoded::byte_serialize(self.0.here.as_bytes()).collect();
            return Err(PageError::SignInFirst(self.link(&format!("/sign-in?next={next}"))));
        }
        let detail = "You hold no role in this program. Ask a colleague to invite you, or sign up.";
        Err(Common::NotPermitted(detail.to_owned()).into())
    }

    /// The signed-in person; to the sign-in page otherwise.
    pub fn person(&self) -> Result<&SignedIn, PageError> {
        match &self.0.signed_in {
            Some(signed_in) => Ok(signed_in),
            None => Err(self.caller().err().unwrap_or_else(PageError::stale_form)),
        }
    }

    /// The zone in which this person reads times.
    pub fn zone(&self) -> chrono_tz::Tz {
        let zone = self.0.signed_in.as_ref().map_or("UTC", |s| s.person.zone.as_str());
        zone.parse().unwrap_or(chrono_tz::UTC)
    }

    /// Whether a form carried this session's secret. A visitor's form has none to carry; it is
    /// held by its origin alone.
    pub fn form_fits(&self, secret: &str) -> bool {
        self.0.session.is_none_or(|session| guard::fits(&self.0.app, &session, secret))
    }

    /// The secret for forms of a session that only now began.
    pub fn form_secret_of(&self, session: &str) -> String {
        guard::form_secret(&self.0.app, &Secret::new(session.to_owned()).hash())
    }

    /// Path inside the program of what was asked for.
    pub(super) fn here(&self) -> &str {
        &self.0.here
    }

    /// 200 with the page.
    pub fn page(&self, page: &impl Page) -> Answer {
        Ok(page.render(&self.0.templates, &self.0.shell)?.into_response())
    }

    /// 200 with the page of a form that is long to write: going back in the browser finds it as it
    /// was left.
    pub fn desk(&self, page: &impl Page) -> Answer {
        Ok(kept_for_back(self.page(page)?))
    }

    /// 200 with a page that only shows what a form would do: it may be changed and sent again
    /// after going back in the browser.
    pub fn preview(&self, page: &impl Page) -> Answer {
        let mut response = kept_for_back(self.page(page)?);
        response.extensions_mut().insert(WithoutEffect);
        Ok(response)
    }

    /// The page of a form that came back: 422, with what was typed.
    pub fn again(&self, page: &impl Page) -> Answer {
        let mut response = kept_for_back(self.page(page)?);
        response.set_status(StatusCode::UNPROCESSABLE_ENTITY);
        Ok(response)
    }

    /// 303 to a page of this program.
    pub fn go(&self, path: &str) -> Response {
        see_other(&self.link(path))
    }

    /// 303 with a sentence for the next page.
    pub fn go_telling(&self, path: &str, flash: &Flash) -> Response {
        let mut response = self.go(path);
        if let Some(cookie) = flash.cookie() {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        response
    }

    /// The seat this visit acts with.
    pub fn seat(&self) -> Option<&Seat> {
        let membership = self.0.caller.as_ref()?.membership;
        self.0.seats.iter().find(|seat| seat.membership == membership)
    }
}

impl<'a> FromRequest<'a> for Visit {
    async fn from_request(request: &'a Request, _body: &mut RequestBody) -> poem::Result<Self> {
        Self::of(request)
    }
}

/// Lets the browser keep a page in its history, where other pages are never kept: without that,
/// going back to the answer of a form is an error of the browser, and what was typed is lost.
/// Signing out empties that history.
fn kept_for_back(mut response: Response) -> Response {
    let kept = HeaderValue::from_static("private, no-cache");
    response.headers_mut().insert(header::CACHE_CONTROL, kept);
    response
}

/// 303: the answer to a form that did its work.
pub fn see_other(to: &str) -> Response {
    let mut response = Response::builder().status(StatusCode::SEE_OTHER).finish();
    if let Ok(value) = HeaderValue::try_from(to) {
        response.headers_mut().insert(header::LOCATION, value);
    }
    response
}

/// A form that does not carry the secret of this session.
#[derive(Debug, thiserror::Error)]
#[error("This form belongs to another sign-in or was open for too long. Nothing was changed.")]
struct StaleForm;

impl Refusal for StaleForm {
    fn code(&self) -> &'static str {
        "stale-form"
    }

    fn class(&self) -> Class {
        Class::Forbidden
    }
}

/// Marks an answer to somebody whose sign-in is missing.
#[derive(Clone, Copy, Debug)]
pub(super) struct SignInFirst;

/// Why a page is not shown. The edge dresses it.
#[derive(Debug)]
pub enum PageError {
    Api(Error),
    /// 303 to somewhere else.
    Elsewhere(String),
    /// 303 to the sign-in page, for whoever only looks; what somebody sent is held by the edge.
    SignInFirst(String),
}

impl PageError {
    /// A form without its secret, or of a session that ended.
    pub fn stale_form() -> Self {
        Self::Api(StaleForm.into())
    }

    /// The faults of a form, with the field names of the API turned into ids of controls; the
    /// error itself when it is about no field.
    pub fn into_errors(self, id_of: impl Fn(&str) -> String) -> Result<Errors, Self> {
        let fields: Vec<FieldError> = match &self {
            Self::Api(Error::Refused(refusal)) => refusal.fields(),
            _ => Vec::new(),
        };
        if fields.is_empty() {
            return Err(self);
        }
        let mut errors = Errors::default();
        for fault in fields {
            errors.add(&id_of(&fault.field), &fault.message);
        }
        Ok(errors)
    }

    /// The refusal's stable word, if it is one.
    pub fn code(&self) -> Option<&'static str> {
        match self {
            Self::Api(error) => error.code(),
            Self::Elsewhere(_) | Self::SignInFirst(_) => None,
        }
    }
}

impl<E: Into<Error>> From<E> for PageError {
    fn from(error: E) -> Self {
        Self::Api(error.into())
    }
}

impl From<RenderError> for PageError {
    fn from(error: RenderError) -> Self {
        Self::Api(Error::Fault(anyhow::Error::new(error)))
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        match self {
            Self::Api(error) => Failure::from(error).into_response(),
            Self::Elsewhere(to) => see_other(&to),
            Self::SignInFirst(to) => {
                let mut response = see_other(&to);
                response.extensions_mut().insert(SignInFirst);
                response
            }
        }
    }
}

impl From<PageError> for poem::Error {
    fn from(error: PageError) -> Self {
        let mut answer = error.into_response();
        let problem = answer.extensions_mut().remove::<Problem>();
        let sign_in_first = answer.extensions_mut().remove::<SignInFirst>();
        let mut error = Self::from_response(answer);
        // poem puts the error's own extensions in place of the answer's.
        if let Some(problem) = problem {
            error.set_data(problem);
        }
        if let Some(mark) = sign_in_first {
            error.set_data(mark);
        }
        error
    }
}

/// The problem an answer carries, if it is one.
pub(super) fn problem_of(response: &Response) -> Option<Problem> {
    response.extensions().get::<Problem>().cloned()
}

/// Every seat of the person, for the menu.
pub(super) async fn seats(app: &App, signed_in: Option<&SignedIn>) -> Result<Vec<Seat>, Error> {
    match signed_in {
        Some(signed_in) => identity::seats(app, signed_in.person.id).await,
        None => Ok(Vec::new()),
    }
}
