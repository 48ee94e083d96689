use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Attachment, MultiPart, header::ContentType},
    transport::smtp::client::Tls,
};
use reqwest::{Client, StatusCode, header};
use sandbox::mail::Catcher;
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

struct World {
    catcher: Catcher,
    http: Client,
    dir: tempfile::TempDir,
}

impl World {
    async fn start() -> Self {
        // Another test of this binary may have installed it already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let dir = tempfile::tempdir().unwrap();
        let catcher = Catcher::start(dir.path().into()).await.unwrap();
        Self { catcher, http: Client::builder().no_proxy().build().unwrap(), dir }
    }

    async fn send(&self, message: Message) {
        let (host, port) = (self.catcher.smtp.ip().to_string(), self.catcher.smtp.port());
        let smtp = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host).port(port);
        smtp.tls(Tls::None).build().send(message).await.unwrap();
    }

    async fn mails(&self, query: &str) -> Vec<Value> {
        let url = self.catcher.page.join(&format!("mails.json{query}")).unwrap();
        self.http.get(url).send().await.unwrap().json().await.unwrap()
    }

    async fn page(&self, path: &str) -> reqwest::Response {
        self.http.get(self.catcher.page.join(path).unwrap()).send().await.unwrap()
    }
}

fn letter(to: &str, subject: &str) -> lettre::message::MessageBuilder {
    let message = Message::builder().from("Attaché <no-reply@attache.example>".parse().unwrap());
    message.to(to.parse().unwrap()).subject(subject)
}

fn plain(to: &str, subject: &str, text: &str) -> Message {
    letter(to, subject).header(ContentType::TEXT_PLAIN).body(text.to_owned()).unwrap()
}

#[tokio::test]
async fn a_mail_with_all_its_parts_arrives_as_it_was_sent() {
    let world = World::start().await;
    let text = "Grüße,\r\n.a dot first\r\n.\r\nhttp://127.0.0.1:3000/confirm?t=1.\r\n";
    let html = "<p>Hello</p><script>document.title='x'</script>";
    let calendar = ContentType::parse("text/calendar").unwrap();
    let parts = MultiPart::mixed()
        .multipart(MultiPart::alternative_plain_html(text.to_owned(), html.to_owned()))
        .singlepart(
            Attachment::new("meeting.ics".into()).body("BEGIN:VCALENDAR".to_owned(), calendar),
        );
    world
        .send(letter("Petra <petra@fjordhaus.example>", "Bestätigen").multipart(parts).unwrap())
        .await;

    let mails = world.mails("").await;
    assert_eq!(mails.len(), 1);
    let mail = &mails[0];
    assert_eq!(mail["subject"], "Bestätigen");
    assert_eq!(mail["from"], "no-reply@attache.example");
    assert_eq!(mail["to"][0], "petra@fjordhaus.example");
    assert_eq!(mail["text"].as_str().unwrap().trim_end(), text.trim_end());
    assert_eq!(mail["links"][0], "http://127.0.0.1:3000/confirm?t=1");
    assert!(mail["html"].as_str().unwrap().contains("<p>Hello</p>"));
    assert_eq!(mail["attachments"][0]["name"], "meeting.ics");

    let page = world.page("mails/1").await.text().await.unwrap();
    assert!(
        page.contains("href=\"http:&#x2F;&#x2F;127.0.0.1:3000&#x2F;confirm?t=1\"")
            || page.contains("href=\"http://127.0.0.1:3000/confirm?t=1\""),
        "{page}"
    );
    assert!(!page.contains("<script"));
    let part = world.page("mails/1/html").await;
    let policy = part.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
    assert!(policy.starts_with("sandbox ") && policy.contains("default-src 'none'"), "{policy}");
    assert!(!policy.contains("allow-scripts") && !policy.contains("allow-same-origin"));
    let file = world.page("mails/1/attachments/0").await;
    assert_eq!(file.headers()[header::CONTENT_DISPOSITION], "attachment; filename=\"meeting.ics\"");
    assert_eq!(file.text().await.unwrap(), "BEGIN:VCALENDAR");
    let json = world.http.get(world.catcher.page.join("mails/1").unwrap());
    let json = json.header(header::ACCEPT, "application/json").send().await.unwrap();
    assert_eq!(&json.json::<Value>().await.unwrap(), mail);
}

