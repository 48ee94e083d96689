//! Views of one's own profile.

use crate::directory::model::{Profile, ProfileDraft};
use crate::kernel::check::FieldError;
use crate::kernel::id::{OrganizationId, ProfileId};
use chrono::{DateTime, NaiveDate, Utc};
use poem_openapi::Object;

/// Your profile. What it has proven (jobs, rating) is not yours to write.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct ProfileBody {
    /// What you do, in one line of at most 120 characters.
    pub headline: String,
    /// How you work, in at most 4000 characters.
    pub about: Option<String>,
    /// Words of skills, at most 20.
    #[oai(validator(max_items = 100))]
    pub skills: Vec<String>,
    /// Words of industries, at most 20.
    #[oai(validator(max_items = 100))]
    pub industries: Vec<String>,
    /// BCP 47 tags, one to twelve, the best one first.
    #[oai(validator(max_items = 100))]
    pub languages: Vec<String>,
    /// IANA zone in which you work.
    pub zone: String,
    /// When your day begins, such as `09:00`; Monday to Friday in your zone.
    pub works_from: String,
    /// When your day ends, such as `17:30`.
    pub works_until: String,
    /// Whether new clients may ask you.
    pub accepting_clients: bool,
    /// The first day on which you are free.
    pub free_from: Option<NaiveDate>,
}

impl From<ProfileBody> for ProfileDraft {
    fn from(body: ProfileBody) -> Self {
        Self {
            headline: body.headline,
            about: body.about.unwrap_or_default(),
            skills: body.skills,
            industries: body.industries,
            languages: body.languages,
            zone: body.zone,
            works_from: body.works_from,
            works_until: body.works_until,
            accepting_clients: body.accepting_clients,
            free_from: body.free_from,
        }
    }
}

/// Your profile.
#[derive(Object)]
pub struct ProfileView {
    /// The profile.
    pub id: ProfileId,
    /// The organization you work for.
    pub organization: OrganizationId,
    /// Your name.
    pub name: String,
    /// Its word in addresses.
    pub slug: String,
    /// What you do.
    pub headline: String,
    /// How you work.
    pub about: String,
    /// Words of skills.
    pub skills: Vec<String>,
    /// Words of industries.
    pub industries: Vec<String>,
    /// BCP 47 tags.
    pub languages: Vec<String>,
    /// IANA zone in which you work.
    pub zone: String,
    /// When your day begins.
    pub works_from: String,
    /// When your day ends.
    pub works_until: String,
    /// Whether new clients may ask you.
    pub accepting_clients: bool,
    /// The first day on which you are free.
    pub free_from: Option<NaiveDate>,
    /// Since when others find it; absent while they do not.
    pub published_at: Option<DateTime<Utc>>,
    /// What is missing before it can be published.
    pub missing: Vec<MissingView>,
}

/// Something that is missing.
#[derive(Object)]
pub struct MissingView {
    /// The field.
    pub field: String,
    /// What to do about it.
    pub message: String,
}

impl From<FieldError> for MissingView {
    fn from(fault: FieldError) -> Self {
        Self { field: fault.field, message: fault.message }
    }
}

impl From<Profile> for ProfileView {
    fn from(profile: Profile) -> Self {
        let missing = profile.missing().into_iter().map(MissingView::from).collect();
        let fields = profile.fields;
        Self {
            id: profile.id,
            organization: profile.organization,
            name: profile.name,
            slug: profile.slug,
            headline: fields.headline,
            about: fields.about,
            skills: fields.skills,
            industries: fields.industries,
            languages: fields.languages,
            zone: fields.zone.name().to_owned(),
            works_from: fields.works_from.format("%H:%M").to_string(),
            works_until: fields.works_until.format("%H:%M").to_string(),
            accepting_clients: fields.accepting_clients,
            free_from: fields.free_from,
            published_at: profile.published_at,
            missing,
        }
    }
}
