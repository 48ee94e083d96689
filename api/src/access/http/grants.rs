//! Letters of access over HTTP.

use super::Tag;
use super::drafts::WishBody;
use super::key_body::{KeyBody, KeyView, NewKeyView};
use super::limits::{Begins, Budgets, choice, left_out};
use super::proposals::{Answered, NewLetter, answered, new_letter};
use super::views::{GrantPage, GrantView, PreviewView};
use crate::access::ops::{self, GrantOrder};
use crate::app::App;
use crate::identity::Auth;
use crate::kernel::id::{ConnectionId, EngagementId, GatewayKeyId, GrantId, MilestoneId, PersonId};
use crate::kernel::page::Position;
use crate::platform::caller::Caller;
use crate::platform::http::Failure;
use crate::platform::http::paging::{PageWanted, cut};
use crate::platform::http::reply::{Created, Found, NoContent, created, found};
use chrono::NaiveDate;
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use std::collections::BTreeMap;

/// Terms to look at.
#[derive(Object)]
#[oai(deny_unknown_fields)]
struct PreviewBody {
    /// One of your organization's connections.
    connection: ConnectionId,
    /// One of the application's presets.
    preset: String,
    /// Actions of the preset that are left out.
    #[oai(default)]
    without: Vec<String>,
    /// Single operations that are left out, of actions that stay.
    #[oai(default)]
    without_operations: Vec<String>,
    /// For a kind of thing, such as `list`: only these, by their ids.
    #[oai(default)]
    only: BTreeMap<String, Vec<String>>,
    /// Actions of which you say yes to each call by itself; when absent those that delete, export
    /// or administer.
    asks: Option<Vec<String>>,
    /// The most that may be used up.
    #[oai(default)]
    budgets: Budgets,
    /// What of the application's `withholdable` is taken out of answers and refused in requests.
    #[oai(default)]
    withhold: Vec<String>,
    /// A milestone of the engagement: the letter works once it is funded. At once when absent.
    opens_with: Option<MilestoneId>,
    /// Its first day, in your organization's zone. At once when absent.
    starts_on: Option<NaiveDate>,
    /// The request that it would answer: then nothing goes beyond that.
    request: Option<GrantId>,
}

/// A letter to be granted.
#[derive(Object)]
#[oai(deny_unknown_fields)]
struct GrantBody {
    /// One of your organization's connections.
    connection: ConnectionId,
    /// The person it names, of the organization that does the work.
    consultant: PersonId,
    /// One of the application's presets.
    preset: String,
    /// Actions of the preset that are left out.
    #[oai(default)]
    without: Vec<String>,
    /// Single operations that are left out, of actions that stay.
    #[oai(default)]
    without_operations: Vec<String>,
    /// For a kind of thing, such as `list`: only these, by their ids.
    #[oai(default)]
    only: BTreeMap<String, Vec<String>>,
    /// Actions of which you say yes to each call by itself; when absent those that delete, export
    /// or administer.
    asks: Option<Vec<String>>,
    /// The most that may be used up.
    #[oai(default)]
    budgets: Budgets,
    /// What of the application's `withholdable` is taken out of answers and refused in requests.
    #[oai(default)]
    withhold: Vec<String>,
    /// A milestone of the engagement: the letter works once it is funded. At once when absent.
    opens_with: Option<MilestoneId>,
    /// Its first day, in your organization's zone. At once when absent.
    starts_on: Option<NaiveDate>,
    /// The hash of the terms you were shown by the preview.
    terms_hash: String,
    /// The last day, in your organization's zone; the engagement's end and 180 days end it anyway.
    last_day: Option<NaiveDate>,
    /// Your password, wanted when more than reading is granted.
    password: Option<String>,
    /// The hash of what waits for several people, to have this instead: everybody is asked anew.
    instead_of: Option<String>,
}

/// A yes to a request.
#[derive(Object)]
#[oai(deny_unknown_fields)]
struct AllowBody {
    /// One of your organization's connections of that application.
    connection: ConnectionId,
    /// One of the application's presets; the one that was asked for, or less.
    preset: String,
    /// Actions of the preset that are left out.
    #[oai(default)]
    without: Vec<String>,
    /// Single operations that are left out, of actions that stay.
    #[oai(default)]
    without_operations: Vec<String>,
    /// For a kind of thing, such as `list`: only these, by their ids.
    #[oai(default)]
    only: BTreeMap<String, Vec<String>>,
    /// Actions of which you say yes to each call by itself; when absent those that delete, export
    /// or administer.
    asks: Option<Vec<String>>,
    /// The most that may be used up.
    #[oai(default)]
    budgets: Budgets,
    /// What of the application's `withholdable` is taken out of answers and refused in requests.
    #[oai(default)]
    withhold: Vec<String>,
    /// A milestone of the engagement: the letter works once it is funded. At once when absent.
    opens_with: Option<MilestoneId>,
    /// Its first day, in your organization's zone. At once when absent.
    starts_on: Option<NaiveDate>,
    /// The hash of the terms you were shown by the preview of this request.
    terms_hash: String,
    /// The hash of what was asked for: `requested.terms_hash` of the letter.
    requested_hash: String,
    /// The last day, in your organization's zone.
    last_day: Option<NaiveDate>,
    /// Your password, wanted when more than reading is granted.
    password: Option<String>,
    /// The hash of what waits for several people, to have this instead: everybody is asked anew.
    instead_of: Option<String>,
}

