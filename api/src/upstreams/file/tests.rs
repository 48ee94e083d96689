//! What files are taken, and what is said of the others.

use super::*;
use crate::outside::upstream::{ENDLESS, Parts, Pkce, Refresh, Risk, TokenLives};
use reqwest::Method;
use serde_json::json;

const LARKFIELD: &str = include_str!("../../../../upstreams/larkfield.toml");
const HERE: Reach = Reach { loopback: true };

fn values() -> Values {
    let pairs = [
        ("SANDBOX_MARKETING_URL", "http://127.0.0.1:4100/"),
        ("SANDBOX_MARKETING_CLIENT_ID", "attache"),
        ("SANDBOX_MARKETING_CLIENT_SECRET", "s3cret-s3cret"),
    ];
    pairs.into_iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect()
}

fn faults(text: &str) -> Vec<(usize, String)> {
    let faults = parse("larkfield", text, &values(), HERE).err().unwrap_or_default();
    faults.into_iter().map(|f| (f.line, f.message)).collect()
}

/// The line on which a text stands.
fn line_of(text: &str, part: &str) -> usize {
    text[..text.find(part).unwrap()].matches('\n').count() + 1
}

#[test]
fn our_own_file_is_taken() {
    let upstream = parse("larkfield", LARKFIELD, &values(), HERE).unwrap();
    let nothing = Parts::default();
    assert_eq!(upstream.authority(&nothing).unwrap().issuer, "http://127.0.0.1:4100");
    let api = upstream.api(&nothing).unwrap();
    assert_eq!(api.url("/campaigns/x").as_str(), "http://127.0.0.1:4100/api/v1/campaigns/x");
    assert_eq!(upstream.operations.len(), 23);
    assert_eq!(upstream.presets.len(), 4);
    let sizes: Vec<usize> = upstream.presets.iter().map(|p| p.actions.len()).collect();
    assert_eq!(sizes, [4, 5, 10, 16]);
    assert_eq!(upstream.actions.len(), 16, "the full operator may do every action");
    assert!(!format!("{upstream:?}").contains("s3cret"), "the secret is never printed");
}

/// The file with a table of token lives.
fn with_tokens(lines: &str) -> Upstream {
    let text = LARKFIELD.replacen("[account]", &format!("[oauth.tokens]\n{lines}\n[account]"), 1);
    parse("larkfield", &text, &values(), HERE).unwrap()
}

#[test]
fn what_is_not_said_of_tokens_is_the_usual() {
    let usual = parse("larkfield", LARKFIELD, &values(), HERE).unwrap().oauth;
    assert_eq!((usual.pkce, usual.tokens), (Pkce::Used, TokenLives::default()));
    assert!(usual.revoke.is_some() && usual.remove_access.is_none());
    let endless = with_tokens("access_life = 0\nrefresh = \"none\"").oauth.tokens;
    assert_eq!((endless.access, endless.refresh), (ENDLESS, Refresh::None));
    let lives = with_tokens("access_life = 1800\nrefresh = \"same\"\nrefresh_idle = 7200").oauth;
    assert_eq!(lives.tokens.access.as_secs(), 1800);
    assert_eq!(lives.tokens.refresh_idle.map(|d| d.as_secs()), Some(7200));
    assert!(lives.tokens.refresh.is_promised() && !endless.refresh.is_promised());
}

#[test]
fn the_most_literal_template_is_meant() {
    let upstream = parse("larkfield", LARKFIELD, &values(), HERE).unwrap();
    let find = |method: &Method, path: &str| {
        let segments: Vec<String> = path.split('/').skip(1).map(str::to_owned).collect();
        upstream.find(method, &segments).map(|(operation, _)| operation.id.clone())
    };
    assert_eq!(find(&Method::POST, "/contacts/export").as_deref(), Some("export-contacts"));
    assert_eq!(find(&Method::GET, "/contacts/export"), None, "no contact is called export");
    assert_eq!(find(&Method::GET, "/contacts/con_1").as_deref(), Some("show-contact"));
    assert_eq!(find(&Method::GET, "/reports/summary").as_deref(), Some("show-summary"));
    assert_eq!(find(&Method::PUT, "/contacts/con_1"), None);
    assert_eq!(find(&Method::GET, "/campaigns/cmp_1/send"), None);
    assert_eq!(find(&Method::GET, "/sandbox/faults"), None);
}

const SENDER: &str = "words = \"who a campaign is from\"\nactions = [\"write-drafts\"]\n\
     fields = [\"from_name\", \"from_email\"]";

