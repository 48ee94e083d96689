//! What opens, and what must not.

use super::*;
use crate::outside::keys::{LocalKey, LocalKeys};
use crate::platform::clock::Clock;
use uuid::Uuid;

fn vault(keys: LocalKeys) -> Vault {
    Vault::new(Arc::new(keys), Ids::system(Clock::system()))
}

fn keys(id: &str, byte: u8) -> LocalKeys {
    LocalKeys::new(Ids::system(Clock::system()), LocalKey::new(id, &[byte; 32]))
}

fn place(connection: u128) -> Place<'static> {
    Place::Token {
        connection: ConnectionId(Uuid::from_u128(connection)),
        kind: "refresh",
        generation: 3,
        customer: OrganizationId(Uuid::from_u128(7)),
        upstream: "larkfield",
    }
}

#[tokio::test]
async fn opens_in_its_own_place_only() {
    let vault = vault(keys("one", 1));
    let secret = SecretString::from("lkr_canary");
    let sealed = vault.seal(place(1), &secret).await.unwrap();
    assert_eq!(vault.open(place(1), &sealed).await.unwrap().expose_secret(), "lkr_canary");
    let Place::Token { connection, kind, generation, customer, upstream } = place(1) else {
        unreachable!()
    };
    let others = [
        place(2),
        Place::Token { connection, kind: "access", generation, customer, upstream },
        Place::Token { connection, kind, generation: 4, customer, upstream },
        Place::Token {
            connection,
            kind,
            generation,
            customer: OrganizationId(Uuid::from_u128(8)),
            upstream,
        },
        Place::Token { connection, kind, generation, customer, upstream: "other" },
        Place::Verifier { state_hash: &[0; 32] },
    ];
    for other in others {
        assert!(vault.open(other, &sealed).await.is_err(), "{other:?}");
    }
}

#[tokio::test]
async fn rows_swapped_or_changed_do_not_open() {
    let vault = vault(keys("one", 1));
    let mine = vault.seal(place(1), &SecretString::from("mine")).await.unwrap();
    let yours = vault.seal(place(2), &SecretString::from("yours")).await.unwrap();
    assert!(vault.open(place(1), &yours).await.is_err(), "the whole row swapped");
    let mixed = Sealed { bytes: yours.bytes.clone(), wrapped: mine.wrapped.clone() };
    assert!(vault.open(place(1), &mixed).await.is_err(), "the ciphertext alone swapped");
    let mixed = Sealed { bytes: mine.bytes.clone(), wrapped: yours.wrapped.clone() };
    assert!(vault.open(place(1), &mixed).await.is_err(), "the key alone swapped");
    for at in 0..mine.bytes.len() {
        let mut changed = mine.clone();
        changed.bytes[at] ^= 1;
        assert!(vault.open(place(1), &changed).await.is_err(), "byte {at}");
    }
    let mut cut = mine.clone();
    cut.bytes.truncate(20);
    assert!(vault.open(place(1), &cut).await.is_err());
    let mut shredded = mine;
    shredded.wrapped.key.clear();
    assert!(vault.open(place(1), &shredded).await.is_err(), "no key, no secret");
}

#[tokio::test]
async fn a_newer_key_wraps_and_the_older_still_opens() {
    let old = vault(keys("one", 1));
    let before = old.seal(place(1), &SecretString::from("before")).await.unwrap();
    let new = vault(keys("two", 2).and(LocalKey::new("one", &[1; 32])));
    let after = new.seal(place(2), &SecretString::from("after")).await.unwrap();
    assert_eq!((before.wrapped.kek_id.as_str(), after.wrapped.kek_id.as_str()), ("one", "two"));
    assert_eq!(new.open(place(1), &before).await.unwrap().expose_secret(), "before");
    assert_eq!(new.open(place(2), &after).await.unwrap().expose_secret(), "after");
    assert!(old.open(place(2), &after).await.is_err(), "a key that is not known");
    let stranger = vault(keys("one", 9));
    assert!(stranger.open(place(1), &before).await.is_err(), "another key of that name");
}

#[tokio::test]
async fn sealing_twice_gives_other_bytes_and_shows_nothing() {
    let vault = vault(keys("one", 1));
    let secret = SecretString::from("lkr_canary");
    let first = vault.seal(place(1), &secret).await.unwrap();
    let second = vault.seal(place(1), &secret).await.unwrap();
    assert_ne!(first.bytes, second.bytes);
    assert_ne!(first.wrapped.key, second.wrapped.key);
    assert!(!first.bytes.windows(6).any(|w| w == b"canary"));
    assert!(!format!("{first:?} {secret:?}").contains("canary"));
}

#[tokio::test]
async fn an_envelope_made_before_seals_for_its_place_only() {
    let vault = vault(keys("one", 1));
    let envelope = vault.envelope(place(1)).await.unwrap();
    let sealed = envelope.seal(&SecretString::from("lkr_canary")).unwrap();
    assert_eq!(vault.open(place(1), &sealed).await.unwrap().expose_secret(), "lkr_canary");
    assert!(vault.open(place(2), &sealed).await.is_err());
}
