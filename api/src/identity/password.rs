//! Passwords: argon2id, one at a time off the async threads.

use crate::kernel::check::Checks;
use crate::platform::refusal::{Error, Result};
use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};

/// From the fewest to the most characters of a password.
const LENGTH: (usize, usize) = (12, 200);

/// The few that lists of leaked passwords begin with, at our least length.
const COMMON: &[&str] = &["passwordpassword", "123456789012", "qwertyuiopas", "aaaaaaaaaaaa"];

/// Notes faults of a new password.
pub fn check(checks: &mut Checks, field: &str, password: &str) {
    let (least, most) = LENGTH;
    let count = password.chars().count();
    checks.that(
        count >= least,
        field,
        format!("Use at least {least} characters; a sentence is fine"),
    );
    checks.that(count <= most, field, format!("Use at most {most} characters"));
    let common = COMMON.contains(&password.to_lowercase().as_str());
    checks.that(!common, field, "This password is on every list; choose another");
}

/// The hash to keep, in PHC format.
pub async fn hash(password: String) -> Result<String> {
    let work = move || Argon2::default().hash_password(password.as_bytes()).map(|h| h.to_string());
    let outcome = tokio::task::spawn_blocking(work).await.map_err(Error::fault)?;
    outcome.map_err(Error::fault)
}

/// Whether the password fits. With no hash (no such account) the same work is done and the answer
/// is no, so that time tells nothing.
pub async fn fits(password: String, hash: Option<String>) -> Result<bool> {
    let known = hash.is_some();
    let hash = hash.unwrap_or_else(|| NOBODYS.to_owned());
    let work = move || -> bool {
        let Ok(parsed) = argon2::password_hash::phc::PasswordHash::new(&hash) else { return false };
        Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok()
    };
    let fits = tokio::task::spawn_blocking(work).await.map_err(Error::fault)?;
    Ok(fits && known)
}

/// A hash of random bytes with the parameters of [`hash`].
const NOBODYS: &str = concat!(
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZXJhbmRvbXNhbHQxMg$",
    "2yvYFpMEvvP2NSvW0LCn0mwkn2R2k4Gx8L0Q9Q5uW1o"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn fits_only_its_own() {
        let kept = hash("correct horse battery".into()).await.unwrap();
        assert!(
            kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "same cost as NOBODYS: {kept}"
        );
        assert!(fits("correct horse battery".into(), Some(kept.clone())).await.unwrap());
        assert!(!fits("correct horse batterx".into(), Some(kept)).await.unwrap());
        assert!(!fits("anything".into(), None).await.unwrap());
        assert!(argon2::password_hash::phc::PasswordHash::new(NOBODYS).is_ok());
    }
}
