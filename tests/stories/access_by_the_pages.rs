//! Access from its beginning to its end by the pages alone, in a browser that runs no script.

use crate::support::actor::PASSWORD;
use crate::support::larkfield::{PETRA, Tool};
use crate::support::{Actor, World, deal::milestones};
use attache::demo::browser::{Browser, Form, Page};
use attache::demo::hosted::{self, Member};
use reqwest::Method;
use sandbox::marketing::SAMPLE_PASSWORD;
use serde_json::json;
use url::Url;

/// A person at our pages.
struct Visitor {
    browser: Browser,
    base: Url,
}

impl Visitor {
    async fn of(world: &World, actor: &Actor) -> Self {
        let base: Url = world.base.parse().unwrap();
        let mut visitor = Self { browser: Browser::new(world.client.clone()), base };
        let form = visitor.open("/sign-in").await.form("/p/larkfield/sign-in").unwrap();
        let form = form.set("email", &actor.email).set("password", PASSWORD);
        let page = visitor.send(&form).await;
        assert_eq!(page.status, 200, "{}", page.shown());
        visitor
    }

    async fn open(&mut self, path: &str) -> Page {
        let url = self.base.join(&format!("/p/larkfield{path}")).unwrap();
        self.browser.open(&url).await.unwrap()
    }

    async fn send(&mut self, form: &Form) -> Page {
        self.browser.send(form).await.unwrap()
    }

    /// Posts to a path with nothing but this session's form secret.
    async fn posts(&mut self, path: &str) -> Page {
        let sign_out = self.open("/settings").await.form("/p/larkfield/sign-out").unwrap();
        let csrf = sign_out.value("csrf").unwrap().to_owned();
        let action = self.base.join(&format!("/p/larkfield{path}")).unwrap();
        self.send(&Form { action, fields: vec![("csrf".to_owned(), csrf)] }).await
    }

    /// Connects through the application's own pages, by the link that our page leads on with.
    async fn connects(&mut self, world: &World) -> Page {
        let form = self.open("/connections").await.form("/p/larkfield/connections").unwrap();
        let onwards = self.send(&form).await;
        assert!(onwards.text.contains("http-equiv=\"refresh\""), "{}", onwards.shown());
        let link = onwards.link(world.sandbox.marketing.as_str()).expect("a link to go on by");
        let member = Member { email: PETRA, password: SAMPLE_PASSWORD };
        hosted::allow(&mut self.browser, &link.parse().unwrap(), member).await.unwrap()
    }

    /// The consent screen's form, which follows the one that chooses what is shown.
    async fn consent(&mut self, engagement: &str, query: &str) -> Form {
        let page = self.open(&format!("/engagements/{engagement}/access{query}")).await;
        consent_form(page)
    }

