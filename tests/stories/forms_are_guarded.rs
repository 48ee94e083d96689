//! A form counts only from a page of ours, in the session it was made for; what cannot be read is
//! said so; nothing of a session outlives signing out.

use crate::support::actor::PASSWORD;
use crate::support::{Actor, Answer, Session, World};
use reqwest::Method;

const SIGN_OUT: &str = "/p/larkfield/sign-out";

async fn cookie_of(world: &World, petra: &Actor) -> String {
    let path = "/p/larkfield/sign-in";
    let form = [("email", petra.email.as_str()), ("password", PASSWORD), ("next", "/settings")];
    let request = petra.client.post(format!("{}{path}", world.base));
    let request = request.header("origin", &world.base).header("cookie", "attache=planted");
    let answer = petra.answer(Method::POST, path, request.form(&form)).await.expect(303);
    assert_eq!(answer.header("location"), Some("/p/larkfield/settings"));
    let cookie = answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    assert_ne!(cookie, "attache=planted", "a planted session is never continued");
    cookie
}

async fn page(world: &World, petra: &Actor, path: &str, cookie: &str) -> Answer {
    let request = petra.client.get(format!("{}{path}", world.base)).header("cookie", cookie);
    petra.answer(Method::GET, path, request).await
}

fn secret_in(html: &str) -> String {
    let after = html.split("name=\"csrf\" value=\"").nth(1).unwrap();
    after.split('"').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn by_a_secret_of_their_session() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus Outdoor").await;
    let cookie = cookie_of(&world, &petra).await;
    let home = page(&world, &petra, "/p/larkfield/", &cookie).await.expect(200);
    assert!(home.header("content-security-policy").unwrap().contains("frame-ancestors 'none'"));
    let (first, second) = (secret_in(&home.text()), {
        secret_in(&page(&world, &petra, "/p/larkfield/", &cookie).await.text())
    });
    assert_ne!(first, second, "the secret looks different in every answer");
    let send = |secret: &str, origin: &str| {
        let request = petra.client.post(format!("{}{SIGN_OUT}", world.base));
        request.header("cookie", &cookie).header("origin", origin).form(&[("csrf", secret)])
    };
    let method = Method::POST;
    petra.answer(method.clone(), SIGN_OUT, send("", &world.base)).await.expect(403);
    petra.answer(method.clone(), SIGN_OUT, send(&"0".repeat(128), &world.base)).await.expect(403);
    petra.answer(method.clone(), SIGN_OUT, send(&first, "http://evil.example")).await.expect(403);
    page(&world, &petra, "/p/larkfield/", &cookie).await.expect(200);
    let out = petra.answer(method, SIGN_OUT, send(&first, &world.base)).await.expect(303);
    assert_eq!(out.header("clear-site-data"), Some("\"cache\""), "nothing kept for going back");
    let gone = page(&world, &petra, "/p/larkfield/inbox", &cookie).await.expect(303);
    assert_eq!(gone.header("location"), Some("/p/larkfield/sign-in?next=%2Finbox"));
    world.end().await;
}

const NEW_BRIEF: &str = "/p/larkfield/briefs/new";
const WRITTEN: &str = "Win back lapsed buyers & friends";

/// What a hidden field of a page holds.
fn hidden(html: &str, name: &str) -> String {
    let after = html.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap();
    let text = after.split('"').next().unwrap();
    text.replace("&quot;", "\"").replace("&#x2F;", "/").replace("&amp;", "&")
}

async fn sends(world: &World, petra: &Actor, cookie: &str, form: &[(&str, &str)]) -> Answer {
    let request = petra.client.post(format!("{}{NEW_BRIEF}", world.base));
    let request = request.header("cookie", cookie).header("origin", &world.base);
    let request = request.header("referer", format!("{}{NEW_BRIEF}", world.base));
    petra.answer(Method::POST, NEW_BRIEF, request.form(form)).await
}