#[tokio::test]
async fn mails_are_found_by_recipient_and_time_and_survive_a_restart() {
    let world = World::start().await;
    for (to, subject) in [("a@x.example", "one"), ("b@x.example", "two"), ("a@x.example", "three")]
    {
        world.send(plain(to, subject, "Hello")).await;
    }
    let subjects = |mails: Vec<Value>| -> Vec<String> {
        mails.iter().map(|mail| mail["subject"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(subjects(world.mails("?to=A@x.example").await), ["three", "one"]);
    assert_eq!(subjects(world.mails("?since=2").await), ["three"]);
    let second = world.mails("?to=b@x.example").await.remove(0);
    let since = format!("?since={}", second["received_at"].as_str().unwrap());
    assert_eq!(subjects(world.mails(&since).await), ["three"]);
    assert_eq!(world.page("mails.json?since=x").await.status(), StatusCode::BAD_REQUEST);
    assert_eq!(world.page("mails/9").await.status(), StatusCode::NOT_FOUND);
    assert!(world.page("").await.text().await.unwrap().contains("to b@x.example"));

    let World { catcher, http, dir } = world;
    catcher.stop().await.unwrap();
    let catcher = Catcher::start(dir.path().into()).await.unwrap();
    let world = World { catcher, http, dir };
    assert_eq!(world.mails("").await.len(), 3);
    let url = world.catcher.page.join("mails.json").unwrap();
    let answer = world.http.delete(url).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    assert_eq!(world.mails("").await.len(), 0);
}

#[tokio::test]
async fn what_a_mail_says_is_shown_as_text() {
    let world = World::start().await;
    world.send(plain("a@x.example", "<img src=x>", "<b>x</b> http://a.example/\"onclick=x")).await;
    for path in ["", "mails/1"] {
        let page = world.page(path).await.text().await.unwrap();
        assert!(
            !page.contains("<img") && !page.contains("<b>") && !page.contains("\"onclick"),
            "{page}"
        );
    }
}

#[tokio::test]
async fn one_connection_sends_several_mails_and_survives_its_mistakes() {
    let world = World::start().await;
    let mut stream = BufReader::new(TcpStream::connect(world.catcher.smtp).await.unwrap());
    let mut line = String::new();
    stream.read_line(&mut line).await.unwrap();
    assert!(line.starts_with("220 "));
    for (say, answer) in [
        ("DATA", "503"),
        ("HELO me", "250"),
        ("MAIL FROM:<a@x.example>", "250"),
        ("RCPT TO:<b@x.example>", "250"),
        ("RCPT TO:<c@x.example>", "250"),
        ("DATA", "354"),
        ("Subject: one\r\n\r\n..dotted\r\n.", "250"),
        ("MAIL FROM:<a@x.example> SIZE=999999999", "552"),
        ("NONSENSE", "500"),
        ("MAIL FROM:<>", "250"),
        ("RCPT TO:<b@x.example>", "250"),
        ("RSET", "250"),
        ("DATA", "503"),
        ("NOOP", "250"),
        ("MAIL FROM:<a@x.example>\r\nRCPT TO:<b@x.example>", "250"),
        ("DATA", "250"),
        ("Subject: two\r\n\r\nx\r\n.\r\nQUIT", "354"),
    ] {
        stream.write_all(format!("{say}\r\n").as_bytes()).await.unwrap();
        line.clear();
        stream.read_line(&mut line).await.unwrap();
        assert!(line.starts_with(answer), "{say:?} got {line:?}");
    }
    let mails = world.mails("").await;
    let two = mails.iter().find(|mail| mail["subject"] == "one").unwrap();
    assert_eq!(two["to"], serde_json::json!(["b@x.example", "c@x.example"]));
    assert_eq!(two["text"].as_str().unwrap().trim_end(), ".dotted");
}
