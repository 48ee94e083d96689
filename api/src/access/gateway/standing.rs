//! Whether a letter holds, and what a caller is told when it does not.

use super::refusal::Refusal;
use crate::access::model::{HoldCause, Standing, clauses};

/// Errors unless the grant holds now.
pub(in crate::access) fn holds(standing: Standing, by: &[HoldCause]) -> Result<(), Refusal> {
    match standing {
        Standing::InForce => Ok(()),
        Standing::Requested | Standing::Ended => Err(Refusal::GrantEnded),
        Standing::Expired => Err(Refusal::Expired),
        Standing::Suspended => Err(Refusal::Suspended(clauses(by))),
        Standing::NeedsReconnect => Err(Refusal::NeedsReconnect),
        Standing::NotBegun => Err(Refusal::NotBegun),
        Standing::Unfunded => Err(Refusal::Unfunded),
        Standing::Unused => Err(Refusal::Unused),
    }
}