/// A text of the file, what stands there instead, and what is said of it.
const CASES: &[(&str, &str, &str)] = &[
    ("name = \"Larkfield\"", "name = \"\"", "write a name"),
    ("name = \"Larkfield\"", "nam = \"Larkfield\"", "unknown field"),
    ("api = \"${SANDBOX_MARKETING_URL}/api/v1\"", "api = \"http://10.0.0.1/\"", "use https"),
    ("api = \"${SANDBOX_MARKETING_URL}/api/v1\"", "api = \"https://a.example/?x=1\"", "no query"),
    ("client_auth = \"basic\"", "client_auth = \"digest\"", "`basic` or `body`"),
    ("client_auth = \"basic\"", "client_auth = \"basic\"\npkce = \"no\"", "pkce is `used`"),
    ("revoke = \"${SANDBOX_MARKETING_URL}/oauth/revoke\"", "", "`remove_access` says where"),
    ("sends_issuer = true", "optional_scopes = [\"admin\"]", "not both"),
    ("sends_issuer = true", "remove_access = \"under settings\"", "full stop"),
    ("[account]", "[oauth.tokens]\nrefresh = \"often\"\n[account]", "refresh is `rotating`"),
    ("[account]", "[oauth.tokens]\nrefresh_idle = 5\n[account]", "at least an hour"),
    (
        "[account]",
        "[oauth.tokens]\nrefresh = \"none\"\nrefresh_life = 9000\n[account]",
        "no refresh token to live",
    ),
    ("risk = \"send\"", "risk = \"harmless\"", "unknown variant"),
    ("sentence = \"create lists\"", "sentence = \"Create lists.\"", "after \"can\""),
    ("sentence = \"create lists\"", "sentence = \"add contacts and change them\"", "same sentence"),
    ("[actions.invite-users]", "[actions.invite-everybody]", "no operation belongs"),
    (
        "actions = [\"see-account\", \"see-lists\", \"see-campaigns\", \"see-reports\"]",
        "actions = [\"see-all\"]",
        "no action `see-all`",
    ),
    ("id = \"author-drafts\"", "id = \"read-only\"", "two presets"),
    ("id = \"show-summary\"", "id = \"show-report\"", "two operations"),
    ("path = \"/reports/summary\"", "path = \"/lists/{other}\"", "same method and path"),
    ("path = \"/lists/{list}\"", "path = \"/lists/{list}.JSON\"", "no ending"),
    ("path = \"/reports/summary\"", "path = \"/reports/../users\"", "no segment"),
    ("query = [\"from\", \"to\"]", "query = [\"_method\"]", "no name of a field"),
    ("fields = [\"name\", \"description\"]", "names = { list = \"list\" }", "neither in query"),
    ("scopes = [\"lists:write\"]", "scopes = [\"lists:all\"]", "not among the scopes"),
    ("action = \"send-campaigns\"", "action = \"see-campaigns\"", "only a GET"),
    ("fields = [\"scheduled_at\"]", "reads = true", "`reads` is for a POST"),
    ("fields = [\"scheduled_at\"]", "body = \"xml\"", "body is `json`"),
    ("fields = [\"scheduled_at\"]", "repeats = [\"x\"]", "not in query"),
    ("fields = [\"scheduled_at\"]", "more_fields = \"(\"", "no pattern"),
    ("fields = [\"scheduled_at\"]", "set = { a = [1] }", "set to a text"),
    ("fields = [\"scheduled_at\"]", "fields = [\"a\"]\nset = { a = 1 }", "no caller may"),
    ("fields = [\"scheduled_at\"]", "fields = [\"a.b\"]\nset = { a = 1 }", "no caller may"),
    ("fields = [\"scheduled_at\"]", "fields = [\"a\", \"a.b\"]", "permits all that is inside"),
    ("fields = [\"scheduled_at\"]", "fields = [\"a..b\"]", "no name of a field"),
    ("fields = [\"scheduled_at\"]", "body = \"form\"\nfields = [\"a.b\"]", "a form has no"),
    ("fields = [\"scheduled_at\"]", "when = [\"a\"]", "not in fields"),
    (SENDER, "words = \"\"\nactions = [\"write-drafts\"]\nfields = [\"name\"]", "write what is"),
    (SENDER, "words = \"names of contacts\"\nactions = [\"write-drafts\"]", "same words"),
    (SENDER, "words = \"x\"\nactions = [\"write-drafts\"]", "name fields of answers"),
    (SENDER, "words = \"x\"\nactions = []\nanswer = [\"a\"]", "at least one action"),
    (SENDER, "words = \"x\"\nactions = [\"fly\"]\nanswer = [\"a\"]", "no action `fly`"),
    (SENDER, "words = \"x\"\nactions = [\"write-drafts\"]\nfields = [\"a\"]", "takes `a`"),
    (SENDER, "words = \"x\"\nactions = [\"see-lists\"]\nfields = [\"name\"]", "takes `name`"),
    (SENDER, "words = \"x\"\nactions = [\"see-lists\"]\nanswer = [\"a.*\"]", "no name of a field"),
    ("answer = [\"*.email\"]", "answer = [\"*\"]", "no name of a field"),
    ("query = [\"email\"]", "query = [\"phone\"]", "takes `phone`"),
    ("[withholdable.plan]", "[withholdable.Plan]", "no id"),
    ("limit = \"integer\"", "limit = \"whole\"", "a type is `string`"),
    ("limit = \"integer\"", "limit = \"array\"", "a query parameter is a text"),
    ("limit = \"integer\"", "most = \"integer\"", "no operation has a field"),
    ("most_body = \"16 KiB\"", "most_body = 0", "a body's limit is"),
    ("most_body = \"16 KiB\"", "most_body = -1", "a body's limit is"),
    ("most_body = \"16 KiB\"", "most_body = \"16 kB\"", "a body's limit is"),
    ("most_body = \"16 KiB\"", "most_body = \"9 MiB\"", "at most 8 MiB"),
    ("most_body = \"16 KiB\"", "most_body = 8388609", "at most 8 MiB"),
    ("query = [\"from\", \"to\"]", "most_body = 5", "takes no body"),
    ("deed = \"create a list\"", "deed = \"Create a list\"", "after \"to\""),
    (
        "deed = \"create a list\"",
        "deed = \"create a list\"\nbefore = \"show-list\"",
        "no GET of this file",
    ),
    (
        "deed = \"create a list\"",
        "deed = \"create a list\"\nbefore = \"show-everything\"",
        "no GET of this file",
    ),
    (
        "deed = \"create a list\"",
        "deed = \"create a list\"\ncost = { unit = \"deletes\" }",
        "a cost is `each`",
    ),
    (
        "deed = \"create a list\"",
        "deed = \"create a list\"\ncost = { unit = \"mails\", each = 1 }",
        "unknown variant",
    ),
    (
        "deed = \"create a list\"",
        "deed = \"create a list\"\n\
         cost = { unit = \"contacts\", look = \"show-list\", at = \"contacts\" }",
        "parameters are told here",
    ),
    (
        "deed = \"create a list\"",
        "deed = \"create a list\"\ncost = { unit = \"contacts\", each = 1, unless = [\"name\"] }",
        "a cost is `each`",
    ),
    (
        "deed = \"create a list\"",
        "deed = \"create a list\"\ncost = { unit = \"contacts\", count = \"people\" }",
        "no `before` to tell it",
    ),
    (
        "deed = \"create a list\"",
        "deed = \"create a list\"\n\
         cost = { unit = \"contacts\", count = \"name\", unless = [\"a..b=c\"] }",
        "no name of a field",
    ),
    (
        "deed = \"create a list\"",
        "deed = \"create a list\"\n\
         cost = { unit = \"contacts\", count = \"name\", by = { list = \"name\" } }",
        "a cost is `each`",
    ),
    (
        "deed = \"create a list\"",
        "deed = \"create a list\"\n\
     look_query = { name = \"x\" }",
        "looks by a GET alone",
    ),
    ("query = [\"from\", \"to\"]", "look_query = { at = \"x\" }", "not in query"),
    (
        "query = [\"from\", \"to\"]",
        "query = [\"to\"]\nlook_query = { to = \"a,{b\" }",
        "names with commas",
    ),
    (
        "undo = { by = \"change-draft\" }",
        "undo = { by = \"change-draft\", within = [\"settings\"] }",
        "no field of the call",
    ),
    (
        "undo = { by = \"change-draft\" }",
        "undo = { by = \"change-draft\", at = \"a..b\" }",
        "no name of a field",
    ),
    (
        "undo = { by = \"delete-contact\", of = { contact = \"id\" }, besides",
        "undo = { by = \"delete-contact\", of = { contact = \"id\" }, within = [\"tags\"], besides",
        "for setting back",
    ),
    ("query = [\"from\", \"to\"]", "cost = { unit = \"deletes\", each = 1 }", "only reads"),
    ("query = [\"from\", \"to\"]", "before = \"show-account\"", "only reads"),
    ("query = [\"from\", \"to\"]", "belongs = { list = \"x\" }", "there is no `before`"),
    ("belongs = { list = \"list_id\" }", "belongs = { List = \"list_id\" }", "no kind of thing"),
    ("belongs = { list = \"list_id\" }", "belongs = { list = \"a..b\" }", "no name of a field"),
    ("query = [\"from\", \"to\"]", "set = { a = 1 }", "have no body"),
    ("fields = [\"next\"]", "fields = [\"a..b\"]", "no name of a field"),
    ("reset_is = \"seconds\"", "", "`reset_is` says"),
    ("reset_is = \"seconds\"", "reset_is = \"soon\"", "reset_is is `seconds`"),
    ("account_a_minute = 60000", "account_a_minute = 0", "from 1 to 600000 calls a minute"),
    ("letter_a_minute = 30000", "letter_a_minute = 70000", "no letter is faster"),
    ("limit = \"x-ratelimit-limit\"", "limit = \"set-cookie\"", "no header that may pass"),
    ("[rates]", "pass = [\"set-cookie\"]\n[rates]", "no header that may pass"),
    ("send = { accept", "send = { authorization = \"x\", accept", "no header to send"),
];

