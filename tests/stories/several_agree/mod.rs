//! A customer wants that several of its people agree before anybody has access: the first yes waits
//! for the others, each to exactly the same terms, and the database lets nothing through before.

mod gaining;
mod pages;
mod rule;
mod scene;

use crate::support::actor::PASSWORD;
use crate::support::larkfield::Tool;
use crate::support::race;
use chrono::Duration;
use scene::{Scene, path, told};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn two_of_three_agree_and_then_it_holds() {
    let scene = Scene::new().await;
    let Scene { world, petra, jonas, mira, expert, .. } = &scene;
    let shown = scene.proposed().await;
    assert_eq!((&shown["state"], &shown["needed"]), (&json!("waiting"), &json!(2)));
    assert_eq!(shown["agreed"][0]["person"], json!(petra.person));
    assert_eq!(scene.letters().await, 0);
    let grant = shown["grant"].as_str().unwrap();
    petra.get(&format!("/v1/grants/{grant}")).await.refused(404, "not-found");
    world.settle().await;
    told(jonas, "wants to let Ines Brandt work in Fjordhaus Outdoor EU").await;
    assert!(!world.mails_to(&mira.email).await.is_empty(), "it is mailed as well");
    // Who reads it reads the sentences of the very terms, and nobody else reads it.
    let read = jonas.get(&path(&shown, "")).await.expect(200).json();
    assert!(read["consent"].to_string().contains("write campaign drafts"), "{read}");
    expert.get(&path(&shown, "")).await.refused(403, "not-permitted");
    let rival = world.customer("Rival").await;
    rival.get(&path(&shown, "")).await.refused(404, "not-found");
    scene.agrees(&rival, &shown).await.refused(404, "not-found");
    let member = world.colleague(petra, "customer", "member", "Fjordhaus").await;
    scene.agrees(&member, &shown).await.refused(403, "not-permitted");
    // One person counts once, and the yes wants the password.
    scene.agrees(petra, &shown).await.refused(409, "already-agreed");
    let bare = json!({ "hash": shown["hash"] });
    jonas.post(&path(&shown, "/agree"), bare).await.refused(403, "password-wanted");
    let wrong = json!({ "hash": shown["hash"], "password": "not it, really" });
    jonas.post(&path(&shown, "/agree"), wrong).await.refused(422, "wrong-password");
    let other = json!({ "hash": "00", "password": PASSWORD });
    jonas.post(&path(&shown, "/agree"), other).await.refused(409, "proposal-changed");
    let letter = scene.agrees(jonas, &shown).await.expect(200);
    assert_eq!((letter.id(), letter.at("/standing")), (grant.to_owned(), "in-force".to_owned()));
    assert_eq!(letter.at("/terms_hash"), shown["terms_hash"].as_str().unwrap());
    Tool::with_key(expert, grant).await.get("/account").await.expect(200);
    scene.agrees(mira, &shown).await.refused(409, "proposal-state");
    let list = petra.get(&format!("/v1/grant-proposals?grant={grant}")).await.expect(200).json();
    let agreed = list["items"][0]["agreed"].as_array().unwrap();
    assert_eq!(agreed.len(), 2, "who agreed when is told: {list}");
    let trail = petra.get("/v1/audit-trail.jsonl").await.expect(200).text();
    for kind in ["approver-rule-set", "access-proposed", "access-agreed", "access-granted"] {
        assert!(trail.contains(kind), "{kind}: {trail}");
    }
    assert!(trail.contains(shown["hash"].as_str().unwrap()), "each yes is to a hash");
    // Ending it is everybody's own.
    mira.post(&format!("/v1/grants/{grant}/end"), json!({})).await.expect(200);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_26_terms_change_between_the_first_yes_and_the_second() {
    let scene = Scene::new().await;
    let Scene { world, petra, jonas, mira, .. } = &scene;
    scene.rule(3, "everything").await.expect(200);
    let first = scene.proposed().await;
    scene.agrees(jonas, &first).await.expect(202);
    // Nobody resets it unawares: without its hash it is refused, with another's too.
    let more = scene.grants(mira, "full-operator", json!({})).await;
    more.refused(409, "proposal-waits");
    let stale = json!({ "instead_of": "00" });
    scene.grants(mira, "full-operator", stale).await.refused(409, "proposal-changed");
    let edit = json!({ "instead_of": first["hash"] });
    let second = scene.grants(mira, "full-operator", edit).await.expect(202).json();
    assert_eq!((&second["id"], &second["edition"]), (&first["id"], &json!(2)));
    assert_ne!((&second["hash"], &second["terms_hash"]), (&first["hash"], &first["terms_hash"]));
    let counts: Vec<bool> =
        second["agreed"].as_array().unwrap().iter().map(|a| a["counts"] == true).collect();
    assert_eq!(counts, [false, false, true], "only whoever wrote it has agreed to it");
    world.settle().await;
    for who in [petra, jonas] {
        told(who, "Mira Lund changed what waits").await;
        scene.agrees(who, &first).await.refused(409, "proposal-changed");
    }
    // Back to the very same terms: another edition, and the old yeses are still not to it.
    let back = json!({ "instead_of": second["hash"] });
    let third = scene.grants(mira, "author-drafts", back).await.expect(202).json();
    assert_eq!(third["terms_hash"], first["terms_hash"]);
    assert_ne!(third["hash"], first["hash"]);
    scene.agrees(jonas, &third).await.expect(202);
    assert_eq!(scene.letters().await, 0);
    scene.agrees(petra, &third).await.expect(200);
    assert_eq!(scene.letters().await, 1);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_who_agree_at_once_exactly_one_letter_comes() {
    let scene = Scene::new().await;
    let shown = scene.proposed().await;
    let answers = race([&scene.jonas, &scene.mira].map(|who| {
        let (who, path) = (who.clone(), path(&shown, "/agree"));
        let body = json!({ "hash": shown["hash"], "password": PASSWORD });
        async move { who.post(&path, body).await }
    }))
    .await;
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    assert_eq!(scene.letters().await, 1);
    // Two first yeses at once are one that waits.
    scene
        .petra
        .post(&format!("/v1/grants/{}/end", shown["grant"].as_str().unwrap()), json!({}))
        .await
        .expect(200);
    let (one, other) = tokio::join!(
        scene.grants(&scene.jonas, "read-only", json!({})),
        scene.grants(&scene.mira, "author-drafts", json!({}))
    );
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [202, 409]);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_leaves_counts_no_more() {
    let scene = Scene::new().await;
    let Scene { world, petra, jonas, mira, .. } = &scene;
    scene.rule(3, "everything").await.expect(200);
    let shown = scene.grants(jonas, "author-drafts", json!({})).await.expect(202).json();
    scene.agrees(petra, &shown).await.expect(202);
    scene.removes(jonas).await;
    told(petra, "Too few of you are left to agree to access").await;
    let waits = scene.agrees(mira, &shown).await.expect(202).json();
    assert_eq!(waits["agreed"][0]["counts"], false, "{waits}");
    assert_eq!(scene.letters().await, 0);
    // Another admin comes, and is the third.
    let nils = world.colleague(petra, "customer", "admin", "Nils Aas").await;
    scene.agrees(&nils, &shown).await.expect(200);
    assert_eq!(scene.letters().await, 1);
    scene.world.end().await;
}

/// Whatever it was about ends: the account, the consultant's seat, the engagement.
#[tokio::test(flavor = "multi_thread")]
async fn it_lapses_with_what_it_is_about_and_that_is_told() {
    for what in ["account", "seat", "engagement"] {
        let scene = Scene::new().await;
        let Scene { world, petra, mira, expert, engagement, connection, .. } = &scene;
        let shown = scene.proposed().await;
        match what {
            "account" => {
                let path = format!("/v1/connections/{connection}/disconnect");
                petra.post(&path, json!({})).await.expect(200);
            }
            "seat" => {
                let seat = scene.seat(expert).await;
                let ends =
                    format!("UPDATE memberships SET ended_at = app_now() WHERE id = '{seat}'");
                scene.owner(&ends).await;
            }
            _ => {
                let ends = "UPDATE engagements SET state = 'cancelled', ended_at = app_now()";
                scene.owner(&format!("{ends} WHERE id = '{engagement}'")).await;
            }
        }
        assert_eq!(scene.see(&shown).await["state"], "lapsed", "{what}");
        world.settle().await;
        told(mira, "Nobody has to agree any more").await;
        let trail = petra.get("/v1/audit-trail.jsonl").await.expect(200).text();
        assert!(trail.contains("access-proposal-closed"), "{what}: {trail}");
        assert_eq!(scene.agrees(mira, &shown).await.status, 409, "{what}");
        scene.world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_declined_taken_back_or_lapses() {
    let scene = Scene::new().await;
    let Scene { world, petra, jonas, mira, .. } = &scene;
    let first = scene.proposed().await;
    let no = json!({ "hash": first["hash"], "reason": "Not before the audit." });
    let unsaid = json!({ "hash": first["hash"], "reason": " " });
    jonas.post(&path(&first, "/decline"), unsaid).await.refused(422, "invalid");
    jonas.post(&path(&first, "/decline"), no.clone()).await.expect(204);
    jonas.post(&path(&first, "/decline"), no).await.refused(409, "proposal-state");
    scene.agrees(mira, &first).await.refused(409, "proposal-state");
    let second = scene.proposed().await;
    jonas.post(&path(&second, "/withdraw"), json!({})).await.refused(403, "not-permitted");
    petra.post(&path(&second, "/withdraw"), json!({})).await.expect(204);
    let third = scene.proposed().await;
    world.settle().await;
    told(petra, "Not before the audit.").await;
    world.advance(Duration::days(15)).await;
    scene.agrees(jonas, &third).await.refused(409, "proposal-state");
    world.settle().await;
    assert_eq!(scene.see(&third).await["state"], "lapsed");
    told(mira, "Not enough of you agreed in time").await;
    assert_eq!(scene.letters().await, 0);
    // What lapsed stands in nobody's way.
    let fourth = scene.proposed().await;
    scene.agrees(mira, &fourth).await.expect(200);
    scene.world.end().await;
}
