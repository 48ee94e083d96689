//! Views of applications.

use crate::kernel::id::{ApplicationId, OrganizationId};
use crate::program::model::{
    Application, ApplicationState, ClientReference, Decision, NewApplication, Page, PartnerKind,
};
use chrono::{DateTime, Utc};
use poem_openapi::Object;

/// An application for your organization.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct ApplicationBody {
    /// What you want to be; it must fit what your organization is.
    pub kind: PartnerKind,
    /// One to twelve words: of skills or categories as a consultant, of the industries you sell
    /// to as a reseller.
    #[oai(validator(max_items = 50))]
    pub specialities: Vec<String>,
    /// Clients who may be asked, one to five.
    #[oai(validator(max_items = 20))]
    pub references: Vec<ClientReferenceObject>,
    /// What else the vendor should know.
    pub note: Option<String>,
    /// The version of the agreement that you read and accept.
    pub agreement_version: String,
    /// Its hash, as it was shown with it.
    pub agreement_hash: String,
}

/// A client who may be asked.
#[derive(Object)]
#[oai(rename = "ClientReference", deny_unknown_fields)]
pub struct ClientReferenceObject {
    /// The client's name.
    pub name: String,
    /// Where the client works.
    pub organization: String,
    /// Where the client is asked.
    pub email: String,
    /// What the client says about you.
    pub said: String,
}

impl From<ApplicationBody> for NewApplication {
    fn from(body: ApplicationBody) -> Self {
        let reference = |r| {
            let ClientReferenceObject { name, organization, email, said } = r;
            ClientReference { name, organization, email, said }
        };
        Self {
            kind: body.kind,
            specialities: body.specialities,
            references: body.references.into_iter().map(reference).collect(),
            note: body.note.unwrap_or_default(),
            agreement_version: body.agreement_version,
            agreement_hash: body.agreement_hash,
        }
    }
}

/// An application.
#[derive(Object)]
pub struct ApplicationView {
    /// The application.
    pub id: ApplicationId,
    /// The organization that applies.
    pub organization: OrganizationId,
    /// Its name.
    pub organization_name: String,
    /// Where it is.
    pub city: String,
    /// ISO 3166-1, two letters.
    pub country: String,
    /// What it wants to be.
    pub kind: PartnerKind,
    /// Words of skills or categories; of a reseller, of the industries it sells to.
    pub specialities: Vec<String>,
    /// Clients who may be asked.
    pub references: Vec<ClientReferenceObject>,
    /// What else the vendor should know.
    pub note: String,
    /// The version of the agreement it accepted.
    pub agreement_version: String,
    /// Who sent it.
    pub applicant_name: String,
    /// When it was sent.
    pub submitted_at: DateTime<Utc>,
    /// Where it is now.
    pub state: ApplicationState,
    /// How it was decided, once it is.
    pub decision: Option<DecisionView>,
}

/// How an application was decided.
#[derive(Object)]
pub struct DecisionView {
    /// Who decided.
    pub by_name: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Why it was refused.
    pub reason: Option<String>,
}

impl From<Application> for ApplicationView {
    fn from(it: Application) -> Self {
        let reference = |r| {
            let ClientReference { name, organization, email, said } = r;
            ClientReferenceObject { name, organization, email, said }
        };
        let decision = |d| {
            let Decision { by: _, by_name, at, reason } = d;
            DecisionView { by_name, at, reason }
        };
        Self {
            id: it.id,
            organization: it.organization,
            organization_name: it.organization_name,
            city: it.city,
            country: it.country,
            kind: it.kind,
            specialities: it.specialities,
            references: it.references.into_iter().map(reference).collect(),
            note: it.note,
            agreement_version: it.agreement_version,
            applicant_name: it.applicant_name,
            submitted_at: it.submitted_at,
            state: it.state,
            decision: it.decision.map(decision),
        }
    }
}

/// A page of applications.
#[derive(Object)]
pub struct ApplicationPageView {
    /// The applications.
    pub items: Vec<ApplicationView>,
    /// Send it as cursor for the next page; absent on the last.
    pub next: Option<String>,
}

impl From<Page<Application>> for ApplicationPageView {
    fn from(page: Page<Application>) -> Self {
        let items = page.items.into_iter().map(ApplicationView::from).collect();
        Self { items, next: page.next }
    }
}
