//! Who may import whom. The domain's modules form one direction without cycles; each outside
//! library is known in one place only.

use super::paths::{self, Named};
use super::tree::{File, Finding};

/// What stands below every feature.
const GROUND: &[&str] = &["kernel", "platform", "outside", "app"];

/// A module of the crate `api`, and what it may name besides itself.
const BELOW: &[(&str, &[&str])] = &[
    ("kernel", &[]),
    ("platform", &["kernel"]),
    ("outside", &["kernel", "platform"]),
    ("app", &["kernel", "platform", "outside"]),
];

/// A feature, and the features it may name; the ground it may name anyway.
const FEATURES: &[(&str, &[&str])] = &[
    ("identity", &[]),
    ("upstreams", &[]),
    ("notices", &["identity"]),
    ("program", &["identity"]),
    ("directory", &["identity", "program", "upstreams"]),
    ("scheduling", &["identity", "directory"]),
    ("matching", &["identity", "program", "directory", "scheduling", "upstreams"]),
    ("engagements", &["matching", "identity", "program", "directory", "scheduling", "upstreams"]),
    ("billing", &["identity", "program", "engagements"]),
    ("access", &["identity", "program", "engagements", "upstreams"]),
    ("community", &["identity", "directory", "engagements"]),
    (
        "insight",
        &[
            "identity",
            "upstreams",
            "notices",
            "program",
            "directory",
            "scheduling",
            "matching",
            "engagements",
            "billing",
            "access",
            "community",
        ],
    ),
];

/// The two tables of the crate `api` that name every feature.
const TABLES: &[&str] = &["routes", "events"];

/// Inside a feature, a part names only parts of a lower rank: http -> ops -> policy and store
/// (which do not name each other) -> model, engine and error.
const RANKS: &[(&str, u8)] = &[
    ("error", 0),
    ("model", 0),
    ("engine", 0),
    ("policy", 1),
    ("store", 1),
    ("ops", 2),
    ("http", 3),
];

/// Parts of the kernel whose types are columns and JSON as they stand, so that they carry the type
/// traits of both libraries; nothing else of these libraries is used there.
const DERIVING: &[&str] = &["id", "ids", "money", "text_enum"];

pub fn check(files: &[File]) -> Vec<Finding> {
    files.iter().filter(|file| file.is("rs") && !file.is_foreign()).flat_map(check_one).collect()
}

fn check_one(file: &File) -> Vec<Finding> {
    let module = module_of(&file.path);
    let named = match paths::named_in(&file.text, &module) {
        Ok(named) => named,
        Err(error) => return vec![file.finding("syntax", 1, error)],
    };
    let mut findings = Vec::new();
    for path in &named {
        let problem = if file.is_under("api/src") {
            api_edge(&module, path).or_else(|| library(&module, path))
        } else if file.is_under("web/src") {
            web_edge(path).or_else(|| library_outside_api(path))
        } else if file.is_under("sandbox/src") {
            sandbox_edge(path)
        } else if file.is_under("src") {
            library_outside_api(path)
        } else {
            None
        };
        findings.extend(problem.map(|what| file.finding("import", path.line, what)));
    }
    findings.dedup_by(|a, b| a.line == b.line && a.what == b.what);
    findings
}

/// `api/src/billing/store/rows.rs` is billing::store::rows.
fn module_of(path: &str) -> Vec<String> {
    let inside = path.split_once("src/").map_or(path, |(_, inside)| inside);
    let mut parts: Vec<String> =
        inside.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if parts.last().is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str())) {
        parts.pop();
    }
    parts
}

