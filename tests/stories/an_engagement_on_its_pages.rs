//! Two people sign, work, pay and review on the pages alone, without script.

use crate::support::deal::milestones;
use crate::support::{Actor, Answer, Session, World};
use reqwest::Method;

const HOME: &str = "/p/larkfield";

/// Somebody before the pages of the program.
struct Reader(Session);

impl Reader {
    async fn of(world: &World, actor: &Actor) -> Self {
        Self(Session::of(world, &actor.email).await)
    }

    async fn get(&self, path: &str) -> Answer {
        self.0.get(&format!("{HOME}{path}")).await
    }

    async fn page(&self, path: &str) -> String {
        self.get(path).await.expect(200).text()
    }

    /// Sends the form of a page that was read, with its secret and the key of this sending.
    async fn send(&self, page: &str, path: &str, key: &str, fields: &[(&str, &str)]) -> Answer {
        let mut all = vec![("csrf", value(page, "csrf")), ("idempotency_key", key.to_owned())];
        all.extend(fields.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let path = format!("{HOME}{path}");
        let request = self.0.request(Method::POST, &path).form(&all);
        Answer::read(format!("POST {path}"), request.send().await.unwrap()).await
    }

    /// The same of a form with a file.
    async fn upload(&self, page: &str, path: &str, text: &str, file: (&str, &[u8])) -> Answer {
        let boundary = "5d4c3b2a1908";
        let mut body = Vec::new();
        for (name, value) in [("csrf", value(page, "csrf").as_str()), ("text", text)] {
            let head = format!("content-disposition: form-data; name=\"{name}\"");
            body.extend_from_slice(format!("--{boundary}\r\n{head}\r\n\r\n{value}\r\n").as_bytes());
        }
        let (name, bytes) = file;
        let head = format!("content-disposition: form-data; name=\"file\"; filename=\"{name}\"");
        body.extend_from_slice(format!("--{boundary}\r\n{head}\r\n\r\n").as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
        let path = format!("{HOME}{path}?idempotency_key={}", key());
        let kind = format!("multipart/form-data; boundary={boundary}");
        let request = self.0.request(Method::POST, &path).header("content-type", kind).body(body);
        Answer::read(format!("POST {path}"), request.send().await.unwrap()).await
    }
}

fn key() -> String {
    hex::encode(rand::random::<[u8; 8]>())
}

/// The value of a hidden field.
fn value(page: &str, name: &str) -> String {
    let mark = format!("name=\"{name}\" value=\"");
    let rest = page.split(&mark).nth(1).unwrap_or_else(|| panic!("no {name} in {page}"));
    rest.split('"').next().unwrap().to_owned()
}

/// Where the page asks whether something has moved.
fn pulse(page: &str) -> String {
    let rest = page.split("hx-get=\"/p/larkfield").nth(1).expect("a page that waits");
    rest.split('"').next().unwrap().to_owned()
}

/// Whether the text stands on the page.
#[track_caller]
fn says(page: &str, words: &str) {
    assert!(page.contains(words), "no “{words}” in {page}");
}

async fn sign(petra: &Reader, ines: &Reader, engagement: &str) {
    let sow = format!("{engagement}/sow");
    let (hers, his) = (petra.page(&sow).await, ines.page(&sow).await);
    says(&hers, "Read it, then accept it");
    let accept = format!("{sow}/accept");
    let wrong = petra.send(&hers, &accept, &key(), &[("hash", &"0".repeat(64))]).await.expect(303);
    assert!(wrong.header("set-cookie").unwrap().starts_with("flash="), "said why");
    petra.page(&accept).await;
    let hash = value(&hers, "hash");
    let fields = [("hash", hash.as_str())];
    let (first, second) = (key(), key());
    let (a, b, c) = tokio::join!(
        petra.send(&hers, &accept, &first, &fields),
        petra.send(&hers, &accept, &second, &fields),
        ines.send(&his, &accept, &first, &fields),
    );
    for answer in [a, b, c] {
        assert_eq!(answer.expect(303).header("location"), Some(format!("{HOME}{sow}").as_str()));
    }
    let again = petra.send(&hers, &accept, &first, &fields).await.expect(303);
    assert_eq!(again.header("location"), Some(format!("{HOME}{sow}").as_str()));
    let signed = petra.page(&sow).await;
    says(&signed, "Both sides have signed");
    says(&signed, "Fund milestone 1");
    petra.send(&signed, &format!("{sow}/void"), &key(), &[("reason", "Late")]).await.expect(303);
    says(&petra.page(engagement).await, "Fund $3,240.00");
}

async fn deliver(ines: &Reader, milestone: &str) {
    let form = ines.page(milestone).await;
    says(&form, "Deliver it");
    let to = format!("{milestone}/deliver");
    let empty = ines.upload(&form, &to, "", ("map.txt", b"a map")).await.expect(422).text();
    says(&empty, "Choose the file again");
    let odd = ines.upload(&form, &to, "The map.", ("map.exe", b"MZ\x90\x00\x03")).await;
    let odd = odd.expect(422).text();
    says(&odd, "The map.</textarea>");
    says(&odd, "Send a PDF");
    ines.upload(&form, &to, "The map.", ("map.txt", b"a map")).await.expect(303);
    let late = ines.upload(&form, &to, "Again.", ("map.txt", b"a map")).await.expect(303);
    assert!(late.header("set-cookie").unwrap().starts_with("flash="), "said why");
}

/// Fetches the first file of a milestone's page.
async fn fetch(reader: &Reader, page: &str) -> Answer {
    let rest = page.split("href=\"/p/larkfield/files/").nth(1).expect("a file");
    reader.get(&format!("/files/{}", rest.split('"').next().unwrap())).await
}

async fn decide(petra: &Reader, ines: &Reader, milestone: &str) {
    let page = petra.page(milestone).await;
    says(&page, "The map.");
    let file = fetch(petra, &page).await.expect(200);
    assert_eq!(file.bytes, b"a map");
    assert!(file.header("content-disposition").unwrap().starts_with("attachment"));
    assert_eq!(file.header("content-security-policy"), Some("sandbox"));
    assert_eq!(file.header("x-content-type-options"), Some("nosniff"));
    let read_first = petra.page(&format!("{milestone}/accept")).await;
    let changes = format!("{milestone}/changes");
    petra.send(&page, &changes, &key(), &[("version", "1"), ("changes", " ")]).await.expect(422);
    petra
        .send(&page, &changes, &key(), &[("version", "1"), ("changes", "Malmö is missing.")])
        .await
        .expect(303);
    says(&ines.page(milestone).await, "Malmö is missing.");
    deliver(ines, milestone).await;
    let late = [("version", "1"), ("changes", "Riga too.")];
    let kept = petra.send(&page, &changes, &key(), &late).await.expect(422).text();
    says(&kept, "Riga too.");
    says(&kept, "Read the latest first");
    let confirm = petra.page(&format!("{milestone}/accept")).await;
    says(&confirm, "Release $3,240.00 for milestone 1?");
    let (once, twice) = (key(), key());
    let accept = format!("{milestone}/accept");
    let (first, now) = (value(&read_first, "version"), value(&confirm, "version"));
    let (first, now) = ([("version", first.as_str())], [("version", now.as_str())]);
    petra.send(&read_first, &accept, &key(), &first).await.expect(303);
    says(&petra.page(milestone).await, "Your turn");
    let (a, b) = tokio::join!(
        petra.send(&confirm, &accept, &once, &now),
        petra.send(&confirm, &accept, &twice, &now),
    );
    a.expect(303);
    b.expect(303);
    petra.send(&confirm, &accept, &once, &now).await.expect(303);
    says(&petra.page(&accept).await, "It is accepted already");
    says(&petra.page(milestone).await, "Released");
}

async fn talk(petra: &Reader, ines: &Reader, engagement: &str) {
    let page = petra.page(engagement).await;
    let to = format!("{engagement}/messages");
    let long = "x".repeat(8001);
    let wrong = petra.send(&page, &to, &key(), &[("text", &long)]).await.expect(422).text();
    says(&wrong, &long);
    petra.send(&page, &to, &key(), &[("text", "Look at <b>mail 3</b>.")]).await.expect(303);
    says(&ines.page(engagement).await, "Look at &lt;b&gt;mail 3");
    let share = format!("{engagement}/files");
    ines.upload(&page, &share, "", ("a.txt", b"")).await.expect(403);
    let own = ines.page(engagement).await;
    ines.upload(&own, &share, "", ("a.txt", b"")).await.expect(422);
    ines.upload(&own, &share, "", ("plan.txt", b"the plan")).await.expect(303);
    says(&petra.page(&format!("{engagement}?topic=file")).await, "plan.txt");
}

async fn others(world: &World, petra: &Reader, engagement: &str, milestone: &str) {
    let stranger = Reader::of(world, &world.customer("Casa Verde").await).await;
    let paths = ["", "/sow", "/guests", "/end", "/reviews", "/pulse", "/sow/accept"];
    for path in paths.map(|rest| format!("{engagement}{rest}")) {
        stranger.get(&path).await.expect(404);
    }
    for path in [milestone.to_owned(), format!("{milestone}/accept")] {
        stranger.get(&path).await.expect(404);
    }
    petra.get("/engagements/nonsense").await.expect(404);
    let support = world.vendor("support").await;
    let samir = Reader::of(world, &support).await;
    let page = samir.page(engagement).await;
    says(&page, "Only for the two sides");
    assert!(!page.contains("mail 3"), "nobody invited them");
    assert!(!samir.page(milestone).await.contains("The map."));
    let theirs = petra.page(milestone).await;
    fetch(&stranger, &theirs).await.expect(404);
    fetch(&samir, &theirs).await.expect(403);
    let guests = format!("{engagement}/guests");
    let form = petra.page(&guests).await;
    let blank = [("person", support.person.as_str()), ("reason", "")];
    petra.send(&form, &guests, &key(), &blank).await.expect(422);
    let full = [("person", support.person.as_str()), ("reason", "Deliverability")];
    petra.send(&form, &guests, &key(), &full).await.expect(303);
    says(&samir.page(engagement).await, "mail 3");
    fetch(&samir, &theirs).await.expect(200);
    let person = [("person", support.person.as_str())];
    petra.send(&form, &format!("{guests}/remove"), &key(), &person).await.expect(303);
    fetch(&samir, &theirs).await.expect(403);
}

async fn review(petra: &Reader, ines: &Reader, engagement: &str) {
    let reviews = format!("{engagement}/reviews");
    let form = petra.page(&reviews).await;
    let words = ("text", "Fewer mails, more calls.");
    let none = petra.send(&form, &reviews, &key(), &[words]).await.expect(422).text();
    says(&none, "Fewer mails, more calls.</textarea>");
    says(&none, "Outcome: Give a mark from 1 to 5");
    let marks = [("outcome", "5"), ("communication", "4"), ("value", "5"), words];
    petra.send(&form, &reviews, &key(), &marks).await.expect(303);
    says(&petra.page(&reviews).await, "Yours is written");
    let hers = ines.page(&reviews).await;
    assert!(!hers.contains("Fewer mails"), "blind until both are written");
    let back = [("outcome", "5"), ("communication", "5"), ("value", "5"), ("text", "Clear brief.")];
    ines.send(&hers, &reviews, &key(), &back).await.expect(303);
    let open = ines.page(&reviews).await;
    says(&open, "Fewer mails, more calls.");
    let id = open.split("/reply\"").next().unwrap().rsplit('/').next().unwrap().to_owned();
    let field = format!("words-{id}");
    let reply = format!("{reviews}/{id}/reply");
    ines.send(&open, &reply, &key(), &[(&field, "")]).await.expect(422);
    ines.send(&open, &reply, &key(), &[(&field, "Thank you.")]).await.expect(303);
    ines.send(&open, &reply, &key(), &[(&field, "Again.")]).await.expect(303);
    says(&petra.page(&reviews).await, "Thank you.");
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_signature_to_the_reviews() {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus").await;
    let expert = world.consultant("Brandt").await;
    let (petra, ines) = (Reader::of(&world, &customer).await, Reader::of(&world, &expert).await);
    says(&petra.page("/engagements").await, "No engagement yet");
    let id = world.engagement(&customer, &expert, &[324_000]).await;
    let engagement = format!("/engagements/{id}");
    says(&ines.page("/engagements").await, "Your turn");
    sign(&petra, &ines, &engagement).await;
    let waiting = ines.page(&engagement).await;
    says(&waiting, "Waits for Fjordhaus: fund milestone 1");
    ines.get(&pulse(&waiting)).await.expect(204);
    let parts = milestones(&customer, &id).await;
    world.pays(&customer, &parts[0]).await;
    let moved = ines.get(&pulse(&waiting)).await.expect(200);
    assert_eq!(moved.header("hx-refresh"), Some("true"), "the page loads itself anew");
    let milestone = format!("/milestones/{}", parts[0]);
    talk(&petra, &ines, &engagement).await;
    deliver(&ines, &milestone).await;
    others(&world, &petra, &engagement, &milestone).await;
    decide(&petra, &ines, &milestone).await;
    let end = petra.page(&format!("{engagement}/end")).await;
    says(&end, "is completed");
    says(&end, "$3,240.00");
    review(&petra, &ines, &engagement).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn resting_and_ending_early() {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus").await;
    let expert = world.consultant("Brandt").await;
    let (petra, ines) = (Reader::of(&world, &customer).await, Reader::of(&world, &expert).await);
    let (id, _) = world.active(&customer, &expert, &[10_000, 20_000]).await;
    let end = format!("/engagements/{id}/end");
    let page = petra.page(&end).await;
    says(&page, "It cannot end while money is held");
    let pause = format!("{end}/pause");
    petra.send(&page, &pause, &key(), &[("pause_reason", "")]).await.expect(422);
    petra.send(&page, &pause, &key(), &[("pause_reason", "Holidays")]).await.expect(303);
    petra.send(&page, &pause, &key(), &[("pause_reason", "Holidays")]).await.expect(303);
    says(&ines.page(&end).await, "Let it go on");
    let early = ines.send(&page, &end, &key(), &[("end_reason", "Enough")]).await;
    early.expect(403);
    let own = ines.page(&end).await;
    ines.send(&own, &end, &key(), &[("end_reason", "Enough")]).await.expect(303);
    says(&ines.page(&end).await, "Let it go on");
    ines.send(&own, &format!("{end}/resume"), &key(), &[]).await.expect(303);
    says(&ines.page(&format!("/engagements/{id}")).await, "At work");
    world.end().await;
}
