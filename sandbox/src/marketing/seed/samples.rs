//! The sample customers as they are written down.

use anyhow::Context;
use serde::Deserialize;

use crate::marketing::model::Role;

/// # Errors
/// The list that is part of the program has another shape.
pub(super) fn samples() -> anyhow::Result<Samples> {
    serde_json::from_str(include_str!("accounts.json")).context("read the sample customers")
}

#[derive(Deserialize)]
pub(super) struct Samples {
    pub(super) accounts: Vec<SampleAccount>,
    pub(super) names: Names,
}

#[derive(Deserialize)]
pub(super) struct SampleAccount {
    pub(super) slug: String,
    pub(super) name: String,
    pub(super) plan: String,
    pub(super) currency: String,
    pub(super) country: String,
    pub(super) time_zone: String,
    pub(super) contacts: u64,
    pub(super) people: Vec<Person>,
    pub(super) from_name: String,
    pub(super) from_email: String,
    pub(super) lists: Vec<SampleList>,
    pub(super) campaigns: Vec<SampleCampaign>,
}

#[derive(Deserialize)]
pub(crate) struct Person {
    pub(crate) email: String,
    pub(crate) name: String,
    pub(crate) role: Role,
}

#[derive(Deserialize)]
pub(super) struct SampleList {
    pub(super) name: String,
    pub(super) description: String,
}

#[derive(Deserialize)]
pub(super) struct SampleCampaign {
    pub(super) name: String,
    pub(super) subject: String,
}

#[derive(Deserialize)]
pub(super) struct Names {
    pub(super) first: Vec<String>,
    pub(super) last: Vec<String>,
    pub(super) houses: Vec<String>,
    pub(super) tags: Vec<String>,
}
