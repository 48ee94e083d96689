//! More or longer on a letter in force, over HTTP.

use super::Tag;
use super::limits::Budgets;
use super::proposals::{Answered, answered};
use super::views::GroupView;
use crate::access::model::{Amendment, AmendmentState, Without};
use crate::access::ops::{self, AgreeOrder, MoreWanted, Offer};
use crate::app::App;
use crate::identity::Auth;
use crate::kernel::id::{AmendmentId, GrantId, PersonId};
use crate::platform::caller::Caller;
use crate::platform::http::Failure;
use crate::platform::http::reply::{Created, Found, NoContent, created, found};
use chrono::{DateTime, NaiveDate, Utc};
use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

/// What is wanted beyond the letter.
#[derive(Object)]
#[oai(deny_unknown_fields)]
struct MoreBody {
    /// One of the application's presets: everything of it that the letter does not hold.
    preset: Option<String>,
    /// Further actions of the catalogue.
    #[oai(default, validator(max_items = 200))]
    actions: Vec<String>,
    /// A later last day, in the customer's zone; at most 180 days from now.
    last_day: Option<NaiveDate>,
    /// Why, in your own words.
    reason: String,
}

/// A yes to what was asked for.
#[derive(Object)]
#[oai(deny_unknown_fields)]
struct AgreeBody {
    /// The hash of what you were shown.
    hash: String,
    /// Actions of it that are left out.
    #[oai(default, validator(max_items = 200))]
    without: Vec<String>,
    /// Single operations that are left out of what is gained.
    #[oai(default, validator(max_items = 200))]
    without_operations: Vec<String>,
    /// Actions of which you say yes to each call by itself from then on.
    #[oai(default, validator(max_items = 200))]
    asks: Vec<String>,
    /// The most that the letter lets be used up from then on. What is left out stays as it is, and
    /// a budget that the letter has is only lowered.
    #[oai(default)]
    budgets: Budgets,
    /// What of the application's `withholdable` the letter withholds from then on.
    #[oai(default)]
    withhold: Vec<String>,
    /// Whether the letter keeps its end although a later one was asked for.
    #[oai(default)]
    keep_end: bool,
    /// Your password, wanted when more than reading is gained.
    password: Option<String>,
    /// The hash of what waits for several people, to have this instead: everybody is asked anew.
    instead_of: Option<String>,
}

/// What was asked for on a letter in force, and what a yes adds to it.
#[derive(Object)]
struct AmendmentView {
    /// The request.
    id: AmendmentId,
    /// The letter.
    grant: GrantId,
    /// What became of it.
    state: AmendmentState,
    /// Why it was asked for.
    reason: String,
    /// Actions that were asked for.
    actions: Vec<String>,
    /// The last day that was asked for, in the customer's zone.
    last_day: Option<NaiveDate>,
    /// Sentences that are new, mildest first; each goes on after "can".
    gained: Vec<GroupView>,
    /// When the letter ends now.
    valid_until: Option<DateTime<Utc>>,
    /// When it would end; absent when that stays as it is.
    valid_until_then: Option<DateTime<Utc>>,
    /// Names what is shown here; send it along to agree to exactly this.
    hash: String,
    /// Whether a yes to all of it needs the password again.
    needs_password: bool,
    /// When it was asked for.
    asked_at: DateTime<Utc>,
    /// Until when it waits.
    answer_by: DateTime<Utc>,
    /// When it was answered.
    answered_at: Option<DateTime<Utc>>,
    /// Who answered it.
    answered_by: Option<PersonId>,
}

pub struct AmendmentsApi;

#[OpenApi(tag = "Tag::Access")]
impl AmendmentsApi {
    /// What was asked for last on a letter of access
    #[oai(path = "/v1/grants/:grant/amendment", method = "get", operation_id = "get_amendment")]
    async fn get_amendment(
        &self,
        app: Data<&App>,
        auth: Auth,
        grant: Path<GrantId>,
    ) -> Result<Found<AmendmentView>, Failure> {
        Ok(found(shown(&app, &auth.0, grant.0).await?))
    }

