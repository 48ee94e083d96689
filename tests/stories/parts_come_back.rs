//! Where an application wraps what it keeps and sets parts one by one, only the parts that a call
//! named are kept, and only they come back.

use crate::support::World;
use crate::support::keeper::Keeper;
use crate::support::larkfield::{PETRA, Tool};
use reqwest::Method;
use serde_json::{Value, json};

const API: &str = "api = \"${SANDBOX_MARKETING_URL}/api/v1\"";
const SHOW: &str = "method = \"GET\"\npath = \"/contacts/{contact}\"\n";
const CHANGE: &str = "fields = [\"email\", \"first_name\", \"last_name\", \"country\", \
                      \"status\", \"tags\", \"list_ids\"]\nnames = { list_ids = \"list\" }\n\
                      about = \"contact\"\nidempotent = true\nbefore = \"show-contact\"\n\
                      undo = { by = \"change-contact\" }";
const PARTS: &str = "fields = [\"fields\"]\nabout = \"contact\"\nidempotent = true\n\
                     before = \"show-contact\"\nundo.by = \"change-contact\"\n\
                     undo.at = \"contact\"\nundo.within = [\"fields\"]";

#[tokio::test(flavor = "multi_thread")]
async fn only_the_parts_that_were_set_come_back() {
    let keeper = Keeper::start(json!({ "city": "Oslo", "phone": "1", "fax": "2" })).await;
    let api = format!("api = \"{}/api/v1\"", keeper.url);
    let show = format!("{SHOW}query = [\"show\"]\nlook_query = {{ show = \"city,{{fields}}\" }}\n");
    let changes = [(API, api.as_str()), (SHOW, show.as_str()), (CHANGE, PARTS)];
    let world = World::described(&changes).await;
    let petra = world.customer("Fjordhaus").await;
    let expert = world.consultant("Brandt").await;
    let (engagement, _) = world.active(&petra, &expert, &[10_000]).await;
    let connection = world.connects(&petra, PETRA).await;
    let parties = (&petra, &expert);
    let grant = world.grants(parties, &engagement, &connection, "run-campaigns").await;
    let tool = Tool::with_key(&expert, &grant).await;
    keeper.calls();
    let body = json!({ "fields": { "phone": "7", "pager": "9" } });
    tool.send(Method::PATCH, "/contacts/con_1", Some(body)).await.expect(200);
    let looked = keeper.calls().remove(0);
    assert_eq!(looked, "GET /api/v1/contacts/con_1?show=city%2Cpager%2Cphone");
    // What nobody saw beforehand is not said to come back.
    let path = format!("/v1/grants/{grant}/changes");
    let kept = petra.get(&path).await.expect(200).json();
    let told = json!([{ "field": "fields.phone", "before": "1", "after": "7" }]);
    assert_eq!(kept[0]["fields"], told);
    keeper.sets("fax", "3");
    let order = json!({ "changes": [kept[0]["id"]] });
    petra.post(&format!("{path}/take-back"), order).await.expect(200);
    world.settle().await;
    let kept: Value = petra.get(&path).await.expect(200).json();
    assert_eq!(kept[0]["state"], "restored");
    let now = json!({ "city": "Oslo", "phone": "1", "fax": "3", "pager": "9" });
    assert_eq!(keeper.fields(), now, "and nobody else's work is touched");
    let calls = keeper.calls();
    let set = "PATCH /api/v1/contacts/con_1 {\"fields\":{\"phone\":\"1\"}}";
    assert_eq!(calls.last().map(String::as_str), Some(set), "{calls:?}");
    world.end().await;
}
