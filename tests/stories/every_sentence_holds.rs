//! One sentence of each kind that a letter can say, held at the running gateway by a request that
//! goes through and one that is refused. That every sentence is of one of these kinds, and proven
//! by itself, is held beside the sentences.

use crate::support::larkfield::{PETRA, Tool};
use crate::support::{Actor, Answer, World};
use chrono::Duration;
use reqwest::Method;
use serde_json::{Value, json};

/// One call of each action that the sandbox's application has.
const CALLS: &[(&str, Method, &str)] = &[
    ("see-account", Method::GET, "/account"),
    ("see-contacts", Method::GET, "/contacts"),
    ("see-lists", Method::GET, "/lists"),
    ("see-list-members", Method::GET, "/lists/{list}/contacts"),
    ("see-campaigns", Method::GET, "/campaigns"),
    ("see-reports", Method::GET, "/reports/summary?from=2026-01-01&to=2026-02-01"),
    ("change-contacts", Method::POST, "/contacts"),
    ("create-lists", Method::POST, "/lists"),
    ("write-drafts", Method::POST, "/campaigns"),
    ("send-campaigns", Method::POST, "/campaigns/{campaign}/send"),
    ("send-texts", Method::POST, "/texts"),
    ("delete-contacts", Method::DELETE, "/contacts/{contact}"),
    ("delete-campaigns", Method::DELETE, "/campaigns/{campaign}"),
    ("export-contacts", Method::POST, "/contacts/export"),
    ("see-users", Method::GET, "/users"),
    ("invite-users", Method::POST, "/users"),
];

