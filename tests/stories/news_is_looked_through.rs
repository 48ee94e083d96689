//! Who looks after the books reads what Stripe told, finds a piece of it, and has it worked through
//! once more.

use crate::support::news::{PLATFORM, post, secret, signed};
use crate::support::reader::{Reader, says};
use crate::support::{Actor, World};
use api::billing::LedgerReport;
use attache::postgres::Role;
use serde_json::{Value, json};

struct Scene {
    world: World,
    finance: Actor,
    payment: String,
}

/// A milestone is paid; Stripe told of it, of something of no interest, and of a refund that nobody
/// here asked for. Something signed cannot be read.
async fn scene() -> Scene {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus Outdoor").await;
    let expert = world.consultant("Brandt Studio").await;
    let finance = world.vendor("finance").await;
    let engagement = world.signed(&customer, &expert, &[10_000]).await;
    let parts = crate::support::deal::milestones(&customer, &engagement).await;
    let payment = world.pays(&customer, &parts[0]).await;
    let event = |id: &str, kind: &str, object: Value| {
        let created = world.clock.now().timestamp();
        json!({ "id": id, "object": "event", "type": kind, "livemode": false, "created": created,
                "data": { "object": object } })
    };
    let refund = json!({ "id": "re_nobodys", "object": "refund", "charge": "ch_nobodys" });
    let told = [
        event("evt_dull", "customer.updated", json!({ "id": "cus_1", "object": "customer" })),
        event("evt_alien", "refund.created", refund),
    ];
    for one in told {
        send(&world, one.to_string().as_bytes()).await;
    }
    send(&world, b"{\"id\": 1}").await;
    world.settle().await;
    Scene { world, finance, payment }
}

async fn send(world: &World, raw: &[u8]) {
    let signature = signed(&secret(PLATFORM), world.clock.now().timestamp(), raw);
    post(world, PLATFORM, Some(&signature), raw).await.expect(200);
}

impl Scene {
    async fn ids(&self, query: &str) -> Vec<String> {
        let page = self.finance.get(&format!("/v1/webhooks?{query}")).await.expect(200).json();
        let items = page["items"].as_array().unwrap();
        items.iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_found_by_state_id_and_kind_and_worked_through_again() {
    let scene = scene().await;
    let (world, finance) = (&scene.world, &scene.finance);
    let page = finance.get("/v1/webhooks").await.expect(200).json();
    let items = page["items"].as_array().unwrap();
    assert!(items.len() > 3 && items[0].get("body").is_none(), "{page}");
    assert_eq!(page["parked"], 2);
    assert_eq!(scene.ids("search=parked").await.len(), 2);
    assert_eq!(scene.ids("search=evt_dull").await, ["evt_dull"]);
    assert_eq!(scene.ids("search=cus_1").await, ["evt_dull"]);
    assert_eq!(scene.ids("search=customer").await, ["evt_dull"], "the first words of a kind");
    assert!(scene.ids("search=custom").await.is_empty(), "whole words only");
    assert_eq!(scene.ids("search=re_nobodys").await, ["evt_alien"]);
    finance.get(&format!("/v1/webhooks?search={}", "x".repeat(256))).await.refused(422, "invalid");
    // Page by page it is the same list.
    let whole = scene.ids("limit=100").await;
    let (mut paged, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/v1/webhooks?limit=2{cursor}");
        let page = finance.get(&path).await.expect(200).json();
        let items = page["items"].as_array().unwrap();
        paged.extend(items.iter().map(|one| one["id"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(paged, whole);
    // Lost before anything followed: worked through again, it follows, once.
    let owner = world.database.connect(Role::Owner).await;
    let done = scene.ids("search=checkout.session.completed").await.remove(0);
    let seen = finance.get(&format!("/v1/webhooks/{done}")).await.expect(200);
    let body: Value = serde_json::from_str(&seen.at("/body")).unwrap();
    assert_eq!((&body["id"], &body["type"]), (&json!(done), &json!("checkout.session.completed")));
    let lost = format!(
        "UPDATE webhooks SET state = 'parked', note = 'The work was lost.' WHERE id = '{done}'"
    );
    owner.batch_execute(&lost).await.unwrap();
    let before = world.balances().await;
    let replay = format!("/v1/webhooks/{done}/replay");
    finance.post(&replay, json!({})).await.expect(200);
    world.settle().await;
    let seen = finance.get(&format!("/v1/webhooks/{done}")).await.expect(200).json();
    assert_eq!((&seen["state"], seen.get("note")), (&json!("done"), None), "{seen}");
    let after = world.balances().await;
    let booked = |of: &LedgerReport| (of.journals, of.trial.clone());
    assert_eq!(booked(&after), booked(&before), "what followed already does not follow twice");
    let state = finance.get(&format!("/v1/payments/{}", scene.payment)).await.expect(200);
    assert_eq!(state.at("/state"), "paid");
    let odd = scene.ids("search=parked").await.into_iter().find(|id| id.starts_with("unreadable:"));
    let odd = format!("/v1/webhooks/{}/replay", odd.unwrap());
    finance.post(&odd, json!({})).await.refused(409, "webhook-unreadable");
    finance.post("/v1/webhooks/evt_nothing/replay", json!({})).await.refused(404, "not-found");
    let manager = world.vendor("program_manager").await;
    manager.get("/v1/webhooks").await.refused(403, "not-permitted");
    manager.post(&replay, json!({})).await.refused(403, "not-permitted");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_read_on_pages() {
    let scene = scene().await;
    let mut finance = Reader::of(&scene.world, &scene.finance.email).await;
    let page = finance.open("/webhooks").await;
    says(&page, "2 pieces wait for a person");
    says(&page, "A refund that was not asked for here.");
    let page = finance.open("/webhooks?state=&search=evt_alien").await;
    says(&page, "refund.created");
    assert!(!page.text.contains("customer.updated"));
    let page = finance.open("/webhooks?search=nowhere").await;
    says(&page, "Nothing fits");
    let page = finance.open("/webhooks/evt_alien").await;
    says(&page, "re_nobodys");
    let page = finance.send(&page.form("/p/larkfield/webhooks/evt_alien/replay").unwrap()).await;
    says(&page, "It is being worked through");
    let unreadable = scene.ids("search=parked").await.into_iter().find(|id| id.contains(':'));
    let page = finance.open(&format!("/webhooks/{}", unreadable.unwrap())).await;
    says(&page, "there is nothing to work through");
    scene.world.end().await;
}
