//! The operations as the description tells them, and bodies made from its schemas: one that can
//! be read, and the many that break it in one place each.

use reqwest::Method;
use serde_json::{Map, Value, json};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];
/// Deeper than any body of ours.
const DEEPEST: u8 = 12;

#[derive(Clone)]
pub struct Operation {
    pub method: Method,
    pub path: String,
    /// Whole, as the description has it.
    pub op: Value,
}

pub struct Description(&'static Value);

impl Description {
    pub fn read() -> Self {
        Self(api::routes::description())
    }

    pub fn schemas(&self) -> &Map<String, Value> {
        self.0["components"]["schemas"].as_object().unwrap()
    }

    pub fn operations(&self) -> Vec<Operation> {
        let paths = self.0["paths"].as_object().unwrap();
        let items = paths.iter().flat_map(|(path, item)| {
            let methods = item.as_object().unwrap().iter();
            methods.map(move |(method, op)| (method.clone(), path.clone(), op.clone()))
        });
        let described = items.filter(|(method, ..)| METHODS.contains(&method.as_str()));
        let whole = |(method, path, op): (String, String, Value)| Operation {
            method: method.to_uppercase().parse().unwrap(),
            path,
            op,
        };
        described.map(whole).collect()
    }

    /// What an operation's JSON body looks like; nothing when it takes none.
    pub fn body(&self, operation: &Operation) -> Option<&Value> {
        let at = operation.json_body()?;
        let name = at["$ref"].as_str()?.rsplit('/').next()?;
        self.schemas().get(name)
    }

    /// A value that can be read as the schema says; whether it is allowed is another matter.
    pub fn sample(&self, schema: &Value) -> Value {
        self.deeper(schema, 0)
    }

    fn deeper(&self, schema: &Value, depth: u8) -> Value {
        if depth > DEEPEST {
            return Value::Null;
        }
        if let Some(name) = schema["$ref"].as_str() {
            let target = self.schemas().get(name.rsplit('/').next().unwrap());
            return target.map_or(Value::Null, |target| self.deeper(target, depth + 1));
        }
        for union in ["allOf", "anyOf", "oneOf"] {
            if let Some(part) = schema[union].as_array().and_then(|parts| parts.first()) {
                return self.deeper(part, depth + 1);
            }
        }
        if let Some(first) = schema["enum"].as_array().and_then(|values| values.first()) {
            return first.clone();
        }
        match schema["type"].as_str() {
            Some("object") => {
                let parts = schema["properties"].as_object().into_iter().flatten();
                let filled = parts.map(|(name, part)| (name.clone(), self.deeper(part, depth + 1)));
                Value::Object(filled.collect())
            }
            Some("array") => json!([self.deeper(&schema["items"], depth + 1)]),
            Some("integer" | "number") => json!(1),
            Some("boolean") => json!(true),
            _ => text(schema["format"].as_str().unwrap_or_default()),
        }
    }
}

fn text(format: &str) -> Value {
    json!(match format {
        "uuid" => "01890000-0000-7000-8000-000000000000",
        "date" | "naive-date" => "2031-05-12",
        "date-time" => "2031-05-12T10:00:00Z",
        "time" | "naive-time" => "10:00:00",
        _ => "some words",
    })
}

impl Operation {
    pub fn is_public(&self) -> bool {
        self.op["security"].as_array().is_some_and(Vec::is_empty)
    }

    pub fn moves_money(&self) -> bool {
        self.parameters("header").any(|p| p["name"] == "Idempotency-Key" && p["required"] == true)
    }

    pub fn edits_a_version(&self) -> bool {
        self.parameters("header").any(|p| p["name"] == "If-Match")
    }

    pub fn parameters<'a>(&'a self, place: &'a str) -> impl Iterator<Item = &'a Value> {
        let all = self.op["parameters"].as_array().into_iter().flatten();
        all.filter(move |parameter| parameter["in"] == place)
    }

    pub fn query_names(&self) -> Vec<String> {
        self.parameters("query").map(|p| p["name"].as_str().unwrap().to_owned()).collect()
    }

    pub fn takes_a_file(&self) -> bool {
        self.content().is_some_and(|content| content.contains_key("multipart/form-data"))
    }

    fn content(&self) -> Option<&Map<String, Value>> {
        self.op["requestBody"]["content"].as_object()
    }

    fn json_body(&self) -> Option<&Value> {
        let mut kinds = self.content()?.iter();
        let (_, content) = kinds.find(|(kind, _)| kind.starts_with("application/json"))?;
        Some(&content["schema"])
    }

    /// The path with each parameter filled in by its name.
    pub fn filled(&self, fill: impl Fn(&str) -> String) -> String {
        let part = |part: &str| match part.strip_prefix('{').and_then(|p| p.strip_suffix('}')) {
            Some(name) => fill(name),
            None => part.to_owned(),
        };
        self.path.split('/').map(part).collect::<Vec<_>>().join("/")
    }
}
