//! What waits for the yes of several people of a customer, over HTTP.

use super::Tag;
use super::views::{ConsentView, GrantView};
use crate::access::model::{Agreed, GrantProposalKind, GrantProposalState, Proposal};
use crate::access::ops::{self, ProposalOrder, Yes, consent_of_proposal};
use crate::app::App;
use crate::identity::Auth;
use crate::kernel::id::{
    AmendmentId, ConnectionId, EngagementId, GrantId, GrantProposalId, PersonId,
};
use crate::kernel::page::Position;
use crate::platform::caller::Caller;
use crate::platform::http::Failure;
use crate::platform::http::paging::{PageWanted, cut};
use crate::platform::http::reply::{Found, NoContent, found};
use chrono::{DateTime, NaiveDate, Utc};
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, Object, OpenApi};

/// Something that several people of your organization have to agree to.
#[derive(Object)]
pub struct GrantProposalView {
    /// The proposal.
    id: GrantProposalId,
    /// What comes of it.
    kind: GrantProposalKind,
    /// Where it stands.
    state: GrantProposalState,
    /// The letter that it is about; a new one is there once it is in force.
    grant: GrantId,
    /// What was asked for, where it is more on a letter.
    amendment: Option<AmendmentId>,
    /// The engagement.
    engagement: EngagementId,
    /// The engagement's number as people read it.
    engagement_label: String,
    /// The account.
    connection: ConnectionId,
    /// The account's name.
    account_name: String,
    /// The person whom the letter names.
    consultant: PersonId,
    /// That person's name.
    consultant_name: String,
    /// The preset that the terms were made from.
    preset: String,
    /// SHA-256 of the frozen terms, in hexadecimal digits.
    terms_hash: String,
    /// What the letter says then; absent when its terms cannot be read.
    consent: Option<ConsentView>,
    /// The last day that was chosen, in your organization's zone.
    last_day: Option<NaiveDate>,
    /// Which edition this is: one more with each change, and then everybody is asked anew.
    edition: i32,
    /// Names exactly this edition; send it along to agree to it.
    hash: String,
    /// Whether a yes wants the password.
    needs_password: bool,
    /// How many people have to agree.
    needed: i16,
    /// Who agreed to any edition, earliest first.
    agreed: Vec<AgreedView>,
    /// Who proposed it.
    proposed_by: PersonId,
    /// When it was proposed.
    proposed_at: DateTime<Utc>,
    /// Who wrote this edition.
    edited_by: PersonId,
    /// When this edition was written.
    edited_at: DateTime<Utc>,
    /// Until when it waits.
    answer_by: DateTime<Utc>,
    /// When it was closed.
    closed_at: Option<DateTime<Utc>>,
    /// Who closed it: by the last yes, a no, or taking it back.
    closed_by: Option<PersonId>,
    /// Why it was declined.
    reason: String,
}

/// A yes.
#[derive(Object)]
struct AgreedView {
    /// Who.
    person: PersonId,
    /// That person's name.
    name: String,
    /// When.
    at: DateTime<Utc>,
    /// Whether it counts: it is to this edition, and its person still decides for you.
    counts: bool,
}

impl From<Agreed> for AgreedView {
    fn from(yes: Agreed) -> Self {
        Self { person: yes.person, name: yes.name, at: yes.at, counts: yes.counts }
    }
}

impl GrantProposalView {
    pub fn of(app: &App, it: Proposal) -> Self {
        Self {
            id: it.id,
            kind: it.frozen.kind,
            state: it.state,
            grant: it.frozen.grant,
            amendment: it.frozen.amendment,
            engagement: it.frozen.engagement,
            engagement_label: it.engagement_label(),
            connection: it.frozen.connection,
            consent: consent_of_proposal(app, &it).map(ConsentView::from),
            needs_password: it.frozen.needs_password(),
            account_name: it.account_name,
            consultant: it.frozen.consultant,
            consultant_name: it.frozen.consultant_name,
            preset: it.frozen.preset,
            terms_hash: hex::encode(it.frozen.terms_hash),
            last_day: it.frozen.last_day,
            edition: it.edition,
            hash: hex::encode(it.hash),
            needed: it.needed,
            agreed: it.agreed.into_iter().map(AgreedView::from).collect(),
            proposed_by: it.proposed_by,
            proposed_at: it.proposed_at,
            edited_by: it.edited_by,
            edited_at: it.edited_at,
            answer_by: it.answer_by,
            closed_at: it.closed_at,
            closed_by: it.closed_by,
            reason: it.close_reason,
        }
    }
}

/// A page of proposals.
#[derive(Object)]
struct GrantProposalPage {
    /// The proposals, latest first.
    items: Vec<GrantProposalView>,
    /// Cursor of the next page, if there is one.
    next: Option<String>,
}

/// A yes.
#[derive(Object)]
#[oai(deny_unknown_fields)]
struct AgreeProposalBody {
    /// The hash of the edition that you were shown.
    hash: String,
    /// Your password, wanted when the letter may do more than read.
    password: Option<String>,
}

/// A no.
#[derive(Object)]
#[oai(deny_unknown_fields)]
struct DeclineProposalBody {
    /// The hash of the edition that you were shown.
    hash: String,
    /// Why, for your colleagues to read.
    reason: String,
}

/// What became of a yes to something new.
#[derive(ApiResponse)]
pub enum NewLetter {
    /// The letter is in force
    #[oai(status = 201)]
    InForce(
        Json<GrantView>,
        /// Where the new thing is.
        #[oai(header = "Location")]
        String,
    ),
    /// Others have to agree as well
    #[oai(status = 202)]
    Waits(
        Json<GrantProposalView>,
        /// Where what waits is.
        #[oai(header = "Location")]
        String,
    ),
}

