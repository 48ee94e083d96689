//! The records of the application. Money is integer minor units of the account's currency.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::scope::Scope;

/// Everything the application knows, save what belongs to its authorization server.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct World {
    pub(crate) users: BTreeMap<String, User>,
    pub(crate) accounts: BTreeMap<String, Account>,
    /// The number of the last record made, over all accounts: ids are never used twice.
    pub(crate) last_number: u64,
}

impl World {
    /// The next id with this prefix. Ids sort in the order of their making.
    pub(crate) fn next_id(&mut self, prefix: &str) -> String {
        self.last_number += 1;
        format!("{prefix}_{:06}", self.last_number)
    }

    pub(crate) fn user_by_email(&self, email: &str) -> Option<&User> {
        self.users.values().find(|user| user.email.eq_ignore_ascii_case(email))
    }
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) name: String,
    /// Invited people have no password yet and cannot sign in.
    pub(crate) state: UserState,
    /// What they are in which account, by the account's id.
    pub(crate) roles: BTreeMap<String, Role>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum UserState {
    Active,
    Invited,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    Owner,
    Editor,
    Viewer,
}

impl Role {
    /// Nobody can give an application more than they have themselves.
    pub(crate) fn may_give(self, scope: Scope) -> bool {
        match self {
            Self::Owner => true,
            Self::Editor => scope != Scope::Admin,
            Self::Viewer => scope.as_str().ends_with(":read"),
        }
    }
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) plan: String,
    pub(crate) currency: String,
    pub(crate) country: String,
    pub(crate) time_zone: String,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) contacts: BTreeMap<String, Contact>,
    pub(crate) lists: BTreeMap<String, List>,
    pub(crate) campaigns: BTreeMap<String, Campaign>,
    /// Text messages that went out, each with what it cost.
    #[serde(default)]
    pub(crate) texts: BTreeMap<String, Text>,
}

/// A text message to everybody who can be reached on a list. Each one costs money.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Text {
    pub(crate) id: String,
    pub(crate) list_id: String,
    pub(crate) text: String,
    pub(crate) recipients: u64,
    pub(crate) cost_minor: u64,
    pub(crate) sent_at: DateTime<Utc>,
}

/// What one message costs in the account's own country, and abroad.
const TEXT_AT_HOME: u64 = 7;
const TEXT_ABROAD: u64 = 12;

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Contact {
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) country: String,
    pub(crate) status: ContactStatus,
    pub(crate) tags: BTreeSet<String>,
    pub(crate) list_ids: BTreeSet<String>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ContactStatus {
    Subscribed,
    Unsubscribed,
    Bounced,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct List {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) created_at: DateTime<Utc>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Campaign {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) subject: String,
    pub(crate) from_name: String,
    pub(crate) from_email: String,
    pub(crate) list_id: String,
    pub(crate) body: String,
    /// Goes up with each change; the ETag carries it.
    pub(crate) version: u64,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
    pub(crate) state: CampaignState,
}

/// A draft may be changed; a scheduled campaign goes out by itself; a sent one stays as it is.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "lowercase")]
pub(crate) enum CampaignState {
    Draft,
    Scheduled { scheduled_at: DateTime<Utc> },
    Sent { sent_at: DateTime<Utc>, report: Report },
}

impl CampaignState {
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Scheduled { .. } => "scheduled",
            Self::Sent { .. } => "sent",
        }
    }
}

#[derive(Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct Report {
    pub(crate) recipients: u64,
    pub(crate) delivered: u64,
    pub(crate) opens: u64,
    pub(crate) clicks: u64,
    pub(crate) unsubscribes: u64,
    pub(crate) leads: u64,
    pub(crate) spend_minor: u64,
}

impl Report {
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            recipients: self.recipients + other.recipients,
            delivered: self.delivered + other.delivered,
            opens: self.opens + other.opens,
            clicks: self.clicks + other.clicks,
            unsubscribes: self.unsubscribes + other.unsubscribes,
            leads: self.leads + other.leads,
            spend_minor: self.spend_minor + other.spend_minor,
        }
    }
}

impl Account {
    /// How many contacts a campaign to this list reaches: those on it who are subscribed.
    pub(crate) fn reachable(&self, list_id: &str) -> u64 {
        let reached = self.contacts.values().filter(|contact| {
            contact.status == ContactStatus::Subscribed && contact.list_ids.contains(list_id)
        });
        u64::try_from(reached.count()).unwrap_or(u64::MAX)
    }

    /// What a text to a list costs at most: as if everybody were abroad.
    pub(crate) fn text_costs_at_most(&self, list_id: &str) -> u64 {
        self.reachable(list_id) * TEXT_ABROAD
    }

    /// What a text to a list costs.
    pub(crate) fn text_costs(&self, list_id: &str) -> u64 {
        let reached = self.contacts.values().filter(|contact| {
            contact.status == ContactStatus::Subscribed && contact.list_ids.contains(list_id)
        });
        let price = |contact: &Contact| match contact.country == self.country {
            true => TEXT_AT_HOME,
            false => TEXT_ABROAD,
        };
        reached.map(price).sum()
    }

    /// Sends a campaign that is not sent yet. At the time it was scheduled for, or now.
    pub(crate) fn send(&mut self, campaign_id: &str, seed: u64, now: DateTime<Utc>) {
        let Some(list_id) = self.campaigns.get(campaign_id).map(|c| c.list_id.clone()) else {
            return;
        };
        let report = super::seed::report(seed, campaign_id, self.reachable(&list_id));
        let Some(campaign) = self.campaigns.get_mut(campaign_id) else { return };
        let sent_at = match campaign.state {
            CampaignState::Draft => now,
            CampaignState::Scheduled { scheduled_at } => scheduled_at.min(now),
            CampaignState::Sent { .. } => return,
        };
        campaign.change_state(CampaignState::Sent { sent_at, report }, now);
    }
}

impl Campaign {
    /// The validator of RFC 9110: changes with every change.
    pub(crate) fn etag(&self) -> String {
        format!("\"{}-{}\"", self.id, self.version)
    }

    /// Every change of a campaign goes through here or [`Campaign::changed`].
    pub(crate) fn change_state(&mut self, state: CampaignState, now: DateTime<Utc>) {
        self.state = state;
        self.changed(now);
    }

    pub(crate) fn changed(&mut self, now: DateTime<Utc>) {
        self.version += 1;
        self.updated_at = now;
    }
}
