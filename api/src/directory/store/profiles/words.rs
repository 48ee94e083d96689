//! What a search looks through.

use crate::directory::model::fold;
use crate::kernel::id::ProfileId;
use crate::platform::db::Tx;
use crate::platform::db::schema::profiles;
use crate::platform::refusal::Result;
use diesel::sql_types::{Text, Uuid as SqlUuid};
use diesel::{ExpressionMethods, QueryDsl, QueryableByName, sql_query};
use diesel_async::RunQueryDsl;

#[derive(QueryableByName)]
struct Words {
    #[diesel(sql_type = Text)]
    head: String,
    #[diesel(sql_type = Text)]
    body: String,
}

const WORDS: &str = "
    SELECT concat_ws(' ', n.name, o.name, p.headline,
               (SELECT string_agg(s.title, ' ') FROM profile_skills ps
                JOIN skills s ON s.vendor_id = ps.vendor_id AND s.slug = ps.skill_slug
                WHERE ps.vendor_id = p.vendor_id AND ps.profile_id = p.id),
               (SELECT string_agg(v.title, ' ') FROM services v
                WHERE v.vendor_id = p.vendor_id AND v.profile_id = p.id
                  AND v.state = 'published')) AS head,
           concat_ws(' ', p.about,
               (SELECT string_agg(s.title, ' ') FROM profile_industries pi
                JOIN industries s ON s.vendor_id = pi.vendor_id AND s.slug = pi.industry_slug
                WHERE pi.vendor_id = p.vendor_id AND pi.profile_id = p.id),
               (SELECT string_agg(concat_ws(' ', v.outcome, c.title), ' ') FROM services v
                JOIN service_categories c
                    ON c.vendor_id = v.vendor_id AND c.slug = v.category_slug
                WHERE v.vendor_id = p.vendor_id AND v.profile_id = p.id
                  AND v.state = 'published')) AS body
    FROM profiles p
    JOIN persons n ON n.id = p.person_id
    JOIN organizations o ON o.vendor_id = p.vendor_id AND o.id = p.organization_id
    WHERE p.id = $1";

/// Writes what a search finds the profile by; after every change of it or of its services.
pub async fn refresh_words(tx: &mut Tx, id: ProfileId) -> Result<()> {
    let words: Words = sql_query(WORDS).bind::<SqlUuid, _>(id.0).get_result(tx.conn()).await?;
    diesel::update(profiles::table.filter(profiles::id.eq(id.0)))
        .set((
            profiles::search_head.eq(fold(&words.head)),
            profiles::search_body.eq(fold(&words.body)),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}
