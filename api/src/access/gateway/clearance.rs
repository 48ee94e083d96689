//! What stands between a permitted call and its sending: whether the budget lasts, and whether the
//! customer said yes to exactly this.
//!
//! Whatever has to be known of the account for that is looked up with the same token and the same
//! client as the call, before anything is announced.

use super::forward::{self, Carried, Order, asking};
use super::look::{Looked, Seen, look};
use super::refusal::Refusal;
use super::visit::{Visit, ours};
use super::{Reply, headers, measure};
use crate::access::belonging::Belonging;
use crate::access::decide::{self, Budget};
use crate::access::model::{ApprovalState, Outcome, Uses};
use crate::access::ops::{self, Asking, Question};
use crate::access::store::{Asked, Reserve, Reserved};
use crate::access::withholding::Withholding;
use crate::app::App;
use crate::kernel::id::WriteApprovalId;
use crate::upstreams::{Operation, Period, Unit, number_at};
use reqwest::StatusCode;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// What the terms say beyond yes.
#[derive(Debug, Clone)]
pub struct Permit {
    /// Whether the customer is asked first.
    pub asks: bool,
    /// The budget of what the operation uses up.
    pub most: Option<u64>,
    /// Most bytes of a body.
    pub most_body: usize,
    /// What is taken out of its answer.
    pub withholding: Withholding,
    /// To what the thing has to belong that it changes.
    pub belonging: Belonging,
}

/// What a call goes out with.
#[derive(Debug, Default)]
pub struct Clearance {
    /// The yes that it uses up.
    pub approval: Option<WriteApprovalId>,
    /// What it is thought to use up.
    pub uses: Option<Uses>,
    /// What is reserved when it is announced.
    pub reserve: Option<Reserve>,
    pub reserved: Option<Reserved>,
    /// The object that it changes, where that was looked at.
    pub seen: Option<Value>,
    /// Where the answer tells what it really was.
    real: Option<Vec<String>>,
}

/// Clears the call, or says what is missing; a call of which nothing has to be known costs nothing.
///
/// Errors: `operation-denied`, `budget-spent`, `budget-unknown`, `nothing-there`, the `approval-..`
/// refusals, and what looking the account up brings.
pub async fn clear(
    app: &App,
    visit: &mut Visit,
    order: &mut Order<'_>,
    permit: &Permit,
) -> Result<(), Refusal> {
    if !permit.asks && permit.most.is_none() && permit.belonging.is_free() {
        return Ok(());
    }
    let before = before(app, visit, order, permit).await?;
    if let Some(reason) = permit.belonging.refused(before.as_ref().map(|seen| &seen.value)) {
        return Err(Refusal::Denied(reason));
    }
    let uses = measure::measure(app, visit, order, before.as_ref()).await?;
    visit.clearance.real = order.operation.cost.as_ref().and_then(|cost| cost.real.clone());
    visit.clearance.uses = uses;
    visit.clearance.reserve = budget(visit, order.operation, (permit.most, uses))?;
    let (asked, now) = (permit.asks, before.as_ref().and_then(Seen::strong));
    if let Some(now) = now.filter(|_| asked) {
        headers::same_version(&visit.head.headers, now)?;
    }
    order.if_match = now.cloned();
    if asked {
        let approval = approved(app, visit, order, before.as_ref()).await?;
        visit.clearance.approval = Some(approval);
    }
    visit.clearance.seen = before.map(|seen| seen.value);
    Ok(())
}

/// The object that the call changes.
async fn before(
    app: &App,
    visit: &mut Visit,
    order: &Order<'_>,
    permit: &Permit,
) -> Result<Option<Seen>, Refusal> {
    let told = measure::told(order.operation);
    let counts = told.is_some_and(|told| measure::needs_before(told, order.operation));
    let shown = order.operation.before.as_ref().and_then(|id| order.upstream.operation(id));
    let wanted = permit.asks || counts || !permit.belonging.is_free();
    let Some(shows) = shown.filter(|_| wanted) else { return Ok(None) };
    let params = order.params.clone();
    match look(app, visit, &asking(order, shows, params)).await? {
        Looked::Seen(seen) => Ok(Some(seen)),
        Looked::Unseen => Ok(None),
        Looked::Gone => Err(Refusal::NothingThere),
    }
}

/// What is reserved; what counts for each call by itself is only compared.
fn budget(
    visit: &Visit,
    operation: &Operation,
    (most, uses): (Option<u64>, Option<Uses>),
) -> Result<Option<Reserve>, Refusal> {
    let (Some(most), Some(cost)) = (most, &operation.cost) else { return Ok(None) };
    let uncounted = Refusal::Uncounted(cost.unit);
    match decide::budget(Some(most), uses.map(|uses| uses.1)) {
        Budget::Lets => {}
        Budget::Over => return Err(over_budget(visit, cost.unit, most)),
        Budget::Untold => return Err(uncounted),
    }
    let uses = uses.ok_or(uncounted)?;
    let whose = &visit.passage.whose;
    let reserve = Reserve { grant: whose.grant, customer: whose.customer, uses, most };
    Ok((cost.unit.period() != Period::Call).then_some(reserve))
}

pub(super) fn over_budget(visit: &Visit, unit: Unit, most: u64) -> Refusal {
    Refusal::BudgetSpent { unit, most, currency: visit.passage.currency }
}

