//! Views of a simulation of fees.

use crate::engagements::model::{Compared, PartnerChange, Party, PartyChange, Simulation};
use crate::kernel::id::OrganizationId;
use crate::kernel::money::Money;
use crate::program::{FeeRuleBody, NewFeeRule};
use chrono::{DateTime, Utc};
use poem_openapi::Object;

/// Rules that are only thought of.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct SimulationBody {
    /// One to twenty, each as it would be published.
    #[oai(validator(max_items = 100))]
    pub drafts: Vec<FeeRuleBody>,
    /// Of how many months back, from 1 to 12; 12 when absent.
    pub months: Option<u32>,
}

impl SimulationBody {
    pub fn read(self) -> (Vec<NewFeeRule>, u32) {
        let drafts = self.drafts.into_iter().map(FeeRuleBody::new_rule).collect();
        (drafts, self.months.unwrap_or(12))
    }
}

/// An amount as it was signed, and as it would be.
#[derive(Object)]
pub struct SimulatedView {
    /// As it was frozen at signing.
    pub signed: Money,
    /// As the rules would share it.
    pub simulated: Money,
    /// How much more; negative for less.
    pub difference: Money,
}

/// What a party has of all work in one currency.
#[derive(Object)]
pub struct PartyChangeView {
    /// Whose part it is.
    pub party: Party,
    /// What it comes to.
    pub amounts: SimulatedView,
}

/// What a partner has of all its work in one currency.
#[derive(Object)]
pub struct PartnerChangeView {
    /// The partner.
    pub organization: OrganizationId,
    /// Its name.
    pub name: String,
    /// What its own part comes to.
    pub amounts: SimulatedView,
}

/// What signed work would have shared under other rules. Prices as they were signed: what was
/// refunded since is not taken off.
#[derive(Object)]
pub struct SimulationView {
    /// How the rules that are thought of are called.
    pub rules: String,
    /// Work that was signed since then.
    pub since: DateTime<Utc>,
    /// From when on the rules would be in force; those announced until then count as well.
    pub at: DateTime<Utc>,
    /// How many engagements were shared anew.
    pub engagements: usize,
    /// In how many of them anybody would have had another amount.
    pub changed: usize,
    /// For how many of them one of the rules counts that are thought of.
    pub by_drafts: usize,
    /// Every party, currency by currency.
    pub parties: Vec<PartyChangeView>,
    /// The ten partners whose own part changes most.
    pub partners: Vec<PartnerChangeView>,
}

impl From<Compared> for SimulatedView {
    fn from(amounts: Compared) -> Self {
        let Compared { signed, simulated } = amounts;
        Self { signed, simulated, difference: amounts.difference() }
    }
}

impl From<PartyChange> for PartyChangeView {
    fn from(change: PartyChange) -> Self {
        Self { party: change.party, amounts: change.amounts.into() }
    }
}

impl From<PartnerChange> for PartnerChangeView {
    fn from(change: PartnerChange) -> Self {
        let PartnerChange { organization, name, amounts } = change;
        Self { organization, name, amounts: amounts.into() }
    }
}

impl From<Simulation> for SimulationView {
    fn from(simulation: Simulation) -> Self {
        Self {
            changed: simulation.changed(),
            by_drafts: simulation.by_drafts(),
            engagements: simulation.works.len(),
            rules: simulation.words,
            since: simulation.since,
            at: simulation.at,
            parties: simulation.parties.into_iter().map(PartyChangeView::from).collect(),
            partners: simulation.partners.into_iter().map(PartnerChangeView::from).collect(),
        }
    }
}
