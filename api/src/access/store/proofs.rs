//! Rows of `gateway_proofs`: the names of proofs that were taken, so that none counts twice,
//! whichever node it comes to.

use crate::access::dpop::Taken;
use crate::kernel::id::GatewayKeyId;
use crate::platform::db::Tx;
use crate::platform::db::schema::gateway_proofs as rows;
use crate::platform::refusal::Result;
use diesel::{ExpressionMethods, sql_query};
use diesel_async::RunQueryDsl;

/// Takes the name of a proof; `false` when it was taken before. Of two at once the later one waits
/// for the first to commit.
pub async fn use_proof(tx: &mut Tx, key: GatewayKeyId, proof: &Taken) -> Result<bool> {
    let taken = diesel::insert_into(rows::table)
        .values((
            rows::vendor_id.eq(tx.vendor()?.0),
            rows::key_id.eq(key.0),
            rows::jti_hash.eq(proof.name_hash.to_vec()),
            rows::kept_until.eq(proof.kept_until),
        ))
        .on_conflict_do_nothing()
        .execute(tx.conn())
        .await?;
    Ok(taken == 1)
}

/// Forgets the names of proofs that are too old to be taken again.
pub async fn forget_proofs(tx: &mut Tx) -> Result<()> {
    sql_query("DELETE FROM gateway_proofs WHERE kept_until < app_now()").execute(tx.conn()).await?;
    Ok(())
}
