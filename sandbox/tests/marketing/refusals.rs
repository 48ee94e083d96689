//! What the authorization server does not do.

use reqwest::{StatusCode, header};

use crate::world::{
    BACK, Browser, EVERYTHING, FJORDHAUS, PETRA, World, asked, hidden, leads_to, tokens,
};

#[tokio::test]
async fn an_address_that_is_not_registered_gets_nobody_sent_to_it() {
    let world = World::start().await;
    let mut petra = Browser::signed_in(&world, PETRA).await;
    let longer = format!("{BACK}&x=1");
    for changes in [
        [("redirect_uri", "http://127.0.0.1:9/oauth/callback")],
        [("redirect_uri", longer.as_str())],
        [("redirect_uri", "http://127.0.0.1:9/oauth/callback/?upstream=larkfield")],
        [("redirect_uri", "http://127.0.0.1:10/oauth/callback?upstream=larkfield")],
        [("redirect_uri", "http://localhost:9/oauth/callback?upstream=larkfield")],
        [("redirect_uri", "")],
        [("client_id", "somebody")],
    ] {
        let answer = petra.opens(&world.authorize("account:read", &changes)).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{changes:?}");
        assert!(!answer.headers().contains_key(header::LOCATION), "{changes:?}");
        assert!(answer.text().await.unwrap().contains("not safe to follow"));
    }
    let mut twice = world.authorize("account:read", &[]);
    twice.query_pairs_mut().append_pair("redirect_uri", "http://evil.example/");
    assert_eq!(petra.opens(&twice).await.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_wrong_request_goes_back_with_its_error_its_state_and_the_issuer() {
    let world = World::start().await;
    let mut petra = Browser::signed_in(&world, PETRA).await;
    for (changes, error) in [
        ([("response_type", "token")], "unsupported_response_type"),
        ([("code_challenge", "")], "invalid_request"),
        ([("code_challenge", "short")], "invalid_request"),
        ([("code_challenge_method", "")], "invalid_request"),
        ([("code_challenge_method", "plain")], "invalid_request"),
        ([("scope", "everything")], "invalid_scope"),
        ([("scope", "")], "invalid_scope"),
    ] {
        let answer = petra.opens(&world.authorize("account:read", &changes)).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{changes:?}");
        let back = leads_to(&answer);
        assert!(back.as_str().starts_with(BACK), "{back}");
        assert_eq!(asked(&back, "error").as_deref(), Some(error), "{changes:?}");
        assert_eq!(asked(&back, "state").as_deref(), Some("the state & more"));
        assert_eq!(asked(&back, "iss").as_deref(), world.at("/").as_str().strip_suffix('/'));
        assert_eq!(asked(&back, "code"), None);
    }
}

#[tokio::test]
async fn a_denial_and_an_account_of_others_are_access_denied() {
    let world = World::start().await;
    let mut petra = Browser::signed_in(&world, PETRA).await;
    let url = world.authorize("account:read", &[]);
    for (account, decision) in
        [(FJORDHAUS, "deny"), (FJORDHAUS, "whatever"), ("acc_brannock", "allow"), ("", "allow")]
    {
        let back = petra.decides(&url, account, decision).await;
        assert_eq!(asked(&back, "error").as_deref(), Some("access_denied"), "{account} {decision}");
        assert_eq!(asked(&back, "code"), None);
    }
}

#[tokio::test]
async fn a_form_that_is_not_from_our_page_decides_nothing() {
    let world = World::start().await;
    let url = world.authorize("account:read", &[]);
    let mut stranger = Browser::new(&world);
    let page = stranger.page("/sign-in").await;
    let mut petra = Browser::signed_in(&world, PETRA).await;
    let request = url.query().unwrap();
    for token in ["", "0000", &hidden(&page, "token")] {
        let fields =
            [("token", token), ("request", request), ("account", FJORDHAUS), ("decision", "allow")];
        let answer = petra.posts("/oauth/authorize", &fields).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{token}");
    }
}

#[tokio::test]
async fn nobody_gives_more_than_they_have() {
    let world = World::start().await;
    let mut jonas = Browser::signed_in(&world, "jonas@fjordhaus.example").await;
    let page = jonas.opens(&world.authorize(EVERYTHING, &[])).await.text().await.unwrap();
    assert!(page.contains("You are editor of this account and cannot give"));
    let given = world.connect("jonas@fjordhaus.example", FJORDHAUS, EVERYTHING).await;
    assert_eq!(world.status("/users", &given.access).await, StatusCode::FORBIDDEN);
    assert_eq!(world.status("/contacts", &given.access).await, StatusCode::OK);
    let code = world.code("mira@fjordhaus.example", FJORDHAUS, EVERYTHING).await;
    let (_, answer) = world.exchange(&code).await;
    let all_read = "account:read contacts:read lists:read campaigns:read reports:read";
    assert_eq!(answer["scope"], all_read);
}

#[tokio::test]
async fn only_the_client_with_its_secret_is_heard() {
    let world = World::start().await;
    let mine = world.connect(PETRA, FJORDHAUS, "account:read").await;
    let secret = world.sandbox.marketing_client_secret.clone();
    for path in ["/oauth/token", "/oauth/revoke", "/oauth/introspect"] {
        let fields =
            [("grant_type", "refresh_token"), ("refresh_token", "x"), ("token", &mine.refresh)];
        let call = || world.http.post(world.at(path)).form(&fields);
        let wrong = [
            call(),
            call().basic_auth("attache", Some("wrong")),
            call().basic_auth("other", Some(&secret)),
            call().bearer_auth(&secret),
        ];
        for wrong in wrong {
            let answer = wrong.send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{path}");
            assert!(answer.headers().contains_key(header::WWW_AUTHENTICATE));
            assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-store");
            let body: serde_json::Value = answer.json().await.unwrap();
            assert_eq!(body["error"], "invalid_client");
        }
        let both = [("client_secret", secret.as_str()), ("client_id", "attache")];
        let (status, answer) = world.oauth(path, &both).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert_eq!(answer["error"], "invalid_request");
        assert_eq!(
            world.oauth(path, &[("token", "a"), ("token", "b")]).await.1["error"],
            "invalid_request"
        );
    }
    let post = [
        ("grant_type", "refresh_token"),
        ("refresh_token", mine.refresh.as_str()),
        ("client_id", "attache"),
        ("client_secret", &secret),
    ];
    let answer = world.http.post(world.at("/oauth/token")).form(&post).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-store");
    tokens(&answer.json().await.unwrap());
    for (kind, error) in [("password", "unsupported_grant_type"), ("", "invalid_request")] {
        assert_eq!(world.oauth("/oauth/token", &[("grant_type", kind)]).await.1["error"], error);
    }
    let json = world.http.post(world.at("/oauth/token")).basic_auth("attache", Some(&secret));
    let answer = json.json(&serde_json::json!({ "grant_type": "refresh_token" })).send().await;
    assert_eq!(answer.unwrap().status(), StatusCode::BAD_REQUEST);
}
