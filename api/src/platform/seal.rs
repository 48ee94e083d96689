//! Sealing bytes: XChaCha20-Poly1305 with a random nonce, and a place that is bound to them, so
//! that bytes moved elsewhere do not open. Keys and plain bytes are cleared after use.

use super::clock::Ids;
use super::refusal::{Error, Result};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

/// Bytes of a nonce.
pub const NONCE: usize = 24;

/// Nonce, then ciphertext with its tag.
pub fn seal(key: &[u8; 32], ids: &Ids, place: &[u8], plain: &[u8]) -> Result<Vec<u8>> {
    let random = ids.secret();
    let nonce = random.first_chunk::<NONCE>().ok_or_else(does_not_open)?;
    let cipher = XChaCha20Poly1305::new(key.into());
    let payload = Payload { msg: plain, aad: place };
    let ciphertext = cipher.encrypt(&XNonce::from(*nonce), payload).map_err(|_| does_not_open())?;
    Ok([nonce.as_slice(), &ciphertext].concat())
}

/// Errors (a fault) when the bytes were changed, moved from another place or sealed by another
/// key; the fault says nothing of what they hold.
pub fn open(key: &[u8; 32], place: &[u8], bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let (nonce, ciphertext) = bytes.split_first_chunk::<NONCE>().ok_or_else(does_not_open)?;
    let cipher = XChaCha20Poly1305::new(key.into());
    let payload = Payload { msg: ciphertext, aad: place };
    let plain = cipher.decrypt(&XNonce::from(*nonce), payload).map_err(|_| does_not_open())?;
    Ok(Zeroizing::new(plain))
}

/// What is said of sealed bytes that do not open.
pub fn does_not_open() -> Error {
    Error::fault("a sealed secret does not open: it was changed, moved, or sealed by another key")
}
