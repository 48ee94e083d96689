//! One call, from the key to the line in the log.

use super::answer::Reply;
use super::clearance::{self, Clearance, Permit};
use super::entrance::Entrance;
use super::forward::{self, Carried, Order};
use super::line::{asked_operation, ended, readable};
use super::origin::origin;
use super::refusal::Refusal;
use super::standing::holds;
use super::{body, flow, given, headers, journal, proof, target};
use crate::access::belonging::Belonging;
use crate::access::decide::{Call, Decision, decide};
use crate::access::model::{
    ApprovalState, Asked, Ended, Kept, NewEntry, Outcome, Passage, Sha, Terms, Uses,
};
use crate::access::ops::{self, told};
use crate::access::store::{self, Reserved};
use crate::access::withholding::Withholding;
use crate::app::App;
use crate::kernel::id::{AccessEntryId, GrantId, VendorId};
use crate::outside::upstream::{Paces, Seat};
use crate::platform::refusal::{Error, Result as Outcomes};
use crate::upstreams::{Operation, Risk, Upstream};
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::Value;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A request without its body, as it came.
#[derive(Debug)]
pub struct Head {
    /// The grant in the address, unchecked.
    pub grant: String,
    pub method: Method,
    /// The raw path below the grant; begins with a slash.
    pub path: String,
    /// The raw query.
    pub query: Option<String>,
    pub headers: HeaderMap,
    /// Why it is not for us: its request line or its `Host` names another place.
    pub astray: Option<&'static str>,
    pub request_id: String,
    /// The other end of the connection.
    pub peer: Option<IpAddr>,
}

/// A call that somebody may make, by a key in use or in person.
pub struct Visit {
    pub(super) head: Head,
    pub(super) vendor: VendorId,
    pub(super) passage: Passage,
    pub(super) entrance: Entrance,
    /// Why its key is not to be believed.
    pub(super) doubt: Option<Refusal>,
    /// Its place among the files under way, when it asks for one.
    pub(super) seat: Option<Seat>,
    /// What it changes, as it was before.
    pub(super) kept: Option<Kept>,
    /// What the gateway looked up for it, for the log.
    pub(super) looks: Vec<NewEntry>,
    pub(super) asked: Asked,
    pub(super) clearance: Clearance,
    /// What is taken out of the answer before it goes on.
    withholding: Withholding,
    /// Of the body that goes out, once that is known.
    sent_hash: Option<Sha>,
    begun: Option<AccessEntryId>,
    started: Instant,
    /// When the passage was read.
    pub(super) looked: Instant,
}

/// So long what was read of a passage is what holds; whatever waits longer looks again.
pub(super) const FRESH: Duration = Duration::from_millis(100);

/// Looks the key up.
///
/// Errors: `malformed` for too much of anything, `unknown-key`, `unavailable`; none of them leaves
/// a line, since nobody is known.
pub async fn enter(app: &App, head: Head) -> Result<Visit, Refusal> {
    enter_by(app, head, Entrance::by_key).await
}

pub(super) async fn enter_by(
    app: &App,
    head: Head,
    entrance: impl FnOnce(&HeaderMap) -> Option<Entrance> + Send,
) -> Result<Visit, Refusal> {
    let started = Instant::now();
    headers::check_size(&head.headers)?;
    if head.path.len() + head.query.as_deref().map_or(0, str::len) > target::MOST_BYTES {
        return Err(Refusal::Malformed("The address is too long."));
    }
    let entrance = entrance(&head.headers).ok_or(Refusal::UnknownKey)?;
    let found = entrance.look_up(app).await.map_err(|e| ours(&e))?;
    let (vendor, passage) = found.ok_or(Refusal::UnknownKey)?;
    let asked = Asked {
        method: head.method.to_string().chars().take(16).collect(),
        target: readable(&head.path),
        operation: None,
        request_id: head.request_id.clone(),
        from: origin(app, passage.whose.grant, (head.peer, &head.headers)),
    };
    let (seat, kept, begun, looked) = (None, None, None, Instant::now());
    let (clearance, looks) = (Clearance::default(), Vec::new());
    let mut visit = Visit {
        head,
        vendor,
        passage,
        entrance,
        doubt: None,
        seat,
        kept,
        looks,
        asked,
        clearance,
        withholding: Withholding::default(),
        sent_hash: None,
        begun,
        started,
        looked,
    };
    visit.doubt = proof::doubt(app, &visit).await.map_err(|e| ours(&e))?;
    Ok(visit)
}

