//! What is known of a marketing application: where it is, and what may be asked of it.

use super::account::{Address, Phrase};
use super::cost::Unit;
use super::faults::Faults;
use super::field_type::FieldType;
use super::flows::Flows;
use super::oauth::Oauth;
use super::operation::Operation;
use super::pace::Paces;
use super::parts::AccountPart;
use super::probe::ProbeReport;
use super::rates::{Holds, Rates};
use super::template::Template;
use super::withheld::Withholdable;
use super::{Client, Reach};
use crate::text_enum;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use url::Url;

text_enum! {
    /// What an operation can do to the customer's account, mildest first.
    pub enum Risk {
        /// Changes nothing.
        Read = "read",
        /// Changes what only the account's people see.
        Write = "write",
        /// Reaches other people.
        Send = "send",
        /// Cannot be brought back.
        Delete = "delete",
        /// Takes records out of the account.
        Export = "export",
        /// Changes who may do what.
        Admin = "admin",
    }
}

impl Risk {
    /// What a budget caps of it.
    pub fn unit(self) -> Option<Unit> {
        match self {
            Self::Send => Some(Unit::Recipients),
            Self::Delete => Some(Unit::Deletes),
            Self::Export => Some(Unit::Contacts),
            Self::Read | Self::Write | Self::Admin => None,
        }
    }
}

/// A marketing application, as its file describes it.
#[derive(Debug)]
pub struct Upstream {
    /// The file's name; stands in addresses and rows.
    pub slug: String,
    pub name: String,
    pub about: String,
    /// Issuer identifier of its authorization server.
    pub issuer: Address,
    /// What every path stands below.
    pub base: Address,
    pub oauth: Oauth,
    /// What differs from account to account, in the order in which people are asked.
    pub parts: Vec<AccountPart>,
    /// How the application tells parts itself.
    pub discovery: Option<Discovery>,
    pub account: AccountCall,
    /// Sent with every call.
    pub send_headers: Vec<(String, Phrase)>,
    /// Headers of answers that pass, besides the usual ones.
    pub pass_headers: BTreeSet<String>,
    /// Fields of an answer that hold an address of this application: names from its top down.
    pub link_fields: Vec<Vec<String>>,
    pub rates: Rates,
    /// What it says in a body where others say it with a status.
    pub faults: Option<Faults>,
    pub actions: BTreeMap<String, Action>,
    /// What a customer may keep back of them, by its id.
    pub withholdable: BTreeMap<String, Withholdable>,
    /// What fields and query parameters hold, by their names as operations write them; what is not
    /// here may hold anything.
    pub types: BTreeMap<String, FieldType>,
    pub presets: Vec<Preset>,
    pub operations: Vec<Operation>,
    /// What its servers were seen to do, when somebody asked them.
    pub probe: Option<ProbeReport>,
    /// How far its addresses may lead.
    pub reach: Reach,
}

/// The call that tells whose account a token reaches.
#[derive(Debug)]
pub struct AccountCall {
    pub path: Template,
    pub query: Vec<(String, String)>,
    /// Absent when its place is all there is to tell it by.
    pub id_field: Option<String>,
    pub name_field: Option<String>,
    /// Which currency the account is billed in.
    pub currency_field: Option<String>,
}

/// A question right after consent, whose answer tells parts.
#[derive(Debug)]
pub struct Discovery {
    pub address: Url,
    /// The word before the token, such as `Bearer`.
    pub scheme: String,
    /// The field that tells each part.
    pub fields: BTreeMap<String, String>,
}

/// Something a person understands, made of one or more operations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    pub id: String,
    pub risk: Risk,
    /// Follows "can" and "cannot": "see campaigns and their texts".
    pub sentence: String,
}

/// A named set of actions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preset {
    pub id: String,
    pub name: String,
    pub summary: String,
    pub actions: BTreeSet<String>,
}

impl Upstream {
    pub fn operation(&self, id: &str) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.id == id)
    }

    pub fn preset(&self, id: &str) -> Option<&Preset> {
        self.presets.iter().find(|preset| preset.id == id)
    }
}

/// Every application this installation knows, and the client for all of them.
pub struct Upstreams {
    client: Client,
    by_slug: BTreeMap<String, Arc<Upstream>>,
    holds: Holds,
    paces: Paces,
    flows: Flows,
}

impl Upstreams {
    pub fn new(client: Client, upstreams: Vec<Upstream>) -> Self {
        let by_slug = upstreams.into_iter().map(|u| (u.slug.clone(), Arc::new(u))).collect();
        let (holds, paces, flows) = Default::default();
        Self { client, by_slug, holds, paces, flows }
    }

    pub fn get(&self, slug: &str) -> Option<&Arc<Upstream>> {
        self.by_slug.get(slug)
    }

    /// In alphabetical order of their slugs.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Upstream>> {
        self.by_slug.values()
    }

    /// The connections that are left alone for a while.
    pub fn holds(&self) -> &Holds {
        &self.holds
    }

    /// How fast calls follow each other.
    pub fn paces(&self) -> &Paces {
        &self.paces
    }

    /// The answers that are being handed on.
    pub fn flows(&self) -> &Flows {
        &self.flows
    }

    pub fn client(&self) -> &Client {
        &self.client
    }
}
