//! An organization applies to the program, waits, and is admitted or refused with a reason.

use crate::support::neighbours::leave_program;
use crate::support::together::post_at_once;
use crate::support::{Actor, World};
use serde_json::{Value, json};

/// An organization that is no partner yet.
async fn applicant(world: &World, kind: &str, name: &str) -> Actor {
    let actor = world.join(kind, "owner", name).await;
    leave_program(world, &actor).await;
    actor
}

async fn agreement(world: &World) -> Value {
    let path = "/v1/programs/larkfield/agreement";
    world.anyone().get(path).await.expect(200).json()
}

async fn application(world: &World, kind: &str) -> Value {
    let agreement = agreement(world).await;
    json!({
        "kind": kind,
        "specialities": ["reporting", "lead-scoring"],
        "references": [{
            "name": "Karin Aas", "organization": "Moor & Hald Lodges",
            "email": "karin@moorhald.example", "said": "Clear and <b>on time</b>.",
        }],
        "note": "We have worked in Larkfield accounts since 2019.",
        "agreement_version": agreement["version"],
        "agreement_hash": agreement["hash"],
    })
}

/// An organization that has applied and waits.
pub async fn apply_as(world: &World, kind: &str, name: &str) -> Actor {
    let actor = applicant(world, kind, name).await;
    actor.post("/v1/applications", application(world, "consultant").await).await.expect(201);
    actor
}

