//! A customer invites experts, they propose, and the customer compares and decides.

use super::a_customer_finds_an_expert::{fields, posted};
use crate::support::offers::{Offered, Shelf, change, publish};
use crate::support::together::{post_at_once, send_at_once};
use crate::support::{Actor, World};
use chrono::Duration;
use serde_json::{Value, json};

struct Scene {
    world: World,
    petra: Actor,
    ines: Actor,
    offered: Offered,
    /// The path of a posted brief.
    brief: String,
}

async fn scene() -> Scene {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus Outdoor").await;
    let ines = world.consultant("Brandt Studio").await;
    let offered = publish(&world, &ines, Shelf::default()).await;
    let brief = posted(&world, &petra).await;
    Scene { world, petra, ines, offered, brief }
}

impl Scene {
    /// The path of a new invitation.
    async fn invited(&self, offered: Offered) -> String {
        let body = json!({ "profile": offered.profile, "message": "Would your rule work for us?" });
        let sent = self.petra.post(&format!("{}/invitations", self.brief), body).await.expect(201);
        sent.header("location").unwrap().to_owned()
    }

    /// The body of a proposal as the program drafts it, with a note.
    async fn drafted(&self, expert: &Actor, invitation: &str) -> Value {
        let draft = expert.get(&format!("{invitation}/draft")).await.expect(200);
        let mut proposal = draft.json()["proposal"].clone();
        proposal["note"] = json!("We start with the twenty largest dealers.");
        proposal
    }

    /// The path of a proposal that was just sent.
    async fn proposed(&self, expert: &Actor, invitation: &str) -> String {
        let body = self.drafted(expert, invitation).await;
        let sent = expert.post(&format!("{invitation}/proposals"), body).await.expect(201);
        sent.header("location").unwrap().to_owned()
    }

    /// The same person with a token that is valid on the moved clock.
    async fn later(&mut self, by: Duration) {
        self.world.advance(by).await;
        for actor in [&mut self.petra, &mut self.ines] {
            actor.token = Some(self.world.token(&actor.email).await);
        }
    }
}

fn dollars(minor: i64) -> Value {
    json!({ "minor": minor, "currency": "USD" })
}

