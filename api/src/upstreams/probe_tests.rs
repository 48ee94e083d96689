//! Which reports are taken, what is said of the others, and what they decide.

use super::*;
use crate::outside::upstream::Reach;
use crate::upstreams::file;

const LARKFIELD: &str = include_str!("../../../upstreams/larkfield.toml");
const STRICT: &str = include_str!("../../../upstreams/larkfield.probe.toml");

fn values() -> Values {
    let pairs = [
        ("SANDBOX_MARKETING_URL", "http://127.0.0.1:4100"),
        ("SANDBOX_MARKETING_CLIENT_ID", "attache"),
        ("SANDBOX_MARKETING_CLIENT_SECRET", "s3cret-s3cret"),
    ];
    pairs.into_iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect()
}

fn larkfield() -> Upstream {
    file::parse("larkfield", LARKFIELD, &values(), Reach { loopback: true }).unwrap()
}

/// The report with one question answered otherwise.
fn seeing(question: &str, seen: &str) -> String {
    let (before, after) = STRICT.split_once(&format!("[{question}]\nseen = ")).unwrap();
    let (_, after) = after.split_once('\n').unwrap();
    format!("{before}[{question}]\nseen = \"{seen}\"\n{after}")
}

fn attached(text: &str) -> Upstream {
    let mut upstream = larkfield();
    attach(text, &mut upstream, &values()).unwrap();
    upstream
}

fn faults(text: &str) -> Vec<(usize, String)> {
    let faults = attach(text, &mut larkfield(), &values()).err().unwrap();
    faults.into_iter().map(|fault| (fault.line, fault.message)).collect()
}

#[test]
fn what_was_seen_decides() {
    assert!(!larkfield().oauth.tokens.strict && cautions(&larkfield()).is_empty());
    let strict = attached(STRICT);
    assert_eq!(strict.oauth.tokens.refresh, Refresh::Rotating);
    assert!(strict.oauth.tokens.strict);
    assert_eq!(cautions(&strict), [Caution::EndsOnReplay]);
    let gentle = seeing("replay", "refused").replace("\"ends-all\"", "\"harmless\"");
    assert!(!attached(&gentle).oauth.tokens.strict && cautions(&attached(&gentle)).is_empty());
    assert_eq!(attached(&seeing("rotation", "same")).oauth.tokens.refresh, Refresh::Same);
    let careless = attached(&seeing("pkce", "ignored"));
    assert_eq!(careless.oauth.pkce, Pkce::Ignored);
    let ends = Caution::EndsOnReplay;
    assert_eq!(cautions(&careless), [Caution::AnyBrowser, ends]);
    assert_eq!(cautions(&attached(&seeing("rotation", "none"))), [Caution::NoRefresh, ends]);
    let mut endless = attached(&seeing("rotation", "none"));
    endless.oauth.tokens.access = ENDLESS;
    assert_eq!(cautions(&endless), [ends], "what never runs out needs no renewal");
    let alone = attached(&seeing("revocation", "alone"));
    assert_eq!(cautions(&alone), [Caution::OutlivesDisconnect, ends]);
    assert_eq!(cautions(&attached(&seeing("slash", "decoded"))), [ends, Caution::ReadsSlashes]);
    let takes = seeing("replay", "accepted").replace("\"ends-all\"", "\"harmless\"");
    assert_eq!(cautions(&attached(&takes)), [Caution::TakesOldKeys]);
}

#[test]
fn every_fault_has_its_line() {
    let line = |part: &str| STRICT[..STRICT.find(part).unwrap()].matches('\n').count() + 1;
    let cases = [
        (seeing("pkce", "perhaps"), line("[pkce]") + 1, "unknown variant"),
        (STRICT.replace("[replay]", "[replays]"), line("[replay]"), "unknown field"),
        (STRICT.replace("${SANDBOX", "https://a.example/${"), line("issuer"), "another issuer"),
        (seeing("state", "missing"), line("[state]"), "no connect comes back safely"),
        (seeing("iss", "missing"), line("[iss]"), "take it out there"),
        (seeing("iss", "other"), line("[iss]"), "mend `issuer`"),
    ];
    for (text, at, said) in cases {
        let found = faults(&text);
        let fits = found.iter().any(|(line, message)| *line == at && message.contains(said));
        assert!(fits, "wanted {said:?} at {at}, found {found:?}");
    }
}
