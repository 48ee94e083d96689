//! A marketing application's authorization server: RFC 6749 with PKCE (7636), revocation (7009).
//!
//! Every call goes through the hardened client, so no redirect is followed and no secret leaves
//! for another host. Tokens are [`SecretString`]s; what a server answers is never part of an error.

use super::upstream::{Answer, Client, ClientAuth, Question, Trouble, Upstream};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use oauth2::basic::{BasicClient, BasicErrorResponseType, BasicTokenType};
use oauth2::{
    AsyncHttpClient, AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken,
    EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, PkceCodeChallenge, PkceCodeVerifier,
    RedirectUrl, RefreshToken, RequestTokenError, Scope, TokenResponse, TokenUrl,
};
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;
use url::{Url, form_urlencoded};

/// How long a token endpoint may take; shorter than the lease of a refresh.
pub const WITHIN: Duration = Duration::from_secs(8);

/// Most bytes of an answer.
const MOST: usize = 64 * 1024;

/// The life of an access token whose server does not say.
const USUAL_LIFE: Duration = Duration::from_secs(3600);

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
    /// It answered something that is no token.
    #[error("its answer could not be read")]
    Unreadable,
}

/// One authorization server as one client of it.
pub struct Server<'a> {
    upstream: &'a Upstream,
    client: &'a Client,
    /// Where people come back to; compared exactly by the server.
    redirect: Url,
}

type Ready = BasicClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

impl<'a> Server<'a> {
    pub fn new(upstream: &'a Upstream, client: &'a Client, redirect: Url) -> Self {
        Self { upstream, client, redirect }
    }

    /// Where the person goes to agree; `state` and `verifier` are fresh secrets.
    pub fn authorize_url(&self, state: &str, verifier: &str) -> Url {
        let verifier = PkceCodeVerifier::new(verifier.to_owned());
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
        let state = CsrfToken::new(state.to_owned());
        let scopes = self.upstream.oauth.scopes.iter().cloned().map(Scope::new);
        let ready = self.ready();
        let request =
            ready.authorize_url(|| state).add_scopes(scopes).set_pkce_challenge(challenge);
        request.url().0
    }

    /// Exchanges a code. A code works once, so this is never repeated.
    pub async fn exchange(&self, code: &str, verifier: &str) -> Result<Tokens, TokenTrouble> {
        let code = AuthorizationCode::new(code.to_owned());
        let verifier = PkceCodeVerifier::new(verifier.to_owned());
        let ready = self.ready();
        let answer =
            ready.exchange_code(code).set_pkce_verifier(verifier).request_async(self).await;
        answer.map_err(token_trouble).and_then(|answer| tokens(&answer))
    }

    /// Exchanges a refresh token. The caller sees to it that nobody else does so at the same time.
    pub async fn refresh(&self, token: &SecretString) -> Result<Tokens, TokenTrouble> {
        let token = RefreshToken::new(token.expose_secret().to_owned());
        let ready = self.ready();
        let answer = ready.exchange_refresh_token(&token).request_async(self).await;
        answer.map_err(token_trouble).and_then(|answer| tokens(&answer))
    }

    /// Ends a token; harmless to repeat, and an unknown token is as good as ended.
    pub async fn revoke(&self, token: &SecretString, hint: &str) -> Result<(), TokenTrouble> {
        let question = self.revocation(token, hint)?;
        let answer = self.client.ask(question).await.map_err(TokenTrouble::Unanswered)?;
        if answer.status.is_success() {
            return Ok(());
        }
        Err(TokenTrouble::Refused(format!("status {}", answer.status.as_u16())))
    }

    fn revocation(&self, token: &SecretString, hint: &str) -> Result<Question, TokenTrouble> {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("token", token.expose_secret()).append_pair("token_type_hint", hint);
        let mut headers = HeaderMap::new();
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        headers.insert(CONTENT_TYPE, kind);
        let oauth = &self.upstream.oauth;
        match oauth.client_auth {
            ClientAuth::Basic => {
                headers.insert(AUTHORIZATION, basic(&oauth.client_id, &oauth.client_secret)?);
            }
            ClientAuth::Body => {
                form.append_pair("client_id", &oauth.client_id)
                    .append_pair("client_secret", oauth.client_secret.expose_secret());
            }
        }
        Ok(Question {
            method: Method::POST,
            url: oauth.revoke.clone(),
            headers,
            body: form.finish().into_bytes(),
            most: MOST,
            within: WITHIN,
        })
    }

    fn ready(&self) -> Ready {
        let oauth = &self.upstream.oauth;
        let auth = match oauth.client_auth {
            ClientAuth::Basic => AuthType::BasicAuth,
            ClientAuth::Body => AuthType::RequestBody,
        };
        BasicClient::new(ClientId::new(oauth.client_id.clone()))
            .set_client_secret(ClientSecret::new(oauth.client_secret.expose_secret().to_owned()))
            .set_auth_type(auth)
            .set_auth_uri(AuthUrl::from_url(oauth.authorize.clone()))
            .set_token_uri(TokenUrl::from_url(oauth.token.clone()))
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

fn tokens(answer: &oauth2::basic::BasicTokenResponse) -> Result<Tokens, TokenTrouble> {
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
    let scopes = answer.scopes().map(|all| all.iter().map(|s| s.to_string()).collect());
    Ok(Tokens {
        access: SecretString::from(access.clone()),
        refresh: answer.refresh_token().map(|t| SecretString::from(t.secret().clone())),
        life: answer.expires_in().unwrap_or(USUAL_LIFE),
        scopes,
    })
}

fn token_trouble(
    error: RequestTokenError<Trouble, oauth2::basic::BasicErrorResponse>,
) -> TokenTrouble {
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
