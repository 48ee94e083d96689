//! Rows of `reconciliation_breaks`.

use crate::billing::BillingError;
use crate::billing::model::{Break, BreakKind, BreakState, Decided, Difference};
use crate::kernel::id::{BreakId, JournalId, MoneyApprovalId, PersonId};
use crate::kernel::page::Position;
use crate::platform::clock::Ids;
use crate::platform::db::schema::{persons, reconciliation_breaks as breaks};
use crate::platform::db::{Tx, refuse_on};
use crate::platform::http::paging::{PageWanted, cut};
use crate::platform::refusal::{Common, Result};
use chrono::{DateTime, Utc};
use diesel::sql_types::{Array, Jsonb, Uuid as SqlUuid};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, JoinOnDsl, NullableExpressionMethods,
    OptionalExtension, QueryDsl, Queryable, Selectable, SelectableHelper, sql_query,
};
use diesel_async::RunQueryDsl;
use serde_json::{Value, json};
use uuid::Uuid;

diesel::allow_tables_to_appear_in_same_query!(breaks, persons);

#[derive(Queryable, Selectable)]
#[diesel(table_name = breaks)]
struct BreakRow {
    id: Uuid,
    kind: BreakKind,
    subject: String,
    stripe_id: Option<String>,
    journal_id: Option<Uuid>,
    currency: String,
    expected_minor: Option<i64>,
    seen_minor: Option<i64>,
    detail: String,
    state: BreakState,
    first_seen_at: DateTime<Utc>,
    last_seen_at: DateTime<Utc>,
    opened_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
    reason: Option<String>,
    explained_as: Option<String>,
    correction: Option<String>,
}

impl BreakRow {
    fn by(self, name: Option<String>) -> Break {
        Break {
            id: BreakId(self.id),
            kind: self.kind,
            subject: self.subject,
            stripe: self.stripe_id,
            journal: self.journal_id.map(JournalId),
            currency: self.currency,
            expected: self.expected_minor,
            seen: self.seen_minor,
            detail: self.detail,
            state: self.state,
            first_seen_at: self.first_seen_at,
            last_seen_at: self.last_seen_at,
            opened_at: self.opened_at,
            ended_at: self.ended_at,
            reason: self.reason,
            explained_by: name.or(self.explained_as),
            correction: self.correction,
        }
    }
}

/// Those that have not ended, and the explained ones among these subjects, latest first; the former
/// locked until the transaction ends.
pub async fn live_breaks(tx: &mut Tx, subjects: &[&str]) -> Result<Vec<Break>> {
    let live = breaks::state.eq_any([BreakState::Watched, BreakState::Open]);
    let explained = breaks::state.eq(BreakState::Explained).and(breaks::subject.eq_any(subjects));
    let rows: Vec<BreakRow> = breaks::table
        .filter(live.or(explained))
        .order((breaks::ended_at.desc(), breaks::id))
        .select(BreakRow::as_select())
        .for_no_key_update()
        .load(tx.conn())
        .await?;
    Ok(rows.into_iter().map(|row| row.by(None)).collect())
}

/// Writes what a look means, a statement a kind of change.
pub async fn write_decided(
    tx: &mut Tx,
    ids: &Ids,
    decided: &Decided<'_>,
    now: DateTime<Utc>,
) -> Result<()> {
    let vendor = tx.vendor()?;
    let new: Vec<Value> = decided.new.iter().map(|(one, state)| row(ids, one, *state)).collect();
    if !new.is_empty() {
        let sql = "INSERT INTO reconciliation_breaks (vendor_id, id, kind, subject, stripe_id,
                journal_id, currency, expected_minor, seen_minor, detail, state, first_seen_at,
                last_seen_at, opened_at)
            SELECT $1, n.id, n.kind, n.subject, n.stripe, n.journal, n.currency, n.expected, n.seen,
                n.detail, n.state, app_now(), app_now(),
                CASE n.state WHEN 'open' THEN app_now() END
            FROM jsonb_to_recordset($2) AS n (id uuid, kind text, subject text, stripe text,
                journal uuid, currency text, expected bigint, seen bigint,
                detail text, state text)";
        let query = sql_query(sql).bind::<SqlUuid, _>(vendor.0);
        query.bind::<Jsonb, _>(Value::Array(new)).execute(tx.conn()).await?;
    }
    if !decided.still.is_empty() {
        let still: Vec<Value> = decided.still.iter().map(again).collect();
        let sql = "UPDATE reconciliation_breaks b SET last_seen_at = app_now(),
                expected_minor = s.expected, seen_minor = s.seen, detail = s.detail,
                state = CASE WHEN s.opens THEN 'open' ELSE b.state END,
                opened_at = CASE WHEN s.opens THEN app_now() ELSE b.opened_at END
            FROM jsonb_to_recordset($1) AS s (id uuid, expected bigint, seen bigint, detail text,
                opens boolean)
            WHERE b.id = s.id";
        sql_query(sql).bind::<Jsonb, _>(Value::Array(still)).execute(tx.conn()).await?;
    }
    if !decided.explained.is_empty() {
        let ids: Vec<Uuid> = decided.explained.iter().map(|id| id.0).collect();
        let sql = "UPDATE reconciliation_breaks SET last_seen_at = app_now() WHERE id = ANY ($1)";
        sql_query(sql).bind::<Array<SqlUuid>, _>(ids).execute(tx.conn()).await?;
    }
    if !decided.gone.is_empty() {
        let ids: Vec<Uuid> = decided.gone.iter().map(|id| id.0).collect();
        diesel::update(breaks::table.filter(breaks::id.eq_any(ids)))
            .set((breaks::state.eq(BreakState::Closed), breaks::ended_at.eq(now)))
            .execute(tx.conn())
            .await?;
    }
    Ok(())
}

