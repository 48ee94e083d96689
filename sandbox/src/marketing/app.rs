//! Everything that a request may need.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tera::Tera;

use super::{
    MarketingConfig,
    control::{faults::FaultSwitch, hits::Hits},
    limits::Limits,
    model::{Campaign, CampaignState, World},
    oauth::grants::Grants,
    pages, seed,
    session::Sessions,
};
use crate::{chance, clock, store::Store};

pub(crate) struct App {
    pub(crate) config: MarketingConfig,
    pub(crate) world: Store<World>,
    pub(crate) oauth: Store<OauthState>,
    pub(crate) hits: Hits,
    pub(crate) faults: FaultSwitch,
    pub(crate) limits: Limits,
    pub(crate) templates: Tera,
}

/// What the authorization server and the sign-in pages keep.
#[derive(Serialize, Deserialize)]
pub(crate) struct OauthState {
    pub(crate) grants: Grants,
    pub(crate) sessions: Sessions,
    /// Signs the hidden field that proves a form came from our own page.
    pub(crate) form_key: String,
}

impl App {
    pub(crate) fn open(config: MarketingConfig) -> anyhow::Result<Self> {
        let accounts = config.dir.join("accounts.json");
        if !accounts.try_exists()? {
            let first = seed::world(config.seed, clock::now())?;
            Store::open(accounts.clone(), || first)?;
        }
        let fresh = || OauthState {
            grants: Grants::default(),
            sessions: Sessions::default(),
            form_key: chance::secret(),
        };
        Ok(Self {
            world: Store::open(accounts, World::default)?,
            oauth: Store::open(config.dir.join("oauth.json"), fresh)?,
            hits: Hits::default(),
            faults: FaultSwitch::default(),
            limits: Limits::default(),
            templates: pages::templates()?,
            config,
        })
    }

    /// The issuer identifier: the base address without its last slash.
    pub(crate) fn issuer(&self) -> &str {
        self.config.base_url.as_str().trim_end_matches('/')
    }

    /// Sends every scheduled campaign of an account whose time has come.
    pub(crate) fn send_due(&self, account_id: &str, now: DateTime<Utc>) -> anyhow::Result<()> {
        let due = |campaign: &Campaign| match campaign.state {
            CampaignState::Scheduled { scheduled_at } => scheduled_at <= now,
            CampaignState::Draft | CampaignState::Sent { .. } => false,
        };
        let ids: Vec<String> = self.world.read(|world| {
            let account = world.accounts.get(account_id);
            let campaigns = account.into_iter().flat_map(|account| account.campaigns.values());
            campaigns.filter(|campaign| due(campaign)).map(|campaign| campaign.id.clone()).collect()
        });
        if ids.is_empty() {
            return Ok(());
        }
        self.world.write(|world| {
            let Some(account) = world.accounts.get_mut(account_id) else { return };
            for id in &ids {
                account.send(id, self.config.seed, now);
            }
        })
    }
}
