//! Who lets a card pay, in which words, and what the database refuses whoever asks.

use super::Scene;
use super::by_card::HOURS;
use crate::support::hours::{at, later};
use crate::support::payments::{DECLINED_LATER, GOOD};
use crate::support::reader::{Reader, says};
use attache::postgres::Role;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn only_the_customers_leads_agree_and_to_these_words() {
    let scene = Scene::signed(HOURS).await;
    let Scene { world, customer, expert, .. } = &scene;
    let path = scene.mandate();
    let card = world.keeps_card(customer, GOOD).await;
    let words = scene.paid_by().await["offers"][0]["words"].clone();
    let yes = json!({ "method": card, "words": words });
    let stranger = world.customer("Moorhald").await;
    let member = world.colleague(customer, "customer", "member", "Member").await;
    for (who, status) in [(expert, 403), (&stranger, 404), (&member, 403)] {
        assert_eq!(who.get(&path).await.status, status);
        assert_eq!(who.post(&path, yes.clone()).await.status, status);
        assert_eq!(who.delete(&path).await.status, status);
    }
    let cheaper = json!({ "method": card, "words": "It is charged." });
    customer.post(&path, cheaper).await.refused(409, "mandate-words-differ");
    let theirs = world.keeps_card(&stranger, GOOD).await;
    let other = json!({ "method": theirs, "words": words });
    customer.post(&path, other).await.refused(404, "not-found");
    let given = customer.post(&path, yes.clone()).await.expect(201);
    assert_eq!(customer.post(&path, yes.clone()).await.expect(201).id(), given.id(), "it is one");
    let milestones = world.signed(customer, expert, &[10_000]).await;
    let plain = format!("/v1/engagements/{milestones}/mandate");
    customer.get(&plain).await.refused(404, "not-found");
    customer.post(&plain, yes.clone()).await.refused(409, "not-hourly");
    let why = json!({ "reason": "It does not fit." });
    customer.post(&format!("/v1/engagements/{}/end", scene.engagement), why).await.expect(200);
    world.settle().await;
    customer.post(&path, yes).await.refused(409, "engagement-over");
    let seen = scene.paid_by().await;
    assert_eq!(seen["mandate"]["ended_because"], "engagement-ended");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_lets_a_mandate_charge_a_week_once() {
    let (scene, card) = Scene::worked(DECLINED_LATER).await;
    let Scene { world, engagement, customer, .. } = &scene;
    let milestone = scene.locks().await;
    world.news_told().await;
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
    let charge = |minor: i64| {
        format!(
            "INSERT INTO payments (vendor_id, id, milestone_id, engagement_id,
                 customer_organization_id, currency, amount_minor, state, asked_by, method_id,
                 mandate_id)
             SELECT '{vendor}', gen_random_uuid(), '{milestone}', engagement_id,
                 customer_organization_id, 'USD', {minor}, 'charging', given_by, method_id, id
             FROM week_mandates"
        )
    };
    assert_eq!(refused(charge(9_000)).await, "payments_once_by_mandate", "declined, it is charged");
    assert_eq!(refused(charge(90_001)).await, "payments_mandate_covers", "above its most");
    let removed = "UPDATE payment_methods SET state = 'removed', is_default = false,
        removed_at = app_now()";
    assert_eq!(refused(removed.to_owned()).await, "payment_methods_pays_nothing");
    let words = "UPDATE week_mandates SET words = 'x'".to_owned();
    assert!(refused(words).await.contains("permission denied"));
    let again = format!(
        "INSERT INTO week_mandates (vendor_id, id, engagement_id, customer_organization_id,
             method_id, words, currency, most_minor, given_by)
         SELECT vendor_id, gen_random_uuid(), '{engagement}', customer_organization_id, '{card}',
             'x', 'USD', 90000, given_by FROM week_mandates"
    );
    assert_eq!(refused(again.clone()).await, "week_mandates_one_live");
    assert_eq!(refused(again.replace("90000", "80000")).await, "week_mandates_of_hours");
    // Reactions that ring again, by several workers at once, charge nothing more.
    let owner = world.database.connect(Role::Owner).await;
    let events = format!(
        "INSERT INTO jobs (id, vendor_id, kind, facts, run_at)
         SELECT gen_random_uuid(), vendor_id, kind, facts, app_now()
         FROM jobs, generate_series(1, 4)
         WHERE vendor_id = '{vendor}' AND facts::text LIKE '%week-locked%'"
    );
    owner.batch_execute(&events).await.unwrap();
    world.settle().await;
    assert_eq!(scene.count("payments").await, 1);
    customer.delete(&scene.mandate()).await.expect(204);
    let back = "UPDATE week_mandates SET ended_at = NULL, ended_because = NULL, ended_by = NULL";
    assert_eq!(refused(back.to_owned()).await, "week_mandates_frozen");
    assert_eq!(refused(charge(9_000)).await, "payments_mandate_covers", "it has ended");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_lock_and_charge_at_once() {
    let (scene, _) = Scene::worked(GOOD).await;
    let Scene { world, engagement, monday, .. } = &scene;
    let owner = world.database.connect(Role::Owner).await;
    let facts = json!({ "timer": "week-locks", "engagement": engagement, "week": monday });
    let noon = at(later(*monday, 7), 12, 0, 0);
    let many = format!(
        "INSERT INTO jobs (id, vendor_id, kind, facts, run_at)
         SELECT gen_random_uuid(), '{}', 'engagement-timer', '{facts}', '{noon}'
         FROM generate_series(1, 6)",
        world.larkfield.vendor
    );
    assert_eq!(owner.execute(&many, &[]).await.unwrap(), 6);
    // Its own clock does not move with ours: it begins a moment before noon.
    world.moves_to(noon - chrono::Duration::seconds(30)).await;
    let mut other = world.serves_beside(2).await;
    scene.locks().await;
    world.news_told().await;
    scene.charged(1).await;
    assert_eq!(scene.count("payments").await, 1);
    assert_eq!(scene.week().await["state"], "review");
    other.kill();
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_chosen_seen_and_stopped_by_pages() {
    let scene = Scene::signed(HOURS).await;
    let Scene { world, customer, engagement, .. } = &scene;
    let mut petra = Reader::of(world, &customer.email).await;
    let home = format!("/engagements/{engagement}");
    let here = format!("{home}/mandate");
    says(&petra.open(&home).await, "You pay each week by hand");
    says(&petra.open(&here).await, "No card is kept");
    let card = world.keeps_card(customer, GOOD).await;
    let page = petra.open(&here).await;
    says(&page, "never more than $900.00 for a week");
    let form = page.form(&format!("/p/larkfield{here}")).unwrap();
    let page = petra.send(&form.set("method", &card)).await;
    says(&page, "The card pays the weeks");
    says(&page, "Visa •••• 4242 pays each week when it locks, $900.00 at most");
    says(&petra.open("/methods").await, "Removing the card ends that");
    says(&petra.open(&here).await, "What was agreed to");
    let page = petra.open(&home).await;
    let stop = page.form(&format!("/p/larkfield{here}/stop")).unwrap();
    let page = petra.send(&stop).await;
    says(&page, "The card pays no more weeks");
    says(&page, "You pay each week by hand");
    says(&petra.open(&here).await, "paid the weeks until it was stopped");
    let mut ines = Reader::of(world, &scene.expert.email).await;
    let page = ines.open(&home).await;
    assert!(!page.text.contains("4242") && !page.text.contains("by hand, by the end"));
    says(&page, "Weeks are paid by hand from now on");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_agreed_to_together_with_the_statement_of_work() {
    let scene = Scene::signed(HOURS).await;
    let Scene { world, customer, expert, .. } = &scene;
    let card = world.keeps_card(customer, GOOD).await;
    let proposal = world.offers_hours((customer, expert), HOURS).await;
    let accept = format!("/v1/proposals/{proposal}/accept");
    let engagement = customer.post(&accept, json!({})).await.expect(201).id();
    let mut petra = Reader::of(world, &customer.email).await;
    let here = format!("/engagements/{engagement}/sow/accept");
    let page = petra.open(&here).await;
    says(&page, "How the weeks are paid");
    says(&page, "By itself, with Visa •••• 4242");
    let form = page.form(&format!("/p/larkfield{here}")).unwrap();
    let page = petra.send(&form.set("method", &card)).await;
    says(&page, "Accepted");
    let path = format!("/v1/engagements/{engagement}/mandate");
    let seen = customer.get(&path).await.expect(200).json();
    assert_eq!((&seen["standing"], &seen["mandate"]["method"]), (&json!("live"), &json!(card)));
    scene.world.end().await;
}
