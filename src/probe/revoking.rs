//! What ends with a token that is revoked (RFC 7009).

use super::subject::{Granted, Subject};
use api::outside::upstream::{Finding, RevocationSeen};

/// Revokes the refresh token of a fresh pair and looks whether both are good for anything.
pub async fn ask(subject: &Subject, granted: Granted) -> Finding<RevocationSeen> {
    let Some(refresh) = &granted.refresh else { return alone(subject, &granted).await };
    let before = subject.lives(&granted.access).await;
    let taken = match subject.revoke(refresh, "refresh_token").await {
        None => return not_offered(),
        Some(taken) => taken,
    };
    let access = subject.lives(&granted.access).await;
    let again = subject.refresh(refresh, None).await;
    let renews = again.is_ok();
    if let Ok(again) = again {
        subject.end(&again).await;
    }
    let said = if taken { "taken" } else { "refused" };
    let seen = match (renews, before, access) {
        (true, ..) => Some(RevocationSeen::Nothing),
        (false, Some(true), Some(false)) => Some(RevocationSeen::Cascades),
        (false, Some(true), Some(true)) => Some(RevocationSeen::Alone),
        _ => None,
    };
    let still = match access {
        Some(true) => "the access token still worked",
        Some(false) => "the access token no longer worked",
        None => "of the access token the API did not tell",
    };
    let renews = if renews { "still renewed" } else { "did not renew any more" };
    let evidence =
        format!("revoking the refresh token was {said}; afterwards it {renews}, and {still}");
    Finding { seen, evidence }
}

/// The same where there are only access tokens.
async fn alone(subject: &Subject, granted: &Granted) -> Finding<RevocationSeen> {
    let Some(taken) = subject.revoke(&granted.access, "access_token").await else {
        return not_offered();
    };
    let said = if taken { "taken" } else { "refused" };
    let (seen, still) = match subject.lives(&granted.access).await {
        Some(true) => (Some(RevocationSeen::Nothing), "it still worked"),
        Some(false) => (Some(RevocationSeen::Cascades), "it no longer worked"),
        None => (None, "the API did not tell whether it works"),
    };
    let evidence = format!("revoking the access token was {said}; afterwards {still}");
    Finding { seen, evidence }
}

fn not_offered() -> Finding<RevocationSeen> {
    let evidence = "the description names no endpoint that ends tokens".to_owned();
    Finding { seen: Some(RevocationSeen::NotOffered), evidence }
}