/// An end.
#[derive(Object)]
#[oai(deny_unknown_fields)]
struct EndBody {
    /// Why, for the other side to read; may be empty.
    #[oai(default)]
    reason: String,
}

/// What was ended.
#[derive(Object)]
struct EndedView {
    /// The letters that held until now; none when nobody had access.
    ended: Vec<GrantId>,
}

pub struct GrantsApi;

#[OpenApi(tag = "Tag::Access")]
impl GrantsApi {
    /// List letters of access, your organization on either side
    #[oai(path = "/v1/grants", method = "get", operation_id = "list_grants")]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the query")]
    async fn list_grants(
        &self,
        app: Data<&App>,
        auth: Auth,
        /// Only those of this engagement.
        engagement: Query<Option<EngagementId>>,
        /// Most rows of the page, from 1 to 100; 20 when absent.
        limit: Query<Option<i64>>,
        /// Where the page begins: `next` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Found<GrantPage>, Failure> {
        let list = format!("grants:{}:{}", auth.0.vendor, auth.0.organization);
        let page = PageWanted::read(&app.cursors, &list, limit.0, cursor.0.as_deref())?;
        let mut rows = ops::list_grants(&app, &auth.0, engagement.0, page).await?;
        let next = cut(&mut rows, page.limit, |g| Position { at: g.created_at, id: g.id.0 });
        Ok(found(GrantPage {
            items: rows.into_iter().map(|grant| GrantView::of(&app, grant)).collect(),
            next: next.map(|position| app.cursors.seal(&list, position)),
        }))
    }

    /// Look at what a letter would say
    #[oai(path = "/v1/grants/preview", method = "post", operation_id = "preview_grant")]
    async fn preview_grant(
        &self,
        app: Data<&App>,
        auth: Auth,
        body: Json<PreviewBody>,
    ) -> Result<Found<PreviewView>, Failure> {
        let body = body.0;
        let connection = body.connection;
        let narrower = (body.only, body.asks, body.budgets, body.withhold);
        let without = left_out(body.without, body.without_operations);
        let begins = Begins {
            opens_with: body.opens_with,
            starts_on: body.starts_on,
            answers: body.request,
        };
        let choice = choice((body.preset, begins), without, narrower);
        Ok(found(ops::preview(&app, &auth.0, connection, &choice).await?.into()))
    }

