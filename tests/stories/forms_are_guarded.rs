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
    petra.answer(method, SIGN_OUT, send(&first, &world.base)).await.expect(303);
    let gone = page(&world, &petra, "/p/larkfield/inbox", &cookie).await.expect(303);
    assert_eq!(gone.header("location"), Some("/p/larkfield/sign-in?next=%2Finbox"));
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
