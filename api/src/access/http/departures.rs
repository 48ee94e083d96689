//! The end of a person's work over HTTP: what it ends, ending it, and the proof.

use super::Tag;
use super::receipts::ReceiptView;
use crate::access::ops::{self, Departure, LeavingLetter, LeavingProgram};
use crate::app::App;
use crate::engagements::{EngagementState, OpenWork};
use crate::identity::Auth;
use crate::kernel::id::{EngagementId, GrantId, MembershipId, OrganizationId, PersonId};
use crate::platform::caller::Role;
use crate::platform::http::Failure;
use crate::platform::http::reply::{Found, found};
use crate::platform::refusal::Refusal;
use chrono::{DateTime, Utc};
use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::payload::PlainText;
use poem_openapi::{ApiResponse, Object, OpenApi};

/// A letter, or a request for one, that ends with the person's work.
#[derive(Object)]
struct LeavingLetterView {
    /// The letter.
    id: GrantId,
    /// Whom it is from.
    customer: OrganizationId,
    /// The customer's name.
    customer_name: String,
    /// The account, or the application while none is chosen.
    place: String,
    /// The engagement it lives with.
    engagement: EngagementId,
    /// The engagement's number as people read it.
    engagement_label: String,
    /// What it allows, in sentences that follow "can".
    can: Vec<String>,
    /// SHA-256 of the frozen terms, in hexadecimal digits.
    terms_hash: String,
    /// When it was granted; absent for a request.
    granted_at: Option<DateTime<Utc>>,
    /// When its row came to say that it ended; calls are refused since the seat ended.
    ended_at: Option<DateTime<Utc>>,
    /// Calls that were let through while it lived.
    let_through: i64,
    /// The last of them.
    last_call_at: Option<DateTime<Utc>>,
    /// What that was, in plain words.
    last_call: Option<String>,
    /// Calls begun after the seat ended and let through nevertheless: none, or something is broken.
    begun_after: i64,
    /// Calls refused since the seat ended.
    refused_since: i64,
}

/// An engagement that names the person as who does the work.
#[derive(Object)]
struct OpenWorkView {
    /// The engagement.
    engagement: EngagementId,
    /// Its number as people read it.
    label: String,
    /// What it is about.
    title: String,
    /// The customer's name.
    customer_name: String,
    /// Where it stands.
    state: EngagementState,
    /// Milestones that are neither accepted nor refunded.
    open_milestones: i64,
    /// Those of them whose money is held.
    held_milestones: i64,
}

/// One seat with all that hangs on it.
#[derive(Object)]
struct LeavingProgramView {
    /// The seat.
    membership: MembershipId,
    /// The program's word in addresses.
    program: String,
    /// The program's name.
    program_name: String,
    /// The organization of the seat.
    organization: OrganizationId,
    /// The organization's name.
    organization_name: String,
    /// The role of the seat.
    role: Role,
    /// Letters and requests that end with it.
    letters: Vec<LeavingLetterView>,
    /// Engagements that need somebody else.
    engagements: Vec<OpenWorkView>,
}

/// A person's work: what ends with it, or has ended with it.
#[derive(Object)]
struct DepartureView {
    /// The person.
    person: PersonId,
    /// The person's name.
    name: String,
    /// The person's e-mail address.
    email: String,
    /// When it ended, in one commit for all seats; absent while it goes on.
    ended_at: Option<DateTime<Utc>>,
    /// Who ended it.
    ended_by: Option<String>,
    /// The code of the refusal that ending it would meet now.
    hindered_by: Option<String>,
    /// How many customers the letters are from.
    customers: u64,
    /// Whether every letter's row says that it ended; the signed proof is there from then on.
    proven: bool,
    /// Every seat that ends, the one that was asked about first.
    programs: Vec<LeavingProgramView>,
}

impl From<LeavingLetter> for LeavingLetterView {
    fn from(it: LeavingLetter) -> Self {
        let LeavingLetter { grant, place, can, calls } = it;
        Self {
            id: grant.id,
            customer: grant.customer,
            engagement: grant.engagement,
            engagement_label: grant.engagement_label(),
            terms_hash: hex::encode(&grant.terms_hash),
            granted_at: grant.granted_at,
            ended_at: grant.ended_at,
            customer_name: grant.customer_name,
            place,
            can,
            let_through: calls.let_through,
            last_call_at: calls.last_at,
            last_call: calls.last,
            begun_after: calls.begun_after,
            refused_since: calls.refused_since,
        }
    }
}

