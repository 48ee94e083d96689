//! What the application gives to the account, and what its description still has: both may have
//! become less since a letter was granted.

use super::refusal::Refusal;
use crate::access::decide::Reason;
use crate::access::model::{Passage, Terms};
use crate::upstreams::{Operation, Template};
use reqwest::Method;

/// Errors when the application took back what the operation needs.
pub fn given(passage: &Passage, operation: &Operation) -> Result<(), Refusal> {
    let missing = operation.scopes.iter().find(|scope| !passage.scopes.contains(scope));
    missing.map_or(Ok(()), |scope| Err(Refusal::NotGiven(scope.clone())))
}

/// Why there is no such operation: the letter may name one that the description had once.
pub fn gone(passage: &Passage, method: &Method, segments: &[String]) -> Refusal {
    let terms = Terms::read(&passage.terms).ok();
    let mut named = terms.iter().flat_map(|terms| terms.operations.values());
    let fits = |path: &str| Template::parse(path).is_ok_and(|path| path.read(segments).is_some());
    match named.find(|pinned| pinned.method == method.as_str() && fits(&pinned.path)) {
        Some(_) => Refusal::Denied(Reason::Gone),
        None => Refusal::NoOperation,
    }
}
