//! The operations of reconciling, and what they show.

use super::approvals::{DoneOrWaits, done_or_waits};
use super::endpoints::Tag;
use crate::app::App;
use crate::billing::model::{Break, BreakKind, BreakState, Told};
use crate::billing::ops::{self, Reconciliation};
use crate::billing::store::Run;
use crate::identity::Auth;
use crate::kernel::id::{BreakId, JournalId};
use crate::kernel::money::{Currency, Money};
use crate::platform::http::Failure;
use crate::platform::http::paging::PageQuery;
use crate::platform::http::reply::{Found, found};
use chrono::{DateTime, Utc};
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

/// One look at the program's books.
#[derive(Object)]
pub struct RunView {
    /// When it began.
    pub began_at: DateTime<Utc>,
    /// When it was over.
    pub ended_at: DateTime<Utc>,
    /// The program's movements at the payment processor, since ever.
    pub movements: i64,
    /// Those with which the books agree.
    pub matched: i64,
    /// Those that this look found and booked, since no news had told of them.
    pub booked: i64,
    /// Differences that were new.
    pub opened: i64,
    /// Differences that were not there any more.
    pub closed: i64,
}

impl From<Run> for RunView {
    fn from(run: Run) -> Self {
        let Run { began_at, ended_at, movements, matched, booked, opened, closed, .. } = run;
        Self { began_at, ended_at, movements, matched, booked, opened, closed }
    }
}

/// Where the program's books stand with the payment processor.
#[derive(Object)]
pub struct ReconciliationView {
    /// The last look; absent before the first.
    pub last: Option<RunView>,
    /// How many differences are open now.
    pub open: i64,
    /// Whether a look was asked for and is not over.
    pub under_way: bool,
}

impl From<Reconciliation> for ReconciliationView {
    fn from(of: Reconciliation) -> Self {
        Self { last: of.last.map(RunView::from), open: of.open, under_way: of.is_under_way }
    }
}

/// A difference between the books and the payment processor.
#[derive(Object)]
pub struct BreakView {
    /// The difference.
    pub id: BreakId,
    /// What differs.
    pub kind: BreakKind,
    /// What became of it.
    pub state: BreakState,
    /// What differs, as a sentence.
    pub says: String,
    /// What to do about it.
    pub advice: String,
    /// The processor's id of what it is about.
    pub stripe: Option<String>,
    /// The journal it is about.
    pub journal: Option<JournalId>,
    /// What the books say.
    pub expected: Option<Money>,
    /// What the processor says.
    pub seen: Option<Money>,
    /// When it was seen first.
    pub first_seen_at: DateTime<Utc>,
    /// When it was seen last.
    pub last_seen_at: DateTime<Utc>,
    /// When it was explained, or not seen any more.
    pub ended_at: Option<DateTime<Utc>>,
    /// Why it is all right.
    pub reason: Option<String>,
    /// Who said so; absent when it closed itself.
    pub explained_by: Option<String>,
    /// The key of the journal that settled it.
    pub correction: Option<String>,
}

impl From<Break> for BreakView {
    fn from(of: Break) -> Self {
        let currency = Currency::parse(&of.currency);
        let money = |minor: Option<i64>| Some(Money::new(minor?, currency?));
        Self {
            id: of.id,
            kind: of.kind,
            state: of.state,
            says: of.says(),
            advice: of.advice().to_owned(),
            journal: of.journal,
            expected: money(of.expected),
            seen: money(of.seen),
            first_seen_at: of.first_seen_at,
            last_seen_at: of.last_seen_at,
            ended_at: of.ended_at,
            stripe: of.stripe,
            reason: of.reason,
            explained_by: of.explained_by,
            correction: of.correction,
        }
    }
}

/// A page of differences.
#[derive(Object)]
pub struct BreakPage {
    /// Latest first.
    pub items: Vec<BreakView>,
    /// The cursor of the next page; absent on the last.
    pub next: Option<String>,
}

/// Why a difference is all right.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct ExplanationBody {
    /// A reason that somebody understands in a year.
    pub reason: String,
    /// The key of the journal that settled it, if one did.
    pub correction: Option<String>,
}

pub struct ReconcilingApi;

#[OpenApi(tag = "Tag::Billing")]
impl ReconcilingApi {
    /// See where the books stand with the payment processor
    #[oai(path = "/v1/reconciliation", method = "get", operation_id = "get_reconciliation")]
    async fn get_reconciliation(
        &self,
        app: Data<&App>,
        auth: Auth,
    ) -> Result<Found<ReconciliationView>, Failure> {
        Ok(found(ops::reconciliation(&app, &auth.0).await?.into()))
    }

    /// Compare the books with the payment processor now
    ///
    /// It happens every hour by itself. A look that was asked for and is not over is not asked for
    /// twice.
    #[oai(path = "/v1/reconciliation/runs", method = "post", operation_id = "reconcile_now")]
    async fn reconcile_now(
        &self,
        app: Data<&App>,
        auth: Auth,
    ) -> Result<Found<ReconciliationView>, Failure> {
        Ok(found(ops::reconcile_now(&app, &auth.0).await?.into()))
    }

    /// Differences between the books and the payment processor, latest first
    #[oai(path = "/v1/reconciliation/breaks", method = "get", operation_id = "list_breaks")]
    async fn list_breaks(
        &self,
        app: Data<&App>,
        auth: Auth,
        /// Only those in this state.
        state: Query<Option<BreakState>>,
        /// Rows wanted, 1 to 100; 20 when absent.
        limit: PageQuery,
    ) -> Result<Found<BreakPage>, Failure> {
        let word = state.0.map_or("all", BreakState::as_str);
        let list = format!("breaks:{}:{word}", auth.0.vendor);
        let page = limit.wanted(&app.cursors, &list)?;
        let (items, next) = ops::list_breaks(&app, &auth.0, state.0, page).await?;
        Ok(found(BreakPage {
            items: items.into_iter().map(BreakView::from).collect(),
            next: next.map(|position| app.cursors.seal(&list, position)),
        }))
    }

    /// Say why a difference is all right
    ///
    /// It is kept with who said so, and is not opened again while it is the same. One that passes
    /// the program's limit waits for a second person.
    #[oai(
        path = "/v1/reconciliation/breaks/:difference/explanation",
        method = "post",
        operation_id = "explain_break"
    )]
    async fn explain_break(
        &self,
        app: Data<&App>,
        auth: Auth,
        difference: Path<BreakId>,
        body: Json<ExplanationBody>,
    ) -> Result<DoneOrWaits<BreakView>, Failure> {
        let why = (body.0.reason.as_str(), body.0.correction.as_deref());
        Ok(done_or_waits(ops::explain_break(&app, &auth.0, difference.0, why).await?))
    }
}
