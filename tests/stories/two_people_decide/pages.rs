//! The same on the pages: a queue, one thing with what it would do, and the limit.

use super::{limited, state, wants};
use crate::released_money_goes_back::scene::Scene;
use crate::support::reader::{Reader, says};

#[tokio::test(flavor = "multi_thread")]
async fn and_it_is_answered_on_a_page() {
    let (scene, owner, manager) = limited(&[200_000]).await;
    let Scene { world, customer, finance, parts, .. } = &scene;
    let mut asks = Reader::of(world, &finance.email).await;
    let mut answers = Reader::of(world, &owner.email).await;
    let mut looks = Reader::of(world, &manager.email).await;
    says(&answers.open("/money-approvals").await, "Nothing waits for a second person");
    let page = format!("/milestones/{}/refund", parts[0]);
    let form = asks.open(&page).await.form(&format!("/p/larkfield{page}")).unwrap();
    let typed = form.set("amount", "600").set("reason", "Cut.");
    let wrong = asks.send(&typed).await;
    assert_eq!(wrong.status, 422);
    says(&wrong, "Say why, in three words at least");
    let form = wrong.form(&format!("/p/larkfield{page}")).unwrap();
    let waits = asks.send(&form.set("reason", "The scope was cut.")).await;
    says(&waits, "It waits for a second person");
    says(&waits, "You asked for it");
    assert!(!waits.text.contains("Say yes"), "{}", waits.text);
    let again = asks.open(&page).await.form(&format!("/p/larkfield{page}")).unwrap();
    let again = asks.send(&again.set("amount", "700").set("reason", "Once more with it.")).await;
    assert_eq!(again.status, 409);
    says(&again, "It waits already");

    says(&answers.open("/").await, "Say yes or no as the second person");
    says(&answers.open("/money-approvals").await, "Send $600.00 back to the customer");
    let list = finance.get("/v1/money-approvals").await.expect(200);
    let id = list.at("/items/0/id");
    let one = format!("/money-approvals/{id}");
    says(&looks.open(&one).await, "Your role does not answer it");
    assert_eq!(Reader::of(world, &customer.email).await.open(&one).await.status, 403);
    let seen = answers.open(&one).await;
    says(&seen, "What a yes does");
    says(&seen, "$480.00");
    says(&seen, "The scope was cut.");
    let action = format!("/p/larkfield{one}/answer");
    let form = seen.form(&action).unwrap().set("answer", "approve");
    let wrong = answers.send(&form.set("reason", "ok")).await;
    assert_eq!(wrong.status, 422);
    says(&wrong, "Say why, in three words at least");
    let form = wrong.form(&action).unwrap().set("answer", "approve");
    let done = answers.send(&form.set("reason", "The contract says so.")).await;
    says(&done, "Approved: it is carried out now");
    let late = wrong.form(&action).unwrap().set("answer", "approve");
    let late = answers.send(&late.set("reason", "The contract says so.")).await;
    says(&late, "larkfield-owner said yes");
    world.settle().await;
    assert_eq!(scene.money(0).await["sent_back"]["minor"], 60_000);
    says(&asks.open(&one).await, "larkfield-owner said yes");
    says(&asks.open("/money-approvals?state=all").await, "Accepted");
    taken_back(&scene, &mut asks).await;
    the_limit(&mut asks, &mut answers).await;
    scene.balances().await;
    scene.world.end().await;
}

async fn taken_back(scene: &Scene, asks: &mut Reader) {
    let asked = wants(scene, &scene.finance, 90_000).await.expect(202);
    let one = format!("/money-approvals/{}", asked.id());
    let form = asks.open(&one).await.form(&format!("/p/larkfield{one}/withdraw")).unwrap();
    says(&asks.send(&form).await, "Taken back: nothing was done");
    assert_eq!(state(&scene.finance, &asked).await, "withdrawn");
}

async fn the_limit(asks: &mut Reader, answers: &mut Reader) {
    says(&asks.open("/program").await, "What one person decides");
    let page = asks.open("/money-limits").await;
    says(&page, "$500.00");
    let form = page.form("/p/larkfield/money-limits").unwrap();
    let wrong = asks.send(&form.set("currency", "USD").set("amount", "lots")).await;
    assert_eq!(wrong.status, 422);
    let form = wrong.form("/p/larkfield/money-limits").unwrap();
    let form = form.set("amount", "800").set("reason", "We are three now.");
    let waits = asks.send(&form.set("kind", "limit").set("currency", "USD")).await;
    says(&waits, "It waits for a second person");
    says(&waits, "Let one person decide up to $800.00");
    says(&answers.open("/").await, "Let one person decide up to $800.00");
}
