//! Against the examples of the RFCs, and what a proof must not get away with. Forged proofs are
//! sent over HTTP in the stories.

use super::*;
use crate::access::model::Thumbprint;
use chrono::DateTime;
use proptest::prelude::*;
use sha2::{Digest, Sha256};

/// RFC 9449 sections 4.1 and 7.1.
const JWK: &str = r#"{"kty":"EC","x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
    "y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA","crv":"P-256"}"#;
const JKT: &str = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";
const TOKEN: &str = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";
const PROOF: &str = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6Ik\
    VDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCR\
    nMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JE\
    QSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIj\
    oiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0Z\
    WRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNF\
    c05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71E\
    OptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA";
const MADE: i64 = 1_562_262_618;

fn judged(proof: &str, change: impl FnOnce(&mut Called)) -> Result<Taken, Fault> {
    let key_hash = Sha256::digest(TOKEN).into();
    let mut called = Called {
        method: "GET",
        address: "https://resource.example.org/protectedresource",
        key_hash: &key_hash,
        bound_to: Thumbprint::parse(JKT).unwrap(),
        at: DateTime::from_timestamp(MADE, 0).unwrap(),
    };
    change(&mut called);
    read(proof, &called)
}

#[test]
fn the_examples_of_the_rfcs_hold() {
    let key = PublicKey::parse(JWK).unwrap_or_else(|fault| panic!("{fault}"));
    assert_eq!(key.thumbprint().unwrap().to_string(), JKT);
    let taken = judged(PROOF, |_| ()).unwrap();
    assert_eq!(taken.name_hash, <[u8; 32]>::from(Sha256::digest("e1j3V_bKic8-LAEB")));
    assert_eq!(taken.kept_until.timestamp(), MADE + 120);
    // RFC 8037 appendix A.3.
    let ed = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    let ed = PublicKey::parse(ed).ok().and_then(|key| key.thumbprint()).map(|jkt| jkt.to_string());
    assert_eq!(ed.as_deref(), Some("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"));
}

#[test]
fn each_claim_is_about_this_call() {
    let seconds = |seconds| DateTime::from_timestamp(MADE + seconds, 0).unwrap();
    assert_eq!(judged(PROOF, |c| c.method = "POST"), Err(Fault::Method));
    assert_eq!(judged(PROOF, |c| c.method = "get"), Err(Fault::Method));
    let other = "https://resource.example.org/protectedresource/";
    assert_eq!(judged(PROOF, |c| c.address = other), Err(Fault::Address));
    assert_eq!(judged(PROOF, |c| c.key_hash = &[1; 32]), Err(Fault::OtherToken));
    assert_eq!(judged(PROOF, |c| c.bound_to = Thumbprint([1; 32])), Err(Fault::OtherKey));
    assert!(judged(PROOF, |c| c.at = seconds(60)).is_ok());
    assert_eq!(judged(PROOF, |c| c.at = seconds(61)), Err(Fault::Old));
    assert!(judged(PROOF, |c| c.at = seconds(-15)).is_ok());
    assert_eq!(judged(PROOF, |c| c.at = seconds(-16)), Err(Fault::Early));
}

#[test]
fn an_address_is_compared_as_what_it_means() {
    let called = "https://x.example/gw/g/a%20b/%7Ec";
    let same = |claimed: &str| super::proof::is_same_place(claimed, called);
    for claimed in [
        called,
        "HTTPS://X.Example:443/gw/g/a%20b/~c",
        "https://x.example/gw/g/a%20b/%7ec?page=2#top",
        "https://x.example/gw/./g/z/../a%20b/~c",
    ] {
        assert!(same(claimed), "{claimed}");
    }
    for claimed in [
        "http://x.example/gw/g/a%20b/~c",
        "https://x.example:8443/gw/g/a%20b/~c",
        "https://y.example/gw/g/a%20b/~c",
        "https://u@x.example/gw/g/a%20b/~c",
        "https://x.example/gw/g/a%20b/~c/",
        "https://x.example/gw/g/a%20b%2F~c",
        "https://x.example/gw/G/a%20b/~c",
        "/gw/g/a%20b/~c",
        "data:x",
        "",
    ] {
        assert!(!same(claimed), "{claimed}");
    }
}

#[test]
fn only_whole_public_keys_of_the_two_kinds_are_taken() {
    let fault = |text: &str| PublicKey::parse(text).err();
    let with = |more: &str| JWK.replacen('{', &format!("{{{more},"), 1);
    assert_eq!(fault(&with(r#""kid":"a","use":"sig","ext":true"#)), None);
    assert_eq!(fault(&with(r#""d":"AAAA""#)), Some(Fault::PrivateKey));
    assert_eq!(fault(&with(r#""d":null"#)), None, "nothing is nothing");
    assert_eq!(fault(r#"{"kty":"oct","k":"AAAA"}"#), Some(Fault::PrivateKey));
    for text in [
        "",
        "[]",
        "{}",
        &with(r#""kty":"EC""#),
        r#"{"kty":"RSA","n":"AAAA","e":"AQAB"}"#,
        &JWK.replace("P-256", "P-384"),
        &JWK.replace("P-256", "secp256k1"),
        &JWK.replace("EC", "OKP"),
        &JWK.replace("l8tFrhx", "l8tFrh"),
        &JWK.replace("l8tFrhx", "l8tFr+x"),
        &JWK.replace("GRDA", "GRDB"),
    ] {
        assert_eq!(fault(text), Some(Fault::NoKey), "{text}");
    }
    let short = r#"{"kty":"OKP","crv":"Ed25519","x":"AAAA"}"#;
    assert_eq!(fault(short), Some(Fault::NoKey));
}

#[test]
fn a_point_beside_the_curve_is_no_key() {
    let is_on = |text: &str| PublicKey::parse(text).unwrap().is_on_curve();
    assert!(is_on(JWK));
    assert!(!is_on(&JWK.replace("9VE4", "9VE5")));
    assert!(is_on(
        r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#
    ));
}

proptest! {
    /// One changed character of a proof is one too many, wherever it stands.
    #[test]
    fn a_changed_proof_never_holds(at in 0..PROOF.len(), to in "[A-Za-z0-9_.-]") {
        let mut changed = PROOF.to_owned();
        changed.replace_range(at..=at, &to);
        prop_assume!(changed != PROOF);
        prop_assert!(judged(&changed, |_| ()).is_err());
    }

    #[test]
    fn whatever_is_sent_is_answered(text in "\\PC{0,200}") {
        prop_assert!(judged(&text, |_| ()).is_err());
    }
}
