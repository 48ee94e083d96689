//! Keeps what a write is about to change, so that the customer can have it back.
//!
//! What cannot be looked up is sent all the same: taking it back is a comfort, not a condition.

use super::answer::Reply;
use super::forward::{self, Order};
use super::look::{Looked, look};
use super::refusal::Refusal;
use super::visit::Visit;
use crate::access::model::Kept;
use crate::access::undo;
use crate::app::App;
use serde_json::Value;

/// Looks at the fields that the call sets, as they are now.
///
/// Errors: what ends the call anyway, such as a letter that ended meanwhile.
pub async fn prepare(app: &App, visit: &mut Visit, order: &Order<'_>) -> Result<(), Refusal> {
    let Some(undo) = &order.operation.undo else { return Ok(()) };
    let Some(Value::Object(mut after)) = order.operation.body(order.body.as_ref()) else {
        return Ok(());
    };
    if !undo.of.is_empty() {
        visit.kept = Some(Kept { after, ..Kept::default() });
        return Ok(());
    }
    let Some(by) = order.upstream.operation(&undo.by) else { return Ok(()) };
    // What the gateway itself puts into the body that sets back cannot be set otherwise by it.
    after.retain(|name, _| !by.set.contains_key(name));
    let Some(seen) = seen(app, visit, order).await? else { return Ok(()) };
    let kept = undo.thing(&seen).and_then(|thing| undo::kept(undo, &after, thing));
    let params = order.params.clone();
    visit.kept = kept.map(|kept| Kept { params, ..kept }).filter(fits);
    Ok(())
}

/// What was looked at already for a question, else a look of its own.
async fn seen(app: &App, visit: &mut Visit, order: &Order<'_>) -> Result<Option<Value>, Refusal> {
    if let Some(seen) = visit.clearance.seen.take() {
        return Ok(Some(seen));
    }
    let shows = order.operation.before.as_ref().and_then(|id| order.upstream.operation(id));
    let Some(shows) = shows else { return Ok(None) };
    let shown = forward::asking(order, shows, order.params.clone());
    match look(app, visit, &shown).await {
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
        let upstream = app.upstreams.get(&self.passage.upstream);
        let made = self.asked.operation.as_ref().zip(upstream);
        let undo = made.and_then(|(asked, upstream)| upstream.operation(&asked.id)?.undo.as_ref());
        let told = undo.and_then(|undo| undo.thing(&told)).unwrap_or(&Value::Null);
        undo::learn(kept, told);
        if kept.before.is_some() {
            return;
        }
        let param = |(param, name): (&String, &String)| Some((param.clone(), text(told, name)?));
        let params = undo.and_then(|undo| undo.of.iter().map(param).collect::<Option<Vec<_>>>());
        let (Some(params), Some(undo), Value::Object(all)) = (params, undo, told) else {
            self.kept = None;
            return;
        };
        (kept.params, kept.whole) = (params, undo::whole(undo, all));
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
