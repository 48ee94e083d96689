//! How many of a customer's people must agree, as their owner set it.

use crate::access::model::{ApproverRule, RuleAbout};
use crate::kernel::check::Invalid;
use crate::kernel::id::{OrganizationId, PersonId};
use crate::platform::db::{Tx, constraint};
use crate::platform::refusal::Result;
use chrono::{DateTime, Utc};
use diesel::sql_types::{BigInt, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SmallInt)]
    needed: i16,
    #[diesel(sql_type = Text)]
    about: RuleAbout,
    #[diesel(sql_type = BigInt)]
    people: i64,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    changed_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Text>)]
    changed_by_name: Option<String>,
}

/// The rule that holds, from the start one yes for everything.
pub async fn approver_rule(tx: &mut Tx, customer: OrganizationId) -> Result<ApproverRule> {
    let row: Row = sql_query(
        "SELECT coalesce(r.needed, 1::smallint) AS needed,
                coalesce(r.about, 'everything') AS about,
                (SELECT count(DISTINCT m.person_id) FROM memberships m
                 WHERE m.vendor_id = o.vendor_id AND m.organization_id = o.id
                   AND m.role IN ('owner', 'admin') AND m.ended_at IS NULL) AS people,
                r.changed_at, p.name AS changed_by_name
         FROM organizations o
         LEFT JOIN approver_rules r ON r.vendor_id = o.vendor_id AND r.organization_id = o.id
         LEFT JOIN persons p ON p.id = r.changed_by
         WHERE o.id = $1",
    )
    .bind::<SqlUuid, _>(customer.0)
    .get_result(tx.conn())
    .await?;
    let set = row.changed_at.zip(row.changed_by_name);
    Ok(ApproverRule { needed: row.needed, about: row.about, people: row.people, set })
}

/// Sets the rule. Errors with `invalid` when fewer people could agree than must.
pub async fn set_approver_rule(
    tx: &mut Tx,
    (customer, by): (OrganizationId, PersonId),
    (needed, about): (i16, RuleAbout),
) -> Result<()> {
    let vendor = tx.vendor()?;
    sql_query(
        "INSERT INTO approver_rules (vendor_id, organization_id, needed, about, changed_by)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (vendor_id, organization_id) DO UPDATE SET needed = excluded.needed,
             about = excluded.about, changed_by = excluded.changed_by, changed_at = app_now()",
    )
    .bind::<SqlUuid, _>(vendor.0)
    .bind::<SqlUuid, _>(customer.0)
    .bind::<SmallInt, _>(needed)
    .bind::<Text, _>(about)
    .bind::<SqlUuid, _>(by.0)
    .execute(tx.conn())
    .await
    .map_err(|error| match constraint(&error) {
        Some("approver_rules_enough_people") => {
            let message = "Choose no more than the owners and admins you have";
            Invalid::field("needed", message).into()
        }
        _ => crate::platform::refusal::Error::from(error),
    })?;
    Ok(())
}
