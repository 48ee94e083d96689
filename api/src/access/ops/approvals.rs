//! Calls that wait for the customer's yes: asked for by the gateway, answered by people.
//!
//! The body and the object it changes are sealed at rest. The customer sees both; the consultant's
//! side sees the object only where the letter lets its holder look at such things anyway.

use super::completion::of_grant;
use super::grants::{HandBackAccess, viewer};
use super::preview::GrantAccess;
use crate::access::AccessError;
use crate::access::changes::changes;
use crate::access::model::{
    Approval, ApprovalState, OfGrant, OpenApproval, Terms, Uses, Whose, WriteAnswered, WriteAsked,
    WriteRecalled,
};
use crate::access::store::{self, ApprovalFilter, Asked, Moved, NewApproval, Of};
use crate::access::withholding::Withholding;
use crate::app::App;
use crate::identity::{self, Allowed};
use crate::kernel::check::Checks;
use crate::kernel::id::{GrantId, VendorId, WriteApprovalId};
use crate::platform::caller::Caller;
use crate::platform::db::Tx;
use crate::platform::http::paging::PageWanted;
use crate::platform::jobs::event;
use crate::platform::refusal::{Common, Error, Result};
use crate::platform::seal;
use crate::upstreams::Operation;
use reqwest::Method;
use serde_json::Value;
use zeroize::Zeroizing;

/// A call as the gateway would send it.
pub struct Asking<'a> {
    pub whose: Whose,
    pub operation: &'a Operation,
    /// After "to".
    pub deed: &'a str,
    pub target: &'a str,
    pub hash: [u8; 32],
    pub body: &'a [u8],
    /// The object before, and its hash.
    pub before: Option<(&'a Value, [u8; 32])>,
    /// The object's version, as the application gave it.
    pub etag: Option<&'a str>,
    pub uses: Option<Uses>,
}

/// Most calls of one letter that wait at a time.
const MOST_WAITING: i64 = 20;
/// Most calls that one letter asks for within a day, whether they were answered or taken back.
pub const MOST_A_DAY: i64 = 100;

/// What became of a question.
#[derive(Debug, Clone, Copy)]
pub enum Question {
    /// The customer is asked.
    Put(WriteApprovalId),
    TooManyWait,
    /// The letter asked for so many today that it has to wait, for so many seconds.
    TooManyToday(u64),
}

/// Puts a call before the customer; the same call twice is one question.
pub async fn ask(app: &App, vendor: VendorId, asking: Asking<'_>) -> Result<Question> {
    let (id, whose) = (WriteApprovalId(app.ids.next()), asking.whose);
    let before = match asking.before {
        Some((value, hash)) => {
            Some((sealed(app, (id, BEFORE), value.to_string().as_bytes())?, hash))
        }
        None => None,
    };
    let new = NewApproval {
        id,
        whose,
        operation: &asking.operation.id,
        deed: asking.deed,
        risk: asking.operation.risk,
        method: asking.operation.method.as_str(),
        target: asking.target,
        request_hash: asking.hash,
        body_sealed: sealed(app, (id, BODY), asking.body)?,
        before,
        etag: asking.etag,
        uses: asking.uses,
    };
    let mut tx = app.db.write(vendor).await?;
    // The lock makes the count hold against another call that asks at the same time.
    store::lock(&mut tx, Of::Grant(whose.grant)).await?;
    store::expire_approvals(&mut tx, whose.grant).await?;
    let load = store::load(&mut tx, whose.grant).await?;
    if load.waiting >= MOST_WAITING {
        return Ok(Question::TooManyWait);
    }
    if load.today >= MOST_A_DAY {
        return Ok(Question::TooManyToday(u64::try_from(load.seconds).unwrap_or_default()));
    }
    if !store::insert_approval(&mut tx, &new).await? {
        let same = store::asked(&mut tx, whose.grant, (None, &asking.hash)).await?;
        let same = same.ok_or_else(|| Error::fault("a question that is there and is not"))?;
        return Ok(Question::Put(same.id));
    }
    let of = grant_of(app, &mut tx, whose.grant).await?;
    let answer_by = store::asked_until(&mut tx, id).await?;
    let fact = WriteAsked { of, approval: id, deed: asking.deed.to_owned(), answer_by };
    event::state(&mut tx, &app.ids, Some(whose.person), &fact).await?;
    tx.commit().await?;
    Ok(Question::Put(id))
}

/// The approval that is named, else the latest of exactly this call.
pub async fn asked(
    app: &App,
    vendor: VendorId,
    grant: GrantId,
    which: (Option<WriteApprovalId>, &[u8; 32]),
) -> Result<Option<Asked>> {
    let mut tx = app.db.read(vendor).await?;
    store::asked(&mut tx, grant, which).await
}

