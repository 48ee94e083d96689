//! One consultant works for two customers: each letter stands for itself, and goes with the person.

use crate::support::larkfield::{PETRA, Tool};
use crate::support::{Actor, World};
use reqwest::Method;
use serde_json::json;

struct Scene {
    world: World,
    expert: Actor,
    hers: Tool,
    karins: Tool,
    karins_connection: String,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new().await;
        let petra = world.customer("Fjordhaus").await;
        let karin = world.customer("Moorhald").await;
        let expert = world.consultant("Brandt").await;
        let (hers, _) = letter(&world, (&petra, &expert), PETRA).await;
        let karins = letter(&world, (&karin, &expert), "karin@moorhald.example").await;
        let (karins, karins_connection) = karins;
        world.forgets().await;
        Self { world, expert, hers, karins, karins_connection }
    }
}

async fn letter(world: &World, parties: (&Actor, &Actor), member: &str) -> (Tool, String) {
    let (engagement, _) = world.active(parties.0, parties.1, &[10_000]).await;
    let connection = world.connects(parties.0, member).await;
    let grant = world.grants(parties, &engagement, &connection, "author-drafts").await;
    (Tool::with_key(parties.1, &grant).await, connection)
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_30_a_key_on_another_letter() {
    let scene = Scene::new().await;
    let Scene { world, hers, karins, .. } = &scene;
    let crossed = Tool { grant: karins.grant.clone(), ..hers.clone() };
    let denied = crossed.get("/account").await;
    let nowhere = Tool { grant: world.larkfield.vendor.to_string(), ..hers.clone() };
    let unknown = nowhere.get("/account").await;
    assert_eq!(denied.status, unknown.status);
    let words = |answer: &crate::support::Answer| answer.json()["detail"].clone();
    assert_eq!(words(&denied), words(&unknown), "whether a letter exists is not told");
    denied.refused(404, "not-found");
    let description = crossed.get("/openapi.json").await;
    assert_eq!(description.status, 404, "{}", description.text());
    assert!(world.hits().await.is_empty());
    hers.get("/account").await.expect(200);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_31_everything_of_a_consultant_who_leaves_ends_at_once() {
    let scene = Scene::new().await;
    let Scene { world, expert, hers, karins, .. } = &scene;
    let owner = world.colleague(expert, "partner", "owner", "Brandt Two").await;
    for tool in [hers, karins] {
        tool.get("/account").await.expect(200);
    }
    let members = owner.get("/v1/members").await.expect(200).json();
    let seat = members.as_array().unwrap().iter().find(|m| m["email"] == expert.email.as_str());
    let seat = seat.unwrap()["membership"].as_str().unwrap().to_owned();
    world.forgets().await;
    owner.delete(&format!("/v1/members/{seat}")).await.expect(204);
    for tool in [hers, karins] {
        tool.get("/account").await.refused(403, "grant-ended");
    }
    assert!(world.hits().await.is_empty(), "not one call went out after it");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_41_another_customers_connection_is_named() {
    let scene = Scene::new().await;
    let Scene { world, hers, karins, karins_connection, .. } = &scene;
    let campaign = karins.get("/campaigns").await.expect(200).at("/items/0/id");
    let account = karins.get("/account").await.expect(200).at("/id");
    world.forgets().await;
    let query = format!("/account?connection={karins_connection}");
    hers.get(&query).await.refused(403, "operation-denied");
    let body = json!({ "name": "x", "connection": karins_connection });
    hers.post("/campaigns", body).await.refused(403, "operation-denied");
    assert!(world.hits().await.is_empty());
    let path = format!("/gw/{}/account", hers.grant);
    let request = hers.actor.request(Method::GET, &path);
    let request = request
        .header("x-attache-connection", karins_connection.as_str())
        .header("x-account", account.as_str());
    let seen = hers.actor.answer(Method::GET, &path, request).await.expect(200).at("/id");
    assert_ne!(seen, account, "the account is that of the letter, whatever is named");
    hers.get(&format!("/campaigns/{campaign}")).await.expect(404);
    scene.world.end().await;
}