fn codes(answer: &Value) -> Vec<String> {
    let errors = answer["errors"].as_array().cloned().unwrap_or_default();
    errors.iter().map(|e| e["field"].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_applicant_is_admitted() {
    let world = World::new().await;
    let samir = world.vendor("program_manager").await;
    let ada = applicant(&world, "partner", "Ada Works").await;
    let body = application(&world, "consultant").await;
    let sent = ada.post("/v1/applications", body.clone()).await.expect(201);
    assert_eq!(sent.at("/state"), "submitted");
    assert_eq!(sent.at("/references/0/said"), "Clear and <b>on time</b>.", "text stays text");
    let location = sent.header("location").unwrap().to_owned();
    assert_eq!(location, format!("/v1/applications/{}", sent.id()));
    ada.post("/v1/applications", body).await.refused(409, "application-open");
    assert_eq!(ada.get("/v1/applications/mine").await.expect(200).at("/0/id"), sent.id());
    let waiting = samir.get("/v1/applications").await.expect(200);
    assert_eq!(waiting.at("/items/0/id"), sent.id());
    assert_eq!(waiting.at("/items/0/organization_name"), "Ada Works");
    let approved = samir.post(&format!("{location}/approve"), json!({})).await.expect(200);
    assert_eq!(approved.at("/state"), "approved");
    assert_eq!(approved.at("/decision/by_name"), "larkfield-program_manager");
    samir.post(&format!("{location}/approve"), json!({})).await.refused(409, "application-state");
    let partners = samir.get("/v1/partners?kind=consultant").await.expect(200);
    assert_eq!(partners.at("/items/0/name"), "Ada Works");
    assert_eq!(partners.at("/items/0/tier"), "listed");
    let again = ada.post("/v1/applications", application(&world, "consultant").await).await;
    again.refused(409, "already-enrolled");
    world.settle().await;
    let mails = world.mails_to(&ada.email).await;
    assert_eq!(mails.len(), 1, "{mails:?}");
    let told = world.mails_to(&samir.email).await;
    assert!(told[0].to_string().contains("Ada Works applies to the program"), "{told:?}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_says_why() {
    let world = World::new().await;
    let annika = world.vendor("owner").await;
    let ada = applicant(&world, "partner", "Ada Works").await;
    let body = application(&world, "consultant").await;
    let id = ada.post("/v1/applications", body.clone()).await.expect(201).id();
    let reject = format!("/v1/applications/{id}/reject");
    let short = annika.post(&reject, json!({ "reason": "no" })).await.refused(422, "invalid");
    assert_eq!(codes(&short.json()), ["reason"]);
    let reason = "Two of the references could not be reached. Name others, then apply again.";
    annika.post(&reject, json!({ "reason": reason })).await.expect(200);
    let mine = ada.get(&format!("/v1/applications/{id}")).await.expect(200);
    assert_eq!(mine.at("/state"), "rejected");
    assert_eq!(mine.at("/decision/reason"), reason);
    let refused = annika.get("/v1/applications?state=rejected").await.expect(200);
    assert_eq!(refused.at("/items/0/id"), id);
    world.settle().await;
    let mails = world.mails_to(&ada.email).await;
    assert!(mails[0].to_string().contains("could not be reached"), "{mails:?}");
    ada.post("/v1/applications", body).await.expect(201);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_text_that_is_accepted_is_the_one_in_force() {
    let world = World::new().await;
    let annika = world.vendor("owner").await;
    let ada = applicant(&world, "partner", "Ada Works").await;
    let body = application(&world, "consultant").await;
    let mut wrong = body.clone();
    wrong["agreement_hash"] = json!("00".repeat(32));
    ada.post("/v1/applications", wrong).await.refused(409, "agreement-changed");
    let next = json!({ "version": "2026-2", "title": "Partner agreement", "body": "Be kind too." });
    let published = annika.post("/v1/agreements", next.clone()).await.expect(201);
    annika.post("/v1/agreements", next).await.refused(409, "agreement-version-taken");
    assert_eq!(agreement(&world).await["hash"], published.json()["hash"]);
    let outdated = ada.post("/v1/applications", body).await.refused(409, "agreement-changed");
    assert!(outdated.at("/detail").contains("2026-2"), "{}", outdated.text());
    assert!(outdated.at("/errors/0/message").contains("2026-2"), "{}", outdated.text());
    ada.post("/v1/applications", application(&world, "consultant").await).await.expect(201);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not() {
    let world = World::new().await;
    let samir = world.vendor("program_manager").await;
    let wiremu = world.vendor("support").await;
    let petra = world.customer("Fjordhaus Outdoor").await;
    let ada = applicant(&world, "partner", "Ada Works").await;
    let bo = applicant(&world, "partner", "Bo Works").await;
    let temp = world.colleague(&ada, "partner", "consultant", "Ada Works temp").await;
    let body = application(&world, "consultant").await;
    petra.post("/v1/applications", body.clone()).await.refused(403, "not-permitted");
    temp.post("/v1/applications", body.clone()).await.refused(403, "not-permitted");
    world.anyone().post("/v1/applications", body.clone()).await.refused(401, "unauthenticated");
    let id = ada.post("/v1/applications", body).await.expect(201).id();
    let path = format!("/v1/applications/{id}");
    bo.get(&path).await.refused(404, "not-found");
    petra.get(&path).await.refused(404, "not-found");
    bo.post(&format!("{path}/withdraw"), json!({})).await.refused(404, "not-found");
    ada.post(&format!("{path}/approve"), json!({})).await.refused(403, "not-permitted");
    wiremu.post(&format!("{path}/approve"), json!({})).await.refused(403, "not-permitted");
    wiremu.get(&path).await.expect(200);
    ada.get("/v1/applications").await.refused(403, "not-permitted");
    ada.get("/v1/partners").await.refused(403, "not-permitted");
    ada.post(&format!("{path}/withdraw"), json!({})).await.expect(200);
    samir.post(&format!("{path}/approve"), json!({})).await.refused(409, "application-state");
    let nobody = "/v1/applications/019aab00-0000-7000-8000-000000000000";
    samir.get(nobody).await.refused(404, "not-found");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_fields_of_an_application() {
    let world = World::new().await;
    let ada = applicant(&world, "partner", "Ada Works").await;
    let mut body = application(&world, "reseller").await;
    body["specialities"] = json!(["magic"]);
    body["references"] = json!([]);
    let faults = ada.post("/v1/applications", body).await.refused(422, "invalid");
    assert_eq!(codes(&faults.json()), ["kind", "specialities", "references"]);
    let mut extra = application(&world, "consultant").await;
    extra["state"] = json!("approved");
    ada.post("/v1/applications", extra).await.refused(400, "unreadable-body");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_at_once_are_one() {
    let world = World::new().await;
    let samir = world.vendor("program_manager").await;
    let ada = applicant(&world, "partner", "Ada Works").await;
    let body = application(&world, "consultant").await;
    let statuses = post_at_once(&ada, 8, "/v1/applications", &body).await;
    assert_eq!(statuses, [201, 409, 409, 409, 409, 409, 409, 409]);
    let id = ada.get("/v1/applications/mine").await.expect(200).at("/0/id");
    let approve = format!("/v1/applications/{id}/approve");
    let statuses = post_at_once(&samir, 8, &approve, &json!({})).await;
    assert_eq!(statuses, [200, 409, 409, 409, 409, 409, 409, 409]);
    world.end().await;
}
