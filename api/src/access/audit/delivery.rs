//! How a checkpoint is signed on its way to a customer's address.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The value of `Attache-Signature`: `t=<seconds>,v1=<hex of HMAC-SHA256(secret, "<t>.<body>")>`.
/// The secret is used as the text that was shown, prefix and all.
pub fn signature(secret: &str, at: i64, body: &str) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    mac.update(format!("{at}.{body}").as_bytes());
    Some(format!("t={at},v1={}", hex::encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed with `printf '%s' '1764278400.{}' | openssl dgst -sha256 -hmac attache`.
    #[test]
    fn it_is_what_anybody_computes() {
        let expected = "660879c932bd5d89a4506ab4c9f5419e2b3e5ae38ddaa42fe5147598ed9eaffb";
        let told = signature("attache", 1_764_278_400, "{}").unwrap();
        assert_eq!(told, format!("t=1764278400,v1={expected}"));
    }
}
