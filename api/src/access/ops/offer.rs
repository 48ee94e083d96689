//! What a letter would gain by a yes, beside what it allows already; made anew each time it is
//! looked at, and named by one hash.

use super::grants::visible;
use crate::access::model::{Amendment, AmendmentState, Grant, Terms, hash_of, more};
use crate::access::sentences::{Group, consent_in};
use crate::access::store;
use crate::app::App;
use crate::kernel::id::GrantId;
use crate::kernel::money::Currency;
use crate::platform::caller::Caller;
use crate::platform::db::Tx;
use crate::platform::refusal::{Error, Result};
use crate::upstreams::{Risk, Upstream};
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What is gained.
#[derive(Debug, Clone)]
pub struct Offer {
    /// Only sentences that are new, mildest first.
    pub gained: Vec<Group>,
    /// The later end, if it is asked for and later than the letter's own.
    pub until: Option<DateTime<Utc>>,
    /// Names the terms as they are, as they would be, and the later end.
    pub hash: String,
    /// Whether a yes to all of it needs the password again.
    pub needs_password: bool,
    /// The letter as it would be.
    pub terms: Terms,
}

impl Offer {
    /// Whether there is anything to say yes to.
    pub fn is_empty(&self) -> bool {
        self.gained.is_empty() && self.until.is_none()
    }
}

/// The scopes that the letter's account gave.
pub(super) async fn scopes_of(tx: &mut Tx, grant: &Grant) -> Result<Vec<String>> {
    let Some(id) = grant.connection else { return Ok(Vec::new()) };
    let connection = store::connection(tx, grant.customer, id).await?;
    Ok(connection.map(|connection| connection.scopes).unwrap_or_default())
}

/// What a yes to the whole of it would add.
///
/// Errors (a fault) when the letter's terms cannot be read or its application is gone.
pub(super) fn offer_of(
    app: &App,
    (grant, asked): (&Grant, &Amendment),
    scopes: &[String],
) -> Result<Offer> {
    let upstream = app.upstreams.get(&grant.upstream);
    let upstream = upstream.ok_or_else(|| Error::fault("the application is not described here"))?;
    let held = Terms::read(&grant.terms).map_err(Error::fault)?;
    let terms = more(&held, upstream, &asked.actions, scopes);
    let gained = gained(&held, &terms, (upstream, grant.currency));
    let open = asked.state == AmendmentState::Asked;
    let later = asked.wanted_until.filter(|until| grant.valid_until.is_some_and(|at| *until > at));
    let until = later.filter(|_| open);
    let risk = gained.iter().map(|group| group.risk).max().unwrap_or(Risk::Read);
    let needs_password = risk > Risk::Read || until.is_some() && terms.greatest_risk() > Risk::Read;
    let day = asked.last_day.filter(|_| until.is_some());
    let day = day.map(|day| day.to_string()).unwrap_or_default();
    let end = grant.valid_until.map(|end| end.to_rfc3339()).unwrap_or_default();
    let named = format!("{}\n{}\n{end}\n{day}\n", grant.terms, terms.text()?);
    Ok(Offer { gained, until, hash: hex::encode(hash_of(&named)), needs_password, terms })
}

/// The sentences of the later terms that the earlier ones do not say.
fn gained(
    earlier: &Terms,
    later: &Terms,
    (upstream, currency): (&Upstream, Option<Currency>),
) -> Vec<Group> {
    let beyond = later.beyond(earlier);
    let new = |action: &str| beyond.contains(action);
    let mut gained = consent_in(later, upstream, currency).can;
    for group in &mut gained {
        group.sentences.retain(|s| s.action.as_deref().is_some_and(new));
    }
    gained.retain(|group| !group.sentences.is_empty());
    gained
}

/// Everything that a letter does not allow and its account gives: what can be asked for.
///
/// Errors: 404; a fault when its terms cannot be read.
pub async fn beyond_letter(app: &App, caller: &Caller, id: GrantId) -> Result<Vec<Group>> {
    let mut tx = app.db.read(caller).await?;
    let grant = visible(&mut tx, caller, id).await?;
    let scopes = scopes_of(&mut tx, &grant).await?;
    let upstream = app.upstreams.get(&grant.upstream);
    let upstream = upstream.ok_or_else(|| Error::fault("the application is not described here"))?;
    let held = Terms::read(&grant.terms).map_err(Error::fault)?;
    let every = upstream.actions.keys().cloned().collect();
    let all = more(&held, upstream, &every, &scopes);
    Ok(gained(&held, &all, (upstream, grant.currency)))
}

/// The catalogue's sentences of these actions, in its order.
pub(super) fn sentences(app: &App, grant: &Grant, actions: &BTreeSet<String>) -> Vec<String> {
    let known = app.upstreams.get(&grant.upstream);
    let said = |upstream: &Arc<Upstream>| {
        let ids = actions.iter().filter_map(|action| upstream.actions.get(action));
        let mut all: Vec<_> = ids.collect();
        all.sort_by_key(|action| action.risk);
        all.into_iter().map(|action| action.sentence.clone()).collect()
    };
    known.map(said).unwrap_or_default()
}
