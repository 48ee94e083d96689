//! Counts and sums for the vendor's first page. Reads, and only counts and sums, rows of features
//! above.

use crate::kernel::money::{Currency, Money};
use crate::platform::db::Tx;
use crate::platform::refusal::Result;
use crate::program::model::ProgramFigures;
use chrono::{DateTime, Utc};
use diesel::sql_types::{BigInt, Nullable, Text, Timestamptz};
use diesel::{QueryableByName, sql_query};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

#[derive(QueryableByName)]
struct Counts {
    #[diesel(sql_type = BigInt)]
    open_applications: i64,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    waiting_since: Option<DateTime<Utc>>,
    #[diesel(sql_type = BigInt)]
    consultants: i64,
    #[diesel(sql_type = BigInt)]
    resellers: i64,
    #[diesel(sql_type = BigInt)]
    suspended: i64,
    #[diesel(sql_type = BigInt)]
    open_briefs: i64,
}

const COUNTS: &str = "
    SELECT a.open_applications, a.waiting_since, e.consultants, e.resellers, e.suspended,
           (SELECT count(*) FROM briefs WHERE state = 'open') AS open_briefs
    FROM (SELECT count(*) AS open_applications, min(submitted_at) AS waiting_since
          FROM applications WHERE state = 'submitted') a,
         (SELECT count(*) FILTER (WHERE state = 'active' AND kind = 'consultant') AS consultants,
                 count(*) FILTER (WHERE state = 'active' AND kind = 'reseller') AS resellers,
                 count(*) FILTER (WHERE state = 'suspended') AS suspended
          FROM enrollments) e";

#[derive(QueryableByName)]
struct InState {
    #[diesel(sql_type = Text)]
    state: String,
    #[diesel(sql_type = BigInt)]
    engagements: i64,
}

#[derive(QueryableByName)]
struct Ledger {
    #[diesel(sql_type = Text)]
    currency: Currency,
    #[diesel(sql_type = BigInt)]
    held: i64,
    #[diesel(sql_type = BigInt)]
    released: i64,
}

/// A payment is a credit of its milestone's held account, an acceptance the debit that empties it.
const LEDGER: &str = "
    SELECT p.currency, coalesce(-sum(e.amount_minor), 0)::bigint AS held,
           coalesce(sum(e.amount_minor) FILTER (WHERE j.kind = 'accept'), 0)::bigint AS released
    FROM programs p
    LEFT JOIN accounts a ON a.vendor_id = p.vendor_id AND a.kind = 'held'
        AND a.currency = p.currency
    LEFT JOIN entries e ON e.vendor_id = a.vendor_id AND e.account_id = a.id
    LEFT JOIN journals j ON j.vendor_id = e.vendor_id AND j.id = e.journal_id
    GROUP BY p.currency";

/// The queries travel together.
pub async fn figures(tx: &mut Tx) -> Result<ProgramFigures> {
    let connection: &AsyncPgConnection = tx.conn();
    let (mut first, mut second, mut third) = (connection, connection, connection);
    let counts = sql_query(COUNTS).get_result::<Counts>(&mut first);
    let states = sql_query(
        "SELECT state, count(*) AS engagements FROM engagements GROUP BY state ORDER BY state",
    )
    .load::<InState>(&mut second);
    let ledger = sql_query(LEDGER).get_result::<Ledger>(&mut third);
    let (counts, states, ledger) = futures::try_join!(counts, states, ledger)?;
    Ok(ProgramFigures {
        open_applications: counts.open_applications,
        waiting_since: counts.waiting_since,
        consultants: counts.consultants,
        resellers: counts.resellers,
        suspended: counts.suspended,
        open_briefs: counts.open_briefs,
        engagements: states.into_iter().map(|s| (s.state, s.engagements)).collect(),
        held: Money::new(ledger.held, ledger.currency),
        released: Money::new(ledger.released, ledger.currency),
    })
}
