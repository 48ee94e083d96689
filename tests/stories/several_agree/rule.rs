//! The rule itself, and what the database refuses whatever the program would try.

use super::scene::{Scene, told};
use crate::support::actor::PASSWORD;
use serde_json::json;

/// A letter in force as the row that waits says it.
const ACTIVE: &str = "INSERT INTO grants (vendor_id, id, engagement_id, customer_organization_id,
         partner_organization_id, connection_id, consultant_id, upstream, preset, terms,
         terms_hash, state, granted_by, granted_at, valid_until)
     SELECT vendor_id, grant_id, engagement_id, customer_organization_id, e.partner,
         connection_id, consultant_id, 'larkfield', preset, terms, terms_hash, 'active',
         proposed_by, app_now(), app_now() + interval '1 day'
     FROM grant_proposals p, LATERAL (SELECT partner_organization_id AS partner
         FROM engagements WHERE id = p.engagement_id) e WHERE p.state = 'waiting'";

/// A yes of a person to a hash, as the program would write it.
fn yes(id: &str, who: &str, hash: &str) -> String {
    format!(
        "INSERT INTO grant_approvals (vendor_id, proposal_id, hash, person_id, agreed_at)
         SELECT vendor_id, id, {hash}, '{who}', app_now() FROM grant_proposals
         WHERE id = '{id}'"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn its_owner_sets_it_and_it_locks_nobody_out() {
    let scene = Scene::without_rule().await;
    let Scene { world, petra, jonas, mira, .. } = &scene;
    let rule = petra.get("/v1/approver-rule").await.expect(200).json();
    assert_eq!((&rule["needed"], &rule["people"]), (&json!(1), &json!(3)));
    scene.rule(4, "everything").await.refused(422, "invalid");
    scene.rule(6, "everything").await.refused(422, "invalid");
    scene.rule(0, "everything").await.refused(422, "invalid");
    let body = json!({ "needed": 2, "about": "everything", "password": PASSWORD });
    jonas.put("/v1/approver-rule", body).await.refused(403, "not-permitted");
    let bare = json!({ "needed": 2, "about": "everything" });
    petra.put("/v1/approver-rule", bare).await.refused(403, "password-wanted");
    let wrong = json!({ "needed": 2, "about": "everything", "password": "not it, really" });
    petra.put("/v1/approver-rule", wrong).await.refused(422, "wrong-password");
    scene.rule(3, "beyond-reading").await.expect(200);
    world.settle().await;
    told(jonas, "3 of you must agree to access that may do more than read").await;
    // Reading alone is not meant by it.
    let letter = scene.grants(petra, "read-only", json!({})).await.expect(201);
    petra.post(&format!("/v1/grants/{}/end", letter.id()), json!({})).await.expect(200);
    scene.grants(petra, "author-drafts", json!({})).await.expect(202);
    // Two leave: nothing goes through by fewer, and the owner alone finds out of it.
    scene.removes(jonas).await;
    scene.removes(mira).await;
    let rule = petra.get("/v1/approver-rule").await.expect(200).json();
    assert_eq!((&rule["needed"], &rule["people"]), (&json!(3), &json!(1)));
    assert_eq!(scene.letters().await, 0);
    scene.rule(2, "everything").await.refused(422, "invalid");
    scene.rule(1, "everything").await.expect(200);
    let waits = petra.get("/v1/grant-proposals?waiting=true").await.expect(200).json();
    let waiting = &waits["items"][0];
    assert_eq!(waiting["needed"], 3, "what waits keeps its number: {waits}");
    let again = json!({ "instead_of": waiting["hash"] });
    let edited = scene.grants(petra, "author-drafts", again).await.expect(202).json();
    assert_eq!((&edited["needed"], scene.letters().await), (&json!(3), 0));
    petra.post(&super::path(waiting, "/withdraw"), json!({})).await.expect(204);
    scene.grants(petra, "author-drafts", json!({})).await.expect(201);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lower_number_helps_nothing_that_waits_and_a_higher_one_binds_it() {
    let scene = Scene::new().await;
    let Scene { petra, jonas, mira, .. } = &scene;
    scene.rule(3, "everything").await.expect(200);
    let shown = scene.proposed().await;
    scene.rule(2, "everything").await.expect(200);
    let waits = scene.agrees(jonas, &shown).await.expect(202).json();
    assert_eq!((&waits["needed"], scene.letters().await), (&json!(3), 0));
    scene.agrees(mira, &shown).await.expect(200);
    petra
        .post(&format!("/v1/grants/{}/end", shown["grant"].as_str().unwrap()), json!({}))
        .await
        .expect(200);
    let next = scene.proposed().await;
    assert_eq!(next["needed"], 2);
    scene.rule(3, "everything").await.expect(200);
    let waits = scene.agrees(jonas, &next).await.expect(202).json();
    assert_eq!((&waits["needed"], waits["agreed"].as_array().unwrap().len()), (&json!(3), 2));
    scene.agrees(mira, &next).await.expect(200);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_refuses_whatever_lacks_a_yes() {
    let scene = Scene::new().await;
    let Scene { petra, jonas, expert, .. } = &scene;
    let wanted = json!({ "upstream": "larkfield", "preset": "read-only", "reason": "To read." });
    let asks = format!("/v1/engagements/{}/access-requests", scene.engagement);
    let request = expert.post(&asks, wanted).await.expect(201).id();
    let (by, account) = (&petra.person, &scene.connection);
    let activate = format!(
        "UPDATE grants SET state = 'active', connection_id = '{account}', granted_by = '{by}',
             granted_at = app_now(), valid_until = app_now() + interval '1 day'
         WHERE id = '{request}'"
    );
    assert_eq!(scene.refused(&activate).await, "grants_agreed_by_enough");
    let shown = scene.proposed().await;
    assert_eq!(scene.refused(ACTIVE).await, "grants_agreed_by_enough");
    // Nor is a yes written for somebody who does not decide, or to something else, or twice.
    let id = shown["id"].as_str().unwrap();
    let yes = |who: &str, hash: &str| yes(id, who, hash);
    let (theirs, other) = (&expert.person, &jonas.person);
    let to_what_waits = "grant_approvals_to_what_waits";
    assert_eq!(scene.refused(&yes(theirs, "hash")).await, to_what_waits);
    assert_eq!(scene.refused(&yes(other, "terms_hash")).await, to_what_waits);
    assert_eq!(scene.refused(&yes(by, "hash")).await, "grant_approvals_pkey");
    // Terms do not change under a yes, the number does not fall, and yeses neither change nor go.
    let of = format!("WHERE id = '{id}'");
    let quiet =
        format!("UPDATE grant_proposals SET terms = '{{}}', terms_hash = sha256('{{}}') {of}");
    assert_eq!(scene.refused(&quiet).await, "grant_proposals_frozen");
    let lower = format!("UPDATE grant_proposals SET needed = 1 {of}; {ACTIVE}");
    assert_eq!(scene.refused(&lower).await, "grants_agreed_by_enough");
    let forged =
        format!("UPDATE grant_proposals SET hash = terms_hash {of}; {}", yes(other, "terms_hash"));
    assert_eq!(scene.refused(&forged).await, to_what_waits);
    let done = format!(
        "UPDATE grant_proposals SET state = 'in-force', closed_at = app_now(),
             closed_by = '{by}' {of}"
    );
    assert_eq!(scene.refused(&done).await, "grant_proposals_in_force_is_true");
    for sql in [
        "UPDATE grant_approvals SET agreed_at = app_now()",
        "DELETE FROM grant_approvals",
        "DELETE FROM grant_proposals",
        "DELETE FROM approver_rules",
    ] {
        assert!(scene.refused(sql).await.contains("permission denied"), "{sql}");
    }
    let rule = format!(
        "UPDATE approver_rules SET needed = 1, changed_by = '{other}', changed_at = app_now()"
    );
    assert_eq!(scene.refused(&rule).await, "approver_rules_set_by_owner");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_was_agreed_to_or_longer_is_refused_by_the_database() {
    let scene = Scene::new().await;
    let Scene { petra, jonas, .. } = &scene;
    let shown = scene.proposed().await;
    let id = shown["id"].as_str().unwrap();
    let day = scene.world.clock.now().date_naive() + chrono::Duration::days(3);
    let edit = json!({ "instead_of": shown["hash"], "last_day": day });
    let shown = scene.grants(petra, "author-drafts", edit).await.expect(202).json();
    let agreed = yes(id, &jonas.person, "hash");
    let longer = ACTIVE.replace("interval '1 day'", "interval '9 days'");
    let refused = scene.refused(&format!("{agreed}; {longer}")).await;
    assert_eq!(refused, "grants_agreed_by_enough");
    let wider = ACTIVE.replace(
        "preset, terms, terms_hash, 'active'",
        "'full-operator', terms, terms_hash, 'active'",
    );
    let refused = scene.refused(&format!("{agreed}; {wider}")).await;
    assert_eq!(refused, "grants_agreed_by_enough");
    scene.agrees(jonas, &shown).await.expect(200);
    scene.world.end().await;
}

/// Whoever makes others who agree would be several people alone.
#[tokio::test(flavor = "multi_thread")]
async fn only_an_owner_makes_admins_where_several_must_agree() {
    let scene = Scene::new().await;
    let Scene { petra, jonas, .. } = &scene;
    let invited = |role: &str| json!({ "email": "again@fjordhaus.example", "role": role });
    let path = "/v1/members/invitations";
    jonas.post(path, invited("admin")).await.refused(403, "owners-only");
    jonas.post(path, invited("member")).await.expect(202);
    // Mails that are sent beside each other arrive in any order, and the latest one counts.
    scene.world.settle().await;
    let member = scene.world.colleague(petra, "customer", "member", "Fjordhaus").await;
    let seat = format!("/v1/members/{}/role", scene.seat(&member).await);
    let role = json!({ "role": "admin" });
    jonas.put(&seat, role.clone()).await.refused(403, "owners-only");
    petra.put(&seat, role).await.expect(204);
    petra.post(path, invited("admin")).await.expect(202);
    scene.world.settle().await;
    scene.rule(1, "everything").await.expect(200);
    jonas.post(path, invited("admin")).await.expect(202);
    // An invitation of before does not outlive the rule, unless it is an owner's.
    let token = scene.world.mailed_token("again@fjordhaus.example", "Join").await;
    let account = json!({ "token": token, "name": "Again", "password": PASSWORD });
    scene.rule(2, "everything").await.expect(200);
    let anyone = scene.world.anyone();
    anyone.post("/v1/joins", account.clone()).await.refused(403, "owners-only");
    petra.post(path, invited("admin")).await.expect(202);
    let token = scene.world.mailed_token("again@fjordhaus.example", "Join").await;
    let account = json!({ "token": token, "name": "Again", "password": PASSWORD });
    anyone.post("/v1/joins", account).await.expect(201);
    scene.world.end().await;
}
