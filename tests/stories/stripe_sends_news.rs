//! Stripe tells news: only its own is believed, and it may come twice, late and in any order.

use crate::support::deal::milestones;
use crate::support::news::{CONNECT, PLATFORM, forgeries, post, secret, signed};
use crate::support::payments::{DECLINED, GOOD};
use crate::support::{Actor, World};
use attache::postgres::Role;
use serde_json::{Value, json};

fn news(id: &str, kind: &str, livemode: bool) -> Vec<u8> {
    let event = json!({
        "id": id, "object": "event", "type": kind, "livemode": livemode, "created": 1_700_000_000,
        "data": { "object": { "id": "obj_1", "metadata": {} } },
    });
    event.to_string().into_bytes()
}

async fn kept(world: &World) -> Vec<(String, String)> {
    let rows = world.sql("SELECT id, state FROM webhooks ORDER BY received_at").await;
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn that_is_forged_stale_or_changed() {
    let world = World::new().await;
    let now = world.clock.now().timestamp();
    let body = news("evt_1", "charge.updated", false);
    let right = signed(&secret(PLATFORM), now, &body);
    for forgery in forgeries(PLATFORM, now, &body) {
        let answer = post(&world, PLATFORM, forgery.signature.as_deref(), &forgery.body).await;
        let said = (answer.status, answer.at("/code"));
        assert_eq!(said, (400, "bad-signature".to_owned()), "{}", forgery.what);
    }
    let live = news("evt_live", "charge.updated", true);
    let live_signed = signed(&secret(PLATFORM), now, &live);
    post(&world, PLATFORM, Some(&live_signed), &live).await.refused(400, "other-mode");
    post(&world, CONNECT, Some(&right), &body).await.refused(400, "bad-signature");
    assert_eq!(kept(&world).await, [], "nothing of it was kept");
    let rotated = format!("t={now},v1={},{}", "00".repeat(32), right.split_once(',').unwrap().1);
    post(&world, PLATFORM, Some(&rotated), &body).await.expect(200);
    assert_eq!(kept(&world).await.len(), 1);
    world.anyone().get(PLATFORM).await.expect(405);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn that_is_unknown_or_unreadable() {
    let world = World::new().await;
    let now = world.clock.now().timestamp();
    let send = async |body: &[u8]| {
        post(&world, PLATFORM, Some(&signed(&secret(PLATFORM), now, body)), body).await.expect(200);
    };
    for body in [&b"not json"[..], b"", b"[]", b"{\"id\":7}", b"{\"id\":\"evt_9\",\"type\":\"x\"}"]
    {
        send(body).await;
        send(body).await;
    }
    send(&news("evt_new", "a.kind.of.tomorrow", false)).await;
    send(&news("evt_other", "checkout.session.completed", false)).await;
    send(&news("evt_refund", "refund.created", false)).await;
    world.settle().await;
    let kept = kept(&world).await;
    assert_eq!(
        kept.iter()
            .filter(|(id, state)| id.starts_with("unreadable:") && state == "parked")
            .count(),
        5
    );
    let of = |wanted: &str| kept.iter().find(|(id, _)| id == wanted).unwrap().1.as_str();
    assert_eq!(
        (of("evt_new"), of("evt_other"), of("evt_refund")),
        ("ignored", "ignored", "parked")
    );
    let report = api::billing::check_ledger(&world.program.app.db).await.unwrap();
    assert_eq!(report.open.iter().filter(|f| f.check == "news-parked").count(), 6);
    world.end().await;
}

/// The whole ledger as text, without the ids that chance gave.
async fn ledger(world: &World) -> Vec<String> {
    let sql = "SELECT concat_ws(' ', split_part(j.event_key, ':', 1), j.kind, e.line, a.kind, e.currency, e.amount_minor) AS line
               FROM journals j JOIN entries e ON e.vendor_id = j.vendor_id AND e.journal_id = j.id
               JOIN accounts a ON a.vendor_id = e.vendor_id AND a.id = e.account_id ORDER BY 1";
    world.sql(sql).await.iter().map(|row| row.get(0)).collect()
}

/// A payment with a declined card before, then what follows from it.
async fn pay(world: &World, customer: &Actor, milestone: &str) {
    let payment = world.begins(customer, milestone).await;
    let page = payment.at("/checkout_url");
    world.card(&page, DECLINED).await.expect(422);
    world.card(&page, GOOD).await.expect(303);
    world.until(customer, &format!("/v1/payments/{}", payment.id()), "/state", "paid").await;
}

async fn told_so(faults: Value) -> Vec<String> {
    let world = World::new().await;
    world.till("faults", Some(faults)).await;
    let customer = world.customer("Fjordhaus Outdoor").await;
    let expert = world.consultant("Brandt Studio").await;
    world.onboards(&expert).await;
    let engagement = world.signed(&customer, &expert, &[125_000]).await;
    let part = milestones(&customer, &engagement).await.remove(0);
    pay(&world, &customer, &part).await;
    world.settle().await;
    expert.delivers(&part, "Done.", None).await.expect(201);
    customer.accepts(&part).await.expect(200);
    world.balances().await;
    let ledger = ledger(&world).await;
    world.end().await;
    ledger
}

#[tokio::test(flavor = "multi_thread")]
async fn twice_and_in_another_order() {
    let plain = told_so(json!({})).await;
    let mixed = told_so(json!({ "duplicate_webhooks": true, "reorder_webhooks": true })).await;
    assert_eq!(plain, mixed);
    assert!(plain.len() > 8, "{plain:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn again_and_again_long_after() {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus Outdoor").await;
    let expert = world.consultant("Brandt Studio").await;
    world.onboards(&expert).await;
    let engagement = world.signed(&customer, &expert, &[125_000]).await;
    let part = milestones(&customer, &engagement).await.remove(0);
    pay(&world, &customer, &part).await;
    world.settle().await;
    expert.delivers(&part, "Done.", None).await.expect(201);
    customer.accepts(&part).await.expect(200);
    world.balances().await;
    let before = (ledger(&world).await, states(&world).await);
    let raw = "SELECT raw, endpoint FROM webhooks";
    let all = world.sql(raw).await;
    let mut all: Vec<(Vec<u8>, String)> = all.iter().map(|r| (r.get(0), r.get(1))).collect();
    assert!(all.len() > 6, "{}", all.len());
    for round in 0..5 {
        let turn = round * 3 % all.len();
        all.rotate_left(turn);
        all.reverse();
        for (number, (body, endpoint)) in all.iter().enumerate() {
            // As Stripe does when it replays: the same object in an event of another id.
            let mut event: Value = serde_json::from_slice(body).unwrap();
            event["id"] = json!(format!("evt_again_{round}_{number}"));
            let body = event.to_string().into_bytes();
            let door = if endpoint == "connect" { CONNECT } else { PLATFORM };
            let now = world.clock.now().timestamp();
            let signature = signed(&secret(door), now, &body);
            post(&world, door, Some(&signature), &body).await.expect(200);
        }
    }
    world.settle().await;
    assert_eq!((ledger(&world).await, states(&world).await), before);
    world.balances().await;
    world.end().await;
}

async fn states(world: &World) -> Vec<String> {
    let sql = "SELECT 'payment ' || state FROM payments UNION ALL SELECT 'transfer ' || state || attempt FROM transfers
               UNION ALL SELECT 'milestone ' || state FROM milestones ORDER BY 1";
    world.sql(sql).await.iter().map(|row| row.get(0)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn only_after_the_milestone_stopped_taking_money() {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus Outdoor").await;
    let expert = world.consultant("Brandt Studio").await;
    let engagement = world.signed(&customer, &expert, &[125_000]).await;
    let part = milestones(&customer, &engagement).await.remove(0);
    let payment = world.begins(&customer, &part).await;
    let unused = world.signed(&customer, &expert, &[50_000]).await;
    let unused = milestones(&customer, &unused).await.remove(0);
    let idle = world.begins(&customer, &unused).await;
    world.till("faults", Some(json!({ "hold_webhooks": true }))).await;
    world.card(&payment.at("/checkout_url"), GOOD).await.expect(303);
    // Nobody paid in time, as far as the program knows, which does not look by itself either: the
    // engagement lapses.
    let late = "UPDATE jobs SET run_at = run_at + interval '30 days' WHERE kind = 'sync-payment'";
    let owner = world.database.connect(Role::Owner).await;
    owner.batch_execute(late).await.unwrap();
    world.advance(chrono::Duration::days(8)).await;
    world.settle().await;
    let seen = customer.get(&format!("/v1/engagements/{engagement}")).await.expect(200);
    assert_eq!(seen.at("/state"), "cancelled");
    let path = format!("/v1/payments/{}", payment.id());
    assert_eq!(customer.get(&path).await.expect(200).at("/state"), "returned");
    let idle = customer.get(&format!("/v1/payments/{}", idle.id())).await.expect(200);
    assert_eq!(idle.at("/state"), "expired");
    world.till("webhooks/release", Some(json!({}))).await;
    world.balances().await;
    let money = customer.get(&format!("/v1/milestones/{part}/money")).await.expect(200);
    assert_eq!(money.at("/refunds/0/state"), "paid");
    let books = world.till("books", None).await;
    assert_eq!(books["refunds"].as_array().unwrap().len(), 1);
    world.end().await;
}
