//! What is unusual about the calls of a letter is told to the customer and to the program's people:
//! how many and when, and nothing of what they were about.

use crate::support::larkfield::{PETRA, Tool};
use crate::support::neighbours::{foreigner, other_program};
use crate::support::reader::{Reader, says};
use crate::support::{Actor, Answer, World};
use attache::postgres::Role;
use chrono::{DateTime, Duration, Utc};
use reqwest::Method;
use serde_json::{Value, json};

const ALARMS: &str = "/v1/alarms";
const TITLE: &str = "Something unusual: Brandt's access to Fjordhaus Outdoor EU";

struct Scene {
    world: World,
    petra: Actor,
    expert: Actor,
    manager: Actor,
    grant: String,
    tool: Tool,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new().await;
        let petra = world.customer("Fjordhaus").await;
        let expert = world.consultant("Brandt").await;
        let manager = world.vendor("program_manager").await;
        let (engagement, _) = world.active(&petra, &expert, &[10_000]).await;
        let connection = world.connects(&petra, PETRA).await;
        let grant = world.grants((&petra, &expert), &engagement, &connection, "read-only").await;
        let tool = Tool::with_key(&expert, &grant).await;
        world.settle().await;
        Self { world, petra, expert, manager, grant, tool }
    }

    async fn minutes(&self, minutes: i64) {
        self.world.advance(Duration::minutes(minutes)).await;
        self.world.settle().await;
    }

    /// Moves the clock on to this hour of the customer's day; answers the instant.
    async fn comes_to(&self, hour: u32) -> DateTime<Utc> {
        let sql = format!(
            "SELECT extract(epoch FROM CASE WHEN t > app_now() THEN t ELSE t + interval '1 day' END)
                    ::bigint
             FROM (SELECT (date_trunc('day', app_now() AT TIME ZONE zone) + interval '{hour} hours')
                          AT TIME ZONE zone AS t
                   FROM organizations WHERE id = '{}') at",
            self.petra.organization
        );
        let at: i64 = self.world.sql(&sql).await[0].get(0);
        let at = DateTime::from_timestamp(at, 0).unwrap();
        self.world.advance(at - self.world.clock.now()).await;
        self.world.settle().await;
        at
    }

    async fn refused(&self, times: usize) {
        for _ in 0..times {
            self.tool.get("/users").await.refused(403, "operation-denied");
        }
    }

    async fn reads(&self, times: usize) {
        for _ in 0..times {
            self.tool.get("/account").await.expect(200);
        }
    }

    /// Calls from an address that the proxy tells, and its country.
    async fn calls_from(&self, times: usize, address: &str, country: &str) {
        let path = format!("/gw/{}/account", self.grant);
        for _ in 0..times {
            let request = self.tool.actor.request(Method::GET, &path);
            let request = request.header("x-story-address", address);
            let request = request.header("x-story-country", country);
            self.tool.actor.answer(Method::GET, &path, request).await.expect(200);
        }
    }

    async fn alarms(&self) -> Vec<Value> {
        let page = self.manager.get(ALARMS).await.expect(200).json();
        page["items"].as_array().unwrap().clone()
    }

    async fn told(&self, who: &Actor) -> Vec<String> {
        let sql = format!(
            "SELECT body FROM notices WHERE person_id = '{}' AND title LIKE 'Something unusual%'
             ORDER BY created_at, id",
            who.person
        );
        self.world.sql(&sql).await.iter().map(|row| row.get(0)).collect()
    }

    async fn close(&self, alarm: &Value, who: &Actor, note: &str) -> Answer {
        let path = format!("{ALARMS}/{}/close", alarm["id"].as_str().unwrap());
        who.post(&path, json!({ "note": note })).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_calls_in_a_burst_are_one_alarm_until_it_is_closed() {
    let scene = Scene::new().await;
    scene.refused(19).await;
    scene.minutes(2).await;
    assert_eq!(scene.alarms().await.len(), 0, "nineteen are no burst");
    scene.refused(1).await;
    scene.minutes(2).await;
    let alarms = scene.alarms().await;
    assert_eq!(alarms.len(), 1);
    let alarm = &alarms[0];
    let said = ["kind", "state", "sentence", "customer_name", "account_name"];
    assert_eq!(
        said.map(|name| alarm[name].as_str().unwrap()),
        [
            "refused-burst",
            "open",
            "20 calls were refused within 10 minutes.",
            "Fjordhaus",
            "Fjordhaus Outdoor EU",
        ]
    );
    assert_eq!((&alarm["calls"], &alarm["grant"]), (&json!(20), &json!(scene.grant)));
    let text = alarm.to_string();
    for content in ["users", "operation", "target", "path", "request"] {
        assert!(!text.contains(content), "{content}: {text}");
    }
    scene.refused(25).await;
    scene.minutes(2).await;
    assert_eq!(scene.alarms().await.len(), 1, "one is open");
    people_are_told(&scene).await;
    others_see_nothing(&scene, alarm).await;
    is_closed(&scene, alarm).await;
    scene.refused(19).await;
    scene.minutes(2).await;
    assert_eq!(scene.alarms().await.len(), 1, "what came before counts no more");
    scene.refused(1).await;
    scene.minutes(2).await;
    let alarms = scene.alarms().await;
    assert_eq!(alarms.len(), 2, "what comes after counts anew");
    the_customer_stops_it(&scene, &alarms[0]).await;
    scene.world.end().await;
}

async fn people_are_told(scene: &Scene) {
    for who in [&scene.petra, &scene.manager] {
        let told = scene.told(who).await;
        assert_eq!(told.len(), 1, "{}: {told:?}", who.email);
        assert!(told[0].starts_with("20 calls were refused within 10 minutes. It was between "));
        let mails = scene.world.mails_to(&who.email).await;
        let of = mails.iter().filter(|mail| mail["subject"].as_str().unwrap().contains(TITLE));
        assert_eq!(of.count(), 1, "{mails:#?}");
    }
    assert_eq!(scene.told(&scene.expert).await, [""; 0], "whose letter it is hears nothing");
    let mut samir = Reader::of(&scene.world, &scene.manager.email).await;
    says(&samir.open("").await, "Look into Brandt’s letter of access");
    says(&samir.open("/program").await, "/p/larkfield/alarms");
    let mut petra = Reader::of(&scene.world, &scene.petra.email).await;
    says(&petra.open("").await, "Something is unusual with Brandt’s access");
    says(&petra.open("/access").await, "Many calls were refused");
}

async fn others_see_nothing(scene: &Scene, alarm: &Value) {
    let path = format!("{ALARMS}/{}", alarm["id"].as_str().unwrap());
    let own = scene.petra.get(ALARMS).await.expect(200).json();
    assert_eq!(own["items"].as_array().unwrap().len(), 1, "the customer's own");
    scene.petra.get(&path).await.expect(200);
    scene.expert.get(ALARMS).await.refused(403, "not-permitted");
    scene.expert.get(&path).await.refused(403, "not-permitted");
    let rival = scene.world.customer("Rival").await;
    let far = other_program(&scene.world, "nordwind").await;
    let neighbour = foreigner(&scene.world, &far, "vendor", "owner").await;
    for who in [&rival, &neighbour] {
        assert_eq!(who.get(ALARMS).await.expect(200).json()["items"], json!([]), "{}", who.email);
        who.get(&path).await.refused(404, "not-found");
        scene.close(alarm, who, "Mine now.").await.refused(404, "not-found");
    }
}

async fn is_closed(scene: &Scene, alarm: &Value) {
    let path = format!("{ALARMS}/{}", alarm["id"].as_str().unwrap());
    let support = scene.world.vendor("support").await;
    support.get(&path).await.expect(200);
    scene.close(alarm, &support, "Fine.").await.refused(403, "not-permitted");
    scene.close(alarm, &scene.manager, " ").await.refused(422, "invalid");
    let seen = scene.manager.post(&format!("{path}/see"), json!({})).await.expect(200);
    assert_eq!(seen.at("/state"), "seen");
    assert_eq!(seen.at("/seen_by"), "larkfield-program_manager");
    scene.manager.post(&format!("{path}/see"), json!({})).await.refused(409, "alarm-state");
    let mut samir = Reader::of(&scene.world, &scene.manager.email).await;
    says(&samir.open("/alarms?state=seen").await, "Many calls were refused");
    let here = format!("/alarms/{}", alarm["id"].as_str().unwrap());
    let form = samir.open(&here).await.form(&format!("/p/larkfield{here}/close")).unwrap();
    let again = samir.send_from(&here, &form).await;
    assert_eq!(again.status, 422);
    says(&again, "what you found");
    let closed = samir.send(&form.set("note", "A script that ran twice.")).await;
    says(&closed, "The alarm is closed");
    says(&closed, "A script that ran twice.");
    scene.close(alarm, &scene.manager, "Again.").await.refused(409, "alarm-state");
    let closed = scene.petra.get(&path).await.expect(200);
    assert_eq!(closed.at("/note"), "A script that ran twice.");
    assert_eq!(closed.at("/closed_by"), "larkfield-program_manager");
}

/// One click on the alarm's page, and nobody else's.
async fn the_customer_stops_it(scene: &Scene, alarm: &Value) {
    let here = format!("/alarms/{}", alarm["id"].as_str().unwrap());
    let rest = format!("/grants/{}/rest", scene.grant);
    for who in [&scene.expert, &scene.manager] {
        who.post(&format!("/v1{rest}"), json!({})).await.refused(403, "not-permitted");
    }
    let mut samir = Reader::of(&scene.world, &scene.manager.email).await;
    assert!(samir.open(&here).await.form(&format!("/p/larkfield{rest}")).is_err());
    let mut petra = Reader::of(&scene.world, &scene.petra.email).await;
    let form = petra.open(&here).await.form(&format!("/p/larkfield{rest}")).unwrap();
    let page = petra.send(&form).await;
    says(&page, "The letter rests");
    says(&page, "It rests, stopped by the customer for now");
    scene.tool.get("/account").await.refused(403, "unused");
    scene.petra.post(&format!("/v1{rest}"), json!({})).await.refused(409, "not-in-force");
    says(&petra.open(&here).await, "The letter rests");
    scene.world.advance(Duration::days(40)).await;
    scene.world.settle().await;
    let sql = "SELECT title FROM notices WHERE title LIKE '%rests%'";
    let told: Vec<String> = scene.world.sql(sql).await.iter().map(|row| row.get(0)).collect();
    assert_eq!(told.len(), 2, "both sides heard it once: {told:?}");
    let restore = format!("/v1/grants/{}/restore", scene.grant);
    scene.petra.post(&restore, json!({})).await.expect(200);
    scene.tool.get("/account").await.expect(200);
    let trail = scene.petra.get("/v1/audit-trail.jsonl").await.expect(200).text();
    let records = |kind: &str| trail.lines().filter(|line| line.contains(kind)).count();
    assert_eq!((records("access-alarmed"), records("access-rested")), (2, 1), "{trail}");
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_that_come_late_are_looked_at_when_they_come() {
    let scene = Scene::new().await;
    scene.refused(1).await;
    for _ in 0..3 {
        scene.minutes(5).await;
    }
    // As a node writes them whose database was away: the calls were a quarter of an hour ago.
    let vendor = scene.world.larkfield.vendor;
    let late = format!(
        "BEGIN; SELECT set_config('attache.vendor', '{vendor}', true);
         INSERT INTO access_log
         SELECT (jsonb_populate_record(l, jsonb_build_object('id', gen_random_uuid(),
                   'written_at', app_now(), 'at', l.at + n * interval '1 second'))).*
         FROM access_log l, generate_series(1, 19) n WHERE l.outcome = 'refused'; COMMIT;"
    );
    let owner = scene.world.database.connect(Role::Owner).await;
    owner.batch_execute(&late).await.unwrap();
    scene.minutes(2).await;
    let alarms = scene.alarms().await;
    assert_eq!(alarms.len(), 1);
    assert_eq!((&alarms[0]["kind"], &alarms[0]["calls"]), (&json!("refused-burst"), &json!(20)));
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_night_is_held_against_the_nights_before() {
    let scene = Scene::new().await;
    scene.comes_to(12).await;
    scene.reads(110).await;
    scene.minutes(11).await;
    assert_eq!(scene.alarms().await.len(), 0, "by day");
    scene.comes_to(23).await;
    scene.reads(30).await;
    scene.minutes(11).await;
    let began = scene.comes_to(22).await;
    scene.world.advance(Duration::hours(3)).await;
    scene.reads(119).await;
    scene.minutes(11).await;
    assert_eq!(scene.alarms().await.len(), 0, "less than four times the night before");
    scene.reads(1).await;
    scene.minutes(11).await;
    let alarms = scene.alarms().await;
    assert_eq!(alarms.len(), 1);
    let alarm = &alarms[0];
    assert_eq!(alarm["kind"], json!("night-reads"));
    assert_eq!((&alarm["calls"], &alarm["usual_calls"]), (&json!(120), &json!(30)));
    let told: DateTime<Utc> = alarm["began_at"].as_str().unwrap().parse().unwrap();
    assert_eq!(told, began, "from ten in the evening by the customer's clock");
    assert_eq!(scene.told(&scene.petra).await.len(), 1);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_from_a_new_country_is_told_and_its_address_is_not_kept() {
    let scene = Scene::new().await;
    scene.calls_from(10, "192.0.2.7", "SE").await;
    scene.minutes(2).await;
    scene.calls_from(1, "203.0.113.5", "FI").await;
    scene.calls_from(10, "192.0.2.7", "SE").await;
    scene.minutes(2).await;
    assert_eq!(scene.alarms().await.len(), 0, "at home nowhere yet");
    scene.calls_from(1, "10.1.1.1, 192.0.2.250", "SE").await;
    scene.minutes(2).await;
    assert_eq!(scene.alarms().await.len(), 0, "the same network by the proxy's own word");
    scene.calls_from(2, "198.51.100.4", "NO").await;
    scene.minutes(2).await;
    let alarms = scene.alarms().await;
    assert_eq!(alarms.len(), 1);
    let alarm = &alarms[0];
    assert_eq!((&alarm["kind"], &alarm["countries"]), (&json!("new-place"), &json!(["NO"])));
    let sentence = alarm["sentence"].as_str().unwrap();
    assert_eq!(sentence, "2 calls came from Norway, and none ever did before.");
    scene.close(alarm, &scene.petra, "She is at a fair there.").await.expect(200);
    scene.calls_from(2, "198.51.100.9", "NO").await;
    scene.minutes(2).await;
    assert_eq!(scene.alarms().await.len(), 1, "it is known by now");
    scene.calls_from(1, "198.51.100.9", "PE").await;
    scene.calls_from(2, "198.51.100.9", "CL").await;
    scene.minutes(2).await;
    let alarms = scene.alarms().await;
    assert_eq!(alarms.len(), 2, "two at once are one alarm");
    let sentence = alarms[0]["sentence"].as_str().unwrap();
    assert_eq!(sentence, "3 calls came from Peru and Chile, and none ever did before.");
    let kept = "SELECT count(DISTINCT network),
                       count(*) FILTER (WHERE l::text ~ '(192\\.0\\.2|198\\.51)')
                FROM access_log l WHERE network IS NOT NULL";
    let row = &scene.world.sql(kept).await[0];
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (3, 0), "networks, and no address");
    scene.world.end().await;
}
