//! The schema in the code is the schema of the migrations.

use crate::support::database::Database;
use api::kernel::money::Currency;
use attache::postgres::Role;

#[tokio::test(flavor = "multi_thread")]
async fn schema_rs_is_the_migrated_schema() {
    let database = Database::new().await;
    let owner = database.connect(Role::Owner).await;
    owner.batch_execute("DROP TABLE test_clock CASCADE").await.unwrap();
    let said = api::platform::db::describe_schema(&database.url(Role::Owner)).await.unwrap();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/api/src/platform/db/schema.rs");
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let same = plain(&std::fs::read_to_string(file).unwrap()) == plain(&said);
    assert!(same, "schema.rs is outdated: cargo run -- schema > api/src/platform/db/schema.rs");
    database.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_currencies_of_code_and_database_agree() {
    let database = Database::new().await;
    let reader = database.connect(Role::Read).await;
    let rows = reader.query("SELECT code, exponent FROM currencies ORDER BY code", &[]).await;
    let table: Vec<(String, i16)> =
        rows.unwrap().iter().map(|row| (row.get(0), row.get(1))).collect();
    let mut code: Vec<(String, i16)> = Currency::ALL
        .iter()
        .map(|c| (c.code().to_owned(), i16::try_from(c.exponent()).unwrap()))
        .collect();
    code.sort();
    assert_eq!(table, code);
    database.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_migration_goes_down_and_up_again() {
    let database = Database::new().await;
    let owner = database.connect(Role::Owner).await;
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
    let entries = std::fs::read_dir(folder).unwrap().flatten().map(|e| e.path());
    let mut steps: Vec<_> = entries.filter(|p| p.is_dir()).collect();
    steps.sort();
    owner.batch_execute("DROP TABLE test_clock CASCADE").await.unwrap();
    for step in steps.iter().rev() {
        let down = std::fs::read_to_string(step.join("down.sql")).unwrap();
        owner.batch_execute(&down).await.unwrap_or_else(|e| panic!("{}: {e:?}", step.display()));
    }
    let left = "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = 'public' AND c.relkind IN ('r', 'v') AND c.relname NOT LIKE '\\_\\_%'";
    let left: i64 = owner.query_one(left, &[]).await.unwrap().get(0);
    assert_eq!(left, 0, "tables stay behind after every down.sql");
    for step in &steps {
        let up = std::fs::read_to_string(step.join("up.sql")).unwrap();
        owner.batch_execute(&up).await.unwrap_or_else(|e| panic!("{}: {e:?}", step.display()));
    }
    database.end().await;
}