/// Closes a yes whose object was changed since: it is never used.
pub async fn grow_stale(app: &App, vendor: VendorId, id: WriteApprovalId) -> Result<()> {
    let mut tx = app.db.write(vendor).await?;
    let to = Moved { state: ApprovalState::Stale, by: None, note: "" };
    store::move_approval(&mut tx, id, &to).await?;
    tx.commit().await
}

/// Calls of the caller's organization on either side that were asked for, latest first; one more
/// than the page holds. `open` leaves out what nobody can do anything about any more.
pub async fn list_approvals(
    app: &App,
    caller: &Caller,
    (grant, open): (Option<GrantId>, bool),
    page: PageWanted,
) -> Result<Vec<Approval>> {
    let mut tx = app.db.read(caller).await?;
    let (viewer, limit) = (viewer(caller), page.limit + 1);
    let filter = ApprovalFilter { viewer, grant, open, after: page.after, limit };
    store::approvals(&mut tx, &filter).await
}

/// Most that a page lists of what waits.
const MOST_OPEN: i64 = 100;

/// Everything that still waits for somebody, latest first.
pub async fn list_open_approvals(
    app: &App,
    caller: &Caller,
    grant: Option<GrantId>,
) -> Result<Vec<Approval>> {
    let mut tx = app.db.read(caller).await?;
    let (viewer, after) = (viewer(caller), None);
    let filter = ApprovalFilter { viewer, grant, open: true, after, limit: MOST_OPEN };
    store::approvals(&mut tx, &filter).await
}

/// One call with what it would send and change.
///
/// Errors: 404 for everybody who is on neither side.
pub async fn get_approval(app: &App, caller: &Caller, id: WriteApprovalId) -> Result<OpenApproval> {
    let mut tx = app.db.read(caller).await?;
    let approval = visible(&mut tx, caller, id).await?;
    let found = store::sealed_approval(&mut tx, id).await?;
    let withheld = if caller.organization == approval.customer {
        Some(Withholding::default())
    } else {
        may_look(app, &mut tx, &approval).await?
    };
    drop(tx);
    let found = found.ok_or_else(|| Error::fault("an approval without its body"))?;
    let (body, before, etag) =
        (found.body, found.before, found.etag.filter(|_| withheld.is_some()));
    let wiped = body.is_none();
    let body = body.map(|sealed| text(opened(app, (id, BODY), &sealed)?)).transpose()?;
    let body = body.unwrap_or_default();
    let before =
        before.filter(|_| withheld.is_some()).map(|sealed| opened(app, (id, BEFORE), &sealed));
    let before = before.transpose()?;
    let mut before: Option<Value> = before.map(|json| serde_json::from_slice(&json)).transpose()?;
    if let (Some(before), Some(withheld)) = (&mut before, &withheld) {
        withheld.take_from(before);
    }
    let told: Option<Value> = serde_json::from_str(&body).ok();
    let method = Method::from_bytes(approval.method.as_bytes()).map_err(Error::fault)?;
    let changes = changes(&method, before.as_ref(), told.as_ref());
    Ok(OpenApproval { approval, body, before, etag, changes, wiped })
}

/// The customer's answer to one call. The yes is to the bytes that `request_hash` names.
///
/// Errors: 403 for whoever may not grant access, 404, `request-changed` when the hash is another,
/// `approval-state` when it does not wait any more, `invalid`.
pub async fn answer_approval(
    app: &App,
    caller: &Caller,
    id: WriteApprovalId,
    answer: Answer,
) -> Result<()> {
    let _: Allowed<GrantAccess> = identity::allow(caller)?;
    let mut checks = Checks::new();
    let note = checks.text("note", &answer.note, "a note", (0, 1000));
    checks.finish()?;
    let mut tx = app.db.write(caller).await?;
    let approval = visible(&mut tx, caller, id).await?;
    let hash = hex::encode(&approval.request_hash);
    if answer.yes.as_ref().is_some_and(|told| told.to_ascii_lowercase() != hash) {
        return Err(AccessError::RequestChanged.into());
    }
    let yes = answer.yes.is_some();
    let state = if yes { ApprovalState::Approved } else { ApprovalState::Declined };
    let to = Moved { state, by: Some(caller.person), note: &note };
    let waits = approval.state == ApprovalState::Waiting;
    if !waits || !store::move_approval(&mut tx, id, &to).await? {
        return Err(AccessError::ApprovalState(approval.state).into());
    }
    let of = grant_of(app, &mut tx, approval.grant).await?;
    let (deed, by) = (approval.deed, caller.person);
    let fact = WriteAnswered { of, approval: id, deed, by, yes, note };
    event::state(&mut tx, &app.ids, Some(by), &fact).await?;
    tx.commit().await
}

