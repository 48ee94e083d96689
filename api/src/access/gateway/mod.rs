//! The gateway: a consultant's program calls the customer's account through it.
//!
//! The order is fixed: limits, key and its proof, target, headers, operation, body, terms,
//! announcement, token, the grant once more where that took time, and again before a slow answer.
//! What a caller wrote is only read; what goes out is put together anew. Every call with a known
//! key is in the log, a write before it is sent; what cannot be logged is not done.

mod actor;
mod answer;
mod body;
mod clearance;
mod console;
mod describe;
mod entrance;
mod flow;
mod form;
mod forward;
mod given;
mod headers;
mod journal;
mod line;
mod look;
mod measure;
mod origin;
mod proof;
mod refusal;
mod restore;
mod standing;
mod strict_json;
mod target;
mod tripwire;
mod visit;
mod watch;

pub use answer::{Payload, Reply};
pub use body::most_body;
pub use console::{Told, Trial, TrialResult, Unfit, Written, try_call, write_call};
pub use describe::{describe, tell_approval};
pub use refusal::Refusal;
pub use restore::take_changes_back;
#[cfg(test)]
pub(in crate::access) use standing::holds;
pub use visit::{Head, carry_out, enter};

/// Most bytes of an answer that is read whole.
const MOST_ANSWER: usize = 5 * 1024 * 1024;
