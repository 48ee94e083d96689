//! Where each role begins: its page says what waits, and every link of its frame leads somewhere.

use crate::an_organization_joins_the_program::apply_as;
use crate::support::{Actor, Session, World};
use serde_json::json;

const HOME: &str = "/p/larkfield/";

async fn today(world: &World, of: &Actor) -> String {
    Session::of(world, &of.email).await.get(HOME).await.expect(200).text()
}

#[track_caller]
fn says(page: &str, sentences: &[&str]) {
    for sentence in sentences {
        assert!(page.contains(sentence), "{sentence:?} is missing in {page}");
    }
}

/// The addresses of the main navigation, as the page has them.
fn navigation(page: &str) -> Vec<String> {
    let nav = page.split("<nav aria-label=\"Main\">").nth(1).expect("a navigation");
    let nav = nav.split("</nav>").next().unwrap();
    let links = nav.split("href=\"").skip(1);
    links.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_sees_what_this_is() {
    let world = World::new().await;
    let front = world.anyone().get(HOME).await.expect(200).text();
    says(&front, &["Larkfield", "name=\"q\"", "/p/larkfield/sign-up?kind=partner", "Sign in"]);
    let away = world.anyone().get("/p/larkfield/inbox").await.expect(303);
    assert_eq!(away.header("location"), Some("/p/larkfield/sign-in?next=%2Finbox"));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn new_organizations_are_told_how_to_begin() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus Outdoor").await;
    let ines = world.consultant("Brandt Studio").await;
    says(&today(&world, &petra).await, &["First steps", "Write a brief", "Connect your account"]);
    let hers = today(&world, &ines).await;
    says(&hers, &["First steps", "1 of 4 done", "Publish your profile", "Be payable"]);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_side_sees_its_own_turn() {
    let world = World::new().await;
    let (petra, ines) = (world.customer("Fjordhaus").await, world.consultant("Brandt").await);
    world.proposal(&petra, &ines, &[50_000]).await;
    let decide =
        ["1 thing waits", "Decide the proposal for Leads go cold", "It can be accepted until"];
    says(&today(&world, &petra).await, &decide);
    world.engagement(&petra, &ines, &[100_000]).await;
    let accept = "Accept the statement of work: Dealer nurture";
    says(&today(&world, &petra).await, &[accept, "2 things wait"]);
    says(&today(&world, &ines).await, &[accept]);
    let mia = world.colleague(&petra, "customer", "member", "mia").await;
    assert!(!today(&world, &mia).await.contains("/sow"), "a member decides nothing");
    let (_, parts) = world.active(&petra, &ines, &[100_000, 20_000]).await;
    let hers = today(&world, &petra).await;
    assert!(!hers.contains("Fund milestone 2"), "nobody waits for it while milestone 1 is at work");
    says(&hers, &["$1,000.00"]);
    says(&today(&world, &ines).await, &["Deliver milestone 1: Part 1", "Your turn"]);
    ines.delivers(&parts[0], "Done.", None).await.expect(201);
    petra.accepts(&parts[0]).await.expect(200);
    says(&today(&world, &petra).await, &["Fund milestone 2: Part 2"]);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_vendor_sees_who_waits_and_what_is_held() {
    let world = World::new().await;
    let samir = world.vendor("owner").await;
    let support = world.vendor("support").await;
    apply_as(&world, "partner", "Ada Works").await;
    let (petra, ines) = (world.customer("Fjordhaus").await, world.consultant("Brandt").await);
    world.active(&petra, &ines, &[100_000]).await;
    let page = today(&world, &samir).await;
    says(&page, &["Decide the application of Ada Works", "At work", "$1,000.00", "Held"]);
    let page = today(&world, &support).await;
    says(&page, &["Nothing waits for you", "Applications waiting"]);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_link_of_the_navigation_leads_somewhere() {
    let world = World::new().await;
    let roles = [
        world.customer("Fjordhaus").await,
        world.consultant("Brandt").await,
        world.join("reseller", "owner", "Nordkanal").await,
        world.vendor("owner").await,
    ];
    let mut astray = Vec::new();
    for role in roles {
        let session = Session::of(&world, &role.email).await;
        let links = navigation(&session.get(HOME).await.expect(200).text());
        assert!(links.len() >= 3, "{links:?}");
        for link in links {
            let page = session.get(&link).await;
            let marked = page.text().contains(&format!("href=\"{link}\" aria-current=\"page\""));
            if page.status != 200 || !marked {
                astray.push(format!("{} {link}: {}", role.email, page.status));
            }
        }
    }
    assert!(astray.is_empty(), "{astray:#?}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bell_counts_what_was_not_read() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus").await;
    let ines = world.consultant("Brandt").await;
    world.engagement(&petra, &ines, &[100_000]).await;
    world.settle().await;
    let unread = ines.get("/v1/notices").await.expect(200).json()["unread"].clone();
    assert_ne!(unread, json!(0));
    says(&today(&world, &ines).await, &[&format!("<b>{unread}</b>")]);
    world.end().await;
}
