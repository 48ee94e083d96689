//! A marketing application's authorization server: RFC 6749 with PKCE (7636), revocation (7009).
//!
//! Every call goes through the hardened client, so no redirect is followed and no secret leaves
//! for another host. Tokens are [`SecretString`]s; what a server answers is never part of an error.

use super::upstream::{Answer, Authority, Client, ClientAuth, Pkce, Question, Trouble};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use oauth2::basic::{
    BasicErrorResponse, BasicErrorResponseType, BasicRevocationErrorResponse,
    BasicTokenIntrospectionResponse, BasicTokenType,
};
use oauth2::{
    AsyncHttpClient, AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken,
    EndpointNotSet, EndpointSet, ExtraTokenFields, HttpRequest, HttpResponse, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, RefreshToken, RequestTokenError, Scope, StandardRevocableToken,
    StandardTokenResponse, TokenResponse, TokenUrl,
};
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;
use url::{Url, form_urlencoded};

/// How long a token endpoint may take; shorter than the lease of a refresh.
pub const WITHIN: Duration = Duration::from_secs(8);

/// Most bytes of an answer.
const MOST: usize = 64 * 1024;

/// What a token endpoint gave.
pub struct Tokens {
    pub access: SecretString,
    /// Absent when the one that was sent stays good.
    pub refresh: Option<SecretString>,
    pub life: Duration,
    /// Absent when it is what was asked for.
    pub scopes: Option<Vec<String>>,
}

/// Why a token endpoint gave nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenTrouble {
    /// The code or refresh token is not good any more.
    #[error("it says that the permission has ended")]
    InvalidGrant,
    /// Another refusal, by its code: ours to mend, or the server's.
    #[error("it refused with {0}")]
    Refused(String),
    #[error("{0}")]
    Unanswered(Trouble),
    /// It offers no such call.
    #[error("it offers no revocation")]
    NotOffered,
    /// It answered something that is no token.
    #[error("its answer could not be read")]
    Unreadable,
}

/// One authorization server as one client of it.
pub struct Server<'a> {
    authority: Authority<'a>,
    client: &'a Client,
    /// Where people come back to; compared exactly by the server.
    redirect: Url,
}

type Known<Auth = EndpointNotSet, Token = EndpointNotSet> = oauth2::Client<
    BasicErrorResponse,
    TokenAnswer,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    Auth,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    Token,
>;
type Ready = Known<EndpointNotSet, EndpointSet>;

impl TokenTrouble {
    /// Whether the server does not know the client or its secret (any more); some say it by codes
    /// of their own.
    pub fn is_unknown_client(&self) -> bool {
        let codes = ["invalid_client", "unauthorized_client", "unauthorized"];
        match self {
            Self::InvalidGrant => true,
            Self::Refused(code) => codes.contains(&code.as_str()),
            _ => false,
        }
    }
}

impl<'a> Server<'a> {
    pub fn new(authority: Authority<'a>, client: &'a Client, redirect: Url) -> Self {
        Self { authority, client, redirect }
    }

    /// Where the person goes to agree, at the page of the server; `state` and `verifier` are fresh
    /// secrets.
    pub fn authorize_url(&self, page: &Url, state: &str, verifier: &str) -> Url {
        let oauth = self.authority.oauth;
        let state = CsrfToken::new(state.to_owned());
        let scopes = oauth.scopes.iter().cloned().map(Scope::new);
        let ready = self.ready().set_auth_uri(AuthUrl::from_url(page.clone()));
        let mut request = ready.authorize_url(|| state).add_scopes(scopes);
        if oauth.pkce != Pkce::Refused {
            let verifier = PkceCodeVerifier::new(verifier.to_owned());
            let challenge = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
            request = request.set_pkce_challenge(challenge);
        }
        if !oauth.optional_scopes.is_empty() {
            request = request.add_extra_param("optional_scope", oauth.optional_scopes.join(" "));
        }
        request.url().0
    }

    /// Exchanges a code. A code works once, so this is never repeated.
    pub async fn exchange(&self, code: &str, verifier: &str) -> Result<Tokens, TokenTrouble> {
        let code = AuthorizationCode::new(code.to_owned());
        let ready = self.ready();
        let mut request = ready.exchange_code(code);
        if self.authority.oauth.pkce != Pkce::Refused {
            request = request.set_pkce_verifier(PkceCodeVerifier::new(verifier.to_owned()));
        }
        let answer = request.request_async(self).await;
        answer.map_err(token_trouble).and_then(|answer| self.tokens(&answer))
    }

    /// Exchanges a refresh token. The caller sees to it that nobody else does so at the same time.
    pub async fn refresh(&self, token: &SecretString) -> Result<Tokens, TokenTrouble> {
        let token = RefreshToken::new(token.expose_secret().to_owned());
        let ready = self.ready();
        let answer = ready.exchange_refresh_token(&token).request_async(self).await;
        answer.map_err(token_trouble).and_then(|answer| self.tokens(&answer))
    }

    /// Asks for a token as the client that the customer made there; harmless to repeat. What the
    /// answer calls a scope may be anything, so the scopes are those that were asked for.
    pub async fn client_credentials(&self) -> Result<Tokens, TokenTrouble> {
        let scopes = self.authority.oauth.scopes.iter().cloned().map(Scope::new);
        let ready = self.ready();
        let request = ready.exchange_client_credentials().add_scopes(scopes);
        let answer = request.request_async(self).await.map_err(token_trouble)?;
        Ok(Tokens { refresh: None, scopes: None, ..self.tokens(&answer)? })
    }

