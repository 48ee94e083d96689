//! What waits for a second person over HTTP, and the limits that make it wait.

use super::endpoints::Tag;
use crate::app::App;
use crate::billing::model::{
    MoneyApproval, MoneyApprovalKind, MoneyApprovalState, MoneyLimit, MoneyTerms,
};
use crate::billing::ops::{self, Carried};
use crate::identity::Auth;
use crate::kernel::id::{BreakId, DisagreementId, MilestoneId, MoneyApprovalId, PersonId};
use crate::kernel::money::{Currency, Money};
use crate::platform::http::Failure;
use crate::platform::http::paging::PageQuery;
use crate::platform::http::reply::{Found, found};
use chrono::{DateTime, Utc};
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::types::ToJSON;
use poem_openapi::{ApiResponse, Object, OpenApi};

/// Something that a second person of the program has to say yes to.
#[derive(Object)]
pub struct MoneyApprovalView {
    /// The approval.
    pub id: MoneyApprovalId,
    /// What is asked for.
    pub kind: MoneyApprovalKind,
    /// Where it stands.
    pub state: MoneyApprovalState,
    /// What would be done, in a line.
    pub line: String,
    /// The milestone whose money it is.
    pub milestone: Option<MilestoneId>,
    /// The disagreement that would be decided.
    pub disagreement: Option<DisagreementId>,
    /// The difference that would be explained.
    pub difference: Option<BreakId>,
    /// What counts against the limit; of a limit the one that is wanted, absent for none.
    pub amount: Option<Money>,
    /// Of a disagreement: what goes back to the customer.
    pub back: Option<Money>,
    /// Of a disagreement: what the payees get or keep.
    pub released: Option<Money>,
    /// Of a difference: the event key of the journal that settled it.
    pub correction: Option<String>,
    /// The limit when it was asked for.
    pub over: Money,
    /// Why; what is carried out has it as its reason.
    pub reason: String,
    /// Names exactly these terms; send it along with a yes or a no.
    pub hash: String,
    /// Who asked.
    pub asked_by: PersonId,
    /// That person's name.
    pub asked_by_name: String,
    /// When.
    pub asked_at: DateTime<Utc>,
    /// Until when it waits; then it lapses.
    pub answer_by: DateTime<Utc>,
    /// Who ended it; absent while it waits, and when nobody answered in time.
    pub closed_by: Option<PersonId>,
    /// That person's name.
    pub closed_by_name: Option<String>,
    /// When it ended.
    pub closed_at: Option<DateTime<Utc>>,
    /// The reason of whoever answered, or what did not fit any more.
    pub words: Option<String>,
}

impl From<MoneyApproval> for MoneyApprovalView {
    fn from(of: MoneyApproval) -> Self {
        let (mut disagreement, mut difference, mut correction, mut split) =
            (None, None, None, None);
        match &of.terms {
            MoneyTerms::Award { disagreement: id, split: parts, .. } => {
                disagreement = Some(*id);
                split = Some(*parts);
            }
            MoneyTerms::Explanation { difference: id, correction: key, .. } => {
                difference = Some(*id);
                correction.clone_from(key);
            }
            MoneyTerms::Refund { .. } | MoneyTerms::Limit { .. } => {}
        }
        Self {
            id: of.id,
            kind: of.terms.kind(),
            state: of.state,
            line: of.terms.line(),
            milestone: of.terms.milestone(),
            disagreement,
            difference,
            amount: of.terms.amount(),
            back: split.map(|split| split.back),
            released: split.map(|split| split.released),
            correction,
            over: of.over,
            hash: of.hash_text(),
            reason: of.reason,
            asked_by: of.asked_by,
            asked_by_name: of.asked_by_name,
            asked_at: of.asked_at,
            answer_by: of.answer_by,
            closed_by: of.closed_by,
            closed_by_name: of.closed_by_name,
            closed_at: of.closed_at,
            words: of.words,
        }
    }
}

