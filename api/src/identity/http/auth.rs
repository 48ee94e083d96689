//! The security scheme: a bearer token, or the session's cookie from one of our own pages.

use crate::app::App;
use crate::identity::{IdentityError, SignedIn, ops};
use crate::platform::caller::{Caller, TokenScope, Via};
use crate::platform::http::Failure;
use crate::platform::http::address::is_same_origin;
use crate::platform::http::credential::{Credential, SECURE_COOKIE};
use crate::platform::http::idempotency::RecordOf;
use crate::platform::refusal::{Error, Result};
use poem::http::Method;
use poem::{Request, RequestBody};
use poem_openapi::registry::{MetaSecurityScheme, Registry};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};

/// A person acting for one organization: what almost every operation takes.
pub struct Auth(pub Caller);

/// A person, whether or not the session acts for an organization.
pub struct SignedInAuth(pub SignedIn);

/// [`Auth`] together with the program, for operations with many parameters of their own.
pub struct Asked {
    pub app: App,
    pub caller: Caller,
}

const TOKEN: &str = "token";
const SESSION: &str = "session";

/// Whether a program asks that is no browser; it may read with a cookie.
pub(super) fn says_nothing_of_its_page(request: &Request) -> bool {
    request.header("origin").is_none() && request.header("sec-fetch-site").is_none()
}

/// The signed-in person, after the checks that hold for every request with a credential.
///
/// Errors: `unauthenticated`; `cross-site` for a cookie call from no page of ours (CSRF);
/// `token-reads-only`.
async fn signed_in(request: &Request) -> Result<SignedIn> {
    let app = app(request)?;
    let credential = Credential::of(request).ok_or(IdentityError::Unauthenticated)?;
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD);
    let ours = is_same_origin(request) || (!changes && says_nothing_of_its_page(request));
    if matches!(credential, Credential::Session(_)) && !ours {
        return Err(IdentityError::CrossSite.into());
    }
    let mut signed_in =
        ops::authenticate(app, &credential).await?.ok_or(IdentityError::Unauthenticated)?;
    if changes && signed_in.via == Via::Token(TokenScope::Read) {
        return Err(IdentityError::TokenReadsOnly.into());
    }
    if let Some(caller) = signed_in.caller.as_mut() {
        caller.idempotency = request.extensions().get::<RecordOf>().map(|r| r.0);
    }
    Ok(signed_in)
}

pub(super) fn app(request: &Request) -> Result<&App> {
    request.extensions().get::<App>().ok_or_else(|| Error::fault("the app is not mounted"))
}

fn register(registry: &mut Registry) {
    registry.create_security_scheme(
        TOKEN,
        MetaSecurityScheme {
            ty: "http",
            description: Some("An API token of one membership, made under Settings."),
            name: None,
            key_in: None,
            scheme: Some("bearer"),
            bearer_format: None,
            flows: None,
            openid_connect_url: None,
        },
    );
    registry.create_security_scheme(
        SESSION,
        MetaSecurityScheme {
            ty: "apiKey",
            description: Some(
                "The session of a signed-in browser; changing calls need a \
             same-origin Origin or Sec-Fetch-Site. On plain loopback HTTP the cookie is named \
             `attache`.",
            ),
            name: Some(SECURE_COOKIE),
            key_in: Some("cookie"),
            scheme: None,
            bearer_format: None,
            flows: None,
            openid_connect_url: None,
        },
    );
}

impl<'a> ApiExtractor<'a> for Auth {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        register(registry);
    }

    fn security_schemes() -> Vec<&'static str> {
        vec![TOKEN, SESSION]
    }

    async fn from_request(
        request: &'a Request,
        _body: &mut RequestBody,
        _options: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let signed_in = signed_in(request).await.map_err(Failure::from)?;
        let caller = signed_in.caller.ok_or(IdentityError::NoMembership).map_err(Failure::from)?;
        Ok(Self(caller))
    }
}

impl<'a> ApiExtractor<'a> for SignedInAuth {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        register(registry);
    }

    fn security_schemes() -> Vec<&'static str> {
        vec![TOKEN, SESSION]
    }

    async fn from_request(
        request: &'a Request,
        _body: &mut RequestBody,
        _options: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        Ok(Self(signed_in(request).await.map_err(Failure::from)?))
    }
}

impl<'a> ApiExtractor<'a> for Asked {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        register(registry);
    }

    fn security_schemes() -> Vec<&'static str> {
        vec![TOKEN, SESSION]
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        options: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let app = app(request).map_err(Failure::from)?.clone();
        let Auth(caller) = Auth::from_request(request, body, options).await?;
        Ok(Self { app, caller })
    }
}