/// What became of a yes.
#[derive(ApiResponse)]
pub enum Answered {
    /// It is in force
    #[oai(status = 200)]
    InForce(Json<GrantView>),
    /// Others have to agree as well
    #[oai(status = 202)]
    Waits(
        Json<GrantProposalView>,
        /// Where what waits is.
        #[oai(header = "Location")]
        String,
    ),
}

pub async fn new_letter(app: &App, caller: &Caller, yes: Yes) -> Result<NewLetter, Failure> {
    Ok(match answered(app, caller, yes).await? {
        Answered::InForce(Json(grant)) => {
            let place = format!("/v1/grants/{}", grant.id);
            NewLetter::InForce(Json(grant), place)
        }
        Answered::Waits(waits, place) => NewLetter::Waits(waits, place),
    })
}

pub async fn answered(app: &App, caller: &Caller, yes: Yes) -> Result<Answered, Failure> {
    match yes {
        Yes::InForce(id) => {
            let grant = ops::get_grant(app, caller, id).await?;
            Ok(Answered::InForce(Json(GrantView::of(app, grant))))
        }
        Yes::Waits(id) => {
            let it = ops::get_proposal(app, caller, id).await?;
            let place = format!("/v1/grant-proposals/{id}");
            Ok(Answered::Waits(Json(GrantProposalView::of(app, it)), place))
        }
    }
}

pub struct ProposalsApi;

#[OpenApi(tag = "Tag::Access")]
impl ProposalsApi {
    /// List what several of your people have to agree to, waiting or closed
    #[oai(path = "/v1/grant-proposals", method = "get", operation_id = "list_grant_proposals")]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the query")]
    async fn list_proposals(
        &self,
        app: Data<&App>,
        auth: Auth,
        /// Only those that wait, or only those that are closed.
        waiting: Query<Option<bool>>,
        /// Only those about this letter of access.
        grant: Query<Option<GrantId>>,
        /// Most rows of the page, from 1 to 100; 20 when absent.
        limit: Query<Option<i64>>,
        /// Where the page begins: `next` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Found<GrantProposalPage>, Failure> {
        let list = format!("grant-proposals:{}:{}", auth.0.vendor, auth.0.organization);
        let page = PageWanted::read(&app.cursors, &list, limit.0, cursor.0.as_deref())?;
        let mut rows = ops::list_proposals(&app, &auth.0, (waiting.0, grant.0, page)).await?;
        let next = cut(&mut rows, page.limit, |it| Position { at: it.proposed_at, id: it.id.0 });
        Ok(found(GrantProposalPage {
            items: rows.into_iter().map(|it| GrantProposalView::of(&app, it)).collect(),
            next: next.map(|position| app.cursors.seal(&list, position)),
        }))
    }

    /// Look at what several of your people have to agree to
    #[oai(
        path = "/v1/grant-proposals/:grant_proposal",
        method = "get",
        operation_id = "get_grant_proposal"
    )]
    async fn get_proposal(
        &self,
        app: Data<&App>,
        auth: Auth,
        grant_proposal: Path<GrantProposalId>,
    ) -> Result<Found<GrantProposalView>, Failure> {
        let it = ops::get_proposal(&app, &auth.0, grant_proposal.0).await?;
        Ok(found(GrantProposalView::of(&app, it)))
    }

    /// Agree to exactly what you were shown
    ///
    /// With the last yes that is wanted it is in force. A change in between is 409
    /// `proposal-changed`: read it again.
    #[oai(
        path = "/v1/grant-proposals/:grant_proposal/agree",
        method = "post",
        operation_id = "agree_to_grant_proposal"
    )]
    async fn agree(
        &self,
        app: Data<&App>,
        auth: Auth,
        grant_proposal: Path<GrantProposalId>,
        body: Json<AgreeProposalBody>,
    ) -> Result<Answered, Failure> {
        let AgreeProposalBody { hash, password } = body.0;
        let order = ProposalOrder { hash, password };
        let yes = ops::agree_to_proposal(&app, &auth.0, grant_proposal.0, order).await?;
        answered(&app, &auth.0, yes).await
    }

    /// Decline what several of your people have to agree to
    ///
    /// One no is enough. A request that it answers goes on waiting.
    #[oai(
        path = "/v1/grant-proposals/:grant_proposal/decline",
        method = "post",
        operation_id = "decline_grant_proposal"
    )]
    async fn decline(
        &self,
        app: Data<&App>,
        auth: Auth,
        grant_proposal: Path<GrantProposalId>,
        body: Json<DeclineProposalBody>,
    ) -> Result<NoContent, Failure> {
        let words = (body.hash.as_str(), body.reason.as_str());
        ops::decline_proposal(&app, &auth.0, grant_proposal.0, words).await?;
        Ok(NoContent::Ok)
    }

    /// Take back what you proposed
    #[oai(
        path = "/v1/grant-proposals/:grant_proposal/withdraw",
        method = "post",
        operation_id = "withdraw_grant_proposal"
    )]
    async fn withdraw(
        &self,
        app: Data<&App>,
        auth: Auth,
        grant_proposal: Path<GrantProposalId>,
    ) -> Result<NoContent, Failure> {
        ops::withdraw_proposal(&app, &auth.0, grant_proposal.0).await?;
        Ok(NoContent::Ok)
    }
}
