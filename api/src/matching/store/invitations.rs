//! Rows of `invitations`.

use crate::kernel::id::{BriefId, InvitationId, OrganizationId, PersonId, ProfileId};
use crate::matching::model::Parties;
use crate::platform::db::Tx;
use crate::platform::refusal::Result;
use diesel::sql_types::{BigInt, Text, Uuid as SqlUuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

/// The brief, the two sides and the names around an invitation.
#[derive(QueryableByName)]
pub struct PartiesRow {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    brief_id: Uuid,
    #[diesel(sql_type = BigInt)]
    brief_number: i64,
    #[diesel(sql_type = Text)]
    brief_title: String,
    #[diesel(sql_type = SqlUuid)]
    customer_id: Uuid,
    #[diesel(sql_type = Text)]
    customer_name: String,
    #[diesel(sql_type = SqlUuid)]
    partner_id: Uuid,
    #[diesel(sql_type = Text)]
    partner_name: String,
    #[diesel(sql_type = SqlUuid)]
    profile_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    consultant_id: Uuid,
    #[diesel(sql_type = Text)]
    consultant_name: String,
}

impl From<PartiesRow> for Parties {
    fn from(row: PartiesRow) -> Self {
        Self {
            brief: BriefId(row.brief_id),
            brief_number: row.brief_number,
            brief_title: row.brief_title,
            customer: OrganizationId(row.customer_id),
            customer_name: row.customer_name,
            partner: OrganizationId(row.partner_id),
            partner_name: row.partner_name,
            profile: ProfileId(row.profile_id),
            consultant: PersonId(row.consultant_id),
            consultant_name: row.consultant_name,
        }
    }
}

/// Withdraws every invitation of a brief that waits for its consultant, for a reason; answers
/// them with their parties, oldest first. The caller holds the brief's lock.
pub async fn withdraw_waiting(
    tx: &mut Tx,
    brief: BriefId,
    reason: &str,
) -> Result<Vec<(InvitationId, Parties)>> {
    let sql = "
        WITH withdrawn AS (
          UPDATE invitations SET state = 'withdrawn', answered_at = app_now(), reason = $2
           WHERE brief_id = $1 AND state = 'sent' RETURNING *)
        SELECT i.id, b.id AS brief_id, b.number AS brief_number, b.title AS brief_title,
               b.organization_id AS customer_id, c.name AS customer_name,
               i.organization_id AS partner_id, o.name AS partner_name,
               i.profile_id, f.person_id AS consultant_id, h.name AS consultant_name
          FROM withdrawn i
          JOIN briefs b ON b.vendor_id = i.vendor_id AND b.id = i.brief_id
          JOIN organizations c ON c.vendor_id = b.vendor_id AND c.id = b.organization_id
          JOIN organizations o ON o.vendor_id = i.vendor_id AND o.id = i.organization_id
          JOIN profiles f ON f.vendor_id = i.vendor_id AND f.id = i.profile_id
          JOIN persons h ON h.id = f.person_id
         ORDER BY i.sent_at, i.id";
    let rows: Vec<PartiesRow> =
        sql_query(sql).bind::<SqlUuid, _>(brief.0).bind::<Text, _>(reason).load(tx.conn()).await?;
    Ok(rows.into_iter().map(|row| (InvitationId(row.id), row.into())).collect())
}
