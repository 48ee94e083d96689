//! An application as one account reaches it: its description with the account's parts filled in.
//!
//! This is the one place where addresses are put together. What comes out has been parsed, is
//! `https` (or this machine, by the switch), and goes through the client, which looks at every
//! address a name leads to.

use super::catalogue::Upstream;
use super::oauth::{ClientSecret, Oauth, Way};
use super::parts::{PartKind, Parts, is_on_this_machine};
use super::{Reach, Trouble};
use secrecy::SecretString;
use url::Url;

/// A text with names of parts in braces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrase(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Part(String),
}

impl Phrase {
    /// A text in which braces mean nothing.
    pub fn plain(text: String) -> Self {
        Self(vec![Piece::Text(text)])
    }

    /// Errors in words for a brace that is not closed.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, tail) = after.split_once('}').ok_or("a brace is not closed")?;
            pieces.extend((!before.is_empty()).then(|| Piece::Text(before.to_owned())));
            pieces.push(Piece::Part(name.to_owned()));
            rest = tail;
        }
        pieces.extend((!rest.is_empty()).then(|| Piece::Text(rest.to_owned())));
        Ok(Self(pieces))
    }

    pub fn parts(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Part(name) => Some(name.as_str()),
            Piece::Text(_) => None,
        })
    }

    /// The text for an account; `None` when one of its parts is not known.
    pub fn with(&self, parts: &Parts) -> Option<String> {
        let mut text = String::new();
        for piece in &self.0 {
            text.push_str(match piece {
                Piece::Text(piece) => piece,
                Piece::Part(name) => parts.plain.get(name)?,
            });
        }
        Some(text)
    }
}

/// An address that may have parts in its host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address(pub Phrase);

impl Address {
    /// The address for an account; `None` when a part is missing or it leads where nothing may.
    ///
    /// Written with `https`, an address whose part names this machine is called without TLS.
    pub fn at(&self, parts: &Parts, reach: Reach) -> Option<Url> {
        let mut url = Url::parse(&self.0.with(parts)?).ok()?;
        let varies = self.0.parts().next().is_some();
        if varies && reach.loopback && is_on_this_machine(&url) {
            url.set_scheme("http").ok()?;
        }
        let bare = url.query().is_none() && url.fragment().is_none();
        (bare && reach.allows_url(&url)).then_some(url)
    }
}

/// The authorization server of one account, and what it knows us as.
#[derive(Debug)]
pub struct Authority<'a> {
    pub oauth: &'a Oauth,
    pub issuer: String,
    /// Where people agree; absent where they tell a client instead.
    pub authorize: Option<Url>,
    pub token: Url,
    pub revoke: Option<Url>,
    pub client_id: String,
    pub client_secret: SecretString,
}

/// The API of one account.
#[derive(Debug, Clone)]
pub struct AccountApi {
    /// What every path stands below.
    pub base: Url,
    /// Sent with every call.
    pub headers: Vec<(String, String)>,
}

impl AccountApi {
    /// The address of a path below the base; `path` begins with a slash and is encoded.
    pub fn url(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}{path}"));
        url
    }
}

impl Upstream {
    /// The account's authorization server.
    ///
    /// Errors with [`Trouble::Forbidden`] when the parts at hand do not fit the description.
    pub fn authority(&self, parts: &Parts) -> Result<Authority<'_>, Trouble> {
        let at = |address: &Address| address.at(parts, self.reach).ok_or(Trouble::Forbidden);
        let oauth = &self.oauth;
        let client_secret = match &oauth.client_secret {
            ClientSecret::Ours(secret) => secret.clone(),
            ClientSecret::OfAccount(_) => parts.secret.clone().ok_or(Trouble::Forbidden)?,
        };
        Ok(Authority {
            oauth,
            issuer: at(&self.issuer)?.as_str().trim_end_matches('/').to_owned(),
            authorize: match &oauth.way {
                Way::Consent { authorize } => Some(at(authorize)?),
                Way::ClientCredentials => None,
            },
            token: at(&oauth.token)?,
            revoke: oauth.revoke.as_ref().map(at).transpose()?,
            client_id: oauth.client_id.with(parts).ok_or(Trouble::Forbidden)?,
            client_secret,
        })
    }

    /// The account's API.
    ///
    /// Errors with [`Trouble::Forbidden`] when the parts at hand do not fit the description.
    pub fn api(&self, parts: &Parts) -> Result<AccountApi, Trouble> {
        let base = self.base.at(parts, self.reach).ok_or(Trouble::Forbidden)?;
        let header = |(name, value): &(String, Phrase)| Some((name.clone(), value.with(parts)?));
        let headers = self.send_headers.iter().map(header).collect::<Option<_>>();
        Ok(AccountApi { base, headers: headers.ok_or(Trouble::Forbidden)? })
    }

    /// What an account is known by here: where it was said to be, and its id there. Who runs a
    /// host chooses the ids that it tells, so an id counts only beside its host.
    pub fn account_key(&self, parts: &Parts, id: Option<&str>) -> Option<String> {
        let mut key: Vec<&str> =
            self.places().filter_map(|p| parts.plain.get(p)).map(|v| &**v).collect();
        key.extend(id);
        (!key.is_empty()).then(|| key.join("/"))
    }

    /// Names of the parts that people tell and that the address of the API is made of.
    pub fn places(&self) -> impl Iterator<Item = &str> {
        let asked = |name: &&str| self.parts.iter().any(|p| p.asked && p.name == *name);
        self.base.0.parts().filter(asked)
    }

    /// The part that holds the secret of the customer's own client, if it asks for one.
    pub fn secret_part(&self) -> Option<&str> {
        let secret = self.parts.iter().find(|part| part.kind == PartKind::Secret);
        secret.map(|part| part.name.as_str())
    }
}
