//! Rows of `service_categories`, `skills` and `industries`.

use crate::platform::db::Tx;
use crate::platform::db::schema::{industries, service_categories as categories, skills};
use crate::platform::refusal::Result;
use crate::program::model::{Category, Industry, Skill, Taxonomy};
use diesel::{QueryDsl, Queryable};
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
