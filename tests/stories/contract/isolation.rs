//! Tenants are apart because the catalogue says so, not because every query remembers.

use crate::support::World;
use crate::support::database::Database;
use attache::postgres::Role;
use std::collections::BTreeSet;

/// Tables that hold ids, hashes and routing only; each is reached by named store functions.
const GLOBAL: &[&str] = &[
    "api_tokens",
    "credentials",
    "email_links",
    "events",
    "external_objects",
    "gateway_keys",
    "idempotency_keys",
    "jobs",
    "memberships",
    "nodes",
    "oauth_states",
    "payment_platform",
    "persons",
    "sessions",
    "throttles",
    "vendor_hosts",
    "vendors",
    "webhooks",
];
/// Tables that the program reads and never writes.
const REFERENCE: &[&str] = &["currencies"];
/// Tables of the tests and of the migrations themselves.
const APART: &[&str] = &["test_clock", "__diesel_schema_migrations"];

#[tokio::test(flavor = "multi_thread")]
async fn every_tenant_table_forces_row_level_security() {
    let database = Database::new().await;
    let reader = database.connect(Role::Read).await;
    let sql = "
        SELECT c.relname::text, c.relrowsecurity, c.relforcerowsecurity,
               (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid) = 1
               AND (SELECT bool_and(pg_get_expr(p.polqual, p.polrelid) LIKE '%attache.vendor%'
                        AND pg_get_expr(p.polwithcheck, p.polrelid) LIKE '%attache.vendor%')
                    FROM pg_policy p WHERE p.polrelid = c.oid),
               EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid
                       AND a.attname = 'vendor_id' AND a.attnotnull),
               (SELECT a.attname::text FROM pg_constraint k
                JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1]
                WHERE k.conrelid = c.oid AND k.contype = 'p')
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') ORDER BY 1";
    let mut seen = BTreeSet::new();
    for row in reader.query(sql, &[]).await.unwrap() {
        let name: String = row.get(0);
        seen.insert(name.clone());
        let open = [GLOBAL, REFERENCE, APART].concat().contains(&name.as_str());
        let secured: bool = row.get(1);
        assert_eq!(secured, !open, "{name}: tenant tables are secured, listed ones are not");
        if open {
            continue;
        }
        assert!(row.get::<_, bool>(2), "{name}: row-level security is not forced");
        assert_eq!(row.get::<_, Option<bool>>(3), Some(true), "{name}: not the one policy");
        assert!(row.get::<_, bool>(4), "{name}: no vendor_id, or it may be null");
        let leading: Option<String> = row.get(5);
        assert_eq!(leading.as_deref(), Some("vendor_id"), "{name}: the key leads with the vendor");
    }
    assert!(seen.len() > 30, "only {} tables seen", seen.len());
    database.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_keys_between_tenant_tables_carry_the_vendor() {
    let database = Database::new().await;
    let reader = database.connect(Role::Read).await;
    let sql = "
        SELECT k.conname::text FROM pg_constraint k
        JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class f ON f.oid = k.confrelid
        WHERE k.contype = 'f' AND c.relrowsecurity AND f.relrowsecurity
          AND NOT EXISTS (SELECT 1 FROM unnest(k.conkey) AS col
                          JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = col
                          WHERE a.attname = 'vendor_id')";
    let loose: Vec<String> =
        reader.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
    assert!(loose.is_empty(), "these could point at another tenant's row: {loose:?}");
    database.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_serving_role_owns_nothing_and_bypasses_nothing() {
    let database = Database::new().await;
    let reader = database.connect(Role::Read).await;
    let role = reader
        .query_one(
            "SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication,
                    (SELECT count(*) FROM pg_class WHERE relowner = r.oid)
                    + (SELECT count(*) FROM pg_proc WHERE proowner = r.oid)
             FROM pg_roles r WHERE rolname = 'attache_app'",
            &[],
        )
        .await
        .unwrap();
    assert!(!role.get::<_, bool>(0), "the serving role has a right it must not have");
    assert_eq!(role.get::<_, i64>(1), 0, "the serving role owns something");
    let truncate = "SELECT count(*) FROM information_schema.role_table_grants
                    WHERE grantee = 'attache_app' AND privilege_type IN ('TRUNCATE', 'TRIGGER', 'REFERENCES')";
    assert_eq!(reader.query_one(truncate, &[]).await.unwrap().get::<_, i64>(0), 0);
    let views =
        "SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                 WHERE n.nspname = 'public' AND c.relkind = 'v'
                   AND NOT coalesce('security_invoker=true' = ANY (c.reloptions), false)";
    assert!(reader.query(views, &[]).await.unwrap().is_empty(), "a view without security_invoker");
    database.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_vendor_every_tenant_table_is_empty() {
    let world = World::new().await;
    world.customer("Fjordhaus Outdoor").await;
    let reader = world.database.connect(Role::Read).await;
    let app = world.database.connect(Role::App).await;
    let tables =
        "SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                  WHERE n.nspname = 'public' AND c.relkind = 'r' AND c.relrowsecurity";
    let mut filled = 0;
    for row in reader.query(tables, &[]).await.unwrap() {
        let table: String = row.get(0);
        let count = format!("SELECT count(*) FROM {table}");
        let real: i64 = reader.query_one(&count, &[]).await.unwrap().get(0);
        let seen: i64 = app.query_one(&count, &[]).await.unwrap().get(0);
        assert_eq!(seen, 0, "{table}: rows without a vendor");
        // After a transaction that set a vendor, the setting is an empty text, not null.
        let set = "SELECT set_config('attache.vendor', '', false)";
        app.query_one(set, &[]).await.unwrap();
        assert_eq!(app.query_one(&count, &[]).await.unwrap().get::<_, i64>(0), 0, "{table}");
        filled += i64::from(real > 0);
    }
    assert!(filled >= 6, "only {filled} tables had rows to hide");
    world.end().await;
}
