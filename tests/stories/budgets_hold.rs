//! What a letter may use up is reserved before a call goes out, and no more goes out at once.

use crate::support::larkfield::{PETRA, Tool};
use crate::support::{Actor, World, race};
use chrono::Duration;
use reqwest::Method;
use serde_json::{Value, json};

struct Scene {
    world: World,
    petra: Actor,
    expert: Actor,
    engagement: String,
    connection: String,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new().await;
        let petra = world.customer("Fjordhaus").await;
        let expert = world.consultant("Brandt").await;
        let (engagement, _) = world.active(&petra, &expert, &[10_000]).await;
        let connection = world.connects(&petra, PETRA).await;
        Self { world, petra, expert, engagement, connection }
    }

    fn choice(&self, budgets: Value) -> Value {
        json!({
            "connection": self.connection, "preset": "full-operator", "asks": [],
            "budgets": budgets,
        })
    }

    async fn tool(&self, budgets: Value) -> Tool {
        let parties = (&self.petra, &self.expert);
        let choice = self.choice(budgets);
        let grant = self.world.grants_choice(parties, &self.engagement, choice).await;
        Tool::with_key(&self.expert, &grant).await
    }

    async fn used(&self, tool: &Tool, unit: &str) -> u64 {
        let usage = format!("/v1/grants/{}/usage", tool.grant);
        let usage = self.petra.get(&usage).await.expect(200).json();
        let budgets = usage["budgets"].as_array().unwrap().clone();
        budgets.iter().find(|b| b["unit"] == unit).unwrap()["used"].as_u64().unwrap()
    }
}

