//! The form of one call: blanks for what its address, query and body take, made from the catalogue
//! as far as the letter permits it, and what was typed into them.

use api::access::{CatalogueCall, Permission, Trial, Written};
use api::upstreams::Risk;
use serde::Serialize;
use serde_json::{Map, Value};

use super::calls::{risk, state};
use crate::site::Form;
use crate::view::{Errors, Link, State};

/// One blank; its name is also its id.
#[derive(Debug, Clone, Serialize)]
pub struct Blank {
    pub name: String,
    pub label: String,
    pub value: String,
    pub hint: String,
    pub error: Option<String>,
}

/// The chosen call.
#[derive(Debug, Serialize)]
pub struct CallForm {
    pub id: String,
    pub title: String,
    pub address: String,
    pub risk: &'static str,
    pub state: State,
    pub params: Vec<Blank>,
    pub query: Vec<Blank>,
    pub fields: Vec<Blank>,
    /// How values of fields are read; empty when they are always texts.
    pub reading: String,
    /// The whole body instead of the fields.
    pub body: Option<Blank>,
    pub send: &'static str,
}

/// Where blanks of each kind are named.
const PARAM: &str = "p-";
const QUERY: &str = "q-";
const FIELD: &str = "f-";
const BODY: &str = "body";

impl CallForm {
    pub fn of(call: &CatalogueCall, typed: &Form, errors: &Errors) -> Self {
        let blank = |kind: &str, name: &String| {
            let at = format!("{kind}{name}");
            Blank {
                label: name.clone(),
                value: typed.get(&at).to_owned(),
                hint: only(call, name),
                error: errors.on.get(&at).cloned(),
                name: at,
            }
        };
        let blanks = |kind: &str, names: &[String]| {
            names.iter().map(|name| blank(kind, name)).collect::<Vec<_>>()
        };
        let whole = Blank {
            name: BODY.to_owned(),
            label: "Whole body".to_owned(),
            value: typed.get(BODY).to_owned(),
            hint: if call.form { "As a form: a=1&b=2." } else { "As JSON." }.to_owned(),
            error: errors.on.get(BODY).cloned(),
        };
        Self {
            id: call.id.clone(),
            title: call.title.clone(),
            address: format!("{} {}", call.method, call.path),
            risk: risk(call.risk),
            state: state(call.permission),
            params: blanks(PARAM, &call.params),
            query: blanks(QUERY, &call.query),
            fields: blanks(FIELD, &call.fields),
            reading: if call.form { String::new() } else { READING.to_owned() },
            body: call.takes_body.then_some(whole),
            send: match (call.risk, call.permission) {
                (Risk::Read, _) => "Send",
                (_, Permission::Asked) => "See what is asked for",
                _ => "See what is sent",
            },
        }
    }
}

const READING: &str = "Numbers, true, false, null, [lists] and {objects} go as JSON, everything \
                       else as text. Put a number into \"quotes\" to send it as text.";

/// The things that a limited letter is for.
fn only(call: &CatalogueCall, name: &str) -> String {
    let ids = call.only.get(name).filter(|_| call.permission == Permission::Limited);
    ids.map(|ids| format!("Your letter is for: {}", ids.join(", "))).unwrap_or_default()
}

/// What was filled in, and what is wrong with it.
pub fn read(call: &CatalogueCall, form: &Form) -> (Trial, Errors) {
    let filled = |kind: &str, names: &[String]| {
        let pair =
            |name: &String| Some((name.clone(), form.given(&format!("{kind}{name}"))?.to_owned()));
        names.iter().filter_map(pair).collect::<Vec<_>>()
    };
    let mut errors = Errors::default();
    let fields = filled(FIELD, &call.fields);
    let whole = form.given(BODY).filter(|_| call.takes_body);
    if whole.is_some() && !fields.is_empty() {
        errors.add(BODY, "Fill in the fields or the whole body, not both");
    }
    let body = match whole {
        Some(whole) => Some(whole.to_owned()),
        None if fields.is_empty() => None,
        None if call.form => {
            let mut form = url::form_urlencoded::Serializer::new(String::new());
            Some(form.extend_pairs(&fields).finish())
        }
        None => Some(json(&fields)),
    };
    let (params, query) = (filled(PARAM, &call.params), filled(QUERY, &call.query));
    (Trial { operation: call.id.clone(), params, query, body }, errors)
}

/// The fields as one object; a name with dots stands inside.
fn json(fields: &[(String, String)]) -> String {
    let mut whole = Map::new();
    for (name, text) in fields {
        put(&mut whole, name, value(text));
    }
    serde_json::to_string_pretty(&Value::Object(whole)).unwrap_or_default()
}

fn put(object: &mut Map<String, Value>, name: &str, value: Value) {
    let Some((top, inside)) = name.split_once('.') else {
        object.insert(name.to_owned(), value);
        return;
    };
    let next = object.entry(top).or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(next) = next {
        put(next, inside, value);
    }
}

fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

