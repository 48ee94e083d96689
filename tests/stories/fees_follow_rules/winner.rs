//! The rule that says most counts, both sides see it before they agree, and it stays.

use super::{nurturing, parts, ranked, signed};
use crate::support::deal::milestones;
use crate::support::{Actor, World};
use serde_json::{Value, json};

const CATEGORY: &str = "nurturing-campaign-design";

async fn rule(finance: &Actor, mut body: Value, four: [u32; 4]) -> Value {
    body["parts"] = parts(four);
    finance.post("/v1/fee-rules", body).await.expect(201).json()
}

fn amounts(shared: &Value) -> [i64; 4] {
    let of = |party: &str| shared["amounts"][party]["minor"].as_i64().unwrap();
    [of("consultant"), of("vendor"), of("reseller"), of("operator")]
}

async fn rules_of(who: &Actor) -> Vec<String> {
    let statement = who.get("/v1/statements").await.expect(200).json();
    let lines = statement["lines"].as_array().unwrap();
    lines.iter().map(|line| line["rule"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_seen_before_frozen_and_named() {
    let world = World::new().await;
    let finance = world.vendor("finance").await;
    let (customer, other) =
        (world.customer("Fjordhaus Outdoor").await, world.customer("Moor Lodges").await);
    let expert = world.consultant("Brandt Studio").await;
    ranked(&world, &expert, "accredited").await;
    let brought = json!({ "account": "brought" });
    rule(&finance, json!({ "tier": "accredited" }), [8500, 700, 300, 500]).await;
    rule(&finance, json!({ "category": CATEGORY }), [8200, 900, 400, 500]).await;
    rule(&finance, brought.clone(), [7900, 1100, 500, 500]).await;
    let both = json!({ "category": CATEGORY, "tier": "accredited" });
    let winner = rule(&finance, both, [8800, 500, 200, 500]).await;
    assert_eq!(winner["name"], "Accredited, Nurturing design");
    assert_eq!(winner["state"], "in_force");

    looks_at_examples(&finance, &customer).await;
    let proposal = nurturing(&world, &customer, &expert, &[100_000, 50_001]).await;
    let shares = format!("/v1/proposals/{proposal}/shares");
    for side in [&customer, &expert] {
        let seen = side.get(&shares).await.expect(200).json();
        assert_eq!(seen["rule_id"], winner["id"]);
        assert_eq!(
            amounts(&seen),
            [132_001, 10_500, 0, 7_500],
            "no reseller: its part is the vendor's"
        );
    }
    for stranger in [&other, &finance] {
        stranger.get(&shares).await.refused(404, "not-found");
    }
    let (engagement, text) = signed(&customer, &expert, &proposal).await;
    let body = text["body"].as_str().unwrap();
    let named = "by the fee rule “Accredited, Nurturing design” of ";
    assert!(body.contains(named) && body.contains("program fee: 7 %"), "{body}");
    customer.get(&shares).await.refused(409, "proposal-not-open");

    // The rule ends and the fees change: what is signed keeps its own.
    let end = format!("/v1/fee-rules/{}/end", winner["id"].as_str().unwrap());
    let ended = finance.post(&end, json!({})).await.expect(200);
    assert_eq!(ended.at("/state"), "ended");
    finance.post(&end, json!({})).await.refused(409, "fee-rule-ended");
    let later = nurturing_again(&world, &customer, &expert).await;
    let seen = customer.get(&format!("/v1/proposals/{later}/shares")).await.expect(200).json();
    assert_eq!(seen["rule"], "Nurturing design");
    statements_name_it(&world, &engagement, (&customer, &expert, &finance)).await;
    let of_shares = "SELECT DISTINCT s.fee_policy_id::text FROM milestone_shares s";
    let rows = world.sql(of_shares).await;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].get::<_, String>(0), winner["id"].as_str().unwrap());
    world.end().await;
}

/// What an example would get, today and with a draft; and who may not look.
async fn looks_at_examples(finance: &Actor, customer: &Actor) {
    let example = |tier: &str, category: Option<&str>, account: &str| {
        json!({
            "price_minor": 100_001, "tier": tier, "category": category, "account": account,
        })
    };
    let look = |body: Value| finance.post("/v1/fee-rules/preview", body);
    let seen = look(example("accredited", Some(CATEGORY), "brought")).await.expect(200).json();
    assert_eq!(seen["today"]["rule"], "Accredited, Nurturing design");
    assert_eq!(amounts(&seen["today"]), [88_001, 5_000, 2_000, 5_000]);
    let because = seen["today"]["because"].as_str().unwrap();
    assert!(because.starts_with("“Accredited, Nurturing design” goes before "), "{because}");
    for name in ["“Nurturing design”", "“Accredited”", "“All work”", "have a reseller”"]
    {
        assert!(because.contains(name), "{name}: {because}");
    }
    assert_eq!(seen["today"]["beaten"].as_array().unwrap().len(), 4);
    let mut draft = example("listed", None, "direct");
    draft["draft"] = json!({ "account": "direct", "parts": parts([9000, 500, 0, 500]) });
    let seen = look(draft).await.expect(200).json();
    assert_eq!(seen["today"]["rule"], "All work");
    assert_eq!(seen["draft"]["rule"], "Accounts without a reseller");
    assert_eq!(seen["draft"]["rule_id"], Value::Null, "it is not published");
    let mut wrong = example("listed", None, "direct");
    wrong["draft"] = json!({ "category": "magic", "parts": parts([9000, 500, 0, 501]) });
    let wrong = look(wrong).await.refused(422, "invalid").json();
    assert_eq!(wrong["errors"].as_array().unwrap().len(), 2, "{wrong}");
    customer
        .post("/v1/fee-rules/preview", example("listed", None, "direct"))
        .await
        .refused(403, "not-permitted");
}

/// Everything is paid, delivered and accepted; every line of a statement names the rule.
async fn statements_name_it(
    world: &World,
    engagement: &str,
    (customer, expert, finance): (&Actor, &Actor, &Actor),
) {
    world.onboards(expert).await;
    for milestone in milestones(customer, engagement).await {
        world.pays(customer, &milestone).await;
        expert.delivers(&milestone, "Done.", None).await.expect(201);
        customer.accepts(&milestone).await.expect(200);
    }
    world.settle().await;
    let says = |rules: Vec<String>, start: &str| {
        assert_eq!(rules.len(), 2, "{rules:?}");
        for said in &rules {
            let right =
                said.starts_with(start) && said.contains("“Accredited, Nurturing design” of ");
            assert!(right, "{said}");
        }
    };
    says(rules_of(expert).await, "consultant 88.00 %, rule “");
    says(rules_of(finance).await, "vendor 7.00 %, rule “");
    says(rules_of(customer).await, "the milestone's price, rule “");
    let csv = expert.get("/v1/statements.csv").await.expect(200).text();
    assert!(csv.contains("“Accredited, Nurturing design” of "), "{csv}");
}

/// Another proposal from the service that the expert has.
async fn nurturing_again(world: &World, customer: &Actor, expert: &Actor) -> String {
    let proposal = world.proposal(customer, expert, &[1_000]).await;
    let of = format!(
        "UPDATE proposals SET service_id = (SELECT id FROM services LIMIT 1)
         WHERE id = '{proposal}'"
    );
    crate::support::offers::change(world, &of).await;
    proposal
}

#[tokio::test(flavor = "multi_thread")]
async fn another_reseller_of_record_brings_the_rules_of_the_same_day() {
    let world = World::new().await;
    let (finance, samir) = (world.vendor("finance").await, world.vendor("program_manager").await);
    let customer = world.customer("Fjordhaus Outdoor").await;
    let expert = world.consultant("Brandt Studio").await;
    let nils = world.join("reseller", "owner", "Nordic Resale").await;
    rule(&finance, json!({ "account": "brought" }), [7000, 2000, 500, 500]).await;
    let engagement = world.engagement(&customer, &expert, &[100_000]).await;
    let path = format!("/v1/engagements/{engagement}/statement-of-work");
    let first = customer.get(&path).await.expect(200).json();
    assert!(first["body"].as_str().unwrap().contains("“All work” of "), "{first}");
    // The rule for brought accounts is another one by now; the engagement began before.
    rule(&finance, json!({ "account": "brought" }), [6000, 3000, 500, 500]).await;
    let record = json!({ "customer": customer.organization, "reseller": nils.organization,
        "reason": "Sold the account in spring." });
    samir.post("/v1/attributions", record).await.expect(201);
    let hash = json!({ "hash": first["hash"] });
    expert.post(&format!("{path}/accept"), hash).await.refused(409, "statement-changed");
    let second = customer.get(&path).await.expect(200).json();
    let body = second["body"].as_str().unwrap();
    assert!(body.contains("by the fee rule “Accounts that have a reseller” of "), "{body}");
    assert!(body.contains("- Brandt Studio: 70 %"), "the rule of its day: {body}");
    for side in [&expert, &customer] {
        let hash = json!({ "hash": second["hash"] });
        side.post(&format!("{path}/accept"), hash).await.expect(200);
    }
    let sql = "SELECT party, amount_minor FROM milestone_shares ORDER BY amount_minor DESC, party";
    let shares: Vec<(String, i64)> =
        world.sql(sql).await.iter().map(|row| (row.get(0), row.get(1))).collect();
    let expected =
        [("consultant", 70_000), ("vendor", 20_000), ("operator", 5_000), ("reseller", 5_000)];
    assert_eq!(shares, expected.map(|(party, minor)| (party.to_owned(), minor)));
    world.end().await;
}