/// The same page with what was written: the form was taken, and its fields asked for.
fn comes_back(answer: &Answer) {
    assert!(answer.text().contains("Win back lapsed buyers &amp; friends"), "{}", answer.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn and_what_was_written_under_another_sign_in_is_shown_to_be_sent() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus Outdoor").await;
    let (old, cookie) = (cookie_of(&world, &petra).await, cookie_of(&world, &petra).await);
    let secret = secret_in(&page(&world, &petra, "/p/larkfield/", &old).await.text());
    let form = [("csrf", secret.as_str()), ("title", WRITTEN), ("password", "hush-hush")];
    let shown = sends(&world, &petra, &cookie, &form).await.expect(403).text();
    assert!(shown.contains("What you wrote is still here"), "{shown}");
    assert!(!shown.contains("hush-hush") && shown.contains("/briefs/new"));
    let again = [("csrf", &*secret_in(&shown)), ("title", &*hidden(&shown, "title"))];
    comes_back(&sends(&world, &petra, &cookie, &again).await.expect(422));

    let button = sends(&world, &petra, &cookie, &[("csrf", ""), ("version", "3")]).await;
    assert!(button.expect(403).text().contains("Press that once more"));
    let request = petra.client.post(format!("{}{NEW_BRIEF}", world.base)).form(&form);
    let request = request.header("cookie", &cookie).header("origin", "http://evil.example");
    let evil = petra.answer(Method::POST, NEW_BRIEF, request).await.expect(403).text();
    assert!(evil.contains("This came from another site"), "{evil}");
    assert!(!evil.contains("Win back"), "what another site wrote is never offered");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn and_what_was_written_before_a_sign_in_ended_waits_for_the_next() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus Outdoor").await;
    let cookie = cookie_of(&world, &petra).await;
    let secret = secret_in(&page(&world, &petra, "/p/larkfield/", &cookie).await.text());
    let sign_out = petra.client.post(format!("{}{SIGN_OUT}", world.base));
    let sign_out = sign_out.header("cookie", &cookie).header("origin", &world.base);
    let sign_out = sign_out.form(&[("csrf", &secret)]);
    petra.answer(Method::POST, SIGN_OUT, sign_out).await.expect(303);
    let form = [("csrf", &*secret), ("idempotency_key", "once"), ("title", WRITTEN)];
    for sent in ["once", "pressed again"] {
        let shown = sends(&world, &petra, &cookie, &form).await.expect(401).text();
        assert!(shown.contains("Nothing was sent or saved"), "{sent}: {shown}");
    }
    let shown = sends(&world, &petra, &cookie, &form).await.text();
    let held = hidden(&shown, "held");
    let sign_in = |password: &'static str| {
        let fields = [("email", petra.email.as_str()), ("password", password), ("held", &held)];
        let request = petra.client.post(format!("{}/p/larkfield/sign-in", world.base));
        petra.answer(
            Method::POST,
            "/p/larkfield/sign-in",
            request.header("origin", &world.base).form(&fields),
        )
    };
    let wrong = sign_in("not the password").await.expect(422).text();
    assert_eq!(hidden(&wrong, "held"), held, "a mistyped password loses nothing");
    let signed_in = sign_in(PASSWORD).await.expect(200);
    let cookie = signed_in.header("set-cookie").unwrap().split(';').next().unwrap();
    let text = signed_in.text();
    let again = [("csrf", &*secret_in(&text)), ("title", &*hidden(&text, "title"))];
    comes_back(&sends(&world, &petra, cookie, &again).await.expect(422));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_said_so() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus Outdoor").await;
    let petra = Session::of(&world, &petra.email).await;
    let send = |body: Vec<u8>| {
        let request = petra.request(Method::POST, "/v1/tokens");
        request.header("content-type", "application/json").body(body)
    };
    let bodies: [&[u8]; 6] = [
        b"{\"name\": \"\xff\xfe\", \"scope\": \"read\", \"days\": 1}",
        b"{\"name\": ",
        b"[]",
        b"null",
        b"{\"name\": 7, \"scope\": \"read\", \"days\": 1}",
        b"{\"name\": \"x\", \"scope\": \"everything\", \"days\": 1}",
    ];
    for body in bodies {
        let answer = petra.answer(Method::POST, "/v1/tokens", send(body.to_vec())).await;
        let said = answer.refused(400, "unreadable-body");
        assert!(!said.text().contains("api::"), "no type names: {}", said.text());
    }
    let ten = send(vec![b'x'; 10 * 1024 * 1024]);
    petra.answer(Method::POST, "/v1/tokens", ten).await.refused(413, "too-large");
    let deep = send([vec![b'['; 100_000], vec![b']'; 100_000]].concat());
    petra.answer(Method::POST, "/v1/tokens", deep).await.refused(400, "unreadable-body");
    petra.get("/v1/tokens?%ff=%fe").await.refused(400, "bad-query");
    world.end().await;
}
