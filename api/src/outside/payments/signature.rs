//! Whether news is Stripe's: HMAC-SHA256 over the time and the exact bytes.

use chrono::{DateTime, Duration, Utc};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// How far the time in a signature may be from ours, either way.
const TOLERANCE: Duration = Duration::seconds(300);

/// The most signatures of one header that are looked at.
const MOST_SIGNATURES: usize = 20;

/// Signing secrets, all that are in force: a new one is added before the old one is taken away.
#[derive(Clone, Default)]
pub struct HookSecrets {
    pub platform: Vec<SecretString>,
    pub connect: Vec<SecretString>,
}

impl HookSecrets {
    pub fn new(platform: &[String], connect: &[String]) -> Self {
        let keep = |all: &[String]| all.iter().map(|s| SecretString::from(s.as_str())).collect();
        Self { platform: keep(platform), connect: keep(connect) }
    }
}

/// Why news is not believed. Never says which secret was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    #[error("the Stripe-Signature header is missing or cannot be read")]
    Unreadable,
    #[error("the signature is too old, or from the future")]
    Stale,
    #[error("the signature does not fit")]
    Wrong,
}

/// Checks a `Stripe-Signature` header against the raw body: any `v1` that fits any secret, made
/// within 300 seconds of `now`. Comparing takes the same time wherever the first difference is.
pub fn check_signature(
    secrets: &[SecretString],
    header: Option<&str>,
    body: &[u8],
    now: DateTime<Utc>,
) -> Result<(), SignatureError> {
    let (at, signatures) = header.and_then(read).ok_or(SignatureError::Unreadable)?;
    let fits = secrets.iter().any(|secret| {
        let expected = digest(secret, at, body);
        signatures.iter().any(|given| bool::from(given.as_slice().ct_eq(&expected)))
    });
    if !fits {
        return Err(SignatureError::Wrong);
    }
    let made = DateTime::from_timestamp(at, 0).ok_or(SignatureError::Stale)?;
    if (now - made).abs() > TOLERANCE {
        return Err(SignatureError::Stale);
    }
    Ok(())
}

fn read(header: &str) -> Option<(i64, Vec<Vec<u8>>)> {
    let pairs = || header.split(',').filter_map(|part| part.trim().split_once('='));
    let mut times = pairs().filter(|(name, _)| *name == "t");
    let at = times.next()?.1.parse().ok()?;
    if times.next().is_some() {
        return None;
    }
    let signatures: Vec<Vec<u8>> = pairs()
        .filter(|(name, _)| *name == "v1")
        .take(MOST_SIGNATURES)
        .filter_map(|(_, hex)| hex::decode(hex).ok())
        .collect();
    (!signatures.is_empty()).then_some((at, signatures))
}

/// An empty answer fits no signature; a key of any length suits HMAC, so there is none.
fn digest(secret: &SecretString, at: i64, body: &[u8]) -> Vec<u8> {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()) else {
        return Vec::new();
    };
    mac.update(at.to_string().as_bytes());
    mac.update(b".");
    mac.update(body);
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BODY: &[u8] = b"{}";
    /// `printf '1700000000.{}' | openssl dgst -sha256 -hmac whsec_test`
    const GOOD: &str = "35495024f4ef3f94e5a93e22221544c4b75e9a42300cd965ab81cb85cd994e91";

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    fn check(secrets: &[&str], header: &str, body: &[u8], now: i64) -> Result<(), SignatureError> {
        let secrets: Vec<SecretString> = secrets.iter().map(|s| SecretString::from(*s)).collect();
        check_signature(&secrets, Some(header), body, at(now))
    }

    #[test]
    fn accepts_its_own_any_of_several_and_any_secret_in_force() {
        let header = format!("t=1700000000,v1={GOOD}");
        assert_eq!(check(&["whsec_test"], &header, BODY, 1_700_000_000), Ok(()));
        assert_eq!(check(&["whsec_new", "whsec_test"], &header, BODY, 1_700_000_300), Ok(()));
        let two = format!("t=1700000000,v1={},v1={GOOD},v0=abc", "00".repeat(32));
        assert_eq!(check(&["whsec_test"], &two, BODY, 1_699_999_700), Ok(()));
        assert_eq!(
            check(&["whsec_test"], &format!(" v1={GOOD}, t=1700000000"), BODY, 1_700_000_000),
            Ok(())
        );
    }

    #[test]
    fn refuses_every_forgery() {
        use SignatureError::{Stale, Unreadable, Wrong};
        let header = format!("t=1700000000,v1={GOOD}");
        let now = 1_700_000_000;
        assert_eq!(check(&["whsec_other"], &header, BODY, now), Err(Wrong));
        assert_eq!(check(&[], &header, BODY, now), Err(Wrong));
        assert_eq!(check(&["whsec_test"], &header, b"{ }", now), Err(Wrong), "re-serialised");
        assert_eq!(check(&["whsec_test"], &header, BODY, now + 301), Err(Stale));
        assert_eq!(check(&["whsec_test"], &header, BODY, now - 301), Err(Stale));
        let moved = header.replace("t=1700000000", "t=1700000001");
        assert_eq!(check(&["whsec_test"], &moved, BODY, now), Err(Wrong));
        let v0 = header.replace("v1=", "v0=");
        assert_eq!(check(&["whsec_test"], &v0, BODY, now), Err(Unreadable));
        let cut = format!("t=1700000000,v1={}", &GOOD[..62]);
        assert_eq!(check(&["whsec_test"], &cut, BODY, now), Err(Wrong));
        let twice = format!("t=1700000000,t=1800000000,v1={GOOD}");
        assert_eq!(check(&["whsec_test"], &twice, BODY, now), Err(Unreadable));
        for bad in ["", "t=,v1=", "v1", "t=x,v1=00", "t=1700000000", "t=1700000000,v1=zz"] {
            assert_eq!(check(&["whsec_test"], bad, BODY, now), Err(Unreadable), "{bad}");
        }
        assert_eq!(check_signature(&[], None, BODY, at(now)), Err(Unreadable));
    }

    proptest! {
        #[test]
        fn no_changed_byte_passes(body in proptest::collection::vec(any::<u8>(), 1..200), flip: usize, bit in 0u8..8) {
            let secret = SecretString::from("whsec_test");
            let signed = hex::encode(digest(&secret, 1_700_000_000, &body));
            let header = format!("t=1700000000,v1={signed}");
            prop_assert_eq!(check(&["whsec_test"], &header, &body, 1_700_000_000), Ok(()));
            let mut forged = body.clone();
            let place = flip % forged.len();
            forged[place] ^= 1 << bit;
            prop_assert_eq!(check(&["whsec_test"], &header, &forged, 1_700_000_000), Err(SignatureError::Wrong));
        }

        #[test]
        fn no_header_makes_it_panic(header in ".{0,200}") {
            prop_assert!(check(&["whsec_test"], &header, BODY, 1_700_000_000).is_err());
        }
    }
}
