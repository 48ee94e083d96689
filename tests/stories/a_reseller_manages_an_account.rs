//! A reseller that sourced an account shares for a while; one that manages it, as long as it does.

use crate::support::deal::milestones;
use crate::support::{Actor, World};
use attache::postgres::Role;
use serde_json::{Value, json};

struct Scene {
    world: World,
    samir: Actor,
    customer: Actor,
    expert: Actor,
    nils: Actor,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new().await;
        let samir = world.vendor("program_manager").await;
        let customer = world.customer("Fjordhaus Outdoor").await;
        let expert = world.consultant("Brandt Studio").await;
        let nils = world.join("reseller", "owner", "Nordic Resale").await;
        Self { world, samir, customer, expert, nils }
    }

    async fn names(&self, kind: &str, days_ago: i64) -> Value {
        let since = self.world.clock.now() - chrono::Duration::days(days_ago);
        let named = json!({ "customer": self.customer.organization, "kind": kind, "since": since,
            "reseller": self.nils.organization, "reason": "As agreed with them." });
        self.samir.post("/v1/attributions", named).await.expect(201).json()
    }

    /// The text of an engagement that begins now, with the path under which it is accepted.
    async fn text(&self) -> (String, String, Value) {
        let engagement = self.world.engagement(&self.customer, &self.expert, &[100_000]).await;
        let path = format!("/v1/engagements/{engagement}/statement-of-work");
        let text = self.customer.get(&path).await.expect(200).json();
        (engagement, path, text)
    }

    async fn reseller_share(&self, engagement: &str) -> Option<i64> {
        let milestone = milestones(&self.customer, engagement).await.remove(0);
        let read = self.expert.get(&format!("/v1/milestones/{milestone}")).await.expect(200).json();
        let mut shares = read["shares"].as_array().unwrap().iter();
        shares.find(|s| s["party"] == "reseller").map(|s| s["amount"]["minor"].as_i64().unwrap())
    }

    async fn sign(&self, path: &str, text: &Value) {
        for side in [&self.expert, &self.customer] {
            let hash = json!({ "hash": text["hash"] });
            side.post(&format!("{path}/accept"), hash).await.expect(200);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_window_only_who_manages_it_shares() {
    let scene = Scene::new().await;
    let named = scene.names("sourced", 800).await;
    assert_eq!((&named["kind"], named["shares_until"].is_string()), (&json!("sourced"), true));
    let (engagement, path, text) = scene.text().await;
    assert!(text["body"].as_str().unwrap().contains("- Reseller of record: none\n"), "{text}");
    scene.sign(&path, &text).await;
    assert_eq!(scene.reseller_share(&engagement).await, None, "its window is over");
    let named = scene.names("managed", 790).await;
    assert_eq!((&named["kind"], &named["shares_until"]), (&json!("managed"), &Value::Null));
    let all = scene.nils.get("/v1/attributions").await.expect(200).json();
    let kinds: Vec<&str> =
        all["items"].as_array().unwrap().iter().map(|it| it["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["managed", "sourced"], "the earlier one ended");
    let (engagement, path, text) = scene.text().await;
    let says = "- Reseller of record, which manages the account: Nordic Resale";
    assert!(text["body"].as_str().unwrap().contains(says), "{text}");
    scene.sign(&path, &text).await;
    assert_eq!(scene.reseller_share(&engagement).await, Some(5_000));
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fees_tell_the_two_apart_and_a_change_before_signing_means_another_text() {
    let scene = Scene::new().await;
    let finance = scene.world.vendor("finance").await;
    let rule = json!({ "account": "managed",
        "parts": { "consultant": 7000, "vendor": 1000, "reseller": 1500, "operator": 500 } });
    let made = finance.post("/v1/fee-rules", rule).await.expect(201).json();
    assert_eq!(made["name"], "Accounts that a reseller manages");
    scene.names("sourced", 10).await;
    let (engagement, path, first) = scene.text().await;
    assert!(first["body"].as_str().unwrap().contains("“All work” of "), "{first}");
    scene.names("managed", 0).await;
    let hash = json!({ "hash": first["hash"] });
    scene.expert.post(&format!("{path}/accept"), hash).await.refused(409, "statement-changed");
    let second = scene.customer.get(&path).await.expect(200).json();
    let body = second["body"].as_str().unwrap();
    assert!(body.contains("“Accounts that a reseller manages” of "), "{body}");
    scene.sign(&path, &second).await;
    assert_eq!(scene.reseller_share(&engagement).await, Some(15_000));
    let example =
        |account: &str| json!({ "price_minor": 100_000, "tier": "listed", "account": account });
    for (account, rule) in [
        ("managed", "Accounts that a reseller manages"),
        ("sourced", "All work"),
        ("brought", "All work"),
        ("direct", "All work"),
    ] {
        let seen = finance.post("/v1/fee-rules/preview", example(account)).await.expect(200).json();
        assert_eq!(seen["today"]["rule"], rule, "{account}");
    }
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_knows_the_two_and_no_other() {
    let scene = Scene::new().await;
    scene.names("sourced", 10).await;
    let same = json!({ "customer": scene.customer.organization, "kind": "sourced",
        "reseller": scene.nils.organization, "reason": "Once more." });
    scene.samir.post("/v1/attributions", same).await.refused(422, "invalid");
    let unknown = json!({ "customer": scene.customer.organization, "kind": "found",
        "reseller": scene.nils.organization, "reason": "By chance." });
    scene.samir.post("/v1/attributions", unknown).await.refused(400, "unreadable-body");
    let owner = scene.world.database.connect(Role::Owner).await;
    let vendor = scene.world.larkfield.vendor;
    let change = format!(
        "BEGIN; SELECT set_config('attache.vendor', '{vendor}', true);
         UPDATE reseller_attributions SET kind = 'found'; COMMIT"
    );
    let no = owner.batch_execute(&change).await.unwrap_err();
    let no = no.as_db_error().unwrap().constraint().map(str::to_owned);
    assert_eq!(no.as_deref(), Some("reseller_attributions_kind_known"));
    scene.world.end().await;
}
