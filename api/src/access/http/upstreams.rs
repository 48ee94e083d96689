//! Upstreams over HTTP: what a program's people may choose from.

use super::Tag;
use crate::app::App;
use crate::identity::Auth;
use crate::platform::http::Failure;
use crate::platform::http::reply::{Found, found};
use crate::platform::refusal::Common;
use crate::upstreams::{AccountPart, PartKind, Preset, Risk, Upstream, Withholdable};
use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::{Object, OpenApi};
use std::collections::BTreeSet;

/// A marketing application.
#[derive(Object)]
struct UpstreamView {
    /// Its word in addresses.
    id: String,
    /// Its name.
    name: String,
    /// One line about it.
    about: String,
    /// Where people end our access there themselves, in a sentence.
    remove_access: Option<String>,
    /// What people are asked for when they connect an account.
    parts: Vec<PartView>,
    /// Named sets of what a consultant may be allowed.
    presets: Vec<PresetView>,
    /// Everything that can be allowed.
    actions: Vec<ActionView>,
    /// What can be kept back of it.
    withholdable: Vec<WithholdableView>,
}

/// Something that an application wants to be told of an account before it can be connected.
#[derive(Object)]
struct PartView {
    /// The part's word.
    id: String,
    /// What it may be.
    kind: PartKind,
    /// What people are asked.
    label: String,
    /// Where they find it.
    hint: String,
    /// How it looks; empty for a secret.
    example: String,
    /// The only values there are, if they are few.
    choices: Vec<String>,
}

/// Something that a customer may keep back of what is allowed.
#[derive(Object)]
struct WithholdableView {
    /// Its word.
    id: String,
    /// Goes on after "without".
    words: String,
    /// The actions that it is about.
    actions: Vec<String>,
    /// Fields that are taken out of answers; `*.` stands before one that is meant wherever it is.
    answer: Vec<String>,
    /// Query parameters that are refused.
    query: Vec<String>,
    /// Fields that are refused in a body.
    fields: Vec<String>,
}

/// A named set of actions.
#[derive(Object)]
struct PresetView {
    /// The preset's word.
    id: String,
    /// Its name.
    name: String,
    /// One line about it.
    summary: String,
    /// Ids of the actions it allows.
    actions: Vec<String>,
}

/// Something a person understands, made of one or more operations.
#[derive(Object)]
struct ActionView {
    /// The action's word.
    id: String,
    /// What it can do to the account.
    risk: Risk,
    /// Goes on after "can" and "cannot".
    sentence: String,
    /// Its operations.
    operations: Vec<OperationView>,
}

/// One permitted call.
#[derive(Object)]
struct OperationView {
    /// The operation's word.
    id: String,
    /// What the access log says.
    title: String,
    /// HTTP method.
    method: String,
    /// Path below `/gw/{grant}`, with parameters in braces.
    path: String,
    /// Query parameters it takes.
    query: Vec<String>,
    /// Query parameters that may be there more than once.
    repeats: Vec<String>,
    /// Fields its body may have; dots lead into a field, and permit that part of it alone.
    fields: Vec<String>,
    /// Pattern of the names of further fields at the body's top, if there may be any.
    more_fields: Option<String>,
    /// Fields that the gateway puts into the body itself.
    set: Vec<String>,
    /// Whether its body is a form instead of JSON.
    form: bool,
}

pub struct UpstreamsApi;

#[OpenApi(tag = "Tag::Upstreams")]
impl UpstreamsApi {
    /// List the marketing applications that can be connected
    #[oai(path = "/v1/upstreams", method = "get", operation_id = "list_upstreams")]
    async fn list_upstreams(
        &self,
        app: Data<&App>,
        _auth: Auth,
    ) -> Result<Found<Vec<UpstreamView>>, Failure> {
        Ok(found(app.upstreams.iter().map(|upstream| view(upstream)).collect()))
    }

    /// One marketing application with its catalogue
    #[oai(path = "/v1/upstreams/:upstream", method = "get", operation_id = "get_upstream")]
    async fn get_upstream(
        &self,
        app: Data<&App>,
        _auth: Auth,
        upstream: Path<String>,
    ) -> Result<Found<UpstreamView>, Failure> {
        let known = app.upstreams.get(&upstream.0).ok_or(Common::NotFound("upstream"))?;
        Ok(found(view(known)))
    }
}

fn view(upstream: &Upstream) -> UpstreamView {
    let actions = upstream.actions.values().map(|action| ActionView {
        id: action.id.clone(),
        risk: action.risk,
        sentence: action.sentence.clone(),
        operations: operations(upstream, &action.id),
    });
    UpstreamView {
        id: upstream.slug.clone(),
        name: upstream.name.clone(),
        about: upstream.about.clone(),
        remove_access: upstream.oauth.remove_access.clone(),
        parts: upstream.parts.iter().filter(|part| part.asked).map(part).collect(),
        presets: upstream.presets.iter().map(preset).collect(),
        actions: actions.collect(),
        withholdable: upstream.withholdable.values().map(withholdable).collect(),
    }
}

fn withholdable(of: &Withholdable) -> WithholdableView {
    let list = |names: &BTreeSet<String>| names.iter().cloned().collect();
    WithholdableView {
        id: of.id.clone(),
        words: of.words.clone(),
        actions: list(&of.what.actions),
        answer: list(&of.what.answer),
        query: list(&of.what.query),
        fields: list(&of.what.fields),
    }
}

fn part(part: &AccountPart) -> PartView {
    PartView {
        id: part.name.clone(),
        kind: part.kind,
        label: part.label.clone(),
        hint: part.hint.clone(),
        example: part.example.clone(),
        choices: part.choices.clone(),
    }
}

fn preset(preset: &Preset) -> PresetView {
    PresetView {
        id: preset.id.clone(),
        name: preset.name.clone(),
        summary: preset.summary.clone(),
        actions: preset.actions.iter().cloned().collect(),
    }
}

fn operations(upstream: &Upstream, action: &str) -> Vec<OperationView> {
    let of_action = upstream.operations.iter().filter(|operation| operation.action == action);
    let views = of_action.map(|operation| OperationView {
        id: operation.id.clone(),
        title: operation.title.clone(),
        method: operation.method.to_string(),
        path: operation.path.as_str().to_owned(),
        query: operation.query.iter().cloned().collect(),
        repeats: operation.repeats.iter().cloned().collect(),
        fields: operation.fields.iter().cloned().collect(),
        more_fields: operation.more_fields.as_ref().map(|p| p.as_str().to_owned()),
        set: operation.set.keys().cloned().collect(),
        form: operation.form,
    });
    views.collect()
}
