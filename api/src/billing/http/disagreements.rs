//! Disagreements of the two sides over HTTP.

use super::approvals::{DoneOrWaits, done_or_waits};
use super::endpoints::Tag;
use crate::app::App;
use crate::billing::model::{Disagreement, DisagreementState, Split, SplitProposal, SplitState};
use crate::billing::ops;
use crate::engagements::Side;
use crate::identity::Auth;
use crate::kernel::id::{
    DisagreementId, DisagreementProposalId, EngagementId, MilestoneId, PersonId,
};
use crate::kernel::money::Money;
use crate::platform::http::Failure;
use crate::platform::http::paging::PageQuery;
use crate::platform::http::reply::{Created, Found, created, found};
use chrono::{DateTime, Utc};
use poem::web::Data;
use poem_openapi::param::{Header, Path};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

/// What a side disagrees about, and what it asks for.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct DisagreementBody {
    /// How much should go back to the customer.
    pub back: Money,
    /// How much the payees should get or keep; together they are all that is at stake.
    pub released: Money,
    /// What is wrong; the other side and the program read it.
    pub reason: String,
}

/// What the other side says.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct DisagreementAnswer {
    /// How it sees it.
    pub text: String,
}

/// What a side proposes.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct SplitProposalBody {
    /// How much goes back to the customer.
    pub back: Money,
    /// How much the payees get or keep; together they are all that is at stake.
    pub released: Money,
    /// Why that is fair.
    pub note: String,
}

/// Which proposal is accepted.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct SplitAcceptance {
    /// The proposal that was read; one that was replaced is not accepted unread.
    pub proposal: DisagreementProposalId,
}

/// What the program decides.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct SplitDecision {
    /// How much goes back to the customer.
    pub back: Money,
    /// How much the payees get or keep; together they are all that is at stake.
    pub released: Money,
    /// Why; both sides read it.
    pub reason: String,
}

/// The two sides disagree about a milestone's money.
#[derive(Object)]
pub struct DisagreementItem {
    /// The disagreement.
    pub id: DisagreementId,
    /// What it is about.
    pub milestone: MilestoneId,
    /// Its engagement.
    pub engagement: EngagementId,
    /// Which side filed it.
    pub side: Side,
    /// Who filed it.
    pub filed_by: PersonId,
    /// What is wrong, in that side's words.
    pub reason: String,
    /// How much that side wanted to go back to the customer when it filed.
    pub asked: Money,
    /// When it was filed.
    pub filed_at: DateTime<Utc>,
    /// Until when the other side has to answer: five business days of its own. If it did not, the
    /// program may decide from then on.
    pub answer_by: DateTime<Utc>,
    /// What the other side says.
    pub answer: Option<String>,
    /// When it answered.
    pub answered_at: Option<DateTime<Utc>>,
    /// When the other side first answered, proposed or asked the program.
    pub heard_at: Option<DateTime<Utc>>,
    /// Which side asked the program to decide.
    pub mediation: Option<Side>,
    /// Where it stands.
    pub state: DisagreementState,
    /// What went back to the customer in the end.
    pub back: Option<Money>,
    /// What the payees got or kept.
    pub released: Option<Money>,
    /// Why it ended so; empty while it is open.
    pub outcome: String,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
}

impl From<Disagreement> for DisagreementItem {
    fn from(of: Disagreement) -> Self {
        Self {
            id: of.id,
            milestone: of.milestone,
            engagement: of.engagement,
            side: of.side,
            filed_by: of.filed_by,
            reason: of.reason,
            asked: of.asked,
            filed_at: of.filed_at,
            answer_by: of.answer_by,
            answer: of.answer,
            answered_at: of.answered_at,
            heard_at: of.heard_at,
            mediation: of.mediation,
            state: of.state,
            back: of.split.map(|split| split.back),
            released: of.split.map(|split| split.released),
            outcome: of.outcome,
            ended_at: of.ended_at,
        }
    }
}

/// What a side proposed.
#[derive(Object)]
pub struct SplitProposalView {
    /// The proposal.
    pub id: DisagreementProposalId,
    /// Which side's.
    pub side: Side,
    /// How much would go back to the customer.
    pub back: Money,
    /// How much the payees would get or keep.
    pub released: Money,
    /// Why that is fair.
    pub note: String,
    /// Who proposed it.
    pub proposed_by: PersonId,
    /// When.
    pub proposed_at: DateTime<Utc>,
    /// Where it stands.
    pub state: SplitState,
}

