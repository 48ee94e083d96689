//! Descriptions by whose word customers tell a client, and bodies that say what a status does not.

use super::*;
use crate::outside::upstream::Way;

const OUT: Reach = Reach { loopback: false };
const MARKETO: &str = include_str!("../../../../upstreams/marketo-engage.toml");

fn read(text: &str) -> Result<Upstream, Vec<Fault>> {
    let values = Values::from([("MARKETO_OFFERED".to_owned(), "yes".to_owned())]);
    parse("marketo-engage", text, &values, OUT)
}

fn faults(text: &str) -> Vec<(usize, String)> {
    let faults = read(text).err().unwrap_or_default();
    faults.into_iter().map(|fault| (fault.line, fault.message)).collect()
}

/// The one fault of the file with one text replaced stands on the line that has the other.
fn says(old: &str, new: &str, at: &str, message: &str) {
    assert!(MARKETO.contains(old), "{old}");
    let text = MARKETO.replacen(old, new, 1);
    let line = text[..text.find(at).unwrap()].matches('\n').count() + 1;
    let found = faults(&text);
    assert!(found.len() == 1 && found[0].0 == line && found[0].1.contains(message), "{found:?}");
}

#[test]
fn the_shipped_file_is_taken() {
    let upstream = read(MARKETO).unwrap();
    assert!(matches!(upstream.oauth.way, Way::ClientCredentials));
    let faults = upstream.faults.unwrap();
    assert_eq!((faults.stale.len(), faults.too_fast["606"], faults.statuses["610"]), (2, 20, 404));
}

#[test]
fn a_told_client_goes_with_nothing_of_a_page() {
    let grant = "grant = \"client-credentials\"\n";
    let both = "authorize = \"https://{munchkin}.mktorest.com/agree\"\n";
    says(grant, &format!("{grant}{both}"), "authorize =", "nobody agrees on a page");
    says(grant, &format!("{grant}pkce = \"used\"\n"), "pkce =", "nobody agrees on a page");
    says(grant, &format!("{grant}sends_issuer = true\n"), "token =", "there is none");
    says(grant, "", "token =", "`authorize` is where people agree");
    says(grant, "grant = \"password\"\n", "grant =", "grant is `consent` or `client-credentials`");
}

#[test]
fn what_a_body_says_is_read_strictly() {
    says("\"errors.code\"", "\"errors..code\"", "codes =", "no name of a field");
    says("[\"601\", \"602\"]", "[\"601\", \"6 2\"]", "stale =", "is no code");
    says("[\"601\", \"602\"]", "[\"601\", \"606\"]", "too_fast =", "means two things");
    says("\"606\" = 20", "\"606\" = 0", "too_fast =", "1 to 86400");
    says("\"610\" = 404", "\"610\" = 200", "statuses =", "400 to 499");
    says("\"610\" = 404", "\"610\" = 429", "statuses =", "429 by `too_fast`");
}
