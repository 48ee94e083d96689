//! The letters of a program over HTTP, for its staff.

use super::Tag;
use crate::access::model::{ProgramGrant, ProgramGrantsWanted, Standing};
use crate::access::ops;
use crate::app::App;
use crate::identity::Auth;
use crate::kernel::id::{GrantId, OrganizationId, PersonId};
use crate::platform::http::Failure;
use crate::platform::http::paging::PageQuery;
use crate::platform::http::reply::{Found, found};
use crate::upstreams::Risk;
use chrono::{DateTime, Utc};
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::{Json, PlainText};
use poem_openapi::{ApiResponse, Object, OpenApi};

/// A letter of access as the program's staff see it.
#[derive(Object)]
struct ProgramGrantView {
    /// The letter.
    id: GrantId,
    /// The engagement's number as people read it.
    engagement_label: String,
    /// The customer's organization.
    customer: OrganizationId,
    /// The customer's name.
    customer_name: String,
    /// The account's name; absent while it is asked for.
    account_name: Option<String>,
    /// The organization that does the work.
    partner: OrganizationId,
    /// That organization's name.
    partner_name: String,
    /// The person it names.
    consultant: PersonId,
    /// That person's name.
    consultant_name: String,
    /// The application's word.
    upstream: String,
    /// The preset that the terms were made from.
    preset: String,
    /// The greatest that it permits; absent when nothing is.
    risk: Option<Risk>,
    /// Whether it holds right now.
    standing: Standing,
    /// When it was asked for or granted.
    created_at: DateTime<Utc>,
    /// When it ends at the latest.
    valid_until: Option<DateTime<Utc>>,
    /// When it ended, if it did.
    ended_at: Option<DateTime<Utc>>,
    /// When a call was last carried out with it.
    used_at: Option<DateTime<Utc>>,
    /// Calls of the last 30 days, refused ones included.
    calls_30_days: i64,
    /// Those of them that were refused.
    refused_30_days: i64,
    /// Why the program let it rest, while it rests for that.
    program_reason: Option<String>,
}

/// A page of the program's letters.
#[derive(Object)]
struct ProgramGrantPage {
    /// The letters, latest first.
    items: Vec<ProgramGrantView>,
    /// Where the next page begins; absent on the last.
    next: Option<String>,
}

impl From<ProgramGrant> for ProgramGrantView {
    fn from(g: ProgramGrant) -> Self {
        Self {
            engagement_label: format!("A-{}", g.engagement_number),
            id: g.id,
            customer: g.customer,
            customer_name: g.customer_name,
            account_name: g.account_name,
            partner: g.partner,
            partner_name: g.partner_name,
            consultant: g.consultant,
            consultant_name: g.consultant_name,
            upstream: g.upstream,
            preset: g.preset,
            risk: g.risk,
            standing: g.standing,
            created_at: g.created_at,
            valid_until: g.valid_until,
            ended_at: g.ended_at,
            used_at: g.used_at,
            calls_30_days: g.calls,
            refused_30_days: g.refused,
            program_reason: g.program_reason,
        }
    }
}

/// Why a letter has to rest.
#[derive(Object)]
#[oai(deny_unknown_fields)]
struct RestProgramGrantBody {
    /// For the customer and the consultant, up to 300 characters.
    reason: String,
}

/// 200 with a table.
#[derive(ApiResponse)]
enum Letters {
    /// The letters as CSV
    #[oai(status = 200, content_type = "text/csv")]
    Ok(
        PlainText<String>,
        /// Offers the file's name.
        #[oai(header = "Content-Disposition")]
        String,
    ),
}

pub struct ProgramGrantsApi;

#[OpenApi(tag = "Tag::Access")]
impl ProgramGrantsApi {
    /// List the letters of access of your program, latest first
    ///
    /// For the program's staff: who may work where, until when, and how much it is used. What was
    /// done in an account stays between the customer and the consultant.
    #[oai(path = "/v1/program/grants", method = "get", operation_id = "list_program_grants")]
    #[expect(clippy::too_many_arguments, reason = "each filter of the list under its own name")]
    async fn list_program_grants(
        &self,
        app: Data<&App>,
        auth: Auth,
        /// Only letters that stand like this right now.
        standing: Query<Option<Standing>>,
        /// Only letters for accounts of this customer.
        customer: Query<Option<OrganizationId>>,
        /// Only letters of people of this partner.
        partner: Query<Option<OrganizationId>>,
        /// Rows a page, from 1 to 100; 20 when absent.
        limit: PageQuery,
    ) -> Result<Found<ProgramGrantPage>, Failure> {
        let wanted =
            ProgramGrantsWanted { standing: standing.0, customer: customer.0, partner: partner.0 };
        let PageQuery { limit, cursor } = limit;
        let page = (limit, cursor.as_deref());
        let (rows, next) = ops::list_program_grants(&app, &auth.0, wanted, page).await?;
        let items = rows.into_iter().map(ProgramGrantView::from).collect();
        Ok(found(ProgramGrantPage { items, next }))
    }

    /// One letter of access of your program
    #[oai(path = "/v1/program/grants/:grant", method = "get", operation_id = "get_program_grant")]
    async fn get_program_grant(
        &self,
        app: Data<&App>,
        auth: Auth,
        grant: Path<GrantId>,
    ) -> Result<Found<ProgramGrantView>, Failure> {
        Ok(found(ops::get_program_grant(&app, &auth.0, grant.0).await?.into()))
    }

    /// Let a letter of access of your program rest, at once
    ///
    /// The next call is refused until an owner or admin of the customer restores the letter. Both
    /// sides read why.
    #[oai(
        path = "/v1/program/grants/:grant/rest",
        method = "post",
        operation_id = "rest_program_grant"
    )]
    async fn rest_program_grant(
        &self,
        app: Data<&App>,
        auth: Auth,
        grant: Path<GrantId>,
        body: Json<RestProgramGrantBody>,
    ) -> Result<Found<ProgramGrantView>, Failure> {
        ops::rest_program_grant(&app, &auth.0, grant.0, &body.reason).await?;
        Ok(found(ops::get_program_grant(&app, &auth.0, grant.0).await?.into()))
    }

    /// The letters of access of your program as a table
    ///
    /// The latest 10,000, latest first.
    #[oai(path = "/v1/program/grants.csv", method = "get", operation_id = "export_program_grants")]
    #[expect(clippy::too_many_arguments, reason = "each filter of the list under its own name")]
    async fn export_program_grants(
        &self,
        app: Data<&App>,
        auth: Auth,
        /// Only letters that stand like this right now.
        standing: Query<Option<Standing>>,
        /// Only letters for accounts of this customer.
        customer: Query<Option<OrganizationId>>,
        /// Only letters of people of this partner.
        partner: Query<Option<OrganizationId>>,
    ) -> Result<Letters, Failure> {
        let wanted =
            ProgramGrantsWanted { standing: standing.0, customer: customer.0, partner: partner.0 };
        let csv = ops::export_program_grants(&app, &auth.0, wanted).await?;
        let name = "attachment; filename=\"letters.csv\"".to_owned();
        Ok(Letters::Ok(PlainText(csv), name))
    }
}