/// The yes to exactly this call, when there is one that still holds.
async fn approved(
    app: &App,
    visit: &Visit,
    order: &Order<'_>,
    before: Option<&Seen>,
) -> Result<WriteApprovalId, Refusal> {
    let call = exactly(visit, order)?;
    let named = headers::approval(&visit.head.headers)?;
    let grant = visit.passage.whose.grant;
    let found = ops::asked(app, visit.vendor, grant, (named, &call.hash)).await;
    let Some(found) = found.map_err(|e| ours(&e))? else {
        let anew = named.is_none();
        return Err(if anew { ask(app, visit, order, (call, before)).await } else { OTHER });
    };
    if found.request_hash != call.hash {
        return Err(OTHER);
    }
    match found.state {
        ApprovalState::Approved if is_stale(&found, before, visit.clearance.uses) => {
            ops::grow_stale(app, visit.vendor, found.id).await.map_err(|e| ours(&e))?;
            Err(Refusal::ApprovalStale)
        }
        ApprovalState::Approved => Ok(found.id),
        ApprovalState::Waiting => Err(Refusal::ApprovalWanted(found.id)),
        ApprovalState::Declined => Err(Refusal::ApprovalDeclined),
        ApprovalState::Recalled => Err(Refusal::ApprovalRecalled),
        // One of several equal calls got through: the others are no new question.
        ApprovalState::Used if found.just_done => Err(Refusal::ApprovalOver(found.state)),
        state if named.is_some() => Err(Refusal::ApprovalOver(state)),
        _ => Err(ask(app, visit, order, (call, before)).await),
    }
}

const OTHER: Refusal = Refusal::OtherApproval;

/// Whether what the customer looked at is another thing by now, another version of it that says the
/// same, or would use up more. So the version that goes along as `If-Match` is the one of the yes.
fn is_stale(found: &Asked, before: Option<&Seen>, uses: Option<Uses>) -> bool {
    let more = match (found.cost, uses) {
        (Some(told), Some((_, now))) => now > told,
        (Some(_), None) => true,
        (None, _) => false,
    };
    let strong = |etag: &&str| !etag.starts_with("W/");
    let told = found.etag.as_deref().filter(strong);
    let moved = told.is_some() && told != before.and_then(Seen::version).filter(strong);
    more || moved || found.before_hash.as_deref() != before.map(|seen| seen.hash.as_slice())
}

/// Most bytes of an address that is kept with a question.
const MOST_TARGET: usize = 8192;
/// More than any call uses up, and less than a counter holds.
const MOST_USED: u64 = 1_000_000_000_000;

/// A call as it would be sent.
struct Exactly {
    target: String,
    body: Vec<u8>,
    hash: [u8; 32],
}

/// The hash covers the account, the method, the whole address, the kind of body and its bytes.
fn exactly(visit: &Visit, order: &Order<'_>) -> Result<Exactly, Refusal> {
    let url = forward::address(order)?;
    let (kind, body) = forward::written(order)?;
    let mut hash = Sha256::new();
    let connection = visit.passage.whose.connection.to_string();
    let method = order.operation.method.as_str();
    for part in ["attache call 1", &connection, method, url.as_str(), kind.unwrap_or_default()] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hash.update(&body);
    let path = order.operation.path.build(&order.params).ok_or(Refusal::NoOperation)?;
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    let target = format!("{path}{query}");
    if target.len() > MOST_TARGET {
        return Err(Refusal::Malformed("The address is too long to be asked for."));
    }
    Ok(Exactly { target, body, hash: hash.finalize().into() })
}

/// Puts the call before the customer; answers what the caller is told.
async fn ask(
    app: &App,
    visit: &Visit,
    order: &Order<'_>,
    (call, before): (Exactly, Option<&Seen>),
) -> Refusal {
    let asking = Asking {
        whose: visit.passage.whose,
        operation: order.operation,
        deed: &order.operation.deed,
        target: &call.target,
        hash: call.hash,
        body: &call.body,
        before: before.map(|seen| (&seen.value, seen.hash)),
        etag: before.and_then(Seen::version),
        uses: visit.clearance.uses,
    };
    match ops::ask(app, visit.vendor, asking).await {
        Ok(Question::Put(id)) => Refusal::ApprovalWanted(id),
        Ok(Question::TooManyWait) => Refusal::TooManyAsked,
        Ok(Question::TooManyToday(seconds)) => Refusal::AskedEnough(seconds),
        Err(error) => ours(&error),
    }
}

impl Clearance {
    /// Errors: `approval-stale` where the application refused an approved call since its object
    /// changed after our look: it did nothing, the yes is used up, and the same request asks anew.
    pub fn not_overtaken(&self, order: &Order<'_>, carried: Carried) -> Result<Carried, Refusal> {
        let bound = self.approval.is_some() && order.if_match.is_some();
        let refused = StatusCode::PRECONDITION_FAILED;
        match carried {
            Carried::Whole(reply) if bound && reply.status == refused => {
                Err(Refusal::ApprovalStale)
            }
            carried => Ok(carried),
        }
    }

    /// What a call that was announced used up: what its answer tells, else what was thought;
    /// nothing when the application surely did nothing.
    pub fn really(&self, result: &Result<Reply, Refusal>) -> Option<Uses> {
        let (unit, thought) = self.uses?;
        let real = match result {
            Ok(reply) if reply.status.as_u16() >= 400 => 0,
            Ok(reply) => self.told(reply.body.whole()).unwrap_or(thought),
            Err(Refusal::Unreachable) => 0,
            Err(refusal) if refusal.outcome() == Outcome::Refused => 0,
            Err(_) => thought,
        };
        Some((unit, real))
    }

    fn told(&self, body: &[u8]) -> Option<u64> {
        let path = self.real.as_ref()?;
        number_at(&serde_json::from_slice(body).ok()?, path).map(|told| told.min(MOST_USED))
    }
}
