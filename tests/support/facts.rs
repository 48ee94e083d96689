//! Facts that a feature to come will state, stated as it will: an event row with its job, in one
//! transaction, to which the program reacts by itself.

use super::world::World;
use attache::postgres::Role;

impl World {
    /// States a fact of money about an engagement and waits until it was reacted to.
    pub async fn states(&self, kind: &str, engagement: &str, reference: &str) {
        self.states_only(kind, engagement, reference).await;
        self.settle().await;
    }

    /// As [`World::states`], without waiting.
    pub async fn states_only(&self, kind: &str, engagement: &str, reference: &str) {
        let owner = self.database.connect(Role::Owner).await;
        let vendor = self.larkfield.vendor;
        let sql = format!(
            "BEGIN; SELECT set_config('attache.vendor', '{vendor}', true);
             WITH fact AS (
               SELECT gen_random_uuid() AS id, e.vendor_id, jsonb_build_object('of',
                 jsonb_build_object('engagement', e.id, 'number', e.number, 'title', e.title,
                   'customer', e.customer_organization_id, 'partner', e.partner_organization_id,
                   'profile', e.profile_id, 'consultant', e.consultant_id),
                 'reference', '{reference}') AS facts
               FROM engagements e WHERE e.id = '{engagement}'),
             stated AS (
               INSERT INTO events (id, vendor_id, kind, facts)
               SELECT id, vendor_id, '{kind}', facts FROM fact)
             INSERT INTO jobs (id, vendor_id, kind, facts, run_at)
             SELECT gen_random_uuid(), vendor_id, 'event', jsonb_build_object('id', id,
               'vendor', vendor_id, 'kind', '{kind}', 'facts', facts, 'actor', NULL), app_now()
             FROM fact;
             COMMIT;"
        );
        owner.batch_execute(&sql).await.unwrap();
    }
}
