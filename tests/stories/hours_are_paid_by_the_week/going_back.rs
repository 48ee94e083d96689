//! The steps of the schema behind hours and kept cards go down and up again over rows of their
//! kind: what was paid stays paid, and the schema is what it was.

use super::Scene;
use crate::support::hours::{at, later};
use crate::support::payments::{DECLINED_LATER, GOOD};
use attache::postgres::Role;
use std::fs;
use std::path::Path;
use tokio_postgres::Client;

/// The latest first.
const STEPS: [&str; 4] = [
    "2026-11-29-100010_offer_services_by_the_hour",
    "2026-11-29-100000_charge_weeks",
    "2026-11-28-340000_keep_payment_methods",
    "2026-11-28-330000_work_by_the_hour",
];

async fn runs(owner: &Client, step: &str, file: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(step).join(file);
    let sql = format!("BEGIN; {} COMMIT", fs::read_to_string(path).unwrap());
    let done = owner.batch_execute(&sql).await;
    done.unwrap_or_else(|error| panic!("{step} {file}: {error:?}"));
}

/// Columns, constraints, indexes, triggers and rights, a line each.
async fn schema(owner: &Client) -> Vec<String> {
    let sql = "
        SELECT concat_ws(' ', attrelid::regclass, attname, format_type(atttypid, atttypmod),
                         attnotnull, attacl)
        FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid
        WHERE c.relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped
        UNION ALL SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid))
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL SELECT concat_ws(' ', relname, relacl, relrowsecurity, relforcerowsecurity)
        FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
        UNION ALL SELECT concat_ws(' ', oid::regprocedure, prosrc) FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace
        ORDER BY 1";
    owner.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn down_and_up_again_over_rows() {
    let (scene, first) = Scene::worked(DECLINED_LATER).await;
    let Scene { world, customer, expert, engagement, monday } = &scene;
    let milestone = scene.locks().await;
    world.pays(customer, &milestone).await;
    scene.with_card(GOOD).await;
    customer.delete(&format!("/v1/payment-methods/{first}")).await.expect(204);
    expert.works(engagement, later(*monday, 7), 120).await.expect(201);
    world.moves_to(at(later(*monday, 14), 12, 0, 0)).await;
    scene.charged(2).await;
    expert.works(engagement, later(*monday, 14), 60).await.expect(201);
    let new = serde_json::json!({ "service": {
        "title": "A hand on the tiller", "category": "nurturing-campaign-design",
        "outcome": "It runs.", "includes": ["Changes"], "excludes": ["Redesigns"],
        "prerequisites": [], "access": "none", "milestones": [],
        "hourly": { "rate": { "minor": 9000, "currency": "USD" }, "cap_minutes": 600, "weeks": 4 },
    } });
    expert.post("/v1/services", new).await.expect(201);
    world.settle().await;
    let owner = world.database.connect(Role::Owner).await;
    let before = schema(&owner).await;
    for step in STEPS {
        runs(&owner, step, "down.sql").await;
    }
    let states = "SELECT array_agg(state ORDER BY state) FROM payments";
    let states: Vec<String> = world.sql(states).await[0].get(0);
    assert_eq!(states, ["expired", "paid", "paid"], "what was paid stays paid");
    let prices = "SELECT array_agg(price_minor ORDER BY seq) FROM milestones";
    let prices: Vec<i64> = world.sql(prices).await[0].get(0);
    assert_eq!(prices, [9_000, 18_000]);
    let offer = &world.sql("SELECT price_minor, days FROM service_milestones").await[0];
    assert_eq!((offer.get::<_, i64>(0), offer.get::<_, i32>(1)), (360_000, 28));
    for step in STEPS.into_iter().rev() {
        runs(&owner, step, "up.sql").await;
    }
    let after = schema(&owner).await;
    let lost: Vec<&String> = before.iter().filter(|line| !after.contains(line)).collect();
    let new: Vec<&String> = after.iter().filter(|line| !before.contains(line)).collect();
    assert!(lost.is_empty() && new.is_empty(), "lost {lost:#?}\nnew {new:#?}");
    scene.world.end().await;
}