fn row(ids: &Ids, difference: &Difference, state: BreakState) -> Value {
    let id: BreakId = ids.next();
    json!({
        "id": id,
        "kind": difference.kind,
        "subject": difference.subject,
        "stripe": difference.stripe,
        "journal": difference.journal,
        "currency": difference.currency,
        "expected": difference.expected,
        "seen": difference.seen,
        "detail": difference.detail,
        "state": state,
    })
}

fn again((id, difference, opens): &(BreakId, &Difference, bool)) -> Value {
    json!({
        "id": id,
        "expected": difference.expected,
        "seen": difference.seen,
        "detail": difference.detail,
        "opens": opens,
    })
}

/// A page of those that were ever told, latest first; of one state, or all.
pub async fn list_breaks(
    tx: &mut Tx,
    state: Option<BreakState>,
    page: PageWanted,
) -> Result<(Vec<Break>, Option<Position>)> {
    let mut query = breaks::table
        .left_join(persons::table.on(breaks::explained_by.eq(persons::id.nullable())))
        .filter(breaks::opened_at.is_not_null())
        .select((BreakRow::as_select(), persons::name.nullable()))
        .into_boxed();
    if let Some(state) = state {
        query = query.filter(breaks::state.eq(state));
    }
    if let Some(after) = page.after {
        let same = breaks::opened_at.eq(after.at).and(breaks::id.lt(after.id));
        query = query.filter(breaks::opened_at.lt(after.at).or(same));
    }
    let rows: Vec<(BreakRow, Option<String>)> = query
        .order((breaks::opened_at.desc(), breaks::id.desc()))
        .limit(page.limit + 1)
        .load(tx.conn())
        .await?;
    let mut all: Vec<Break> = rows.into_iter().map(|(row, name)| row.by(name)).collect();
    let at = |one: &Break| one.opened_at.unwrap_or(one.first_seen_at);
    let next = cut(&mut all, page.limit, |one| Position { at: at(one), id: one.id.0 });
    Ok((all, next))
}

/// Locked until the transaction ends; 404 when there is none, or it was never told.
pub async fn break_called(tx: &mut Tx, id: BreakId) -> Result<Break> {
    let row: Option<BreakRow> = breaks::table
        .filter(breaks::id.eq(id.0))
        .filter(breaks::opened_at.is_not_null())
        .select(BreakRow::as_select())
        .for_no_key_update()
        .first(tx.conn())
        .await
        .optional()?;
    Ok(row.ok_or(Common::NotFound("difference"))?.by(None))
}

/// A difference with the name of whoever explained it.
pub async fn told_break(tx: &mut Tx, id: BreakId) -> Result<Break> {
    let (row, name): (BreakRow, Option<String>) = breaks::table
        .left_join(persons::table.on(breaks::explained_by.eq(persons::id.nullable())))
        .filter(breaks::id.eq(id.0))
        .select((BreakRow::as_select(), persons::name.nullable()))
        .first(tx.conn())
        .await?;
    Ok(row.by(name))
}

/// Who explains a difference, and how.
pub struct Explanation<'a> {
    pub reason: &'a str,
    pub correction: Option<&'a str>,
    pub by: By<'a>,
    /// The yes of a second person.
    pub approval: Option<MoneyApprovalId>,
}

/// A person who is signed in, or a name given at the command line.
pub enum By<'a> {
    Person(PersonId),
    Console(&'a str),
}

/// Ends a locked difference with a reason.
pub async fn close_explained(
    tx: &mut Tx,
    id: BreakId,
    why: &Explanation<'_>,
    now: DateTime<Utc>,
) -> Result<()> {
    let (person, name) = match why.by {
        By::Person(person) => (Some(person.0), None),
        By::Console(name) => (None, Some(name)),
    };
    diesel::update(breaks::table.filter(breaks::id.eq(id.0)))
        .set((
            breaks::state.eq(BreakState::Explained),
            breaks::ended_at.eq(now),
            breaks::reason.eq(why.reason),
            breaks::correction.eq(why.correction),
            breaks::explained_by.eq(person),
            breaks::explained_as.eq(name),
            breaks::approval_id.eq(why.approval.map(|of| of.0)),
        ))
        .execute(tx.conn())
        .await
        .map_err(refuse_on("money_wants_two", BillingError::ApprovalWanted))?;
    Ok(())
}

/// How many are open.
pub async fn count_open(tx: &mut Tx) -> Result<i64> {
    let open = breaks::table.filter(breaks::state.eq(BreakState::Open));
    Ok(open.count().get_result(tx.conn()).await?)
}
