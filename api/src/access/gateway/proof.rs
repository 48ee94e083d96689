//! Whether a key comes as it must: a bound one with a proof of the key that it is bound to, any
//! other one by itself.
//!
//! Only calls with a bound key are looked at further, and only theirs cost another transaction.

use super::entrance::{Entrance, Scheme};
use super::refusal::Refusal;
use super::visit::Visit;
use crate::access::dpop::{self, Called, Fault};
use crate::access::store;
use crate::app::App;
use crate::platform::refusal::Result;
use reqwest::header::HeaderMap;

const HEADER: &str = "dpop";

/// Why this key is not to be believed; `None` when it is.
pub async fn doubt(app: &App, visit: &Visit) -> Result<Option<Refusal>> {
    let Entrance::Key(key_hash, scheme) = &visit.entrance else { return Ok(None) };
    let bound_to = match (visit.passage.bound_to, scheme) {
        (None, Scheme::Bearer) => return Ok(None),
        (None, Scheme::Proven) => return Ok(Some(Refusal::NotBound)),
        (Some(_), Scheme::Bearer) => return Ok(Some(Refusal::ProofWanted)),
        (Some(bound_to), Scheme::Proven) => bound_to,
    };
    let head = &visit.head;
    let address = app.site.link(&format!("/gw/{}{}", head.grant, head.path));
    let called = Called {
        method: head.method.as_str(),
        address: &address,
        key_hash,
        bound_to,
        at: visit.passage.at,
    };
    let read = one(&head.headers).and_then(|proof| dpop::read(proof, &called));
    let (taken, key) = match (read, visit.passage.whose.key) {
        (Ok(taken), Some(key)) => (taken, key),
        (Ok(_), None) => return Ok(Some(Refusal::UnknownKey)),
        (Err(fault), _) => return Ok(Some(Refusal::BadProof(fault))),
    };
    let mut tx = app.db.write(visit.vendor).await?;
    let first = store::use_proof(&mut tx, key, &taken).await?;
    tx.commit().await?;
    Ok((!first).then_some(Refusal::BadProof(Fault::Used)))
}

fn one(headers: &HeaderMap) -> std::result::Result<&str, Fault> {
    let mut values = headers.get_all(HEADER).iter();
    let (Some(proof), None) = (values.next(), values.next()) else { return Err(Fault::Missing) };
    proof.to_str().map_err(|_| Fault::Unreadable)
}
