//! A part of what is held goes back, as often as something is held; acceptance releases the rest by
//! the same shares, and nothing more goes back than was paid.

use crate::support::deal::at_once;
use crate::support::payments::key;
use crate::support::session::Session;
use crate::support::{Actor, Answer, World};
use attache::postgres::Role;
use reqwest::Method;
use serde_json::{Value, json};

fn part(minor: i64) -> Value {
    let amount = json!({ "minor": minor, "currency": "USD" });
    json!({ "amount": amount, "reason": "Less was needed than agreed." })
}

async fn money(actor: &Actor, milestone: &str) -> Answer {
    actor.get(&format!("/v1/milestones/{milestone}/money")).await.expect(200)
}

fn amounts(money: &Answer) -> Vec<i64> {
    let split = money.json()["split"].as_array().unwrap().clone();
    split.iter().map(|line| minor(&line["amount"])).collect()
}

fn minor(amount: &Value) -> i64 {
    amount["minor"].as_i64().unwrap()
}

/// Amounts of the engagement's transfers at Stripe, and of every refund there.
async fn at_stripe(world: &World, engagement: &str) -> (Vec<i64>, Vec<i64>) {
    let books = world.till("books", None).await;
    let amounts = |list: &Value| {
        let list = list.as_array().cloned().unwrap_or_default();
        list.iter().map(|one| one["amount"].as_i64().unwrap()).collect()
    };
    let group = &books["transfer_groups"][format!("engagement-{engagement}")];
    (amounts(group), amounts(&books["refunds"]))
}

