//! Keys on a ring, and how long unwrapped ones are remembered. The server's are told in a story.

use super::recent::Recent;
use super::*;
use crate::platform::clock::{Clock, Ids};
use secrecy::ExposeSecret;
use std::time::Duration;

fn ring(keys: &[LocalKey], active: Option<&str>) -> anyhow::Result<KeyRing> {
    KeyRing::new(Ids::system(Clock::system()), &[1; 32], keys, None, active)
}

fn pair() -> [LocalKey; 2] {
    [LocalKey::new("2027", &[2; 32]), LocalKey::new("2026", &[3; 32])]
}

#[tokio::test]
async fn what_any_of_them_wrapped_moves_to_the_one_in_use() {
    let now = ring(&pair(), None).unwrap();
    assert_eq!(now.active_kek().await.unwrap(), "2027");
    for before in ["2026", DERIVED, "2027"] {
        let old = ring(&pair(), Some(before)).unwrap();
        let wrapped = old.wrap(&data_key(&[9; 32]), b"here").await.unwrap();
        assert_eq!(wrapped.kek_id, before);
        assert!(now.unwrap(&wrapped, b"there").await.is_err(), "another place");
        let anew = now.rewrap(&wrapped, b"here").await.unwrap();
        assert_eq!(anew.kek_id, "2027");
        assert!(now.rewrap(&wrapped, b"there").await.is_err(), "another place");
        let only_new = ring(&pair()[..1], None).unwrap();
        let opened = only_new.unwrap(&anew, b"here").await.unwrap();
        assert_eq!(opened.expose_secret(), &[9; 32]);
    }
    assert!(now.knows("2026") && now.knows(DERIVED) && !now.knows("2025"));
}

#[tokio::test]
async fn nothing_shows_a_key() {
    let shown = format!("{:?}", data_key(&[0xab; 32]));
    assert!(!shown.contains("171") && !shown.contains("ab, ab"), "{shown}");
    let unknown = Wrapped { key: vec![1; 72], kek_id: "2025".to_owned() };
    let fault = ring(&[], None).unwrap().unwrap(&unknown, b"here").await.map(|_| ()).unwrap_err();
    assert!(fault.to_string().contains("no key here is called \"2025\""), "{fault}");
}

#[tokio::test]
async fn an_unwrapped_key_is_remembered_for_its_place_and_a_while() {
    let recent = Recent::new(Duration::from_millis(200));
    let wrapped = Wrapped { key: vec![1; 72], kek_id: "k".to_owned() };
    recent.put(&wrapped, b"here", &data_key(&[9; 32]));
    let known = recent.get(&wrapped, b"here").unwrap();
    assert_eq!(known.expose_secret(), &[9; 32]);
    assert!(recent.get(&wrapped, b"there").is_none());
    let other = Wrapped { kek_id: "l".to_owned(), ..wrapped.clone() };
    assert!(recent.get(&other, b"here").is_none());
    for at in 0..2000_u32 {
        recent.put(&wrapped, &at.to_be_bytes(), &data_key(&[9; 32]));
    }
    assert_eq!(recent.count(), 1024, "no more than that");
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(recent.count(), 0, "forgotten though nobody asked");
    assert!(recent.get(&wrapped, b"here").is_none());
}
