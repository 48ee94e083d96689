//! An organization applies by the pages, and the vendor decides by them: no script, no API.

use crate::support::actor::PASSWORD;
use crate::support::neighbours::{leave_program, other_program};
use crate::support::{Actor, World, fixture};
use attache::demo::browser::{Browser, Form, Page};
use attache::postgres::Role;
use reqwest::Method;
use url::Url;

const APPLY: &str = "/p/larkfield/program/apply";
const QUEUE: &str = "/p/larkfield/program/applications";

/// Somebody at a browser that runs no script.
struct Person {
    browser: Browser,
    base: Url,
}

impl Person {
    async fn of(world: &World, email: &str) -> Self {
        let base: Url = world.base.parse().unwrap();
        let mut person = Self { browser: Browser::new(world.client.clone()), base };
        let page = person.open("/p/larkfield/sign-in").await;
        let form = page.form("/p/larkfield/sign-in").unwrap().set("email", email);
        person.send(&form.set("password", PASSWORD)).await;
        person
    }

    async fn open(&mut self, path: &str) -> Page {
        self.browser.open(&self.base.join(path).unwrap()).await.unwrap()
    }

    async fn send(&mut self, form: &Form) -> Page {
        self.browser.send(form).await.unwrap()
    }

    /// The first answer to a form, its redirect not followed.
    async fn first_answer(&self, form: &Form) -> (u16, String) {
        let request = self.browser.request(Method::POST, &form.action).form(&form.fields);
        let answer = request.send().await.unwrap();
        let place = answer.headers().get("location").map(|l| l.to_str().unwrap().to_owned());
        (answer.status().as_u16(), place.unwrap_or_default())
    }
}

#[track_caller]
fn says(page: &Page, words: &str) {
    assert!(page.text.contains(words), "{} without {words:?}: {}", page.shown(), page.text);
}

/// An organization that is no partner yet, with its owner at a browser.
async fn applicant(world: &World, name: &str) -> (Actor, Person) {
    let actor = world.join("partner", "owner", name).await;
    leave_program(world, &actor).await;
    let person = Person::of(world, &actor.email).await;
    (actor, person)
}

fn filled(form: Form) -> Form {
    form.set("specialities", "dashboards")
        .set("r1_name", "Karin Aas")
        .set("r1_organization", "Moor & Hald Lodges")
        .set("r1_email", "karin@moorhald.example")
        .set("r1_said", "Clear and <b>on time</b>.")
        .set("note", "In Larkfield accounts since 2019.")
        .set("agreed", "yes")
}

