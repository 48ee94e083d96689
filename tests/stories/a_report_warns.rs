//! What a probe saw of an application, told to whoever is about to connect an account there.

use crate::support::World;
use crate::support::reader::{Reader, says};

const REPORT: &str = include_str!("../../upstreams/larkfield.probe.toml");

/// What each answer of a report makes the page say.
const TOLD: &[(&str, &str, &str)] = &[
    ("pkce", "ignored", "does not check who brings its answer back"),
    ("rotation", "none", "gives permission for a while only"),
    ("revocation", "alone", "takes a while to forget a permission"),
    ("slash", "decoded", "cannot tell a slash inside a name"),
];

/// A report with other answers.
fn seeing(answers: &[(&str, &str)]) -> String {
    let mut text = REPORT.to_owned();
    for (question, seen) in answers {
        let start = format!("[{question}]\nseen = ");
        let (before, after) = text.split_once(&start).unwrap();
        let (_, after) = after.split_once('\n').unwrap();
        text = format!("{before}{start}\"{seen}\"\n{after}");
    }
    text
}

/// The page of connected accounts, as the owner of a customer reads it beside this report.
async fn page(report: Option<String>) -> String {
    let world = match report {
        Some(report) => World::beside("larkfield.probe.toml", &report).await,
        None => World::described(&[]).await,
    };
    let petra = world.customer("Fjordhaus").await;
    let mut owner = Reader::of(&world, &petra.email).await;
    let page = owner.open("/connections").await;
    says(&page, "Connect Larkfield");
    world.end().await;
    page.text
}

#[tokio::test(flavor = "multi_thread")]
async fn before_an_account_is_connected() {
    let quiet = page(None).await;
    assert!(!quiet.contains("Good to know"), "nobody asked, so nothing is told: {quiet}");
    let answers: Vec<(&str, &str)> = TOLD.iter().map(|(q, seen, _)| (*q, *seen)).collect();
    let harmless = [("replay", "refused"), ("concurrent", "harmless")];
    let all = [answers.as_slice(), &harmless].concat();
    let warned = page(Some(seeing(&all))).await;
    assert!(warned.contains("Good to know"), "{warned}");
    for (question, _, words) in TOLD {
        assert!(warned.contains(words), "{question} is not told: {warned}");
    }
    let ends = "ends the whole connection when it sees a key of ours twice";
    assert!(!warned.contains(ends), "{warned}");
    // As the sandbox is: one thing to know, and no other.
    let strict = page(Some(REPORT.to_owned())).await;
    assert!(strict.contains(ends), "{strict}");
    for (question, _, words) in TOLD {
        assert!(!strict.contains(words), "{question} is told without cause: {strict}");
    }
    let old = "goes on taking a key that was renewed";
    let accepted = page(Some(seeing(&[("replay", "accepted"), harmless[1]]))).await;
    assert!(accepted.contains(old) && !warned.contains(old) && !strict.contains(old));
    assert!(!page(Some(seeing(&harmless))).await.contains("Good to know"));
}
