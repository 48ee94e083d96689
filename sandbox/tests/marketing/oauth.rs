//! The ways to get, refresh and end tokens.

use oauth2::{
    AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, HttpRequest, HttpResponse,
    IntrospectionUrl, PkceCodeChallenge, RedirectUrl, Scope, TokenIntrospectionResponse,
    TokenResponse, TokenUrl, basic::BasicClient,
};
use reqwest::{Client, StatusCode};
use serde_json::Value;

use crate::world::{BACK, Browser, EVERYTHING, FJORDHAUS, PETRA, VERIFIER, World, asked, tokens};

#[tokio::test]
async fn a_standard_client_connects_refreshes_looks_and_revokes() {
    let world = World::start().await;
    let metadata = metadata(&world).await;
    let place = |name: &str| metadata[name].as_str().unwrap().to_owned();
    let client = BasicClient::new(ClientId::new(world.sandbox.marketing_client_id.clone()))
        .set_client_secret(ClientSecret::new(world.sandbox.marketing_client_secret.clone()))
        .set_auth_uri(AuthUrl::new(place("authorization_endpoint")).unwrap())
        .set_token_uri(TokenUrl::new(place("token_endpoint")).unwrap())
        .set_introspection_url(IntrospectionUrl::new(place("introspection_endpoint")).unwrap())
        .set_redirect_uri(RedirectUrl::new(BACK.into()).unwrap());
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, state) = client
        .authorize_url(CsrfToken::new_random)
        .add_scope(Scope::new("account:read".into()))
        .add_scope(Scope::new("campaigns:read".into()))
        .set_pkce_challenge(challenge)
        .url();

    let mut petra = Browser::signed_in(&world, PETRA).await;
    let back = petra.decides(&url, FJORDHAUS, "allow").await;
    assert_eq!(asked(&back, "state").as_deref(), Some(state.secret().as_str()));
    assert_eq!(asked(&back, "iss"), Some(place("issuer")));
    assert_eq!(asked(&back, "upstream").as_deref(), Some("larkfield"), "the query is kept");
    assert!(back.as_str().starts_with(BACK));

    let http = |request: HttpRequest| send(world.http.clone(), request);
    let code = AuthorizationCode::new(asked(&back, "code").unwrap());
    let call = client.exchange_code(code).set_pkce_verifier(verifier);
    let first = call.request_async(&http).await.unwrap();
    assert_eq!(first.expires_in().unwrap().as_secs(), 900);
    let account = world.get("/account", first.access_token().secret()).await;
    assert_eq!(account["name"], "Fjordhaus Outdoor EU");

    let refresh = first.refresh_token().unwrap();
    let second = client.exchange_refresh_token(refresh).request_async(&http).await.unwrap();
    assert_ne!(second.refresh_token().unwrap().secret(), refresh.secret());
    let look = client.introspect(second.access_token());
    let seen = look.request_async(&http).await.unwrap();
    assert!(seen.active());
    assert_eq!(seen.scopes().unwrap().len(), 2);

    // The crate sends revocations over https alone, so this one call is made by hand.
    let token = second.refresh_token().unwrap().secret();
    let (status, _) = world.oauth("/oauth/revoke", &[("token", token)]).await;
    assert_eq!(status, StatusCode::OK);
    let look = client.introspect(second.access_token());
    assert!(!look.request_async(&http).await.unwrap().active());
    for access in [first.access_token(), second.access_token()] {
        assert_eq!(world.status("/account", access.secret()).await, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn a_wrong_verifier_gets_nothing_and_spends_the_code() {
    let world = World::start().await;
    let code = world.code(PETRA, FJORDHAUS, "account:read").await;
    let fields = |verifier| {
        [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", BACK),
            ("code_verifier", verifier),
        ]
    };
    let wrong = format!("{VERIFIER}x");
    let (status, answer) = world.oauth("/oauth/token", &fields(&wrong)).await;
    assert_eq!(
        (status, answer["error"].as_str()),
        (StatusCode::BAD_REQUEST, Some("invalid_grant"))
    );
    let (_, again) = world.oauth("/oauth/token", &fields(VERIFIER)).await;
    assert_eq!(again["error"], "invalid_grant");
    let without = &fields(VERIFIER)[..3];
    assert_eq!(world.oauth("/oauth/token", without).await.1["error"], "invalid_request");
}

#[tokio::test]
async fn another_redirect_address_at_the_exchange_gets_nothing() {
    let world = World::start().await;
    let code = world.code(PETRA, FJORDHAUS, "account:read").await;
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", "http://127.0.0.1:9/oauth/callback"),
        ("code_verifier", VERIFIER),
    ];
    assert_eq!(world.oauth("/oauth/token", &fields).await.1["error"], "invalid_grant");
}

#[tokio::test]
async fn a_code_used_twice_takes_back_what_it_gave() {
    let world = World::start().await;
    let code = world.code(PETRA, FJORDHAUS, "account:read").await;
    let first = tokens(&world.exchange(&code).await.1);
    assert_eq!(world.status("/account", &first.access).await, StatusCode::OK);
    let (status, second) = world.exchange(&code).await;
    assert_eq!(
        (status, second["error"].as_str()),
        (StatusCode::BAD_REQUEST, Some("invalid_grant"))
    );
    assert_eq!(world.status("/account", &first.access).await, StatusCode::UNAUTHORIZED);
    assert_eq!(world.refresh(&first.refresh).await.1["error"], "invalid_grant");
}

#[tokio::test]
async fn refresh_tokens_rotate_and_a_replay_ends_the_family() {
    let world = World::start().await;
    let first = world.connect(PETRA, FJORDHAUS, "account:read").await;
    let mut latest = tokens(&world.refresh(&first.refresh).await.1);
    for _ in 0..3 {
        latest = tokens(&world.refresh(&latest.refresh).await.1);
    }
    assert_eq!(world.status("/account", &latest.access).await, StatusCode::OK);
    assert_eq!(world.refresh(&first.refresh).await.1["error"], "invalid_grant");
    assert_eq!(world.status("/account", &latest.access).await, StatusCode::UNAUTHORIZED);
    assert_eq!(world.refresh(&latest.refresh).await.1["error"], "invalid_grant");
}

#[tokio::test]
async fn of_many_refreshes_at_once_one_wins_and_then_nobody() {
    let world = World::start().await;
    let first = world.connect(PETRA, FJORDHAUS, "account:read").await;
    let race = (0..6).map(|_| world.refresh(&first.refresh));
    let answers = futures::future::join_all(race).await;
    let won: Vec<_> = answers.iter().filter(|(status, _)| *status == StatusCode::OK).collect();
    assert_eq!(won.len(), 1);
    let winner = tokens(&won[0].1);
    assert_eq!(world.status("/account", &winner.access).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_refresh_may_ask_for_less_but_not_for_more() {
    let world = World::start().await;
    let first = world.connect(PETRA, FJORDHAUS, "account:read contacts:read").await;
    let refresh = |token: String, scope: &'static str| {
        let world = &world;
        async move {
            let fields =
                [("grant_type", "refresh_token"), ("refresh_token", &token), ("scope", scope)];
            world.oauth("/oauth/token", &fields).await
        }
    };
    let (_, more) = refresh(first.refresh.clone(), "account:read admin").await;
    assert_eq!(more["error"], "invalid_scope");
    let (_, less) = refresh(first.refresh, "account:read").await;
    assert_eq!(less["scope"], "account:read");
    let less = tokens(&less);
    assert_eq!(world.status("/contacts", &less.access).await, StatusCode::FORBIDDEN);
    assert_eq!(world.refresh(&less.refresh).await.1["scope"], "account:read contacts:read");
}

#[tokio::test]
async fn revoking_an_unknown_token_is_no_error_and_an_access_token_goes_alone() {
    let world = World::start().await;
    let mine = world.connect(PETRA, FJORDHAUS, EVERYTHING).await;
    assert_eq!(world.oauth("/oauth/revoke", &[("token", "nobody's")]).await.0, StatusCode::OK);
    assert_eq!(world.oauth("/oauth/revoke", &[("token", &mine.access)]).await.0, StatusCode::OK);
    assert_eq!(world.status("/account", &mine.access).await, StatusCode::UNAUTHORIZED);
    assert_eq!(world.refresh(&mine.refresh).await.0, StatusCode::OK);
}

async fn metadata(world: &World) -> Value {
    let url = world.at("/.well-known/oauth-authorization-server");
    let metadata: Value = world.http.get(url).send().await.unwrap().json().await.unwrap();
    assert_eq!(metadata["revocation_endpoint"], world.at("/oauth/revoke").as_str());
    assert_eq!(metadata["code_challenge_methods_supported"], serde_json::json!(["S256"]));
    metadata
}

/// Carries the calls of the oauth2 crate over the client that the tests use.
async fn send(http: Client, request: HttpRequest) -> Result<HttpResponse, reqwest::Error> {
    let (head, body) = request.into_parts();
    let call = http.request(head.method, head.uri.to_string()).headers(head.headers).body(body);
    let answer = call.send().await?;
    let mut response = HttpResponse::new(Vec::new());
    *response.status_mut() = answer.status();
    *response.headers_mut() = answer.headers().clone();
    *response.body_mut() = answer.bytes().await?.to_vec();
    Ok(response)
}
