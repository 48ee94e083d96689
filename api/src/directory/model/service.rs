//! A listed service: a fixed price for a named outcome, in milestones.

use crate::directory::DirectoryError;
use crate::kernel::check::{Checks, FieldError, Invalid};
use crate::kernel::id::{OrganizationId, ProfileId, ServiceId};
use crate::kernel::money::{Currency, Money, MoneyError};
use crate::program::Taxonomy;
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
    /// In order.
    pub milestones: Vec<ServiceMilestone>,
}

/// A milestone as its owner sends it.
#[derive(Debug, Clone)]
pub struct MilestoneDraft {
    pub title: String,
    pub delivers: String,
    /// Whole minor units of the program's currency, fees included.
    pub price_minor: i64,
    pub days: i32,
}

/// What the owner sends, as text.
#[derive(Debug, Clone)]
pub struct ServiceDraft {
    pub title: String,
    pub category: String,
    pub outcome: String,
    pub includes: Vec<String>,
    pub excludes: Vec<String>,
    pub prerequisites: Vec<String>,
    pub access: AccessPreset,
    pub milestones: Vec<MilestoneDraft>,
}

/// Most lines of a list, and the longest price of a milestone in minor units.
const LINES: usize = 12;
const MILESTONES: usize = 12;
const PRICE_MINOR: i64 = 100_000_000_000;

impl ServiceDraft {
    /// The fields in form, by the program's taxonomy and in its currency; errors name each field at
    /// fault.
    pub fn checked(
        self,
        taxonomy: &Taxonomy,
        currency: Currency,
    ) -> Result<ServiceFields, Invalid> {
        let mut checks = Checks::new();
        let title = checks.text("title", &self.title, "a title", (1, 120));
        let outcome = checks.text("outcome", &self.outcome, "the outcome", (1, 400));
        let known = taxonomy.category(&self.category).is_some();
        checks.that(known, "category", "Choose a category of the program");
        let includes = lines(&mut checks, "includes", &self.includes);
        let excludes = lines(&mut checks, "excludes", &self.excludes);
        let prerequisites = lines(&mut checks, "prerequisites", &self.prerequisites);
        let few = self.milestones.len() <= MILESTONES;
        checks.that(few, "milestones", format!("Use at most {MILESTONES} milestones"));
        let numbered = self.milestones.into_iter().take(MILESTONES).enumerate();
        let milestones = numbered.map(|(n, m)| m.checked(&mut checks, n, currency)).collect();
        checks.finish()?;
        let (category, access) = (self.category, self.access);
        Ok(ServiceFields {
            title,
            category,
            outcome,
            includes,
            excludes,
            prerequisites,
            access,
            milestones,
        })
    }
}

fn lines(checks: &mut Checks, field: &str, texts: &[String]) -> Vec<String> {
    checks.that(texts.len() <= LINES, field, format!("Write at most {LINES} lines"));
    let numbered = texts.iter().take(LINES).enumerate();
    numbered.map(|(n, t)| checks.text(&format!("{field}[{n}]"), t, "a line", (1, 200))).collect()
}

impl MilestoneDraft {
    fn checked(self, checks: &mut Checks, n: usize, currency: Currency) -> ServiceMilestone {
        let field = |name: &str| format!("milestones[{n}].{name}");
        let priced = (1..=PRICE_MINOR).contains(&self.price_minor);
        checks.that(priced, &field("price_minor"), "Enter a price above nothing");
        let timed = (1..=365).contains(&self.days);
        checks.that(timed, &field("days"), "Enter 1 to 365 days");
        ServiceMilestone {
            title: checks.text(&field("title"), &self.title, "a title", (1, 120)),
            delivers: checks.text(
                &field("delivers"),
                &self.delivers,
                "what it delivers",
                (1, 2000),
            ),
            price: Money::new(self.price_minor, currency),
            days: self.days,
        }
    }
}

impl ServiceFields {
    /// What is missing before it can be offered; empty when nothing is.
    pub fn missing(&self) -> Vec<FieldError> {
        let mut checks = Checks::new();
        checks.that(!self.includes.is_empty(), "includes", "Say what is in it");
        let divided = !self.milestones.is_empty();
        checks.that(divided, "milestones", "Divide the work into at least one milestone");
        checks.faults().to_vec()
    }
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
    /// The price of all milestones together.
    ///
    /// Errors on mixed currencies or overflow, which the columns' limits rule out.
    pub fn price(&self) -> Result<Money, MoneyError> {
        let nothing = Money::new(0, self.currency);
        self.fields.milestones.iter().try_fold(nothing, |sum, m| sum.checked_add(m.price))
    }

    /// The days of all milestones together.
    pub fn days(&self) -> i32 {
        self.fields.milestones.iter().map(|m| m.days).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::Category;

    fn draft() -> ServiceDraft {
        let milestone = MilestoneDraft {
            title: "Audit".into(),
            delivers: "A map of leaks".into(),
            price_minor: 180_000,
            days: 6,
        };
        ServiceDraft {
            title: "Nurture audit".into(),
            category: "reporting".into(),
            outcome: "You know where leads leak".into(),
            includes: vec!["A map".into()],
            excludes: Vec::new(),
            prerequisites: Vec::new(),
            access: AccessPreset::ReadOnly,
            milestones: vec![
                milestone.clone(),
                MilestoneDraft { price_minor: 20_000, ..milestone },
            ],
        }
    }

    fn checked(draft: ServiceDraft) -> Result<ServiceFields, Vec<String>> {
        let reporting = Category { slug: "reporting".into(), ..Category::default() };
        let taxonomy = Taxonomy { categories: vec![reporting], ..Taxonomy::default() };
        let fields = draft.checked(&taxonomy, Currency::Usd);
        fields.map_err(|invalid| invalid.0.into_iter().map(|f| f.field).collect())
    }

    #[test]
    fn every_fault_is_named() {
        assert!(checked(draft()).unwrap().missing().is_empty());
        let mut bad = draft();
        bad.category = "magic".into();
        bad.includes = vec![String::new()];
        bad.milestones[1].price_minor = 0;
        bad.milestones[1].days = 366;
        let named = ["category", "includes[0]", "milestones[1].price_minor", "milestones[1].days"];
        assert_eq!(checked(bad).unwrap_err(), named);
        let many = ServiceDraft { includes: vec!["x".into(); 13], ..draft() };
        assert_eq!(checked(many).unwrap_err(), ["includes"]);
    }

    #[test]
    fn a_draft_may_lack_what_an_offer_needs() {
        let empty = ServiceDraft { includes: Vec::new(), milestones: Vec::new(), ..draft() };
        let missing = checked(empty).unwrap().missing();
        let named: Vec<_> = missing.into_iter().map(|f| f.field).collect();
        assert_eq!(named, ["includes", "milestones"]);
    }

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