struct Scene {
    world: World,
    petra: Actor,
    connection: String,
    /// Things of the account: a list, another one, and a contact.
    list: String,
    other_list: String,
    contact: String,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new().await;
        let petra = world.customer("Petra Fjordhaus").await;
        let connection = world.connects(&petra, PETRA).await;
        let empty = String::new;
        let mut scene =
            Self { world, petra, connection, list: empty(), other_list: empty(), contact: empty() };
        let (_, tool) = scene.letter("Scout", json!({ "preset": "full-operator" })).await;
        let lists = tool.get("/lists").await.expect(200).json();
        let ids: Vec<&str> =
            lists["items"].as_array().unwrap().iter().map(|l| l["id"].as_str().unwrap()).collect();
        (scene.list, scene.other_list) = (ids[0].to_owned(), ids[1].to_owned());
        let contacts = tool.get("/contacts").await.expect(200).json();
        scene.contact = contacts["items"][0]["id"].as_str().unwrap().to_owned();
        scene
    }

    /// A letter of its own person, with what is chosen; nothing is asked unless that says so.
    async fn letter(&self, name: &str, choice: Value) -> (String, Tool) {
        let expert = self.world.consultant(name).await;
        let (engagement, _) = self.world.active(&self.petra, &expert, &[10_000]).await;
        let mut whole = json!({ "connection": self.connection, "asks": [] });
        whole.as_object_mut().unwrap().extend(choice.as_object().unwrap().clone());
        let grant = self.world.grants_choice((&self.petra, &expert), &engagement, whole).await;
        let tool = Tool::with_key(&expert, &grant).await;
        (grant, tool)
    }

    /// What a letter says: each sentence with its action, those of *can* and those of *cannot*.
    async fn sentences(&self, grant: &str) -> (Vec<(String, String)>, Vec<(String, String)>) {
        let letter = self.petra.get(&format!("/v1/grants/{grant}")).await.expect(200).json();
        let read = |sentence: &Value| {
            let text = |name: &str| sentence[name].as_str().unwrap_or_default().to_owned();
            (text("action"), text("text"))
        };
        let groups = letter["consent"]["can"].as_array().unwrap();
        let can = groups.iter().flat_map(|group| group["sentences"].as_array().unwrap());
        let cannot = letter["consent"]["cannot"].as_array().unwrap();
        (can.map(read).collect(), cannot.iter().map(read).collect())
    }

    /// A call of an action, about a draft of its own where it is about one.
    async fn calls(&self, tool: &Tool, maker: &Tool, action: &str) -> Answer {
        let found = CALLS.iter().find(|(id, ..)| *id == action);
        let (_, method, path) = found.unwrap_or_else(|| panic!("no call proves {action}"));
        let campaign = match path.contains("{campaign}") {
            true => self.draft(maker).await,
            false => String::new(),
        };
        let path = path.replace("{list}", &self.list).replace("{campaign}", &campaign);
        let path = path.replace("{contact}", &self.contact);
        let body = match action {
            "change-contacts" => Some(json!({ "email": "new@reader.example",
                "status": "subscribed", "list_ids": [self.list] })),
            "create-lists" => Some(json!({ "name": "A list", "description": "x" })),
            "write-drafts" => Some(self.written()),
            "export-contacts" => Some(json!({ "list_id": self.list })),
            "invite-users" => {
                Some(json!({ "email": "new@user.example", "name": "New", "role": "viewer" }))
            }
            "send-campaigns" => Some(json!({})),
            "send-texts" => Some(json!({ "list_id": self.list, "text": "We are open." })),
            _ => None,
        };
        tool.send(method.clone(), &path, body).await
    }

    fn written(&self) -> Value {
        json!({ "name": "Spring", "subject": "Hello", "from_email": "hi@fjordhaus.example",
            "list_id": self.list, "body": "Dear friend" })
    }

    async fn draft(&self, maker: &Tool) -> String {
        maker.post("/campaigns", self.written()).await.expect(201).id()
    }

    /// What the call names no list of is held by the list that it belongs to.
    async fn holds_by_belonging(&self, (maker, tool): (&Tool, &Tool), can: &[(String, String)]) {
        let send = can.iter().find(|(action, _)| action == "send-campaigns").unwrap();
        assert!(send.1.contains(&format!("only the list {}", self.list)), "{}", send.1);
        let (own, other) = (self.draft(maker).await, self.draft(maker).await);
        let moved = json!({ "list_id": self.other_list });
        maker
            .send(Method::PATCH, &format!("/campaigns/{other}"), Some(moved.clone()))
            .await
            .expect(200);
        let reworded = json!({ "subject": "Dear reader" });
        for (campaign, status) in [(&own, 200), (&other, 403)] {
            let here = format!("/campaigns/{campaign}");
            let changed = tool.send(Method::PATCH, &here, Some(reworded.clone())).await;
            assert_eq!(changed.status, status, "{}", changed.text());
            let sent = tool.post(&format!("{here}/send"), json!({})).await;
            assert_eq!(sent.status, status, "{}", sent.text());
        }
        let fled = self.draft(maker).await;
        let away = tool.send(Method::PATCH, &format!("/campaigns/{fled}"), Some(moved)).await;
        away.refused(403, "operation-denied");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_action_is_done_by_who_can_and_refused_to_who_cannot() {
    let scene = Scene::new().await;
    let (all, able) = scene.letter("Able", json!({ "preset": "full-operator" })).await;
    let (some, unable) = scene.letter("Unable", json!({ "preset": "author-drafts" })).await;
    let (can, cannot) = scene.sentences(&all).await;
    let (said, lacks) = scene.sentences(&some).await;
    assert_eq!(can.len(), CALLS.len(), "a sentence without a call: {can:?}");
    assert!(cannot.iter().all(|(action, _)| action.is_empty()), "{cannot:?}");
    // Deleting comes last: the contact is needed before.
    let (last, first): (Vec<_>, Vec<_>) =
        can.iter().partition(|(action, _)| action.starts_with("delete"));
    for (action, text) in first.into_iter().chain(last) {
        let refused = scene.calls(&unable, &able, action).await;
        if said.iter().any(|(known, _)| known == action) {
            assert!(refused.status < 300, "{text}: {}", refused.status);
        } else {
            assert!(lacks.iter().any(|(known, _)| known == action), "{text}");
            refused.refused(403, "operation-denied");
        }
        let done = scene.calls(&able, &able, action).await;
        assert!(done.status < 300, "can {text}: {}", done.status);
    }
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_limit_lets_through_what_keeps_to_it_and_nothing_else() {
    let scene = Scene::new().await;
    let (_, maker) = scene.letter("Maker", json!({ "preset": "full-operator" })).await;
    // "only the list ..", and "but not ..".
    let limited = json!({ "preset": "run-campaigns", "only": { "list": [scene.list] },
        "without_operations": ["schedule-campaign"] });
    let (grant, tool) = scene.letter("Limited", limited).await;
    let (can, _) = scene.sentences(&grant).await;
    let says = |can: &[(String, String)], words: &str| {
        assert!(can.iter().any(|(_, text)| text.contains(words)), "{words}: {can:?}");
    };
    says(&can, &format!("only the list {}", scene.list));
    tool.get(&format!("/lists/{}", scene.list)).await.expect(200);
    tool.get(&format!("/lists/{}", scene.other_list)).await.refused(403, "operation-denied");
    scene.holds_by_belonging((&maker, &tool), &can).await;
    says(&can, "but not schedule a campaign");
    let campaign = scene.draft(&maker).await;
    let later = json!({ "scheduled_at": (scene.world.clock.now() + Duration::days(9)) });
    let schedule = format!("/campaigns/{campaign}/schedule");
    tool.post(&schedule, later.clone()).await.refused(403, "operation-denied");
    maker.post(&schedule, later).await.expect(200);
    // "each time only after the customer's yes to exactly that".
    let asked = json!({ "preset": "author-drafts", "asks": ["write-drafts"] });
    let (grant, tool) = scene.letter("Asking", asked).await;
    says(
        &scene.sentences(&grant).await.0,
        "each time only after the customer's yes to exactly that",
    );
    let waits = tool.post("/campaigns", scene.written()).await.expect(202);
    let here = format!("/v1/approvals/{}", waits.at("/approval"));
    let hash = scene.petra.get(&here).await.expect(200).at("/call/request_hash");
    let yes = json!({ "request_hash": hash });
    scene.petra.post(&format!("{here}/approve"), yes).await.expect(200);
    tool.post("/campaigns", scene.written()).await.expect(201);
    // "to at most .. people each time", "at most .. contacts a day", "at most .. a day".
    let lists = maker.get(&format!("/lists/{}", scene.list)).await.expect(200).json();
    let reached = lists["reachable"].as_u64().unwrap();
    let held = lists["contacts"].as_u64().unwrap();
    let budgets = json!({ "recipients": reached, "contacts": held, "deletes": 1 });
    let enough = json!({ "preset": "full-operator", "budgets": budgets });
    let (grant, tool) = scene.letter("Enough", enough).await;
    let (can, _) = scene.sentences(&grant).await;
    says(&can, &format!("to at most {reached} people each time"));
    says(&can, &format!("at most {held} contacts a day"));
    says(&can, "at most 1 a day");
    let budgets = json!({ "recipients": reached - 1, "contacts": held - 1 });
    let little = json!({ "preset": "full-operator", "budgets": budgets });
    let (_, short) = scene.letter("Short", little).await;
    for action in ["send-campaigns", "export-contacts"] {
        scene.calls(&short, &maker, action).await.refused(403, "budget-spent");
        assert!(scene.calls(&tool, &maker, action).await.status < 300, "{action}");
    }
    scene.calls(&tool, &maker, "delete-contacts").await.expect(204);
    scene.calls(&tool, &maker, "delete-campaigns").await.refused(403, "budget-spent");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_letter_allows_is_refused_to_the_widest() {
    let scene = Scene::new().await;
    let (grant, tool) = scene.letter("Widest", json!({ "preset": "full-operator" })).await;
    let (_, cannot) = scene.sentences(&grant).await;
    let mut proven = 0;
    for (_, text) in &cannot {
        match text.as_str() {
            "reach anything in the account that is not named here" => {
                tool.get("/billing").await.refused(404, "no-such-operation");
            }
            "see a password, or hold a key of the application itself" => {
                tool.get("/oauth/token").await.refused(404, "no-such-operation");
                let told = tool.get("/account").await.expect(200).text();
                assert!(!told.contains("lka_"), "{told}");
            }
            "lend this access to a colleague" => {
                let colleague =
                    scene.world.colleague(&tool.actor, "partner", "consultant", "Widest").await;
                let keys = format!("/v1/grants/{grant}/keys");
                let key = json!({ "name": "lent" });
                colleague.post(&keys, key).await.refused(404, "not-found");
            }
            "go on after this letter has ended" => {
                tool.get("/account").await.expect(200);
                let end = format!("/v1/grants/{grant}/end");
                scene.petra.post(&end, json!({})).await.expect(200);
                tool.get("/account").await.refused(403, "grant-ended");
            }
            other => panic!("nobody proves: cannot {other}"),
        }
        proven += 1;
    }
    assert_eq!(proven, 4, "{cannot:?}");
    scene.world.end().await;
}