    /// Ends a token; harmless to repeat, and an unknown token is as good as ended.
    ///
    /// Errors with [`TokenTrouble::NotOffered`] when only people can end it.
    pub async fn revoke(&self, token: &SecretString, hint: &str) -> Result<(), TokenTrouble> {
        let url = self.authority.revoke.clone().ok_or(TokenTrouble::NotOffered)?;
        let question = self.revocation(url, token, hint)?;
        let answer = self.client.ask(question).await.map_err(TokenTrouble::Unanswered)?;
        if answer.status.is_success() {
            return Ok(());
        }
        Err(TokenTrouble::Refused(format!("status {}", answer.status.as_u16())))
    }

    fn revocation(
        &self,
        url: Url,
        token: &SecretString,
        hint: &str,
    ) -> Result<Question, TokenTrouble> {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("token", token.expose_secret()).append_pair("token_type_hint", hint);
        let mut headers = HeaderMap::new();
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        headers.insert(CONTENT_TYPE, kind);
        let from = &self.authority;
        match from.oauth.client_auth {
            ClientAuth::Basic => {
                headers.insert(AUTHORIZATION, basic(&from.client_id, &from.client_secret)?);
            }
            ClientAuth::Body => {
                form.append_pair("client_id", &from.client_id)
                    .append_pair("client_secret", from.client_secret.expose_secret());
            }
        }
        Ok(Question {
            method: Method::POST,
            url,
            headers,
            body: form.finish().into_bytes(),
            most: MOST,
            within: WITHIN,
        })
    }

    fn tokens(&self, answer: &TokenAnswer) -> Result<Tokens, TokenTrouble> {
        let bearer = match answer.token_type() {
            BasicTokenType::Bearer => true,
            BasicTokenType::Extension(word) => word.eq_ignore_ascii_case("bearer"),
            BasicTokenType::Mac => false,
        };
        let access = answer.access_token().secret();
        // A token becomes a header: whatever could end a line is no token.
        let plain = !access.is_empty() && access.bytes().all(|b| b.is_ascii_graphic());
        if !bearer || !plain {
            return Err(TokenTrouble::Unreadable);
        }
        Ok(Tokens {
            access: SecretString::from(access.clone()),
            refresh: answer.refresh_token().map(|t| SecretString::from(t.secret().clone())),
            life: answer.expires_in().unwrap_or(self.authority.oauth.tokens.access),
            scopes: scopes(answer),
        })
    }

    fn ready(&self) -> Ready {
        let from = &self.authority;
        let auth = match from.oauth.client_auth {
            ClientAuth::Basic => AuthType::BasicAuth,
            ClientAuth::Body => AuthType::RequestBody,
        };
        Known::new(ClientId::new(from.client_id.clone()))
            .set_client_secret(ClientSecret::new(from.client_secret.expose_secret().to_owned()))
            .set_auth_type(auth)
            .set_token_uri(TokenUrl::from_url(from.token.clone()))
            .set_redirect_uri(RedirectUrl::from_url(self.redirect.clone()))
    }
}

impl<'c> AsyncHttpClient<'c> for Server<'_> {
    type Error = Trouble;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Trouble>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let url = Url::parse(&parts.uri.to_string()).map_err(|_| Trouble::Forbidden)?;
            let question = Question {
                method: parts.method,
                url,
                headers: parts.headers,
                body,
                most: MOST,
                within: WITHIN,
            };
            let Answer { status, headers, body } = self.client.ask(question).await?;
            let mut response = HttpResponse::new(body);
            *response.status_mut() = status;
            *response.headers_mut() = headers;
            Ok(response)
        })
    }
}

/// What a token answer tells besides RFC 6749.
#[derive(Debug, Serialize, Deserialize)]
struct Beside {
    /// The scopes as a list, which some servers write instead of `scope`.
    #[serde(default)]
    scopes: Option<serde_json::Value>,
}

impl ExtraTokenFields for Beside {}

type TokenAnswer = StandardTokenResponse<Beside, BasicTokenType>;

/// The scopes that an answer tells of; absent when it tells of none.
fn scopes(answer: &TokenAnswer) -> Option<Vec<String>> {
    if let Some(told) = answer.scopes() {
        return Some(told.iter().map(|scope| scope.to_string()).collect());
    }
    let told = answer.extra_fields().scopes.as_ref()?.as_array()?;
    told.iter().map(|scope| scope.as_str().map(str::to_owned)).collect()
}

fn token_trouble(error: RequestTokenError<Trouble, BasicErrorResponse>) -> TokenTrouble {
    match error {
        RequestTokenError::Request(trouble) => TokenTrouble::Unanswered(trouble),
        RequestTokenError::ServerResponse(answer) => match answer.error() {
            BasicErrorResponseType::InvalidGrant => TokenTrouble::InvalidGrant,
            other => TokenTrouble::Refused(plain_code(other.as_ref())),
        },
        // The text of these may quote what the server sent, which may be a token.
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => TokenTrouble::Unreadable,
    }
}

/// An error code as RFC 6749 has them; anything else is not repeated.
fn plain_code(code: &str) -> String {
    let plain = code.len() <= 60 && code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    if plain { code.to_owned() } else { "an unknown code".to_owned() }
}

/// Id and secret are form-encoded before they are joined (RFC 6749 section 2.3.1).
fn basic(id: &str, secret: &SecretString) -> Result<HeaderValue, TokenTrouble> {
    let encode =
        |text: &str| -> String { form_urlencoded::byte_serialize(text.as_bytes()).collect() };
    let pair = format!("{}:{}", encode(id), encode(secret.expose_secret()));
    let value = format!("Basic {}", BASE64_STANDARD.encode(pair));
    let mut value = HeaderValue::from_str(&value).map_err(|_| TokenTrouble::Unreadable)?;
    value.set_sensitive(true);
    Ok(value)
}
