//! Bringing a database to this program's schema, and refusing a role that could bypass isolation.

use super::tx::connect;
use diesel::sql_types::{Bool, Text};
use diesel::{QueryableByName, sql_query};
use diesel_async::{AsyncMigrationHarness, RunQueryDsl};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../migrations");

/// Runs what is pending, as the owner of the schema; answers the names of what it ran.
///
/// Two callers at once are safe: the second waits for the first. Needs a multi-thread runtime.
pub async fn migrate(owner_url: &str) -> anyhow::Result<Vec<String>> {
    let mut connection = connect(owner_url).await?;
    sql_query("SELECT pg_advisory_lock(7226541)").execute(&mut connection).await?;
    let mut harness = AsyncMigrationHarness::new(connection);
    let ran = harness.run_pending_migrations(MIGRATIONS).map_err(|e| anyhow::anyhow!("{e}"))?;
    Ok(ran.iter().map(ToString::to_string).collect())
}

#[derive(QueryableByName)]
struct RoleFacts {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Bool)]
    bypasses: bool,
    #[diesel(sql_type = Bool)]
    owns: bool,
}

/// Refuses a serving role that is superuser, bypasses row-level security or owns a table.
pub async fn refuse_unsafe_role(url: &str) -> anyhow::Result<()> {
    let mut connection = connect(url).await?;
    let role: RoleFacts = sql_query(
        "SELECT rolname::text AS name, (rolsuper OR rolbypassrls) AS bypasses, \
         EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
                 WHERE n.nspname = 'public' AND pg_has_role(c.relowner, 'MEMBER')) AS owns \
         FROM pg_roles WHERE rolname = current_user",
    )
    .get_result(&mut connection)
    .await?;
    anyhow::ensure!(
        !role.bypasses,
        "role {} is a superuser or bypasses row-level security: DATABASE_URL must name a role \
         that does neither",
        role.name
    );
    anyhow::ensure!(
        !role.owns,
        "role {} owns tables: DATABASE_URL must name the serving role, DATABASE_OWNER_URL the \
         owner",
        role.name
    );
    Ok(())
}
