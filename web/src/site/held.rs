//! A form that could not be taken: its sign-in had ended, or it was opened under another one.
//! What was written is held in the answer itself, never by the program: the page shows it and
//! offers to send it anew. A person looks and presses; nothing is ever sent on its own.

use bytes::Bytes;
use poem::http::{Uri, header};
use poem::web::Multipart;
use poem::{Body, FromRequest, Request, RequestBody};
use serde::{Deserialize, Serialize};

use super::form::{Form, secret_in};
use super::labels::Labels;

/// Names that belong to one sending, and never to the next.
const OF_ONE_SENDING: [&str; 2] = ["csrf", "idempotency_key"];

/// A POST as it came in, to look into when it was not taken.
pub(super) struct Sent {
    head: Request,
    body: Bytes,
    to: String,
}

impl Sent {
    /// `to` is the path inside the program.
    pub fn new(request: &Request, body: Bytes, to: &str) -> Self {
        let mut head = Request::builder().uri(request.uri().clone()).finish();
        *head.headers_mut() = request.headers().clone();
        Self { head, body, to: with_query(to, request.original_uri()) }
    }

    /// The secret it carried; empty when it has none.
    pub async fn secret(&self) -> String {
        secret_in(&self.head, Body::from_bytes(self.body.clone())).await
    }

    /// What it carried, without its secret, its key, passwords and files.
    pub async fn held(self) -> Held {
        let from = page_before(&self.head);
        let kind = self.head.content_type().unwrap_or_default().to_ascii_lowercase();
        let in_parts = kind.starts_with("multipart/form-data");
        let mut held = Held { to: self.to, from, in_parts, ..Held::default() };
        if in_parts {
            held.read_parts(&self.head, self.body).await;
        } else {
            for (name, value) in url::form_urlencoded::parse(&self.body) {
                held.keep(&name, value.into_owned());
            }
        }
        held
    }
}

/// A form to be sent again, as the pages carry it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Where it went, inside the program.
    pub to: String,
    /// The page it was written on, as far as the browser told.
    pub from: Option<String>,
    pub in_parts: bool,
    pub fields: Vec<(String, String)>,
    /// Names of the fields that carried a file.
    pub files: Vec<String>,
    /// Whether a password was among the fields.
    pub asked_password: bool,
}

impl Held {
    /// Reads what a page of ours carried on; anything else is nothing.
    pub fn carried(form: &Form) -> Option<Self> {
        Self::read(form.get("held"))
    }

    /// What a form of the sign-in page, held itself, carried on.
    pub(super) fn carried_on(&self) -> Option<Self> {
        let field = self.fields.iter().find(|(name, _)| name == "held")?;
        Self::read(&field.1)
    }

    fn read(text: &str) -> Option<Self> {
        let held: Self = serde_json::from_str(text).ok()?;
        is_inside(&held.to).then_some(held)
    }

