//! The randomness of the sandbox: secrets must not be guessed, not even in a sandbox.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rand::Rng;

/// A fresh secret of 256 bits, in characters that need no escaping in an address.
#[expect(clippy::disallowed_methods, reason = "the one place where the sandbox draws at random")]
pub(crate) fn secret() -> String {
    let mut bytes = [0_u8; 32];
    rand::rng().fill_bytes(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}
