//! Whatever is sent to a page is answered by a page: every form that somebody can reach, sent by
//! everybody, without its secret, with a wrong one, unreadable, empty, huge, or full of nonsense.

use crate::contract::Stage;
use crate::support::{Actor, Answer, Session, World};
use reqwest::Method;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

const HOME: &str = "/p/larkfield";
/// Addresses that differ only by the thing they show: so many are opened.
const EACH_PATTERN: usize = 2;
const FORM: &str = "application/x-www-form-urlencoded";
const PLACES: [&str; 4] = ["/", "/sign-in", "/sign-up", "/forgotten"];

/// A form as a page shows it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Form {
    action: String,
    carries_file: bool,
    fields: BTreeSet<String>,
}

/// Somebody at a browser, or a visitor.
enum Visitor {
    Seated(Session, String),
    Stranger(Actor),
}

impl Visitor {
    async fn of(world: &World, actor: &Actor) -> Self {
        match actor.token {
            Some(_) => Self::Seated(Session::of(world, &actor.email).await, actor.email.clone()),
            None => Self::Stranger(world.anyone()),
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::Seated(_, email) => email,
            Self::Stranger(_) => "a visitor",
        }
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        match self {
            Self::Seated(session, _) => session.request(method, path),
            Self::Stranger(actor) => {
                let request = actor.request(method, path);
                request.header("origin", &actor.base)
            }
        }
    }

    async fn opens(&self, path: &str) -> Answer {
        let response = self.request(Method::GET, path).send().await.unwrap();
        Answer::read(format!("{} opens {path}", self.name()), response).await
    }

    async fn sends(&self, path: &str, kind: &str, body: Vec<u8>) -> Answer {
        let request = self.request(Method::POST, path).header("content-type", kind).body(body);
        let asked = format!("{} sends {path}", self.name());
        let response = request.send().await.unwrap_or_else(|e| panic!("{asked}: {e:?}"));
        Answer::read(asked, response).await
    }

    /// The secret that this one's forms carry now.
    async fn secret(&self, world: &World) -> Option<String> {
        let Self::Seated(_, email) = self else { return Some(String::new()) };
        let text = self.opens(&format!("{HOME}/settings")).await.text();
        let found = between(&text, "name=\"csrf\" value=\"", "\"").into_iter().next();
        assert!(found.is_some() || world.base.is_empty(), "{email} has no form to take it from");
        found
    }
}

/// Every text between two marks.
fn between(text: &str, before: &str, after: &str) -> Vec<String> {
    let rests = text.split(before).skip(1);
    rests.filter_map(|rest| rest.split(after).next()).map(|t| t.replace("&amp;", "&")).collect()
}

fn forms(html: &str) -> Vec<Form> {
    let blocks = between(html, "<form", "</form>");
    let posted = blocks.iter().filter(|block| block.contains("method=\"post\""));
    let read = |block: &String| {
        let carries_file = block.contains("multipart/form-data");
        let fields: BTreeSet<String> = between(block, " name=\"", "\"").into_iter().collect();
        let actions = [between(block, " action=\"", "\""), between(block, " formaction=\"", "\"")];
        let form = move |action| Form { action, carries_file, fields: fields.clone() };
        actions.concat().into_iter().map(form).collect::<Vec<_>>()
    };
    posted.flat_map(read).collect()
}

/// The address with its ids taken out.
fn pattern(path: &str) -> String {
    let path = path.split('?').next().unwrap();
    let is_id = |part: &str| part.len() == 36 && part.matches('-').count() == 4;
    path.split('/').map(|part| if is_id(part) { ":id" } else { part }).collect::<Vec<_>>().join("/")
}

/// All forms that somebody reaches by links.
async fn reachable(visitor: &Visitor) -> Vec<Form> {
    let mut queue: VecDeque<String> = PLACES.iter().map(|place| format!("{HOME}{place}")).collect();
    let mut known: BTreeSet<String> = queue.iter().cloned().collect();
    let mut opened: BTreeMap<String, usize> = BTreeMap::new();
    let mut found = BTreeMap::new();
    while let Some(path) = queue.pop_front() {
        let times = opened.entry(pattern(&path)).or_default();
        *times += 1;
        if *times > EACH_PATTERN {
            continue;
        }
        let answer = visitor.opens(&path).await;
        is_a_page(&answer, "a link");
        let html = answer.text();
        for form in forms(&html).into_iter().filter(|form| form.action.starts_with(HOME)) {
            found.entry(pattern(&form.action)).or_insert(form);
        }
        for link in between(&html, "href=\"", "\"") {
            let link = link.split('#').next().unwrap().to_owned();
            if link.starts_with(HOME) && known.insert(link.clone()) {
                queue.push_back(link);
            }
        }
    }
    found.into_values().collect()
}

/// Fails unless this is a page, a way to one, or a file.
#[track_caller]
fn is_a_page(answer: &Answer, what: &str) {
    let Answer { asked, status, .. } = answer;
    assert!(*status < 500, "{asked} with {what}: {status} {}", answer.text());
    let kind = answer.header("content-type").unwrap_or_default();
    let told = (300..400).contains(status) || kind.starts_with("text/html");
    assert!(told || (*status < 300), "{asked} with {what}: {status} {kind}");
    for leak in ["api::", "diesel", "panicked"] {
        assert!(!answer.text().contains(leak), "{asked} with {what} tells {leak:?}");
    }
}

