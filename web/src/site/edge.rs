//! The edge of the pages: finds the program and the visitor, checks forms, dresses errors.

use api::app::App;
use api::identity::{self, Seat, SignedIn};
use api::kernel::id::VendorId;
use api::notices;
use api::platform::caller::Caller;
use api::platform::http::Failure;
use api::platform::http::address::{host, is_same_origin};
use api::platform::http::credential::{Credential, Secret, cookie, session_cookie};
use api::platform::http::edge::{REQUEST_ID, RequestId, describe};
use api::platform::http::idempotency::RecordOf;
use api::platform::refusal::Error;
use api::program;
use poem::endpoint::BoxEndpoint;
use poem::http::{HeaderValue, Method, StatusCode, header};
use poem::{Body, Endpoint, IntoResponse, Middleware, Request, Response};
use tracing::Instrument;
use uuid::Uuid;

use super::dress::{dress, keep_what_was_written};
use super::flash::Flash;
use super::held::Sent;
use super::nav::{self, Place};
use super::reread::Again;
use super::visit::{Facts, PageError, Visit, problem_of, seats, see_other};
use super::{Look, guard};
use crate::error_page::bare_error;
use crate::format;
use crate::pages::Programs;
use crate::render::Page;
use crate::shell::{Acting, Links, Person, Program, Shell, Theme};
use crate::view::{Avatar, Link, Notice};

/// The outermost: request id and log, files, and which program an address belongs to.
pub(super) struct Outer {
    pub app: App,
    pub look: Look,
    pub program: BoxEndpoint<'static, Response>,
}

/// The program of the address, set for the inner edge.
#[derive(Clone)]
pub(super) struct Addressed {
    vendor: VendorId,
    name: String,
    pub slug: String,
    pub path: String,
}

impl Endpoint for Outer {
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        let id = self.app.ids.next::<Uuid>().simple().to_string();
        request.extensions_mut().insert(RequestId(id.clone()));
        if !METHODS.contains(request.method()) {
            return Ok(other_method(request.method(), &id));
        }
        let path = request.original_uri().path().to_owned();
        let span = tracing::info_span!("page", id, method = %request.method(), path);
        let call = std::panic::AssertUnwindSafe(self.answer(request, &path));
        let call = futures::FutureExt::catch_unwind(call).instrument(span);
        let mut response = match call.await {
            Ok(Ok(response)) if problem_of(&response).is_none() => response,
            Ok(Ok(refused)) => bare(&refused, &id),
            Ok(Err(error)) => bare(&answer_of(error), &id),
            Err(_) => bare_error(StatusCode::INTERNAL_SERVER_ERROR, &id),
        };
        if let Ok(value) = HeaderValue::try_from(id) {
            response.headers_mut().insert(REQUEST_ID, value);
        }
        Ok(response)
    }
}

/// What browsers ask pages with; a page that takes no form says so itself.
const METHODS: &[Method] = &[Method::GET, Method::HEAD, Method::POST];

/// Told before the form's secret is looked at, which such a request does not carry.
fn other_method(method: &Method, id: &str) -> Response {
    let mut answer = match *method {
        Method::OPTIONS => StatusCode::NO_CONTENT.into_response(),
        _ => bare_error(StatusCode::METHOD_NOT_ALLOWED, id),
    };
    answer.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD, POST"));
    answer
}

/// A refusal outside every program: no shell to dress it with.
fn bare(refused: &Response, id: &str) -> Response {
    let mut page = bare_error(refused.status(), id);
    if let Some(seconds) = refused.headers().get(header::RETRY_AFTER) {
        page.headers_mut().insert(header::RETRY_AFTER, seconds.clone());
    }
    page
}

fn answer_of(error: poem::Error) -> Response {
    if error.is_from_response() { error.into_response() } else { describe(&error).into_response() }
}

impl Outer {
    async fn answer(&self, request: Request, path: &str) -> poem::Result<Response> {
        if path == "/" {
            return self.front_door(&request).await;
        }
        let addressed = self.addressed(&request, path).await.map_err(Failure::from)?;
        let Some(addressed) = addressed else { return self.lost(&request).await };
        let mut request = request;
        let inner = addressed.path.parse().map_err(poem::error::BadRequest)?;
        *request.uri_mut() = inner;
        request.extensions_mut().insert(addressed);
        self.program.call(request).await
    }

    /// `/p/{program}/..` on any host; a host of its own shows its own program only.
    async fn addressed(&self, request: &Request, path: &str) -> Result<Option<Addressed>, Error> {
        let Some(rest) = path.strip_prefix("/p/") else { return Ok(None) };
        let (slug, inner) = rest.split_once('/').unwrap_or((rest, ""));
        let found = identity::program_at(&self.app, &host(request), slug).await?;
        let path = format!("/{inner}");
        Ok(found.map(|(vendor, name)| Addressed { vendor, name, slug: slug.to_owned(), path }))
    }

