//! What people granted, and the codes and tokens that stand for it.
//!
//! Pure: time and fresh secrets come from outside. Secrets are kept as their SHA-256 alone.
//! A grant is one consent. All its tokens form one family: a code or refresh token that comes
//! back a second time was stolen by somebody, so the whole family ends.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use crate::marketing::scope::Scopes;

use super::hash;

/// How long a code waits for its exchange.
pub(crate) const CODE_LIFE: Duration = Duration::seconds(60);
/// How long a grant lasts, however often it is refreshed.
pub(crate) const GRANT_LIFE: Duration = Duration::days(90);

#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Grants {
    grants: BTreeMap<String, Grant>,
    codes: BTreeMap<String, Code>,
    access: BTreeMap<String, Access>,
    refresh: BTreeMap<String, Refresh>,
    last_number: u64,
}

/// One consent: who lets the client do what in which account, until when.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Grant {
    pub(crate) id: String,
    pub(crate) client_id: String,
    pub(crate) user_id: String,
    pub(crate) account_id: String,
    pub(crate) scopes: Scopes,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) expires_at: DateTime<Utc>,
    pub(crate) last_used_at: Option<DateTime<Utc>>,
    pub(crate) ended_at: Option<DateTime<Utc>>,
}

/// What a person agreed to, before it has an id.
pub(crate) struct Consent {
    pub(crate) client_id: String,
    pub(crate) user_id: String,
    pub(crate) account_id: String,
    pub(crate) scopes: Scopes,
    pub(crate) redirect_uri: String,
    /// The S256 challenge of RFC 7636.
    pub(crate) challenge: String,
}

/// Fresh secrets for one answer of the token endpoint.
pub(crate) struct Pair {
    pub(crate) access: String,
    pub(crate) refresh: String,
    pub(crate) access_life: Duration,
}

/// What the access token of an answer may do, and of which grant it is.
#[derive(Debug)]
pub(crate) struct Issued {
    pub(crate) scopes: Scopes,
}

/// Why the token endpoint refuses; all of these are `invalid_grant` save the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    #[error("the code or token is not known or has run out")]
    Unknown,
    #[error("the code or token was used before; everything that came from it has been revoked")]
    UsedBefore,
    #[error("redirect_uri is not the one of the authorization request")]
    OtherRedirect,
    #[error("code_verifier does not match the code_challenge")]
    WrongVerifier,
    #[error("the scope asked for is wider than the scope granted")]
    WiderScope,
}

/// What a bearer token stands for now.
#[derive(Clone)]
pub(crate) struct Bearer {
    pub(crate) grant: Grant,
    pub(crate) scopes: Scopes,
    pub(crate) issued_at: DateTime<Utc>,
    pub(crate) expires_at: DateTime<Utc>,
    pub(crate) kind: &'static str,
}

#[derive(Serialize, Deserialize)]
struct Code {
    grant: Grant,
    redirect_uri: String,
    challenge: String,
    expires_at: DateTime<Utc>,
    used: bool,
}

#[derive(Serialize, Deserialize)]
struct Access {
    grant_id: String,
    scopes: Scopes,
    issued_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

#[derive(Serialize, Deserialize)]
struct Refresh {
    grant_id: String,
    issued_at: DateTime<Utc>,
    used: bool,
}

impl Grants {
    /// Notes a consent; `code` stands for it until it is exchanged.
    pub(crate) fn consent(&mut self, consent: Consent, code: &str, now: DateTime<Utc>) {
        self.forget_the_dead(now);
        self.last_number += 1;
        let grant = Grant {
            id: format!("grt_{:06}", self.last_number),
            client_id: consent.client_id,
            user_id: consent.user_id,
            account_id: consent.account_id,
            scopes: consent.scopes,
            created_at: now,
            expires_at: now + GRANT_LIFE,
            last_used_at: None,
            ended_at: None,
        };
        let code_of = Code {
            grant,
            redirect_uri: consent.redirect_uri,
            challenge: consent.challenge,
            expires_at: now + CODE_LIFE,
            used: false,
        };
        self.codes.insert(hash(code), code_of);
    }