/// Carries the call out, or refuses; either way this answers only once its line is in the log or,
/// when the call changed nothing, on its way there within a second. `body` is an error when it
/// could not be read.
pub async fn carry_out(
    app: &App,
    mut visit: Visit,
    body: Result<Vec<u8>, Refusal>,
) -> Result<Reply, Refusal> {
    let result = match work(app, &mut visit, body).await {
        Ok(Carried::Flow(flowing)) => return flow::hand_on(app, visit, flowing),
        Ok(Carried::Whole(reply)) => Ok(reply),
        Err(refusal) => Err(refusal),
    };
    visit.learn(app, &result);
    let used = visit.clearance.really(&result);
    // What the gateway learns of an answer for the customer is more than what goes on of it.
    let result = result.and_then(|reply| reply.without(&visit.withholding));
    let result = result.map(|reply| reply.answering(&visit.head.method));
    let kept = visit.close(app, ended(&result), used).await;
    if let Err(error) = kept {
        tracing::error!(%error, request = visit.head.request_id, "a call is not in the log");
        // A write was announced, and its line tells that the outcome is not known. A read whose
        // line finds no room is not answered.
        if visit.begun.is_none() {
            return Err(Refusal::Ours);
        }
    }
    result
}

async fn work(
    app: &App,
    visit: &mut Visit,
    body: Result<Vec<u8>, Refusal>,
) -> Result<Carried, Refusal> {
    let paces = app.upstreams.paces();
    let upstream = app.upstreams.get(&visit.passage.upstream).cloned().ok_or(Refusal::Ours)?;
    let (whose, pace) = (visit.passage.whose, upstream.rates.pace);
    let take = if visit.doubt.is_some() { Paces::doubted } else { Paces::letter };
    take(paces, whose.grant, pace).map_err(|left| Refusal::LetterTooFast(left.as_secs() + 1))?;
    if GrantId::parse(&visit.head.grant) != Some(whose.grant) {
        return Err(Refusal::OtherGrant);
    }
    if let Some(doubt) = visit.doubt.clone() {
        return Err(doubt);
    }
    if let Some(why) = visit.head.astray {
        return Err(Refusal::Malformed(why));
    }
    headers::check(&visit.head.method, &visit.head.headers)?;
    let segments = target::read_path(&visit.head.path)?;
    let query = target::read_query(visit.head.query.as_deref())?;
    let method =
        if visit.head.method == Method::HEAD { Method::GET } else { visit.head.method.clone() };
    let found = upstream.find(&method, &segments);
    let (found, params) = found.ok_or_else(|| given::gone(&visit.passage, &method, &segments))?;
    visit.asked.operation = Some(asked_operation(found));
    let body = body?;
    let size = body.len();
    let body = body::read(visit, found, body)?;
    let operation = upstream.meant(found, body.as_ref()).ok_or(Refusal::NoOperation)?;
    visit.asked.operation = Some(asked_operation(operation));
    let body = body.filter(|body| operation.takes_body() || !body::is_nothing(body));
    target::once(&query, &operation.repeats)?;
    if body.is_some() || visit.looked.elapsed() > FRESH {
        // A body may come slowly, an empty one too; what counts is what holds once it is here.
        visit.renew(app).await?;
    }
    holds(visit.passage.standing, &visit.passage.held_by)?;
    let permit = permit(visit, &upstream, (operation, &params, &query, body.as_ref()))?;
    if size > permit.most_body {
        return Err(Refusal::TooLarge(permit.most_body));
    }
    visit.withholding = permit.withholding.clone();
    if let Some(left) = app.upstreams.holds().left(visit.passage.whose.connection) {
        return Err(Refusal::TooFast(left.as_secs() + 1));
    }
    let taken = paces.account(whose.connection, pace);
    taken.map_err(|left| Refusal::AccountTooFast(left.as_secs() + 1))?;
    let api = told::plain(&visit.passage.parts).map_err(|e| ours(&e))?;
    let api = upstream.api(&api).map_err(|_| Refusal::Unreachable)?;
    let (callers, if_match) = (true, None);
    let upstream = &upstream;
    let mut order = Order { upstream, api, operation, params, query, body, callers, if_match };
    clearance::clear(app, visit, &mut order, &permit).await?;
    journal::prepare(app, visit, &order).await?;
    if operation.download {
        visit.seat = flow::take_seat(app, visit)?;
    }
    visit.sent_hash = forward::hash_of_sent(&order)?;
    if operation.risk != Risk::Read || operation.download {
        visit.announce(app).await?;
    }
    let carried = forward::send(app, visit, &order).await?;
    visit.clearance.not_overtaken(&order, carried)
}