/// What became of something new that one person asked for.
#[derive(ApiResponse)]
pub enum CreatedOrWaits<T: ToJSON> {
    /// It is done
    #[oai(status = 201)]
    Done(
        Json<T>,
        /// Where the new thing is.
        #[oai(header = "Location")]
        String,
    ),
    /// It passes the program's limit: nothing is done before a second person says yes
    #[oai(status = 202)]
    Waits(
        Json<MoneyApprovalView>,
        /// Where what waits is.
        #[oai(header = "Location")]
        String,
    ),
}

/// What became of a deed that one person asked for.
#[derive(ApiResponse)]
pub enum DoneOrWaits<T: ToJSON> {
    /// It is done
    #[oai(status = 200)]
    Done(Json<T>),
    /// It passes the program's limit: nothing is done before a second person says yes
    #[oai(status = 202)]
    Waits(
        Json<MoneyApprovalView>,
        /// Where what waits is.
        #[oai(header = "Location")]
        String,
    ),
}

fn address(of: &MoneyApproval) -> String {
    format!("/v1/money-approvals/{}", of.id)
}

/// `location` is where what is new stands.
pub fn created_or_waits<M, T: ToJSON + From<M>>(
    carried: Carried<M>,
    location: String,
) -> CreatedOrWaits<T> {
    match carried {
        Carried::Done(done) => CreatedOrWaits::Done(Json(done.into()), location),
        Carried::Waits(of) => {
            let location = address(&of);
            CreatedOrWaits::Waits(Json((*of).into()), location)
        }
    }
}

pub fn done_or_waits<M, T: ToJSON + From<M>>(carried: Carried<M>) -> DoneOrWaits<T> {
    match carried {
        Carried::Done(done) => DoneOrWaits::Done(Json(done.into())),
        Carried::Waits(of) => {
            let location = address(&of);
            DoneOrWaits::Waits(Json((*of).into()), location)
        }
    }
}

/// A page of what waits or was answered.
#[derive(Object)]
pub struct MoneyApprovalPage {
    /// Latest first.
    pub items: Vec<MoneyApprovalView>,
    /// The cursor of the next page; absent on the last.
    pub next: Option<String>,
}

/// A yes or a no.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct MoneyAnswerBody {
    /// The `hash` of the terms that were read.
    pub hash: String,
    /// Why, in three words at least; it is kept with your name.
    pub reason: String,
}

/// Up to what amount one person decides.
#[derive(Object)]
pub struct MoneyLimitView {
    /// The currency.
    pub currency: Currency,
    /// Up to this one person is enough; absent where that holds for any amount.
    pub limit: Option<Money>,
    /// Who set it last.
    pub set_by: String,
    /// When.
    pub set_at: DateTime<Utc>,
}

impl From<MoneyLimit> for MoneyLimitView {
    fn from(of: MoneyLimit) -> Self {
        let MoneyLimit { currency, limit, set_by, set_at } = of;
        Self { currency, limit, set_by, set_at }
    }
}

/// The limits of a program.
#[derive(Object)]
pub struct MoneyLimitList {
    /// By currency; a currency that is not here has none.
    pub items: Vec<MoneyLimitView>,
}

/// A limit to set.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct MoneyLimitBody {
    /// The currency.
    pub currency: Currency,
    /// Minor units that one person decides; zero for none, absent for any amount.
    pub minor: Option<i64>,
    /// Why, in three words at least.
    pub reason: String,
}

pub struct ApprovalsApi;

#[OpenApi(tag = "Tag::Billing")]
impl ApprovalsApi {
    /// What waits for a second person, and what was answered, latest first
    ///
    /// For the program's owners, managers and finance.
    #[oai(path = "/v1/money-approvals", method = "get", operation_id = "list_money_approvals")]
    async fn list_money_approvals(
        &self,
        app: Data<&App>,
        auth: Auth,
        /// Those of one state; all when absent.
        state: Query<Option<MoneyApprovalState>>,
        /// Rows wanted, 1 to 100; 20 when absent.
        limit: PageQuery,
    ) -> Result<Found<MoneyApprovalPage>, Failure> {
        let word = state.0.map_or("all", MoneyApprovalState::as_str);
        let list = format!("money-approvals:{}:{word}", auth.0.vendor);
        let page = limit.wanted(&app.cursors, &list)?;
        let (items, next) = ops::list_money_approvals(&app, &auth.0, state.0, page).await?;
        Ok(found(MoneyApprovalPage {
            items: items.into_iter().map(MoneyApprovalView::from).collect(),
            next: next.map(|position| app.cursors.seal(&list, position)),
        }))
    }