#[test]
fn every_fault_has_its_line() {
    for (old, new, said) in CASES {
        assert!(LARKFIELD.contains(old), "{old}");
        let text = LARKFIELD.replacen(old, new, 1);
        let found = faults(&text);
        let line = line_of(LARKFIELD, old);
        let near = line.saturating_sub(5)..line + 3;
        let fits = found.iter().any(|(at, said_of)| near.contains(at) && said_of.contains(said));
        assert!(fits, "{new}: wanted {said:?} at {line}, found {found:?}");
    }
}

#[test]
fn operations_at_one_address_are_told_apart_by_their_bodies() {
    let twin = "path = \"/campaigns/{campaign}\"\nfields = [\"send_at\"]\nwhen = [\"send_at\"]";
    let old =
        "method = \"POST\"\npath = \"/campaigns/{campaign}/schedule\"\nfields = [\"scheduled_at\"]";
    let text = LARKFIELD.replacen(old, &format!("method = \"PATCH\"\n{twin}"), 1);
    let text = text.replacen("scheduled_at = \"string\"\n", "", 1);
    let upstream = parse("larkfield", &text, &values(), HERE).unwrap();
    let (found, _) =
        upstream.find(&Method::PATCH, &["campaigns".to_owned(), "c".to_owned()]).unwrap();
    let meant = |body| upstream.meant(found, Some(&body)).map(|o| o.id.clone());
    assert_eq!(meant(json!({ "name": "x" })).as_deref(), Some("change-draft"));
    assert_eq!(meant(json!({})).as_deref(), Some("change-draft"));
    assert_eq!(meant(json!({ "send_at": "now" })).as_deref(), Some("schedule-campaign"));
    let both = meant(json!({ "name": "x", "send_at": null }));
    assert_eq!(both.as_deref(), Some("schedule-campaign"), "which does not take the name");
    assert_eq!(upstream.meant(found, None).map(|o| o.id.as_str()), Some("change-draft"));
    let shared = text.replacen("fields = [\"send_at\"]", "fields = [\"send_at\", \"name\"]", 1);
    let shared = shared.replacen("when = [\"send_at\"]", "when = [\"name\"]", 1);
    assert!(faults(&shared).iter().any(|(_, said)| said.contains("same method and path")));
}

