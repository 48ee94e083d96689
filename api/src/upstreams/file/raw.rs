//! The file as it is written, with the place of each value.

use crate::outside::upstream::{Risk, Unit};
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawFile {
    pub name: Spanned<String>,
    pub about: Spanned<String>,
    pub issuer: Spanned<String>,
    pub api: Spanned<String>,
    pub offer: Option<Spanned<String>>,
    #[serde(default)]
    pub parts: BTreeMap<String, Spanned<RawPart>>,
    pub discovery: Option<RawDiscovery>,
    pub oauth: RawOauth,
    pub account: RawAccount,
    #[serde(default)]
    pub headers: RawHeaders,
    #[serde(default)]
    pub links: RawLinks,
    #[serde(default)]
    pub rates: RawRates,
    pub faults: Option<RawFaults>,
    pub actions: BTreeMap<String, Spanned<RawAction>>,
    #[serde(default)]
    pub withholdable: BTreeMap<String, Spanned<RawWithholdable>>,
    #[serde(default)]
    pub types: BTreeMap<String, Spanned<String>>,
    pub presets: Vec<RawPreset>,
    pub operations: Vec<RawOperation>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawOauth {
    pub grant: Option<Spanned<String>>,
    pub authorize: Option<Spanned<String>>,
    pub token: Spanned<String>,
    pub revoke: Option<Spanned<String>>,
    pub remove_access: Option<Spanned<String>>,
    pub introspect: Option<Spanned<String>>,
    pub client_auth: Spanned<String>,
    pub client_id: Spanned<String>,
    pub client_secret: Spanned<String>,
    pub pkce: Option<Spanned<String>>,
    pub scopes: Vec<Spanned<String>>,
    #[serde(default)]
    pub optional_scopes: Vec<Spanned<String>>,
    #[serde(default)]
    pub sends_issuer: bool,
    #[serde(default)]
    pub tokens: RawTokens,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTokens {
    pub access_life: Option<Spanned<u64>>,
    pub refresh: Option<Spanned<String>>,
    pub refresh_life: Option<Spanned<u64>>,
    pub refresh_idle: Option<Spanned<u64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAccount {
    pub path: Spanned<String>,
    #[serde(default)]
    pub query: BTreeMap<String, Spanned<String>>,
    pub id: Option<String>,
    pub name: Option<String>,
    pub currency: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPart {
    pub kind: Spanned<String>,
    pub label: Option<Spanned<String>>,
    pub hint: Option<Spanned<String>>,
    pub example: Option<Spanned<String>>,
    pub pattern: Option<Spanned<String>>,
    #[serde(default)]
    pub choices: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawDiscovery {
    pub address: Spanned<String>,
    pub scheme: Spanned<String>,
    pub fields: BTreeMap<String, Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawHeaders {
    #[serde(default)]
    pub send: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    pub pass: Vec<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawLinks {
    #[serde(default)]
    pub fields: Vec<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRates {
    pub limit: Option<Spanned<String>>,
    pub remaining: Option<Spanned<String>>,
    pub reset: Option<Spanned<String>>,
    pub reset_is: Option<Spanned<String>>,
    pub interval: Option<Spanned<String>>,
    pub letter_a_minute: Option<Spanned<u32>>,
    pub account_a_minute: Option<Spanned<u32>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawFaults {
    pub ok: Spanned<String>,
    pub codes: Spanned<String>,
    #[serde(default)]
    pub stale: Vec<Spanned<String>>,
    #[serde(default)]
    pub too_fast: BTreeMap<String, Spanned<u64>>,
    #[serde(default)]
    pub statuses: BTreeMap<String, Spanned<u16>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAction {
    pub risk: Risk,
    pub sentence: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawWithholdable {
    pub words: Spanned<String>,
    pub actions: Vec<Spanned<String>>,
    #[serde(default)]
    pub answer: Vec<Spanned<String>>,
    #[serde(default)]
    pub query: Vec<Spanned<String>>,
    #[serde(default)]
    pub fields: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPreset {
    pub id: Spanned<String>,
    pub name: Spanned<String>,
    pub summary: Spanned<String>,
    pub actions: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawOperation {
    pub id: Spanned<String>,
    pub title: Spanned<String>,
    pub deed: Spanned<String>,
    pub action: Spanned<String>,
    pub method: Spanned<String>,
    pub path: Spanned<String>,
    #[serde(default)]
    pub query: Vec<Spanned<String>>,
    #[serde(default)]
    pub fields: Vec<Spanned<String>>,
    #[serde(default)]
    pub repeats: Vec<Spanned<String>>,
    pub more_fields: Option<Spanned<String>>,
    #[serde(default)]
    pub set: BTreeMap<String, Spanned<toml::Value>>,
    pub body: Option<Spanned<String>>,
    pub most_body: Option<Spanned<toml::Value>>,
    #[serde(default)]
    pub when: Vec<Spanned<String>>,
    #[serde(default)]
    pub names: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    pub keeps_to: Vec<Spanned<String>>,
    #[serde(default)]
    pub belongs: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    pub reads: bool,
    pub about: Option<String>,
    pub before: Option<Spanned<String>>,
    #[serde(default)]
    pub look_query: BTreeMap<String, Spanned<String>>,
    pub cost: Option<Spanned<RawCost>>,
    #[serde(default)]
    pub download: bool,
    pub undo: Option<Spanned<RawUndo>>,
    #[serde(default)]
    pub idempotent: bool,
    #[serde(default)]
    pub scopes: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawUndo {
    pub by: String,
    #[serde(default)]
    pub of: BTreeMap<String, String>,
    #[serde(default)]
    pub besides: Vec<String>,
    pub at: Option<String>,
    #[serde(default)]
    pub within: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCost {
    pub unit: Unit,
    pub each: Option<u64>,
    pub look: Option<String>,
    #[serde(default)]
    pub by: BTreeMap<String, String>,
    pub at: Option<String>,
    pub count: Option<String>,
    #[serde(default)]
    pub unless: Vec<String>,
    pub real: Option<String>,
}
