//! A gateway key may be bound to a key of its holder (RFC 9449): a copy of it is then of no use.

use crate::support::holder::{Holder, encode, parts};
use crate::support::larkfield::{PETRA, Tool};
use crate::support::reader::{Reader, says};
use crate::support::{Actor, Answer, World, race};
use ring::hmac;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

struct Scene {
    world: World,
    petra: Actor,
    expert: Actor,
    grant: String,
    holder: Holder,
    secret: String,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new().await;
        let petra = world.customer("Fjordhaus").await;
        let expert = world.consultant("Brandt").await;
        let (engagement, _) = world.active(&petra, &expert, &[10_000]).await;
        let connection = world.connects(&petra, PETRA).await;
        let grant =
            world.grants((&petra, &expert), &engagement, &connection, "author-drafts").await;
        let holder = Holder::es256();
        let bind = json!({ "jwk": holder.jwk() });
        let secret = key(&expert, &grant, bind).await.expect(201).at("/secret");
        world.forgets().await;
        Self { world, petra, expert, grant, holder, secret }
    }

    /// The claims of a proof as they must be, for a GET.
    fn claims(&self, path: &str) -> Value {
        json!({
            "jti": hex::encode(rand::random::<[u8; 16]>()), "htm": "GET",
            "htu": format!("{}/gw/{}{path}", self.world.base, self.grant),
            "iat": self.world.clock.now().timestamp(),
            "ath": encode(&Sha256::digest(&self.secret)),
        })
    }

    /// A GET of the letter, with these headers beside nothing else.
    async fn get(&self, base: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        let url = format!("{base}/gw/{}{path}", self.grant);
        let request = self.expert.client.get(&url);
        let add = |request: reqwest::RequestBuilder, (name, value): &(&str, &str)| {
            request.header(*name, *value)
        };
        let response = headers.iter().fold(request, add).send().await.unwrap();
        Answer::read(format!("GET {url}"), response).await
    }

    /// A call with the bound key and this proof.
    async fn proven(&self, path: &str, proof: &str) -> Answer {
        let key = format!("DPoP {}", self.secret);
        self.get(&self.world.base, path, &[("authorization", &key), ("dpop", proof)]).await
    }

    /// Refused calls in the customer's log by their code, latest first.
    async fn refusals(&self) -> Vec<String> {
        let log = self.petra.get("/v1/access-log?limit=100").await.expect(200).json();
        let items = log["items"].as_array().unwrap().iter();
        let refused = items.filter(|entry| entry["outcome"] == "refused");
        refused.map(|entry| entry["code"].as_str().unwrap().to_owned()).collect()
    }
}

/// Makes a key of the letter that is bound as told.
async fn key(expert: &Actor, grant: &str, bind: Value) -> Answer {
    let mut body = bind;
    body["name"] = json!("server");
    expert.post(&format!("/v1/grants/{grant}/keys"), body).await
}

const CHALLENGE: &str = "DPoP error=\"invalid_dpop_proof\", algs=\"ES256 EdDSA\"";

