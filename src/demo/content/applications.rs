//! Applications to the program: open ones, and some that were decided.

use api::kernel::zone::Zone;
use serde::Deserialize;

use super::Content;
use super::check::Place;
use super::people;
use super::prose::Prose;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    pub slug: String,
    pub kind: Kind,
    /// The organization that applies; it is none of the consultants and resellers.
    pub name: String,
    pub city: String,
    pub country: String,
    #[serde(deserialize_with = "people::zone")]
    pub zone: Zone,
    /// How many work there.
    pub people: u16,
    pub applicant: Applicant,
    /// Slugs of skills; of a reseller, of industries.
    pub specialities: Vec<String>,
    pub languages: Vec<String>,
    pub submitted_days_ago: u16,
    pub note: Prose,
    pub references: Vec<Reference>,
    /// Absent while the application is open.
    pub decision: Option<Decision>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    Consultant,
    Reseller,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Applicant {
    pub name: String,
    pub email: String,
}

/// A client who may be asked, with what the applicant says they say.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    pub name: String,
    pub organization: String,
    pub email: String,
    pub said: Prose,
}

/// `by` is the e-mail address of a person of the vendor.
#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Decision {
    Accepted { by: String, days_ago: u16, note: Prose },
    Rejected { by: String, days_ago: u16, kind: RejectionKind, reason: Prose },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RejectionKind {
    NeedsMoreDetail,
    DoesNotMeetRequirements,
    NotTheRightFit,
    Other,
}

impl Kind {
    pub fn word(self) -> &'static str {
        match self {
            Self::Consultant => "consultant",
            Self::Reseller => "reseller",
        }
    }
}

impl RejectionKind {
    pub fn word(self) -> &'static str {
        match self {
            Self::NeedsMoreDetail => "needs-more-detail",
            Self::DoesNotMeetRequirements => "does-not-meet-requirements",
            Self::NotTheRightFit => "not-the-right-fit",
            Self::Other => "other",
        }
    }
}

impl Decision {
    pub fn by(&self) -> &str {
        match self {
            Self::Accepted { by, .. } | Self::Rejected { by, .. } => by,
        }
    }

    pub fn days_ago(&self) -> u16 {
        match self {
            Self::Accepted { days_ago, .. } | Self::Rejected { days_ago, .. } => *days_ago,
        }
    }

    /// What the applicant is told.
    pub fn text(&self) -> &Prose {
        match self {
            Self::Accepted { note, .. } => note,
            Self::Rejected { reason, .. } => reason,
        }
    }
}

impl Application {
    pub(super) fn check(&self, content: &Content, at: &mut Place<'_>) {
        at.slug("slug", &self.slug);
        at.country("country", &self.country);
        at.email("applicant.email", &self.applicant.email);
        at.require("people", self.people > 0, "at least one");
        match self.kind {
            Kind::Consultant => at.skills("specialities", &self.specialities, content),
            Kind::Reseller => at.industries("specialities", &self.specialities, content),
        }
        at.languages("languages", &self.languages, content);
        at.words("note", &self.note, 25..=120);
        at.count("references", self.references.len(), 1..=4);
        for reference in &self.references {
            at.email("references.email", &reference.email);
            at.words("references.said", &reference.said, 4..=40);
        }
        if let Some(decision) = &self.decision {
            let staff = content.program.people.iter().any(|p| p.email == decision.by());
            at.require("decision.by", staff, format_args!("{:?} is no staff", decision.by()));
            let after = decision.days_ago() <= self.submitted_days_ago;
            at.require("decision.days_ago", after, "comes after the application");
            at.words("decision", decision.text(), 10..=80);
        }
    }
}
