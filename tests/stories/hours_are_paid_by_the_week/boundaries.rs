//! What is refused, and what happens at the very instants.

use super::Scene;
use crate::support::Answer;
use crate::support::hours::{Agreed, at, later};
use crate::support::larkfield::{PETRA, Tool};
use attache::postgres::Role;
use chrono::NaiveDate;
use serde_json::{Value, json};

fn entry(day: NaiveDate, minutes: i32) -> Value {
    json!({ "day": day, "minutes": minutes, "words": "Lists" })
}

#[tokio::test(flavor = "multi_thread")]
async fn time_is_changed_until_monday_noon() {
    let scene = Scene::signed(Agreed(9_000, 600, 4)).await;
    let Scene { world, customer, expert, engagement, monday } = &scene;
    let made = expert.works(engagement, *monday, 90).await.expect(201);
    let path = format!("/v1/time-entries/{}", made.id());
    let other = expert.works(engagement, *monday, 30).await.expect(201).id();
    let noon = at(later(*monday, 7), 12, 0, 0);
    world.moves_to(noon - chrono::Duration::seconds(30)).await;
    let read = expert.get(&path).await.expect(200);
    let etag = read.header("etag").unwrap().to_owned();
    let changed = expert.put_version(&path, &etag, entry(*monday, 120)).await.expect(200);
    assert_eq!(changed.json()["version"], 2);
    expert.put_version(&path, &etag, entry(*monday, 60)).await.refused(412, "stale");
    expert.delete(&format!("/v1/time-entries/{other}")).await.expect(204);
    assert_eq!(scene.week().await["state"], "open");
    world.moves_to(noon).await;
    let etag = changed.header("etag").unwrap();
    expert.put_version(&path, etag, entry(*monday, 60)).await.refused(409, "week-locked");
    expert.delete(&path).await.refused(409, "week-locked");
    expert.works(engagement, later(*monday, 6), 60).await.refused(409, "week-locked");
    expert.works(engagement, later(*monday, 7), 60).await.expect(201);
    let week = scene.week().await;
    assert_eq!((&week["minutes"], &week["amount"]["minor"]), (&json!(120), &json!(18_000)));
    customer.get(&path).await.expect(200);

    // Locked again, by several at once, it is one charge.
    let owner = world.database.connect(Role::Owner).await;
    let facts = json!({ "timer": "week-locks", "engagement": engagement, "week": monday });
    let again = format!(
        "INSERT INTO jobs (id, vendor_id, kind, facts, run_at)
         SELECT gen_random_uuid(), '{}', 'engagement-timer', '{facts}', app_now()
         FROM generate_series(1, 8)",
        world.larkfield.vendor
    );
    assert_eq!(owner.execute(&again, &[]).await.unwrap(), 8);
    world.settle().await;
    assert_eq!(scene.count("milestones").await, 1);
    assert_eq!(scene.count("deliverables").await, 1);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_names_why() {
    let scene = Scene::signed(Agreed(9_000, 600, 1)).await;
    let Scene { world, customer, expert, engagement, monday } = &scene;
    let field = |answer: Answer| answer.refused(422, "invalid").at("/errors/0/field");
    assert_eq!(field(expert.works(engagement, *monday, 0).await), "minutes");
    assert_eq!(field(expert.works(engagement, *monday, -5).await), "minutes");
    assert_eq!(field(expert.works(engagement, *monday, 1_441).await), "minutes");
    assert_eq!(field(expert.works(engagement, later(*monday, 1), 60).await), "day");
    let before = monday.pred_opt().unwrap();
    assert_eq!(field(expert.works(engagement, before, 60).await), "day");
    expert.works(engagement, *monday, 1_000).await.expect(201);
    expert.works(engagement, *monday, 441).await.refused(409, "day-full");
    expert.works(engagement, *monday, 440).await.expect(201);
    assert_eq!(customer.works(engagement, *monday, 60).await.status, 403);
    let colleague = world.colleague(expert, "partner", "owner", "Another Brandt").await;
    colleague.works(engagement, *monday, 60).await.refused(403, "consultant-only");
    let rival = world.consultant("Rival").await;
    rival.works(engagement, *monday, 60).await.refused(404, "not-found");
    let path = format!("/v1/engagements/{engagement}/weeks");
    rival.get(&path).await.refused(404, "not-found");
    let manager = world.vendor("program_manager").await;
    manager.get(&path).await.expect(200);
    let sheet = format!("/v1/engagements/{engagement}/time-sheet");
    manager.get(&sheet).await.refused(403, "guests-only");
    let other = world.signed(customer, expert, &[10_000]).await;
    customer.get(&format!("/v1/engagements/{other}/weeks")).await.refused(404, "not-found");
    world.moves_to(at(later(*monday, 7), 12, 0, 0)).await;
    expert.works(engagement, later(*monday, 7), 60).await.refused(409, "weeks-used");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_week_without_time_costs_nothing() {
    let scene = Scene::signed(Agreed(9_000, 600, 4)).await;
    let Scene { world, expert, engagement, monday, .. } = &scene;
    let made = expert.works(engagement, *monday, 90).await.expect(201).id();
    expert.delete(&format!("/v1/time-entries/{made}")).await.expect(204);
    world.moves_to(at(later(*monday, 7), 12, 0, 0)).await;
    assert_eq!(scene.week().await["state"], "empty");
    assert_eq!(scene.count("milestones").await, 0);
    assert_eq!(scene.state().await, "active");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unpaid_week_stops_the_hours_and_the_letters() {
    let (scene, milestone) = Scene::locked(Agreed(9_000, 600, 4), 120).await;
    let Scene { world, customer, expert, engagement, monday } = &scene;
    let connection = world.connects(customer, PETRA).await;
    let grant = world.grants((customer, expert), engagement, &connection, "read-only").await;
    let tool = Tool::with_key(expert, &grant).await;
    let saturday = later(*monday, 12);
    world.moves_to(at(later(*monday, 11), 23, 59, 30)).await;
    expert.works(engagement, later(*monday, 11), 60).await.expect(201);
    tool.get("/account").await.expect(200);
    world.moves_to(at(saturday, 0, 0, 0)).await;
    assert_eq!(scene.week().await["state"], "unpaid");
    expert.works(engagement, saturday, 60).await.refused(409, "week-unpaid");
    tool.get("/account").await.refused(403, "suspended");
    for who in [customer, expert] {
        let told = scene.told(who).await;
        assert!(told.contains("is unpaid: no more hours until it is paid"), "{told}");
    }
    world.pays(customer, &milestone).await;
    expert.works(engagement, saturday, 60).await.expect(201);
    tool.get("/account").await.expect(200);
    // Paid late, it is still looked at for a day.
    assert_eq!(scene.week().await["state"], "review");
    world.advance(chrono::Duration::hours(23)).await;
    world.settle().await;
    assert_eq!(scene.week().await["state"], "review");
    world.advance(chrono::Duration::hours(2)).await;
    world.settle().await;
    assert_eq!(scene.week().await["state"], "accepted");
    world.balances().await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_refuses_what_was_not_worked() {
    let (scene, milestone) = Scene::locked(Agreed(9_000, 600, 4), 120).await;
    let Scene { world, engagement, monday, expert, .. } = &scene;
    let vendor = world.larkfield.vendor;
    let app = world.database.connect(Role::App).await;
    let refused = async |sql: String| {
        let set = format!("BEGIN; SELECT set_config('attache.vendor', '{vendor}', true)");
        app.batch_execute(&set).await.unwrap();
        let error = app.batch_execute(&sql).await.expect_err(&sql);
        app.batch_execute("ROLLBACK").await.unwrap();
        let said = error.as_db_error().unwrap_or_else(|| panic!("{error}"));
        said.constraint().unwrap_or_else(|| said.message()).to_owned()
    };
    let next = later(*monday, 7);
    let week = |day: NaiveDate, minutes: i32, price: i64| {
        format!(
            "INSERT INTO milestones (vendor_id, id, engagement_id, seq, title, delivers, currency,
                 price_minor, days, kind, week_of, minutes, charged_minutes)
             VALUES ('{vendor}', gen_random_uuid(), '{engagement}', 2, 'x', 'x', 'USD', {price}, 7,
                 'week', '{day}', {minutes}, {minutes})"
        )
    };
    assert_eq!(refused(week(*monday, 120, 18_000)).await, "milestones_week_key");
    assert_eq!(refused(week(next, 60, 9_000)).await, "milestones_week_worked");
    expert.works(engagement, next, 60).await.expect(201);
    assert_eq!(refused(week(next, 60, 9_001)).await, "milestones_week_worked");
    assert_eq!(refused(week(next, 60, 9_000)).await, "milestones_week_over");
    let late = format!("UPDATE time_entries SET minutes = 240 WHERE day = '{monday}'");
    assert_eq!(refused(late).await, "time_entries_open");
    let gone = format!("DELETE FROM time_entries WHERE day = '{monday}'");
    assert_eq!(refused(gone).await, "time_entries_open");
    let dearer = format!("UPDATE engagements SET rate_minor = 9100 WHERE id = '{engagement}'");
    assert_eq!(refused(dearer).await, "engagements_hours_stay");
    let more = format!("UPDATE milestones SET minutes = 240 WHERE id = '{milestone}'");
    assert!(refused(more).await.contains("permission denied"));
    scene.world.end().await;
}
