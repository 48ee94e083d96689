//! What the forms ask of newcomers: each kind of organization what is its own, each person a zone.

use crate::support::neighbours::leave_program;
use crate::support::reader::{Reader, says};
use crate::support::{Session, World};
use attache::demo::browser::Form;
use serde_json::json;

const SECRET: &str = "a sentence nobody guesses";
const SIGN_UP: &str = "/p/larkfield/sign-up";
const APPLY: &str = "/p/larkfield/program/apply";

/// Signs up by the pages, with an industry chosen whatever the kind.
async fn sign_up(world: &World, kind: &str, email: &str) -> Reader {
    let mut reader = Reader::visitor(world);
    let page = reader.open(&format!("/sign-up?kind={kind}")).await;
    let form = page.form(SIGN_UP).unwrap();
    assert_eq!(form.value("kind"), Some(kind), "the link chose it");
    let form = [
        ("name", "Petra Lindqvist"),
        ("email", email),
        ("password", SECRET),
        ("organization_name", "Fjordhaus Outdoor"),
        ("city", "Malmö"),
        ("country", "SE"),
        ("zone", "Europe/Stockholm"),
        ("industry", "outdoor"),
    ]
    .into_iter()
    .fold(form, |form, (name, value)| form.set(name, value));
    let sent = reader.send(&form).await;
    assert_eq!(sent.status, 200, "{}", sent.text);
    let token = world.mailed_token(email, "Confirm your address").await;
    let page = reader.open(&format!("/sign-up/confirm?token={token}")).await;
    let form = page.form("/p/larkfield/sign-up/confirm").unwrap();
    says(&reader.send(&form.set("password", SECRET)).await, "Your address is confirmed");
    reader
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customers_first_brief_begins_with_its_industry() {
    let world = World::new().await;
    let mut petra = sign_up(&world, "customer", "petra@fjordhaus.example").await;
    let page = petra.open("/briefs/new").await;
    says(&page, "<option value=\"outdoor\" selected>");
    says(&page, "<option value=\"Europe/Stockholm\" selected>");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_customers_name_an_industry() {
    let world = World::new().await;
    sign_up(&world, "partner", "ada@ada.example").await;
    let kept = world.sql("SELECT industry FROM organizations WHERE kind = 'partner'").await;
    assert_eq!(kept[0].get::<_, Option<String>>(0), None, "a box from before is not kept");
    let session = Session::with(&world, "ada@ada.example", SECRET).await;
    let body = json!({
        "kind": "reseller", "name": "Kanaal", "city": "Utrecht", "country": "NL",
        "zone": "Europe/Amsterdam", "industry": "outdoor",
    });
    let refused = session.post("/v1/programs/larkfield/organizations", body).await;
    assert_eq!(refused.refused(422, "invalid").at("/errors/0/field"), "industry");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_colleague_who_joins_chooses_a_zone() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus Outdoor").await;
    let invitation = json!({ "email": "jonas@fjordhaus.example", "role": "member" });
    petra.post("/v1/members/invitations", invitation).await.expect(202);
    let token = world.mailed_token("jonas@fjordhaus.example", "Join Fjordhaus Outdoor").await;
    let mut jonas = Reader::visitor(&world);
    let page = jonas.open(&format!("/join?token={token}")).await;
    let form = page.form("/p/larkfield/join/new").unwrap();
    let zone = world.sql("SELECT zone FROM organizations WHERE kind = 'customer'").await;
    let zone: &str = zone[0].get(0);
    says(&page, &format!("<option value=\"{zone}\" selected>"));
    let form = form.set("name", "Jonas Berg").set("password", SECRET);
    let wrong = jonas.send(&form.clone().set("zone", "Nowhere/Land")).await;
    assert_eq!(wrong.status, 422);
    says(&wrong, "Choose a time zone");
    says(&jonas.send(&form.set("zone", "America/Lima")).await, "You hold a seat now");
    let session = Session::with(&world, "jonas@fjordhaus.example", SECRET).await;
    assert_eq!(session.get("/v1/me").await.expect(200).at("/zone"), "America/Lima");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reseller_is_asked_whom_it_sells_to() {
    let world = World::new().await;
    let kanaal = world.join("reseller", "owner", "Kanaal Partners").await;
    leave_program(&world, &kanaal).await;
    let mut joris = Reader::of(&world, &kanaal.email).await;
    let page = joris.open("/program/apply").await;
    says(&page, "Industries you sell to");
    says(&page, "Consultants and resellers accept the same text.");
    assert!(!page.text.contains("dashboards"), "a reseller is asked for no skills");
    let form = [
        ("r1_name", "Karin Aas"),
        ("r1_organization", "Moor Lodges"),
        ("r1_email", "karin@moor.example"),
        ("r1_said", "On time."),
        ("note", "Hotels between Bergen and Oslo."),
        ("agreed", "yes"),
    ]
    .into_iter()
    .fold(page.form(APPLY).unwrap(), |form, (name, value)| form.set(name, value));
    let back = joris.send(&form.clone().set("specialities", "dashboards")).await;
    assert_eq!(back.status, 422);
    says(&back, "The program has no industry");
    let sent = joris.send(&form.set("specialities", "hotels")).await;
    for words in ["Your application is sent", "Industries they sell to", "Hotels and travel"] {
        says(&sent, words);
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_written_before_the_profile_is_not_lost() {
    let world = World::new().await;
    let ines = world.consultant("Brandt Studio").await;
    let mut reader = Reader::of(&world, &ines.email).await;
    let csrf = reader.open("/settings").await.form("/p/larkfield/sign-out").unwrap();
    let csrf = csrf.value("csrf").unwrap().to_owned();
    let action = reader.base.join("/p/larkfield/services/new").unwrap();
    let fields = [("csrf", csrf.as_str()), ("title", "Nurture audit")];
    let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let page = reader.send_from("/services/new", &Form { action, fields }).await;
    assert_eq!(page.status, 422, "{}", page.text);
    says(&page, "No profile yet");
    says(&page, "value=\"Nurture audit\"");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_written_before_the_admission_is_not_lost() {
    let world = World::new().await;
    let mut ada = sign_up(&world, "partner", "ada@ada.example").await;
    let page = ada.open("/profile").await;
    says(&page, "First apply to the program");
    says(&page, "href=\"/p/larkfield/program\"");
    let form = page.form("/p/larkfield/profile").unwrap().set("headline", "I mend nurtures");
    let kept = ada.send_from("/profile", &form.set("languages", "English")).await;
    assert_eq!(kept.status, 422, "{}", kept.text);
    says(&kept, "value=\"I mend nurtures\"");
    says(&kept, "First apply to the program");
    world.end().await;
}
