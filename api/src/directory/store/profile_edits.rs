//! Writing `profiles` with its skills, industries and search words.

use crate::directory::model::{ProfileFields, fold};
use crate::kernel::id::{OrganizationId, PersonId, ProfileId};
use crate::platform::db::schema::profiles;
use crate::platform::db::{Tx, refuse_on};
use crate::platform::refusal::{Common, Result};
use diesel::dsl::sql;
use diesel::sql_types::{Array, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel::{ExpressionMethods, QueryDsl, QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use std::collections::BTreeSet;

/// The columns that an owner writes, with their values.
macro_rules! columns {
    ($fields:expr) => {
        (
            profiles::headline.eq(&$fields.headline),
            profiles::about.eq(&$fields.about),
            profiles::languages.eq(&$fields.languages),
            profiles::zone.eq($fields.zone.name()),
            profiles::works_from.eq($fields.works_from),
            profiles::works_until.eq($fields.works_until),
            profiles::accepting_clients.eq($fields.accepting_clients),
            profiles::free_from.eq($fields.free_from),
        )
    };
}

/// Waits for everyone who is choosing an address in this vendor's directory, then goes alone.
pub async fn lock_addresses(tx: &mut Tx) -> Result<()> {
    let name = format!("directory-addresses:{}", tx.vendor()?);
    sql_query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))")
        .bind::<Text, _>(name)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Addresses of profiles that begin with these letters.
pub async fn profile_slugs(tx: &mut Tx, start: &str) -> Result<BTreeSet<String>> {
    let rows: Vec<String> = profiles::table
        .filter(
            sql::<diesel::sql_types::Bool>("starts_with(slug, ").bind::<Text, _>(start).sql(")"),
        )
        .select(profiles::slug)
        .load(tx.conn())
        .await?;
    Ok(rows.into_iter().collect())
}

/// Where a new profile stands.
#[derive(Debug, Clone)]
pub struct NewProfile<'a> {
    pub id: ProfileId,
    pub organization: OrganizationId,
    pub person: PersonId,
    pub slug: &'a str,
}

/// Writes a profile that is not published.
///
/// Errors: `if-match-wanted` when the person has one there already, made a moment ago.
pub async fn insert_profile(
    tx: &mut Tx,
    new: &NewProfile<'_>,
    fields: &ProfileFields,
) -> Result<()> {
    let vendor = tx.vendor()?;
    diesel::insert_into(profiles::table)
        .values((
            (
                profiles::vendor_id.eq(vendor.0),
                profiles::id.eq(new.id.0),
                profiles::organization_id.eq(new.organization.0),
                profiles::person_id.eq(new.person.0),
                profiles::slug.eq(new.slug),
            ),
            columns!(fields),
        ))
        .execute(tx.conn())
        .await
        .map_err(refuse_on("profiles_person_key", Common::VersionWanted))?;
    write_words(tx, new.id, fields).await
}

/// Writes the fields of a locked profile and counts its version.
pub async fn update_profile(tx: &mut Tx, id: ProfileId, fields: &ProfileFields) -> Result<()> {
    diesel::update(profiles::table.filter(profiles::id.eq(id.0)))
        .set((
            columns!(fields),
            profiles::version.eq(profiles::version + 1),
            profiles::updated_at.eq(sql::<Timestamptz>("app_now()")),
        ))
        .execute(tx.conn())
        .await?;
    write_words(tx, id, fields).await
}

/// Publishes a locked profile, or takes it back, and counts its version.
pub async fn set_profile_published(tx: &mut Tx, id: ProfileId, published: bool) -> Result<()> {
    let at = if published { "app_now()" } else { "NULL" };
    diesel::update(profiles::table.filter(profiles::id.eq(id.0)))
        .set((
            profiles::published_at.eq(sql::<Nullable<Timestamptz>>(at)),
            profiles::version.eq(profiles::version + 1),
            profiles::updated_at.eq(sql::<Timestamptz>("app_now()")),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Makes the skills and industries of a profile exactly these.
async fn write_words(tx: &mut Tx, id: ProfileId, fields: &ProfileFields) -> Result<()> {
    let vendor = tx.vendor()?;
    let sets = [
        ("profile_skills", "skill_slug", &fields.skills),
        ("profile_industries", "industry_slug", &fields.industries),
    ];
    for (table, column, slugs) in sets {
        let sql = format!(
            "WITH gone AS (
                 DELETE FROM {table} WHERE profile_id = $2 AND {column} <> ALL($3))
             INSERT INTO {table} (vendor_id, profile_id, {column})
             SELECT $1, $2, unnest($3) ON CONFLICT DO NOTHING"
        );
        sql_query(sql)
            .bind::<SqlUuid, _>(vendor.0)
            .bind::<SqlUuid, _>(id.0)
            .bind::<Array<Text>, _>(slugs)
            .execute(tx.conn())
            .await?;
    }
    Ok(())
}

#[derive(QueryableByName)]
struct WordsRow {
    #[diesel(sql_type = Text)]
    head: String,
    #[diesel(sql_type = Text)]
    body: String,
}

const WORDS: &str = "
    SELECT concat_ws(' ', n.name, p.headline,
               (SELECT string_agg(s.title, ' ' ORDER BY s.slug) FROM profile_skills ps
                JOIN skills s ON s.vendor_id = ps.vendor_id AND s.slug = ps.skill_slug
                WHERE ps.vendor_id = p.vendor_id AND ps.profile_id = p.id)) AS head,
           concat_ws(' ', o.name, o.city, p.about,
               (SELECT string_agg(s.title, ' ' ORDER BY s.slug) FROM profile_industries pi
                JOIN industries s ON s.vendor_id = pi.vendor_id AND s.slug = pi.industry_slug
                WHERE pi.vendor_id = p.vendor_id AND pi.profile_id = p.id),
               (SELECT string_agg(concat_ws(' ', s.title, s.outcome, c.title), ' ' ORDER BY s.id)
                FROM services s
                JOIN service_categories c
                    ON c.vendor_id = s.vendor_id AND c.slug = s.category_slug
                WHERE s.vendor_id = p.vendor_id AND s.profile_id = p.id
                  AND s.state = 'published')) AS body
    FROM profiles p
    JOIN persons n ON n.id = p.person_id
    JOIN organizations o ON o.vendor_id = p.vendor_id AND o.id = p.organization_id
    WHERE p.id = $1";

/// Writes what a search looks through, after a change of the profile or of its services.
pub async fn write_search_words(tx: &mut Tx, id: ProfileId) -> Result<()> {
    let words: WordsRow = sql_query(WORDS).bind::<SqlUuid, _>(id.0).get_result(tx.conn()).await?;
    diesel::update(profiles::table.filter(profiles::id.eq(id.0)))
        .set((
            profiles::search_head.eq(fold(&words.head)),
            profiles::search_body.eq(fold(&words.body)),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}
