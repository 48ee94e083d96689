//! An application to the program, from submission to its decision.

use super::enrollment::PartnerKind;
use super::taxonomy::Taxonomy;
use crate::kernel::check::{Checks, Invalid};
use crate::kernel::email::Email;
use crate::kernel::id::{AgreementId, ApplicationId, OrganizationId, PersonId};
use crate::platform::caller::OrganizationKind;
use crate::program::ProgramError;
use crate::text_enum;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

text_enum! {
    /// Where an application is.
    pub enum ApplicationState {
        Submitted = "submitted",
        Approved = "approved",
        Rejected = "rejected",
        Withdrawn = "withdrawn",
    }
}

text_enum! {
    /// What can be done with an application.
    pub enum ApplicationStep { Approve = "approve", Reject = "reject", Withdraw = "withdraw" }
}

impl ApplicationState {
    /// The state after a step; an application is decided or withdrawn once.
    pub fn after(self, step: ApplicationStep) -> Result<Self, ProgramError> {
        match (self, step) {
            (Self::Submitted, ApplicationStep::Approve) => Ok(Self::Approved),
            (Self::Submitted, ApplicationStep::Reject) => Ok(Self::Rejected),
            (Self::Submitted, ApplicationStep::Withdraw) => Ok(Self::Withdrawn),
            (state, step) => Err(ProgramError::ApplicationState { state, step }),
        }
    }
}

/// A client who may be asked, with what the applicant says they say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientReference {
    pub name: String,
    pub organization: String,
    pub email: String,
    pub said: String,
}

/// An application as it is sent.
#[derive(Debug, Clone)]
pub struct NewApplication {
    pub kind: PartnerKind,
    /// A consultant's: slugs of skills or categories of the program. A reseller's: slugs of the
    /// industries it sells to.
    pub specialities: Vec<String>,
    pub references: Vec<ClientReference>,
    pub note: String,
    pub agreement_version: String,
    /// Hexadecimal SHA-256 of the agreement's text.
    pub agreement_hash: String,
}

impl NewApplication {
    /// The application in form for this kind of organization; errors name each field at fault.
    pub fn checked(self, kind: OrganizationKind, taxonomy: &Taxonomy) -> Result<Self, Invalid> {
        let mut checks = Checks::new();
        let fits = self.kind.organization() == kind;
        let message = format!("A {kind} organization cannot apply as {}", self.kind);
        checks.that(fits, "kind", message);
        let note = checks.text("note", &self.note, "a note", (0, 2000));
        let specialities = specialities(&mut checks, self.kind, self.specialities, taxonomy);
        let count = self.references.len();
        checks.that((1..=5).contains(&count), "references", "Name one to five clients");
        let references = self.references.into_iter().take(5).enumerate();
        let references = references.map(|(n, r)| r.checked(&mut checks, n)).collect();
        checks.finish()?;
        Ok(Self { specialities, references, note, ..self })
    }
}

/// What a consultant is good at, or whom a reseller sells to; a program without industries cannot
/// ask the latter.
fn specialities(
    checks: &mut Checks,
    kind: PartnerKind,
    slugs: Vec<String>,
    taxonomy: &Taxonomy,
) -> Vec<String> {
    let distinct: BTreeSet<String> = slugs.into_iter().collect();
    let (least, many, one) = match kind {
        PartnerKind::Consultant => (1, "skills or categories", "skill or category"),
        PartnerKind::Reseller => {
            (usize::from(!taxonomy.industries.is_empty()), "industries", "industry")
        }
    };
    let some = (least..=12).contains(&distinct.len());
    checks.that(some, "specialities", format!("Choose one to twelve {many}"));
    let known = |slug: &str| match kind {
        PartnerKind::Consultant => {
            taxonomy.skill(slug).is_some() || taxonomy.category(slug).is_some()
        }
        PartnerKind::Reseller => taxonomy.industry(slug).is_some(),
    };
    for slug in distinct.iter().filter(|slug| !known(slug)).take(12) {
        checks.that(false, "specialities", format!("The program has no {one} {slug:?}"));
    }
    distinct.into_iter().collect()
}

impl ClientReference {
    fn checked(self, checks: &mut Checks, n: usize) -> Self {
        let field = |name: &str| format!("references[{n}].{name}");
        let email = Email::parse(&self.email);
        let email =
            checks.parsed(&field("email"), email, "Enter a mail address, such as name@company.com");
        Self {
            name: checks.text(&field("name"), &self.name, "a name", (1, 120)),
            organization: checks.text(
                &field("organization"),
                &self.organization,
                "an organization",
                (1, 120),
            ),
            email: email.map(|e| e.as_str().to_owned()).unwrap_or_default(),
            said: checks.text(&field("said"), &self.said, "what they say", (1, 600)),
        }
    }
}