    /// Reads the page until it says this.
    async fn until(&mut self, path: &str, words: &str) -> Page {
        for _ in 0..100 {
            let page = self.open(path).await;
            if page.text.contains(words) {
                return page;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        panic!("{path} never says {words:?}");
    }
}

#[track_caller]
fn consent_form(mut page: Page) -> Form {
    assert!(page.text.contains("shown_preset"), "no terms are shown: {}", page.shown());
    let start = page.text.find("id=\"consent\"").and_then(|at| page.text[..at].rfind("<form"));
    let start = start.unwrap_or_else(|| panic!("no terms to agree to: {}", page.shown()));
    page.text = page.text.split_off(start);
    page.form("/p/larkfield/engagements/").unwrap()
}

#[track_caller]
fn says(page: &Page, status: u16, words: &[&str]) {
    assert_eq!(page.status, status, "{}", page.shown());
    for wanted in words {
        assert!(page.text.contains(wanted), "{} lacks {wanted:?}: {}", page.shown(), page.text);
    }
}

struct Scene {
    world: World,
    petra: Actor,
    expert: Actor,
    engagement: String,
    customer: Visitor,
    consultant: Visitor,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new().await;
        let petra = world.customer("Fjordhaus").await;
        let expert = world.consultant("Brandt").await;
        let (engagement, _) = world.active(&petra, &expert, &[10_000]).await;
        let customer = Visitor::of(&world, &petra).await;
        let consultant = Visitor::of(&world, &expert).await;
        Self { world, petra, expert, engagement, customer, consultant }
    }

    /// Connects and grants; answers the letter.
    async fn granted(&mut self) -> String {
        let connected = self.customer.connects(&self.world).await;
        says(&connected, 200, &["Fjordhaus Outdoor EU is connected", "Give Brandt access"]);
        let form = self.customer.consent(&self.engagement, "").await;
        let page = self.customer.send(&form.set("until", "7").set("password", PASSWORD)).await;
        says(&page, 200, &["Brandt may work in Fjordhaus Outdoor EU", "In force"]);
        page.url.path().rsplit('/').next().unwrap().to_owned()
    }

    /// Makes a key on the letter's page, and sends the same form again.
    async fn key(&mut self, grant: &str) -> Tool {
        let page = self.consultant.open(&format!("/grants/{grant}")).await;
        let callable = ["What can be called", "PATCH /campaigns/{campaign}", "delete-contact"];
        says(&page, 200, &[&callable[..], &["that this letter does not allow"]].concat());
        let form = page.form(&format!("/p/larkfield/grants/{grant}/keys")).unwrap();
        let unnamed = self.consultant.send(&form).await;
        says(&unnamed, 422, &["There is a problem"]);
        let form = unnamed.form(&format!("/p/larkfield/grants/{grant}/keys")).unwrap();
        let form = form.set("name", "script");
        let made = self.consultant.send(&form).await;
        says(&made, 200, &["Shown this once", "curl", "Everything this key can call"]);
        let at = made.text.find("agk_").unwrap();
        let secret = made.text[at..at + 68].to_owned();
        let again = self.consultant.send(&form).await;
        assert_eq!(again.text, made.text, "one form makes one key, however often it is sent");
        let kept = "SELECT 1 FROM idempotency_keys WHERE position('agk_'::bytea IN body) > 0";
        assert!(self.world.sql(kept).await.is_empty(), "the kept answer is sealed");
        let later = self.consultant.open(&format!("/grants/{grant}")).await;
        says(&later, 200, &["script", &secret[64..]]);
        assert!(!later.text.contains(&secret));
        let actor = Actor { token: Some(secret), ..self.expert.clone() };
        Tool { actor, grant: grant.to_owned() }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn from_connecting_to_disconnecting() {
    let mut scene = Scene::new().await;
    let empty = scene.customer.open("/access").await;
    says(&empty, 200, &["Nobody has access"]);
    let grant = scene.granted().await;
    let tool = scene.key(&grant).await;
    tool.get("/campaigns").await.expect(200);
    tool.send(Method::DELETE, "/campaigns/cmp_000001", None).await.refused(403, "operation-denied");
    let log = scene.customer.open("/access/log").await;
    says(&log, 200, &["Looked through campaigns", "More than the letter allows", "Brandt"]);
    let refused = scene.customer.open("/access/log?outcome=refused").await;
    assert!(!refused.text.contains("Looked through campaigns"), "narrowed to what was refused");
    says(&scene.customer.open("/access/log.csv").await, 200, &["at,person", "DELETE"]);
    // A colleague without a say in access may still end it.
    let mia = scene.world.colleague(&scene.petra, "customer", "member", "Mia").await;
    let mut member = Visitor::of(&scene.world, &mia).await;
    let letter = member.open(&format!("/grants/{grant}")).await;
    let form = letter.form(&format!("/p/larkfield/grants/{grant}/end")).unwrap();
    let ended = member.send(&form).await;
    says(&ended, 200, &["has no access to Fjordhaus Outdoor EU any more", "Ended"]);
    tool.get("/campaigns").await.refused(403, "grant-ended");
    says(&scene.customer.open("/access").await, 200, &["Nobody has access", "Ended"]);
    let list = scene.petra.get("/v1/connections").await.expect(200);
    let connection = list.at("/0/id");
    let question = format!("/connections/{connection}/disconnect");
    let page = scene.customer.open(&question).await;
    let form = page.form(&format!("/p/larkfield{question}")).unwrap();
    let done = scene.customer.send(&form).await;
    says(&done, 200, &["Fjordhaus Outdoor EU is disconnected", "Disconnected"]);
    scene.customer.until("/connections", "Ended on both sides").await;
    let twice = scene.customer.open(&question).await;
    says(&twice, 200, &["It was disconnected already"]);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_last_acceptance_and_the_account_too() {
    let mut scene = Scene::new().await;
    scene.granted().await;
    let milestone = milestones(&scene.petra, &scene.engagement).await.remove(0);
    scene.expert.delivers(&milestone, "All of it.", None).await.expect(201);
    scene.petra.accepts(&milestone).await.expect(200);
    let end = format!("/engagements/{}/end", scene.engagement);
    let page = scene.customer.open(&end).await;
    says(&page, 200, &["is completed", "Disconnect Fjordhaus Outdoor EU too?"]);
    let told = ["Ended just now", "Ended today"].iter().any(|words| page.text.contains(words));
    assert!(told, "the letter has ended, whether or not its row says so yet: {}", page.text);
    let form = page.form("/p/larkfield/connections/").unwrap();
    let done = scene.customer.send(&form).await;
    assert!(done.url.path().ends_with(&end), "{}", done.url);
    let result = ["Fjordhaus Outdoor EU is disconnected", "See it among the accounts"];
    says(&done, 200, &result);
    assert!(!done.text.contains("too?"), "it is offered once");
    scene.customer.until(&end, "Ended on both sides").await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_was_shown_and_ticked_is_granted() {
    let mut scene = Scene::new().await;
    scene.customer.connects(&scene.world).await;
    let engagement = scene.engagement.clone();
    let form = scene.customer.consent(&engagement, "?preset=author-drafts").await;
    let bare = scene.customer.send(&form).await;
    says(&bare, 422, &["needs your password"]);
    let form = consent_form(bare);
    let wrong = scene.customer.send(&form.set("password", "not it at all")).await;
    says(&wrong, 422, &["Error:"]);
    let stale = consent_form(wrong).set("password", PASSWORD).set("shown", &"0".repeat(64));
    let stale = scene.customer.send(&stale).await;
    says(&stale, 422, &["The application changed what this allows"]);
    let none = consent_form(stale).set("can", "nothing");
    let mut form = none;
    form.fields.retain(|(name, _)| name != "can");
    let nothing = scene.customer.send(&form).await;
    says(&nothing, 422, &["Tick at least one thing"]);
    // Reading alone was left ticked, so no password is wanted.
    let mut form = scene.customer.consent(&engagement, "?preset=author-drafts").await;
    form.fields.retain(|(name, value)| name != "can" || value == "see-campaigns");
    let page = scene.customer.send(&form).await;
    says(&page, 200, &["may work in Fjordhaus Outdoor EU"]);
    let grant = page.url.path().rsplit('/').next().unwrap().to_owned();
    let tool = scene.key(&grant).await;
    tool.get("/campaigns").await.expect(200);
    tool.get("/lists").await.refused(403, "operation-denied");
    // Chosen, and never looked at: shown first, whichever button was pressed.
    let form = scene.customer.consent(&engagement, "?preset=author-drafts").await;
    let unseen = scene.customer.send(&form.set("preset", "read-only")).await;
    says(&unseen, 200, &["Look at this first", "Nothing is granted yet"]);
    let form = consent_form(unseen);
    assert_eq!(form.value("shown_preset"), Some("read-only"));
    let twice = scene.customer.send(&form).await;
    says(&twice, 422, &["There is a letter already"]);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_answered_and_others_stay_out() {
    let mut scene = Scene::new().await;
    let engagement = scene.engagement.clone();
    let ask = format!("/engagements/{engagement}/access");
    let work = format!("/engagements/{engagement}");
    let announced = ["Your turn", "Grant Brandt access", "The statement of work announces"];
    says(&scene.customer.open(&work).await, 200, &announced);
    let page = scene.consultant.open(&ask).await;
    let form = page.form(&format!("/p/larkfield{ask}/request")).unwrap();
    let unsaid = scene.consultant.send(&form).await;
    says(&unsaid, 422, &["There is a problem"]);
    let form = unsaid.form(&format!("/p/larkfield{ask}/request")).unwrap();
    let asked = scene.consultant.send(&form.set("reason", "I read, then draft.")).await;
    says(&asked, 200, &["Fjordhaus was asked", "Take the request back"]);
    let grant = asked.url.path().rsplit('/').next().unwrap().to_owned();
    let letter = format!("/grants/{grant}");
    says(&scene.customer.open(&letter).await, 200, &["Your turn", "I read, then draft."]);
    says(&scene.customer.open(&work).await, 200, &["Your turn", "Answer Brandt’s request"]);
    let unconnected = scene.customer.open(&ask).await;
    says(&unconnected, 200, &["Connect your account first"]);
    scene.customer.connects(&scene.world).await;
    // Nobody grants to themselves, and strangers learn nothing.
    let own = scene.consultant.posts(&ask).await;
    assert_eq!(own.status, 403, "{}", own.shown());
    let rival = scene.world.customer("Rival").await;
    let mut stranger = Visitor::of(&scene.world, &rival).await;
    for path in [&letter, &ask, &format!("/engagements/{engagement}/access?request={grant}")] {
        assert_eq!(stranger.open(path).await.status, 404, "{path}");
    }
    for deed in ["end", "decline", "keys"] {
        let page = stranger.posts(&format!("{letter}/{deed}")).await;
        assert_eq!(page.status, 404, "{}", page.shown());
    }
    let form = scene.customer.consent(&engagement, &format!("?request={grant}")).await;
    let yes = scene.customer.send(&form.set("password", PASSWORD)).await;
    says(&yes, 200, &["may work in Fjordhaus Outdoor EU", "In force"]);
    assert!(yes.url.path().ends_with(&grant), "the request itself became the letter");
    says(&scene.consultant.open("/access").await, 200, &["In force"]);
    let page = scene.customer.open(&work).await;
    says(&page, 200, &["Waits for Brandt: deliver milestone 1"]);
    let pause = format!("/v1/engagements/{engagement}/pause");
    scene.expert.post(&pause, json!({ "reason": "Holidays." })).await.expect(200);
    let page = scene.customer.open("/access").await;
    says(&page, 200, &["At rest", "1 letter at rest: no call goes through now."]);
    assert!(!page.text.contains("id=\"in-force\""), "{}", page.shown());
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_way_back_that_is_not_good_is_told_on_a_page() {
    let scene = Scene::new().await;
    let url: Url = format!("{}/oauth/callback?state=x&code=y", scene.world.base).parse().unwrap();
    let request = scene.customer.browser.request(Method::GET, &url);
    let answer = request.header("accept", "text/html").send().await.unwrap();
    assert_eq!(answer.status(), 303);
    let place = answer.headers()["location"].to_str().unwrap();
    assert_eq!(place, "/p/larkfield/connections?outcome=unknown");
    let mut customer = scene.customer;
    let told = customer.open("/connections?outcome=unknown").await;
    says(&told, 200, &["this way back is not good any more"]);
    let mut consultant = scene.consultant;
    assert_eq!(consultant.open("/connections").await.status, 403);
    scene.world.end().await;
}
