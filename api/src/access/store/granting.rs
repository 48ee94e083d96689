//! How grants come to be: asked for, granted.

use crate::access::AccessError;
use crate::access::model::Frozen;
use crate::kernel::check::Invalid;
use crate::kernel::id::{ConnectionId, EngagementId, GrantId, OrganizationId, PersonId};
use crate::platform::db::{Tx, constraint};
use crate::platform::refusal::{Error, Result};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::sql_types::{Bool, Bytea, Date, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;

/// What every new grant says.
#[derive(Debug, Clone)]
pub struct NewGrant {
    pub id: GrantId,
    pub engagement: EngagementId,
    pub customer: OrganizationId,
    pub partner: OrganizationId,
    pub consultant: PersonId,
    pub consultant_name: String,
    pub upstream: String,
    pub preset: String,
    pub reason: String,
    pub terms: String,
    pub terms_hash: [u8; 32],
}

impl From<Frozen> for NewGrant {
    fn from(it: Frozen) -> Self {
        Self {
            id: it.grant,
            engagement: it.engagement,
            customer: it.customer,
            partner: it.partner,
            consultant: it.consultant,
            consultant_name: it.consultant_name,
            upstream: it.upstream,
            preset: it.preset,
            reason: String::new(),
            terms: it.terms,
            terms_hash: it.terms_hash,
        }
    }
}

/// A customer's yes.
#[derive(Debug, Clone)]
pub struct Allowance {
    pub connection: ConnectionId,
    pub granted_by: PersonId,
    /// The last day in the customer's own zone; the longest time when absent.
    pub last_day: Option<NaiveDate>,
}

/// How long a request waits for its answer, in days.
pub(super) const ANSWER_WITHIN_DAYS: i32 = 14;

/// The end of a grant that begins now: at most 180 days, or the end of the last day (bound as
/// `$n`) in the zone of the customer (bound as `$m`).
fn until(day: &str, customer: &str) -> String {
    format!("least(app_now() + interval '180 days', {})", end_of_day(day, customer))
}

/// The same of a request: no longer than it was asked for, from the day on which it begins.
fn until_as_asked() -> String {
    let customer = "grants.customer_organization_id";
    let asked = format!(
        "(SELECT (greatest((app_now() AT TIME ZONE o.zone)::date, ($3::jsonb ->> 'starts')::date)
                  + r.days + 1)::timestamp AT TIME ZONE o.zone
          FROM grant_requests r, organizations o
          WHERE r.vendor_id = grants.vendor_id AND r.grant_id = grants.id AND o.id = {customer})"
    );
    format!("least({}, {asked})", until("$7", customer))
}

/// The end of a day in the zone of an organization.
pub(super) fn end_of_day(day: &str, organization: &str) -> String {
    format!(
        "({day}::date + 1)::timestamp AT TIME ZONE
             (SELECT zone FROM organizations WHERE id = {organization})"
    )
}

#[derive(QueryableByName)]
struct EndRow {
    #[diesel(sql_type = Timestamptz)]
    until: DateTime<Utc>,
}

/// Writes a request; answers until when it waits.
pub async fn insert_request(
    tx: &mut Tx,
    (new, asked_by): (&NewGrant, Option<PersonId>),
) -> Result<DateTime<Utc>> {
    let vendor = tx.vendor()?;
    let row: EndRow = sql_query(
        "INSERT INTO grants (vendor_id, id, engagement_id, customer_organization_id,
             partner_organization_id, consultant_id, upstream, preset, reason, terms, terms_hash,
             state, requested_at, answer_by, proposed_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'requested', app_now(),
                 app_now() + $12 * interval '1 day', $13)
         RETURNING answer_by AS until",
    )
    .bind::<SqlUuid, _>(vendor.0)
    .bind::<SqlUuid, _>(new.id.0)
    .bind::<SqlUuid, _>(new.engagement.0)
    .bind::<SqlUuid, _>(new.customer.0)
    .bind::<SqlUuid, _>(new.partner.0)
    .bind::<SqlUuid, _>(new.consultant.0)
    .bind::<Text, _>(&new.upstream)
    .bind::<Text, _>(&new.preset)
    .bind::<Text, _>(&new.reason)
    .bind::<Text, _>(&new.terms)
    .bind::<Bytea, _>(new.terms_hash.to_vec())
    .bind::<Integer, _>(ANSWER_WITHIN_DAYS)
    .bind::<Nullable<SqlUuid>, _>(asked_by.map(|person| person.0))
    .get_result(tx.conn())
    .await
    .map_err(|error| refused(error, &new.consultant_name))?;
    Ok(row.until)
}

