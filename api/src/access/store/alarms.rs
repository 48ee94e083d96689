//! Rows of `access_alarms`: raised, taken up, closed.

use crate::access::model::{Alarm, AlarmKind, AlarmState, AlarmsWanted, Unusual};
use crate::kernel::id::{AccessAlarmId, GrantId, OrganizationId, PersonId};
use crate::kernel::page::Position;
use crate::platform::db::Tx;
use crate::platform::db::schema::access_alarms as rows;
use crate::platform::refusal::Result;
use chrono::{DateTime, Utc};
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel::{ExpressionMethods, QueryDsl, QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

/// An alarm to be raised.
#[derive(Debug, Clone)]
pub struct NewAlarm {
    pub id: AccessAlarmId,
    pub grant: GrantId,
    pub customer: OrganizationId,
    pub what: Unusual,
}

/// Raises them; answers which were. One of a kind that is open for its letter stays the only one.
pub async fn raise_alarms(tx: &mut Tx, new: &[NewAlarm]) -> Result<Vec<AccessAlarmId>> {
    let vendor = tx.vendor()?.0;
    let row = |alarm: &NewAlarm| {
        let what = &alarm.what;
        (
            rows::vendor_id.eq(vendor),
            rows::id.eq(alarm.id.0),
            rows::grant_id.eq(alarm.grant.0),
            rows::customer_organization_id.eq(alarm.customer.0),
            rows::kind.eq(what.kind.as_str()),
            rows::calls.eq(what.calls),
            rows::usual_calls.eq(what.usual_calls),
            rows::contacts.eq(what.contacts),
            rows::usual_contacts.eq(what.usual_contacts),
            rows::country.eq(what.countries.as_slice().first().cloned()),
            rows::countries.eq(Some(what.countries.clone())),
            rows::networks.eq(what.networks),
            rows::began_at.eq(what.began_at),
            rows::last_at.eq(what.last_at),
        )
    };
    let raised: Vec<Uuid> = diesel::insert_into(rows::table)
        .values(new.iter().map(row).collect::<Vec<_>>())
        .on_conflict_do_nothing()
        .returning(rows::id)
        .get_results(tx.conn())
        .await?;
    Ok(raised.into_iter().map(AccessAlarmId).collect())
}

/// Those of the letters about which an alarm of a new place is not closed.
pub async fn alarmed_places(tx: &mut Tx, grants: &[GrantId]) -> Result<Vec<GrantId>> {
    let ids: Vec<Uuid> = grants.iter().map(|id| id.0).collect();
    let found: Vec<Uuid> = rows::table
        .filter(rows::grant_id.eq_any(ids))
        .filter(rows::kind.eq(AlarmKind::NewPlace.as_str()))
        .filter(rows::state.ne(AlarmState::Closed.as_str()))
        .select(rows::grant_id)
        .load(tx.conn())
        .await?;
    Ok(found.into_iter().map(GrantId).collect())
}

/// Whose alarms are looked at: a customer's, or the whole program's.
#[derive(Debug, Clone, Copy)]
pub struct AlarmFilter {
    pub customer: Option<OrganizationId>,
    pub wanted: AlarmsWanted,
    pub after: Option<Position>,
    pub limit: i64,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    grant_id: Uuid,
    #[diesel(sql_type = BigInt)]
    number: i64,
    #[diesel(sql_type = SqlUuid)]
    customer_organization_id: Uuid,
    #[diesel(sql_type = Text)]
    customer_name: String,
    #[diesel(sql_type = Text)]
    partner_name: String,
    #[diesel(sql_type = SqlUuid)]
    consultant_id: Uuid,
    #[diesel(sql_type = Text)]
    consultant_name: String,
    #[diesel(sql_type = Text)]
    account_name: String,
    #[diesel(sql_type = Text)]
    kind: AlarmKind,
    #[diesel(sql_type = BigInt)]
    calls: i64,
    #[diesel(sql_type = BigInt)]
    usual_calls: i64,
    #[diesel(sql_type = BigInt)]
    contacts: i64,
    #[diesel(sql_type = BigInt)]
    usual_contacts: i64,
    #[diesel(sql_type = Array<Text>)]
    countries: Vec<String>,
    #[diesel(sql_type = BigInt)]
    networks: i64,
    #[diesel(sql_type = Timestamptz)]
    began_at: DateTime<Utc>,
    #[diesel(sql_type = Timestamptz)]
    last_at: DateTime<Utc>,
    #[diesel(sql_type = Timestamptz)]
    raised_at: DateTime<Utc>,
    #[diesel(sql_type = Text)]
    state: AlarmState,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    seen_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Text>)]
    seen_by: Option<String>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    closed_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Text>)]
    closed_by: Option<String>,
    #[diesel(sql_type = Text)]
    note: String,
}

/// Latest first.
pub async fn alarms(tx: &mut Tx, filter: &AlarmFilter) -> Result<Vec<Alarm>> {
    select(tx, (filter, None)).await
}

/// One that the customer, or whoever runs the program, may see.
pub async fn alarm(
    tx: &mut Tx,
    customer: Option<OrganizationId>,
    id: AccessAlarmId,
) -> Result<Option<Alarm>> {
    let wanted = AlarmsWanted::default();
    let filter = AlarmFilter { customer, wanted, after: None, limit: 1 };
    Ok(select(tx, (&filter, Some(id))).await?.into_iter().next())
}

