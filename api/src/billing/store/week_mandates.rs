//! Rows of `week_mandates`.

use crate::billing::model::{Mandate, MandateEnd, PaysWeeks, label};
use crate::kernel::id::{EngagementId, OrganizationId, PaymentMethodId, PersonId, WeekMandateId};
use crate::kernel::money::{Currency, Money};
use crate::platform::db::Tx;
use crate::platform::db::schema::{engagements, week_mandates as mandates};
use crate::platform::refusal::Result;
use chrono::{DateTime, Utc};
use diesel::dsl::{exists, select};
use diesel::{
    ExpressionMethods, JoinOnDsl, OptionalExtension, QueryDsl, Queryable, Selectable,
    SelectableHelper,
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

#[derive(Queryable, Selectable)]
#[diesel(table_name = mandates)]
struct MandateRow {
    id: Uuid,
    engagement_id: Uuid,
    customer_organization_id: Uuid,
    method_id: Uuid,
    words: String,
    currency: Currency,
    most_minor: i64,
    given_by: Uuid,
    given_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
    ended_because: Option<MandateEnd>,
}

impl From<MandateRow> for Mandate {
    fn from(row: MandateRow) -> Self {
        Self {
            id: WeekMandateId(row.id),
            engagement: EngagementId(row.engagement_id),
            customer: OrganizationId(row.customer_organization_id),
            method: PaymentMethodId(row.method_id),
            words: row.words,
            most: Money::new(row.most_minor, row.currency),
            given_by: PersonId(row.given_by),
            given_at: row.given_at,
            ended: row.ended_at.zip(row.ended_because),
        }
    }
}

pub async fn insert_mandate(tx: &mut Tx, new: &Mandate) -> Result<()> {
    let vendor = tx.vendor()?;
    diesel::insert_into(mandates::table)
        .values((
            mandates::vendor_id.eq(vendor.0),
            mandates::id.eq(new.id.0),
            mandates::engagement_id.eq(new.engagement.0),
            mandates::customer_organization_id.eq(new.customer.0),
            mandates::method_id.eq(new.method.0),
            mandates::words.eq(&new.words),
            mandates::currency.eq(new.most.currency()),
            mandates::most_minor.eq(new.most.minor()),
            mandates::given_by.eq(new.given_by.0),
            mandates::given_at.eq(new.given_at),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Whether a card is to pay the weeks of an engagement.
pub async fn has_mandate(tx: &mut Tx, of: EngagementId) -> Result<bool> {
    let live = mandates::table
        .filter(mandates::engagement_id.eq(of.0))
        .filter(mandates::ended_at.is_null());
    Ok(select(exists(live)).get_result(tx.conn()).await?)
}

/// The one that holds, locked until the transaction ends.
pub async fn lock_mandate(tx: &mut Tx, of: EngagementId) -> Result<Option<Mandate>> {
    let row: Option<MandateRow> = mandates::table
        .filter(mandates::engagement_id.eq(of.0))
        .filter(mandates::ended_at.is_null())
        .select(MandateRow::as_select())
        .for_no_key_update()
        .first(tx.conn())
        .await
        .optional()?;
    Ok(row.map(Mandate::from))
}

/// The one that holds (nothing sorts above an end), else the one that ended last.
pub async fn latest_mandate(tx: &mut Tx, of: EngagementId) -> Result<Option<Mandate>> {
    let row: Option<MandateRow> = mandates::table
        .filter(mandates::engagement_id.eq(of.0))
        .order((mandates::ended_at.desc(), mandates::given_at.desc()))
        .select(MandateRow::as_select())
        .first(tx.conn())
        .await
        .optional()?;
    Ok(row.map(Mandate::from))
}

/// What each card of an organization is to pay.
pub async fn weeks_paid_by(
    tx: &mut Tx,
    of: OrganizationId,
) -> Result<Vec<(PaymentMethodId, PaysWeeks)>> {
    let rows: Vec<(Uuid, Uuid, i64, String)> = mandates::table
        .inner_join(engagements::table.on(engagements::id.eq(mandates::engagement_id)))
        .filter(mandates::customer_organization_id.eq(of.0))
        .filter(mandates::ended_at.is_null())
        .order(engagements::number)
        .select((mandates::method_id, engagements::id, engagements::number, engagements::title))
        .load(tx.conn())
        .await?;
    let pays = rows.into_iter().map(|(method, engagement, number, title)| {
        let engagement = EngagementId(engagement);
        (PaymentMethodId(method), PaysWeeks { engagement, label: label(number, &title) })
    });
    Ok(pays.collect())
}

/// Ends the mandate of an engagement; `by` is absent when nobody did it.
pub async fn end_mandate(
    tx: &mut Tx,
    of: EngagementId,
    (because, by, now): (MandateEnd, Option<PersonId>, DateTime<Utc>),
) -> Result<()> {
    diesel::update(mandates::table.filter(mandates::engagement_id.eq(of.0)))
        .filter(mandates::ended_at.is_null())
        .set((
            mandates::ended_at.eq(now),
            mandates::ended_because.eq(because),
            mandates::ended_by.eq(by.map(|by| by.0)),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Ends every mandate of a card.
pub async fn end_mandates_of_card(
    tx: &mut Tx,
    card: PaymentMethodId,
    (by, now): (Option<PersonId>, DateTime<Utc>),
) -> Result<()> {
    diesel::update(mandates::table.filter(mandates::method_id.eq(card.0)))
        .filter(mandates::ended_at.is_null())
        .set((
            mandates::ended_at.eq(now),
            mandates::ended_because.eq(MandateEnd::CardRemoved),
            mandates::ended_by.eq(by.map(|by| by.0)),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}