#[tokio::test(flavor = "multi_thread")]
async fn twice_and_the_rest_is_released() {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus Outdoor").await;
    let expert = world.consultant("Brandt Studio").await;
    let finance = world.vendor("finance").await;
    world.onboards(&expert).await;
    let (engagement, parts) = world.active(&customer, &expert, &[125_000]).await;
    let path = format!("/v1/milestones/{}/refunds", parts[0]);
    finance.post_once(&path, &key(), part(0)).await.refused(422, "invalid");
    finance.post_once(&path, &key(), part(-5)).await.refused(422, "invalid");
    finance.post_once(&path, &key(), part(125_001)).await.refused(409, "more-than-held");
    let mut euros = part(1);
    euros["amount"]["currency"] = "EUR".into();
    finance.post_once(&path, &key(), euros).await.refused(422, "invalid");
    let first = finance.post_once(&path, &key(), part(33_333)).await.expect(201);
    assert_eq!(first.at("/amount/minor"), "33333");
    expert.delivers(&parts[0], "Done.", None).await.expect(201);
    finance.post_once(&path, &key(), part(1)).await.expect(201);
    finance.post_once(&path, &key(), part(91_667)).await.refused(409, "more-than-held");
    world.settle().await;
    let seen = money(&customer, &parts[0]).await;
    assert_eq!((seen.at("/state"), seen.at("/held/minor")), ("submitted".into(), "91666".into()));
    assert_eq!(
        (seen.at("/sent_back/minor"), seen.at("/price/minor")),
        ("33334".into(), "125000".into())
    );
    let states = [0, 1].map(|at| seen.at(&format!("/refunds/{at}/state")));
    assert_eq!(states, ["paid", "paid"]);
    assert_eq!(amounts(&seen), [73_332, 13_749, 4_585]);
    let of = customer.get(&format!("/v1/engagements/{engagement}")).await.expect(200);
    let totals = (of.at("/money/held/minor"), of.at("/money/refunded/minor"));
    assert_eq!(totals, ("91666".into(), "33334".into()));
    world.balances().await;

    customer.accepts(&parts[0]).await.expect(200);
    world.settle().await;
    let (sent, mut back) = at_stripe(&world, &engagement).await;
    back.sort_unstable();
    assert_eq!((sent, back), (vec![73_332], vec![1, 33_333]), "in whichever order they were sent");
    let earned = expert.get("/v1/earnings").await.expect(200);
    assert_eq!(
        (earned.at("/paid/minor"), earned.at("/on_hold/minor")),
        ("73332".into(), "0".into())
    );
    let paid = customer.get("/v1/statements").await.expect(200);
    assert_eq!(
        (paid.at("/closing/minor"), paid.at("/lines/0/state")),
        ("91666".into(), "paid".into())
    );
    let own = expert.get("/v1/statements").await.expect(200);
    assert_eq!(
        (own.at("/closing/minor"), own.at("/lines/0/gross/minor")),
        ("73332".into(), "91666".into())
    );
    let seen = Session::of(&world, &expert.email).await.get("/p/larkfield/earnings").await;
    let seen = seen.expect(200).text();
    for amount in ["$916.66", "$733.32", "$137.49", "$45.85"] {
        assert!(seen.contains(amount), "{amount}: the parts of what was kept: {seen}");
    }
    world.balances().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn until_nothing_is_left_and_it_ends() {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus Outdoor").await;
    let expert = world.consultant("Brandt Studio").await;
    let finance = world.vendor("finance").await;
    let (engagement, parts) = world.active(&customer, &expert, &[125_000]).await;
    let path = format!("/v1/milestones/{}/refunds", parts[0]);
    finance.post_once(&path, &key(), part(25_000)).await.expect(201);
    let rest = finance.post_once(&path, &key(), json!({ "reason": "It ends." })).await.expect(201);
    assert_eq!(rest.at("/amount/minor"), "100000");
    finance.post_once(&path, &key(), part(1)).await.refused(409, "nothing-held");
    world.settle().await;
    let seen = money(&customer, &parts[0]).await;
    assert_eq!((seen.at("/state"), seen.at("/held/minor")), ("refunded".into(), "0".into()));
    let of = customer.get(&format!("/v1/engagements/{engagement}")).await.expect(200);
    assert_eq!(of.at("/state"), "cancelled");
    let paid = customer.get("/v1/statements").await.expect(200);
    assert_eq!(
        (paid.at("/closing/minor"), paid.at("/lines/0/state")),
        ("0".into(), "refunded".into())
    );
    world.balances().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn never_more_than_was_paid() {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus Outdoor").await;
    let expert = world.consultant("Brandt Studio").await;
    let finance = world.vendor("finance").await;
    let (engagement, parts) = world.active(&customer, &expert, &[125_000]).await;
    let path = format!("/v1/milestones/{}/refunds", parts[0]);
    let answers = at_once(|| {
        let (finance, path) = (finance.clone(), path.clone());
        async move { finance.post_once(&path, &key(), part(40_000)).await }
    })
    .await;
    assert_eq!(answers.iter().filter(|a| a.status == 201).count(), 3, "{answers:?}");
    assert_eq!(answers.iter().filter(|a| a.status == 409).count(), 5, "{answers:?}");
    world.settle().await;
    assert_eq!(at_stripe(&world, &engagement).await.1, [40_000; 3]);
    let owner = world.database.connect(Role::Owner).await;
    let vendor = format!("SET attache.vendor = '{}'", world.larkfield.vendor);
    owner.batch_execute(&vendor).await.unwrap();
    let more = |minor: i64| {
        format!(
            "INSERT INTO refunds
                 (vendor_id, id, milestone_id, payment_id, currency, amount_minor, reason)
             SELECT vendor_id, gen_random_uuid(), milestone_id, id, currency, {minor}, 'By hand.'
             FROM payments"
        )
    };
    let refused = owner.batch_execute(&more(5_001)).await.unwrap_err();
    let constraint = refused.as_db_error().and_then(|error| error.constraint());
    assert_eq!(constraint, Some("refunds_within_payment"));
    owner.batch_execute(&format!("BEGIN; {}; ROLLBACK", more(5_000))).await.unwrap();
    world.balances().await;
    world.end().await;
}

/// A field of the page's form that sends money back.
fn field(html: &str, name: &str) -> String {
    let form = html.split("id=\"refund\"").nth(1).unwrap_or_else(|| panic!("no form in {html}"));
    let after = form.split(&format!("name=\"{name}\"")).nth(1).unwrap();
    after.split("value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn by_a_page_that_keeps_what_was_typed() {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus Outdoor").await;
    let expert = world.consultant("Brandt Studio").await;
    let finance = world.vendor("finance").await;
    let (_, parts) = world.active(&customer, &expert, &[125_000]).await;
    let session = Session::of(&world, &finance.email).await;
    let path = format!("/p/larkfield/milestones/{}/refund", parts[0]);
    let html = session.get(&path).await.expect(200).text();
    assert_eq!(field(&html, "amount"), "1,250.00", "all that is held");
    let send = async |html: &str, amount: &str, reason: &str| {
        let mut form: Vec<(&str, String)> =
            ["csrf", "idempotency_key"].iter().map(|name| (*name, field(html, name))).collect();
        form.extend([("amount", amount.to_owned()), ("reason", reason.to_owned())]);
        let request = session.request(Method::POST, &path).form(&form);
        Answer::read("send back".to_owned(), request.send().await.unwrap()).await
    };
    for (amount, fault) in
        [("lots", "such as"), ("1,250.01", "Enter $1,250.00 at most"), ("0", "above zero")]
    {
        let again = send(&html, amount, "The scope was cut.").await.expect(422).text();
        assert!(again.contains(fault) && again.contains("The scope was cut."), "{again}");
        assert_eq!(field(&again, "amount"), amount);
    }
    send(&html, "250.00", "The scope was cut.").await.expect(303);
    world.settle().await;
    let seen = session.get(&path).await.expect(200).text();
    assert_eq!(field(&seen, "amount"), "1,000.00", "what is left");
    assert!(seen.contains("$250.00 sent back"), "{seen}");
    let money = path.replace("/refund", "/money");
    let seen = Session::of(&world, &customer.email).await.get(&money).await.expect(200).text();
    assert!(seen.contains("$1,000.00 of Fjordhaus Outdoor is held"), "{seen}");
    assert!(seen.contains("Left of the price"), "{seen}");
    world.balances().await;
    world.end().await;
}
