//! The form's secret: proof that a form came from a page of ours in this very session.

use api::app::App;
use sha2::{Digest, Sha256};

/// The session's secret as one answer carries it: masked with fresh bytes, so that packing tells
/// a listener nothing about it.
pub fn form_secret(app: &App, session: &[u8; 32]) -> String {
    let mask = app.ids.secret();
    let masked: Vec<u8> =
        expected(app, session).iter().zip(pad(&mask)).map(|(a, b)| a ^ b).collect();
    format!("{}{}", hex::encode(mask), hex::encode(masked))
}

/// Whether a form carried the secret of this session.
pub fn fits(app: &App, session: &[u8; 32], given: &str) -> bool {
    let Ok(bytes) = hex::decode(given) else { return false };
    let Some((mask, masked)) = bytes.split_at_checked(32) else { return false };
    let open: Vec<u8> = masked.iter().zip(pad(mask)).map(|(a, b)| a ^ b).collect();
    let expected = expected(app, session);
    open.len() == expected.len() && open.iter().zip(expected).fold(0, |d, (a, b)| d | (a ^ b)) == 0
}

fn expected(app: &App, session: &[u8; 32]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(app.keys.of("form secret"));
    hash.update(session);
    hash.finalize().into()
}

fn pad(mask: &[u8]) -> [u8; 32] {
    Sha256::digest(mask).into()
}