fn api_edge(module: &[String], path: &Named) -> Option<String> {
    let (from, to) = (module.first()?.as_str(), path.first());
    // A macro that a module exports stands at the crate's root.
    let exported_macro = path.segments.len() == 1 && !is_module(to);
    if !path.own_crate || TABLES.contains(&from) || exported_macro {
        return None;
    }
    if from == to {
        return feature(from).and_then(|_| rank_edge(module, path));
    }
    let below = BELOW.iter().find(|(name, _)| *name == from).map(|(_, below)| *below);
    let allowed = match (below, feature(from)) {
        (Some(below), _) => below.contains(&to),
        (None, Some(features)) => GROUND.contains(&to) || features.contains(&to),
        (None, None) => {
            return Some(format!("`{from}` is not in the table of modules: add it there"));
        }
    };
    (!allowed).then(|| {
        format!("`{from}` may not name `{to}`: send an event upward, or move what both need down")
    })
}

fn rank_edge(module: &[String], path: &Named) -> Option<String> {
    let (from, to) = (module.get(1)?, path.segments.get(1)?);
    let rank_of = |part: &str| RANKS.iter().find(|(name, _)| *name == part).map(|(_, rank)| *rank);
    let (own, other) = (rank_of(from)?, rank_of(to)?);
    let higher = own < other || (own == other && own > 0 && from != to);
    higher.then(|| format!("`{from}` may not name `{to}`: http -> ops -> policy, store -> model"))
}

fn is_module(name: &str) -> bool {
    BELOW.iter().any(|(module, _)| *module == name)
        || TABLES.contains(&name)
        || feature(name).is_some()
}

fn feature(name: &str) -> Option<&'static [&'static str]> {
    FEATURES.iter().find(|(feature, _)| *feature == name).map(|(_, below)| *below)
}

/// The libraries that one place knows, inside the crate `api`.
fn library(module: &[String], path: &Named) -> Option<String> {
    if path.own_crate {
        return None;
    }
    let parts: Vec<&str> = module.iter().map(String::as_str).collect();
    let derives = matches!(parts.as_slice(), ["kernel", part, ..] if DERIVING.contains(part));
    let library = path.first();
    if library.starts_with("diesel") {
        let stores = parts.iter().skip(1).any(|part| *part == "store");
        let allowed = stores || derives || parts.starts_with(&["platform", "db"]);
        return (!allowed).then(|| format!("`{library}`: only a store and platform::db know it"));
    }
    if library.starts_with("poem") {
        let allowed = derives || parts.get(1) == Some(&"http") || parts.first() == Some(&"routes");
        return (!allowed)
            .then(|| format!("`{library}`: only an http part and platform::http know it"));
    }
    let at_home =
        matches!(parts.as_slice(), ["outside", "payments", part, ..] if part.starts_with("stripe"));
    if at_home { None } else { stripe(path) }
}

fn library_outside_api(path: &Named) -> Option<String> {
    if path.own_crate {
        return None;
    }
    let library = path.first();
    if library.starts_with("diesel") {
        return Some(format!("`{library}`: pages and commands call the api's operations"));
    }
    stripe(path)
}

fn stripe(path: &Named) -> Option<String> {
    let library = path.first();
    let known = library == "stripe"
        || library.starts_with("stripe_")
        || library.starts_with("async_stripe");
    (!path.own_crate && known)
        .then(|| format!("`{library}`: only outside::payments::stripe knows it"))
}

/// Pages see a feature's operations, and of the rest only what a handler needs.
fn web_edge(path: &Named) -> Option<String> {
    if path.own_crate || path.first() != "api" {
        return None;
    }
    let to = path.segments.get(1).map_or("", String::as_str);
    let part = path.segments.get(2).map_or("", String::as_str);
    let allowed = feature(to).is_some()
        || ["kernel", "app"].contains(&to)
        || (to == "platform" && ["http", "caller", "refusal"].contains(&part));
    (!allowed).then(|| {
        format!(
            "`api::{to}`: pages name features, kernel, app, platform::{{http, caller, refusal}}"
        )
    })
}

