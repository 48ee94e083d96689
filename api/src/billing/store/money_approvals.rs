//! Rows of `money_approvals` and `money_limits`.

use crate::billing::BillingError;
use crate::billing::model::{
    MoneyApproval, MoneyApprovalKind as Kind, MoneyApprovalState, MoneyLimit, MoneyTerms, Split,
};
use crate::kernel::id::{BreakId, DisagreementId, MilestoneId, MoneyApprovalId, PersonId};
use crate::kernel::money::{Currency, Money};
use crate::kernel::page::Position;
use crate::platform::db::{Tx, refuse_on};
use crate::platform::http::paging::{PageWanted, cut};
use crate::platform::refusal::{Common, Error, Result};
use chrono::{DateTime, Utc};
use diesel::sql_types::{Array, BigInt, Bytea, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel::{OptionalExtension, QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    kind: Kind,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    milestone_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    disagreement_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    break_id: Option<Uuid>,
    #[diesel(sql_type = Text)]
    currency: Currency,
    #[diesel(sql_type = Nullable<BigInt>)]
    amount_minor: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    back_minor: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    correction: Option<String>,
    #[diesel(sql_type = BigInt)]
    limit_minor: i64,
    #[diesel(sql_type = Text)]
    reason: String,
    #[diesel(sql_type = Bytea)]
    hash: Vec<u8>,
    #[diesel(sql_type = SqlUuid)]
    asked_by: Uuid,
    #[diesel(sql_type = Text)]
    asked_by_name: String,
    #[diesel(sql_type = Timestamptz)]
    asked_at: DateTime<Utc>,
    #[diesel(sql_type = Timestamptz)]
    answer_by: DateTime<Utc>,
    #[diesel(sql_type = Text)]
    state: MoneyApprovalState,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    closed_by: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    closed_by_name: Option<String>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    closed_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Text>)]
    words: Option<String>,
    #[diesel(sql_type = Text)]
    about: String,
}

/// With the names of its persons and what it is about.
const SELECT: &str = "SELECT a.id, a.kind, a.milestone_id, a.disagreement_id, a.break_id,
        a.currency, a.amount_minor, a.back_minor, a.correction, a.limit_minor, a.reason, a.hash,
        a.asked_by, asker.name AS asked_by_name, a.asked_at, a.answer_by, a.state, a.closed_by,
        closer.name AS closed_by_name, a.closed_at, a.words,
        coalesce('A-' || e.number || ', milestone ' || m.seq, '') AS about
    FROM money_approvals a
    JOIN persons asker ON asker.id = a.asked_by
    LEFT JOIN persons closer ON closer.id = a.closed_by
    LEFT JOIN milestones m ON m.vendor_id = a.vendor_id AND m.id = a.milestone_id
    LEFT JOIN engagements e ON e.vendor_id = m.vendor_id AND e.id = m.engagement_id";

impl Row {
    fn terms(&self) -> Option<MoneyTerms> {
        let money = |minor| Money::new(minor, self.currency);
        let milestone = self.milestone_id.map(MilestoneId);
        let amount = self.amount_minor.map(money);
        Some(match self.kind {
            Kind::Refund | Kind::GiveBack => MoneyTerms::Refund {
                milestone: milestone?,
                amount: amount?,
                released: self.kind == Kind::GiveBack,
            },
            Kind::Award => {
                let back = money(self.back_minor?);
                let released = amount?.checked_sub(back).ok()?;
                MoneyTerms::Award {
                    disagreement: DisagreementId(self.disagreement_id?),
                    milestone: milestone?,
                    split: Split { back, released },
                }
            }
            Kind::Explanation => MoneyTerms::Explanation {
                difference: BreakId(self.break_id?),
                amount: amount?,
                correction: self.correction.clone(),
            },
            Kind::Limit => MoneyTerms::Limit { currency: self.currency, limit: amount },
        })
    }

    fn read(self) -> Result<MoneyApproval> {
        let terms = self.terms().ok_or_else(|| Error::fault("an approval is about nothing"))?;
        Ok(MoneyApproval {
            id: MoneyApprovalId(self.id),
            terms,
            over: Money::new(self.limit_minor, self.currency),
            reason: self.reason,
            hash: self.hash,
            asked_by: PersonId(self.asked_by),
            asked_by_name: self.asked_by_name,
            asked_at: self.asked_at,
            answer_by: self.answer_by,
            state: self.state,
            closed_by: self.closed_by.map(PersonId),
            closed_by_name: self.closed_by_name,
            closed_at: self.closed_at,
            words: self.words,
            about: self.about,
        })
    }
}

/// 404 when there is none.
pub async fn money_approval(tx: &mut Tx, id: MoneyApprovalId) -> Result<MoneyApproval> {
    let query = sql_query(format!("{SELECT} WHERE a.id = $1")).bind::<SqlUuid, _>(id.0);
    let row: Option<Row> = query.get_result(tx.conn()).await.optional()?;
    row.ok_or(Common::NotFound("approval"))?.read()
}

