//! Requests, more on a letter and successors pass through several yeses as new letters do.

use super::scene::{Scene, path};
use crate::support::actor::PASSWORD;
use crate::support::larkfield::Tool;
use crate::support::{Actor, Answer};
use chrono::Duration;
use serde_json::{Value, json};

/// Until the rule counts one is enough: a letter in force.
async fn in_force(scene: &Scene, preset: &str) -> String {
    let grant = scene.grants(&scene.petra, preset, json!({})).await.expect(201).id();
    scene.rule(2, "everything").await.expect(200);
    grant
}

async fn offer(scene: &Scene, grant: &str) -> Value {
    scene.petra.get(&format!("/v1/grants/{grant}/amendment")).await.expect(200).json()
}

async fn agrees_to_more(who: &Actor, grant: &str, offer: &Value, more: Value) -> Answer {
    let mut body = json!({ "hash": offer["hash"], "password": PASSWORD });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    who.post(&format!("/v1/grants/{grant}/amendment/agree"), body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_answered_by_two() {
    let scene = Scene::new().await;
    let Scene { world, petra, jonas, expert, .. } = &scene;
    let wanted = json!({ "upstream": "larkfield", "preset": "read-only", "reason": "To read." });
    let asks = format!("/v1/engagements/{}/access-requests", scene.engagement);
    let asked = expert.post(&asks, wanted.clone()).await.expect(201);
    let request = asked.id();
    let choice = json!({ "connection": scene.connection, "preset": "read-only" });
    let preview = petra.post("/v1/grants/preview", choice.clone()).await.expect(200);
    let mut yes = choice;
    yes["terms_hash"] = json!(preview.at("/terms_hash"));
    yes["requested_hash"] = json!(asked.at("/requested/terms_hash"));
    let allow = format!("/v1/grants/{request}/allow");
    let shown = petra.post(&allow, yes.clone()).await.expect(202).json();
    let now = expert.get(&format!("/v1/grants/{request}")).await.expect(200).json();
    assert_eq!(now["stage"], "approving");
    assert_eq!(now["approvals"], json!({ "agreed": 1, "needed": 2 }));
    assert_eq!((&shown["kind"], &shown["grant"]), (&json!("request"), &json!(request)));
    assert_eq!(shown["needs_password"], false);
    jonas.post(&allow, yes).await.refused(409, "proposal-waits");
    // Taken back by whoever asked, there is nothing to agree to any more.
    expert.post(&format!("/v1/grants/{request}/end"), json!({})).await.expect(200);
    scene.agrees(jonas, &shown).await.refused(409, "proposal-state");
    let request = expert.post(&asks, wanted).await.expect(201).id();
    let mut yes = json!({ "connection": scene.connection, "preset": "read-only" });
    yes["requested_hash"] = json!(asked.at("/requested/terms_hash"));
    yes["terms_hash"] = json!(preview.at("/terms_hash"));
    let allow = format!("/v1/grants/{request}/allow");
    let shown = petra.post(&allow, yes).await.expect(202).json();
    let letter = scene.agrees(jonas, &shown).await.expect(200);
    assert_eq!((letter.id(), letter.at("/granted_by")), (request, jonas.person.clone()));
    world.settle().await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_on_a_letter_is_gained_by_two_and_lost_by_one() {
    let scene = Scene::without_rule().await;
    let grant = in_force(&scene, "read-only").await;
    let Scene { world, petra, jonas, mira, expert, .. } = &scene;
    let tool = Tool::with_key(expert, &grant).await;
    let asks = format!("/v1/grants/{grant}/amendment");
    let what = json!({ "actions": ["write-drafts", "delete-contacts"], "reason": "The launch." });
    expert.post(&asks, what).await.expect(201);
    let first = agrees_to_more(petra, &grant, &offer(&scene, &grant).await, json!({})).await;
    let first = first.expect(202).json();
    tool.post("/campaigns", json!({})).await.refused(403, "operation-denied");
    // Narrowing is one person's own, and what waits is then about another letter than was seen.
    let hash = petra.get(&format!("/v1/grants/{grant}")).await.expect(200).at("/terms_hash");
    let narrow = json!({ "without": ["see-lists"], "terms_hash": hash });
    mira.post(&format!("/v1/grants/{grant}/narrow"), narrow).await.expect(200);
    scene.agrees(jonas, &first).await.refused(409, "proposal-outdated");
    let part = json!({ "without": ["delete-contacts"], "instead_of": first["hash"] });
    let shown = offer(&scene, &grant).await;
    agrees_to_more(jonas, &grant, &shown, json!({})).await.refused(409, "proposal-waits");
    let second = agrees_to_more(jonas, &grant, &shown, part).await.expect(202).json();
    assert_eq!((&second["edition"], &second["kind"]), (&json!(2), &json!("more")));
    scene.agrees(petra, &first).await.refused(409, "proposal-changed");
    let letter = scene.agrees(petra, &second).await.expect(200);
    assert_eq!(letter.at("/preset"), "author-drafts");
    let reached = tool.post("/campaigns", json!({ "name": "x", "subject": "y" })).await.expect(422);
    assert_eq!(reached.at("/error/code"), "invalid_fields");
    // Longer as well; and asking otherwise makes what waits void.
    let day = (world.clock.now() + Duration::days(20)).date_naive();
    let narrow = json!({ "last_day": day, "terms_hash": letter.at("/terms_hash") });
    petra.post(&format!("/v1/grants/{grant}/narrow"), narrow).await.expect(200);
    let later = day + Duration::days(20);
    expert.post(&asks, json!({ "last_day": later, "reason": "Longer." })).await.expect(201);
    let void = agrees_to_more(petra, &grant, &offer(&scene, &grant).await, json!({})).await;
    let void = void.expect(202).json();
    expert
        .post(&asks, json!({ "last_day": day + Duration::days(9), "reason": "Longer." }))
        .await
        .expect(201);
    scene.agrees(jonas, &void).await.refused(409, "proposal-state");
    let shown = agrees_to_more(petra, &grant, &offer(&scene, &grant).await, json!({})).await;
    let before = petra.get(&format!("/v1/grants/{grant}")).await.expect(200).at("/valid_until");
    let after = scene.agrees(mira, &shown.expect(202).json()).await.expect(200);
    assert!(after.at("/valid_until") > before);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_colleague_takes_over_by_two() {
    let scene = Scene::without_rule().await;
    let grant = in_force(&scene, "author-drafts").await;
    let Scene { world, petra, jonas, mira, expert, .. } = &scene;
    let cleo = world.colleague(expert, "partner", "consultant", "Cleo Ash").await;
    let body = json!({ "person": cleo.person, "reason": "Ines is away." });
    let proposes = format!("/v1/grants/{grant}/successors");
    let request = expert.post(&proposes, body).await.expect(201).id();
    let tool = Tool::with_key(expert, &grant).await;
    let take_over = format!("/v1/grants/{request}/take-over");
    let see = format!("/v1/grants/{request}/succession");
    let yes = |hash: String| json!({ "terms_hash": hash, "password": PASSWORD });
    let hash = petra.get(&see).await.expect(200).at("/earlier/terms_hash");
    let first = petra.post(&take_over, yes(hash)).await.expect(202).json();
    assert_eq!(first["kind"], "successor");
    tool.get("/account").await.expect(200);
    let narrow = json!({ "without": ["see-lists"], "terms_hash": first["terms_hash"] });
    mira.post(&format!("/v1/grants/{grant}/narrow"), narrow).await.expect(200);
    scene.agrees(jonas, &first).await.refused(409, "proposal-outdated");
    let hash = petra.get(&see).await.expect(200).at("/earlier/terms_hash");
    let mut anew = yes(hash);
    anew["instead_of"] = first["hash"].clone();
    let second = jonas.post(&take_over, anew).await.expect(202).json();
    let letter = scene.agrees(petra, &second).await.expect(200);
    assert_eq!((letter.id(), letter.at("/standing")), (request, "in-force".to_owned()));
    tool.get("/account").await.refused(403, "grant-ended");
    jonas.get(&path(&second, "")).await.expect(200);
    scene.world.end().await;
}
