//! A consultant tries calls of a letter on its console: without a key, through the same gateway,
//! with the same answers, budgets, questions to the customer and lines in the log.

use crate::support::larkfield::{PETRA, Tool};
use crate::support::reader::{Reader, says};
use crate::support::{Actor, World};
use attache::demo::browser::{Form, Page};
use serde_json::{Value, json};

struct Scene {
    world: World,
    petra: Actor,
    expert: Actor,
    engagement: String,
    grant: String,
    ines: Reader,
}

impl Scene {
    async fn new(choice: Value) -> Self {
        let world = World::new().await;
        let petra = world.customer("Fjordhaus").await;
        let expert = world.consultant("Brandt").await;
        let (engagement, _) = world.active(&petra, &expert, &[10_000]).await;
        let connection = world.connects(&petra, PETRA).await;
        let mut choice = choice;
        choice["connection"] = json!(connection);
        let grant = world.grants_choice((&petra, &expert), &engagement, choice).await;
        let ines = Reader::of(&world, &expert.email).await;
        Self { world, petra, expert, engagement, grant, ines }
    }

    fn path(&self) -> String {
        format!("/grants/{}/console", self.grant)
    }

    /// The form of one call.
    async fn form(&mut self, operation: &str) -> Form {
        let page = self.ines.open(&format!("{}?operation={operation}", self.path())).await;
        assert_eq!(page.status, 200, "{}", page.shown());
        self.form_of(page)
    }

    fn form_of(&self, mut page: Page) -> Form {
        let at = page.text.find("method=\"post\" action=\"/p/larkfield/grants/");
        let at = at.and_then(|at| page.text[..at].rfind("<form")).expect("a form to send");
        page.text = page.text.split_off(at);
        page.form(&format!("/p/larkfield{}", self.path())).unwrap()
    }

    /// Ids of what the account holds, as a program of the same letter finds them.
    async fn ids(&self, path: &str) -> Vec<String> {
        let tool = Tool::with_key(&self.expert, &self.grant).await;
        let found = tool.get(path).await.expect(200).json();
        let items = found["items"].as_array().unwrap();
        items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
    }

    /// A draft with everything that the application wants.
    async fn draft(&mut self, name: &str) -> Form {
        let list = self.ids("/lists").await.remove(0);
        let form = self.form("write-draft").await.set("f-name", name).set("f-subject", "Hello");
        form.set("f-from_email", "hello@fjordhaus.example").set("f-list_id", &list)
    }

    async fn lines(&self, what: &str) -> i64 {
        let sql = format!("SELECT count(*) FROM access_log WHERE {what}");
        self.world.sql(&sql).await[0].get(0)
    }
}