impl From<SplitProposal> for SplitProposalView {
    fn from(of: SplitProposal) -> Self {
        let SplitProposal { id, side, split, note, proposed_by, proposed_at, state, .. } = of;
        let Split { back, released } = split;
        Self { id, side, back, released, note, proposed_by, proposed_at, state }
    }
}

/// A disagreement with what was proposed.
#[derive(Object)]
pub struct DisagreementDetail {
    /// The disagreement itself.
    pub disagreement: DisagreementItem,
    /// What there is to split while it is open.
    pub at_stake: Money,
    /// Whether the program may decide now.
    pub decidable: bool,
    /// What both sides proposed, oldest first.
    pub proposals: Vec<SplitProposalView>,
}

impl From<ops::DisagreementView> for DisagreementDetail {
    fn from(view: ops::DisagreementView) -> Self {
        Self {
            disagreement: view.of.into(),
            at_stake: view.at_stake,
            decidable: view.decidable,
            proposals: view.proposals.into_iter().map(SplitProposalView::from).collect(),
        }
    }
}

/// A page of disagreements.
#[derive(Object)]
pub struct DisagreementPage {
    /// Latest first.
    pub items: Vec<DisagreementItem>,
    /// The cursor of the next page; absent on the last.
    pub next: Option<String>,
}

pub struct DisagreementsApi;

