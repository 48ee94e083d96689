//! What one letter allows, described in OpenAPI 3.1, so that a program can be made from it.

use super::calls::{CatalogueCall, Permission, catalogue, is_given};
use crate::access::decide::is_unchanged;
use crate::access::dpop::ALGORITHMS;
use crate::access::model::{Grant, Terms, hash_of};
use crate::app::App;
use crate::kernel::id::GrantId;
use crate::upstreams::Upstream;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The description of a letter; nothing when its terms cannot be read.
pub fn description_of(app: &App, grant: &Grant) -> Option<Value> {
    let upstream = app.upstreams.get(&grant.upstream)?;
    let terms = Terms::read(&grant.terms).ok()?;
    let given = grant.given.as_deref();
    Some(description(&terms, (upstream, given), &gateway_of(app, grant.id)))
}

/// What a letter names and nobody can do with it: each goes on after "can".
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lapsed {
    /// The application's description no longer has it as it was.
    pub changed: BTreeSet<String>,
    /// The application does not give us what it needs for this account.
    pub ungiven: BTreeSet<String>,
}

/// Nothing when its terms cannot be read.
pub fn lapsed(app: &App, grant: &Grant) -> Lapsed {
    let mut found = Lapsed::default();
    let upstream = app.upstreams.get(&grant.upstream);
    let Some((upstream, terms)) = upstream.zip(Terms::read(&grant.terms).ok()) else {
        return found;
    };
    for (id, pinned) in &terms.operations {
        let word = || match upstream.actions.get(&pinned.action) {
            Some(action) => format!("{} ({id})", action.sentence),
            None => id.clone(),
        };
        match upstream.operation(id).filter(|operation| is_unchanged(pinned, operation)) {
            None => found.changed.insert(word()),
            Some(operation) if !is_given(operation, grant.given.as_deref()) => {
                found.ungiven.insert(word())
            }
            Some(_) => false,
        };
    }
    found
}

/// Where programs call with a letter.
pub fn gateway_of(app: &App, grant: GrantId) -> String {
    app.site.link(&format!("/gw/{grant}"))
}

/// The calls that the gateway would let through, and no other; `given` is what the application
/// gives for the account, `server` the letter's own address there. Two calls of one method and
/// path are told apart by their bodies and described as one.
pub fn description(
    terms: &Terms,
    (upstream, given): (&Upstream, Option<&[String]>),
    server: &str,
) -> Value {
    let mut paths: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    let calls = catalogue(terms, (upstream, given)).into_iter();
    for call in calls.filter(|call| call.permission.is_given()) {
        let methods = paths.entry(call.path.clone()).or_default();
        match methods.get_mut(&call.method.to_lowercase()) {
            Some(known) => also(known, &call, upstream),
            None => {
                methods.insert(call.method.to_lowercase(), operation(&call, upstream));
            }
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": format!("{}, through one letter of access", upstream.name),
            "version": terms_name(terms),
            "description": "What this letter of access allows now. It may be narrowed or end at \
                            any moment: calls are then refused with a problem (RFC 9457).",
        },
        "servers": [{ "url": server }],
        "security": [{ "key": [] }, { "boundKey": [], "proof": [] }],
        "paths": paths,
        "components": { "securitySchemes": schemes() },
    })
}

/// A key by itself, or one that is bound to a public key with a proof beside it.
fn schemes() -> Value {
    json!({
        "key": {
            "type": "http", "scheme": "bearer", "description": "A gateway key of this letter.",
        },
        "boundKey": {
            "type": "http", "scheme": "dpop",
            "description": "A gateway key that is bound to a public key, sent as \
                            `Authorization: DPoP agk_..` with a proof.",
        },
        "proof": {
            "type": "apiKey", "in": "header", "name": "DPoP",
            "description": format!("A proof of that key for this one call (RFC 9449 section 4.2): \
                a JWS with typ dpop+jwt, alg {}, the public key as jwk, and the claims jti, htm, \
                htu (server and path, without query), iat (taken for a minute) and ath (SHA-256 \
                of the gateway key in base64url).", ALGORITHMS.replace(' ', " or ")),
        },
    })
}

