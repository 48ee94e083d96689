//! `expand[]`: an id replaced by the object that it names.

use serde_json::Value;

use super::{
    accounts, books, charges, checkout, customers, disputes, intents, methods, payouts, refunds,
    refusal::Refusal, reversals, setups, state::State, transfers,
};

/// How deep a path may go.
const DEEPEST: usize = 4;

/// Replaces the ids at `paths` (`data.source`, `payment_intent.latest_charge`) by their objects.
///
/// # Errors
/// A path is too deep, or there is nothing there that can be expanded.
pub(super) fn expand(state: &State, object: &mut Value, paths: &[&str]) -> Result<(), Refusal> {
    for path in paths {
        let parts: Vec<&str> = path.split('.').collect();
        if parts.len() > DEEPEST || !open(state, object, &parts) {
            let message = format!("This cannot be expanded: {path}.");
            return Err(Refusal::parameter("parameter_invalid", "expand", message));
        }
    }
    Ok(())
}

/// Whether the path led somewhere.
fn open(state: &State, value: &mut Value, path: &[&str]) -> bool {
    let Some((first, rest)) = path.split_first() else { return true };
    if *first == "data" && value.get("object").is_some_and(|kind| kind == "list") {
        let rows = value.get_mut("data").and_then(Value::as_array_mut);
        return rows.is_some_and(|rows| rows.iter_mut().all(|row| open(state, row, rest)));
    }
    add_left_out(state, value, first);
    match value.get_mut(*first) {
        Some(Value::Null) => true,
        Some(Value::String(id)) if *first != "id" => {
            let Some(mut object) = find(state, id) else { return false };
            let opened = open(state, &mut object, rest);
            put(value, first, object);
            opened
        }
        Some(object @ Value::Object(_)) => open(state, object, rest),
        _ => false,
    }
}

/// Puts in what an object shows only when asked.
fn add_left_out(state: &State, value: &mut Value, name: &str) {
    let Some(id) = value.get("id").and_then(Value::as_str) else { return };
    let kind = value.get("object").and_then(Value::as_str);
    let left_out = match (kind, name) {
        (Some("checkout.session"), "line_items") => {
            state.sessions.get(id).map(checkout::line_items_of)
        }
        (Some("charge"), "refunds") => Some(charges::refunds_of(state, id)),
        _ => None,
    };
    if let Some(left_out) = left_out {
        put(value, name, left_out);
    }
}

fn put(value: &mut Value, name: &str, field: Value) {
    if let Some(fields) = value.as_object_mut() {
        fields.insert(name.to_owned(), field);
    }
}

fn find(state: &State, id: &str) -> Option<Value> {
    let (prefix, _) = id.split_once('_')?;
    match prefix {
        "acct" => state.accounts.get(id).map(accounts::render),
        "ch" | "py" => state.charges.get(id).map(|charge| charges::render(state, charge)),
        "cus" => state.customers.get(id).map(customers::render),
        "cs" => state.sessions.get(id).map(|session| checkout::render(state, session)),
        "dp" => state.disputes.get(id).map(|dispute| disputes::render(state, dispute)),
        "pi" => state.intents.get(id).map(intents::render),
        "pm" => state.methods.get(id).map(methods::render),
        "po" => state.payouts.get(id).map(payouts::render),
        "pyr" | "re" => state.refunds.get(id).map(refunds::render),
        "seti" => state.setups.get(id).map(setups::render),
        "tr" => state.transfers.get(id).map(|transfer| transfers::render(state, transfer)),
        "trr" => state.reversals.get(id).map(reversals::render),
        "txn" => state.books.movements.get(id).map(books::render),
        _ => None,
    }
}
