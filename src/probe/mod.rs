//! Asking a running authorization server and its API how they behave: the probe report.
//!
//! Each question is one or more real authorizations, to which somebody agrees, and what the token
//! endpoint and the API make of the tokens that came of them. Nothing is written there but grants,
//! which are ended again where the server lets us. No secret stands in a report or an error.

mod authorizing;
mod door;
mod lines;
mod refreshing;
mod registration;
mod revoking;
mod slashes;
mod subject;
mod visitor;

pub use door::Door;
pub use lines::{file, lines};
pub use registration::register;
pub use subject::Subject;
pub use visitor::{Command, Person, Visitor, Went};

use anyhow::Result;
use api::outside::upstream::ProbeReport;
use api::platform::clock::Clock;
use authorizing::Authorizing;

/// Asks everything, one question after the other: six authorizations.
///
/// # Errors
/// The server does not lead back from a plain authorization, or gives no token for its code: then
/// there is nothing to ask further.
pub async fn probe<V: Visitor>(subject: &Subject, door: Door, visitor: V) -> Result<ProbeReport> {
    let mut authorizing = Authorizing::new(subject, door, visitor);
    let (first, state, iss) = authorizing.first().await?;
    let slash = slashes::ask(subject, &first).await;
    let (last, renewal) = refreshing::ask(subject, first).await;
    subject.end(&last).await;
    let pkce = authorizing.pkce().await?;
    let granted = authorizing.granted("what happens when it is renewed four times at once").await?;
    let concurrent = refreshing::ask_at_once(subject, granted).await;
    let granted = authorizing.granted("what revoking ends").await?;
    let revocation = revoking::ask(subject, granted).await;
    Ok(ProbeReport {
        issuer: subject.server.issuer.clone(),
        probed: Clock::system().now().date_naive(),
        pkce,
        state,
        iss,
        rotation: renewal.rotation,
        replay: renewal.replay,
        concurrent,
        old_access: renewal.old_access,
        narrowing: renewal.narrowing,
        revocation,
        slash,
    })
}
