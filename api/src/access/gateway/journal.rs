//! Keeps what a write is about to change, so that the customer can have it back.
//!
//! What cannot be looked up is sent all the same: taking it back is a comfort, not a condition.

use super::answer::Reply;
use super::forward::{self, Looked, Order};
use super::refusal::Refusal;
use super::visit::Visit;
use crate::access::model::Kept;
use crate::app::App;
use serde_json::Value;

/// Looks at the fields that the call sets, as they are now.
///
/// Errors: what ends the call anyway, such as a letter that ended meanwhile.
pub async fn prepare(app: &App, visit: &mut Visit, order: &Order<'_>) -> Result<(), Refusal> {
    let Some(undo) = &order.operation.undo else { return Ok(()) };
    let Some(Value::Object(after)) = order.operation.body(order.body.as_ref()) else {
        return Ok(());
    };
    if !undo.of.is_empty() {
        visit.kept = Some(Kept { after, ..Kept::default() });
        return Ok(());
    }
    let Some(seen) = seen(app, visit, order).await? else { return Ok(()) };
    let before = after.keys().map(|name| (name.clone(), field(&seen, name))).collect();
    let params = order.params.clone();
    let kept = Kept { params, before: Some(before), after, ..Kept::default() };
    visit.kept = Some(kept).filter(fits);
    Ok(())
}

fn field(of: &Value, name: &str) -> Value {
    of.get(name).cloned().unwrap_or(Value::Null)
}

/// What was looked at already for a question, else a look of its own.
async fn seen(app: &App, visit: &mut Visit, order: &Order<'_>) -> Result<Option<Value>, Refusal> {
    if let Some(seen) = visit.clearance.seen.take() {
        return Ok(Some(seen));
    }
    let shows = order.operation.before.as_ref().and_then(|id| order.upstream.operation(id));
    let Some(shows) = shows else { return Ok(None) };
    let look = forward::asking(order, shows, order.params.clone());
    match forward::look(app, visit, &look).await {
        Ok(Looked::Seen(seen)) => Ok(Some(seen.value)),
        Ok(Looked::Gone | Looked::Unseen) => Ok(None),
        Err(Refusal::UpstreamFailed(_) | Refusal::UpstreamAnswer(_) | Refusal::UpstreamLate) => {
            tracing::warn!(request = visit.head.request_id, "what a write changes was not seen");
            Ok(None)
        }
        Err(refusal) => Err(refusal),
    }
}

impl Visit {
    /// What the application's answer tells: the fields as it took them, and what it made. Of a
    /// write that made something and does not say what, nothing can be taken back.
    pub(super) fn learn(&mut self, app: &App, result: &Result<Reply, Refusal>) {
        let Some(kept) = &mut self.kept else { return };
        let answer = result.as_ref().ok().filter(|reply| reply.status.is_success());
        let told: Value = answer
            .and_then(|reply| serde_json::from_slice(reply.body.whole()).ok())
            .unwrap_or_default();
        for (name, value) in &mut kept.after {
            if let Some(now) = told.get(name) {
                value.clone_from(now);
            }
        }
        if kept.before.is_some() {
            return;
        }
        let upstream = app.upstreams.get(&self.passage.upstream);
        let made = self.asked.operation.as_ref().zip(upstream);
        let undo = made.and_then(|(asked, upstream)| upstream.operation(&asked.id)?.undo.as_ref());
        let param = |(param, name): (&String, &String)| Some((param.clone(), text(&told, name)?));
        let params = undo.and_then(|undo| undo.of.iter().map(param).collect::<Option<Vec<_>>>());
        let (Some(params), Value::Object(mut whole)) = (params, told.clone()) else {
            self.kept = None;
            return;
        };
        whole.retain(|name, _| undo.is_some_and(|undo| !undo.besides.contains(name)));
        (kept.params, kept.whole) = (params, whole);
        self.kept = self.kept.take().filter(fits);
    }
}

/// Most bytes that are kept of one write; what is larger cannot be taken back.
const MOST_KEPT: usize = 256 * 1024;

fn fits(kept: &Kept) -> bool {
    serde_json::to_vec(kept).is_ok_and(|bytes| bytes.len() <= MOST_KEPT)
}

/// A field that names something, with dots where it stands inside another.
fn text(of: &Value, path: &str) -> Option<String> {
    match path.split('.').try_fold(of, |value, name| value.get(name))? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
