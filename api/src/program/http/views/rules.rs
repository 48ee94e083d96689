//! Views of settings, taxonomy, agreements and figures.

use crate::kernel::id::AgreementId;
use crate::kernel::money::{Currency, Money};
use crate::program::model::{
    Agreement, Category, Industry, ProgramFigures, Settings, Skill, Taxonomy,
};
use chrono::{DateTime, Utc};
use poem_openapi::Object;

/// A program's rules. Lengths of time are in whole days.
#[derive(Object)]
pub struct SettingsView {
    /// The program's word in addresses.
    pub program: String,
    /// The vendor's name.
    pub name: String,
    /// Every price and share is in this currency.
    pub currency: Currency,
    /// IANA zone in which days are counted.
    pub zone: String,
    /// Goes up with every change of agreement or fees.
    pub rules_version: i32,
    /// A proposal that nobody decides lapses after this.
    pub offer_valid_days: i32,
    /// Both sides accept the statement of work within this.
    pub contracting_days: i32,
    /// The first milestone is funded within this.
    pub funding_days: i32,
    /// Silence this long after a submission accepts it.
    pub acceptance_days: i32,
    /// How often changes may be asked of one milestone.
    pub change_requests: i32,
    /// Reviews are published when both are there, or after this.
    pub review_days: i32,
    /// The longest a letter of access lasts without renewal.
    pub grant_days: i32,
    /// How long the reseller of record has a share, in months.
    pub reseller_months: i32,
}

impl From<Settings> for SettingsView {
    fn from(settings: Settings) -> Self {
        Self {
            program: settings.slug,
            name: settings.name,
            currency: settings.currency,
            zone: settings.zone.name().to_owned(),
            rules_version: settings.rules_version,
            offer_valid_days: settings.offer_valid_days,
            contracting_days: settings.contracting_days,
            funding_days: settings.funding_days,
            acceptance_days: settings.acceptance_days,
            change_requests: settings.change_requests,
            review_days: settings.review_days,
            grant_days: settings.grant_days,
            reseller_months: settings.reseller_months,
        }
    }
}

/// The words of a program's directory.
#[derive(Object)]
pub struct TaxonomyView {
    /// In the vendor's order.
    pub categories: Vec<CategoryView>,
    /// By title.
    pub skills: Vec<SkillView>,
    /// By title.
    pub industries: Vec<IndustryView>,
}

/// A kind of service.
#[derive(Object)]
pub struct CategoryView {
    /// Its word in addresses and filters.
    pub slug: String,
    /// Its name.
    pub title: String,
    /// What it is about.
    pub line: String,
}

/// Something a consultant is good at.
#[derive(Object)]
pub struct SkillView {
    /// Its word in addresses and filters.
    pub slug: String,
    /// Its name.
    pub title: String,
    /// The category it belongs to.
    pub category: String,
}

/// What a customer does for a living.
#[derive(Object)]
pub struct IndustryView {
    /// Its word in addresses and filters.
    pub slug: String,
    /// Its name.
    pub title: String,
}

impl From<Taxonomy> for TaxonomyView {
    fn from(taxonomy: Taxonomy) -> Self {
        let category = |c| {
            let Category { slug, title, line } = c;
            CategoryView { slug, title, line }
        };
        let skill = |s| {
            let Skill { slug, title, category } = s;
            SkillView { slug, title, category }
        };
        let industry = |i| {
            let Industry { slug, title } = i;
            IndustryView { slug, title }
        };
        Self {
            categories: taxonomy.categories.into_iter().map(category).collect(),
            skills: taxonomy.skills.into_iter().map(skill).collect(),
            industries: taxonomy.industries.into_iter().map(industry).collect(),
        }
    }
}

/// A version of the agreement to be published.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct AgreementBody {
    /// How it is called, such as `2026-2`; never used before.
    pub version: String,
    /// Its heading.
    pub title: String,
    /// Its whole text.
    pub body: String,
}

/// A version of the agreement.
#[derive(Object)]
pub struct AgreementView {
    /// The version's identifier.
    pub id: AgreementId,
    /// How it is called; send it when you apply.
    pub version: String,
    /// Its heading.
    pub title: String,
    /// Its whole text.
    pub body: String,
    /// SHA-256 of the text, in hexadecimal; send it when you apply.
    pub hash: String,
    /// Since when it is in force.
    pub published_at: DateTime<Utc>,
}

impl From<Agreement> for AgreementView {
    fn from(agreement: Agreement) -> Self {
        Self {
            hash: agreement.hash_hex(),
            id: agreement.id,
            version: agreement.version,
            title: agreement.title,
            body: agreement.body,
            published_at: agreement.published_at,
        }
    }
}

/// The program in numbers.
#[derive(Object)]
pub struct FiguresView {
    /// Applications that wait for a decision.
    pub open_applications: i64,
    /// When the one that waits longest was sent.
    pub waiting_since: Option<DateTime<Utc>>,
    /// Active partners who work for customers.
    pub consultants: i64,
    /// Active partners who bring customers.
    pub resellers: i64,
    /// Partners that are suspended.
    pub suspended: i64,
    /// Briefs that wait for an expert.
    pub open_briefs: i64,
    /// Engagements by state; states without any are left out.
    pub engagements: Vec<InStateView>,
    /// Paid by customers for milestones that are not accepted yet.
    pub held: Money,
    /// Passed on to payees since the program began.
    pub released: Money,
}

/// How many are in one state.
#[derive(Object)]
pub struct InStateView {
    /// The state.
    pub state: String,
    /// How many.
    pub count: i64,
}

impl From<ProgramFigures> for FiguresView {
    fn from(figures: ProgramFigures) -> Self {
        let states = figures.engagements.into_iter();
        Self {
            open_applications: figures.open_applications,
            waiting_since: figures.waiting_since,
            consultants: figures.consultants,
            resellers: figures.resellers,
            suspended: figures.suspended,
            open_briefs: figures.open_briefs,
            engagements: states.map(|(state, count)| InStateView { state, count }).collect(),
            held: figures.held,
            released: figures.released,
        }
    }
}
