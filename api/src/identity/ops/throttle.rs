//! Counted tries, so that guessing is slow. Buckets are hashes: no address stands in the table.

use crate::app::App;
use crate::identity::{IdentityError, store};
use crate::platform::db::{Scope, Tx};
use crate::platform::refusal::Result;
use sha2::{Digest, Sha256};
use std::time::Duration;

/// Length of a window; a bucket starts anew with each.
pub const WINDOW: Duration = Duration::from_secs(15 * 60);

/// Counts one try of `what` by `whom`; refuses when the window already holds `most`.
///
/// Commit the transaction even when the try itself fails, or it is not counted.
pub async fn count(tx: &mut Tx, what: &str, whom: &str, most: i32) -> Result<()> {
    let bucket = bucket(what, whom);
    let tries = store::count_try(tx, &bucket, WINDOW).await?;
    if tries.count > most {
        return Err(IdentityError::TooManyTries(tries.wait).into());
    }
    Ok(())
}

/// Counts one try in a transaction of its own, so that it counts whatever follows.
pub async fn count_now(app: &App, what: &str, whom: &str, most: i32) -> Result<()> {
    let mut tx = app.db.write(Scope::GLOBAL).await?;
    let counted = count(&mut tx, what, whom, most).await;
    tx.commit().await?;
    counted
}

/// Takes one counted try back, which turned out to be none.
pub async fn take_back(app: &App, what: &str, whom: &str) -> Result<()> {
    let mut tx = app.db.write(Scope::GLOBAL).await?;
    store::take_try_back(&mut tx, &bucket(what, whom)).await?;
    tx.commit().await
}

fn bucket(what: &str, whom: &str) -> String {
    hex::encode(Sha256::digest(format!("{what}\0{whom}")))
}
