//! By pages: filed after acceptance, nobody answers, whoever is silent is reminded, and the program
//! decides when the time is over; what it decides goes back from the payees.

use super::{files, moves, state, told, usd};
use crate::released_money_goes_back::scene::Scene;
use crate::support::Actor;
use crate::support::reader::{Reader, says};
use attache::postgres::Role;
use chrono::{DateTime, Datelike, Duration, NaiveTime, Utc};
use serde_json::json;

/// Noon in Greenwich on a Friday: where the consultant is, that is Saturday.
async fn friday(scene: &Scene) {
    let world = &scene.world;
    let now = world.clock.now();
    let days = i64::from(4 + 7 - now.weekday().num_days_from_monday());
    let noon =
        (now + Duration::days(days)).date_naive().and_time(NaiveTime::MIN) + Duration::hours(12);
    world.advance(noon.and_utc() - now).await;
    world.settle().await;
    let owner = world.database.connect(Role::Owner).await;
    let zone = format!(
        "SET attache.vendor = '{}'; UPDATE organizations SET zone = 'Pacific/Kiritimati'
         WHERE id = '{}'",
        world.larkfield.vendor, scene.expert.organization
    );
    owner.batch_execute(&zone).await.unwrap();
}

async fn mails(scene: &Scene, who: &Actor, words: &str) -> usize {
    let mails = scene.world.mails_to(&who.email).await;
    mails.iter().filter(|mail| mail["subject"].as_str().unwrap().contains(words)).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn and_the_program_decides_when_nobody_answers() {
    let scene = Scene::released(&[125_000, 50_000]).await;
    let Scene { world, customer, expert, finance, parts, .. } = &scene;
    let manager = world.vendor("program_manager").await;
    friday(&scene).await;
    let mut ours = Reader::of(world, &customer.email).await;
    let mut theirs = Reader::of(world, &expert.email).await;
    let mut program = Reader::of(world, &manager.email).await;
    let id = filed_by_pages(&scene, &mut ours).await;
    let page = format!("/milestones/{}/disagreement", parts[0]);
    let seen = customer.get(&format!("/v1/disagreements/{id}")).await.expect(200);
    let at = |name: &str| -> DateTime<Utc> {
        seen.at(&format!("/disagreement/{name}")).parse().unwrap()
    };
    // Two in the morning of a Saturday where the consultant is: the week begins on Monday.
    let week = Duration::days(8) + Duration::hours(22);
    let given = at("answer_by") - at("filed_at");
    assert!(given <= week && given > week - Duration::minutes(5), "five business days: {given}");
    says(&theirs.open("/").await, "Answer about milestone 1");
    says(&theirs.open(&page).await, "Your answer is wanted");
    let finances = program.open("/disagreements").await;
    says(&finances, "milestone 1");
    assert!(!finances.text.contains("Waiting for your decision"), "{}", finances.text);

    let decision =
        json!({ "back": usd(1), "released": usd(124_999), "reason": "Nearly all is there." });
    moves(&manager, &id, "decision", decision.clone()).await.refused(409, "mediation-not-asked");
    let ask = ours.open(&page).await.form(&format!("/p/larkfield{page}/ask")).unwrap();
    ours.send(&ask).await;
    moves(&manager, &id, "decision", decision.clone()).await.refused(409, "decided-too-early");
    says(&program.open(&page).await, "It decides as soon as Brandt Studio has answered");

    world.advance(Duration::days(5) + Duration::hours(22) + Duration::minutes(1)).await;
    world.settle().await;
    let soon = "Your side has one working day left to answer about milestone 1";
    assert_eq!((mails(&scene, expert, soon).await, mails(&scene, customer, soon).await), (1, 0));
    assert_eq!(mails(&scene, &manager, "did not answer").await, 0);
    world.advance(Duration::days(3)).await;
    world.settle().await;
    let sides = [(expert, "Your side"), (customer, "The consultant"), (&manager, "The consultant")];
    for (who, named) in sides {
        assert_eq!(mails(&scene, who, &format!("{named} did not answer about")).await, 1);
    }
    decided_by_pages(&mut program, &page).await;
    world.settle().await;
    assert_eq!(state(&scene).await, "active");
    assert_eq!(scene.split(0, "amount").await, [60_000, 11_250, 3_750]);
    assert_eq!(scene.money(0).await["state"], "accepted", "the work stays accepted");
    says(&theirs.open(&page).await, "The program decided: $500.00 back to the customer");
    assert!(told(customer).await.contains("The program decided about milestone 1"));
    files(customer, &parts[0], (0, 75_000)).await.refused(409, "split-already");
    scene.gives_back(finance, 1).await.expect(201);
    world.settle().await;
    scene.balances().await;
    heard_and_decided(&scene, &manager).await;
    scene.balances().await;
    scene.world.end().await;
}

/// What is wrong is told with what was typed; then it is filed, and nothing of it moves.
async fn filed_by_pages(scene: &Scene, ours: &mut Reader) -> String {
    let Scene { customer, expert, finance, parts, .. } = scene;
    let page = format!("/milestones/{}/disagreement", parts[0]);
    let money = format!("/milestones/{}/money", parts[0]);
    says(&ours.open(&money).await, "Disagree about it");
    says(&ours.open(&format!("/milestones/{}", parts[0])).await, "Disagree about it");
    says(&ours.open("/disagreements").await, "Nobody disagrees");
    let action = format!("/p/larkfield{page}/file");
    let form = ours.open(&page).await.form(&action).unwrap();
    let wrong = ours.send(&form.set("back", "1,250.01").set("reason", "Hm")).await;
    assert_eq!(wrong.status, 422, "{}", wrong.text);
    for words in ["Error:", "Enter an amount from zero to $1,250.00", "Enter a reason", "1,250.01"]
    {
        says(&wrong, words);
    }
    let form = wrong.form(&action).unwrap();
    let filed = ours.send(&form.set("back", "600").set("reason", "It does not work.")).await;
    says(&filed, "Filed: the money rests until it is over");
    says(&filed, "It does not work.");
    assert_eq!(state(scene).await, "disputed");
    says(&ours.open(&money).await, "The customer disagrees");
    for who in [finance, expert] {
        scene.gives_back(who, 1).await.refused(409, "disagreement-open");
    }
    customer.get("/v1/disagreements").await.expect(200).at("/items/0/id")
}

async fn decided_by_pages(program: &mut Reader, page: &str) {
    says(&program.open("/").await, "Decide about milestone 1");
    says(&program.open("/disagreements").await, "Waiting for your decision");
    let action = format!("/p/larkfield{page}/decide");
    let form = program.open(page).await.form(&action).unwrap();
    let wrong = program.send(&form.set("back", "2,000").set("reason", "Two fifths fail.")).await;
    assert_eq!(wrong.status, 422);
    says(&wrong, "Two fifths fail.");
    let form = wrong.form(&action).unwrap();
    let decided = program.send(&form.set("back", "500.00").set("reason", "Two fifths fail.")).await;
    says(&decided, "Decided: it is carried out now");
}

/// Asked and heard: the program does not wait for the time to answer. The last milestone ends with
/// it, and so does the work.
async fn heard_and_decided(scene: &Scene, manager: &Actor) {
    let Scene { world, customer, expert, parts, .. } = scene;
    world.pays(customer, &parts[1]).await;
    let id = files(expert, &parts[1], (0, 50_000)).await.expect(201).id();
    moves(customer, &id, "mediation", json!({})).await.expect(200);
    moves(expert, &id, "mediation", json!({})).await.refused(409, "already-asked");
    let all = json!({ "back": usd(50_000), "released": usd(0), "reason": "Nothing was done." });
    moves(manager, &id, "decision", all.clone()).await.expect(200);
    moves(manager, &id, "decision", all).await.refused(409, "disagreement-ended");
    world.settle().await;
    assert_eq!(scene.money(1).await["state"], "refunded");
    assert_eq!(state(scene).await, "completed");
}
