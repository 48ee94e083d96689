//! Rows of `service_categories`, `skills` and `industries`.

use crate::platform::db::Tx;
use crate::platform::db::schema::{industries, service_categories as categories, skills};
use crate::platform::refusal::Result;
use crate::program::model::{Category, Industry, Skill, Taxonomy};
use diesel::{ExpressionMethods, QueryDsl, Queryable};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

#[derive(Queryable)]
struct Three(String, String, String);

/// The whole taxonomy; its three queries travel together.
pub async fn taxonomy(tx: &mut Tx) -> Result<Taxonomy> {
    let connection: &AsyncPgConnection = tx.conn();
    let (mut first, mut second, mut third) = (connection, connection, connection);
    let in_order = categories::table
        .order((categories::position, categories::slug))
        .select((categories::slug, categories::title, categories::line))
        .load::<Three>(&mut first);
    let all_skills = skills::table
        .order((skills::title, skills::slug))
        .select((skills::slug, skills::title, skills::category_slug))
        .load::<Three>(&mut second);
    let all_industries = industries::table
        .order((industries::title, industries::slug))
        .select((industries::slug, industries::title))
        .load::<(String, String)>(&mut third);
    let (in_order, all_skills, all_industries) =
        futures::try_join!(in_order, all_skills, all_industries)?;
    Ok(Taxonomy {
        categories: in_order
            .into_iter()
            .map(|Three(slug, title, line)| Category { slug, title, line })
            .collect(),
        skills: all_skills
            .into_iter()
            .map(|Three(slug, title, category)| Skill { slug, title, category })
            .collect(),
        industries: all_industries
            .into_iter()
            .map(|(slug, title)| Industry { slug, title })
            .collect(),
    })
}

/// Writes a new program's taxonomy.
pub async fn insert_taxonomy(tx: &mut Tx, new: &Taxonomy) -> Result<()> {
    let vendor = tx.vendor()?;
    let numbered = new.categories.iter().zip(1_i32..);
    let rows: Vec<_> = numbered
        .map(|(category, position)| {
            (
                categories::vendor_id.eq(vendor.0),
                categories::slug.eq(&category.slug),
                categories::title.eq(&category.title),
                categories::line.eq(&category.line),
                categories::position.eq(position),
            )
        })
        .collect();
    diesel::insert_into(categories::table).values(rows).execute(tx.conn()).await?;
    let skill = |skill: &Skill| {
        (
            skills::vendor_id.eq(vendor.0),
            skills::slug.eq(skill.slug.clone()),
            skills::title.eq(skill.title.clone()),
            skills::category_slug.eq(skill.category.clone()),
        )
    };
    let rows: Vec<_> = new.skills.iter().map(skill).collect();
    diesel::insert_into(skills::table).values(rows).execute(tx.conn()).await?;
    let industry = |industry: &Industry| {
        (
            industries::vendor_id.eq(vendor.0),
            industries::slug.eq(industry.slug.clone()),
            industries::title.eq(industry.title.clone()),
        )
    };
    let rows: Vec<_> = new.industries.iter().map(industry).collect();
    diesel::insert_into(industries::table).values(rows).execute(tx.conn()).await?;
    Ok(())
}