type Parts<'a> = (&'a Operation, &'a [(String, String)], &'a [(String, String)], Option<&'a Value>);

fn permit(visit: &Visit, upstream: &Arc<Upstream>, parts: Parts<'_>) -> Result<Permit, Refusal> {
    let (operation, params, query, body) = parts;
    let terms = Terms::known(&visit.passage.terms).map_err(|_| Refusal::UnreadableTerms)?;
    let decision =
        decide(&terms, &Call { upstream: &upstream.slug, operation, params, query, body });
    let asks = match decision {
        Decision::Allow => false,
        Decision::Ask => true,
        Decision::Deny(reason) => return Err(Refusal::Denied(reason)),
    };
    given::given(&visit.passage, operation)?;
    let unit = operation.cost.as_ref().map(|cost| cost.unit);
    let budgets = &terms.limits.budgets;
    let uncounted = upstream.uncounted(operation);
    if let Some(unit) = uncounted.into_iter().find(|unit| budgets.contains_key(unit)) {
        return Err(Refusal::Uncounted(unit));
    }
    let pinned = terms.operations.get(&operation.id);
    let most_body = pinned.map_or(0, |pinned| pinned.most_body(operation));
    let most = unit.and_then(|unit| budgets.get(&unit).copied());
    let withholding = Withholding::of(&terms, operation);
    let belonging = Belonging::of(&terms, operation);
    Ok(Permit { asks, most, most_body, withholding, belonging })
}

impl Visit {
    /// Reads the passage again, before anything is decided.
    async fn renew(&mut self, app: &App) -> Result<(), Refusal> {
        self.passage = self.passage_now(app).await?;
        self.looked = Instant::now();
        Ok(())
    }

    async fn passage_now(&self, app: &App) -> Result<Passage, Refusal> {
        let found = self.entrance.look_up(app).await.map_err(|e| ours(&e))?;
        Ok(found.ok_or(Refusal::UnknownKey)?.1)
    }

    /// Reads the passage again: whether the grant holds right now, with the terms and the addresses
    /// that the call was judged by.
    pub(super) async fn check_again(&mut self, app: &App) -> Result<(), Refusal> {
        self.passage = self.look_again(app).await?;
        self.looked = Instant::now();
        Ok(())
    }

    /// The same without keeping what was read.
    pub(super) async fn look_again(&self, app: &App) -> Result<Passage, Refusal> {
        let now = self.passage_now(app).await?;
        self.still(Some(&now))?;
        Ok(now)
    }

    fn still(&self, now: Option<&Passage>) -> Result<(), Refusal> {
        let now = now.ok_or(Refusal::UnknownKey)?;
        holds(now.standing, &now.held_by)?;
        let same = now.terms == self.passage.terms && now.parts == self.passage.parts;
        if same { Ok(()) } else { Err(Refusal::LetterChanged) }
    }