/// Applies; answers the path of the application.
async fn apply(person: &mut Person) -> String {
    let page = person.open(APPLY).await;
    let sent = person.send(&filled(page.form(APPLY).unwrap())).await;
    says(&sent, "Your application is sent");
    sent.url.path().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_form_keeps_what_was_typed() {
    let world = World::new().await;
    let (_, mut ada) = applicant(&world, "Ada Works").await;
    says(&ada.open("/p/larkfield/program").await, "Apply to the program");
    let page = ada.open(APPLY).await;
    says(&page, "Be useful.");
    let form = filled(page.form(APPLY).unwrap()).set("r1_email", "nowhere");
    let mut unticked = form.clone();
    unticked.fields.retain(|(name, _)| name != "agreed");
    let back = ada.send(&unticked).await;
    assert_eq!(back.status, 422);
    for kept in ["Error: ", "There is a problem", "Karin Aas", "nowhere", "since 2019"] {
        says(&back, kept);
    }
    says(&back, "&lt;b&gt;on time");
    let again = back.form(APPLY).unwrap();
    assert_eq!(again.value("specialities"), Some("dashboards"), "a ticked box stays ticked");
    assert_eq!(again.value("agreed"), None);
    let more = ada.send(&back.form(APPLY).unwrap().set("more", "1")).await;
    assert_eq!(more.status, 200);
    says(&more, "r2_name");
    let path = apply(&mut ada).await;
    assert!(path.starts_with(QUEUE), "{path}");
    says(&ada.open(APPLY).await, "Your application waits for an answer");
    says(&ada.open("/p/larkfield/program").await, "decides your application");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_refused_with_a_reason_and_admitted_once() {
    let world = World::new().await;
    let samir = world.vendor("program_manager").await;
    let (_, mut ada) = applicant(&world, "Ada Works").await;
    let mut samir = Person::of(&world, &samir.email).await;
    let path = apply(&mut ada).await;
    says(&samir.open("/p/larkfield/program").await, "1 application to decide");
    says(&samir.open(QUEUE).await, "Ada Works");
    let seen = samir.open(&path).await;
    says(&seen, "Clear and &lt;b&gt;on time&lt;");
    let reject = format!("{path}/reject");
    let short = samir.send(&seen.form(&reject).unwrap().set("reason", "no way")).await;
    assert_eq!(short.status, 422);
    says(&short, "no way");
    let stale = samir.open(&path).await;
    let reason = "Two references could not be reached. Name others.";
    let refused = samir.send(&short.form(&reject).unwrap().set("reason", reason)).await;
    says(&refused, "Ada Works is refused");
    let approve = stale.form(&format!("{path}/approve")).unwrap();
    says(&samir.send(&approve).await, "It was decided or taken back meanwhile");
    says(&ada.open("/p/larkfield/program").await, "could not be reached");
    let path = apply(&mut ada).await;
    let page = samir.open(&path).await;
    let approve = page.form(&format!("{path}/approve")).unwrap();
    let (one, two) = tokio::join!(samir.first_answer(&approve), samir.first_answer(&approve));
    assert_eq!((one.0, two.0), (303, 303), "a double click lands on the application");
    assert_eq!((one.1, two.1), (path.clone(), path.clone()));
    says(&samir.open(&path).await, "Admitted by larkfield-program_manager");
    says(&samir.open("/p/larkfield/partners").await, "Ada Works");
    let standing = ada.open("/p/larkfield/program").await;
    says(&standing, "Agreement you accepted");
    says(&standing, "Listed");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_taken_back() {
    let world = World::new().await;
    let (_, mut ada) = applicant(&world, "Ada Works").await;
    let path = apply(&mut ada).await;
    let page = ada.open(&path).await;
    let withdraw = page.form(&format!("{path}/withdraw")).unwrap();
    says(&ada.send(&withdraw).await, "Your application is taken back");
    says(&ada.open(&path).await, "It was taken back");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not() {
    let world = World::new().await;
    let (actor, mut ada) = applicant(&world, "Ada Works").await;
    let path = apply(&mut ada).await;
    let wiremu = world.vendor("support").await;
    let mut wiremu = Person::of(&world, &wiremu.email).await;
    let seen = wiremu.open(&path).await;
    assert_eq!(seen.status, 200);
    says(&seen, "may decide applications. Your role may look.");
    says(&seen, "SHA-256 of its text");
    let approve = format!("{path}/approve");
    assert!(seen.form(&approve).is_err(), "no button without the right");
    let mut forged = seen.form("/p/larkfield/sign-out").unwrap();
    forged.action = wiremu.base.join(&approve).unwrap();
    assert_eq!(wiremu.first_answer(&forged).await.0, 403);
    let colleague = world.colleague(&actor, "partner", "consultant", "Ada Works temp").await;
    let mut colleague = Person::of(&world, &colleague.email).await;
    says(&colleague.open(APPLY).await, "Your application waits for an answer");
    let petra = world.customer("Fjordhaus Outdoor").await;
    let mut petra = Person::of(&world, &petra.email).await;
    for closed in ["/p/larkfield/program", QUEUE, "/p/larkfield/partners", "/p/larkfield/fees"] {
        assert_eq!(petra.open(closed).await.status, 403, "{closed}");
    }
    assert_eq!(petra.open(&path).await.status, 404);
    let (_, mut bo) = applicant(&world, "Bo Works").await;
    assert_eq!(bo.open(&path).await.status, 404, "another organization's");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_vendors_application_is_not_there() {
    let world = World::new().await;
    let (_, mut ada) = applicant(&world, "Ada Works").await;
    let path = apply(&mut ada).await;
    let other = other_program(&world, "otherfield").await;
    let owner = world.database.connect(Role::Owner).await;
    let row = owner.query_one("SELECT password_hash FROM credentials LIMIT 1", &[]).await.unwrap();
    let hash: String = row.get(0);
    let vendor = other.vendor;
    let sql =
        format!("SELECT id FROM organizations WHERE vendor_id = '{vendor}' AND kind = 'vendor'");
    let house: uuid::Uuid = world.sql(&sql).await[0].get(0);
    let house = (house, "vendor");
    let rival = ("Rival", "rival@otherfield.example", hash.as_str());
    fixture::seat(&owner, &other, house, "owner", rival).await;
    let mut rival = Person::of(&world, "rival@otherfield.example").await;
    let strange = path.replace("larkfield", "otherfield");
    assert_eq!(rival.open("/p/otherfield/program").await.status, 200);
    assert_eq!(rival.open(&strange).await.status, 404);
    let page = rival.open("/p/otherfield/program").await;
    let mut forged = page.form("/p/otherfield/sign-out").unwrap();
    forged.action = rival.base.join(&format!("{strange}/approve")).unwrap();
    assert_eq!(rival.first_answer(&forged).await.0, 404);
    world.end().await;
}