#[OpenApi(tag = "Tag::Billing")]
impl DisagreementsApi {
    /// Say that your side disagrees about a milestone's money
    ///
    /// While money is held, or within 14 days of the milestone's end. What you ask for is your
    /// side's first proposal. The money, the work and the letters of access rest until it is over.
    #[oai(
        path = "/v1/milestones/:milestone/disagreements",
        method = "post",
        operation_id = "file_disagreement"
    )]
    async fn file_disagreement(
        &self,
        app: Data<&App>,
        auth: Auth,
        milestone: Path<MilestoneId>,
        body: Json<DisagreementBody>,
    ) -> Result<Created<DisagreementItem>, Failure> {
        let DisagreementBody { back, released, reason } = body.0;
        let wish = ops::SplitWish { back, released, why: &reason };
        let of = ops::file_disagreement(&app, &auth.0, milestone.0, wish).await?;
        let location = format!("/v1/disagreements/{}", of.id);
        Ok(created(DisagreementItem::from(of), location))
    }

    /// Disagreements, latest first
    ///
    /// All of the program for its leads and finance; their own for the leads of the two sides.
    #[oai(path = "/v1/disagreements", method = "get", operation_id = "list_disagreements")]
    async fn list_disagreements(
        &self,
        app: Data<&App>,
        auth: Auth,
        /// Rows wanted, 1 to 100; 20 when absent.
        limit: PageQuery,
    ) -> Result<Found<DisagreementPage>, Failure> {
        let list = format!("disagreements:{}:{}", auth.0.vendor, auth.0.organization);
        let page = limit.wanted(&app.cursors, &list)?;
        let (items, next) = ops::list_disagreements(&app, &auth.0, page).await?;
        Ok(found(DisagreementPage {
            items: items.into_iter().map(|line| line.of.into()).collect(),
            next: next.map(|position| app.cursors.seal(&list, position)),
        }))
    }

    /// See a disagreement and what was proposed
    #[oai(
        path = "/v1/disagreements/:disagreement",
        method = "get",
        operation_id = "get_disagreement"
    )]
    async fn get_disagreement(
        &self,
        app: Data<&App>,
        auth: Auth,
        disagreement: Path<DisagreementId>,
    ) -> Result<Found<DisagreementDetail>, Failure> {
        Ok(found(ops::see_disagreement(&app, &auth.0, disagreement.0).await?.into()))
    }

    /// Say how your side sees it, once
    #[oai(
        path = "/v1/disagreements/:disagreement/answer",
        method = "post",
        operation_id = "answer_disagreement"
    )]
    async fn answer_disagreement(
        &self,
        app: Data<&App>,
        auth: Auth,
        disagreement: Path<DisagreementId>,
        body: Json<DisagreementAnswer>,
    ) -> Result<Found<DisagreementItem>, Failure> {
        let id = disagreement.0;
        Ok(found(ops::answer_disagreement(&app, &auth.0, id, &body.0.text).await?.into()))
    }

    /// Propose how the money is split
    ///
    /// It takes the place of what your side proposed before. The other side's first proposal counts
    /// as its answer.
    #[oai(
        path = "/v1/disagreements/:disagreement/proposals",
        method = "post",
        operation_id = "propose_split"
    )]
    async fn propose_split(
        &self,
        app: Data<&App>,
        auth: Auth,
        disagreement: Path<DisagreementId>,
        body: Json<SplitProposalBody>,
    ) -> Result<Created<SplitProposalView>, Failure> {
        let (id, SplitProposalBody { back, released, note }) = (disagreement.0, body.0);
        let wish = ops::SplitWish { back, released, why: &note };
        let of = ops::propose_split(&app, &auth.0, id, wish).await?;
        Ok(created(SplitProposalView::from(of), format!("/v1/disagreements/{id}")))
    }

    /// Accept what the other side proposed
    ///
    /// It is carried out at once: so much goes back, the rest is released.
    #[oai(
        path = "/v1/disagreements/:disagreement/accept",
        method = "post",
        operation_id = "accept_split"
    )]
    #[expect(clippy::too_many_arguments, reason = "each is a part of the request")]
    async fn accept_split(
        &self,
        app: Data<&App>,
        auth: Auth,
        disagreement: Path<DisagreementId>,
        /// A new key for each new wish; a repeat with the same key is answered the same.
        #[oai(name = "Idempotency-Key")]
        _key: Header<String>,
        body: Json<SplitAcceptance>,
    ) -> Result<Found<DisagreementItem>, Failure> {
        let (id, proposal) = (disagreement.0, body.0.proposal);
        Ok(found(ops::accept_split(&app, &auth.0, id, proposal).await?.into()))
    }

    /// Ask the program to decide
    ///
    /// It may as soon as the other side was heard, or its time to answer is over.
    #[oai(
        path = "/v1/disagreements/:disagreement/mediation",
        method = "post",
        operation_id = "ask_mediation"
    )]
    async fn ask_mediation(
        &self,
        app: Data<&App>,
        auth: Auth,
        disagreement: Path<DisagreementId>,
    ) -> Result<Found<DisagreementItem>, Failure> {
        Ok(found(ops::ask_mediation(&app, &auth.0, disagreement.0).await?.into()))
    }

    /// Decide how the money is split
    ///
    /// For the program's owner and managers: once a side asked and the other was heard, or nobody
    /// answered in time. It is carried out at once; what passes the program's limit waits for a
    /// second person.
    #[oai(
        path = "/v1/disagreements/:disagreement/decision",
        method = "post",
        operation_id = "decide_disagreement"
    )]
    #[expect(clippy::too_many_arguments, reason = "each is a part of the request")]
    async fn decide_disagreement(
        &self,
        app: Data<&App>,
        auth: Auth,
        disagreement: Path<DisagreementId>,
        /// A new key for each new wish; a repeat with the same key is answered the same.
        #[oai(name = "Idempotency-Key")]
        _key: Header<String>,
        body: Json<SplitDecision>,
    ) -> Result<DoneOrWaits<DisagreementItem>, Failure> {
        let SplitDecision { back, released, reason } = body.0;
        let wish = ops::SplitWish { back, released, why: &reason };
        Ok(done_or_waits(ops::decide_disagreement(&app, &auth.0, disagreement.0, wish).await?))
    }

    /// Take your side's disagreement back
    #[oai(
        path = "/v1/disagreements/:disagreement/withdrawal",
        method = "post",
        operation_id = "withdraw_disagreement"
    )]
    async fn withdraw_disagreement(
        &self,
        app: Data<&App>,
        auth: Auth,
        disagreement: Path<DisagreementId>,
    ) -> Result<Found<DisagreementItem>, Failure> {
        Ok(found(ops::withdraw_disagreement(&app, &auth.0, disagreement.0).await?.into()))
    }
}