    /// Exchanges a code. The first right exchange begins the grant; any second one ends it.
    pub(crate) fn exchange(
        &mut self,
        code: &str,
        proof: &Proof<'_>,
        pair: &Pair,
        now: DateTime<Utc>,
    ) -> Result<Issued, Refused> {
        let code = self.codes.get_mut(&hash(code)).ok_or(Refused::Unknown)?;
        if code.grant.client_id != proof.client_id {
            return Err(Refused::Unknown);
        }
        let grant = code.grant.clone();
        if code.used {
            self.end(&grant.id, now);
            return Err(Refused::UsedBefore);
        }
        // A wrong try spends the code too: whoever holds it may not guess the rest.
        code.used = true;
        if code.expires_at <= now {
            return Err(Refused::Unknown);
        }
        if code.redirect_uri != proof.redirect_uri {
            return Err(Refused::OtherRedirect);
        }
        if proof.verifier.is_some_and(|own| code.challenge != super::challenge_of(own)) {
            return Err(Refused::WrongVerifier);
        }
        let scopes = grant.scopes.clone();
        self.grants.insert(grant.id.clone(), grant.clone());
        self.issue_access(&grant, &scopes, pair, now);
        self.issue_refresh(&grant.id, pair, now);
        Ok(Issued { scopes })
    }

    /// Whether a refresh token was exchanged before.
    pub(crate) fn is_used(&self, token: &str) -> bool {
        self.refresh.get(&hash(token)).is_some_and(|held| held.used)
    }

    /// Exchanges a refresh token for a fresh pair, narrowed to `scopes` where they are given.
    /// With `rotate` false the old refresh token stays good and no new one is made.
    pub(crate) fn refresh(
        &mut self,
        token: &str,
        (client_id, scopes, rotate): (&str, Option<&Scopes>, bool),
        pair: &Pair,
        now: DateTime<Utc>,
    ) -> Result<Issued, Refused> {
        let held = self.refresh.get_mut(&hash(token)).ok_or(Refused::Unknown)?;
        let grant = self.grants.get(&held.grant_id).cloned().ok_or(Refused::Unknown)?;
        if grant.client_id != client_id || !grant.lives_at(now) {
            return Err(Refused::Unknown);
        }
        if held.used {
            self.end(&grant.id, now);
            return Err(Refused::UsedBefore);
        }
        let scopes = scopes.unwrap_or(&grant.scopes);
        if !scopes.is_subset(&grant.scopes) {
            return Err(Refused::WiderScope);
        }
        held.used = rotate;
        self.issue_access(&grant, scopes, pair, now);
        if rotate {
            self.issue_refresh(&grant.id, pair, now);
        }
        self.forget_the_dead(now);
        Ok(Issued { scopes: scopes.clone() })
    }

    /// What an access token may do now; `None` when it is unknown, expired or ended.
    pub(crate) fn bearer(&self, token: &str, now: DateTime<Utc>) -> Option<Bearer> {
        let access = self.access.get(&hash(token)).filter(|access| access.expires_at > now)?;
        let grant = self.grants.get(&access.grant_id).filter(|grant| grant.lives_at(now))?;
        Some(Bearer {
            grant: grant.clone(),
            scopes: access.scopes.clone(),
            issued_at: access.issued_at,
            expires_at: access.expires_at.min(grant.expires_at),
            kind: "access_token",
        })
    }