fn sandbox_edge(path: &Named) -> Option<String> {
    let foreign = !path.own_crate && ["api", "web", "attache"].contains(&path.first());
    let what = format!("`{}`: the outside world knows nothing of us", path.first());
    foreign.then_some(what)
}

mod tests {
    use super::super::tree::verdict;
    use super::*;

    fn said(path: &str, text: &str) -> Vec<String> {
        verdict(check, path, text)
    }

    #[test]
    fn the_features_have_no_cycle() {
        let place = |name: &str| FEATURES.iter().position(|(feature, _)| *feature == name);
        for (feature, below) in FEATURES {
            for lower in *below {
                assert!(place(lower) < place(feature), "{feature} names {lower}");
            }
        }
    }

    #[test]
    fn an_edge_that_is_not_listed_is_refused() {
        assert_eq!(said("api/src/engagements/ops.rs", "use crate::billing::Fee;"), ["1 import"]);
        assert_eq!(said("api/src/kernel/money.rs", "\nuse crate::platform::db;"), ["2 import"]);
        assert_eq!(said("api/src/app.rs", "use crate::identity::Person;"), ["1 import"]);
        assert_eq!(said("api/src/misnamed/ops.rs", "use crate::kernel::id;"), ["1 import"]);
        assert_eq!(said("api/src/kernel/money.rs", "crate::text_enum! {}"), [""; 0]);
        assert_eq!(said("api/src/kernel/money.rs", "use crate::billing;"), ["1 import"]);
        assert_eq!(
            said("api/src/billing/ops.rs", "use crate::{engagements::E, app::App};"),
            [""; 0]
        );
        assert_eq!(said("api/src/events.rs", "use crate::{billing, access};"), [""; 0]);
    }

    #[test]
    fn the_parts_of_a_feature_form_one_direction() {
        assert_eq!(said("api/src/billing/model.rs", "use super::store::row;"), ["1 import"]);
        assert_eq!(said("api/src/billing/store/rows.rs", "use crate::billing::ops;"), ["1 import"]);
        assert_eq!(said("api/src/billing/http.rs", "use super::ops::{pay, refund};"), [""; 0]);
        assert_eq!(said("api/src/billing/policy.rs", "use super::store;"), ["1 import"]);
        assert_eq!(said("api/src/billing/error.rs", "use super::model::Fee;"), [""; 0]);
        assert_eq!(said("api/src/billing/ops/pay.rs", "use super::super::store;"), [""; 0]);
    }

    #[test]
    fn each_library_is_known_in_one_place() {
        assert_eq!(said("api/src/billing/ops.rs", "use diesel::prelude::*;"), ["1 import"]);
        assert_eq!(said("api/src/billing/store/rows.rs", "use diesel_async::X;"), [""; 0]);
        assert_eq!(
            said("api/src/kernel/ids.rs", "#[derive(poem_openapi::NewType)] struct A;"),
            [""; 0]
        );
        assert_eq!(
            said("api/src/billing/model.rs", "#[derive(poem_openapi::Object)]"),
            ["1 import"]
        );
        assert_eq!(said("api/src/billing/http/pay.rs", "use poem_openapi::Object;"), [""; 0]);
        assert_eq!(said("api/src/billing/ops.rs", "fn f(a: stripe_core::A) {}"), ["1 import"]);
        assert_eq!(said("api/src/outside/payments/stripe/a.rs", "use stripe_core::A;"), [""; 0]);
        assert_eq!(said("web/src/pages/billing.rs", "use diesel::dsl;"), ["1 import"]);
    }

    #[test]
    fn pages_and_the_outside_world_keep_their_distance() {
        assert_eq!(
            said("web/src/pages/a.rs", "use api::{billing::ops, platform::http::Caller};"),
            [""; 0]
        );
        assert_eq!(said("web/src/pages/a.rs", "use api::platform::db::Db;"), ["1 import"]);
        assert_eq!(said("sandbox/src/mail.rs", "use api::kernel::money;"), ["1 import"]);
    }
}
