//! Rows of `briefs`.

use crate::kernel::id::{BriefId, ProposalId};
use crate::matching::model::BriefState;
use crate::platform::db::Tx;
use crate::platform::db::schema::briefs;
use crate::platform::refusal::{Error, Result};
use diesel::sql_types::{Text, Uuid as SqlUuid};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, QueryableByName, sql_query};
use diesel_async::RunQueryDsl;

#[derive(QueryableByName)]
struct StateRow {
    #[diesel(sql_type = Text)]
    state: BriefState,
}

/// Locks the brief that a proposal is for and answers where it stands; `None` when there is no
/// such proposal.
pub async fn lock_brief_of_proposal(tx: &mut Tx, id: ProposalId) -> Result<Option<BriefState>> {
    let sql = "SELECT state FROM briefs WHERE id = (SELECT brief_id FROM proposals WHERE id = $1)
               FOR UPDATE";
    let query = sql_query(sql).bind::<SqlUuid, _>(id.0);
    let row: Option<StateRow> = query.get_result(tx.conn()).await.optional()?;
    Ok(row.map(|row| row.state))
}

/// Books an open brief.
pub async fn set_booked(tx: &mut Tx, id: BriefId) -> Result<()> {
    let open = briefs::table
        .filter(briefs::id.eq(id.0))
        .filter(briefs::state.eq(BriefState::Open.as_str()));
    let rows = diesel::update(open)
        .set((
            briefs::state.eq(BriefState::Booked.as_str()),
            briefs::version.eq(briefs::version + 1),
        ))
        .execute(tx.conn())
        .await?;
    if rows == 1 { Ok(()) } else { Err(Error::fault(format!("{rows} briefs booked"))) }
}