    /// The line that says a write is about to be sent; committed before it is, together with the
    /// yes that it uses up and what it reserves of a budget.
    async fn announce(&mut self, app: &App) -> Result<(), Refusal> {
        let ended = Ended {
            outcome: Outcome::Begun,
            code: None,
            status: None,
            bytes: 0,
            answer_hash: None,
            duration_ms: self.elapsed(),
        };
        let entry = self.entry(app, ended, self.clearance.uses);
        let reserved = self.announced(app, &entry).await.map_err(|e| ours(&e))??;
        self.clearance.reserved = reserved;
        self.begun = Some(entry.id);
        self.looked = Instant::now();
        Ok(())
    }

    async fn announced(
        &self,
        app: &App,
        entry: &NewEntry,
    ) -> Outcomes<Result<Option<Reserved>, Refusal>> {
        let mut tx = app.db.write(self.entrance.scope(self.vendor)).await?;
        // The line takes the customer's place in the audit trail, as every end of a letter does. So
        // what is read after it is what holds until this is committed, whoever waited for whom.
        store::insert_entry(&mut tx, entry).await?;
        let now = self.entrance.passage(&mut tx).await?;
        if let Err(refusal) = self.still(now.as_ref()) {
            return Ok(Err(refusal));
        }
        if let Some(kept) = self.kept.as_ref().filter(|kept| kept.before.is_some()) {
            ops::keep(app, &mut tx, (entry.id, &self.passage.whose), kept).await?;
        }
        if let Some(id) = self.clearance.approval
            && !store::use_approval(&mut tx, id, entry.id).await?
        {
            return Ok(Err(Refusal::ApprovalOver(ApprovalState::Used)));
        }
        let mut reserved = None;
        if let Some(reserve) = &self.clearance.reserve {
            reserved = store::reserve(&mut tx, reserve).await?;
            if reserved.is_none() {
                let (unit, most) = (reserve.uses.0, reserve.most);
                return Ok(Err(clearance::over_budget(self, unit, most)));
            }
        }
        tx.commit().await?;
        Ok(Ok(reserved))
    }

    /// The line of a file that has come to its end, or was stopped. What it uses up stays what was
    /// thought: a part of an export is out as well.
    pub(super) async fn end_flow(&self, app: &App, ended: Ended) {
        if let Err(error) = self.close(app, ended, self.clearance.uses).await {
            // Its line of before says that the outcome is not known.
            tracing::error!(%error, request = self.head.request_id, "a file's end is not kept");
        }
    }

    async fn close(&self, app: &App, ended: Ended, used: Option<Uses>) -> Outcomes<()> {
        let ended = Ended { duration_ms: self.elapsed(), ..ended };
        let used = used.filter(|_| self.begun.is_some());
        let entry = self.entry(app, ended, used);
        if self.begun.is_none() {
            // Nothing was changed: its lines wait a moment for others.
            for look in &self.looks {
                ops::write_late(app, self.vendor, look).await?;
            }
            return ops::write_late(app, self.vendor, &entry).await;
        }
        let lines: Vec<NewEntry> = self.looks.iter().cloned().chain([entry]).collect();
        let mut tx = app.db.write(self.vendor).await?;
        store::insert_entries(&mut tx, &lines).await?;
        if let Some((id, kept)) = self.begun.zip(self.kept.as_ref()) {
            ops::keep(app, &mut tx, (id, &self.passage.whose), kept).await?;
        }
        if let Some((reserved, (_, real))) = self.clearance.reserved.as_ref().zip(used) {
            store::settle(&mut tx, self.passage.whose.grant, reserved, real).await?;
        }
        tx.commit().await
    }

    fn entry(&self, app: &App, ended: Ended, uses: Option<Uses>) -> NewEntry {
        NewEntry {
            id: app.ids.next(),
            begun: self.begun,
            whose: self.passage.whose,
            asked: self.asked.clone(),
            approval: self.clearance.approval,
            uses,
            // What was refused never went out.
            sent_hash: self.sent_hash.filter(|_| ended.outcome != Outcome::Refused),
            ended,
            undo: false,
        }
    }

    fn elapsed(&self) -> i32 {
        i32::try_from(self.started.elapsed().as_millis()).unwrap_or(i32::MAX)
    }
}

pub(super) fn ours(error: &Error) -> Refusal {
    tracing::error!(%error, "the gateway cannot do its work");
    Refusal::Ours
}
