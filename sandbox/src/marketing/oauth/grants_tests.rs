use chrono::TimeZone;

use super::*;
use crate::marketing::{oauth::challenge_of, scope::Scope};

const VERIFIER: &str = "a-verifier-of-some-length-that-nobody-guesses-42";
const BACK: &str = "http://127.0.0.1:9/back";

fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 1, 1, 9, 0, 0).unwrap()
}

fn pair(number: u32) -> Pair {
    Pair {
        access: format!("access-{number}"),
        refresh: format!("refresh-{number}"),
        access_life: Duration::minutes(15),
    }
}

fn proof() -> Proof<'static> {
    Proof { client_id: "attache", redirect_uri: BACK, verifier: Some(VERIFIER) }
}

fn consented(code: &str) -> Grants {
    let mut grants = Grants::default();
    let consent = Consent {
        client_id: "attache".into(),
        user_id: "usr_1".into(),
        account_id: "acc_1".into(),
        scopes: Scopes::from([Scope::AccountRead, Scope::ContactsRead]),
        redirect_uri: BACK.into(),
        challenge: challenge_of(VERIFIER),
    };
    grants.consent(consent, code, start());
    grants
}

fn begun() -> Grants {
    let mut grants = consented("code");
    grants.exchange("code", &proof(), &pair(1), start()).unwrap();
    grants
}

fn refresh(grants: &mut Grants, from: u32, to: u32) -> Result<Issued, Refused> {
    let token = format!("refresh-{from}");
    grants.refresh(&token, ("attache", None, true), &pair(to), start())
}

#[test]
fn the_challenge_is_that_of_the_rfc() {
    let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    assert_eq!(challenge_of(verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

#[test]
fn a_code_used_twice_ends_what_it_began() {
    let mut grants = begun();
    assert!(grants.bearer("access-1", start()).is_some());
    let second = grants.exchange("code", &proof(), &pair(2), start()).unwrap_err();
    assert_eq!(second, Refused::UsedBefore);
    assert!(grants.bearer("access-1", start()).is_none());
    assert_eq!(refresh(&mut grants, 1, 3).unwrap_err(), Refused::Unknown);
}

#[test]
fn a_wrong_proof_spends_the_code() {
    let wrong = [
        (Proof { verifier: Some("guess"), ..proof() }, Refused::WrongVerifier),
        (Proof { redirect_uri: "http://127.0.0.1:9/back/", ..proof() }, Refused::OtherRedirect),
    ];
    for (wrong, refused) in wrong {
        let mut grants = consented("code");
        assert_eq!(grants.exchange("code", &wrong, &pair(1), start()).unwrap_err(), refused);
        let right = grants.exchange("code", &proof(), &pair(1), start()).unwrap_err();
        assert_eq!(right, Refused::UsedBefore);
    }
    let mut late = consented("code");
    let after = start() + CODE_LIFE;
    assert_eq!(late.exchange("code", &proof(), &pair(1), after).unwrap_err(), Refused::Unknown);
    let mut other = consented("code");
    let thief = Proof { client_id: "other", ..proof() };
    assert_eq!(other.exchange("code", &thief, &pair(1), start()).unwrap_err(), Refused::Unknown);
}

#[test]
fn each_refresh_token_is_good_once_and_its_replay_ends_the_family() {
    let mut grants = begun();
    for number in 1..4 {
        refresh(&mut grants, number, number + 1).unwrap();
    }
    assert!(grants.bearer("access-4", start()).is_some());
    assert_eq!(refresh(&mut grants, 2, 9).unwrap_err(), Refused::UsedBefore);
    assert_eq!(refresh(&mut grants, 4, 5).unwrap_err(), Refused::Unknown);
    assert!(grants.bearer("access-4", start()).is_none());
}

#[test]
fn a_refresh_may_narrow_and_the_next_may_widen_back_but_never_beyond() {
    let mut grants = begun();
    let narrow = Scopes::from([Scope::AccountRead]);
    let wanted = ("attache", Some(&narrow), true);
    let issued = grants.refresh("refresh-1", wanted, &pair(2), start()).unwrap();
    assert_eq!(issued.scopes, narrow);
    assert_eq!(grants.bearer("access-2", start()).unwrap().scopes, narrow);
    assert_eq!(refresh(&mut grants, 2, 3).unwrap().scopes.len(), 2);
    let wide = Scopes::from([Scope::Admin]);
    let refused = grants.refresh("refresh-3", ("attache", Some(&wide), true), &pair(4), start());
    assert_eq!(refused.unwrap_err(), Refused::WiderScope);
    assert!(refresh(&mut grants, 3, 5).is_ok(), "a refused scope does not spend the token");
}

#[test]
fn tokens_run_out_and_the_grant_with_them() {
    let mut grants = begun();
    let later = start() + Duration::minutes(15);
    assert!(grants.bearer("access-1", later).is_none());
    assert!(grants.introspect("refresh-1", later).is_some());
    let end = start() + GRANT_LIFE;
    let refused = grants.refresh("refresh-1", ("attache", None, true), &pair(2), end);
    assert_eq!(refused.unwrap_err(), Refused::Unknown);
}

#[test]
fn revoking_a_refresh_token_cascades_and_an_access_token_goes_alone() {
    let mut grants = begun();
    grants.revoke("refresh-1", "somebody else", start());
    assert!(grants.bearer("access-1", start()).is_some());
    grants.revoke("access-1", "attache", start());
    assert!(grants.bearer("access-1", start()).is_none());
    refresh(&mut grants, 1, 2).unwrap();
    grants.revoke("refresh-2", "attache", start());
    assert!(grants.bearer("access-2", start()).is_none());
    assert_eq!(refresh(&mut grants, 2, 3).unwrap_err(), Refused::Unknown);
    assert!(grants.of_user("usr_1", start()).is_empty());
}

#[test]
fn no_secret_is_kept() {
    let kept = serde_json::to_string(&begun()).unwrap();
    for secret in ["access-1", "refresh-1", VERIFIER, "\"code\""] {
        assert!(!kept.contains(secret), "{secret}");
    }
}