    /// As [`Grants::bearer`], and refresh tokens too.
    pub(crate) fn introspect(&self, token: &str, now: DateTime<Utc>) -> Option<Bearer> {
        let of_refresh = || {
            let held = self.refresh.get(&hash(token)).filter(|held| !held.used)?;
            let grant = self.grants.get(&held.grant_id).filter(|grant| grant.lives_at(now))?;
            Some(Bearer {
                grant: grant.clone(),
                scopes: grant.scopes.clone(),
                issued_at: held.issued_at,
                expires_at: grant.expires_at,
                kind: "refresh_token",
            })
        };
        self.bearer(token, now).or_else(of_refresh)
    }

    /// Ends a token of this client: a refresh token takes its whole family along, an access
    /// token goes alone. An unknown token changes nothing.
    pub(crate) fn revoke(&mut self, token: &str, client_id: &str, now: DateTime<Utc>) {
        let hashed = hash(token);
        let family = self.refresh.get(&hashed).map(|held| held.grant_id.clone());
        let own = |grants: &BTreeMap<String, Grant>, id: &str| {
            grants.get(id).is_some_and(|grant| grant.client_id == client_id)
        };
        if let Some(id) = family.filter(|id| own(&self.grants, id)) {
            self.end(&id, now);
        } else if self.access.get(&hashed).is_some_and(|a| own(&self.grants, &a.grant_id)) {
            self.access.remove(&hashed);
        }
    }

    /// Ends a grant and every token of it, at once.
    pub(crate) fn end(&mut self, grant_id: &str, now: DateTime<Utc>) {
        if let Some(grant) = self.grants.get_mut(grant_id) {
            grant.ended_at.get_or_insert(now);
        }
        self.access.retain(|_, access| access.grant_id != grant_id);
    }

    /// The living grants of a person, newest first.
    pub(crate) fn of_user(&self, user_id: &str, now: DateTime<Utc>) -> Vec<Grant> {
        let own = self.grants.values().filter(|g| g.user_id == user_id && g.lives_at(now));
        own.rev().cloned().collect()
    }

    /// Notes that the grant was used.
    pub(crate) fn touch(&mut self, grant_id: &str, now: DateTime<Utc>) {
        if let Some(grant) = self.grants.get_mut(grant_id) {
            grant.last_used_at = Some(now);
        }
    }

    /// Lets every access token run out now; refresh tokens stay good.
    pub(crate) fn expire_access_tokens(&mut self) {
        self.access.clear();
    }

    fn issue_access(&mut self, grant: &Grant, scopes: &Scopes, pair: &Pair, now: DateTime<Utc>) {
        let access = Access {
            grant_id: grant.id.clone(),
            scopes: scopes.clone(),
            issued_at: now,
            expires_at: now + pair.access_life,
        };
        self.access.insert(hash(&pair.access), access);
        self.touch(&grant.id, now);
    }

    fn issue_refresh(&mut self, grant_id: &str, pair: &Pair, now: DateTime<Utc>) {
        let held = Refresh { grant_id: grant_id.into(), issued_at: now, used: false };
        self.refresh.insert(hash(&pair.refresh), held);
    }

    /// Keeps the file small. Used refresh tokens stay as long as their grant: they are the trap.
    fn forget_the_dead(&mut self, now: DateTime<Utc>) {
        self.codes.retain(|_, code| code.expires_at + GRANT_LIFE > now);
        self.access.retain(|_, access| access.expires_at > now);
        self.grants.retain(|_, grant| grant.expires_at > now);
        let grants = &self.grants;
        self.refresh.retain(|_, held| grants.contains_key(&held.grant_id));
    }
}

/// What the client shows beside the code.
pub(crate) struct Proof<'a> {
    pub(crate) client_id: &'a str,
    pub(crate) redirect_uri: &'a str,
    /// Absent where nothing is proven.
    pub(crate) verifier: Option<&'a str>,
}

impl Grant {
    pub(crate) fn lives_at(&self, now: DateTime<Utc>) -> bool {
        self.ended_at.is_none() && now < self.expires_at
    }
}

#[cfg(test)]
#[path = "grants_tests.rs"]
mod tests;