/// Refused for its proof, with these words.
#[track_caller]
fn unproven(answer: Answer, words: &str) {
    assert_eq!(answer.header("www-authenticate"), Some(CHALLENGE), "{words}");
    let detail = answer.refused(401, "invalid-proof").at("/detail");
    assert!(detail.contains(words), "{words:?}: {detail}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_holder_calls_with_either_algorithm() {
    let mut scene = Scene::new().await;
    let proof = scene.holder.proof(&scene.claims("/campaigns"));
    scene.proven("/campaigns?limit=2", &proof).await.expect(200);
    let proof = scene.holder.proof(&scene.claims("/openapi.json"));
    let described = scene.proven("/openapi.json", &proof).await.expect(200).json();
    assert_eq!(described["components"]["securitySchemes"]["boundKey"]["scheme"], "dpop");
    assert_eq!(described["security"][1], json!({ "boundKey": [], "proof": [] }));
    let hers = Holder::eddsa();
    let made = key(&scene.expert, &scene.grant, json!({ "jkt": hers.thumbprint() })).await;
    let made = made.expect(201);
    assert_eq!(made.at("/jkt"), hers.thumbprint());
    (scene.holder, scene.secret) = (hers, made.at("/secret"));
    let mut claims = scene.claims("/campaigns");
    claims["htu"] = json!(claims["htu"].as_str().unwrap().replace("http:", "HTTP:") + "?x=1#y");
    scene.proven("/campaigns", &scene.holder.proof(&claims)).await.expect(200);
    let listed = scene.petra.get(&format!("/v1/grants/{}/keys", scene.grant)).await.expect(200);
    assert_eq!(listed.at("/0/jkt"), scene.holder.thumbprint(), "the customer sees what it is");
    let calls = scene.world.asked_of_api().await;
    assert_eq!(calls, ["GET /api/v1/campaigns", "GET /api/v1/campaigns"]);
    assert_eq!(scene.refusals().await, [""; 0]);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_30_a_copied_key_is_of_no_use_to_a_colleague() {
    let scene = Scene::new().await;
    let (base, bearer) = (scene.world.base.clone(), format!("Bearer {}", scene.secret));
    for path in ["/campaigns", "/openapi.json", "/approvals/x"] {
        let answer = scene.get(&base, path, &[("authorization", &bearer)]).await;
        let challenge = "DPoP error=\"invalid_token\", algs=\"ES256 EdDSA\"";
        assert_eq!(answer.header("www-authenticate"), Some(challenge), "{path}");
        answer.refused(401, "proof-wanted");
    }
    let proof = scene.holder.proof(&scene.claims("/campaigns"));
    let both = [("authorization", bearer.as_str()), ("dpop", proof.as_str())];
    scene.get(&base, "/campaigns", &both).await.refused(401, "proof-wanted");
    let key = format!("DPoP {}", scene.secret);
    let alone = [("authorization", key.as_str())];
    unproven(scene.get(&base, "/campaigns", &alone).await, "exactly one header DPoP");
    for colleague in [Holder::es256(), Holder::eddsa()] {
        let proof = colleague.proof(&scene.claims("/campaigns"));
        unproven(scene.proven("/campaigns", &proof).await, "another key");
        let mut head = colleague.head();
        head["jwk"] = scene.holder.jwk();
        let proof = colleague.signed(&head, &scene.claims("/campaigns"));
        let found = scene.proven("/campaigns", &proof).await;
        let words = if colleague.alg == "ES256" { "signature" } else { "no public key" };
        unproven(found, words);
    }
    let log = scene.refusals().await;
    assert_eq!(log.iter().filter(|code| *code == "invalid-proof").count(), 5);
    assert_eq!(log.iter().filter(|code| *code == "proof-wanted").count(), 4);
    let trail = scene.petra.get("/v1/audit-trail.jsonl").await.expect(200).text();
    assert!(trail.contains("proof-wanted") && !trail.contains(&scene.secret));
    assert!(scene.world.hits().await.is_empty(), "nothing reached the application");
    // The proof that came beside a bearer key was not used up by that.
    scene.proven("/campaigns", &proof).await.expect(200);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_30_a_bound_key_on_another_letter() {
    let scene = Scene::new().await;
    let karin = scene.world.customer("Moorhald").await;
    let (engagement, _) = scene.world.active(&karin, &scene.expert, &[10_000]).await;
    let connection = scene.world.connects(&karin, "karin@moorhald.example").await;
    let parties = (&karin, &scene.expert);
    let other = scene.world.grants(parties, &engagement, &connection, "author-drafts").await;
    scene.world.forgets().await;
    let mut claims = scene.claims("/account");
    claims["htu"] = json!(format!("{}/gw/{other}/account", scene.world.base));
    let crossed = Scene { grant: other, ..scene };
    let proof = crossed.holder.proof(&claims);
    crossed.proven("/account", &proof).await.refused(404, "not-found");
    let key = format!("Bearer {}", crossed.secret);
    let bearer = [("authorization", key.as_str())];
    crossed.get(&crossed.world.base, "/account", &bearer).await.refused(404, "not-found");
    assert!(crossed.world.hits().await.is_empty());
    crossed.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_30_a_proof_is_of_one_call() {
    let scene = Scene::new().await;
    let (path, now) = ("/campaigns", scene.world.clock.now().timestamp());
    let place = |path: &str| json!(format!("{}/gw/{}{path}", scene.world.base, scene.grant));
    for (claim, value, words) in [
        ("htm", json!("POST"), "htm"),
        ("htm", json!("get"), "htm"),
        ("htu", place("/account"), "htu"),
        ("htu", json!(format!("http://evil.example/gw/{}{path}", scene.grant)), "htu"),
        ("htu", json!(path), "htu"),
        ("iat", json!(now - 70), "over a minute ago"),
        ("iat", json!(now + 60), "in the future"),
        ("iat", json!("now"), "no compact JWS"),
        ("iat", json!(i64::MAX), "no compact JWS"),
        ("jti", json!(""), "jti"),
        ("jti", json!("x".repeat(257)), "jti"),
        ("ath", json!(encode(&Sha256::digest("agk_other"))), "ath"),
        ("ath", Value::Null, "ath"),
    ] {
        let mut claims = scene.claims(path);
        claims[claim] = value;
        unproven(scene.proven(path, &scene.holder.proof(&claims)).await, words);
    }
    let (head, claims) = (scene.holder.head(), scene.claims(path));
    let with = |name: &str, value: Value| {
        let mut head = head.clone();
        head[name] = value;
        scene.holder.signed(&head, &claims)
    };
    let mut private = scene.holder.jwk();
    private["d"] = json!(encode(&[7; 32]));
    let unsigned = json!({ "typ": "dpop+jwt", "alg": "none", "jwk": scene.holder.jwk() });
    let by_public = json!({ "typ": "dpop+jwt", "alg": "HS256", "jwk": scene.holder.jwk() });
    let text = parts(&by_public, &claims);
    let mac = hmac::Key::new(hmac::HMAC_SHA256, scene.holder.jwk().to_string().as_bytes());
    let mac = encode(hmac::sign(&mac, text.as_bytes()).as_ref());
    let symmetric = json!({ "kty": "oct", "k": encode(b"secret") });
    let whole = scene.holder.proof(&claims);
    let unsigned_whole = format!("{}.", whole.rsplit_once('.').unwrap().0);
    for (proof, words) in [
        (format!("{}.", parts(&unsigned, &claims)), "alg"),
        (unsigned_whole, "signature"),
        (format!("{text}.{mac}"), "alg"),
        (with("alg", json!("ES384")), "alg"),
        (with("alg", json!("EdDSA")), "no public key"),
        (with("typ", json!("JWT")), "typ"),
        (with("jwk", private), "more than a public key"),
        (with("jwk", symmetric), "more than a public key"),
        (with("jwk", Value::Null), "no public key"),
        (with("jwk", json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB" })), "no public key"),
        (with("crit", json!(["exp"])), "crit"),
        (format!("{whole}.{whole}"), "no compact JWS"),
        ("x".repeat(5000), "no compact JWS"),
        (String::new(), "no compact JWS"),
    ] {
        unproven(scene.proven(path, &proof).await, words);
    }
    let key = format!("DPoP {}", scene.secret);
    let second = scene.holder.proof(&scene.claims(path));
    let twice = [("authorization", key.as_str()), ("dpop", &whole), ("dpop", &second)];
    unproven(scene.get(&scene.world.base, path, &twice).await, "exactly one header DPoP");
    assert_eq!(scene.refusals().await, ["invalid-proof"; 28]);
    assert!(scene.world.hits().await.is_empty(), "nothing reached the application");
    scene.proven(path, &whole).await.expect(200);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_30_a_proof_counts_once_on_every_node() {
    let scene = Scene::new().await;
    let node = scene.world.another_node().await;
    let there = format!("http://{}", node.address);
    let key = format!("DPoP {}", scene.secret);
    let proof = scene.holder.proof(&scene.claims("/campaigns"));
    scene.proven("/campaigns", &proof).await.expect(200);
    let sent = [("authorization", key.as_str()), ("dpop", proof.as_str())];
    for base in [&scene.world.base, &there] {
        unproven(scene.get(base, "/campaigns", &sent).await, "jti was used before");
    }
    let fresh = scene.holder.proof(&scene.claims("/campaigns"));
    let answers = race((0..8).map(|n| {
        let base = if n % 2 == 0 { scene.world.base.clone() } else { there.clone() };
        let url = format!("{base}/gw/{}/campaigns", scene.grant);
        let request = scene.expert.client.get(&url).header("authorization", &key);
        let request = request.header("dpop", &fresh);
        async move { Answer::read(url, request.send().await.unwrap()).await }
    }))
    .await;
    let answers: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(answers.iter().filter(|status| **status == 200).count(), 1, "{answers:?}");
    assert_eq!(answers.iter().filter(|status| **status == 401).count(), 7, "{answers:?}");
    assert_eq!(scene.world.asked_of_api().await.len(), 2, "each proof let one call through");
    let kept = async || scene.world.sql("SELECT kept_until FROM gateway_proofs").await.len();
    assert_eq!(kept().await, 2);
    scene.world.advance(chrono::Duration::seconds(90)).await;
    scene.world.settle().await;
    assert_eq!(kept().await, 2, "remembered for longer than it could be taken");
    unproven(scene.proven("/campaigns", &fresh).await, "over a minute ago");
    scene.world.advance(chrono::Duration::seconds(90)).await;
    scene.world.settle().await;
    assert_eq!(kept().await, 0, "and then forgotten");
    node.stop().await.unwrap();
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_not_bound_stays_as_it_was() {
    let scene = Scene::new().await;
    let tool = Tool::with_key(&scene.expert, &scene.grant).await;
    let key = format!("DPoP {}", tool.actor.token.as_deref().unwrap());
    let proof = scene.holder.proof(&scene.claims("/campaigns"));
    let sent = [("authorization", key.as_str()), ("dpop", proof.as_str())];
    let answer = scene.get(&scene.world.base, "/campaigns", &sent).await;
    assert_eq!(answer.header("www-authenticate"), Some("Bearer error=\"invalid_token\""));
    answer.refused(401, "key-not-bound");
    assert_eq!(scene.refusals().await, ["key-not-bound"]);
    let (app, base) = scene.world.quiet_node().await;
    let quiet = Tool { actor: Actor { base: base.clone(), ..tool.actor.clone() }, ..tool.clone() };
    let before = app.db.round_trips();
    quiet.get("/campaigns").await.expect(200);
    assert_eq!(app.db.round_trips() - before, 2, "opened by the key, read");
    let bound = format!("DPoP {}", scene.secret);
    let sent = [("authorization", bound.as_str()), ("dpop", proof.as_str())];
    let before = app.db.round_trips();
    scene.get(&base, "/campaigns", &sent).await.expect(200);
    assert_eq!(app.db.round_trips() - before, 5, "and begun, its proof used up, committed");
    app.late.settled().await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_it_is_bound_to_is_a_public_key_and_never_changes() {
    let scene = Scene::new().await;
    let (expert, grant) = (&scene.expert, scene.grant.as_str());
    let jkt = scene.holder.thumbprint();
    for (bind, field) in [
        (json!({ "jwk": { "kty": "EC", "crv": "P-384", "x": "AA", "y": "AA" } }), "jwk"),
        (json!({ "jwk": { "kty": "EC", "crv": "P-256", "x": "AA", "y": "AA" } }), "jwk"),
        (json!({ "jwk": { "kty": "OKP", "crv": "X25519", "x": encode(&[1; 32]) } }), "jwk"),
        (json!({ "jkt": "" }), "jkt"),
        (json!({ "jkt": &jkt[1..] }), "jkt"),
        (json!({ "jkt": jkt, "jwk": scene.holder.jwk() }), "jkt"),
    ] {
        let refused = key(expert, grant, bind.clone()).await.refused(422, "invalid");
        assert_eq!(refused.at("/errors/0/field"), field, "{bind}");
    }
    let mut private = scene.holder.jwk();
    private["d"] = json!(encode(&[7; 32]));
    let refused = key(expert, grant, json!({ "jwk": private })).await;
    assert_eq!(refused.at("/errors/0/field"), "jwk.d", "a private key is not even read");
    refused.refused(400, "unreadable-body");
    let app = scene.world.database.connect(attache::postgres::Role::App).await;
    let error = app.batch_execute("UPDATE gateway_keys SET dpop_jkt = NULL").await.unwrap_err();
    let said = error.as_db_error().map(|e| e.message().to_owned()).unwrap_or_default();
    assert!(said.contains("permission denied"), "{said}");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_a_letter_binds_keys() {
    let scene = Scene::new().await;
    let mut reader = Reader::of(&scene.world, &scene.expert.email).await;
    let path = format!("/grants/{}", scene.grant);
    let page = reader.open(&path).await;
    says(&page, &format!("Bound to <code>{}", scene.holder.thumbprint()));
    let action = format!("/p/larkfield{path}/keys");
    let form = page.form(&action).unwrap().set("name", "server");
    let wrong = reader.send(&form.set("bind_to", "{\"kty\":\"RSA\"}")).await;
    assert_eq!(wrong.status, 422);
    says(&wrong, "Send a public key as a JWK");
    says(&wrong, "{&quot;kty&quot;:&quot;RSA&quot;}");
    let form = wrong.form(&action).unwrap().set("name", "server");
    let wrong = reader.send(&form.set("bind_to", "abc")).await;
    says(&wrong, "43 characters of base64url");
    let form = wrong.form(&action).unwrap().set("name", "server");
    let mine = Holder::eddsa();
    let made = reader.send(&form.set("bind_to", &mine.jwk().to_string())).await;
    says(&made, "Authorization: DPoP agk_");
    says(&made, "dpop+jwt");
    says(&made, &mine.thumbprint());
    let mut customer = Reader::of(&scene.world, &scene.petra.email).await;
    says(&customer.open(&path).await, &mine.thumbprint());
    scene.world.end().await;
}
