//! The probe report beside a description: read, held against it, and let decide.

use super::file::Fault;
use super::load::Values;
use crate::outside::upstream::{
    ENDLESS, IssuerSeen, Parts, Pkce, ProbeReport, Refresh, ReplaySeen, RevocationSeen, SlashSeen,
    StateSeen, Upstream,
};
use serde::Deserialize;
use toml::Spanned;

/// What a customer should know before they connect an account of an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caution {
    /// It does not check that an answer comes back to the browser that asked.
    AnyBrowser,
    /// Its permission runs out, and only the customer can renew it.
    NoRefresh,
    /// What it gave lives on for a while after a disconnect.
    OutlivesDisconnect,
    /// One of our keys that comes twice ends all of them.
    EndsOnReplay,
    /// A key that was renewed goes on working.
    TakesOldKeys,
    /// It reads a slash inside a name as one between names.
    ReadsSlashes,
}

/// What there is to know of an application, the gravest first.
pub fn cautions(upstream: &Upstream) -> Vec<Caution> {
    let oauth = &upstream.oauth;
    let revocation = upstream.probe.as_ref().and_then(|report| report.revocation.seen);
    let outlives = matches!(
        revocation,
        Some(RevocationSeen::Alone | RevocationSeen::Nothing | RevocationSeen::NotOffered)
    );
    let runs_out = oauth.tokens.refresh == Refresh::None && oauth.tokens.access < ENDLESS;
    let report = upstream.probe.as_ref();
    let slashes = report.and_then(|report| report.slash.seen) == Some(SlashSeen::Decoded);
    let old_keys = report.and_then(|report| report.replay.seen) == Some(ReplaySeen::Accepted);
    // Where nothing is renewed, nothing old is there to be taken.
    let old_keys = old_keys && oauth.tokens.refresh == Refresh::Rotating;
    let all = [
        (oauth.pkce != Pkce::Used, Caution::AnyBrowser),
        (runs_out, Caution::NoRefresh),
        (outlives, Caution::OutlivesDisconnect),
        (old_keys, Caution::TakesOldKeys),
        (report.is_some_and(ProbeReport::is_strict), Caution::EndsOnReplay),
        (slashes, Caution::ReadsSlashes),
    ];
    all.into_iter().filter(|(holds, _)| *holds).map(|(_, caution)| caution).collect()
}

/// The places of what is held against the description.
#[derive(Deserialize)]
struct Places {
    issuer: Spanned<String>,
    state: Spanned<toml::Value>,
    iss: Spanned<toml::Value>,
}

/// Reads a report for its form alone.
pub(super) fn read(text: &str) -> Result<ProbeReport, Vec<Fault>> {
    toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        vec![fault(text, at, error.message().trim())]
    })
}

/// Reads a report of this application and lets it decide.
pub(super) fn attach(
    text: &str,
    upstream: &mut Upstream,
    values: &Values,
) -> Result<(), Vec<Fault>> {
    let report = read(text)?;
    let Ok(places) = toml::from_str::<Places>(text) else { return Err(Vec::new()) };
    let mut faults = Vec::new();
    let mut that = |holds: bool, at: usize, message: &str| {
        if !holds {
            faults.push(fault(text, at, message));
        }
    };
    let issuer = filled(&report.issuer, values);
    let what = "the report is of another issuer than the description: probe this one";
    let own = upstream.authority(&Parts::default()).ok().map(|authority| authority.issuer);
    let same = own.as_deref() == Some(issuer.trim_end_matches('/'));
    that(same, places.issuer.span().start, what);
    let returned = matches!(report.state.seen, None | Some(StateSeen::Returned));
    let what = "without `state` no connect comes back safely: leave this application out";
    that(returned, places.state.span().start, what);
    let at = places.iss.span().start;
    let promised = upstream.oauth.sends_issuer && report.iss.seen == Some(IssuerSeen::Missing);
    let what = "the description says `sends_issuer`, and none was seen: take it out there";
    that(!promised, at, what);
    let what = "callbacks name another issuer: mend `issuer` in the description";
    that(report.iss.seen != Some(IssuerSeen::Other), at, what);
    if !faults.is_empty() {
        return Err(faults);
    }
    report.decide(&mut upstream.oauth);
    upstream.probe = Some(report);
    Ok(())
}

/// A placeholder may be all of the issuer, as it may be in a description of this machine.
fn filled(issuer: &str, values: &Values) -> String {
    let name = issuer.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    name.and_then(|name| values.get(name)).cloned().unwrap_or_else(|| issuer.to_owned())
}

fn fault(text: &str, at: usize, message: &str) -> Fault {
    let line = text.get(..at).unwrap_or(text).matches('\n').count() + 1;
    Fault { line, message: message.to_owned(), unset: None }
}

#[cfg(test)]
#[path = "probe_tests.rs"]
mod tests;