    /// The host's own program, or the only one there is, or a list to choose from.
    async fn front_door(&self, request: &Request) -> poem::Result<Response> {
        let programs = identity::programs_of(&self.app, &host(request)).await;
        let programs = programs.map_err(Failure::from)?;
        match programs.as_slice() {
            [(slug, _)] => Ok(see_other(&format!("/p/{slug}/"))),
            _ => self.list(&programs, None),
        }
    }

    /// An address of no program: the programs there are, to go on from.
    async fn lost(&self, request: &Request) -> poem::Result<Response> {
        let programs = identity::programs_of(&self.app, &host(request)).await;
        let notice = Notice::held(
            "No page at this address",
            "Look for a mistake in it, or go on from a program.",
        );
        let mut page = self.list(&programs.map_err(Failure::from)?, Some(notice))?;
        page.set_status(StatusCode::NOT_FOUND);
        Ok(page)
    }

    /// Where a person lands on a host of several programs, or of none yet.
    fn list(
        &self,
        programs: &[(String, String)],
        notice: Option<Notice>,
    ) -> poem::Result<Response> {
        let link = |(slug, name): &(String, String)| Link::new(name, &format!("/p/{slug}/"));
        let page = Programs { programs: programs.iter().map(link).collect() };
        let shell = Shell { notice, ..Shell::of_installation() };
        let page = page.render(&self.look.templates, &shell);
        let page = page.map_err(|error| Failure::from(Error::fault(error)))?;
        Ok(page.into_response())
    }
}

/// Finds the visitor, checks forms, dresses errors.
#[derive(Clone)]
pub(super) struct Edge {
    pub app: App,
    pub look: Look,
}

pub(super) struct Edged<E> {
    pub inner: E,
    pub app: App,
    look: Look,
}

impl<E: Endpoint> Middleware<E> for Edge {
    type Output = Edged<E>;

    fn transform(&self, inner: E) -> Self::Output {
        self.around(inner)
    }
}

impl Edge {
    pub(super) fn around<E>(&self, inner: E) -> Edged<E> {
        Edged { inner, app: self.app.clone(), look: self.look.clone() }
    }
}

impl<E: Endpoint> Endpoint for Edged<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        let visit = self.visit(&request).await.map_err(Failure::from)?;
        request.extensions_mut().insert(visit.clone());
        let told = visit.shell().notice.is_some();
        let again = Again::of(self, &request);
        let sent = sent(&visit, &mut request).await.map_err(Failure::from)?;
        let outcome = match check_form(&visit, &request, sent.as_ref()).await {
            Ok(()) => self.inner.call(request).await.map(IntoResponse::into_response),
            Err(error) => Ok(error.into_response()),
        };
        let mut response = outcome.unwrap_or_else(answer_of);
        if let Some(held) = keep_what_was_written(&visit, sent, (&response, &again)).await {
            response = held;
        } else if let Some(problem) = problem_of(&response) {
            response = dress(&visit, &problem);
        } else if told && response.status().is_success() {
            response.headers_mut().append(header::SET_COOKIE, Flash::shown());
        }
        Ok(response)
    }
}

impl<E> Edged<E> {
    pub(super) async fn visit(&self, request: &Request) -> Result<Visit, Error> {
        let addressed = request.extensions().get::<Addressed>();
        let addressed = addressed.ok_or_else(|| Error::fault("a page without its program"))?;
        let secret = session_cookie(request);
        let session = secret.as_ref().map(|s| s.hash());
        let (signed_in, rules) = futures::try_join!(
            authenticated(&self.app, secret),
            program::rules_version(&self.app, addressed.vendor)
        )?;
        let own = signed_in.as_ref().and_then(|s| s.caller.as_ref());
        let own = own.filter(|caller| caller.vendor == addressed.vendor);
        let (seats, unread) =
            futures::try_join!(seats(&self.app, signed_in.as_ref()), unread_of(&self.app, own))?;
        let caller = acting(signed_in.as_ref(), &seats, addressed.vendor).map(|mut caller| {
            caller.idempotency = request.extensions().get::<RecordOf>().map(|record| record.0);
            caller
        });
        let session = session.filter(|_| signed_in.is_some());
        let mut shell =
            self.shell(request, addressed, (&seats, caller.as_ref(), signed_in.as_ref()), session);
        shell.program.rules_version = rules;
        // A session that began in another program acts with a seat that was only now found.
        shell.unread =
            if own.is_some() { unread } else { unread_of(&self.app, caller.as_ref()).await? };
        Ok(Visit::new(Facts {
            app: self.app.clone(),
            templates: self.look.templates.clone(),
            vendor: addressed.vendor,
            here: here(request, addressed),
            signed_in,
            caller,
            seats,
            shell,
            session,
        }))
    }