/// Everything that was typed, to be carried along unseen.
pub fn as_typed(call: &CatalogueCall, form: &Form) -> Vec<Link> {
    let of = |kind: &str, names: &[String]| {
        names.iter().map(|name| format!("{kind}{name}")).collect::<Vec<_>>()
    };
    let names = of(PARAM, &call.params).into_iter().chain(of(QUERY, &call.query));
    let names = names.chain(of(FIELD, &call.fields)).chain([BODY.to_owned()]);
    let typed = names.filter(|name| !form.get(name).is_empty());
    let typed = typed.map(|name| Link::new(&name, form.get(&name)));
    std::iter::once(Link::new("operation", &call.id)).chain(typed).collect()
}

/// The same call as a line for a shell. The key is a variable of the shell: none is ever shown.
pub fn curl(gateway: &str, call: &CatalogueCall, written: Option<&Written>) -> String {
    let mut line = "curl".to_owned();
    if call.method != "GET" {
        line.push_str(&format!(" -X {}", call.method));
    }
    line.push_str(" -H \"Authorization: Bearer $ATTACHE_KEY\"");
    let path = written.map_or(call.path.as_str(), |written| written.path.as_str());
    let query = written.and_then(|written| written.query.as_ref());
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    if let Some((kind, body)) = written.and_then(|w| Some((w.kind?, w.body.as_ref()?))) {
        let body = if call.form { body.clone() } else { compact(body) };
        line.push_str(&format!(" -H 'Content-Type: {kind}' --data-raw {}", quoted(&body)));
    }
    line.push(' ');
    line.push_str(&quoted(&format!("{gateway}{path}{query}")));
    line
}

/// The same JSON on one line; whatever is none stays as it is.
fn compact(body: &str) -> String {
    let value: Option<Value> = serde_json::from_str(body).ok();
    value.map_or_else(|| body.to_owned(), |value| value.to_string())
}

/// One word of a shell, whatever is in it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

impl CallForm {
    pub fn sample_look() -> Self {
        let call = CatalogueCall {
            query: vec!["cursor".into(), "limit".into()],
            ..sample("list-lists", "GET", "/lists", Risk::Read)
        };
        Self::of(&call, &Form::default(), &Errors::default())
    }

    pub fn sample_write() -> Self {
        let call = CatalogueCall {
            params: vec!["campaign".into()],
            only: [("campaign".to_owned(), vec!["cmp_1".to_owned()])].into(),
            fields: vec!["name".into(), "subject".into()],
            takes_body: true,
            permission: Permission::Limited,
            ..sample("change-campaign", "PATCH", "/campaigns/{campaign}", Risk::Write)
        };
        let errors = [("p-campaign", "Fill this in")].into_iter().collect();
        Self::of(&call, &Form::parse(b"f-name=Spring"), &errors)
    }
}

fn sample(id: &str, method: &str, path: &str, risk: Risk) -> CatalogueCall {
    CatalogueCall {
        id: id.into(),
        title: "Looked through lists".into(),
        method: method.into(),
        path: path.into(),
        risk,
        query: Vec::new(),
        fields: Vec::new(),
        params: Vec::new(),
        only: Default::default(),
        takes_body: false,
        form: false,
        download: false,
        most_body: 1024 * 1024,
        withheld: Vec::new(),
        permission: Permission::Given,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call() -> CatalogueCall {
        CatalogueCall {
            params: vec!["list".into()],
            query: vec!["limit".into()],
            fields: vec!["name".into(), "size".into(), "to.mail".into()],
            takes_body: true,
            ..sample("x", "POST", "/lists/{list}", Risk::Write)
        }
    }

    #[test]
    fn what_is_typed_is_json_where_it_reads_as_json() {
        let form = Form::parse(b"p-list=l+1&f-name=Spring&f-size=3&f-to.mail=%221%22&f-other=x");
        let (trial, errors) = read(&call(), &form);
        assert!(errors.is_empty());
        assert_eq!(trial.params, [("list".to_owned(), "l 1".to_owned())]);
        let body: Value = serde_json::from_str(&trial.body.unwrap()).unwrap();
        assert_eq!(body, serde_json::json!({"name": "Spring", "size": 3, "to": {"mail": "1"}}));
        let both = Form::parse(b"p-list=1&f-name=a&body=%7B%7D");
        assert!(read(&call(), &both).1.on.contains_key("body"));
        let none = read(&call(), &Form::parse(b"p-list=1&f-name=+")).0;
        assert_eq!(none.body, None);
    }

    #[test]
    fn a_line_for_a_shell_holds_nothing_that_a_shell_reads() {
        let written = Written {
            title: String::new(),
            risk: Risk::Write,
            method: poem::http::Method::POST,
            path: "/lists/1".into(),
            query: Some("limit=2".into()),
            kind: Some("application/json"),
            body: Some("{\n \"name\": \"it's $HOME `x`\"}".into()),
        };
        let line = curl("https://p.example/gw/g", &call(), Some(&written));
        assert_eq!(
            line,
            "curl -X POST -H \"Authorization: Bearer $ATTACHE_KEY\" \
             -H 'Content-Type: application/json' \
             --data-raw '{\"name\":\"it'\\''s $HOME `x`\"}' \
             'https://p.example/gw/g/lists/1?limit=2'"
        );
    }
}