    /// Ask for more or longer on your letter of access
    ///
    /// What waits already is replaced. Nothing is gained before the customer says yes.
    #[oai(path = "/v1/grants/:grant/amendment", method = "post", operation_id = "ask_for_more")]
    async fn ask_for_more(
        &self,
        app: Data<&App>,
        auth: Auth,
        grant: Path<GrantId>,
        body: Json<MoreBody>,
    ) -> Result<Created<AmendmentView>, Failure> {
        let MoreBody { preset, actions, last_day, reason } = body.0;
        let actions = actions.into_iter().collect();
        let wanted = MoreWanted { preset, actions, last_day, reason };
        ops::ask_for_more(&app, &auth.0, grant.0, wanted).await?;
        let location = format!("/v1/grants/{}/amendment", grant.0);
        Ok(created(shown(&app, &auth.0, grant.0).await?, location))
    }

    /// Agree to more or longer on a letter of access
    ///
    /// The letter keeps its id, its keys and its log; the next call is held against what it says
    /// then. Where several of your people must agree, yours is the first yes and the answer is 202.
    #[oai(
        path = "/v1/grants/:grant/amendment/agree",
        method = "post",
        operation_id = "agree_to_more"
    )]
    async fn agree_to_more(
        &self,
        app: Data<&App>,
        auth: Auth,
        grant: Path<GrantId>,
        body: Json<AgreeBody>,
    ) -> Result<Answered, Failure> {
        let AgreeBody { hash, budgets, keep_end, password, instead_of, .. } = body.0;
        let without = Without {
            actions: body.0.without.into_iter().collect(),
            operations: body.0.without_operations.into_iter().collect(),
        };
        let (asks, budgets) = (body.0.asks.into_iter().collect(), budgets.into());
        let withhold = body.0.withhold.into_iter().collect();
        let order =
            AgreeOrder { hash, without, asks, budgets, withhold, keep_end, password, instead_of };
        let yes = ops::agree_to_more(&app, &auth.0, grant.0, order).await?;
        answered(&app, &auth.0, yes).await
    }

    /// Decline more or longer on a letter of access
    #[oai(
        path = "/v1/grants/:grant/amendment/decline",
        method = "post",
        operation_id = "decline_more"
    )]
    async fn decline_more(
        &self,
        app: Data<&App>,
        auth: Auth,
        grant: Path<GrantId>,
    ) -> Result<NoContent, Failure> {
        ops::decline_more(&app, &auth.0, grant.0).await?;
        Ok(NoContent::Ok)
    }

    /// Take back what you asked for on a letter of access
    #[oai(
        path = "/v1/grants/:grant/amendment/withdraw",
        method = "post",
        operation_id = "withdraw_more"
    )]
    async fn withdraw_more(
        &self,
        app: Data<&App>,
        auth: Auth,
        grant: Path<GrantId>,
    ) -> Result<NoContent, Failure> {
        ops::withdraw_more(&app, &auth.0, grant.0).await?;
        Ok(NoContent::Ok)
    }
}

async fn shown(app: &App, caller: &Caller, id: GrantId) -> Result<AmendmentView, Failure> {
    let (grant, amendment, offer) = ops::see_amendment(app, caller, id).await?;
    Ok(AmendmentView::new(amendment, offer, grant.valid_until))
}

impl AmendmentView {
    fn new(it: Amendment, offer: Offer, valid_until: Option<DateTime<Utc>>) -> Self {
        Self {
            id: it.id,
            grant: it.grant,
            state: it.state,
            reason: it.reason,
            actions: it.actions.into_iter().collect(),
            last_day: it.last_day,
            gained: offer.gained.into_iter().map(GroupView::from).collect(),
            valid_until,
            valid_until_then: offer.until,
            hash: offer.hash,
            needs_password: offer.needs_password,
            asked_at: it.asked_at,
            answer_by: it.answer_by,
            answered_at: it.answered_at,
            answered_by: it.answered_by,
        }
    }
}