    fn shell(
        &self,
        request: &Request,
        addressed: &Addressed,
        who: (&[Seat], Option<&Caller>, Option<&SignedIn>),
        session: Option<[u8; 32]>,
    ) -> Shell {
        let (seats, caller, signed_in) = who;
        let home = format!("/p/{}", addressed.slug);
        let acting = caller.and_then(|c| seats.iter().find(|s| s.membership == c.membership));
        let others = seats.iter().filter(|s| Some(s.membership) != acting.map(|a| a.membership));
        let zone = signed_in.and_then(|s| s.person.zone.parse().ok()).unwrap_or(chrono_tz::UTC);
        let theme = cookie(request, "theme").and_then(|value| Theme::from_cookie(&value));
        Shell {
            program: Program {
                name: format!("{} Partner Program", addressed.name),
                vendor: addressed.name.clone(),
                slug: addressed.slug.clone(),
                home: home.clone(),
                rules_version: 1,
            },
            links: Links::under(&home),
            person: signed_in.map(|s| Person {
                name: s.person.name.clone(),
                avatar: Avatar::of(&s.person.name),
            }),
            acting: acting.map(acting_view),
            others: others.map(acting_view).collect(),
            nav: nav::entries(caller.map(|c| (c.kind, c.role)), &home, Place::of(&addressed.path)),
            unread: 0,
            csrf: session.map(|s| guard::form_secret(&self.app, &s)).unwrap_or_default(),
            form_key: self.app.ids.next::<Uuid>().simple().to_string(),
            theme,
            zone: format::zone_label(zone, self.app.clock.now()),
            request_id: request
                .extensions()
                .get::<RequestId>()
                .map(|r| r.0.clone())
                .unwrap_or_default(),
            notice: Flash::of(request).map(|flash| flash.notice()),
        }
    }
}

/// Whose session this is.
async fn authenticated(app: &App, secret: Option<Secret>) -> Result<Option<SignedIn>, Error> {
    match secret {
        Some(secret) => identity::authenticate(app, &Credential::Session(secret)).await,
        None => Ok(None),
    }
}

async fn unread_of(app: &App, caller: Option<&Caller>) -> Result<u32, Error> {
    match caller {
        Some(caller) => notices::unread_count(app, caller).await,
        None => Ok(0),
    }
}

fn acting_view(seat: &Seat) -> Acting {
    Acting {
        membership_id: seat.membership.to_string(),
        organization: seat.organization_name.clone(),
        role: nav::role_words(seat.kind, seat.role),
    }
}

/// The session's own seat when it is of this program, else the person's first seat here.
fn acting(signed_in: Option<&SignedIn>, seats: &[Seat], vendor: VendorId) -> Option<Caller> {
    let signed_in = signed_in?;
    if let Some(caller) = signed_in.caller.clone().filter(|c| c.vendor == vendor) {
        return Some(caller);
    }
    let seat = seats.iter().find(|seat| seat.vendor == vendor)?;
    Some(Caller {
        person: signed_in.person.id,
        membership: seat.membership,
        vendor,
        organization: seat.organization,
        kind: seat.kind,
        role: seat.role,
        via: signed_in.via,
        idempotency: None,
    })
}

fn here(request: &Request, addressed: &Addressed) -> String {
    match request.original_uri().query().filter(|_| request.method() == Method::GET) {
        Some(query) => format!("{}?{query}", addressed.path),
        None => addressed.path.clone(),
    }
}

/// What a form sent, to look into; the request keeps its body.
async fn sent(visit: &Visit, request: &mut Request) -> Result<Option<Sent>, Error> {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return Ok(None);
    }
    let body = request.take_body().into_bytes().await.map_err(Error::fault)?;
    let sent = Sent::new(request, body.clone(), visit.here());
    request.set_body(Body::from_bytes(body));
    Ok(Some(sent))
}

/// A form must come from our own origin and carry its session's secret, however it is packed.
async fn check_form(
    visit: &Visit,
    request: &Request,
    sent: Option<&Sent>,
) -> Result<(), PageError> {
    let Some(sent) = sent else { return Ok(()) };
    if !is_same_origin(request) {
        return Err(identity::IdentityError::CrossSite.into());
    }
    if !visit.form_fits(&sent.secret().await) {
        return Err(PageError::stale_form());
    }
    Ok(())
}
