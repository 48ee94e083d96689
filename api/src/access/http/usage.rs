//! What letters of access are used for, and narrowing them, over HTTP.

use super::Tag;
use super::limits::{Budgets, left_out};
use super::views::GrantView;
use crate::access::model::{BudgetUse, Grant, USAGE_DAYS, Usage, UsedAction};
use crate::access::ops::{self, NarrowOrder};
use crate::app::App;
use crate::identity::Auth;
use crate::kernel::id::GrantId;
use crate::platform::http::Failure;
use crate::platform::http::reply::{Found, found};
use crate::upstreams::{Period, Unit};
use chrono::{DateTime, NaiveDate, Utc};
use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

/// What a letter of access was used for.
#[derive(Object)]
struct UsageView {
    /// So many days back.
    days: i32,
    /// Operations that the letter permits.
    permitted: u32,
    /// Those of them that were called.
    used: u32,
    /// Each action of the letter.
    actions: Vec<UsedActionView>,
    /// Actions of which nothing was called: what the letter could lose.
    unused: Vec<String>,
    /// Operations that were not called, of actions of which others were: also what it could lose.
    unused_operations: Vec<String>,
    /// How many of the calls would have been refused without all of these: none.
    refused_without_unused: i64,
    /// Its budgets.
    budgets: Vec<BudgetView>,
    /// Names the terms that were looked at; narrowing wants it back.
    terms_hash: String,
}

/// One budget of a letter.
#[derive(Object)]
struct BudgetView {
    /// What is counted.
    unit: Unit,
    /// Over which time it adds up.
    period: Period,
    /// The most that may be used up in that time.
    most: u64,
    /// What was used up in the time that runs now; nothing where each call counts by itself.
    used: u64,
}

/// One action of a letter.
#[derive(Object)]
struct UsedActionView {
    /// The action's word.
    action: String,
    /// Operations of it that the letter permits.
    operations: u32,
    /// Those of them that were called.
    used: u32,
    /// Calls that were let through.
    calls: i64,
    /// The last of them.
    last_call_at: Option<DateTime<Utc>>,
}

/// What a letter loses.
#[derive(Object)]
#[oai(deny_unknown_fields)]
struct NarrowBody {
    /// Actions that it no longer allows; may be empty when only time is taken.
    #[oai(default, validator(max_items = 200))]
    without: Vec<String>,
    /// Single operations that it no longer allows, of actions that stay.
    #[oai(default, validator(max_items = 200))]
    without_operations: Vec<String>,
    /// Further actions of which you are asked call by call.
    #[oai(default, validator(max_items = 200))]
    asks: Vec<String>,
    /// Lower budgets, or budgets of what had none; what is absent stays.
    #[oai(default)]
    budgets: Budgets,
    /// What of the application's `withholdable` is taken out of answers and refused in requests.
    #[oai(default, validator(max_items = 200))]
    withhold: Vec<String>,
    /// An earlier last day, in your organization's zone.
    last_day: Option<NaiveDate>,
    /// The hash of the terms you looked at.
    terms_hash: String,
}

pub struct UsageApi;

#[OpenApi(tag = "Tag::Access")]
impl UsageApi {
    /// What a letter of access was used for in the last 30 days
    #[oai(path = "/v1/grants/:grant/usage", method = "get", operation_id = "get_grant_usage")]
    async fn get_usage(
        &self,
        app: Data<&App>,
        auth: Auth,
        grant: Path<GrantId>,
    ) -> Result<Found<UsageView>, Failure> {
        let (grant, usage) = ops::usage_of_grant(&app, &auth.0, grant.0).await?;
        let budgets = ops::budgets_of_grant(&app, &auth.0, grant.id).await?;
        Ok(found(UsageView::new(&grant, usage, budgets)))
    }

    /// Take actions or days from a letter of access, be asked more or lower a budget, at once
    ///
    /// The next call is held against what is left. Nothing comes back this way: what is wanted
    /// again is asked for.
    #[oai(path = "/v1/grants/:grant/narrow", method = "post", operation_id = "narrow_grant")]
    async fn narrow_grant(
        &self,
        app: Data<&App>,
        auth: Auth,
        grant: Path<GrantId>,
        body: Json<NarrowBody>,
    ) -> Result<Found<GrantView>, Failure> {
        let body = body.0;
        let order = NarrowOrder {
            without: left_out(body.without, body.without_operations),
            asks: body.asks.into_iter().collect(),
            withhold: body.withhold.into_iter().collect(),
            budgets: body.budgets.into(),
            last_day: body.last_day,
            terms_hash: body.terms_hash,
        };
        ops::narrow_grant(&app, &auth.0, grant.0, order).await?;
        Ok(found(GrantView::of(&app, ops::get_grant(&app, &auth.0, grant.0).await?)))
    }

    /// Let an unused letter of access work again
    ///
    /// A letter rests after thirty days without a call. This begins its time anew, also before it
    /// rests; so does a call.
    #[oai(path = "/v1/grants/:grant/restore", method = "post", operation_id = "restore_grant")]
    async fn restore_grant(
        &self,
        app: Data<&App>,
        auth: Auth,
        grant: Path<GrantId>,
    ) -> Result<Found<GrantView>, Failure> {
        ops::restore_grant(&app, &auth.0, grant.0).await?;
        Ok(found(GrantView::of(&app, ops::get_grant(&app, &auth.0, grant.0).await?)))
    }
}

impl UsageView {
    fn new(grant: &Grant, usage: Usage, budgets: Vec<BudgetUse>) -> Self {
        let spare = usage.unused();
        let refused_without_unused = usage.refused_without(&spare);
        Self {
            days: USAGE_DAYS,
            permitted: count(usage.permitted()),
            used: count(usage.used()),
            refused_without_unused,
            unused: spare.actions.into_iter().collect(),
            unused_operations: spare.operations.into_iter().collect(),
            actions: usage.actions.into_iter().map(UsedActionView::from).collect(),
            budgets: budgets.into_iter().map(BudgetView::from).collect(),
            terms_hash: hex::encode(&grant.terms_hash),
        }
    }
}

impl From<BudgetUse> for BudgetView {
    fn from(it: BudgetUse) -> Self {
        Self { unit: it.unit, period: it.unit.period(), most: it.most, used: it.used }
    }
}

impl From<UsedAction> for UsedActionView {
    fn from(it: UsedAction) -> Self {
        Self {
            operations: count(it.operations.len()),
            used: count(it.used()),
            calls: it.calls(),
            last_call_at: it.last(),
            action: it.action,
        }
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