/// What the customer says.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The hash of the request that was looked at, for a yes; absent for a no.
    pub yes: Option<String>,
    /// For the consultant to read; may be empty.
    pub note: String,
}

/// The consultant takes a call back that was not sent yet.
///
/// Errors: 403 for everybody but that person, 404, `approval-state`.
pub async fn withdraw_approval(app: &App, caller: &Caller, id: WriteApprovalId) -> Result<()> {
    let _: Allowed<HandBackAccess> = identity::allow(caller)?;
    let mut tx = app.db.write(caller).await?;
    let approval = visible(&mut tx, caller, id).await?;
    if approval.person != caller.person {
        let who = "Only who asked for a call takes it back.";
        return Err(Common::NotPermitted(who.to_owned()).into());
    }
    let open = matches!(approval.state, ApprovalState::Waiting | ApprovalState::Approved);
    let to = Moved { state: ApprovalState::Withdrawn, by: None, note: "" };
    if !open || !store::move_approval(&mut tx, id, &to).await? {
        return Err(AccessError::ApprovalState(approval.state).into());
    }
    tx.commit().await
}

/// The customer takes a yes back that nothing was sent by.
///
/// Errors: 403 for whoever may not grant access, 404, `approval-state` when it was used, or is no
/// yes any more.
pub async fn recall_approval(app: &App, caller: &Caller, id: WriteApprovalId) -> Result<()> {
    let _: Allowed<GrantAccess> = identity::allow(caller)?;
    let mut tx = app.db.write(caller).await?;
    let approval = visible(&mut tx, caller, id).await?;
    // A call that uses the yes takes the same place first: neither waits for the other in a circle.
    store::take_place(&mut tx, caller.organization).await?;
    let holds = approval.state == ApprovalState::Approved;
    if !holds || !store::recall_approval(&mut tx, id, caller.person).await? {
        // What was sent a moment ago is told as that.
        let now = visible(&mut tx, caller, id).await?.state;
        return Err(AccessError::NothingToRecall(now).into());
    }
    let of = grant_of(app, &mut tx, approval.grant).await?;
    let fact = WriteRecalled { of, approval: id, deed: approval.deed, by: caller.person };
    event::state(&mut tx, &app.ids, Some(caller.person), &fact).await?;
    tx.commit().await
}

/// What is withheld of what the call changes, where the letter lets its holder look at that at all:
/// the question must not show what the letter does not.
async fn may_look(app: &App, tx: &mut Tx, approval: &Approval) -> Result<Option<Withholding>> {
    let upstream = app.upstreams.get(&approval.upstream);
    let operation = upstream.and_then(|upstream| upstream.operation(&approval.operation));
    let shows = operation.and_then(|operation| operation.before.as_ref());
    let shows = upstream.zip(shows).and_then(|(upstream, shows)| upstream.operation(shows));
    let Some(shows) = shows else { return Ok(None) };
    let grants = store::grants_of(tx, &[approval.grant]).await?;
    let terms = grants.first().and_then(|grant| Terms::read(&grant.terms).ok());
    let looks =
        |terms: &Terms| terms.limits.only.is_empty() && terms.operations.contains_key(&shows.id);
    Ok(terms.filter(looks).map(|terms| Withholding::of(&terms, shows)))
}

async fn visible(tx: &mut Tx, caller: &Caller, id: WriteApprovalId) -> Result<Approval> {
    let found = store::approval(tx, viewer(caller), id).await?;
    Ok(found.ok_or(Common::NotFound("call to approve"))?)
}

async fn grant_of(app: &App, tx: &mut Tx, id: GrantId) -> Result<OfGrant> {
    let found = store::grants_of(tx, &[id]).await?;
    let grant = found.first().ok_or_else(|| Error::fault("a call of no letter"))?;
    Ok(of_grant(app, grant))
}

const BODY: &str = "body";
const BEFORE: &str = "before";

type Part<'a> = (WriteApprovalId, &'a str);

fn sealed(app: &App, part: Part<'_>, plain: &[u8]) -> Result<Vec<u8>> {
    let key = Zeroizing::new(app.keys.of("calls to approve"));
    seal::seal(&key, &app.ids, place(part).as_bytes(), plain)
}

fn opened(app: &App, part: Part<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let key = Zeroizing::new(app.keys.of("calls to approve"));
    seal::open(&key, place(part).as_bytes(), sealed)
}

fn place((id, part): Part<'_>) -> String {
    format!("call 1\0{id}\0{part}\0")
}

fn text(bytes: Zeroizing<Vec<u8>>) -> Result<String> {
    String::from_utf8(bytes.to_vec()).map_err(Error::fault)
}
