//! An operator probes a marketing application's servers before customers connect to it.

use crate::support::larkfield::PETRA;
use api::outside::upstream::{
    Client, ConcurrentSeen, Finding, IssuerSeen, NarrowingSeen, OldAccessSeen, PkceSeen,
    ProbeReport, ReplaySeen, RevocationSeen, RotationSeen, SlashSeen, StateSeen,
};
use api::upstreams::{Reach, Values, read_file};
use attache::demo::browser::Browser;
use attache::demo::hosted::{self, Member};
use attache::http_client;
use attache::probe::{self, Door, Subject, Visitor, Went};
use sandbox::Sandbox;
use sandbox::marketing::SAMPLE_PASSWORD;
use serde_json::{Value, json};
use std::fmt::Debug;
use std::path::Path;
use url::Url;

/// The owner of an account, at a browser of their own.
struct Owner(Browser);

impl Visitor for Owner {
    async fn visit(&mut self, address: &Url, _: &str) -> anyhow::Result<Went> {
        let member = Member { email: PETRA, password: SAMPLE_PASSWORD };
        // A request that is refused leads back at once, so no consent page comes.
        let _ = hosted::allow(&mut self.0, address, member).await;
        Ok(Went::Over)
    }
}

/// The report of a sandbox in which these things go wrong.
async fn report(faults: Value) -> ProbeReport {
    let folder = tempfile::tempdir().unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let callback: Url = format!("http://127.0.0.1:{port}/callback").parse().unwrap();
    let config = sandbox::Config {
        dir: folder.path().to_owned(),
        redirect_uris: vec![callback.to_string()],
        webhook_urls: Vec::new(),
        seed: 42,
    };
    let sandbox = sandbox::start(config).await.unwrap();
    let client = http_client::local().unwrap();
    let faulty = format!("{}sandbox/faults", sandbox.marketing);
    client.post(faulty).json(&faults).send().await.unwrap().error_for_status().unwrap();
    let mut subject = subject(&sandbox, callback);
    assert!(!probe::register(&mut subject).await.unwrap(), "it takes no client as it comes");
    let door = Door::open(&subject.callback).await.unwrap();
    let report = probe::probe(&subject, door, Owner(Browser::new(client))).await.unwrap();
    sandbox.stop().await.unwrap();
    report
}

fn subject(sandbox: &Sandbox, callback: Url) -> Subject {
    let reach = Reach { loopback: true };
    let value = |name: &str, value: &str| (format!("SANDBOX_MARKETING_{name}"), value.to_owned());
    let values = Values::from([
        value("URL", sandbox.marketing.as_str()),
        value("CLIENT_ID", &sandbox.marketing_client_id),
        value("CLIENT_SECRET", &sandbox.marketing_client_secret),
    ]);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("upstreams/larkfield.toml");
    let upstream = read_file(&file, &values, reach).unwrap();
    Subject::new(upstream, Client::new(reach).unwrap(), callback).unwrap()
}

fn saw<T: PartialEq + Debug>(finding: &Finding<T>, wanted: T) {
    assert_eq!(finding.seen.as_ref(), Some(&wanted), "{}", finding.evidence);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_report_is_what_the_server_does() {
    let report = report(json!({})).await;
    saw(&report.pkce, PkceSeen::Required);
    saw(&report.state, StateSeen::Returned);
    saw(&report.iss, IssuerSeen::Sent);
    saw(&report.rotation, RotationSeen::Rotating);
    saw(&report.replay, ReplaySeen::EndsAll);
    saw(&report.concurrent, ConcurrentSeen::EndsAll);
    saw(&report.old_access, OldAccessSeen::Survives);
    saw(&report.narrowing, NarrowingSeen::Narrows);
    saw(&report.revocation, RevocationSeen::Cascades);
    saw(&report.slash, SlashSeen::Apart);
    assert!(report.is_strict());
    let file = probe::file(&report).unwrap();
    for secret in ["lka_", "lkr_", "lkc_"] {
        assert!(!file.contains(secret), "{file}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_server_without_rotation_gets_another_report() {
    let report = report(json!({ "refresh_without_rotation": true })).await;
    saw(&report.rotation, RotationSeen::Same);
    saw(&report.replay, ReplaySeen::Accepted);
    saw(&report.concurrent, ConcurrentSeen::Harmless);
    saw(&report.revocation, RevocationSeen::Cascades);
    assert!(!report.is_strict());
}
