//! Rows of `engagement_entries`.

use crate::engagements::model::Topic;
use crate::kernel::id::{EngagementId, EntryId, PersonId};
use crate::platform::db::Tx;
use crate::platform::db::schema::engagement_entries as entries;
use crate::platform::refusal::Result;
use diesel::ExpressionMethods;
use diesel_async::RunQueryDsl;
use serde_json::Value;

pub struct NewEntry {
    pub id: EntryId,
    pub engagement: EngagementId,
    pub topic: Topic,
    pub kind: &'static str,
    pub facts: Value,
    pub person: Option<PersonId>,
}

pub async fn insert_entry(tx: &mut Tx, entry: NewEntry) -> Result<()> {
    let vendor = tx.vendor()?;
    diesel::insert_into(entries::table)
        .values((
            entries::vendor_id.eq(vendor.0),
            entries::id.eq(entry.id.0),
            entries::engagement_id.eq(entry.engagement.0),
            entries::topic.eq(entry.topic.as_str()),
            entries::kind.eq(entry.kind),
            entries::facts.eq(entry.facts),
            entries::person_id.eq(entry.person.map(|p| p.0)),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}