/// Locked until the transaction ends.
pub async fn lock_money_approval(tx: &mut Tx, id: MoneyApprovalId) -> Result<MoneyApproval> {
    let query = format!("{SELECT} WHERE a.id = $1 FOR NO KEY UPDATE OF a");
    let query = sql_query(query).bind::<SqlUuid, _>(id.0);
    let row: Option<Row> = query.get_result(tx.conn()).await.optional()?;
    row.ok_or(Common::NotFound("approval"))?.read()
}

/// Latest first; of one state, or all.
pub async fn list_money_approvals(
    tx: &mut Tx,
    state: Option<MoneyApprovalState>,
    page: PageWanted,
) -> Result<(Vec<MoneyApproval>, Option<Position>)> {
    let sql = format!(
        "{SELECT} WHERE ($1::text IS NULL OR a.state = $1)
            AND ($2::timestamptz IS NULL OR (a.asked_at, a.id) < ($2, $3))
         ORDER BY a.asked_at DESC, a.id DESC LIMIT $4"
    );
    let rows: Vec<Row> = sql_query(sql)
        .bind::<Nullable<Text>, _>(state.map(MoneyApprovalState::as_str))
        .bind::<Nullable<Timestamptz>, _>(page.after.map(|after| after.at))
        .bind::<Nullable<SqlUuid>, _>(page.after.map(|after| after.id))
        .bind::<BigInt, _>(page.limit.saturating_add(1))
        .load(tx.conn())
        .await?;
    let mut all = rows.into_iter().map(Row::read).collect::<Result<Vec<_>>>()?;
    let next = cut(&mut all, page.limit, |one| Position { at: one.asked_at, id: one.id.0 });
    Ok((all, next))
}

/// Those of some kinds that wait and that `person` did not ask for, the first to lapse first.
pub async fn waiting_money_approvals(
    tx: &mut Tx,
    kinds: &[Kind],
    person: PersonId,
    limit: i64,
) -> Result<Vec<MoneyApproval>> {
    let sql = format!(
        "{SELECT} WHERE a.state = 'waiting' AND a.answer_by > app_now() AND a.kind = ANY ($1)
            AND a.asked_by <> $2
         ORDER BY a.answer_by, a.id LIMIT $3"
    );
    let words: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
    let rows: Vec<Row> = sql_query(sql)
        .bind::<Array<Text>, _>(words)
        .bind::<SqlUuid, _>(person.0)
        .bind::<BigInt, _>(limit)
        .load(tx.conn())
        .await?;
    rows.into_iter().map(Row::read).collect()
}

/// Something that is to wait for a second person.
pub struct NewMoneyApproval<'a> {
    pub id: MoneyApprovalId,
    pub terms: &'a MoneyTerms,
    pub over: Money,
    pub reason: &'a str,
    pub by: PersonId,
    pub answer_by: DateTime<Utc>,
}

/// Errors with `approval-waits` when something about the same waits already.
pub async fn insert_money_approval(tx: &mut Tx, new: &NewMoneyApproval<'_>) -> Result<()> {
    let (mut disagreement, mut difference, mut back, mut journal) = (None, None, None, None);
    match new.terms {
        MoneyTerms::Award { disagreement: of, split, .. } => {
            disagreement = Some(of.0);
            back = Some(split.back.minor());
        }
        MoneyTerms::Explanation { difference: of, correction, .. } => {
            difference = Some(of.0);
            journal = correction.as_deref();
        }
        MoneyTerms::Refund { .. } | MoneyTerms::Limit { .. } => {}
    }
    let vendor = tx.vendor()?;
    let sql = "INSERT INTO money_approvals (vendor_id, id, kind, milestone_id, disagreement_id,
            break_id, currency, amount_minor, back_minor, correction, limit_minor, reason,
            asked_by, answer_by)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        ON CONFLICT DO NOTHING";
    let made = sql_query(sql)
        .bind::<SqlUuid, _>(vendor.0)
        .bind::<SqlUuid, _>(new.id.0)
        .bind::<Text, _>(new.terms.kind())
        .bind::<Nullable<SqlUuid>, _>(new.terms.milestone().map(|of| of.0))
        .bind::<Nullable<SqlUuid>, _>(disagreement)
        .bind::<Nullable<SqlUuid>, _>(difference)
        .bind::<Text, _>(new.terms.currency())
        .bind::<Nullable<BigInt>, _>(new.terms.amount().map(Money::minor))
        .bind::<Nullable<BigInt>, _>(back)
        .bind::<Nullable<Text>, _>(journal)
        .bind::<BigInt, _>(new.over.minor())
        .bind::<Text, _>(new.reason)
        .bind::<SqlUuid, _>(new.by.0)
        .bind::<Timestamptz, _>(new.answer_by)
        .execute(tx.conn())
        .await?;
    if made == 1 { Ok(()) } else { Err(BillingError::ApprovalWaits.into()) }
}

