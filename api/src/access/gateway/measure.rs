//! How much a call uses up of a budget, before it is sent.
//!
//! What is counted in several ways is added up: somebody on two lists counts twice, so the number
//! may be too high and is never too low. What nobody can tell is told as that.

use super::forward::{Order, asking};
use super::look::{Looked, Seen, look_beside};
use super::refusal::Refusal;
use super::visit::Visit;
use crate::access::model::Uses;
use crate::app::App;
use crate::upstreams::{Count, Look, Operation, Told, Unless, number_at, values_at};
use serde_json::Value;
use std::collections::BTreeSet;

/// Most objects that are looked up for one call; of more nobody can tell.
const MOST_LOOKS: usize = 20;

/// How the number of an operation is told, where it is not a fixed one.
pub fn told(operation: &Operation) -> Option<&Told> {
    match &operation.cost.as_ref()?.count {
        Count::Told(told) => Some(told),
        Count::Each(_) => None,
    }
}

/// Whether only what the call changes can tell some of it.
pub fn needs_before(told: &Told, operation: &Operation) -> bool {
    told.look.is_some() || told.fields().any(|field| !operation.tells(&field.join(".")))
}

/// How much the call uses up; `None` when it uses nothing up or nobody can tell.
///
/// Errors: what looking brings and is not for the budget to tell.
pub async fn measure(
    app: &App,
    visit: &mut Visit,
    order: &Order<'_>,
    before: Option<&Seen>,
) -> Result<Option<Uses>, Refusal> {
    let Some(cost) = &order.operation.cost else { return Ok(None) };
    let told = match &cost.count {
        Count::Each(count) => return Ok(Some((cost.unit, *count))),
        Count::Told(told) => told,
    };
    let facts = Facts { body: order.body.as_ref(), before: before.map(|seen| &seen.value) };
    let unseen = order.operation.before.is_some() && before.is_none();
    if told.unless.iter().any(|unless| facts.holds(unless))
        || unseen && needs_before(told, order.operation)
    {
        return Ok(None);
    }
    let entries = told.entries.as_ref().map_or(0, |field| facts.values(field).len());
    let entries = u64::try_from(entries).ok();
    let looked = match &told.look {
        Some(look) => match look_up(app, visit, order, (look, facts)).await {
            Ok(looked) => looked,
            // Nobody can tell; a budget then refuses by itself.
            Err(Refusal::UpstreamFailed(_) | Refusal::UpstreamAnswer(_)) => None,
            Err(refusal) => return Err(refusal),
        },
        None => Some(None),
    };
    let Some((entries, looked)) = entries.zip(looked) else { return Ok(None) };
    // A call that names nobody reaches whom it pleases.
    let nobody = entries == 0 && looked.is_none();
    let sum = entries.checked_add(looked.unwrap_or(0)).filter(|_| !nobody);
    Ok(sum.map(|sum| (cost.unit, sum)))
}

/// What a call says, and the object that it changes.
#[derive(Clone, Copy)]
struct Facts<'a> {
    body: Option<&'a Value>,
    before: Option<&'a Value>,
}

impl<'a> Facts<'a> {
    /// As the body names it, else as the object before does.
    fn values(self, field: &[String]) -> Vec<&'a Value> {
        let of = |value: Option<&'a Value>| value.map(|value| values_at(value, field));
        let said = of(self.body).filter(|said| !said.is_empty());
        said.or_else(|| of(self.before)).unwrap_or_default()
    }

    /// Whether one of them has that value there, or any that says something.
    fn holds(self, unless: &Unless) -> bool {
        let says = |value: &&Value| match &unless.value {
            Some(wanted) => value.as_str() == Some(wanted),
            None => {
                **value != Value::Bool(false)
                    && value.as_str().is_none_or(|text| !text.is_empty())
                    && value.as_object().is_none_or(|object| !object.is_empty())
            }
        };
        let mut both = self.body.into_iter().chain(self.before);
        both.any(|value| values_at(value, &unless.field).iter().any(says))
    }
}

