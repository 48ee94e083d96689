//! What the work of last year would have shared under rules that are not published.

use super::{nurturing, parts, ranked, signed};
use crate::support::neighbours::{foreigner, other_program};
use crate::support::{Actor, World};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn it_is_the_sum_that_anybody_can_do_by_hand() {
    let world = World::new().await;
    let (finance, support) = (world.vendor("finance").await, world.vendor("support").await);
    let customer = world.customer("Fjordhaus Outdoor").await;
    let (ada, bo) = (world.consultant("Ada Works").await, world.consultant("Bo Works").await);
    let nils = world.join("reseller", "owner", "Nordic Resale").await;
    ranked(&world, &ada, "principal").await;
    let first = nurturing(&world, &customer, &ada, &[333, 100_001]).await;
    signed(&customer, &ada, &first).await;
    let plain = world.proposal(&customer, &bo, &[50_000]).await;
    signed(&customer, &bo, &plain).await;
    let record = json!({ "customer": customer.organization, "reseller": nils.organization,
        "reason": "Sold the account in spring." });
    finance.post("/v1/attributions", record.clone()).await.refused(403, "not-permitted");
    world.vendor("owner").await.post("/v1/attributions", record).await.expect(201);
    let brought = world.proposal(&customer, &bo, &[200_000]).await;
    signed(&customer, &bo, &brought).await;
    world.engagement(&customer, &bo, &[7_000_000]).await; // Not signed: it does not count.

    let drafts = json!({ "drafts": [
        { "tier": "principal", "parts": parts([8500, 500, 500, 500]) },
        { "account": "brought", "parts": parts([7500, 1000, 1000, 500]) },
    ]});
    // As signed, 80 / 15 / 0 / 5 of 3.33, 1,000.01 and 500.00, and 80 / 10 / 5 / 5 of 2,000.00:
    //   consultants 266 + 80,001 + 40,000 + 160,000; vendor 50 + 15,000 + 7,500 + 20,000;
    //   reseller 10,000; operator 17 + 5,000 + 2,500 + 10,000.
    // Drafted, 85 / 10 / 0 / 5 of Ada's, 80 / 15 / 0 / 5 of 500.00, 75 / 10 / 10 / 5 of 2,000.00:
    //   consultants 283 + 85,001 + 40,000 + 150,000; vendor 33 + 10,000 + 7,500 + 20,000;
    //   reseller 20,000; operator 17 + 5,000 + 2,500 + 10,000.
    let path = "/v1/fee-rules/simulation";
    let seen = support.post(path, drafts.clone()).await.expect(200).json();
    assert_eq!((&seen["engagements"], &seen["changed"]), (&json!(3), &json!(2)), "{seen:#}");
    assert_eq!(seen["by_drafts"], 2);
    let told = |of: &Value| {
        let minor = |name: &str| of["amounts"][name]["minor"].as_i64().unwrap();
        (minor("signed"), minor("simulated"), minor("difference"))
    };
    let parties: Vec<_> = seen["parties"].as_array().unwrap().iter().map(told).collect();
    assert_eq!(
        parties,
        [
            (280_267, 275_284, -4_983),
            (42_550, 37_533, -5_017),
            (10_000, 20_000, 10_000),
            (17_517, 17_517, 0),
        ]
    );
    let partners = seen["partners"].as_array().unwrap();
    assert_eq!(partners[0]["name"], "Bo Works");
    assert_eq!(told(&partners[0]), (200_000, 190_000, -10_000));
    assert_eq!(told(&partners[1]), (80_267, 85_284, 5_017));
    let csv = finance.post(&format!("{path}.csv"), drafts.clone()).await.expect(200).text();
    let rows: Vec<&str> = csv.lines().collect();
    assert_eq!(rows.len(), 4, "{csv}");
    let row = "Ada Works,nurturing-campaign-design,principal,direct,All work,Principal,USD,1003.34,\
               802.67,852.84,150.50,100.33,0.00,0.00,50.17,50.17";
    assert!(rows[1].ends_with(row), "{csv}");
    let frozen: i64 = world
        .sql("SELECT sum(amount_minor)::bigint FROM milestone_shares WHERE party = 'consultant'")
        .await[0]
        .get(0);
    assert_eq!(frozen, 280_267, "nothing that is signed changed");
    assert_eq!(finance.get("/v1/fee-rules").await.expect(200).json().as_array().unwrap().len(), 1);

    for nobody in [&customer, &ada, &nils] {
        nobody.post(path, drafts.clone()).await.refused(403, "not-permitted");
    }
    what_is_wrong_and_whose_is_elsewhere(&world, &finance, drafts).await;
    world.end().await;
}

async fn what_is_wrong_and_whose_is_elsewhere(world: &World, finance: &Actor, drafts: Value) {
    let path = "/v1/fee-rules/simulation";
    let far = other_program(world, "otherfield").await;
    let stranger = foreigner(world, &far, "vendor", "finance").await;
    let elsewhere = stranger.post(path, drafts.clone()).await.expect(200).json();
    assert_eq!(elsewhere["engagements"], 0, "another program's work is not there");
    let one = |draft: Value| json!({ "drafts": [draft] });
    for wrong in [
        json!({ "drafts": [] }),
        json!({ "drafts": drafts["drafts"], "months": 13 }),
        json!({ "drafts": [drafts["drafts"][0], drafts["drafts"][0]] }),
        one(json!({ "category": "magic", "parts": parts([8000, 1000, 500, 500]) })),
        one(json!({ "account": "direct", "parts": parts([8000, 1000, 500, 500]) })),
        one(json!({ "parts": parts([8000, 1000, 500, 501]) })),
    ] {
        finance.post(path, wrong).await.refused(422, "invalid");
    }
}
