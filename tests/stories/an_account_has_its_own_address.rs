//! An application that every customer runs at a host of their own, with a client that they made
//! there: the customer tells both, and every call goes to that host.

use crate::support::larkfield::{PETRA, Tool};
use crate::support::reader::{Reader, says};
use crate::support::{Session, World};
use chrono::Duration;
use serde_json::{Value, json};
use url::Url;

const PARTS: &str = "
[parts.host]
kind = \"host\"
label = \"Host of your Larkfield\"
example = \"larkfield.example.com\"

[parts.client_id]
kind = \"text\"
label = \"Client id\"
example = \"client-1\"

[parts.client_secret]
kind = \"secret\"
label = \"Client secret\"

[oauth]
";

async fn world() -> World {
    let own = "https://{host}";
    let at = "${SANDBOX_MARKETING_URL}";
    let mut changes = vec![(at, own); 6];
    changes.push(("client_id = \"${SANDBOX_MARKETING_CLIENT_ID}\"", "client_id = \"{client_id}\""));
    let secret = "client_secret = \"${SANDBOX_MARKETING_CLIENT_SECRET}\"";
    changes.push((secret, "client_secret = \"{client_secret}\""));
    changes.push(("\n[oauth]\n", PARTS));
    World::described(&changes).await
}

fn host(world: &World) -> String {
    let url = &world.sandbox.marketing;
    format!("{}:{}", url.host_str().unwrap(), url.port().unwrap())
}

fn told(world: &World) -> Value {
    json!({
        "host": host(world),
        "client_id": world.sandbox.marketing_client_id,
        "client_secret": world.sandbox.marketing_client_secret,
    })
}

/// Connects with this body, through the application's own pages; answers where it leads.
async fn connects(world: &World, session: &Session, body: Value) -> String {
    let begun = session.post("/v1/connections", body).await.expect(200);
    let consent: Url = begun.at("/authorize_url").parse().unwrap();
    assert_eq!(consent.origin(), world.sandbox.marketing.origin());
    let back = world.decides(&consent, PETRA, "allow").await;
    let done = world.comes_back(session, &back).await.expect(303);
    done.header("location").unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn from_connecting_to_the_end_every_call_goes_to_the_host_that_was_told() {
    let world = world().await;
    let petra = world.customer("Fjordhaus").await;
    let session = Session::of(&world, &petra.email).await;
    let body = json!({ "upstream": "larkfield", "parts": told(&world) });
    let place = connects(&world, &session, body).await;
    let start = "/p/larkfield/connections?outcome=connected&connection=";
    let connection = place.strip_prefix(start).unwrap_or_else(|| panic!("{place}")).to_owned();
    let path = format!("/v1/connections/{connection}");
    let seen = petra.get(&path).await.expect(200);
    let account = seen.at("/account");
    assert!(account.starts_with(&format!("{}/", host(&world))), "{account}");
    let secret = &world.sandbox.marketing_client_secret;
    assert!(!seen.text().contains(secret.as_str()), "the secret is not shown");
    let kept = "SELECT parts::text FROM connections UNION ALL SELECT parts::text FROM oauth_states";
    for row in world.sql(kept).await {
        let text: String = row.get(0);
        assert!(text.contains("client_id") && !text.contains(secret.as_str()), "{text}");
    }

    let expert = world.consultant("Brandt").await;
    let (engagement, _) = world.active(&petra, &expert, &[10_000]).await;
    let parties = (&petra, &expert);
    let grant = world.grants(parties, &engagement, &connection, "author-drafts").await;
    let tool = Tool::with_key(&expert, &grant).await;
    tool.get("/campaigns").await.expect(200);
    let generation =
        async || -> i64 { world.sql("SELECT generation FROM connections").await[0].get(0) };
    world.advance(Duration::minutes(20)).await;
    tool.get("/campaigns").await.expect(200);
    assert_eq!(generation().await, 2, "refreshed with the customer's own client");

    // Mended without telling anything again: what was told stays, the secret too.
    let body = json!({ "upstream": "larkfield", "connection": connection });
    assert_eq!(connects(&world, &session, body).await, place);
    assert_eq!(generation().await, 3);
    tool.get("/campaigns").await.expect(200);

    petra.post(&format!("{path}/disconnect"), json!({})).await.expect(200);
    world.settle().await;
    let gone = petra.get(&path).await.expect(200);
    assert_eq!(gone.at("/revocation"), "done");
    assert!(world.sql("SELECT kind FROM connection_secrets").await.is_empty(), "all is shredded");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_host_of_theirs_is_refused_before_anybody_is_asked() {
    let world = world().await;
    let petra = world.customer("Fjordhaus").await;
    let session = Session::of(&world, &petra.email).await;
    let listed = petra.get("/v1/upstreams/larkfield").await.expect(200);
    assert_eq!(listed.at("/parts/0/id"), "host");
    assert_eq!(listed.at("/parts/2/kind"), "secret");
    world.forgets().await;
    let wrong = [
        ("host", json!(format!("{}/admin", host(&world)))),
        ("host", json!(format!("http://{}", host(&world)))),
        ("host", json!(format!("x@{}", host(&world)))),
        ("host", json!("10.0.0.1")),
        ("host", json!("169.254.169.254")),
        ("host", json!("[::ffff:10.0.0.1]")),
        ("host", json!("")),
        ("client_id", json!("two words")),
        ("client_secret", json!("")),
        ("port", json!("22")),
    ];
    for (name, value) in wrong {
        let mut parts = told(&world);
        parts[name] = value.clone();
        let body = json!({ "upstream": "larkfield", "parts": parts });
        let refused = session.post("/v1/connections", body).await.refused(422, "invalid");
        assert!(refused.text().contains(&format!("parts.{name}")), "{value}: {}", refused.text());
    }
    let body = json!({ "upstream": "larkfield" });
    let refused = session.post("/v1/connections", body).await.refused(422, "invalid").text();
    for name in ["parts.host", "parts.client_id", "parts.client_secret"] {
        assert!(refused.contains(name), "{name}: {refused}");
    }
    assert!(world.hits().await.is_empty(), "nobody was asked");
    assert!(world.sql("SELECT state_hash FROM oauth_states").await.is_empty());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_asks_keeps_what_was_typed_and_leads_on() {
    let world = world().await;
    let petra = world.customer("Fjordhaus").await;
    let mut reader = Reader::of(&world, &petra.email).await;
    let form = reader.open("/connections").await.form("/p/larkfield/connections").unwrap();
    let asked = reader.send(&form).await;
    says(&asked, "Host of your Larkfield");
    says(&asked, "/oauth/callback");
    let secret = &world.sandbox.marketing_client_secret;
    let form = asked.form("/p/larkfield/connections").unwrap();
    let form = form.set("part_host", "https://larkfield.example.com/");
    let form = form.set("part_client_id", &world.sandbox.marketing_client_id);
    let wrong = reader.send(&form.set("password_client_secret", secret)).await;
    assert_eq!(wrong.status, 422);
    says(&wrong, "without https://");
    says(&wrong, &world.sandbox.marketing_client_id);
    assert!(!wrong.text.contains(secret.as_str()), "the secret does not come back");
    let form = wrong.form("/p/larkfield/connections").unwrap().set("part_host", &host(&world));
    let onwards = reader.send(&form.set("password_client_secret", secret)).await;
    assert_eq!(onwards.status, 200, "{}", onwards.text);
    assert!(onwards.link(world.sandbox.marketing.as_str()).is_some(), "{}", onwards.text);
    world.end().await;
}