#[test]
fn placeholders_lead_home_only() {
    let mut away = values();
    away.insert("SANDBOX_MARKETING_URL".into(), "https://mail.example".into());
    let found = parse("larkfield", LARKFIELD, &away, HERE).err().unwrap();
    assert!(found.iter().all(|f| f.message.contains("this machine only")), "{found:?}");
    let closed = Reach { loopback: false };
    let found = parse("larkfield", LARKFIELD, &values(), closed).err().unwrap();
    assert!(found.iter().all(|f| f.message.contains("development switch")), "{found:?}");
    let found = parse("larkfield", LARKFIELD, &Values::new(), HERE).err().unwrap();
    assert!(found.iter().all(|f| f.unset.is_some()), "{found:?}");
    assert!(found.iter().any(|f| f.unset.as_deref() == Some("SANDBOX_MARKETING_CLIENT_SECRET")));
}

#[test]
fn reading_never_changes_anything() {
    let upstream = parse("larkfield", LARKFIELD, &values(), HERE).unwrap();
    for operation in &upstream.operations {
        let reads = operation.risk == Risk::Read;
        assert!(!reads || operation.method == Method::GET, "{}", operation.id);
        assert!(!reads || operation.set.is_empty(), "{}", operation.id);
    }
    let only_reads = upstream.preset("read-only").unwrap();
    for action in &only_reads.actions {
        assert_eq!(upstream.actions[action].risk, Risk::Read, "{action}");
    }
}