impl From<OpenWork> for OpenWorkView {
    fn from(it: OpenWork) -> Self {
        Self {
            engagement: it.engagement,
            label: it.label(),
            title: it.title,
            customer_name: it.customer_name,
            state: it.state,
            open_milestones: it.open_milestones,
            held_milestones: it.held_milestones,
        }
    }
}

impl From<LeavingProgram> for LeavingProgramView {
    fn from(it: LeavingProgram) -> Self {
        Self {
            membership: it.seat.membership,
            program: it.seat.slug,
            program_name: it.seat.program,
            organization: it.seat.organization,
            organization_name: it.organization,
            role: it.seat.role,
            letters: it.letters.into_iter().map(Into::into).collect(),
            engagements: it.work.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<Departure> for DepartureView {
    fn from(it: Departure) -> Self {
        Self {
            customers: u64::try_from(it.customers()).unwrap_or(u64::MAX),
            proven: it.is_written(),
            person: it.of.person,
            name: it.of.name,
            email: it.of.email,
            ended_at: it.of.ended_at,
            ended_by: it.ended_by_name,
            hindered_by: it.of.hindered.map(|refusal| refusal.code().to_owned()),
            programs: it.programs.into_iter().map(Into::into).collect(),
        }
    }
}

/// 200 with a table.
#[derive(ApiResponse)]
enum ProofTable {
    /// The proof list as CSV
    #[oai(status = 200, content_type = "text/csv")]
    Ok(
        PlainText<String>,
        /// Offers the file's name.
        #[oai(header = "Content-Disposition")]
        String,
    ),
}

pub struct DeparturesApi;

#[OpenApi(tag = "Tag::Access")]
impl DeparturesApi {
    /// What ends with a person's work, or has ended with it
    ///
    /// Before: exactly what would end, letter by letter, and the engagements that will need
    /// somebody else. After: the proof list.
    #[oai(
        path = "/v1/members/:membership/departure",
        method = "get",
        operation_id = "see_departure"
    )]
    async fn see(
        &self,
        app: Data<&App>,
        auth: Auth,
        membership: Path<MembershipId>,
    ) -> Result<Found<DepartureView>, Failure> {
        Ok(found(ops::see_departure(&app, &auth.0, membership.0).await?.into()))
    }

    /// End a person's work in one commit
    ///
    /// Every seat of the person that you may end ends, with a session in all programs; the next
    /// call of each letter of access is refused. It cannot be undone. A second time it tells the
    /// same.
    #[oai(path = "/v1/members/:membership/departure", method = "post", operation_id = "end_work")]
    async fn end(
        &self,
        app: Data<&App>,
        auth: Auth,
        membership: Path<MembershipId>,
    ) -> Result<Found<DepartureView>, Failure> {
        Ok(found(ops::end_work(&app, &auth.0, membership.0).await?.into()))
    }

    /// The signed proof that a person's work is over
    ///
    /// One receipt for all letters; `attache audit receipt` checks it off line.
    #[oai(
        path = "/v1/members/:membership/departure/receipt",
        method = "get",
        operation_id = "get_departure_receipt"
    )]
    async fn prove(
        &self,
        app: Data<&App>,
        auth: Auth,
        membership: Path<MembershipId>,
    ) -> Result<Found<ReceiptView>, Failure> {
        Ok(found(ops::prove_departure(&app, &auth.0, membership.0).await?.into()))
    }

    /// The proof list as a table
    #[oai(
        path = "/v1/members/:membership/departure.csv",
        method = "get",
        operation_id = "export_departure"
    )]
    async fn export(
        &self,
        app: Data<&App>,
        auth: Auth,
        membership: Path<MembershipId>,
    ) -> Result<ProofTable, Failure> {
        let csv = ops::export_departure(&app, &auth.0, membership.0).await?;
        let name = "attachment; filename=\"end-of-work.csv\"".to_owned();
        Ok(ProofTable::Ok(PlainText(csv), name))
    }
}
