//! Descriptions whose addresses differ per account: what is taken, and what becomes of it.

use super::*;
use crate::outside::upstream::Parts;
use secrecy::{ExposeSecret, SecretString};

const OUT: Reach = Reach { loopback: false };

/// Everybody runs it at an address of their own, with a client that they made there.
const OWN: &str = r#"
name = "Acme"
about = "Mails and their results"
issuer = "https://{host}"
api = "https://{host}/api"

[parts.host]
kind = "host"
label = "Host of your Acme"
example = "acme.example.com"

[parts.client_id]
kind = "text"
label = "Client id"
example = "3_abc"

[parts.client_secret]
kind = "secret"
label = "Client secret"

[oauth]
authorize = "https://{host}/oauth/authorize"
token = "https://{host}/oauth/token"
client_auth = "body"
client_id = "{client_id}"
client_secret = "{client_secret}"
scopes = []
remove_access = "Remove the client there."

[account]
path = "/users/self"

[headers]
send = { accept = "application/json" }

[actions.see-account]
risk = "read"
sentence = "see the account"

[[presets]]
id = "read-only"
name = "Read only"
summary = "Looks."
actions = ["see-account"]

[[operations]]
id = "show-self"
title = "Looked at itself"
deed = "look at itself"
action = "see-account"
method = "GET"
path = "/"
"#;

fn read(text: &str) -> Result<Upstream, Vec<Fault>> {
    parse("acme", text, &Values::new(), OUT)
}

fn told(pairs: &[(&str, &str)]) -> Parts {
    let plain = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Parts { plain: plain.collect(), secret: Some(SecretString::from("s3cret")) }
}

#[test]
fn an_account_has_addresses_of_its_own() {
    let upstream = read(OWN).unwrap();
    let names: Vec<&str> = upstream.parts.iter().map(|part| part.name.as_str()).collect();
    assert_eq!(names, ["host", "client_id", "client_secret"], "in the order of the file");
    let parts = told(&[("host", "m.fjordhaus.example"), ("client_id", "3_abc")]);
    let authority = upstream.authority(&parts).unwrap();
    assert_eq!(authority.issuer, "https://m.fjordhaus.example");
    assert_eq!(authority.token.as_str(), "https://m.fjordhaus.example/oauth/token");
    assert_eq!(authority.client_id, "3_abc");
    assert_eq!(authority.client_secret.expose_secret(), "s3cret");
    assert!(!format!("{authority:?} {parts:?}").contains("s3cret"), "it is never printed");
    let api = upstream.api(&parts).unwrap();
    assert_eq!(api.url("/").as_str(), "https://m.fjordhaus.example/api/");
    assert_eq!(upstream.account_key(&parts, None).as_deref(), Some("m.fjordhaus.example"));
    let key = upstream.account_key(&parts, Some("7"));
    assert_eq!(key.as_deref(), Some("m.fjordhaus.example/7"), "its ids are its own");
}

#[test]
fn what_is_missing_or_leads_home_has_no_address() {
    let upstream = read(OWN).unwrap();
    assert!(upstream.authority(&Parts::default()).is_err());
    assert!(upstream.api(&Parts::default()).is_err());
    // Such values are refused where they come in; here they are refused once more.
    for host in ["10.0.0.1", "127.0.0.1:4100", "a@b.example", "a.example/?x=", "a.example/#"] {
        let parts = told(&[("host", host), ("client_id", "3_abc")]);
        assert!(upstream.api(&parts).is_err(), "{host}");
        assert!(upstream.authority(&parts).is_err(), "{host}");
    }
    let mut without = told(&[("host", "m.fjordhaus.example"), ("client_id", "3_abc")]);
    without.secret = None;
    assert!(upstream.authority(&without).is_err());
}

#[test]
fn this_machine_is_called_without_tls_by_the_switch() {
    let upstream = parse("acme", OWN, &Values::new(), Reach { loopback: true }).unwrap();
    let parts = told(&[("host", "127.0.0.1:4100"), ("client_id", "3_abc")]);
    assert_eq!(upstream.api(&parts).unwrap().base.as_str(), "http://127.0.0.1:4100/api");
    let parts = told(&[("host", "m.fjordhaus.example"), ("client_id", "3_abc")]);
    assert_eq!(upstream.api(&parts).unwrap().base.scheme(), "https");
}

const API: &str = "api = \"https://{host}/api\"";
const SECRET: &str = "client_secret = \"{client_secret}\"";
const HEADER: &str = "send = { accept = \"application/json\" }";
const OAUTH: &str = "\n[oauth]\n";

