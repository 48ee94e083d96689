//! How much a call uses up is told by what it says and names: never less than it is, and what
//! nobody can tell is refused while there is a budget for it.

use crate::support::larkfield::{PETRA, Tool};
use crate::support::reader::{Reader, says};
use crate::support::{Actor, World};
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
    async fn described(changes: &[(&str, &str)]) -> Self {
        let world = World::described(changes).await;
        let petra = world.customer("Fjordhaus").await;
        let expert = world.consultant("Brandt").await;
        let (engagement, _) = world.active(&petra, &expert, &[10_000]).await;
        let connection = world.connects(&petra, PETRA).await;
        Self { world, petra, expert, engagement, connection }
    }

    fn choice(&self, recipients: u64) -> Value {
        json!({
            "connection": self.connection, "preset": "full-operator", "asks": [],
            "budgets": { "recipients": recipients },
        })
    }

    async fn tool(&self, recipients: u64) -> Tool {
        let parties = (&self.petra, &self.expert);
        let choice = self.choice(recipients);
        let grant = self.world.grants_choice(parties, &self.engagement, choice).await;
        Tool::with_key(&self.expert, &grant).await
    }
}

const CHANGE: &str = "undo = { by = \"change-contact\" }";
/// A change counts whom its lists reach, and one for each tag; but not for contacts that left.
const COUNTED: &str = "undo = { by = \"change-contact\" }\ncost.unit = \"recipients\"\n\
                       cost.look = \"show-list\"\ncost.by = { list = \"list_ids\" }\n\
                       cost.at = \"reachable\"\ncost.count = \"tags\"\n\
                       cost.unless = [\"status=unsubscribed\", \"last_name\"]";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_named_in_lists_is_looked_up_and_added_up() {
    let scene = Scene::described(&[(CHANGE, COUNTED)]).await;
    let parties = (&scene.petra, &scene.expert);
    let free = (&scene.engagement, &scene.connection);
    let free = scene.world.grants(parties, free.0, free.1, "run-campaigns").await;
    let all = Tool::with_key(&scene.expert, &free).await;
    let lists = all.get("/lists").await.expect(200).json()["items"].as_array().unwrap().clone();
    let ids: Vec<&Value> = lists.iter().take(2).map(|list| &list["id"]).collect();
    let reached = lists.iter().take(2).map(|list| list["reachable"].as_u64().unwrap());
    let reached: u64 = reached.sum();
    assert!(ids.len() == 2 && reached > 0, "{lists:?}");
    // The contact has no last name, so nothing says that others are reached.
    let contact = json!({ "email": "new@fjordhaus.example", "list_ids": [ids[0]] });
    let contact = all.post("/contacts", contact).await.expect(201).id();
    let path = format!("/contacts/{contact}");
    let end = format!("/v1/grants/{free}/end");
    scene.petra.post(&end, json!({})).await.expect(200);
    // The new contact is one more on its list.
    let tool = scene.tool(reached + 1 + 3).await;
    scene.world.forgets().await;
    let sets = |body: Value| tool.send(Method::PATCH, &path, Some(body));
    let three = json!(["a", "b", "c"]);
    let over = json!({ "list_ids": ids, "tags": ["a", "b", "c", "d"] });
    sets(over).await.refused(403, "budget-spent");
    let mut asked = scene.world.asked_of_api().await;
    asked.sort();
    let list = |id: &Value| format!("GET /api/v1/lists/{}", id.as_str().unwrap());
    let mut looked = [format!("GET /api/v1{path}"), list(ids[0]), list(ids[1])];
    looked.sort();
    assert_eq!(asked, looked, "each once, and nothing was changed");
    let unknown = [
        json!({ "list_ids": ids, "tags": three, "status": "unsubscribed" }),
        json!({ "list_ids": ids, "tags": three, "last_name": "Dahl" }),
        json!({ "list_ids": ["lst_999999"], "tags": three }),
        json!({ "list_ids": (0..21).map(|n| format!("lst_{n}")).collect::<Vec<_>>() }),
    ];
    for body in unknown {
        sets(body).await.refused(403, "budget-unknown");
    }
    let twice = json!({ "list_ids": [ids[0], ids[1], ids[0]], "tags": three });
    sets(twice).await.expect(200);
    scene.world.end().await;
}

const SENDS: &str = "cost = { unit = \"recipients\", look = \"show-list\", by = { list = \
                     \"list_id\" }, at = \"reachable\", real = \"recipients\" }";
const ITSELF: &str = "cost = { unit = \"recipients\", look = \"show-campaign\", at = \"version\" }";

async fn draft(tool: &Tool) -> String {
    let list = tool.get("/lists").await.expect(200).at("/items/0/id");
    let draft = json!({
        "name": "Spring", "subject": "Hi", "from_email": "hi@fjordhaus.example",
        "list_id": list, "body": "Dear",
    });
    format!("/campaigns/{}", tool.post("/campaigns", draft).await.expect(201).id())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thing_that_tells_its_own_number_is_looked_at_once() {
    let scene = Scene::described(&[(SENDS, ITSELF)]).await;
    let tool = scene.tool(1).await;
    let draft = draft(&tool).await;
    let schedule = format!("{draft}/schedule");
    let at = json!({ "scheduled_at": "2030-01-01T09:00:00Z" });
    let renamed = Some(json!({ "subject": "Hello" }));
    tool.send(Method::PATCH, &draft, renamed).await.expect(200);
    scene.world.forgets().await;
    tool.post(&schedule, at).await.refused(403, "budget-spent");
    assert_eq!(scene.world.asked_of_api().await, [format!("GET /api/v1{draft}")]);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_can_count_is_refused_and_said_to_be() {
    let invites = "fields = [\"email\", \"name\", \"role\"]";
    let counted = format!("{invites}\ncost = {{ unit = \"recipients\", each = 1 }}");
    let scene = Scene::described(&[(SENDS, ""), (SENDS, ""), (invites, &counted)]).await;
    let tool = scene.tool(1_000).await;
    let draft = draft(&tool).await;
    scene.world.forgets().await;
    tool.post(&format!("{draft}/send"), json!({})).await.refused(403, "budget-unknown");
    assert!(scene.world.asked_of_api().await.is_empty(), "nobody is asked what cannot be told");
    let preview = scene.petra.post("/v1/grants/preview", scene.choice(9)).await.expect(200).json();
    let cannot = preview["consent"]["cannot"].to_string();
    assert!(cannot.contains("schedule a campaign or send it"), "{preview}");
    let mut reader = Reader::of(&scene.world, &scene.petra.email).await;
    let page = format!("/engagements/{}/access", scene.engagement);
    let page = format!("{page}?connection={}&preset=full-operator", scene.connection);
    let page = reader.open(&page).await;
    says(&page, "Nobody can tell beforehand how much these use up");
    says(&page, "send a campaign");
    scene.world.end().await;
}
