//! Identity's operations.

use super::auth::{self, Auth, SignedInAuth};
use super::views::{
    ActAsBody, MeView, NewSessionView, NewTokenView, ProfileBody, SessionView, SignInBody,
    TokenBody, TokenView,
};
use crate::app::{App, Site};
use crate::identity::{IdentityError, SessionFacts, ops};
use crate::kernel::id::{ApiTokenId, SessionId};
use crate::platform::http::Failure;
use crate::platform::http::address::{host, is_same_origin, peer};
use crate::platform::http::credential::{PLAIN_COOKIE, SECURE_COOKIE};
use crate::platform::http::reply::{Created, Found, NoContent, created, found};
use poem::Request;
use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, OpenApi, Tags};

#[derive(Tags)]
pub(super) enum Tag {
    /// Sign-up, sign-in, sessions, tokens and seats
    Identity,
    /// The people of an organization
    Members,
}

/// 201 with the session's cookie.
#[derive(ApiResponse)]
pub enum SignedInReply {
    /// The session; its secret is in the cookie
    #[oai(status = 201)]
    Ok(
        Json<NewSessionView>,
        /// The session's cookie.
        #[oai(header = "Set-Cookie")]
        String,
    ),
}

pub struct IdentityApi;

#[OpenApi(tag = "Tag::Identity")]
impl IdentityApi {
    /// Sign in
    #[oai(path = "/v1/sessions", method = "post", operation_id = "sign_in")]
    async fn sign_in(
        &self,
        app: Data<&App>,
        request: &Request,
        body: Json<SignInBody>,
    ) -> Result<SignedInReply, Failure> {
        own_page_only(request)?;
        let session = ops::sign_in(&app, &body.0.email, body.0.password, facts(request)).await?;
        let cookie = session_cookie_value(&app.site, Some(&session.secret));
        Ok(SignedInReply::Ok(Json(NewSessionView { id: session.id }), cookie))
    }

    /// List your sessions; with a session only
    #[oai(path = "/v1/sessions", method = "get", operation_id = "list_sessions")]
    async fn list_sessions(
        &self,
        app: Data<&App>,
        auth: SignedInAuth,
    ) -> Result<Found<Vec<SessionView>>, Failure> {
        let rows = ops::list_sessions(&app, &auth.0).await?;
        let current = auth.0.session;
        Ok(found(rows.into_iter().map(|r| SessionView::new(r, current)).collect()))
    }

    /// End one of your sessions; with a session only
    #[oai(path = "/v1/sessions/:session", method = "delete", operation_id = "end_session")]
    async fn end_session(
        &self,
        app: Data<&App>,
        auth: SignedInAuth,
        session: Path<SessionId>,
    ) -> Result<NoContent, Failure> {
        ops::sign_out_of(&app, &auth.0, session.0).await?;
        Ok(NoContent::Ok)
    }

    /// Who you are, and the seats you hold
    #[oai(path = "/v1/me", method = "get", operation_id = "get_me")]
    async fn get_me(&self, app: Data<&App>, auth: SignedInAuth) -> Result<Found<MeView>, Failure> {
        let seats = ops::seats(&app, auth.0.person.id).await?;
        Ok(found(MeView::new(auth.0, seats)))
    }

    /// Change your name and zone
    #[oai(path = "/v1/me", method = "put", operation_id = "set_profile")]
    async fn set_profile(
        &self,
        app: Data<&App>,
        auth: SignedInAuth,
        body: Json<ProfileBody>,
    ) -> Result<NoContent, Failure> {
        ops::set_profile(&app, &auth.0, &body.0.name, &body.0.zone).await?;
        Ok(NoContent::Ok)
    }

    /// Act for another of your organizations
    #[oai(path = "/v1/me/acting", method = "put", operation_id = "act_as")]
    async fn act_as(
        &self,
        app: Data<&App>,
        auth: SignedInAuth,
        body: Json<ActAsBody>,
    ) -> Result<NoContent, Failure> {
        ops::act_as(&app, &auth.0, body.0.membership).await?;
        Ok(NoContent::Ok)
    }

    /// List your API tokens
    #[oai(path = "/v1/tokens", method = "get", operation_id = "list_tokens")]
    async fn list_tokens(
        &self,
        app: Data<&App>,
        auth: Auth,
    ) -> Result<Found<Vec<TokenView>>, Failure> {
        let tokens = ops::list_tokens(&app, &auth.0).await?;
        Ok(found(tokens.into_iter().map(TokenView::from).collect()))
    }

    /// Make an API token for the membership you act with; with a session only
    #[oai(path = "/v1/tokens", method = "post", operation_id = "make_token")]
    async fn make_token(
        &self,
        app: Data<&App>,
        auth: SignedInAuth,
        body: Json<TokenBody>,
    ) -> Result<Created<NewTokenView>, Failure> {
        let TokenBody { name, scope, days } = body.0;
        let new = ops::make_token(&app, &auth.0, &name, scope, days).await?;
        let location = format!("/v1/tokens/{}", new.token.id);
        Ok(created(NewTokenView::from(new), location))
    }

    /// End an API token at once; with a session only
    #[oai(path = "/v1/tokens/:token", method = "delete", operation_id = "revoke_token")]
    async fn revoke_token(
        &self,
        app: Data<&App>,
        auth: SignedInAuth,
        token: Path<ApiTokenId>,
    ) -> Result<NoContent, Failure> {
        ops::revoke_token(&app, &auth.0, token.0).await?;
        Ok(NoContent::Ok)
    }
}

/// A browser may open a session from our own pages only, lest another site sign people in as
/// somebody else; a program that is no browser may too.
pub(super) fn own_page_only(request: &Request) -> Result<(), Failure> {
    if !is_same_origin(request) && !auth::says_nothing_of_its_page(request) {
        return Err(IdentityError::CrossSite.into());
    }
    Ok(())
}

/// Where a sign-in comes from.
pub fn facts(request: &Request) -> SessionFacts {
    SessionFacts {
        host: host(request),
        user_agent: request.header("user-agent").unwrap_or_default().to_owned(),
        address: peer(request),
    }
}

/// The `Set-Cookie` value that carries a session, or with no secret the one that removes it.
pub fn session_cookie_value(site: &Site, secret: Option<&str>) -> String {
    let (name, secure) = if site.tls { (SECURE_COOKIE, "; Secure") } else { (PLAIN_COOKIE, "") };
    let (value, age) = secret.map_or(("", 0), |s| (s, 14 * 24 * 3600));
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={age}{secure}")
}
