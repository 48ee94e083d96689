//! What an operator's machines watch of the money.

use crate::platform::db::Tx;
use crate::platform::refusal::Result;
use diesel::sql_types::{BigInt, Double, Text};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;

/// Of one program; counts and an age, nothing of whom.
#[derive(Debug, Clone, QueryableByName)]
pub struct MoneyFigures {
    /// Its slug.
    #[diesel(sql_type = Text)]
    pub program: String,
    /// Differences between the processor and the books that nobody explained.
    #[diesel(sql_type = BigInt)]
    pub breaks_open: i64,
    /// Since the last comparison ended, or since the program began.
    #[diesel(sql_type = Double)]
    pub reconciled_seconds: f64,
    /// Milestones whose money is held nearly as long as it may be.
    #[diesel(sql_type = BigInt)]
    pub held_long: i64,
}

/// Of every program, in one question; global.
pub async fn money_figures(tx: &mut Tx) -> Result<Vec<MoneyFigures>> {
    let sql = "SELECT program, breaks_open, reconciled_seconds, held_long FROM money_figures()";
    Ok(sql_query(sql).load(tx.conn()).await?)
}

#[derive(QueryableByName)]
struct Parked {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// News of the processor that waits for a person; global.
pub async fn count_parked_news(tx: &mut Tx) -> Result<i64> {
    let sql = "SELECT count(*) FROM webhooks WHERE state = 'parked'";
    let row: Parked = sql_query(sql).get_result(tx.conn()).await?;
    Ok(row.count)
}