#[tokio::test(flavor = "multi_thread")]
async fn from_an_invitation_to_a_proposal_that_is_declined() {
    let scene = scene().await;
    let (petra, ines, world) = (&scene.petra, &scene.ines, &scene.world);
    let invitation = scene.invited(scene.offered).await;
    let listed = ines.get("/v1/invitations?state=sent").await.expect(200);
    assert_eq!(format!("/v1/invitations/{}", listed.at("/items/0/id")), invitation);
    assert_eq!(listed.at("/items/0/brief_number"), "B-301");
    assert_eq!(listed.at("/items/0/customer"), "Fjordhaus Outdoor");
    let file = ines.get(&invitation).await.expect(200);
    assert_eq!(file.at("/brief/problem"), petra.get(&scene.brief).await.at("/problem"));
    assert_eq!(file.at("/invitation/message"), "Would your rule work for us?");
    let draft = ines.get(&format!("{invitation}/draft")).await.expect(200);
    assert_eq!(draft.at("/proposal/service"), scene.offered.service.to_string());
    assert_eq!(draft.at("/proposal/access_preset"), "author-drafts");
    assert_eq!(draft.at("/proposal/valid_days"), "14");
    assert_eq!(draft.at("/proposal/milestones/1/lines/0/amount/minor"), "480000");
    let mut body = scene.drafted(ines, &invitation).await;
    body["milestones"][0]["lines"] = json!([
        { "title": "Territories", "amount": dollars(200_000) },
        { "title": "Rules", "amount": dollars(80_000) },
    ]);
    let sent = ines.post(&format!("{invitation}/proposals"), body).await.expect(201);
    let proposal = sent.header("location").unwrap().to_owned();
    assert_eq!(sent.at("/total/minor"), "760000");
    assert_eq!(sent.at("/state"), "open");
    let compared = petra.get(&format!("{}/proposals", scene.brief)).await.expect(200);
    assert_eq!(compared.at("/items/0/proposal/id"), sent.id());
    assert_eq!(compared.at("/items/0/proposal/milestones/0/lines/1/title"), "Rules");
    assert_eq!(compared.at("/items/0/days"), "20");
    assert!(compared.at("/items/0/access").contains("drafts"));
    assert_eq!(compared.at("/items/0/service/prerequisites/0"), "A list of dealers");
    assert_eq!(compared.at("/items/0/service/excludes/0"), "Contracts");
    assert_eq!(compared.at("/items/0/verified_jobs"), "5");
    assert_eq!(compared.at("/items/0/tier"), "listed");
    let matches = petra.get(&format!("{}/matches", scene.brief)).await.expect(200);
    assert_eq!(matches.at("/items/0/invitation_state"), "proposed");
    let no = json!({ "reason": "We take one who writes German." });
    let declined = petra.post(&format!("{proposal}/decline"), no.clone()).await.expect(200);
    assert_eq!(declined.at("/state"), "declined");
    petra.post(&format!("{proposal}/decline"), no.clone()).await.refused(409, "proposal-not-open");
    ines.post(&format!("{proposal}/withdraw"), no).await.refused(409, "proposal-not-open");
    assert_eq!(ines.get(&proposal).await.at("/reason"), "We take one who writes German.");
    // After a no the consultant may send a better one.
    scene.proposed(ines, &invitation).await;
    world.settle().await;
    let told = world.mails_to(&ines.email).await;
    assert!(
        told.iter().any(|m| m.to_string().contains("Fjordhaus Outdoor invites you")),
        "{told:?}"
    );
    assert!(told.iter().any(|m| m.to_string().contains("declined your proposal")), "{told:?}");
    let told = world.mails_to(&petra.email).await;
    assert!(told.iter().any(|m| m.to_string().contains("sent a proposal for B-301")), "{told:?}");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_declined_or_withdrawn() {
    let scene = scene().await;
    let (petra, ines) = (&scene.petra, &scene.ines);
    let dele = scene.world.consultant("Okafor Field").await;
    let other = publish(&scene.world, &dele, Shelf::default()).await;
    let (first, second) = (scene.invited(scene.offered).await, scene.invited(other).await);
    let why = json!({ "reason": "No time before June." });
    let silent = ines.post(&format!("{first}/decline"), json!({ "reason": " " })).await;
    assert_eq!(fields(&silent.refused(422, "invalid").json()), ["reason"]);
    dele.post(&format!("{first}/decline"), why.clone()).await.refused(404, "not-found");
    let declined = ines.post(&format!("{first}/decline"), why.clone()).await.expect(200);
    assert_eq!(declined.at("/state"), "declined");
    ines.post(&format!("{first}/decline"), why.clone()).await.refused(409, "invitation-state");
    petra.post(&format!("{first}/withdraw"), why.clone()).await.refused(409, "invitation-state");
    ines.post(&format!("{second}/withdraw"), why.clone()).await.refused(403, "not-permitted");
    petra.post(&format!("{second}/withdraw"), why.clone()).await.expect(200);
    dele.post(&format!("{second}/decline"), why).await.refused(409, "invitation-state");
    let draft = scene.drafted(&dele, &second).await;
    dele.post(&format!("{second}/proposals"), draft).await.refused(409, "invitation-state");
    let again = json!({ "profile": scene.offered.profile, "message": "And now?" });
    let invitations = format!("{}/invitations", scene.brief);
    petra.post(&invitations, again).await.refused(409, "already-invited");
    let listed = petra.get(&invitations).await.expect(200);
    assert_eq!(listed.at("/items/1/reason"), "No time before June.");
    scene.world.settle().await;
    let told = scene.world.mails_to(&petra.email).await;
    assert!(
        told.iter().any(|m| m.to_string().contains("Brandt Studio declined your invitation")),
        "{told:?}"
    );
    let told = scene.world.mails_to(&dele.email).await;
    assert!(told.iter().any(|m| m.to_string().contains("withdrew the invitation")), "{told:?}");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proposal_runs_out_and_another_takes_its_place() {
    let mut scene = scene().await;
    let invitation = scene.invited(scene.offered).await;
    let proposal = scene.proposed(&scene.ines, &invitation).await;
    let body = scene.drafted(&scene.ines, &invitation).await;
    let send = format!("{invitation}/proposals");
    scene.ines.post(&send, body.clone()).await.refused(409, "proposal-already-open");
    scene.later(Duration::days(14) - Duration::minutes(5)).await;
    assert_eq!(scene.petra.get(&proposal).await.at("/state"), "open");
    scene.later(Duration::minutes(6)).await;
    assert_eq!(scene.petra.get(&proposal).await.at("/state"), "expired");
    let compared = scene.petra.get(&format!("{}/proposals", scene.brief)).await.expect(200);
    assert_eq!(compared.at("/items/0/proposal/state"), "expired");
    let mut body = body;
    body["valid_days"] = json!(1);
    let second = scene.ines.post(&send, body).await.expect(201);
    assert_eq!(second.at("/state"), "open");
    let first = scene.petra.get(&proposal).await.expect(200);
    assert_eq!(first.at("/state"), "withdrawn");
    assert_eq!(first.at("/reason"), "Its time had run out; a new one takes its place.");
    scene.later(Duration::days(2)).await;
    let second = format!("/v1/proposals/{}", second.id());
    assert_eq!(scene.petra.get(&second).await.at("/state"), "expired");
    let no = json!({ "reason": "Too late." });
    scene.petra.post(&format!("{second}/decline"), no).await.expect(200);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_and_who_cannot_see() {
    let scene = scene().await;
    let world = &scene.world;
    let member = world.colleague(&scene.petra, "customer", "member", "Oskar Member").await;
    let karin = world.customer("Moor Lodges").await;
    let dele = world.consultant("Okafor Field").await;
    let samir = world.vendor("program_manager").await;
    let invite = format!("{}/invitations", scene.brief);
    let body = json!({ "profile": scene.offered.profile, "message": "" });
    member.post(&invite, body.clone()).await.refused(403, "not-permitted");
    scene.ines.post(&invite, body.clone()).await.refused(403, "not-permitted");
    karin.post(&invite, body.clone()).await.refused(404, "not-found");
    let invitation = scene.invited(scene.offered).await;
    let proposal = scene.proposed(&scene.ines, &invitation).await;
    member.get(&invitation).await.expect(200);
    for stranger in [&karin, &dele, &samir] {
        for path in [&invitation, &proposal] {
            stranger.get(path).await.refused(404, "not-found");
        }
        assert_eq!(stranger.get("/v1/invitations").await.expect(200).json()["items"], json!([]));
    }
    let draft = scene.drafted(&scene.ines, &invitation).await;
    let send = format!("{invitation}/proposals");
    dele.get(&format!("{invitation}/draft")).await.refused(404, "not-found");
    dele.post(&send, draft.clone()).await.refused(404, "not-found");
    scene.petra.post(&send, draft).await.refused(403, "not-permitted");
    let no = json!({ "reason": "No." });
    let decline = format!("{proposal}/decline");
    member.post(&decline, no.clone()).await.refused(403, "not-permitted");
    scene.ines.post(&decline, no.clone()).await.refused(403, "not-permitted");
    karin.post(&decline, no.clone()).await.refused(404, "not-found");
    dele.post(&format!("{proposal}/withdraw"), no.clone()).await.refused(404, "not-found");
    scene.petra.post(&format!("{proposal}/withdraw"), no).await.refused(403, "not-permitted");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_cannot_be_invited() {
    let scene = scene().await;
    let (world, petra) = (&scene.world, &scene.petra);
    let invite = format!("{}/invitations", scene.brief);
    let body = |offered: Offered| json!({ "profile": offered.profile });
    let full = world.consultant("Full Book").await;
    let full = publish(world, &full, Shelf { accepting: false, ..Shelf::default() }).await;
    petra.post(&invite, body(full)).await.refused(409, "not-taking-clients");
    let hidden = world.consultant("Hidden").await;
    let hidden = publish(world, &hidden, Shelf::default()).await;
    let hide = format!("UPDATE profiles SET published_at = NULL WHERE id = '{}'", hidden.profile);
    change(world, &hide).await;
    petra.post(&invite, body(hidden)).await.refused(404, "not-found");
    let cousin = world.consultant("Cousin").await;
    let related = publish(world, &cousin, Shelf::default()).await;
    let seat = format!(
        "INSERT INTO memberships (id, person_id, vendor_id, organization_id,
             organization_kind, role)
         VALUES (gen_random_uuid(), '{}', '{}', '{}', 'customer', 'member')",
        cousin.person, world.larkfield.vendor, petra.organization
    );
    change(world, &seat).await;
    petra.post(&invite, body(related)).await.refused(409, "self-dealing");
    let long = json!({ "profile": scene.offered.profile, "message": "x".repeat(4001) });
    let refused = petra.post(&invite, long).await.refused(422, "invalid");
    assert_eq!(fields(&refused.json()), ["message"]);
    petra.post(&format!("{}/close", scene.brief), json!({})).await.expect(200);
    petra.post(&invite, body(scene.offered)).await.refused(409, "brief-state");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_a_brief_ends_what_waits() {
    let scene = scene().await;
    let dele = scene.world.consultant("Okafor Field").await;
    let other = publish(&scene.world, &dele, Shelf::default()).await;
    let (first, second) = (scene.invited(scene.offered).await, scene.invited(other).await);
    let proposal = scene.proposed(&scene.ines, &first).await;
    scene.petra.post(&format!("{}/close", scene.brief), json!({})).await.expect(200);
    let ended = scene.ines.get(&proposal).await.expect(200);
    assert_eq!(ended.at("/state"), "declined");
    assert_eq!(ended.at("/reason"), "The brief was closed.");
    assert_eq!(dele.get(&second).await.at("/invitation/state"), "withdrawn");
    let body = scene.drafted(&scene.ines, &first).await;
    scene.ines.post(&format!("{first}/proposals"), body).await.refused(409, "brief-state");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_partner_does_not_propose() {
    let scene = scene().await;
    let invitation = scene.invited(scene.offered).await;
    let body = scene.drafted(&scene.ines, &invitation).await;
    let suspend = format!(
        "UPDATE enrollments SET state = 'suspended' WHERE organization_id = '{}'",
        scene.ines.organization
    );
    change(&scene.world, &suspend).await;
    let send = format!("{invitation}/proposals");
    scene.ines.post(&send, body).await.refused(403, "not-enrolled");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_wrong_field_of_a_proposal_is_named() {
    let scene = scene().await;
    let dele = scene.world.consultant("Okafor Field").await;
    let other = publish(&scene.world, &dele, Shelf::default()).await;
    let invitation = scene.invited(scene.offered).await;
    let send = format!("{invitation}/proposals");
    let good = scene.drafted(&scene.ines, &invitation).await;
    let wrong: [(&str, Value, &[&str]); 10] = [
        ("/title", json!(""), &["title"]),
        ("/note", json!(" "), &["note"]),
        ("/service", json!(other.service), &["service"]),
        ("/milestones", json!([]), &["milestones"]),
        ("/valid_days", json!(91), &["valid_days"]),
        ("/milestones/0/days", json!(0), &["milestones[0].days"]),
        ("/milestones/1/price", dollars(480_001), &["milestones[1].price"]),
        ("/milestones/1/lines", json!([]), &["milestones[1].lines"]),
        (
            "/milestones/1/lines/0/amount",
            dollars(-480_000),
            &["milestones[1].lines[0].amount", "milestones[1].price"],
        ),
        (
            "/milestones/1/lines/0/amount",
            json!({ "minor": 480_000, "currency": "EUR" }),
            &["milestones[1].lines[0].amount"],
        ),
    ];
    for (pointer, value, named) in wrong {
        let mut body = good.clone();
        *body.pointer_mut(pointer).unwrap() = value;
        let refused = scene.ines.post(&send, body).await.refused(422, "invalid");
        assert_eq!(fields(&refused.json()), named, "{pointer}");
    }
    for pointer in ["", "/milestones/0", "/milestones/0/lines/0", "/milestones/0/price"] {
        let mut body = good.clone();
        body.pointer_mut(pointer).unwrap()["total"] = json!(1);
        let status = scene.ines.post(&send, body).await.status;
        assert!([400, 422].contains(&status), "{pointer}: {status}");
    }
    let rows = scene.world.sql("SELECT count(*) FROM proposals").await;
    assert_eq!(rows[0].get::<_, i64>(0), 0);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn at_once_only_one_wins() {
    let scene = scene().await;
    let invite = format!("{}/invitations", scene.brief);
    let body = json!({ "profile": scene.offered.profile });
    let statuses = post_at_once(&scene.petra, 10, &invite, &body).await;
    assert_eq!((statuses[0], &statuses[1..]), (201, &[409; 9][..]));
    let listed = scene.ines.get("/v1/invitations").await.expect(200);
    let invitation = format!("/v1/invitations/{}", listed.at("/items/0/id"));
    let body = scene.drafted(&scene.ines, &invitation).await;
    let send = format!("{invitation}/proposals");
    let statuses = post_at_once(&scene.ines, 10, &send, &body).await;
    assert_eq!((statuses[0], &statuses[1..]), (201, &[409; 9][..]));
    let compared = scene.petra.get(&format!("{}/proposals", scene.brief)).await.expect(200);
    let proposal = format!("/v1/proposals/{}", compared.at("/items/0/proposal/id"));
    // The customer declines while the consultant withdraws: one end, told once.
    let no = json!({ "reason": "No." });
    let (decline, withdraw) = (format!("{proposal}/decline"), format!("{proposal}/withdraw"));
    let post = reqwest::Method::POST;
    let (declined, withdrawn) = tokio::join!(
        send_at_once(&scene.petra, 5, post.clone(), &decline, &no),
        send_at_once(&scene.ines, 5, post, &withdraw, &no),
    );
    let won = declined.iter().chain(&withdrawn).filter(|answer| answer.status == 200).count();
    assert_eq!(won, 1);
    assert!(declined.iter().chain(&withdrawn).all(|a| [200, 409].contains(&a.status)));
    let kinds = "('proposal-declined', 'proposal-withdrawn')";
    let ends = scene.world.sql(&format!("SELECT count(*) FROM events WHERE kind IN {kinds}")).await;
    assert_eq!(ends[0].get::<_, i64>(0), 1);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_brief_has_at_most_twenty_invitations() {
    let scene = scene().await;
    let partner = scene.world.consultant("Okafor Field").await;
    for n in 0..20 {
        let name = format!("Person {n}");
        let person = scene.world.colleague(&partner, "partner", "consultant", &name).await;
        let offered = publish(&scene.world, &person, Shelf::default()).await;
        scene.invited(offered).await;
    }
    let body = json!({ "profile": scene.offered.profile });
    let invite = format!("{}/invitations", scene.brief);
    scene.petra.post(&invite, body).await.refused(409, "too-many-invitations");
    let page = scene.petra.get(&format!("{invite}?limit=15")).await.expect(200);
    let rest = format!("{invite}?limit=15&cursor={}", page.at("/next"));
    let rest = scene.petra.get(&rest).await.expect(200);
    assert_eq!(rest.json()["items"].as_array().unwrap().len(), 5);
    scene.world.end().await;
}
