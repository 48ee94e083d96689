//! What happens is told: a notice for each person, a mail unless they muted the kind.

use crate::support::{Actor, World, offers};
use chrono::{DateTime, FixedOffset, Utc};
use serde_json::{Value, json};

async fn notices(of: &Actor) -> Value {
    of.get("/v1/notices").await.expect(200).json()
}

/// A colleague leaves: the leads hear of it.
async fn someone_leaves(world: &World, of: &Actor, name: &str) {
    let leaver = world.colleague(of, "customer", "member", name).await;
    let members = leaver.get("/v1/members").await.expect(200).json();
    let own = members.as_array().unwrap().iter().find(|m| m["email"] == leaver.email.as_str());
    let path = format!("/v1/members/{}", own.unwrap()["membership"].as_str().unwrap());
    leaver.delete(&path).await.expect(204);
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_and_a_mail() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus Outdoor").await;
    let mia = world.colleague(&petra, "customer", "member", "mia").await;
    someone_leaves(&world, &petra, "jonas").await;
    let page = notices(&petra).await;
    assert_eq!(page["unread"], 1);
    assert_eq!(page["items"][0]["title"], "The seat of jonas has ended");
    assert_eq!(page["items"][0]["link"], "/members");
    assert_eq!(notices(&mia).await["unread"], 0, "members are not told");
    let mails = world.mails_to(&petra.email).await;
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0]["subject"], "The seat of jonas has ended");
    let text = mails[0]["text"].as_str().unwrap();
    assert!(text.contains(&format!("{}/p/larkfield/members", world.base)), "{text}");
    let kept = world.sql("SELECT count(*) FROM jobs WHERE kind = 'mail' AND facts <> '{}'").await;
    assert_eq!(kept[0].get::<_, i64>(0), 0, "a sent mail is not kept");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_read_is_read() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus Outdoor").await;
    let karin = world.customer("Moor Lodges").await;
    for name in ["jonas", "lena", "olof"] {
        someone_leaves(&world, &petra, name).await;
    }
    let first = petra.get("/v1/notices?limit=2").await.expect(200).json();
    assert_eq!(first["items"].as_array().unwrap().len(), 2);
    assert_eq!(first["items"][0]["title"], "The seat of olof has ended");
    let cursor = first["next"].as_str().unwrap();
    let second = petra.get(&format!("/v1/notices?limit=2&cursor={cursor}")).await.expect(200);
    assert_eq!(second.json()["items"].as_array().unwrap().len(), 1);
    assert_eq!(second.json()["next"], Value::Null);
    karin.get(&format!("/v1/notices?cursor={cursor}")).await.refused(422, "bad-cursor");
    let id = first["items"][0]["id"].as_str().unwrap();
    let read = format!("/v1/notices/{id}/read");
    karin.post(&read, json!({})).await.refused(404, "not-found");
    petra.post(&read, json!({})).await.expect(204);
    petra.post(&read, json!({})).await.expect(204);
    assert_eq!(notices(&petra).await["unread"], 2);
    petra.post("/v1/notices/read-all", json!({})).await.expect(204);
    assert_eq!(notices(&petra).await["unread"], 0);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_muted_kind_is_told_but_not_mailed_and_money_is_never_muted() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus Outdoor").await;
    let path = "/v1/notices/muted";
    let mute = |kinds: Value| json!({ "kinds": kinds });
    for never in ["money", "access", "dispute"] {
        petra.put(path, mute(json!(["team", never]))).await.refused(422, "never-muted");
    }
    petra.put(path, mute(json!(["weather"]))).await.refused(422, "unknown-notice-kind");
    petra.put(path, mute(json!(["team", "review", "team"]))).await.expect(204);
    petra.put(path, mute(json!(["team"]))).await.expect(204);
    let kinds = petra.get(path).await.expect(200).json();
    let muted = |kinds: &Value| -> Vec<String> {
        let all = kinds.as_array().unwrap().iter().filter(|k| k["muted"] == true);
        all.map(|k| k["kind"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(muted(&kinds), ["team"]);
    someone_leaves(&world, &petra, "jonas").await;
    assert_eq!(notices(&petra).await["unread"], 1);
    assert_eq!(world.mails_to(&petra.email).await.len(), 0);
    petra.put(path, mute(json!([]))).await.expect(204);
    assert_eq!(muted(&petra.get(path).await.expect(200).json()), [""; 0]);
    someone_leaves(&world, &petra, "lena").await;
    assert_eq!(world.mails_to(&petra.email).await.len(), 1);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_person_is_told_moments_in_their_own_zone() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus Outdoor").await;
    let ines = world.consultant("Brandt Studio").await;
    let lena = world.colleague(&ines, "partner", "admin", "lena").await;
    for (who, zone) in [(&ines, "Asia/Kolkata"), (&lena, "UTC")] {
        let set = format!("UPDATE persons SET zone = '{zone}' WHERE id = '{}'", who.person);
        offers::change(&world, &set).await;
    }
    let engagement = world.engagement(&petra, &ines, &[10_000]).await;
    world.settle().await;
    let path = format!("/v1/engagements/{engagement}/statement-of-work");
    let by: DateTime<Utc> = ines.get(&path).await.expect(200).at("/accept_by").parse().unwrap();
    let india = FixedOffset::east_opt(19_800).unwrap();
    let hers = by.with_timezone(&india).format("%A %-d %B %Y, %H:%M (Kolkata, UTC+5:30)");
    let theirs = by.format("%A %-d %B %Y, %H:%M UTC");
    for (who, words) in [(&ines, hers.to_string()), (&lena, theirs.to_string())] {
        let told = notices(who).await["items"].to_string();
        assert!(told.contains(&words), "{told} lacks {words}");
        let mails = world.mails_to(&who.email).await;
        let mailed = |m: &Value| {
            let text = m["text"].as_str().unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
            text.contains(&words)
        };
        assert!(mails.iter().any(mailed), "{mails:?} lack {words}");
    }
    world.end().await;
}
