//! The table `[oauth]` of a file.

use super::parts::Asked;
use super::raw::{RawOauth, RawTokens};
use super::reader::Reader;
use crate::outside::upstream::{
    ClientAuth, ClientSecret, ENDLESS, Oauth, Pkce, Refresh, TokenLives, Way,
};
use std::time::Duration;
use toml::Spanned;

pub(super) fn read(raw: &RawOauth, asked: &mut Asked, reader: &mut Reader) -> Option<Oauth> {
    let way = way(raw, asked, reader);
    let token = asked.told_address(&raw.token, reader);
    let revoke = raw.revoke.as_ref().map(|url| asked.told_address(url, reader));
    let introspect = raw.introspect.as_ref().map(|url| asked.told_address(url, reader));
    let client_id = asked.word(&raw.client_id, reader);
    let client_secret = asked.secret(&raw.client_secret, reader);
    check_secret(raw, client_secret.as_ref(), asked, reader);
    let auths = [("basic", ClientAuth::Basic), ("body", ClientAuth::Body)];
    let client_auth = reader.one_of("client_auth", &raw.client_auth, &auths);
    let proofs = [("used", Pkce::Used), ("ignored", Pkce::Ignored), ("refused", Pkce::Refused)];
    let pkce = raw.pkce.as_ref().map(|text| reader.one_of("pkce", text, &proofs));
    check_scopes(raw, reader);
    check_removal(raw, reader);
    check_credentials(raw, (way.as_ref(), client_secret.as_ref()), reader);
    Some(Oauth {
        way: way?,
        token: token?,
        revoke: revoke.flatten(),
        remove_access: raw.remove_access.as_ref().map(|text| text.get_ref().clone()),
        introspect: introspect.flatten(),
        client_auth: client_auth?,
        client_id: client_id?,
        client_secret: client_secret?,
        pkce: pkce.flatten().unwrap_or_default(),
        scopes: texts(&raw.scopes),
        optional_scopes: texts(&raw.optional_scopes),
        sends_issuer: raw.sends_issuer,
        tokens: tokens(&raw.tokens, reader),
    })
}

/// How customers let us in: on a page there, or by a client that they made there.
fn way(raw: &RawOauth, asked: &mut Asked, reader: &mut Reader) -> Option<Way> {
    let kinds = [("consent", false), ("client-credentials", true)];
    let told = raw.grant.as_ref().map(|text| reader.one_of("grant", text, &kinds));
    if told.unwrap_or(Some(false))? {
        return Some(Way::ClientCredentials);
    }
    let Some(page) = &raw.authorize else {
        let what =
            "`authorize` is where people agree; without one, `grant` is `client-credentials`";
        reader.fault(raw.token.span().start, what.to_owned());
        return None;
    };
    Some(Way::Consent { authorize: asked.told_address(page, reader)? })
}

/// Where a client is told, nobody is led to a page and nothing comes back from one.
fn check_credentials(
    raw: &RawOauth,
    (way, secret): (Option<&Way>, Option<&ClientSecret>),
    reader: &mut Reader,
) {
    let Some(Way::ClientCredentials) = way else { return };
    for idle in [&raw.authorize, &raw.pkce, &raw.tokens.refresh].into_iter().flatten() {
        let what = "nobody agrees on a page and nothing is refreshed with `client-credentials`";
        reader.fault(idle.span().start, what.to_owned());
    }
    let at = raw.token.span().start;
    reader.that(!raw.sends_issuer, at, "`sends_issuer` is of a way back, and there is none");
    let ours = matches!(secret, Some(ClientSecret::Ours(_)));
    let what =
        "`client-credentials` are the customer's: `client_secret` is a part of kind `secret`";
    reader.that(!ours, raw.client_secret.span().start, what);
}

fn check_scopes(raw: &RawOauth, reader: &mut Reader) {
    for scope in raw.scopes.iter().chain(&raw.optional_scopes) {
        let plain = |b: u8| b == b'!' || (b'#'..=b'~').contains(&b) && b != b'\\';
        let fits = !scope.get_ref().is_empty() && scope.get_ref().bytes().all(plain);
        reader.that(fits, scope.span().start, "a scope is one word");
    }
    for scope in &raw.optional_scopes {
        let twice = raw.scopes.iter().any(|wanted| wanted.get_ref() == scope.get_ref());
        reader.that(!twice, scope.span().start, "a scope is asked for or optional, not both");
    }
}

/// What this installation is trusted with goes to no host that a customer names.
fn check_secret(raw: &RawOauth, secret: Option<&ClientSecret>, asked: &Asked, reader: &mut Reader) {
    let ours = matches!(secret, Some(ClientSecret::Ours(_)));
    for address in [Some(&raw.token), raw.revoke.as_ref(), raw.introspect.as_ref()] {
        let Some(address) = address.filter(|address| asked.is_anywhere(address)) else { continue };
        let what = "a customer names this host, so `client_secret` must be a part of kind `secret`";
        reader.that(!ours, address.span().start, what);
    }
}

/// Somebody must be able to end our tokens: a program, or people who are told where.
fn check_removal(raw: &RawOauth, reader: &mut Reader) {
    let at = raw.token.span().start;
    let known = raw.revoke.is_some() || raw.remove_access.is_some();
    let what = "without `revoke`, `remove_access` says where people end our access themselves";
    reader.that(known, at, what);
    if let Some(text) = &raw.remove_access {
        reader.words(text, "a sentence", 200);
        let whole = text.get_ref().ends_with('.');
        reader.that(whole, text.span().start, "a whole sentence ends with a full stop");
    }
}

fn tokens(raw: &RawTokens, reader: &mut Reader) -> TokenLives {
    let usual = TokenLives::default();
    let kinds = [("rotating", Refresh::Rotating), ("same", Refresh::Same), ("none", Refresh::None)];
    let refresh = raw.refresh.as_ref().and_then(|text| reader.one_of("refresh", text, &kinds));
    let refresh = refresh.unwrap_or_default();
    let access = match raw.access_life.as_ref().map(|life| *life.get_ref()) {
        Some(0) => ENDLESS,
        Some(seconds) => Duration::from_secs(seconds),
        None => usual.access,
    };
    for life in [&raw.refresh_life, &raw.refresh_idle].into_iter().flatten() {
        let (seconds, at) = (*life.get_ref(), life.span().start);
        reader.that(refresh != Refresh::None, at, "there is no refresh token to live");
        let what = "a refresh token lives at least an hour and at most ten years";
        reader.that((3600..=315_360_000).contains(&seconds), at, what);
    }
    let duration =
        |life: &Option<Spanned<u64>>| life.as_ref().map(|s| Duration::from_secs(*s.get_ref()));
    TokenLives {
        access: access.min(ENDLESS),
        refresh,
        refresh_life: duration(&raw.refresh_life),
        refresh_idle: duration(&raw.refresh_idle),
        strict: usual.strict,
    }
}

fn texts(raw: &[Spanned<String>]) -> Vec<String> {
    raw.iter().map(|text| text.get_ref().clone()).collect()
}
