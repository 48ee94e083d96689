//! From a brief to an engagement on pages alone, without script: write, post, invite, propose,
//! compare, accept.

use crate::support::offers::{Offered, Shelf, publish};
use crate::support::session::Session;
use crate::support::{Actor, Answer, World};
use chrono::{Datelike, Duration};
use reqwest::Method;

/// Somebody in front of a browser without script.
struct Browser {
    actor: Actor,
    session: Session,
}

type Field<'a> = (&'a str, &'a str);

impl Browser {
    async fn of(world: &World, actor: &Actor) -> Self {
        let session = Session::of(world, &actor.email).await;
        Self { actor: world.anyone(), session }
    }

    async fn get(&self, path: &str) -> Answer {
        self.session.get(&format!("/p/larkfield{path}")).await
    }

    async fn page(&self, path: &str) -> String {
        self.get(path).await.expect(200).text()
    }

    /// Sends a form as the page at `from` holds it: with its secret and its key.
    async fn sends(&self, from: &str, to: &str, fields: &[Field<'_>]) -> Answer {
        let page = self.page(from).await;
        self.sends_from(&page, to, fields).await
    }

    async fn sends_from(&self, page: &str, to: &str, fields: &[Field<'_>]) -> Answer {
        let key = hidden(page, "idempotency_key");
        let key = key.unwrap_or_else(|| hex::encode(rand::random::<[u8; 8]>()));
        let csrf = hidden(page, "csrf").expect("a page of ours");
        let mut all = vec![("csrf", csrf), ("idempotency_key", key)];
        all.extend(fields.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let path = format!("/p/larkfield{to}");
        let request = self.session.request(Method::POST, &path).form(&all);
        self.actor.answer(Method::POST, &path, request).await
    }
}

/// What the first form of a page carries unseen.
fn hidden(page: &str, name: &str) -> Option<String> {
    let mark = format!("name=\"{name}\" value=\"");
    let after = page.split(&mark).nth(1)?;
    after.split('"').next().map(str::to_owned)
}

/// Where an answer leads, inside the program.
fn location(answer: Answer) -> String {
    let answer = answer.expect(303);
    answer.header("location").unwrap().strip_prefix("/p/larkfield").unwrap().to_owned()
}

struct Scene {
    world: World,
    petra: Browser,
    ines: Browser,
    offered: Offered,
    owner: Actor,
    expert: Actor,
}

async fn scene() -> Scene {
    let world = World::new().await;
    let owner = world.customer("Fjordhaus Outdoor").await;
    let expert = world.consultant("Brandt Studio").await;
    let offered = publish(&world, &expert, Shelf::default()).await;
    let petra = Browser::of(&world, &owner).await;
    let ines = Browser::of(&world, &expert).await;
    Scene { world, petra, ines, offered, owner, expert }
}

/// The boxes of a brief that [`Shelf::default`] meets in everything.
struct Boxes([String; 3]);

impl Boxes {
    fn of(world: &World) -> Self {
        let day = (world.clock.now() + Duration::days(30)).date_naive();
        Self([day.day().to_string(), day.month().to_string(), day.year().to_string()])
    }

    fn filled<'a>(&'a self, title: &'a str) -> Vec<Field<'a>> {
        let Self([day, month, year]) = self;
        vec![
            ("title", title),
            ("problem", "In ninety days 412 people asked for a dealer."),
            ("skills", "nurture-design"),
            ("skills", "lead-scoring"),
            ("industry", "outdoor"),
            ("budget_min", "7,000"),
            ("budget_max", "9,500"),
            ("need_by_day", day),
            ("need_by_month", month),
            ("need_by_year", year),
            ("languages", "English, German"),
            ("overlap", "240"),
            ("zone", "Europe/Stockholm"),
        ]
    }
}

impl Scene {
    /// The path of a brief that was posted by pages.
    async fn posted(&self) -> String {
        let boxes = Boxes::of(&self.world);
        let fields = boxes.filled("Dealer leads go cold");
        let brief = location(self.petra.sends("/briefs/new", "/briefs/new", &fields).await);
        let posted = self.petra.sends(&brief, &format!("{brief}/post"), &[]).await;
        assert_eq!(location(posted), format!("{brief}/matches"));
        brief
    }

    /// The path of an invitation that was sent by pages.
    async fn invited(&self, brief: &str) -> String {
        let profile = self.offered.profile.to_string();
        let form = format!("{brief}/invite?profile={profile}");
        let fields = [("profile", profile.as_str()), ("message", "Would your rule work for us?")];
        let sent = self.petra.sends(&form, &format!("{brief}/invite"), &fields).await;
        assert_eq!(location(sent), format!("{brief}/matches"));
        let list = self.ines.page("/invitations?state=sent").await;
        format!("/invitations/{}", between(&list, "/p/larkfield/invitations/", "\""))
    }

    /// The path of a proposal that was sent by pages, looked at first.
    async fn proposed(&self, invitation: &str) -> String {
        let write = format!("{invitation}/proposal");
        let fields = proposal("We start with the twenty largest dealers.");
        let preview = self.ines.sends(&write, &write, &with(&fields, "preview")).await;
        let preview = preview.expect(200);
        assert_eq!(preview.header("cache-control"), Some("private, no-cache"), "Back finds it");
        let preview = preview.text();
        assert!(preview.contains("What you receive"), "{preview}");
        assert!(preview.contains("$6,080.00"), "80 % of 7,600: {preview}");
        location(self.ines.sends_from(&preview, &write, &with(&fields, "send")).await)
    }
}

fn proposal(note: &str) -> Vec<Field<'_>> {
    vec![
        ("title", "Dealer lead flow"),
        ("note", note),
        ("access", "author-drafts"),
        ("valid_days", "14"),
        ("m1_title", "Rules"),
        ("m1_delivers", "One page of rules."),
        ("m1_days", "10"),
        ("m1_l1_title", "Territories"),
        ("m1_l1_amount", "2,000"),
        ("m1_l2_title", "Rules"),
        ("m1_l2_amount", "800"),
        ("m2_title", "Drafts"),
        ("m2_delivers", "Six mails."),
        ("m2_days", "14"),
        ("m2_l1_amount", "4,800"),
    ]
}

fn with<'a>(fields: &[Field<'a>], wanted: &'a str) -> Vec<Field<'a>> {
    let mut fields = fields.to_vec();
    fields.push(("do", wanted));
    fields
}

fn between(page: &str, start: &str, end: &str) -> String {
    let after = page.split(start).nth(1).unwrap_or_else(|| panic!("no {start} in {page}"));
    after.split(end).next().unwrap().to_owned()
}

/// The points of the first match: its parts and its total, in tenths.
fn points(page: &str) -> (Vec<u32>, u32) {
    let table = between(page, "<table class=\"why\">", "</table>");
    let cells = table.split("<td class=\"num\">").skip(1);
    let tenths = |cell: &str| cell.split(' ').next().unwrap().replace('.', "").parse().unwrap();
    let mut all: Vec<u32> = cells.map(tenths).collect();
    let total = all.pop().unwrap();
    (all, total)
}

#[tokio::test(flavor = "multi_thread")]
async fn from_a_brief_to_an_engagement() {
    let scene = scene().await;
    let (petra, ines) = (&scene.petra, &scene.ines);
    assert!(petra.page("/briefs").await.contains("No brief yet"));
    assert!(ines.page("/invitations").await.contains("No invitation yet"));
    let brief = scene.posted().await;
    let matches = petra.page(&format!("{brief}/matches")).await;
    assert!(matches.contains("Brandt Studio") && matches.contains("Watch out"), "{matches}");
    let (parts, total) = points(&matches);
    assert_eq!((parts.len(), parts.iter().sum::<u32>()), (6, total));
    let again = petra.sends(&format!("{brief}/matches"), &format!("{brief}/matches"), &[]).await;
    assert_eq!(location(again), format!("{brief}/matches"));
    let invitation = scene.invited(&brief).await;
    let matches = petra.page(&format!("{brief}/matches")).await;
    assert!(matches.contains("Invited") && !matches.contains("to propose</a>"), "{matches}");
    let asked = ines.page(&invitation).await;
    assert!(asked.contains("Would your rule work for us?") && asked.contains("was found"));
    assert!(asked.contains("<th scope=\"row\">Total</th>"), "the points add up: {asked}");
    let proposal = scene.proposed(&invitation).await;
    let compared = petra.page(&format!("{brief}/proposals")).await;
    assert!(compared.contains("$7,600.00") && compared.contains("within your range"));
    assert!(compared.contains("A list of dealers") || !compared.contains("Needed from you"));
    let seen = petra.page(&proposal).await;
    assert!(seen.contains("Territories") && !seen.contains("What you receive"), "{seen}");
    assert!(ines.page(&proposal).await.contains("What you receive"));
    let accept = format!("{proposal}/accept");
    let sure = petra.page(&accept).await;
    assert!(sure.contains("You pay nothing yet") && sure.contains("$7,600.00"), "{sure}");
    let to = location(petra.sends_from(&sure, &accept, &[]).await);
    let engagement = to.strip_suffix("/sow").expect("the statement of work").to_owned();
    assert_eq!(location(petra.sends_from(&sure, &accept, &[]).await), to, "one click, twice");
    let second = petra.sends(&brief, &accept, &[]).await;
    assert_eq!(location(second), engagement, "a second try leads to what the first one made");
    assert_eq!(location(petra.get(&accept).await), engagement);
    assert!(petra.page(&brief).await.contains("Booked"));
    let seen = petra.page(&proposal).await;
    assert!(seen.contains(&engagement) && !seen.contains("Decline the proposal"));
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_form_keeps_what_was_typed() {
    let scene = scene().await;
    let (petra, ines) = (&scene.petra, &scene.ines);
    let wrong = [
        ("title", "Dealer leads <go> cold"),
        ("budget_max", "much"),
        ("need_by_day", "31"),
        ("need_by_month", "6"),
        ("need_by_year", "2027"),
    ];
    let page = petra.sends("/briefs/new", "/briefs/new", &wrong).await.expect(422).text();
    for kept in
        ["Error: Write a brief", "Dealer leads &lt;go&gt; cold", "value=\"much\"", "#skills"]
    {
        assert!(page.contains(kept), "{kept}: {page}");
    }
    let boxes = Boxes::of(&scene.world);
    let brief = location(petra.sends("/briefs/new", "/briefs/new", &boxes.filled("First")).await);
    let edit = format!("{brief}/edit");
    let mut changed = boxes.filled("Second");
    changed.push(("version", "1"));
    assert_eq!(location(petra.sends(&edit, &edit, &changed).await), brief);
    changed[0].1 = "Third";
    let stale = petra.sends(&edit, &edit, &changed).await.expect(422).text();
    assert!(stale.contains("It changed since you opened it") && stale.contains("Third"));
    petra.sends(&brief, &format!("{brief}/post"), &[]).await.expect(303);
    assert_eq!(location(petra.get(&edit).await), brief);
    let late = petra.sends("/briefs/new", &edit, &changed).await.expect(422).text();
    assert!(late.contains("It was posted meanwhile") && late.contains("Third"));
    let invitation = scene.invited(&brief).await;
    let silent =
        ines.sends(&invitation, &format!("{invitation}/decline"), &[("reason", " ")]).await;
    assert!(silent.expect(422).text().contains("Error:"));
    let write = format!("{invitation}/proposal");
    let start = ines.page(&write).await;
    assert!(start.contains("Dealer lead flow") && start.contains("2,800"), "from the service");
    let mut fields = proposal(" ");
    fields[6].1 = "soon";
    let page = ines.sends_from(&start, &write, &with(&fields, "preview")).await.expect(422).text();
    for kept in ["#note", "#m1_days", "value=\"soon\"", "value=\"4,800\"", "One page of rules."] {
        assert!(page.contains(kept), "{kept}: {page}");
    }
    // Going back in the browser and looking again is no second sending.
    let good = proposal("Twenty dealers first.");
    ines.sends_from(&start, &write, &with(&good, "preview")).await.expect(200);
    let other = proposal("Forty dealers first.");
    let page = ines.sends_from(&start, &write, &with(&other, "preview")).await.expect(200).text();
    let more = ines.sends_from(&page, &write, &with(&other, "line 1")).await.expect(200).text();
    assert!(more.contains("m1_l3_amount") && more.contains("Forty dealers first."));
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_over_is_told_and_has_no_button() {
    let mut scene = scene().await;
    let brief = scene.posted().await;
    let invitation = scene.invited(&brief).await;
    let proposal = scene.proposed(&invitation).await;
    let why = [("reason", "Wrong price.")];
    let back = scene.ines.sends(&proposal, &format!("{proposal}/withdraw"), &why).await;
    assert_eq!(location(back), invitation);
    let gone = scene.petra.page(&proposal).await;
    assert!(gone.contains("Wrong price.") && !gone.contains("Decline the proposal"), "{gone}");
    let accept = scene.petra.sends(&brief, &format!("{proposal}/accept"), &[]).await;
    assert_eq!(location(accept), proposal);
    let second = scene.proposed(&invitation).await;
    scene.world.advance(Duration::days(15)).await;
    scene.petra = Browser::of(&scene.world, &scene.owner).await;
    scene.ines = Browser::of(&scene.world, &scene.expert).await;
    let lapsed = scene.petra.page(&second).await;
    assert!(lapsed.contains("has lapsed") && !lapsed.contains("/accept\""), "{lapsed}");
    let accept = format!("{second}/accept");
    assert_eq!(location(scene.petra.get(&accept).await), second);
    assert_eq!(location(scene.petra.sends(&brief, &accept, &[]).await), second);
    assert!(scene.ines.page(&second).await.contains("Write a new one"));
    let third = scene.proposed(&invitation).await;
    let closed = scene.petra.sends(&format!("{brief}/close"), &format!("{brief}/close"), &[]).await;
    assert_eq!(location(closed), brief);
    assert!(scene.ines.page(&third).await.contains("The brief was closed."));
    assert_eq!(location(scene.ines.get(&format!("{invitation}/proposal")).await), invitation);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_and_who_cannot_see() {
    let scene = scene().await;
    let world = &scene.world;
    let oskar = world.colleague(&scene.owner, "customer", "member", "Oskar Member").await;
    let oskar = Browser::of(world, &oskar).await;
    let boxes = Boxes::of(world);
    let fields = boxes.filled("Drafted by a member");
    let draft = location(oskar.sends("/briefs/new", "/briefs/new", &fields).await);
    let page = oskar.page(&draft).await;
    assert!(page.contains("An owner or admin posts it") && !page.contains("Post it</button>"));
    oskar.sends(&draft, &format!("{draft}/post"), &[]).await.expect(403);
    let brief = scene.posted().await;
    let invitation = scene.invited(&brief).await;
    let proposal = scene.proposed(&invitation).await;
    assert!(oskar.page(&proposal).await.contains("An owner or admin decides"));
    oskar.sends(&draft, &format!("{proposal}/accept"), &[]).await.expect(403);
    let karin = Browser::of(world, &world.customer("Moor Lodges").await).await;
    let dele = Browser::of(world, &world.consultant("Okafor Field").await).await;
    let own = ["", "/edit", "/post", "/close", "/matches", "/proposals"];
    let mut paths: Vec<String> = own.iter().map(|part| format!("{brief}{part}")).collect();
    paths.push(invitation.clone());
    paths.push(proposal.clone());
    for path in &paths {
        karin.get(path).await.expect(404);
        dele.get(path).await.expect(404);
    }
    karin.get(&format!("{proposal}/accept")).await.expect(404);
    karin.sends("/briefs", &format!("{brief}/close"), &[]).await.expect(404);
    dele.get(&format!("{invitation}/proposal")).await.expect(404);
    assert_eq!(location(dele.get("/briefs").await), "/invitations");
    let withdraw = format!("{invitation}/withdraw");
    let no = [("reason", "Too late.")];
    let answered = scene.petra.sends(&invitation, &withdraw, &no).await;
    assert_eq!(location(answered), invitation, "a proposal is there already");
    scene.world.end().await;
}