#[track_caller]
fn lacks(page: &Page, words: &str) {
    assert!(!page.text.contains(words), "{} says {words:?}: {}", page.shown(), page.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_looked_at_comes_back_with_its_line() {
    let mut scene = Scene::new(json!({ "preset": "author-drafts", "asks": [] })).await;
    let letter = scene.ines.open(&format!("/grants/{}", scene.grant)).await;
    says(&letter, &scene.path());
    let page = scene.ines.open(&scene.path()).await;
    says(&page, "GET /campaigns");
    says(&page, "Bearer $ATTACHE_KEY");
    lacks(&page, "agk_");
    lacks(&page, "delete-contact");
    let form = scene.form("list-campaigns").await.set("q-limit", "2");
    let answer = scene.ines.send(&form).await;
    assert_eq!(answer.status, 200, "{}", answer.shown());
    says(&answer, "200 OK");
    says(&answer, "cmp_0002");
    says(&answer, &format!("/gw/{}/campaigns?limit=2", scene.grant));
    says(&answer, "#call-");
    lacks(&answer, "lka_");
    let by_hand = "key_id IS NULL AND outcome = 'done' AND operation_id = 'list-campaigns'";
    assert_eq!(scene.lines(by_hand).await, 1);
    let at = answer.text.find("#call-").unwrap();
    let line = answer.text[at + 1..at + 42].to_owned();
    let log = scene.ines.open(&format!("/access/log?grant={}", scene.grant)).await;
    says(&log, &format!("id=\"{line}\""));
    says(&log, "by hand");
    let trail =
        scene.world.sql("SELECT body FROM audit_records WHERE body LIKE '%\"call\"%'").await;
    let said: String = trail[0].get(0);
    assert!(said.contains("\"from\" : \"console\"") && said.contains("\"key\" : null"), "{said}");
    let seen = scene.petra.get("/v1/access-log").await.expect(200);
    assert_eq!(seen.json()["items"][0]["by_hand"], json!(true));
    // What cannot stand in an address is told beside its blank; nothing is called.
    let form = scene.form("show-campaign").await;
    let missing = scene.ines.send(&form).await;
    assert_eq!(missing.status, 422);
    says(&missing, "Fill in campaign");
    let form = scene.form("show-campaign").await.set("p-campaign", "a/../b");
    let odd = scene.ines.send(&form).await;
    assert!(odd.status == 422 || odd.text.contains("Refused"), "{}", odd.shown());
    let none = scene.form("show-campaign").await.set("p-campaign", "cmp_999999");
    says(&scene.ines.send(&none).await, "404 Not Found");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_something_is_shown_first_and_sent_once() {
    let mut scene = Scene::new(json!({ "preset": "author-drafts", "asks": [] })).await;
    let form = scene.draft("It's \"spring\"").await;
    let sure = scene.ines.send(&form).await;
    says(&sure, "Send this to Fjordhaus Outdoor EU?");
    says(&sure, "POST /campaigns");
    assert_eq!(scene.lines("key_id IS NULL").await, 0, "nothing is called before the second press");
    let sure = scene.form_of(sure);
    let back = scene.ines.send(&sure.clone().set("step", "change")).await;
    says(&back, "spring&quot;");
    let send = sure.set("step", "send");
    let done = scene.ines.send(&send).await;
    says(&done, "201 Created");
    let again = scene.ines.send(&send).await;
    assert_eq!(again.text, done.text, "one press sends one call, however often it comes");
    assert_eq!(scene.lines("outcome = 'begun' AND key_id IS NULL").await, 1);
    assert_eq!(scene.lines("outcome = 'done' AND key_id IS NULL").await, 1);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_customer_is_asked_and_budgets_hold_here_too() {
    let choice = json!({
        "preset": "full-operator", "asks": ["write-drafts"], "budgets": { "deletes": 1 },
    });
    let mut scene = Scene::new(choice).await;
    let form = scene.draft("Spring").await;
    let sure = scene.ines.send(&form).await;
    says(&sure, "Ask the customer");
    let ask = scene.form_of(sure).set("step", "send");
    let asked = scene.ines.send(&ask).await;
    says(&asked, "202 Accepted");
    says(&asked, "/p/larkfield/approvals/");
    let waiting = scene.petra.get("/v1/approvals?open=true").await.expect(200).json();
    let id = waiting["items"][0]["id"].as_str().unwrap();
    let open = scene.petra.get(&format!("/v1/approvals/{id}")).await.expect(200);
    let hash = open.at("/call/request_hash");
    let yes = json!({ "request_hash": hash });
    scene.petra.post(&format!("/v1/approvals/{id}/approve"), yes).await.expect(200);
    let sure = scene.ines.send(&form).await;
    let sent = scene.ines.send(&scene.form_of(sure).set("step", "send")).await;
    says(&sent, "201 Created");
    let contacts = scene.ids("/contacts?limit=2").await;
    for (contact, words) in contacts.iter().zip(["204", "Over the budget"]) {
        let form = scene.form("delete-contact").await.set("p-contact", contact);
        let sure = scene.ines.send(&form).await;
        let told = scene.ines.send(&scene.form_of(sure).set("step", "send")).await;
        says(&told, words);
    }
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_tries_and_an_end_holds_at_once() {
    let mut scene = Scene::new(json!({ "preset": "read-only", "asks": [] })).await;
    let kept = scene.form("list-campaigns").await;
    let mut customer = Reader::of(&scene.world, &scene.petra.email).await;
    assert_eq!(customer.open(&scene.path()).await.status, 403);
    let colleague = scene.world.colleague(&scene.expert, "partner", "admin", "Ada").await;
    let mut ada = Reader::of(&scene.world, &colleague.email).await;
    assert_eq!(ada.open(&scene.path()).await.status, 403);
    let rival = scene.world.customer("Rival").await;
    let mut rival = Reader::of(&scene.world, &rival.email).await;
    assert_eq!(rival.open(&scene.path()).await.status, 404);
    let mut forged = kept.clone();
    forged.fields.retain(|(name, _)| name != "csrf");
    assert_eq!(scene.ines.send(&forged).await.status, 403, "a form without its secret");
    let beyond = scene.ines.send(&kept.clone().set("operation", "delete-contact")).await;
    assert_eq!(beyond.status, 404, "{}", beyond.shown());
    assert_eq!(scene.lines("true").await, 0);
    let pause = format!("/v1/engagements/{}/pause", scene.engagement);
    scene.expert.post(&pause, json!({ "reason": "Holidays." })).await.expect(200);
    let rests = scene.ines.send(&kept).await;
    says(&rests, "403 Forbidden");
    says(&rests, "The work rests: the work is paused");
    let end = format!("/v1/grants/{}/end", scene.grant);
    scene.petra.post(&end, json!({})).await.expect(200);
    let form = scene.form("list-campaigns").await;
    let over = scene.ines.send(&form).await;
    says(&over, "This letter of access has ended.");
    assert_eq!(scene.lines("outcome = 'refused' AND key_id IS NULL").await, 2);
    scene.world.end().await;
}