/// A text of the description, what stands there instead, and what is said of it.
const CASES: &[(&str, &str, &str)] = &[
    (API, "api = \"https://{host}.evil.example/api\"", "parts stand in the host"),
    (API, "api = \"https://x.{host}/api\"", "parts stand in the host"),
    (API, "api = \"https://acme.example/{host}\"", "parts stand in the host"),
    (API, "api = \"http://{host}/api\"", "parts stand in the host"),
    (API, "api = \"https://user@{host}/api\"", "parts stand in the host"),
    (API, "api = \"https://{host}:8443/api\"", "parts stand in the host"),
    (API, "api = \"https://{host\"", "not closed"),
    (API, "api = \"https://{client_id}/api\"", "parts stand in the host"),
    (API, "api = \"https://{where}/api\"", "no table [parts.where]"),
    (API, "api = \"https://acme.example/api\"", "told by a part of `api`"),
    (SECRET, "client_secret = \"${ACME_SECRET}\"", "nothing names `{client_secret}`"),
    (SECRET, "client_secret = \"{client_id}\"", "one part of kind `secret`"),
    (SECRET, "client_secret = \"x{client_secret}\"", "one part of kind `secret`"),
    (HEADER, "send = { x-s = \"{client_secret}\" }", "in `client_secret` alone"),
    ("client_id = \"{client_id}\"", "client_id = \"{host}\"", "one part of kind `text`"),
    ("kind = \"host\"", "kind = \"domain\"", "kind is `host`"),
    ("example = \"acme.example.com\"", "example = \"https://acme.example.com\"", "would not take"),
    ("example = \"acme.example.com\"", "", "shows people what to write"),
    ("label = \"Host of your Acme\"", "", "what people are asked"),
    ("label = \"Client secret\"", "label = \"Client secret\"\nexample = \"x\"", "no example"),
    (
        OAUTH,
        "\n[parts.unit]\nkind = \"text\"\nlabel = \"Unit\"\nexample = \"u\"\n[oauth]\n",
        "nothing names `{unit}`",
    ),
    (
        OAUTH,
        "\n[discovery]\naddress = \"https://acme.example/me\"\nscheme = \"Bearer\"\n\
        fields = { host = \"host\" }\n[oauth]\n",
        "needed before the application tells",
    ),
    (
        OAUTH,
        "\n[discovery]\naddress = \"https://acme.example/me\"\nscheme = \"a b\"\n\
        fields = {}\n[oauth]\n",
        "scheme is one word",
    ),
    ("about =", "offer = \"yes\"\nabout =", "`offer` is a placeholder"),
];

#[test]
fn parts_stand_where_they_belong() {
    for (old, new, said) in CASES {
        assert!(OWN.contains(old), "{old}");
        let found = read(&OWN.replacen(old, new, 1)).err().unwrap_or_default();
        let fits = found.iter().any(|fault| fault.message.contains(said) && fault.line > 1);
        assert!(fits, "{new}: wanted {said:?}, found {found:?}");
    }
}

/// What this installation is trusted with goes to nobody's host.
#[test]
fn our_own_secret_stays_with_hosts_that_are_written_down() {
    let text = OWN.replacen(SECRET, "client_secret = \"${ACME_SECRET}\"", 1);
    let values = Values::from([("ACME_SECRET".to_owned(), "ours".to_owned())]);
    let found = parse("acme", &text, &values, OUT).err().unwrap();
    assert!(found.iter().any(|f| f.message.contains("a customer names this host")), "{found:?}");
}

#[test]
fn labels_stand_before_a_domain_and_may_be_told_by_the_application() {
    let discovery = "\n[discovery]\naddress = \"https://login.acme.example/me\"\n\
                     scheme = \"OAuth\"\nfields = { host = \"dc\" }\n\n[oauth]\n";
    let text = OWN
        .replacen("kind = \"host\"", "kind = \"label\"\npattern = \"[a-z]+[0-9]+\"", 1)
        .replacen("example = \"acme.example.com\"", "example = \"us21\"", 1)
        .replacen(OAUTH, discovery, 1)
        .replacen(API, "api = \"https://{host}.api.acme.example/3.0\"", 1)
        .replace("https://{host}", "https://login.acme.example")
        .replacen("https://login.acme.example.api", "https://{host}.api", 1)
        .replacen("path = \"/users/self\"", "path = \"/\"\nid = \"account_id\"", 1);
    let upstream = read(&text).unwrap();
    let host = upstream.parts.iter().find(|part| part.name == "host").unwrap();
    assert!(!host.asked);
    let parts = told(&[("host", "us21"), ("client_id", "3_abc")]);
    assert_eq!(upstream.api(&parts).unwrap().base.as_str(), "https://us21.api.acme.example/3.0");
    assert_eq!(upstream.account_key(&parts, Some("a1")).as_deref(), Some("a1"));
    for bad in ["https://{host}.example/x", "https://{host}example.com/x", "https://{host}/x"] {
        let text = text.replacen("https://{host}.api.acme.example/3.0", bad, 1);
        assert!(read(&text).is_err(), "{bad}");
    }
}
