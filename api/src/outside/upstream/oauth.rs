//! What is known of an application's authorization server: its addresses, how it takes us, and how
//! long its tokens live.

use super::account::{Address, Phrase};
use secrecy::SecretString;
use std::time::Duration;

/// An authorization server, and what it knows us as.
#[derive(Debug)]
pub struct Oauth {
    /// How a customer lets us in.
    pub way: Way,
    pub token: Address,
    /// Absent when it offers no revocation: then only people can end our tokens, there.
    pub revoke: Option<Address>,
    /// Where people end our access themselves; a sentence. Always there without `revoke`.
    pub remove_access: Option<String>,
    pub introspect: Option<Address>,
    pub client_auth: ClientAuth,
    pub client_id: Phrase,
    pub client_secret: ClientSecret,
    pub pkce: Pkce,
    pub scopes: Vec<String>,
    /// Asked for too, and not given by every account.
    pub optional_scopes: Vec<String>,
    /// Whether it promises `iss` in its callbacks (RFC 9207).
    pub sends_issuer: bool,
    pub tokens: TokenLives,
}

/// How a customer lets us in.
#[derive(Debug)]
pub enum Way {
    /// People agree on a page there (RFC 6749 section 4.1).
    Consent { authorize: Address },
    /// They made a client there and tell it here (section 4.4): each token is asked for by it.
    ClientCredentials,
}

/// The secret of the client that we are there.
#[derive(Debug)]
pub enum ClientSecret {
    /// This installation's own, one for all accounts.
    Ours(SecretString),
    /// The customer's, told in the part of this name.
    OfAccount(String),
}

/// How we identify ourselves at the token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientAuth {
    Basic,
    Body,
}

/// What the server makes of the proof that a code comes back to who asked for it (RFC 7636).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Pkce {
    /// Sent, and checked there.
    #[default]
    Used,
    /// Sent, and nobody looks at it: only `state` guards the way back.
    Ignored,
    /// Left out, since the server refuses a request with it.
    Refused,
}

/// How long the tokens of a server live, as far as its makers say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenLives {
    /// Life of an access token when the token answer does not tell.
    pub access: Duration,
    pub refresh: Refresh,
    /// After consent; then people have to connect again, whatever was done.
    pub refresh_life: Option<Duration>,
    /// After its last use; one that nobody needs is used in time.
    pub refresh_idle: Option<Duration>,
    /// Whether a refresh token that is sent twice was seen to end everything.
    pub strict: bool,
}

/// What becomes of a refresh token when it is used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Refresh {
    /// Its makers do not say: what comes is taken.
    #[default]
    Unsaid,
    /// Each use brings a new one.
    Rotating,
    /// It stays as it is.
    Same,
    /// There is none.
    None,
}

/// The life of an access token that does not end by itself.
pub const ENDLESS: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// The life of an access token of which nothing is said.
const USUAL_LIFE: Duration = Duration::from_secs(3600);

impl Default for TokenLives {
    fn default() -> Self {
        Self {
            access: USUAL_LIFE,
            refresh: Refresh::Unsaid,
            refresh_life: None,
            refresh_idle: None,
            strict: false,
        }
    }
}

impl Refresh {
    /// Whether a connect without a refresh token breaks what the server promises.
    pub fn is_promised(self) -> bool {
        matches!(self, Self::Rotating | Self::Same)
    }
}
