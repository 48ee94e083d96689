//! The pages that people see.

use reqwest::{Method, StatusCode, header};
use serde_json::json;

use crate::world::{Browser, EVERYTHING, FJORDHAUS, PETRA, World, hidden, leads_to};

#[tokio::test]
async fn every_sample_user_signs_in_and_sees_their_own_account() {
    let world = World::start().await;
    let users = sandbox::marketing::users().unwrap();
    assert!(users.iter().filter(|user| user.owner).count() >= 8);
    for user in users {
        let mut browser = Browser::signed_in(&world, &user.email).await;
        let page = browser.page("/").await;
        let name = user.account.replace('&', "&amp;");
        assert!(page.contains(&name), "{} sees {}", user.email, user.account);
        assert!(page.contains(&user.name));
    }
}

#[tokio::test]
async fn a_wrong_password_an_unknown_person_and_an_old_form_are_refused() {
    let world = World::start().await;
    let mut browser = Browser::new(&world);
    for (email, password) in [(PETRA, "wrong"), ("nobody@fjordhaus.example", "larkfield-demo")] {
        let answer = browser.signs_in(email, password, "/").await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.text().await.unwrap().contains("We know nobody"));
    }
    let fields = [("token", "old"), ("email", PETRA), ("password", "larkfield-demo")];
    let answer = browser.posts("/sign-in", &fields).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let inside = browser.opens(&world.at("/campaigns")).await;
    assert_eq!(leads_to(&inside), world.at("/sign-in?next=/campaigns"));
    let answer = browser.signs_in(PETRA, "larkfield-demo", "//evil.example/").await;
    assert_eq!(leads_to(&answer), world.at("/"));
}

#[tokio::test]
async fn what_programs_write_is_shown_as_text() {
    let world = World::start().await;
    let token = world.connect(PETRA, FJORDHAUS, EVERYTHING).await.access;
    let list = world.get("/lists", &token).await["items"][0]["id"].clone();
    let said = json!({
        "name": "<script>alert(1)</script>",
        "subject": "\"><img src=x onerror=alert(1)>",
        "from_email": "a@b.example",
        "list_id": list,
        "body": "</div><b>bold</b>",
    });
    let call = world.call(Method::POST, "/campaigns", &token).json(&said);
    let made: serde_json::Value = call.send().await.unwrap().json().await.unwrap();
    let mut petra = Browser::signed_in(&world, PETRA).await;
    for path in ["/campaigns".into(), format!("/campaigns/{}", made["id"].as_str().unwrap())] {
        let answer = petra.opens(&world.at(&path)).await;
        let policy = answer.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        let page = answer.text().await.unwrap();
        assert!(page.contains("&lt;script&gt;"));
        for raw in ["<script", "<img src=x", "<b>"] {
            assert!(!page.contains(raw), "{raw} in {path}");
        }
    }
}

#[tokio::test]
async fn disconnecting_ends_the_access_at_once() {
    let world = World::start().await;
    let mine = world.connect(PETRA, FJORDHAUS, EVERYTHING).await;
    let theirs = world.connect("declan@brannock.example", "acc_brannock", EVERYTHING).await;
    let mut petra = Browser::signed_in(&world, PETRA).await;
    let page = petra.page("/connected-apps").await;
    assert!(page.contains("Disconnect Attaché") && !page.contains("Brannock"));
    let token = hidden(&page, "token");
    let end = |grant: &str| format!("/connected-apps/{grant}/disconnect");
    let forged = petra.posts(&end("grt_000001"), &[("token", "forged")]).await;
    assert_eq!(forged.status(), StatusCode::FORBIDDEN);
    petra.posts(&end("grt_000002"), &[("token", &token)]).await;
    assert_eq!(world.status("/account", &theirs.access).await, StatusCode::OK, "not hers to end");
    assert_eq!(world.status("/account", &mine.access).await, StatusCode::OK);

    let answer = petra.posts(&end("grt_000001"), &[("token", &token)]).await;
    assert_eq!(leads_to(&answer), world.at("/connected-apps"));
    assert_eq!(world.status("/account", &mine.access).await, StatusCode::UNAUTHORIZED);
    assert_eq!(world.refresh(&mine.refresh).await.1["error"], "invalid_grant");
    assert!(petra.page("/connected-apps").await.contains("No application is connected"));
}

#[tokio::test]
async fn signing_out_ends_the_session_and_other_peoples_campaigns_are_not_there() {
    let world = World::start().await;
    let token = world.connect("declan@brannock.example", "acc_brannock", EVERYTHING).await.access;
    let theirs = world.get("/campaigns?limit=1", &token).await["items"][0]["id"].clone();
    let mut petra = Browser::signed_in(&world, PETRA).await;
    let path = format!("/campaigns/{}", theirs.as_str().unwrap());
    assert_eq!(petra.opens(&world.at(&path)).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(petra.opens(&world.at("/nowhere")).await.status(), StatusCode::NOT_FOUND);
    let both = petra.page("/?account=acc_fjordhausna").await;
    assert!(both.contains("Switch to Fjordhaus Outdoor EU"));
    let not_hers = petra.page("/?account=acc_brannock").await;
    assert!(!not_hers.contains("Brannock"));
    let out = hidden(&both, "token");
    petra.posts("/sign-out", &[("token", &out)]).await;
    assert_eq!(petra.opens(&world.at("/")).await.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn who_knows_one_address_of_the_sandbox_learns_the_others() {
    let world = World::start().await;
    let answer = world.http.get(world.at("/sandbox/addresses")).send().await.unwrap();
    let told: sandbox::Addresses = answer.json().await.unwrap();
    assert_eq!(told, world.sandbox.addresses());
}

#[tokio::test]
async fn a_newcomer_opens_an_account_on_the_way_to_connect_it() {
    let world = World::start().await;
    let mut mia = Browser::new(&world);
    let asked = world.authorize(EVERYTHING, &[]);
    let sign_in = mia.opens(&asked).await;
    let page = mia.page(leads_to(&sign_in).as_str()).await;
    let link = page.split("href=\"").find(|part| part.starts_with("/sign-up?next=")).unwrap();
    let link = link.split('"').next().unwrap().replace("&amp;", "&");
    let page = mia.page(&link).await;
    assert!(page.contains("to connect it with Attaché"));
    let (token, next) = (hidden(&page, "token"), hidden(&page, "next"));
    let fields = |email: &'static str, company: &'static str| {
        let fixed = [("company", company), ("name", "Mia <b>"), ("email", email)];
        [fixed.as_slice(), &[("token", token.as_str()), ("next", &next)]].concat()
    };
    for (email, company, said) in [
        (PETRA, "Mill", "Somebody has an account with this address"),
        ("mia", "Mill", "Enter a mail address"),
        ("mia@mill.example", "  ", "Enter the company and your name"),
    ] {
        let answer = mia.posts("/sign-up", &fields(email, company)).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let page = answer.text().await.unwrap();
        assert!(page.contains(said) && page.contains("Mia &lt;b&gt;"), "{page}");
    }
    let opened = mia.posts("/sign-up", &fields("mia@mill.example", "Old Mill")).await;
    assert_eq!(opened.status(), StatusCode::SEE_OTHER);
    let consent = mia.opens(&leads_to(&opened)).await.text().await.unwrap();
    assert!(consent.contains("Old Mill") && !consent.contains("Fjordhaus"), "{consent}");
    assert!(mia.page("/campaigns").await.contains("/campaigns/cmp_"), "a year of campaigns");
    let mut again = Browser::signed_in(&world, "mia@mill.example").await;
    assert!(again.page("/").await.contains("Old Mill"));
}
