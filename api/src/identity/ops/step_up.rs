//! Showing again who one is, before something grave.

use super::throttle;
use crate::app::App;
use crate::identity::{password, store};
use crate::kernel::id::PersonId;
use crate::platform::db::Scope;
use crate::platform::refusal::Result;

/// Tries a person gets in one window.
const TRIES: i32 = 10;

/// Whether this is the person's password. Tries are counted.
///
/// Errors: `too-many-tries`.
pub async fn check_password(app: &App, person: PersonId, pass: String) -> Result<bool> {
    let mut tx = app.db.write(Scope::GLOBAL).await?;
    let counted = throttle::count(&mut tx, "step-up", &person.to_string(), TRIES).await;
    let hash = store::password_hash(&mut tx, person).await?;
    tx.commit().await?;
    counted?;
    password::fits(pass, hash).await
}
