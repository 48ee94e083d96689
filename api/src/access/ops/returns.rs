//! Ways back from an application that nobody may go: what the customers concerned learn of them.

use super::connect::hash_state;
use super::finish::Returned;
use crate::access::model::{ConnectReturnRefused, OfConnect};
use crate::access::store;
use crate::app::App;
use crate::identity::SignedIn;
use crate::platform::caller::OrganizationKind;
use crate::platform::db::Scope;
use crate::platform::jobs::event;
use crate::platform::refusal::Result;

/// Puts it into the trail of whoever began the connect, and of the customer who came back with
/// another one's. A state that nobody began concerns nobody and leaves nothing.
pub(super) async fn note_stray(
    app: &App,
    signed_in: Option<&SignedIn>,
    returned: &Returned,
) -> Result<()> {
    let Some(state) = returned.state.as_deref() else { return Ok(()) };
    let mut tx = app.db.write(Scope::GLOBAL).await?;
    let begun = store::beginner(&mut tx, &hash_state(state)).await?;
    tx.commit().await?;
    let Some(begun) = begun else { return Ok(()) };
    let caller = signed_in.and_then(|signed_in| signed_in.caller.as_ref());
    let by = caller.map(|caller| caller.person);
    let came = caller.filter(|caller| caller.kind == OrganizationKind::Customer);
    let mut concerned = vec![begun.whose()];
    concerned.extend(came.map(|caller| (caller.vendor, caller.organization)));
    concerned.dedup();
    for (vendor, customer) in concerned {
        let of = OfConnect { customer, upstream: begun.upstream.clone() };
        let mut tx = app.db.write(vendor).await?;
        event::state(&mut tx, &app.ids, by, &ConnectReturnRefused { of, by }).await?;
        tx.commit().await?;
    }
    Ok(())
}
