//! Receipts of letters that have ended.

use super::completion::place;
use super::grants::viewer;
use crate::access::AccessError;
use crate::access::audit::{Receipt, Signer};
use crate::access::model::{EndReceipt, Grant};
use crate::access::store;
use crate::app::App;
use crate::identity;
use crate::kernel::id::GrantId;
use crate::platform::caller::Caller;
use crate::platform::refusal::{Common, Error, Result};
use chrono::SubsecRound;

/// That a letter is over, with what was still done around its end, signed; for either side.
///
/// Errors: 404; `not-ended` while it holds or rests, and for a request that was never granted.
pub async fn end_receipt(app: &App, caller: &Caller, id: GrantId) -> Result<(EndReceipt, Receipt)> {
    let mut tx = app.db.read(caller).await?;
    let grant = store::grant(&mut tx, viewer(caller), id).await?;
    let grant = grant.ok_or(Common::NotFound("letter of access"))?;
    let (Some(ended_at), Some(account)) = (grant.ended_at, grant.connection) else {
        return Err(AccessError::NotEnded.into());
    };
    let connection = store::connection(&mut tx, grant.customer, account).await?;
    let connection = connection.ok_or_else(|| Error::fault("a letter without its account"))?;
    // What runs out ends by the clock, whenever its row came to say so.
    let ended_at = grant.valid_until.map_or(ended_at, |until| until.min(ended_at));
    let (calls, keys) = store::calls_around(&mut tx, id, ended_at).await?;
    let by: Vec<_> = grant.ended_by.into_iter().collect();
    let ended_by = identity::person_names(&mut tx, &by).await?.into_values().next();
    drop(tx);
    let said = EndReceipt {
        kind: "access-ended",
        grant: id,
        engagement: grant.engagement,
        engagement_label: grant.engagement_label(),
        account: place(app, &grant),
        application: grant.upstream.clone(),
        consultant: grant.consultant_name.clone(),
        terms: hex::encode(&grant.terms_hash),
        granted_at: grant.granted_at,
        ended_at,
        ended_by,
        reason: reason(&grant),
        calls,
        keys,
        connection: connection.state,
        application_answer: connection.revocation,
        issued_at: app.clock.now().trunc_subsecs(6),
    };
    let signed = Signer::of(app)?.attest(serde_json::to_string(&said)?);
    Ok((said, signed))
}

fn reason(grant: &Grant) -> String {
    grant.end_reason.clone().unwrap_or_default()
}