fn terms_name(terms: &Terms) -> String {
    let text = terms.text().unwrap_or_default();
    let hash = hex::encode(hash_of(&text));
    hash.get(..12).unwrap_or_default().to_owned()
}

fn operation(call: &CatalogueCall, upstream: &Upstream) -> Value {
    let told = |text: &str| json!({ "description": text });
    let mut responses = Map::from_iter([
        ("2XX".to_owned(), answer(call)),
        ("4XX".to_owned(), told("Refused, by the application or by the letter.")),
        ("5XX".to_owned(), told("The application or the gateway cannot.")),
    ]);
    let asks = call.permission == Permission::Asked;
    if asks {
        let text = "Nothing was sent: the customer is asked for a yes to exactly this call. Ask at \
                    /approvals/{approval}, then send the same again.";
        responses.insert("202".to_owned(), told(text));
    }
    let described = [
        ("operationId", Some(json!(call.id))),
        ("summary", Some(json!(call.title))),
        ("parameters", Some(json!(parameters(call, upstream)))),
        ("requestBody", body(call, upstream)),
        ("responses", Some(Value::Object(responses))),
        ("x-risk", Some(json!(call.risk.as_str()))),
        ("x-asks", asks.then_some(Value::Bool(true))),
        ("x-withheld", (!call.withheld.is_empty()).then(|| json!(call.withheld))),
    ];
    let there = described.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(there.collect())
}

/// What the application answers, of which nobody here knows more than that it is JSON or a file.
fn answer(call: &CatalogueCall) -> Value {
    let media = if call.download { "*/*" } else { "application/json" };
    let content = json!({ media: { "schema": {} } });
    json!({ "description": "What the application answers.", "content": content })
}

/// A further call at the same address: its fields are taken too.
fn also(known: &mut Value, call: &CatalogueCall, upstream: &Upstream) {
    if let Some(Value::String(summary)) = known.get_mut("summary") {
        summary.push_str(&format!("; or: {}", call.title));
    }
    let at = format!("/requestBody/content/{}/schema/properties", media(call));
    if let Some(properties) = known.pointer_mut(&at).and_then(Value::as_object_mut) {
        for field in &call.fields {
            insert(properties, field, &holds(upstream, field));
        }
    }
}

fn parameters(call: &CatalogueCall, upstream: &Upstream) -> Vec<Value> {
    let template = upstream.operation(&call.id);
    let in_path = template.iter().flat_map(|o| o.path.params()).map(|name| {
        json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } })
    });
    let repeats = |name: &String| template.is_some_and(|o| o.repeats.contains(name));
    let in_query = call.query.iter().map(|name| {
        let kind = upstream.types.get(name).map_or("string", |kind| kind.as_str());
        let one = json!({ "type": kind });
        let schema = if repeats(name) { json!({ "type": "array", "items": one }) } else { one };
        json!({ "name": name, "in": "query", "schema": schema })
    });
    in_path.chain(in_query).collect()
}

/// The media type as it stands in a JSON pointer.
fn media(call: &CatalogueCall) -> &'static str {
    if call.form { "application~1x-www-form-urlencoded" } else { "application~1json" }
}

fn body(call: &CatalogueCall, upstream: &Upstream) -> Option<Value> {
    let operation = upstream.operation(&call.id)?;
    if !operation.takes_body() {
        return None;
    }
    let mut properties = Map::new();
    for field in &call.fields {
        insert(&mut properties, field, &holds(upstream, field));
    }
    let schema = json!({
        "type": "object",
        "properties": properties,
        "additionalProperties": operation.more_fields.is_some(),
    });
    let media = media(call).replace("~1", "/");
    let content = json!({ media: { "schema": schema } });
    Some(json!({ "content": content, "x-most-bytes": call.most_body }))
}

/// What a field holds: anything, where the catalogue does not say.
fn holds(upstream: &Upstream, field: &str) -> Value {
    upstream.types.get(field).map_or_else(|| json!({}), |kind| json!({ "type": kind.as_str() }))
}