/// The sum over what is named: nothing where nobody can tell, `Some(None)` where nothing is named.
async fn look_up(
    app: &App,
    visit: &mut Visit,
    order: &Order<'_>,
    (look, facts): (&Look, Facts<'_>),
) -> Result<Option<Option<u64>>, Refusal> {
    if look.by.is_empty() && order.operation.before.as_ref() == Some(&look.operation) {
        // It was looked at already.
        return Ok(facts.before.and_then(|seen| number_at(seen, &look.at)).map(Some));
    }
    let Some(shows) = order.upstream.operation(&look.operation) else { return Ok(None) };
    let Some(named) = named(look, facts).filter(|named| named.len() <= MOST_LOOKS) else {
        return Ok(None);
    };
    let own = |named: Vec<(String, String)>| named.into_iter().chain(order.params.iter().cloned());
    let orders = named.into_iter().map(|named| asking(order, shows, own(named).collect()));
    let orders: Vec<Order<'_>> = orders.collect();
    let mut sum: Option<u64> = None;
    for looked in look_beside(app, visit, &orders).await? {
        let Looked::Seen(seen) = looked else { return Ok(None) };
        let Some(number) = number_at(&seen.value, &look.at) else { return Ok(None) };
        let Some(more) = sum.unwrap_or(0).checked_add(number) else { return Ok(None) };
        sum = Some(more);
    }
    Ok(Some(sum))
}

/// The parameters of each object that is named, each object once; `None` where a name is none, or
/// where several parameters name several things and nobody knows which belong together.
fn named(look: &Look, facts: Facts<'_>) -> Option<Vec<Vec<(String, String)>>> {
    let mut rows: Vec<Vec<(String, String)>> = vec![Vec::new()];
    for (param, field) in &look.by {
        let values: Option<BTreeSet<String>> = facts.values(field).into_iter().map(name).collect();
        let values = values?;
        if rows.len() > 1 && values.len() > 1 {
            return None;
        }
        let with = |row: &Vec<(String, String)>, value: String| {
            row.iter().cloned().chain([(param.clone(), value)]).collect()
        };
        rows = values
            .into_iter()
            .flat_map(|value| rows.iter().map(move |row| with(row, value.clone())))
            .collect();
    }
    Some(rows)
}

fn name(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn path(text: &str) -> Vec<String> {
        text.split('.').map(str::to_owned).collect()
    }

    fn look(by: &[(&str, &str)]) -> Look {
        let by = by.iter().map(|(param, field)| ((*param).to_owned(), path(field))).collect();
        Look { operation: "show-list".into(), by, at: path("size") }
    }

    fn rows(look: &Look, body: &Value, before: &Value) -> Option<Vec<String>> {
        let facts = Facts { body: Some(body), before: Some(before) };
        let text = |row: Vec<(String, String)>| {
            row.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join("&")
        };
        named(look, facts).map(|rows| rows.into_iter().map(text).collect())
    }

    #[test]
    fn each_thing_that_is_named_is_looked_at_once() {
        let one = look(&[("list", "to.lists")]);
        let before = json!({ "to": { "lists": [7, "8", 7] } });
        assert_eq!(rows(&one, &json!({}), &before).unwrap(), ["list=7", "list=8"]);
        let body = json!({ "to": { "lists": [9] } });
        assert_eq!(rows(&one, &body, &before).unwrap(), ["list=9"], "the call's own word");
        assert!(rows(&one, &json!({}), &json!({})).unwrap().is_empty());
        assert_eq!(rows(&one, &json!({ "to": { "lists": [true] } }), &before), None);
        assert_eq!(rows(&look(&[]), &body, &before).unwrap(), [""], "the thing itself");
        let two = look(&[("list", "to.lists"), ("segment", "segment")]);
        let body = json!({ "segment": 3 });
        let expected = ["list=7&segment=3", "list=8&segment=3"];
        assert_eq!(rows(&two, &body, &before).unwrap(), expected);
        assert_eq!(rows(&two, &json!({ "segment": [3, 4] }), &before), None);
    }

    #[test]
    fn a_field_with_a_value_is_seen_wherever_it_stands() {
        let (body, before) = (json!({ "all": false }), json!({ "to": { "segments": [] } }));
        let facts = Facts { body: Some(&body), before: Some(&before) };
        for nothing in ["all", "to.segments", "to.others"] {
            assert!(!facts.holds(&any(nothing)), "{nothing}");
        }
        let (body, before) = (json!({ "all": true }), json!({ "to": { "segments": [0] } }));
        let facts = Facts { body: Some(&body), before: Some(&before) };
        assert!(facts.holds(&any("all")) && facts.holds(&any("to.segments")));
        let one = |value: &str| Unless { value: Some(value.into()), ..any("kind") };
        let body = json!({ "kind": "VIEW" });
        let facts = Facts { body: Some(&body), before: None };
        assert!(facts.holds(&one("VIEW")) && !facts.holds(&one("LIST")));
    }

    fn any(field: &str) -> Unless {
        Unless { field: path(field), value: None }
    }
}
