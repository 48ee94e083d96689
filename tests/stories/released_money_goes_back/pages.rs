//! Before anybody asks, a page and the API say who would give what; afterwards what was taken.

use super::scene::Scene;
use crate::support::Answer;
use crate::support::session::Session;
use reqwest::Method;

fn field(html: &str, name: &str) -> String {
    let form = html.split("id=\"refund\"").nth(1).unwrap_or_else(|| panic!("no form in {html}"));
    let after = form.split(&format!("name=\"{name}\"")).nth(1).unwrap();
    after.split("value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_seen_before_and_after() {
    let scene = Scene::released(&[125_000]).await;
    let Scene { world, customer, expert, finance, parts, .. } = &scene;
    let path = format!("/v1/milestones/{}/refund-preview", parts[0]);
    let seen = expert.get(&format!("{path}?minor=25000")).await.expect(200);
    let gives = [0, 1, 2].map(|at| seen.at(&format!("/parts/{at}/gives/minor")));
    assert_eq!(gives, ["20000", "3750", "1250"]);
    assert_eq!(
        (seen.at("/most/minor"), seen.at("/parts/0/with_it/minor"), seen.at("/released")),
        ("125000".into(), "100000".into(), "true".into())
    );
    customer.get(&path).await.refused(403, "not-permitted");
    finance.get(&format!("{path}?minor=125001")).await.refused(409, "more-than-released");
    finance.get(&format!("{path}?minor=0")).await.refused(422, "invalid");

    let session = Session::of(world, &expert.email).await;
    let page = format!("/p/larkfield/milestones/{}/refund", parts[0]);
    let html = session.get(&format!("{page}?amount=250.00")).await.expect(200).text();
    for text in ["$200.00", "$37.50", "$12.50", "$1,000.00 is with it", "Back to the card"] {
        assert!(html.contains(text), "{text}: {html}");
    }
    assert_eq!(field(&html, "amount"), "250.00");
    let far = session.get(&format!("{page}?amount=1,250.01")).await.expect(200).text();
    assert!(far.contains("$1,250.00 at most"), "{far}");
    let mut form: Vec<(&str, String)> =
        ["csrf", "idempotency_key"].iter().map(|name| (*name, field(&html, name))).collect();
    form.extend([("amount", "250.00".to_owned()), ("reason", "It was less.".to_owned())]);
    let request = session.request(Method::POST, &page).form(&form);
    let sent = Answer::read("send back".to_owned(), request.send().await.unwrap()).await;
    sent.expect(303);
    world.settle().await;

    let money = session.get(&page.replace("/refund", "/money")).await.expect(200).text();
    assert!(money.contains("$200.00 given back."), "{money}");
    assert!(money.contains("Send it back"), "the rest can go back as well: {money}");
    let earned = session.get("/p/larkfield/earnings").await.expect(200).text();
    for text in ["Back to the customer of milestone 1", "Taken from your account", "Given back"] {
        assert!(earned.contains(text), "{text}: {earned}");
    }
    let lines = session.get("/p/larkfield/statements").await.expect(200).text();
    assert!(lines.contains("Given back"), "{lines}");
    let other = Session::of(world, &customer.email).await;
    other.get(&page).await.expect(403);
    let money = other.get(&page.replace("/refund", "/money")).await.expect(200).text();
    assert!(!money.contains("Send it back"), "{money}");
    scene.world.end().await;
}