    /// Ask the customer of an engagement for access
    #[oai(
        path = "/v1/engagements/:engagement/access-requests",
        method = "post",
        operation_id = "request_access"
    )]
    async fn request_access(
        &self,
        app: Data<&App>,
        auth: Auth,
        engagement: Path<EngagementId>,
        body: Json<WishBody>,
    ) -> Result<Created<GrantView>, Failure> {
        let id = ops::request_access(&app, &auth.0, engagement.0, body.0.into()).await?;
        new_grant(&app, &auth.0, id).await
    }

    /// Grant a person of the partner access to one of your accounts
    ///
    /// Where several of your people must agree, yours is the first yes and the answer is 202.
    #[oai(
        path = "/v1/engagements/:engagement/grants",
        method = "post",
        operation_id = "grant_access"
    )]
    async fn grant_access(
        &self,
        app: Data<&App>,
        auth: Auth,
        engagement: Path<EngagementId>,
        body: Json<GrantBody>,
    ) -> Result<NewLetter, Failure> {
        let body = body.0;
        let order = GrantOrder {
            connection: body.connection,
            choice: choice(
                (body.preset, begins(body.opens_with, body.starts_on)),
                left_out(body.without, body.without_operations),
                (body.only, body.asks, body.budgets, body.withhold),
            ),
            terms_hash: body.terms_hash,
            requested_hash: None,
            last_day: body.last_day,
            password: body.password,
            instead_of: body.instead_of,
        };
        let yes = ops::grant_access(&app, &auth.0, engagement.0, body.consultant, order).await?;
        new_letter(&app, &auth.0, yes).await
    }

    /// One letter of access, with what it says
    #[oai(path = "/v1/grants/:grant", method = "get", operation_id = "get_grant")]
    async fn get_grant(
        &self,
        app: Data<&App>,
        auth: Auth,
        grant: Path<GrantId>,
    ) -> Result<Found<GrantView>, Failure> {
        Ok(found(GrantView::of(&app, ops::get_grant(&app, &auth.0, grant.0).await?)))
    }

    /// Say yes to a request
    ///
    /// Where several of your people must agree, yours is the first yes and the answer is 202.
    #[oai(path = "/v1/grants/:grant/allow", method = "post", operation_id = "allow_request")]
    async fn allow_request(
        &self,
        app: Data<&App>,
        auth: Auth,
        grant: Path<GrantId>,
        body: Json<AllowBody>,
    ) -> Result<Answered, Failure> {
        let body = body.0;
        let order = GrantOrder {
            connection: body.connection,
            choice: choice(
                (body.preset, begins(body.opens_with, body.starts_on)),
                left_out(body.without, body.without_operations),
                (body.only, body.asks, body.budgets, body.withhold),
            ),
            terms_hash: body.terms_hash,
            requested_hash: Some(body.requested_hash),
            last_day: body.last_day,
            password: body.password,
            instead_of: body.instead_of,
        };
        let yes = ops::allow_request(&app, &auth.0, grant.0, order).await?;
        answered(&app, &auth.0, yes).await
    }

    /// Say no to a request
    #[oai(path = "/v1/grants/:grant/decline", method = "post", operation_id = "decline_request")]
    async fn decline_request(
        &self,
        app: Data<&App>,
        auth: Auth,
        grant: Path<GrantId>,
    ) -> Result<NoContent, Failure> {
        ops::decline_request(&app, &auth.0, grant.0).await?;
        Ok(NoContent::Ok)
    }

    /// End a letter of access now
    ///
    /// The next call is refused. A consultant takes an open request back with it.
    #[oai(path = "/v1/grants/:grant/end", method = "post", operation_id = "end_grant")]
    async fn end_grant(
        &self,
        app: Data<&App>,
        auth: Auth,
        grant: Path<GrantId>,
        body: Json<EndBody>,
    ) -> Result<Found<GrantView>, Failure> {
        ops::end_grant(&app, &auth.0, grant.0, &body.0.reason).await?;
        Ok(found(GrantView::of(&app, ops::get_grant(&app, &auth.0, grant.0).await?)))
    }

    /// End every letter of access that you granted
    ///
    /// In one commit: no call that begins after it is let through. Requests that wait stay.
    #[oai(path = "/v1/grants/end-all", method = "post", operation_id = "end_every_grant")]
    async fn end_every_grant(
        &self,
        app: Data<&App>,
        auth: Auth,
        body: Json<EndBody>,
    ) -> Result<Found<EndedView>, Failure> {
        let ended = ops::end_every_grant(&app, &auth.0, &body.0.reason).await?;
        Ok(found(EndedView { ended }))
    }

    /// List the keys of a letter of access
    #[oai(path = "/v1/grants/:grant/keys", method = "get", operation_id = "list_gateway_keys")]
    async fn list_keys(
        &self,
        app: Data<&App>,
        auth: Auth,
        grant: Path<GrantId>,
    ) -> Result<Found<Vec<KeyView>>, Failure> {
        let keys = ops::list_keys(&app, &auth.0, grant.0).await?;
        Ok(found(keys.into_iter().map(KeyView::from).collect()))
    }

    /// Make a key for your letter of access
    ///
    /// Its secret is shown once, here. Bound to a public key, it is of use only with a proof of
    /// that key in each call (DPoP, RFC 9449).
    #[oai(path = "/v1/grants/:grant/keys", method = "post", operation_id = "make_gateway_key")]
    async fn make_key(
        &self,
        app: Data<&App>,
        auth: Auth,
        grant: Path<GrantId>,
        body: Json<KeyBody>,
    ) -> Result<Created<NewKeyView>, Failure> {
        let new = ops::make_key(&app, &auth.0, grant.0, &body.0.order()?).await?;
        let location = format!("/v1/grants/{}/keys/{}", grant.0, new.key.id);
        Ok(created(new.into(), location))
    }

    /// End a key at once
    #[oai(
        path = "/v1/grants/:grant/keys/:key",
        method = "delete",
        operation_id = "end_gateway_key"
    )]
    async fn end_key(
        &self,
        app: Data<&App>,
        auth: Auth,
        grant: Path<GrantId>,
        key: Path<GatewayKeyId>,
    ) -> Result<NoContent, Failure> {
        ops::end_key(&app, &auth.0, grant.0, key.0).await?;
        Ok(NoContent::Ok)
    }
}

fn begins(opens_with: Option<MilestoneId>, starts_on: Option<NaiveDate>) -> Begins {
    Begins { opens_with, starts_on, answers: None }
}

pub(super) async fn new_grant(
    app: &App,
    caller: &Caller,
    id: GrantId,
) -> Result<Created<GrantView>, Failure> {
    let grant = ops::get_grant(app, caller, id).await?;
    Ok(created(GrantView::of(app, grant), format!("/v1/grants/{id}")))
}
