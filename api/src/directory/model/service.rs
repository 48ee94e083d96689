//! A listed service: a fixed price for a named outcome, in milestones, or work by the hour.

use super::hourly::Hourly;
use crate::directory::DirectoryError;
use crate::kernel::id::{OrganizationId, ProfileId, ServiceId};
use crate::kernel::money::{Currency, Money, MoneyError};
use crate::text_enum;
use chrono::{DateTime, Utc};

text_enum! {
    /// The letter of access that a piece of work asks for, from nothing to everything.
    pub enum AccessPreset {
        None = "none",
        ReadOnly = "read-only",
        AuthorDrafts = "author-drafts",
        RunCampaigns = "run-campaigns",
        FullOperator = "full-operator",
    }
}

text_enum! {
    /// Whether a service is offered.
    pub enum ServiceState { Draft = "draft", Published = "published", Archived = "archived" }
}

text_enum! {
    /// What its owner can do with a service.
    pub enum ServiceStep { Edit = "edit", Publish = "publish", Archive = "archive" }
}

impl ServiceState {
    /// The state after a step. An archived service comes back by publishing it again.
    pub fn after(self, step: ServiceStep) -> Result<Self, DirectoryError> {
        match (self, step) {
            (Self::Draft | Self::Published, ServiceStep::Edit) => Ok(self),
            (Self::Draft | Self::Archived, ServiceStep::Publish) => Ok(Self::Published),
            (Self::Draft | Self::Published, ServiceStep::Archive) => Ok(Self::Archived),
            (state, step) => Err(DirectoryError::ServiceState { state, step }),
        }
    }
}

/// One step of the work, with its own price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceMilestone {
    pub title: String,
    pub delivers: String,
    pub price: Money,
    /// From funding to submission.
    pub days: i32,
}

/// What the owner writes; checked before it comes here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceFields {
    pub title: String,
    /// Slug of a category.
    pub category: String,
    pub outcome: String,
    pub includes: Vec<String>,
    pub excludes: Vec<String>,
    pub prerequisites: Vec<String>,
    pub access: AccessPreset,
    /// In order; none for work by the hour.
    pub milestones: Vec<ServiceMilestone>,
    /// For work by the hour, instead of milestones.
    pub hourly: Option<Hourly>,
}

/// A service, offered or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    pub id: ServiceId,
    pub organization: OrganizationId,
    pub profile: ProfileId,
    pub slug: String,
    pub currency: Currency,
    pub fields: ServiceFields,
    pub state: ServiceState,
    pub published_at: Option<DateTime<Utc>>,
    pub version: i32,
}

impl Service {
    /// The price of all milestones together, or the most that all weeks cost.
    ///
    /// Errors on mixed currencies or overflow, which the columns' limits rule out.
    pub fn price(&self) -> Result<Money, MoneyError> {
        if let Some(hourly) = &self.fields.hourly {
            return Ok(hourly.most());
        }
        let nothing = Money::new(0, self.currency);
        self.fields.milestones.iter().try_fold(nothing, |sum, m| sum.checked_add(m.price))
    }

    /// The days of all milestones together, or of all weeks.
    pub fn days(&self) -> i32 {
        if let Some(hourly) = &self.fields.hourly {
            return hourly.weeks.saturating_mul(7);
        }
        self.fields.milestones.iter().map(|m| m.days).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_and_step() {
        use ServiceState::{Archived, Draft, Published};
        use ServiceStep::{Archive, Edit, Publish};
        for state in ServiceState::ALL {
            for step in ServiceStep::ALL {
                let expected = match (state, step) {
                    (Draft, Edit) => Ok(Draft),
                    (Published, Edit) => Ok(Published),
                    (Draft, Publish) | (Archived, Publish) => Ok(Published),
                    (Draft, Archive) | (Published, Archive) => Ok(Archived),
                    _ => Err(DirectoryError::ServiceState { state: *state, step: *step }),
                };
                assert_eq!(state.after(*step), expected, "{step} when {state}");
            }
        }
    }
}