    /// See what waits for a second person
    #[oai(
        path = "/v1/money-approvals/:money_approval",
        method = "get",
        operation_id = "get_money_approval"
    )]
    async fn get_money_approval(
        &self,
        app: Data<&App>,
        auth: Auth,
        money_approval: Path<MoneyApprovalId>,
    ) -> Result<Found<MoneyApprovalView>, Failure> {
        Ok(found(ops::see_money_approval(&app, &auth.0, money_approval.0).await?.into()))
    }

    /// Say yes as the second person
    ///
    /// It is carried out at once, exactly as it was asked for. If it does not fit the money as it
    /// is now, nothing is done and it is `overtaken`.
    #[oai(
        path = "/v1/money-approvals/:money_approval/approve",
        method = "post",
        operation_id = "approve_money"
    )]
    #[expect(clippy::too_many_arguments, reason = "each is a part of the request")]
    async fn approve_money(
        &self,
        app: Data<&App>,
        auth: Auth,
        money_approval: Path<MoneyApprovalId>,
        /// A new key for each new wish; a repeat with the same key is answered the same.
        #[oai(name = "Idempotency-Key")]
        _key: Header<String>,
        body: Json<MoneyAnswerBody>,
    ) -> Result<Found<MoneyApprovalView>, Failure> {
        let (id, MoneyAnswerBody { hash, reason }) = (money_approval.0, body.0);
        Ok(found(ops::approve_money(&app, &auth.0, id, (&hash, &reason)).await?.into()))
    }

    /// Say no as the second person
    #[oai(
        path = "/v1/money-approvals/:money_approval/decline",
        method = "post",
        operation_id = "decline_money"
    )]
    async fn decline_money(
        &self,
        app: Data<&App>,
        auth: Auth,
        money_approval: Path<MoneyApprovalId>,
        body: Json<MoneyAnswerBody>,
    ) -> Result<Found<MoneyApprovalView>, Failure> {
        let (id, MoneyAnswerBody { hash, reason }) = (money_approval.0, body.0);
        Ok(found(ops::decline_money(&app, &auth.0, id, (&hash, &reason)).await?.into()))
    }

    /// Take back what you asked for
    #[oai(
        path = "/v1/money-approvals/:money_approval/withdraw",
        method = "post",
        operation_id = "withdraw_money"
    )]
    async fn withdraw_money(
        &self,
        app: Data<&App>,
        auth: Auth,
        money_approval: Path<MoneyApprovalId>,
    ) -> Result<Found<MoneyApprovalView>, Failure> {
        Ok(found(ops::withdraw_money(&app, &auth.0, money_approval.0).await?.into()))
    }

    /// Up to what amounts one person of the program decides
    #[oai(path = "/v1/money-limits", method = "get", operation_id = "list_money_limits")]
    async fn list_money_limits(
        &self,
        app: Data<&App>,
        auth: Auth,
    ) -> Result<Found<MoneyLimitList>, Failure> {
        let limits = ops::see_money_limits(&app, &auth.0).await?;
        Ok(found(MoneyLimitList { items: limits.into_iter().map(MoneyLimitView::from).collect() }))
    }

    /// Set up to what amount one person decides
    ///
    /// Stricter at once; looser, or none, when a second person says yes.
    #[oai(path = "/v1/money-limits", method = "post", operation_id = "set_money_limit")]
    async fn set_money_limit(
        &self,
        app: Data<&App>,
        auth: Auth,
        body: Json<MoneyLimitBody>,
    ) -> Result<DoneOrWaits<MoneyLimitView>, Failure> {
        let MoneyLimitBody { currency, minor, reason } = body.0;
        let wish = ops::LimitWish { currency, minor, reason: &reason };
        Ok(done_or_waits(ops::set_money_limit(&app, &auth.0, wish).await?))
    }
}
