//! Cursor pages: a position by time and id, sealed so that it works only for the list it came from.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Uuid;

/// Most rows a page may hold, and what a request gets that does not say.
pub const MOST: i64 = 100;
pub const USUAL: i64 = 20;

/// A place in a list ordered by time, then id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    pub at: DateTime<Utc>,
    pub id: Uuid,
}

/// The cursor was changed, or belongs to another list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this cursor does not belong to this list")]
pub struct BadCursor;

/// Seals and opens cursors with a key of the installation.
#[derive(Clone)]
pub struct Cursors {
    key: [u8; 32],
}

impl Cursors {
    pub fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    /// `list` names the list and its owner, e.g. `briefs:{vendor}:{organization}`.
    pub fn seal(&self, list: &str, position: Position) -> String {
        let mut bytes = position.at.timestamp_micros().to_be_bytes().to_vec();
        bytes.extend_from_slice(position.id.as_bytes());
        let mut tag = self.mac(list, &bytes);
        tag.truncate(12);
        bytes.extend_from_slice(&tag);
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Errors when the cursor was altered or sealed for another list.
    pub fn open(&self, list: &str, cursor: &str) -> Result<Position, BadCursor> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).map_err(|_| BadCursor)?;
        let (body, tag) = bytes.split_at_checked(24).ok_or(BadCursor)?;
        let expected = self.mac(list, body);
        let same = expected.get(..12).is_some_and(|e| subtle::ConstantTimeEq::ct_eq(e, tag).into());
        if !same {
            return Err(BadCursor);
        }
        let (micros, id) = body.split_at(8);
        let micros = i64::from_be_bytes(micros.try_into().map_err(|_| BadCursor)?);
        Ok(Position {
            at: DateTime::from_timestamp_micros(micros).ok_or(BadCursor)?,
            id: Uuid::from_slice(id).map_err(|_| BadCursor)?,
        })
    }

    fn mac(&self, list: &str, body: &[u8]) -> Vec<u8> {
        // A key of 32 bytes always fits HMAC; the empty answer would match no cursor.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.key) else { return Vec::new() };
        mac.update(list.as_bytes());
        mac.update(&[0]);
        mac.update(body);
        mac.finalize().into_bytes().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn opens_what_it_sealed_and_nothing_else(
            micros in 0i64..4_000_000_000_000_000, id: u128, flip in 0usize..36,
        ) {
            let cursors = Cursors::new([7; 32]);
            let at = DateTime::from_timestamp_micros(micros).unwrap();
            let position = Position { at, id: Uuid::from_u128(id) };
            let sealed = cursors.seal("briefs:a", position);
            prop_assert_eq!(cursors.open("briefs:a", &sealed), Ok(position));
            prop_assert_eq!(cursors.open("briefs:b", &sealed), Err(BadCursor));
            let mut bytes = BASE64_URL_SAFE_NO_PAD.decode(&sealed).unwrap();
            bytes[flip] ^= 1;
            let forged = BASE64_URL_SAFE_NO_PAD.encode(bytes);
            prop_assert_eq!(cursors.open("briefs:a", &forged), Err(BadCursor));
        }
    }
}