/// Ends one that waits and is locked; the database says when, and refuses who may not.
pub async fn close_money_approval(
    tx: &mut Tx,
    id: MoneyApprovalId,
    state: MoneyApprovalState,
    (by, words): (Option<PersonId>, Option<&str>),
) -> Result<()> {
    let sql = "UPDATE money_approvals SET state = $2, closed_by = $3, words = $4 WHERE id = $1";
    let closed = sql_query(sql)
        .bind::<SqlUuid, _>(id.0)
        .bind::<Text, _>(state)
        .bind::<Nullable<SqlUuid>, _>(by.map(|person| person.0))
        .bind::<Nullable<Text>, _>(words)
        .execute(tx.conn())
        .await
        .map_err(refuse_on("money_approvals_answered_by_role", BillingError::SeatEnded))?;
    if closed == 1 { Ok(()) } else { Err(Common::NotFound("approval").into()) }
}

#[derive(QueryableByName)]
struct Passed {
    #[diesel(sql_type = Nullable<BigInt>)]
    over: Option<i64>,
}

/// The limit that an amount passes when one person of the program asks for it; what went without a
/// second person out of the same milestone within a day counts with it.
pub async fn limit_passed(
    tx: &mut Tx,
    (person, milestone): (PersonId, Option<MilestoneId>),
    amount: Money,
) -> Result<Option<Money>> {
    let vendor = tx.vendor()?;
    let row: Passed = sql_query("SELECT money_limit_passed($1, $2, $3, $4, $5) AS over")
        .bind::<SqlUuid, _>(vendor.0)
        .bind::<SqlUuid, _>(person.0)
        .bind::<Nullable<SqlUuid>, _>(milestone.map(|of| of.0))
        .bind::<Text, _>(amount.currency())
        .bind::<BigInt, _>(amount.minor())
        .get_result(tx.conn())
        .await?;
    Ok(row.over.map(|minor| Money::new(minor, amount.currency())))
}

#[derive(QueryableByName)]
struct LimitRow {
    #[diesel(sql_type = Text)]
    currency: Currency,
    #[diesel(sql_type = Nullable<BigInt>)]
    limit_minor: Option<i64>,
    #[diesel(sql_type = Text)]
    set_by: String,
    #[diesel(sql_type = Timestamptz)]
    set_at: DateTime<Utc>,
}

impl From<LimitRow> for MoneyLimit {
    fn from(row: LimitRow) -> Self {
        let LimitRow { currency, limit_minor, set_by, set_at } = row;
        let limit = limit_minor.map(|minor| Money::new(minor, currency));
        Self { currency, limit, set_by, set_at }
    }
}

const LIMITS: &str = "SELECT l.currency, l.limit_minor, p.name AS set_by, l.set_at
    FROM money_limits l JOIN persons p ON p.id = l.set_by";

/// The limits that were ever set, by currency.
pub async fn money_limits(tx: &mut Tx) -> Result<Vec<MoneyLimit>> {
    let rows: Vec<LimitRow> =
        sql_query(format!("{LIMITS} ORDER BY l.currency")).load(tx.conn()).await?;
    Ok(rows.into_iter().map(MoneyLimit::from).collect())
}

/// The limit of a currency, locked until the transaction ends; absent when none was ever set.
pub async fn lock_money_limit(tx: &mut Tx, currency: Currency) -> Result<Option<MoneyLimit>> {
    let sql = format!("{LIMITS} WHERE l.currency = $1 FOR NO KEY UPDATE OF l");
    let row: Option<LimitRow> =
        sql_query(sql).bind::<Text, _>(currency).get_result(tx.conn()).await.optional()?;
    Ok(row.map(MoneyLimit::from))
}

/// The limit is locked, or was not there. Errors with `second-persons-wanted` when nobody could be
/// the second person; `stale` when it was set for the first time meanwhile.
pub async fn set_money_limit(
    tx: &mut Tx,
    (currency, limit, is_new): (Currency, Option<Money>, bool),
    (by, approval): (PersonId, Option<MoneyApprovalId>),
) -> Result<()> {
    let vendor = tx.vendor()?;
    // Two statements: with ON CONFLICT .. UPDATE the database would take it for new, and forget
    // who approved it.
    let sql = if is_new {
        "INSERT INTO money_limits (vendor_id, currency, limit_minor, set_by, approval_id)
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING"
    } else {
        "UPDATE money_limits SET limit_minor = $3, set_by = $4, approval_id = $5
         WHERE vendor_id = $1 AND currency = $2"
    };
    let set = sql_query(sql)
        .bind::<SqlUuid, _>(vendor.0)
        .bind::<Text, _>(currency)
        .bind::<Nullable<BigInt>, _>(limit.map(Money::minor))
        .bind::<SqlUuid, _>(by.0)
        .bind::<Nullable<SqlUuid>, _>(approval.map(|of| of.0))
        .execute(tx.conn())
        .await
        .map_err(refuse_on("money_limits_answerable", BillingError::SecondPersonsWanted))?;
    if set == 1 { Ok(()) } else { Err(Common::Stale.into()) }
}
