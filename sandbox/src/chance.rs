//! The randomness of the sandbox: secrets must not be guessed, not even in a sandbox.

use rand::Rng;

/// A fresh secret of 256 bits in hexadecimal digits.
#[expect(clippy::disallowed_methods, reason = "the one place where the sandbox draws at random")]
pub(crate) fn secret() -> String {
    let mut bytes = [0_u8; 32];
    rand::rng().fill_bytes(&mut bytes);
    hex::encode(bytes)
}
