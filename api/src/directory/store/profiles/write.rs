//! Writing profiles.

use crate::directory::model::ProfileFields;
use crate::kernel::id::{OrganizationId, PersonId, ProfileId};
use crate::platform::db::schema::{profile_industries, profile_skills, profiles};
use crate::platform::db::{Tx, refuse_on};
use crate::platform::refusal::{Common, Result};
use diesel::dsl::sql;
use diesel::sql_types::{Nullable, Text, Timestamptz};
use diesel::{ExpressionMethods, QueryDsl, sql_query};
use diesel_async::RunQueryDsl;
use std::collections::BTreeSet;

/// Slugs that begin like this one. Until the transaction ends nobody else takes one.
pub async fn taken_slugs(tx: &mut Tx, slug: &str) -> Result<BTreeSet<String>> {
    let vendor = tx.vendor()?;
    sql_query("SELECT pg_advisory_xact_lock(hashtextextended('profile slugs ' || $1, 0))")
        .bind::<Text, _>(vendor.to_string())
        .execute(tx.conn())
        .await?;
    // A slug has no character that LIKE would read as a wildcard.
    let taken: Vec<String> = profiles::table
        .filter(sql::<diesel::sql_types::Bool>("slug LIKE ").bind::<Text, _>(format!("{slug}%")))
        .select(profiles::slug)
        .load(tx.conn())
        .await?;
    Ok(taken.into_iter().collect())
}

/// Where a new profile belongs.
pub struct Place<'a> {
    pub id: ProfileId,
    pub organization: OrganizationId,
    pub person: PersonId,
    pub slug: &'a str,
}

/// Writes a first version.
///
/// Errors: `if-match-wanted` when the person has a profile here already.
pub async fn insert_profile(tx: &mut Tx, place: Place<'_>, fields: &ProfileFields) -> Result<()> {
    let vendor = tx.vendor()?;
    diesel::insert_into(profiles::table)
        .values((
            profiles::vendor_id.eq(vendor.0),
            profiles::id.eq(place.id.0),
            profiles::organization_id.eq(place.organization.0),
            profiles::person_id.eq(place.person.0),
            profiles::slug.eq(place.slug),
            columns(fields),
        ))
        .execute(tx.conn())
        .await
        .map_err(refuse_on("profiles_person_key", Common::VersionWanted))?;
    insert_chosen(tx, place.id, fields).await
}

/// Writes the fields over a locked profile, and counts its version up.
pub async fn update_profile(tx: &mut Tx, id: ProfileId, fields: &ProfileFields) -> Result<()> {
    diesel::update(profiles::table.filter(profiles::id.eq(id.0)))
        .set((
            columns(fields),
            profiles::version.eq(profiles::version + 1),
            profiles::updated_at.eq(sql::<Timestamptz>("app_now()")),
        ))
        .execute(tx.conn())
        .await?;
    diesel::delete(profile_skills::table.filter(profile_skills::profile_id.eq(id.0)))
        .execute(tx.conn())
        .await?;
    diesel::delete(profile_industries::table.filter(profile_industries::profile_id.eq(id.0)))
        .execute(tx.conn())
        .await?;
    insert_chosen(tx, id, fields).await
}

async fn insert_chosen(tx: &mut Tx, id: ProfileId, fields: &ProfileFields) -> Result<()> {
    let vendor = tx.vendor()?;
    let skill = |slug: &String| {
        (
            profile_skills::vendor_id.eq(vendor.0),
            profile_skills::profile_id.eq(id.0),
            profile_skills::skill_slug.eq(slug.clone()),
        )
    };
    let rows: Vec<_> = fields.skills.iter().map(skill).collect();
    diesel::insert_into(profile_skills::table).values(rows).execute(tx.conn()).await?;
    let industry = |slug: &String| {
        (
            profile_industries::vendor_id.eq(vendor.0),
            profile_industries::profile_id.eq(id.0),
            profile_industries::industry_slug.eq(slug.clone()),
        )
    };
    let rows: Vec<_> = fields.industries.iter().map(industry).collect();
    diesel::insert_into(profile_industries::table).values(rows).execute(tx.conn()).await?;
    Ok(())
}

/// Shows a locked profile to everyone, or to nobody, and counts its version up.
pub async fn set_published(tx: &mut Tx, id: ProfileId, published: bool) -> Result<()> {
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

type Columns<'a> = (
    diesel::dsl::Eq<profiles::headline, &'a str>,
    diesel::dsl::Eq<profiles::about, &'a str>,
    diesel::dsl::Eq<profiles::languages, &'a Vec<String>>,
    diesel::dsl::Eq<profiles::zone, &'static str>,
    diesel::dsl::Eq<profiles::works_from, chrono::NaiveTime>,
    diesel::dsl::Eq<profiles::works_until, chrono::NaiveTime>,
    diesel::dsl::Eq<profiles::accepting_clients, bool>,
    diesel::dsl::Eq<profiles::free_from, Option<chrono::NaiveDate>>,
);

fn columns(fields: &ProfileFields) -> Columns<'_> {
    (
        profiles::headline.eq(fields.headline.as_str()),
        profiles::about.eq(fields.about.as_str()),
        profiles::languages.eq(&fields.languages),
        profiles::zone.eq(fields.zone.name()),
        profiles::works_from.eq(fields.works_from),
        profiles::works_until.eq(fields.works_until),
        profiles::accepting_clients.eq(fields.accepting_clients),
        profiles::free_from.eq(fields.free_from),
    )
}