async fn contacts(tool: &Tool) -> Vec<String> {
    let found = tool.get("/contacts").await.expect(200).json();
    let items = found["items"].as_array().unwrap().clone();
    items.iter().map(|c| c["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_29_of_parallel_deletes_no_more_go_out_than_the_budget_lets() {
    let scene = Scene::new().await;
    let tool = scene.tool(json!({ "deletes": 1 })).await;
    let ids = contacts(&tool).await;
    scene.world.forgets().await;
    let answers = race(ids.iter().take(8).map(|id| {
        let (tool, at) = (tool.clone(), format!("/contacts/{id}"));
        async move { tool.send(Method::DELETE, &at, None).await }
    }))
    .await;
    assert_eq!(answers.iter().filter(|a| a.status == 204).count(), 1);
    for answer in answers.into_iter().filter(|a| a.status != 204) {
        answer.refused(403, "budget-spent");
    }
    let sent = scene.world.asked_of_api().await;
    assert_eq!(sent.iter().filter(|call| call.starts_with("DELETE")).count(), 1, "{sent:?}");
    assert_eq!(scene.used(&tool, "deletes").await, 1);
    // Each day of the customer's begins anew.
    scene.world.advance(Duration::days(1)).await;
    assert_eq!(scene.used(&tool, "deletes").await, 0);
    let next = contacts(&tool).await;
    tool.send(Method::DELETE, &format!("/contacts/{}", next[0]), None).await.expect(204);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_application_refused_is_given_back() {
    let scene = Scene::new().await;
    let tool = scene.tool(json!({ "deletes": 1 })).await;
    tool.send(Method::DELETE, "/contacts/con_999999", None).await.expect(404);
    assert_eq!(scene.used(&tool, "deletes").await, 0);
    let id = contacts(&tool).await.remove(0);
    let fails = json!({ "status": { "code": 503, "calls": 1 } });
    scene.world.orders(fails).await;
    tool.send(Method::DELETE, &format!("/contacts/{id}"), None)
        .await
        .refused(502, "upstream-failed");
    assert_eq!(scene.used(&tool, "deletes").await, 1, "nobody knows, so it counts");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sends_and_exports_are_counted_before_they_go_out() {
    let scene = Scene::new().await;
    let tool = scene.tool(json!({ "recipients": 1, "contacts": 5 })).await;
    let lists = tool.get("/lists").await.expect(200).json();
    let lists = lists["items"].as_array().unwrap().clone();
    let big = lists.iter().max_by_key(|l| l["reachable"].as_u64().unwrap()).unwrap();
    let draft = json!({
        "name": "Spring", "subject": "Hello", "from_email": "hi@fjordhaus.example",
        "list_id": big["id"], "body": "Dear friend",
    });
    let campaign = tool.post("/campaigns", draft).await.expect(201).id();
    let send = format!("/campaigns/{campaign}/send");
    scene.world.forgets().await;
    tool.post(&send, json!({})).await.refused(403, "budget-spent");
    tool.post("/contacts/export", json!({})).await.refused(403, "budget-unknown");
    let export = json!({ "list_id": big["id"] });
    tool.post("/contacts/export", export).await.refused(403, "budget-spent");
    let api = scene.world.asked_of_api().await;
    assert!(api.iter().all(|call| call.starts_with("GET ")), "{api:?}");
    assert_eq!(scene.used(&tool, "contacts").await, 0);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_letter_says_its_budgets_and_they_are_never_raised() {
    let scene = Scene::new().await;
    let choice = scene.choice(json!({ "recipients": 2500, "deletes": 10 }));
    let preview = scene.petra.post("/v1/grants/preview", choice).await.expect(200).text();
    assert!(preview.contains("to at most 2,500 people each time"), "{preview}");
    assert!(preview.contains("at most 10 a day"), "{preview}");
    for bad in [json!({ "deletes": 0 }), json!({ "spend": 0 }), json!({ "mails": 5 })] {
        let answer = scene.petra.post("/v1/grants/preview", scene.choice(bad)).await;
        assert!(matches!(answer.status, 400 | 422), "{}", answer.status);
    }
    let asking = json!({
        "connection": scene.connection, "preset": "full-operator", "budgets": { "deletes": 3 },
    });
    let preview = scene.petra.post("/v1/grants/preview", asking).await.expect(200).text();
    let asked = preview.matches("only after the customer's yes").count();
    assert_eq!(asked, 5, "what deletes, exports and administers is asked for: {preview}");
    scene.world.end().await;
}

/// A list with these people on it, and what a text to it costs at most.
async fn list_of(tool: &Tool, countries: &[&str]) -> (String, u64) {
    let made = json!({ "name": "Readers", "description": "x" });
    let list = tool.post("/lists", made).await.expect(201).id();
    for (n, country) in countries.iter().enumerate() {
        let contact = json!({ "email": format!("r{n}@readers.example"), "status": "subscribed",
            "country": country, "list_ids": [list] });
        tool.post("/contacts", contact).await.expect(201);
    }
    let shown = tool.get(&format!("/lists/{list}")).await.expect(200).json();
    let most = shown["text_cost_minor"].as_u64().unwrap();
    (list, most)
}

#[tokio::test(flavor = "multi_thread")]
async fn money_is_reserved_before_it_is_spent_and_settled_after() {
    let scene = Scene::new().await;
    let account = scene.petra.get("/v1/connections").await.expect(200);
    let currency = account.at("/0/currency");
    let free = scene.tool(json!({})).await;
    let home = free.get("/account").await.expect(200).at("/country");
    let abroad = if home == "NO" { "SE" } else { "NO" };
    let (list, most) = list_of(&free, &[&home, &home, abroad]).await;
    let end = format!("/v1/grants/{}/end", free.grant);
    scene.petra.post(&end, json!({})).await.expect(200);
    // Enough for two of them by what they may cost, whatever they cost in the end.
    let tool = scene.tool(json!({ "spend": most * 2 })).await;
    let letter = scene.petra.get(&format!("/v1/grants/{}", tool.grant)).await.expect(200).text();
    let budget = format!("at most {currency} {}.{:02} in all", most * 2 / 100, most * 2 % 100);
    assert!(letter.contains(&format!("for {budget}")), "{budget}: {letter}");
    let text = || json!({ "list_id": list, "text": "We are open on Sunday." });
    scene.world.forgets().await;
    let sent = tool.post("/texts", text()).await.expect(201).json();
    let cost = sent["cost_minor"].as_u64().unwrap();
    assert!(cost < most, "it was cheaper than it might have been: {sent}");
    assert_eq!(scene.used(&tool, "spend").await, cost, "settled by what it really cost");
    // What is left lets one more go out, however many come at once.
    let answers = race((0..8).map(|_| {
        let (tool, body) = (tool.clone(), text());
        async move { tool.post("/texts", body).await }
    }))
    .await;
    let done = answers.iter().filter(|a| a.status == 201).count();
    assert_eq!(done, 1, "{:?}", answers.iter().map(|a| a.status).collect::<Vec<_>>());
    for answer in answers.into_iter().filter(|a| a.status != 201) {
        let told = answer.refused(403, "budget-spent").at("/detail");
        assert!(told.contains(&budget), "{told}");
    }
    let api = scene.world.asked_of_api().await;
    let posts = api.iter().filter(|call| call.starts_with("POST")).count();
    assert_eq!(posts, 2, "nothing else was sent: {api:?}");
    assert_eq!(scene.used(&tool, "spend").await, cost * 2);
    // Unlike a day's, this budget is the letter's whole life.
    scene.world.advance(Duration::days(2)).await;
    assert_eq!(scene.used(&tool, "spend").await, cost * 2);
    scene.world.end().await;
}