async fn select(
    tx: &mut Tx,
    (filter, id): (&AlarmFilter, Option<AccessAlarmId>),
) -> Result<Vec<Alarm>> {
    let (at, after) = (filter.after.map(|p| p.at), filter.after.map(|p| p.id));
    let found: Vec<Row> = sql_query(
        "SELECT a.id, a.grant_id, e.number, a.customer_organization_id, o.name AS customer_name,
                r.name AS partner_name, g.consultant_id, p.name AS consultant_name, c.account_name,
                a.kind, a.calls, a.usual_calls, a.contacts, a.usual_contacts,
                coalesce(a.countries, array_remove(ARRAY[a.country], NULL)) AS countries,
                a.networks, a.began_at, a.last_at, a.raised_at, a.state, a.seen_at,
                s.name AS seen_by, a.closed_at,
                d.name AS closed_by, a.note
         FROM access_alarms a
         JOIN grants g ON g.vendor_id = a.vendor_id AND g.id = a.grant_id
         JOIN engagements e ON e.vendor_id = g.vendor_id AND e.id = g.engagement_id
         JOIN organizations o ON o.vendor_id = a.vendor_id AND o.id = a.customer_organization_id
         JOIN organizations r ON r.vendor_id = g.vendor_id AND r.id = g.partner_organization_id
         JOIN connections c ON c.vendor_id = g.vendor_id AND c.id = g.connection_id
         JOIN persons p ON p.id = g.consultant_id
         LEFT JOIN persons s ON s.id = a.seen_by
         LEFT JOIN persons d ON d.id = a.closed_by
         WHERE ($1 IS NULL OR a.customer_organization_id = $1) AND ($2 IS NULL OR a.state = $2)
           AND (NOT $3 OR a.state <> 'closed') AND ($4 IS NULL OR a.grant_id = $4)
           AND ($5 IS NULL OR (a.raised_at, a.id) < ($5, $6)) AND ($7 IS NULL OR a.id = $7)
         ORDER BY a.raised_at DESC, a.id DESC LIMIT $8",
    )
    .bind::<Nullable<SqlUuid>, _>(filter.customer.map(|o| o.0))
    .bind::<Nullable<Text>, _>(filter.wanted.state)
    .bind::<Bool, _>(filter.wanted.open)
    .bind::<Nullable<SqlUuid>, _>(filter.wanted.grant.map(|g| g.0))
    .bind::<Nullable<Timestamptz>, _>(at)
    .bind::<Nullable<SqlUuid>, _>(after)
    .bind::<Nullable<SqlUuid>, _>(id.map(|id| id.0))
    .bind::<BigInt, _>(filter.limit)
    .load(tx.conn())
    .await?;
    Ok(found.into_iter().map(Alarm::from).collect())
}

/// What somebody did about an alarm.
#[derive(Debug, Clone, Copy)]
pub struct MovedAlarm<'a> {
    pub from: AlarmState,
    pub to: AlarmState,
    pub by: PersonId,
    pub note: &'a str,
}

/// `false` when somebody else was sooner.
pub async fn move_alarm(tx: &mut Tx, id: AccessAlarmId, moved: &MovedAlarm<'_>) -> Result<bool> {
    let done = sql_query(
        "UPDATE access_alarms SET state = $2, note = $4,
                seen_at = CASE WHEN $2 = 'seen' THEN app_now() ELSE seen_at END,
                seen_by = CASE WHEN $2 = 'seen' THEN $3 ELSE seen_by END,
                closed_at = CASE WHEN $2 = 'closed' THEN app_now() END,
                closed_by = CASE WHEN $2 = 'closed' THEN $3 END
         WHERE id = $1 AND state = $5",
    )
    .bind::<SqlUuid, _>(id.0)
    .bind::<Text, _>(moved.to)
    .bind::<SqlUuid, _>(moved.by.0)
    .bind::<Text, _>(moved.note)
    .bind::<Text, _>(moved.from)
    .execute(tx.conn())
    .await?;
    Ok(done == 1)
}

impl From<Row> for Alarm {
    fn from(row: Row) -> Self {
        Self {
            id: AccessAlarmId(row.id),
            grant: GrantId(row.grant_id),
            engagement_number: row.number,
            customer: OrganizationId(row.customer_organization_id),
            customer_name: row.customer_name,
            partner_name: row.partner_name,
            consultant: PersonId(row.consultant_id),
            consultant_name: row.consultant_name,
            account_name: row.account_name,
            what: Unusual {
                kind: row.kind,
                calls: row.calls,
                usual_calls: row.usual_calls,
                contacts: row.contacts,
                usual_contacts: row.usual_contacts,
                countries: row.countries,
                networks: row.networks,
                began_at: row.began_at,
                last_at: row.last_at,
            },
            raised_at: row.raised_at,
            state: row.state,
            seen_at: row.seen_at,
            seen_by: row.seen_by,
            closed_at: row.closed_at,
            closed_by: row.closed_by,
            note: row.note,
        }
    }
}
