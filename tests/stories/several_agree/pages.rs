//! The same on pages, without a script.

use super::scene::Scene;
use crate::support::actor::PASSWORD;
use crate::support::reader::{Reader, says};
use attache::demo::browser::{Form, Page};
use serde_json::json;

/// The form of the consent screen, which stands after others to the same place.
fn consent(page: &Page) -> Form {
    let start = page.text.find("id=\"consent\"").and_then(|at| page.text[..at].rfind("<form"));
    let text = page.text.split_at(start.expect("terms are shown")).1.to_owned();
    let rest = Page { url: page.url.clone(), status: page.status, text };
    rest.form("/p/larkfield/engagements/").unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_agree_on_pages() {
    let scene = Scene::without_rule().await;
    let Scene { world, petra, jonas, mira, .. } = &scene;
    let mut owner = Reader::of(world, &petra.email).await;
    let mut admin = Reader::of(world, &jonas.email).await;
    let mut other = Reader::of(world, &mira.email).await;
    let rule = "/p/larkfield/access/approvers";
    let page = owner.open("/access/approvers").await;
    says(&page, "One yes is enough");
    let form = page.form(rule).unwrap().set("needed", "2").set("about", "everything");
    let page = owner.send(&form).await;
    assert_eq!(page.status, 422, "it wants the password: {}", page.shown());
    let form = page.form(rule).unwrap().set("needed", "2").set("about", "everything");
    let page = owner.send(&form.set("password", PASSWORD)).await;
    says(&page, "2 of you must agree");
    let page = admin.open("/access/approvers").await;
    says(&page, "Your organization’s owner sets it");
    assert!(page.form(rule).is_err(), "nobody else sets it");
    // The first yes says that it is the first.
    let access = format!("/engagements/{}/access", scene.engagement);
    let page = owner.open(&access).await;
    says(&page, "Yours is the first yes");
    let page = owner.send(&consent(&page).set("password", PASSWORD)).await;
    says(&page, "You agreed, and the others are asked");
    says(&page, "1 of 2 have agreed");
    let place = page.url.path().strip_prefix("/p/larkfield").unwrap().to_owned();
    let act = |what: &str| format!("/p/larkfield{place}/{what}");
    assert!(page.form(&act("agree")).is_err() && page.form(&act("withdraw")).is_ok());
    // It stands where the others look, and reads as the letter would.
    says(&admin.open("/access").await, "Waits for more of you to agree");
    says(&admin.open("").await, "Read it and answer");
    let seen = admin.open(&place).await;
    says(&seen, "write campaign drafts");
    // Somebody changes it in between: what was looked at counts no more.
    let page = other.open(&access).await;
    says(&page, "wants this already");
    let page = other.send(&consent(&page).set("password", PASSWORD).set("until", "7")).await;
    says(&page, "You agreed, and the others are asked");
    let stale = admin.send(&seen.form(&act("agree")).unwrap().set("password", PASSWORD)).await;
    assert_eq!(stale.status, 422);
    says(&stale, "It is not what you looked at");
    says(&stale, "agreed to what it said before");
    let wrong = stale.form(&act("agree")).unwrap().set("password", "not it, really");
    let wrong = admin.send(&wrong).await;
    assert_eq!(wrong.status, 422);
    let page = admin.send(&wrong.form(&act("agree")).unwrap().set("password", PASSWORD)).await;
    says(&page, "letter says what you agreed to");
    says(&page, "Who agreed");
    says(&page, "In force");
    // Closed, it says so; and a no gives its reason.
    says(&owner.open(&place).await, "In force since");
    let letter = scene.world.sql("SELECT id::text FROM grants").await[0].get::<_, String>(0);
    petra.post(&format!("/v1/grants/{letter}/end"), json!({})).await.expect(200);
    let page = owner.open(&access).await;
    let page = owner.send(&consent(&page).set("password", PASSWORD)).await;
    let place = page.url.path().strip_prefix("/p/larkfield").unwrap().to_owned();
    let decline = format!("/p/larkfield{place}/decline");
    let page = admin.open(&place).await;
    let form = page.form(&decline).unwrap();
    assert_eq!(admin.send(&form).await.status, 422, "a no wants a reason");
    let page = admin.send(&form.set("reason", "Not before the audit.")).await;
    says(&page, "Not before the audit.");
    scene.world.end().await;
}