/// The reason of a rejection, in form: the applicant reads it.
pub fn rejection_reason(text: &str) -> Result<String, Invalid> {
    let mut checks = Checks::new();
    let reason = checks.text("reason", text, "a reason", (10, 1000));
    checks.finish()?;
    Ok(reason)
}

/// An application as the applicant and the vendor see it.
#[derive(Debug, Clone)]
pub struct Application {
    pub id: ApplicationId,
    pub organization: OrganizationId,
    pub organization_name: String,
    pub city: String,
    pub country: String,
    pub kind: PartnerKind,
    pub specialities: Vec<String>,
    pub references: Vec<ClientReference>,
    pub note: String,
    pub agreement: AgreementId,
    pub agreement_version: String,
    /// Hexadecimal SHA-256 of the text that was accepted.
    pub agreement_hash: String,
    pub submitted_by: PersonId,
    pub applicant_name: String,
    pub submitted_at: DateTime<Utc>,
    pub state: ApplicationState,
    pub decision: Option<Decision>,
}

/// Who decided, when, and what the applicant is told.
#[derive(Debug, Clone)]
pub struct Decision {
    pub by: PersonId,
    pub by_name: String,
    pub at: DateTime<Utc>,
    pub reason: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::super::taxonomy::{Category, Industry};
    use super::*;

    fn new() -> NewApplication {
        let reference = ClientReference {
            name: " Karin Aas ".into(),
            organization: "Moor Lodges".into(),
            email: "Karin@Moor.Example".into(),
            said: "On time.".into(),
        };
        NewApplication {
            kind: PartnerKind::Consultant,
            specialities: vec!["reporting".into(), "reporting".into()],
            references: vec![reference],
            note: String::new(),
            agreement_version: "1".into(),
            agreement_hash: String::new(),
        }
    }

    fn faults(new: NewApplication, kind: OrganizationKind) -> Vec<String> {
        let reporting = Category { slug: "reporting".into(), ..Category::default() };
        let taxonomy = Taxonomy { categories: vec![reporting], ..Taxonomy::default() };
        let Err(invalid) = new.checked(kind, &taxonomy) else { return Vec::new() };
        invalid.0.into_iter().map(|f| f.field).collect()
    }

    #[test]
    fn an_application_is_put_in_form_or_refused_by_field() {
        use OrganizationKind::{Partner, Reseller};
        assert!(faults(new(), Partner).is_empty());
        assert_eq!(faults(new(), Reseller), ["kind"]);
        let unknown = NewApplication { specialities: vec!["magic".into()], ..new() };
        assert_eq!(faults(unknown, Partner), ["specialities"]);
        let nobody = NewApplication { references: Vec::new(), ..new() };
        assert_eq!(faults(nobody, Partner), ["references"]);
        let mut wrong = new();
        wrong.references[0].email = "nowhere".into();
        wrong.references[0].said = String::new();
        assert_eq!(faults(wrong, Partner), ["references[0].email", "references[0].said"]);
    }

    #[test]
    fn a_reseller_names_the_industries_it_sells_to() {
        let sells = |slugs: &[&str], industries: &[&str]| {
            let industries = industries
                .iter()
                .map(|slug| Industry { slug: (*slug).into(), title: (*slug).into() });
            let taxonomy = Taxonomy { industries: industries.collect(), ..Taxonomy::default() };
            let specialities = slugs.iter().map(|slug| (*slug).to_owned()).collect();
            let new = NewApplication { kind: PartnerKind::Reseller, specialities, ..new() };
            match new.checked(OrganizationKind::Reseller, &taxonomy) {
                Ok(_) => String::new(),
                Err(invalid) => invalid.0[0].message.clone(),
            }
        };
        assert_eq!(sells(&["hotels"], &["hotels", "retail"]), "");
        assert_eq!(sells(&[], &["hotels"]), "Choose one to twelve industries");
        assert_eq!(sells(&["reporting"], &["hotels"]), "The program has no industry \"reporting\"");
        assert_eq!(sells(&[], &[]), "", "a program that lists none asks none");
    }

    #[test]
    fn a_rejection_says_why() {
        assert!(rejection_reason("too short").is_err());
        assert!(rejection_reason(&"x".repeat(1001)).is_err());
        assert_eq!(rejection_reason("  We need more.  ").as_deref(), Ok("We need more."));
    }

    #[test]
    fn every_state_and_step() {
        use ApplicationState::{Approved, Rejected, Submitted, Withdrawn};
        use ApplicationStep::{Approve, Reject, Withdraw};
        for state in ApplicationState::ALL {
            for step in ApplicationStep::ALL {
                let expected = match (state, step) {
                    (Submitted, Approve) => Ok(Approved),
                    (Submitted, Reject) => Ok(Rejected),
                    (Submitted, Withdraw) => Ok(Withdrawn),
                    _ => Err(ProgramError::ApplicationState { state: *state, step: *step }),
                };
                assert_eq!(state.after(*step), expected, "{step} when {state}");
            }
        }
    }
}
