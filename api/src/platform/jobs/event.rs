//! Events: facts that one feature states and others react to.
//!
//! Stated in the transaction that makes them true; reactions run later, all in one transaction
//! together with the end of their job, so each fact is reacted to exactly once.

use super::store;
use super::{NewJob, enqueue};
use crate::kernel::id::{EventId, PersonId, VendorId};
use crate::platform::clock::Ids;
use crate::platform::db::Tx;
use crate::platform::refusal::Result;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The kind of job that carries an event to its reactions.
pub const JOB_KIND: &str = "event";

/// A fact with a fixed name, e.g. `milestone-accepted`.
pub trait Fact: Serialize + for<'a> Deserialize<'a> {
    const KIND: &'static str;
}

/// An event as its reactions see it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Event {
    pub id: EventId,
    pub vendor: VendorId,
    pub kind: String,
    pub facts: Value,
    pub actor: Option<PersonId>,
}

impl Event {
    /// The facts, when the event is of that kind.
    pub fn read<F: Fact>(&self) -> serde_json::Result<Option<F>> {
        if self.kind != F::KIND {
            return Ok(None);
        }
        serde_json::from_value(self.facts.clone()).map(Some)
    }
}

/// Writes the event and the job that carries it. Must be called in the vendor's transaction.
pub async fn state<F: Fact>(
    tx: &mut Tx,
    ids: &Ids,
    actor: Option<PersonId>,
    fact: &F,
) -> Result<()> {
    let vendor = tx.vendor()?;
    state_to(tx, ids, (vendor, actor), fact).await
}

/// As [`state`], for a program that need not be the transaction's: what one commit makes true in
/// several programs is reacted to in each of them.
pub async fn state_to<F: Fact>(
    tx: &mut Tx,
    ids: &Ids,
    (vendor, actor): (VendorId, Option<PersonId>),
    fact: &F,
) -> Result<()> {
    let event = Event {
        id: ids.next(),
        vendor,
        kind: F::KIND.to_owned(),
        facts: serde_json::to_value(fact)?,
        actor,
    };
    store::insert_event(tx, &event).await?;
    enqueue(tx, ids, NewJob::new(JOB_KIND, &event)?.for_vendor(event.vendor)).await
}