/// A field may be a part: `to.lists` is a property of a property.
fn insert(properties: &mut Map<String, Value>, field: &str, schema: &Value) {
    let Some((first, rest)) = field.split_once('.') else {
        properties.entry(field.to_owned()).or_insert_with(|| schema.clone());
        return;
    };
    let outer = properties.entry(first.to_owned()).or_insert_with(|| json!({}));
    if outer.get("properties").is_none() {
        *outer = json!({ "type": ["object", "array"], "properties": {} });
    }
    if let Some(Value::Object(inner)) = outer.get_mut("properties") {
        insert(inner, rest, schema);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::samples::{larkfield, terms};

    #[test]
    fn every_call_that_is_allowed_is_described_and_no_other() {
        let upstream = larkfield();
        for preset in &upstream.presets {
            let terms = terms(&upstream, &preset.id);
            let described = description(&terms, (&upstream, None), "http://127.0.0.1/gw/g");
            let mut ids: Vec<String> = described["paths"]
                .as_object()
                .unwrap()
                .values()
                .flat_map(|methods| methods.as_object().unwrap().values())
                .map(|operation| operation["operationId"].as_str().unwrap().to_owned())
                .collect();
            ids.sort();
            let allowed: Vec<String> = terms.operations.keys().cloned().collect();
            assert_eq!(ids, allowed, "{}", preset.id);
        }
    }

    #[test]
    fn what_the_account_does_not_give_is_not_described() {
        let upstream = larkfield();
        let terms = terms(&upstream, "run-campaigns");
        let scopes = |id: &String| &upstream.operation(id).unwrap().scopes;
        let lost = terms.operations.keys().flat_map(scopes).next().unwrap().clone();
        let held = terms.operations.keys().flat_map(scopes).filter(|scope| **scope != lost);
        let held: Vec<String> = held.cloned().collect();
        let described = description(&terms, (&upstream, Some(&held)), "http://127.0.0.1/gw/g");
        let paths = described["paths"].as_object().unwrap().values();
        let ids = paths.flat_map(|methods| methods.as_object().unwrap().values());
        let ids: BTreeSet<String> =
            ids.map(|operation| operation["operationId"].as_str().unwrap().to_owned()).collect();
        assert!(!ids.is_empty(), "the others stay");
        for id in terms.operations.keys() {
            assert_eq!(ids.contains(id), !scopes(id).contains(&lost), "{id}");
        }
    }

    #[test]
    fn what_the_catalogue_knows_of_fields_is_served() {
        let upstream = larkfield();
        let terms = terms(&upstream, "full-operator");
        let described = description(&terms, (&upstream, None), "http://127.0.0.1/gw/g");
        let adds = &described["paths"]["/contacts"]["post"]["requestBody"];
        let fields = &adds["content"]["application/json"]["schema"]["properties"];
        assert_eq!(fields["email"], json!({ "type": "string" }));
        assert_eq!(fields["tags"], json!({ "type": "array" }));
        assert_eq!(adds["x-most-bytes"], 65_536);
        let looks = described["paths"]["/contacts"]["get"]["parameters"].as_array().unwrap();
        let limit = looks.iter().find(|parameter| parameter["name"] == "limit").unwrap();
        assert_eq!(limit["schema"], json!({ "type": "integer" }));
        let export = &described["paths"]["/contacts/export"]["post"]["responses"]["2XX"];
        assert!(export["content"].get("*/*").is_some(), "{export}");
    }

    #[test]
    fn parts_of_fields_are_properties_of_properties() {
        let mut properties = Map::new();
        for field in ["name", "to.lists", "to.segment.id", "name"] {
            insert(&mut properties, field, &json!({}));
        }
        assert_eq!(properties["name"], json!({}));
        let to = &properties["to"]["properties"];
        assert_eq!(to["lists"], json!({}));
        assert_eq!(to["segment"]["properties"]["id"], json!({}));
    }
}
