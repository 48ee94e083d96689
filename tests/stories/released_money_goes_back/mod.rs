//! Money that was released goes back to the customer: first the refund, then each payee's part, by
//! its share. What a payee's account does not have is paid by what it earns next.

mod lacking;
mod netting;
mod pages;
mod rules;
pub mod scene;
mod trouble;

use crate::support::deal::at_once;
use crate::support::payments::key;
use scene::Scene;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn and_each_payee_gives_its_part() {
    let scene = Scene::released(&[125_000]).await;
    let Scene { world, customer, expert, finance, .. } = &scene;
    assert_eq!(scene.split(0, "amount").await, [100_000, 18_750, 6_250]);
    assert_eq!(scene.money(0).await["released"]["minor"], 125_000);
    let (other, support) = (world.consultant("Samba Labs").await, world.vendor("support").await);
    for who in [customer, &support] {
        scene.gives_back(who, 1).await.refused(403, "not-permitted");
    }
    scene.gives_back(&other, 1).await.refused(404, "not-found");
    scene.gives_back(finance, 125_001).await.refused(409, "more-than-released");
    scene.gives_back(finance, 0).await.refused(422, "invalid");

    let refund = scene.gives_back(finance, 25_000).await.expect(201);
    assert_eq!(refund.json()["released"], true);
    world.settle().await;
    assert_eq!(scene.at_stripe().await, [(100_000, 20_000), (18_750, 3_750)]);
    assert_eq!(scene.split(0, "amount").await, [80_000, 15_000, 5_000]);
    assert_eq!(scene.split(0, "given_back").await, [20_000, 3_750, 1_250]);
    assert_eq!(scene.split(0, "owed").await, [0, 0, 0]);
    let money = scene.money(0).await;
    assert_eq!(
        (&money["state"], &money["sent_back"]["minor"], &money["released"]["minor"]),
        (&json!("accepted"), &json!(25_000), &json!(100_000))
    );
    assert_eq!(scene.earned(expert, "paid").await, 80_000);
    assert_eq!((scene.sum("recoverable").await, scene.sum("revenue").await), (0, -5_000));
    assert_eq!(scene.sum("memo_connected").await, 95_000);
    let told = expert.get("/v1/notices").await.expect(200).text();
    assert!(told.contains("You give $200.00 back"), "{told}");
    let told = customer.get("/v1/notices").await.expect(200).text();
    assert!(told.contains("$250.00 goes back to your card"), "{told}");
    scene.balances().await;

    let rest = scene.wants_back(expert, json!({ "reason": "All of it." })).await.expect(201);
    assert_eq!(rest.at("/amount/minor"), "100000");
    world.settle().await;
    scene.gives_back(finance, 1).await.refused(409, "nothing-held");
    assert_eq!(scene.at_stripe().await, [(100_000, 100_000), (18_750, 18_750)]);
    assert_eq!(scene.split(0, "amount").await, [0, 0, 0]);
    let (earned, revenue) = (scene.earned(expert, "paid").await, scene.sum("revenue").await);
    assert_eq!((earned, revenue), (0, 0));
    let of = customer.get(&format!("/v1/engagements/{}", scene.engagement)).await.expect(200);
    assert_eq!(
        (of.at("/money/released/minor"), of.at("/money/refunded/minor")),
        ("0".into(), "125000".into())
    );
    let paid = customer.get("/v1/statements").await.expect(200);
    assert_eq!(paid.at("/closing/minor"), "0");
    scene.balances().await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_parts_before_and_after_release() {
    let scene = Scene::paid(&[99_999]).await;
    let Scene { world, finance, .. } = &scene;
    scene.gives_back(finance, 33_333).await.expect(201);
    scene.accepts(0).await;
    let released = scene.split(0, "amount").await;
    assert_eq!(released.iter().sum::<i64>(), 66_666);
    let mut before = released;
    let mut kept = 66_666;
    for part in [1, 1, 7, 12_345, 2, 30_001] {
        scene.gives_back(finance, part).await.expect(201);
        world.settle().await;
        kept -= part;
        let now = scene.split(0, "amount").await;
        assert_eq!(now.iter().sum::<i64>(), kept);
        let payees = now.iter().zip(&before).take(2);
        assert!(payees.clone().all(|(now, before)| now <= before), "{before:?} {now:?}");
        let share = |whole: i64| whole * kept / 99_999;
        let whole = [79_999, 15_000];
        assert_eq!(now[..2].to_vec(), whole.map(share).to_vec(), "by the whole price");
        let sent: i64 = scene.at_stripe().await.iter().map(|(sent, back)| sent - back).sum();
        assert_eq!(sent, now[0] + now[1], "what is with the payees");
        before = now;
    }
    scene.wants_back(finance, json!({ "reason": "The rest." })).await.expect(201);
    world.settle().await;
    assert!(scene.at_stripe().await.iter().all(|(sent, back)| sent == back));
    assert_eq!(scene.split(0, "amount").await, [0, 0, 0]);
    assert_eq!((scene.sum("recoverable").await, scene.sum("revenue").await), (0, 0));
    scene.balances().await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn never_more_than_was_released() {
    let scene = Scene::released(&[125_000]).await;
    let answers = at_once(|| {
        let (finance, path) =
            (scene.finance.clone(), format!("/v1/milestones/{}/refunds", scene.parts[0]));
        let amount = json!({ "minor": 40_000, "currency": "USD" });
        let wish = json!({ "amount": amount, "reason": "It was less." });
        async move { finance.post_once(&path, &key(), wish).await }
    })
    .await;
    assert_eq!(answers.iter().filter(|a| a.status == 201).count(), 3, "{answers:?}");
    assert_eq!(answers.iter().filter(|a| a.status == 409).count(), 5, "{answers:?}");
    scene.world.settle().await;
    assert_eq!(scene.at_stripe().await, [(100_000, 96_000), (18_750, 18_000)]);
    assert_eq!(scene.split(0, "amount").await, [4_000, 750, 250]);
    scene.balances().await;
    scene.world.end().await;
}