    /// As a hidden field carries it on.
    pub fn carry(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Whether somebody wrote or chose something; a mere button is pressed again on its page.
    pub fn is_worth_keeping(&self) -> bool {
        let worded = |value: &str| value.chars().any(char::is_alphabetic);
        let told = self.told(&Labels::default());
        !self.files.is_empty() || told.iter().any(|(_, value)| worded(value))
    }

    /// What a person can recognize, by the labels of its page and in their order: not the ids and
    /// marks that forms carry besides. Without labels the fields go by their names.
    pub fn told(&self, labels: &Labels) -> Vec<(String, String)> {
        let mut rows: Vec<(usize, &str, String, String)> = Vec::new();
        let told = self.fields.iter().filter(|(name, _)| !labels.hides(name));
        for (name, value) in told.filter(|(_, value)| !value.trim().is_empty()) {
            let (place, label, words) = match labels.tell(name, value) {
                Some(told) => told,
                None if is_mark(value) => continue,
                None => (usize::MAX, in_words(name), value.clone()),
            };
            match rows.iter_mut().find(|(_, known, ..)| *known == name.as_str()) {
                Some((.., values)) => *values = format!("{values}, {words}"),
                None => rows.push((place, name, label, words)),
            }
        }
        rows.sort_by_key(|(place, ..)| *place);
        rows.into_iter().map(|(.., label, words)| (label, words)).collect()
    }

    fn keep(&mut self, name: &str, value: String) {
        if name.contains("password") {
            self.asked_password = true;
        } else if !OF_ONE_SENDING.contains(&name) {
            self.fields.push((name.to_owned(), value));
        }
    }

    async fn read_parts(&mut self, head: &Request, body: Bytes) {
        let mut body = RequestBody::new(Body::from_bytes(body));
        let Ok(mut parts) = Multipart::from_request(head, &mut body).await else { return };
        while let Ok(Some(part)) = parts.next_field().await {
            let name = part.name().unwrap_or_default().to_owned();
            if part.file_name().is_some() {
                self.files.push(name);
            } else if let Ok(text) = part.text().await {
                self.keep(&name, text);
            }
        }
    }
}

/// A form that waited for its person to sign in, and the session that began.
#[derive(Clone)]
pub struct Waiting {
    pub held: Held,
    /// The session's secret.
    pub session: String,
    pub email: String,
}

/// A path inside the program: never another origin, however it is written.
pub fn is_inside(path: &str) -> bool {
    path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains(|c: char| c == '\\' || c.is_control() || c.is_whitespace())
}

/// The address with its query, except for the key that a form with a file carries there.
fn with_query(path: &str, uri: &Uri) -> String {
    let query = uri.query().unwrap_or_default().as_bytes();
    let rest = url::form_urlencoded::parse(query).filter(|(n, _)| !OF_ONE_SENDING.contains(&&**n));
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(rest).finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// The page of this program that the form was on, inside the program.
fn page_before(request: &Request) -> Option<String> {
    let before = request.headers().get(header::REFERER)?.to_str().ok()?;
    let before: Uri = before.parse().ok()?;
    let rest = before.path_and_query()?.as_str().strip_prefix("/p/")?;
    let (_, path) = rest.split_once('/')?;
    let path = format!("/{path}");
    is_inside(&path).then_some(path)
}

/// Ids and hashes.
fn is_mark(value: &str) -> bool {
    let hash = value.len() >= 32 && value.bytes().all(|b| b.is_ascii_hexdigit());
    hash || uuid::Uuid::try_parse(value).is_ok()
}

/// "change_fee" as "Change fee".
fn in_words(name: &str) -> String {
    let words = name.replace(['_', '-', '.'], " ");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(uri: &str, kind: &str) -> Request {
        let head = Request::builder().uri(uri.parse().unwrap()).content_type(kind);
        head.header("referer", "http://localhost/p/larkfield/briefs/new?x=1").finish()
    }

    #[tokio::test]
    async fn a_form_is_held_without_what_must_not_be_sent_twice() {
        let kind = "application/x-www-form-urlencoded";
        let body = b"csrf=a&idempotency_key=b&title=Win+back&tag=a&tag=b&new_password=hush";
        let held =
            Sent::new(&request("/briefs", kind), Bytes::from_static(body), "/briefs").held().await;
        assert_eq!(held.from.as_deref(), Some("/briefs/new?x=1"));
        assert!(held.asked_password && !held.carry().contains("hush"));
        let told = [("Title".into(), "Win back".into()), ("Tag".into(), "a, b".into())];
        assert_eq!(held.told(&Labels::default()), told);
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("held", &held.carry())
            .finish();
        assert_eq!(Held::carried(&Form::parse(form.as_bytes())), Some(held));
    }

    #[tokio::test]
    async fn a_file_is_asked_for_again_and_its_key_left_out() {
        let kind = "multipart/form-data; boundary=b";
        let part = "--b\r\ncontent-disposition: form-data; name=";
        let file = "\"file\"; filename=\"a.txt\"\r\n\r\ncontent\r\n--b--\r\n";
        let body = format!("{part}\"note\"\r\n\r\nDone\r\n{part}{file}");
        let sent = request("/m?idempotency_key=k&x=1", kind);
        let held = Sent::new(&sent, Bytes::from(body), "/m").held().await;
        assert!(held.in_parts);
        assert_eq!(with_query("/m", sent.uri()), "/m?x=1");
        assert_eq!(held.fields, [("note".to_owned(), "Done".to_owned())]);
        assert_eq!(held.files, ["file"]);
        assert!(!held.carry().contains("content"));
    }

    #[test]
    fn a_mere_button_is_not_held_and_no_other_origin_is_sent_to() {
        let id = "0198a1b2-0000-7000-8000-000000000001".to_owned();
        let fields = vec![("membership".to_owned(), id), ("version".to_owned(), "3".to_owned())];
        assert!(!Held { fields, ..Held::default() }.is_worth_keeping());
        let evil = Held { to: "//evil.example".into(), ..Held::default() };
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("held", &evil.carry())
            .finish();
        assert_eq!(Held::carried(&Form::parse(form.as_bytes())), None);
        for evil in ["//evil", "/\\evil", "\t//evil", "/\tevil", "https://evil", "javascript:x", ""]
        {
            assert!(!is_inside(evil), "{evil:?}");
        }
        assert!(is_inside("/briefs?state=open"));
    }
}