fn filled(form: &Form, secret: &str, value: &str) -> Vec<u8> {
    let fill = |name: &String| match name.as_str() {
        "csrf" => format!("csrf={secret}"),
        "idempotency_key" => format!("idempotency_key={}", hex::encode(rand::random::<[u8; 8]>())),
        name => format!("{name}={value}"),
    };
    form.fields.iter().map(fill).collect::<Vec<_>>().join("&").into_bytes()
}

fn parted(form: &Form, secret: &str, value: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    for name in &form.fields {
        let file = if name == "file" { "; filename=\"../a\u{0}.txt\"" } else { "" };
        let value = if name == "csrf" { secret.as_bytes() } else { value };
        let head = format!("--b\r\ncontent-disposition: form-data; name=\"{name}\"{file}\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(value);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--b--\r\n");
    body
}

/// What no page of ours would send.
async fn without_a_secret(visitor: &Visitor, form: &Form) -> usize {
    let signed_in = matches!(visitor, Visitor::Seated(..));
    let multipart = "multipart/form-data; boundary=b";
    let bodies: Vec<(&str, &str, Vec<u8>)> = vec![
        ("nothing", FORM, Vec::new()),
        ("no secret", FORM, filled(form, "", "x")),
        ("a wrong secret", FORM, filled(form, &"0".repeat(128), "x")),
        ("bad UTF-8", FORM, b"csrf=%ff%fe&\xff=\xfe&=&&%zz=%".to_vec()),
        ("JSON", "application/json", b"{\"csrf\": 1}".to_vec()),
        ("a wrong secret in parts", multipart, parted(form, &"0".repeat(128), b"x")),
        ("no parts", multipart, b"--b--\r\n".to_vec()),
        ("half a part", multipart, b"--b\r\ncontent-disposition: form-data; na".to_vec()),
        ("no boundary", "multipart/form-data", b"x".to_vec()),
    ];
    for (what, kind, body) in &bodies {
        let answer = visitor.sends(&form.action, kind, body.clone()).await;
        is_a_page(&answer, what);
        if signed_in {
            assert!(answer.status >= 400, "{} with {what}: {}", answer.asked, answer.status);
        }
    }
    bodies.len()
}

/// What a page of ours sends when somebody types nonsense.
async fn with_a_secret(visitor: &Visitor, form: &Form, secret: &str) -> usize {
    let long = "x".repeat(100_000);
    let odd = ["", "%00", "a%00%ff%fe", "-1", "99999999999999999999999", long.as_str()];
    for value in odd {
        let what: String = value.chars().take(40).collect();
        let answer = if form.carries_file {
            let body = parted(form, secret, value.as_bytes());
            visitor.sends(&form.action, "multipart/form-data; boundary=b", body).await
        } else {
            visitor.sends(&form.action, FORM, filled(form, secret, value)).await
        };
        is_a_page(&answer, &what);
    }
    odd.len()
}

/// These end the session that sends the other forms.
fn ends_the_session(form: &Form) -> bool {
    ["/sign-out", "/sessions", "/acting"].iter().any(|end| form.action.contains(end))
}

#[tokio::test(flavor = "multi_thread")]
async fn and_answer_with_a_page() {
    let stage = Stage::new().await;
    let mut all: BTreeMap<String, Form> = BTreeMap::new();
    let mut visitors = Vec::new();
    for actor in stage.everyone() {
        let visitor = Visitor::of(&stage.world, &actor).await;
        for form in reachable(&visitor).await {
            all.entry(pattern(&form.action)).or_insert(form);
        }
        visitors.push(visitor);
    }
    assert!(all.len() >= 10, "only {} forms: {:?}", all.len(), all.keys());
    let mut sent = 0;
    for visitor in &visitors {
        for form in all.values() {
            sent += without_a_secret(visitor, form).await;
        }
    }
    for visitor in &visitors {
        for form in all.values().filter(|form| !ends_the_session(form)) {
            let Some(secret) = visitor.secret(&stage.world).await else { continue };
            sent += with_a_secret(visitor, form, &secret).await;
        }
    }
    assert!(sent > all.len() * visitors.len() * 10, "only {sent} forms sent");
    stage.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn huge_ones_and_odd_addresses_too() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus").await;
    let everyone = [Visitor::of(&world, &petra).await, Visitor::of(&world, &world.anyone()).await];
    for visitor in &everyone {
        for form in reachable(visitor).await {
            let huge = visitor.sends(&form.action, FORM, vec![b'x'; 10 * 1024 * 1024]).await;
            is_a_page(&huge, "10 MB");
            assert_eq!(huge.status, 413, "{}", huge.asked);
        }
        for odd in ["%ff", "%00", "..%2f", "x'%22%3e%3cscript%3e", "engagements/7", "experts/%F0"] {
            let answer = visitor.opens(&format!("{HOME}/{odd}")).await;
            is_a_page(&answer, odd);
            assert!(answer.status >= 300, "{} found something", answer.asked);
        }
        for path in ["/p/%ff/", "/p/nobody/", "/p//", "/p/larkfield/experts?q=%ff%00&cursor=%00"] {
            is_a_page(&visitor.opens(path).await, path);
        }
        for method in [Method::PUT, Method::DELETE, Method::PATCH] {
            let path = format!("{HOME}/settings");
            let response = visitor.request(method, &path).send().await.unwrap();
            is_a_page(&Answer::read(path, response).await, "another method");
        }
    }
    world.end().await;
}