/// Keeps what was asked, beside the request that was just written.
pub async fn keep_request(
    tx: &mut Tx,
    new: &NewGrant,
    (days, by): (Option<i32>, PersonId),
) -> Result<()> {
    let vendor = tx.vendor()?;
    sql_query(
        "INSERT INTO grant_requests (vendor_id, grant_id, terms, terms_hash, days, asked_by)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind::<SqlUuid, _>(vendor.0)
    .bind::<SqlUuid, _>(new.id.0)
    .bind::<Text, _>(&new.terms)
    .bind::<Bytea, _>(new.terms_hash.to_vec())
    .bind::<Nullable<Integer>, _>(days)
    .bind::<SqlUuid, _>(by.0)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Writes a grant that is in force at once; answers its end.
pub async fn insert_granted(tx: &mut Tx, new: &NewGrant, yes: &Allowance) -> Result<DateTime<Utc>> {
    let vendor = tx.vendor()?;
    let row: EndRow = sql_query(format!(
        "INSERT INTO grants (vendor_id, id, engagement_id, customer_organization_id,
             partner_organization_id, consultant_id, upstream, preset, reason, terms, terms_hash,
             state, connection_id, granted_by, granted_at, valid_until)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'active', $12, $13, app_now(), {})
         RETURNING valid_until AS until",
        until("$14", "$4")
    ))
    .bind::<SqlUuid, _>(vendor.0)
    .bind::<SqlUuid, _>(new.id.0)
    .bind::<SqlUuid, _>(new.engagement.0)
    .bind::<SqlUuid, _>(new.customer.0)
    .bind::<SqlUuid, _>(new.partner.0)
    .bind::<SqlUuid, _>(new.consultant.0)
    .bind::<Text, _>(&new.upstream)
    .bind::<Text, _>(&new.preset)
    .bind::<Text, _>(&new.reason)
    .bind::<Text, _>(&new.terms)
    .bind::<Bytea, _>(new.terms_hash.to_vec())
    .bind::<SqlUuid, _>(yes.connection.0)
    .bind::<SqlUuid, _>(yes.granted_by.0)
    .bind::<Nullable<Date>, _>(yes.last_day)
    .get_result(tx.conn())
    .await
    .map_err(|error| refused(error, &new.consultant_name))?;
    Ok(row.until)
}

/// Puts a locked request into force, with the terms that the customer saw; answers its end.
pub async fn grant_request(
    tx: &mut Tx,
    request: &NewGrant,
    yes: &Allowance,
) -> Result<DateTime<Utc>> {
    let row: EndRow = sql_query(format!(
        "UPDATE grants SET state = 'active', preset = $2, terms = $3, terms_hash = $4,
                connection_id = $5, granted_by = $6, granted_at = app_now(), valid_until = {}
         WHERE id = $1 RETURNING valid_until AS until",
        until_as_asked()
    ))
    .bind::<SqlUuid, _>(request.id.0)
    .bind::<Text, _>(&request.preset)
    .bind::<Text, _>(&request.terms)
    .bind::<Bytea, _>(request.terms_hash.to_vec())
    .bind::<SqlUuid, _>(yes.connection.0)
    .bind::<SqlUuid, _>(yes.granted_by.0)
    .bind::<Nullable<Date>, _>(yes.last_day)
    .get_result(tx.conn())
    .await
    .map_err(|error| refused(error, &request.consultant_name))?;
    Ok(row.until)
}

pub(super) fn refused(error: diesel::result::Error, consultant: &str) -> Error {
    match constraint(&error) {
        Some("grants_one_active") => AccessError::AlreadyGranted(consultant.to_owned()).into(),
        Some("grants_one_request" | "grants_one_successor") => AccessError::AlreadyRequested.into(),
        Some("grants_agreed_by_enough") => AccessError::ApproversWanted.into(),
        Some("grants_holder_has_seat") => {
            let message = "Choose a person of the organization that does the work";
            Invalid::field("consultant", message).into()
        }
        Some("grant_openings_milestone_fkey" | "grant_proposals_milestone_fkey") => {
            let message = "Choose a milestone of this engagement";
            Invalid::field("opens_with", message).into()
        }
        Some("grants_begin_before_end") => {
            let message = "Choose a first day before the letter ends";
            Invalid::field("starts_on", message).into()
        }
        Some("grants_valid_after_granted") => {
            Invalid::field("last_day", "Choose today or a later day").into()
        }
        _ => error.into(),
    }
}

#[derive(QueryableByName)]
struct SeatRow {
    #[diesel(sql_type = Bool)]
    there: bool,
}

/// Whether the person holds an open seat in the partner organization.
pub async fn holds_seat(
    tx: &mut Tx,
    person: PersonId,
    organization: OrganizationId,
) -> Result<bool> {
    let vendor = tx.vendor()?;
    let row: SeatRow = sql_query(
        "SELECT EXISTS (SELECT 1 FROM memberships WHERE vendor_id = $1 AND organization_id = $2
             AND person_id = $3 AND ended_at IS NULL) AS there",
    )
    .bind::<SqlUuid, _>(vendor.0)
    .bind::<SqlUuid, _>(organization.0)
    .bind::<SqlUuid, _>(person.0)
    .get_result(tx.conn())
    .await?;
    Ok(row.there)
}
