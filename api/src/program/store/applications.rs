//! Rows of `applications`.

use crate::kernel::id::{AgreementId, ApplicationId, OrganizationId, PersonId};
use crate::platform::caller::Caller;
use crate::platform::db::schema::applications;
use crate::platform::db::{Tx, refuse_on};
use crate::platform::http::paging::PageWanted;
use crate::platform::refusal::Result;
use crate::program::ProgramError;
use crate::program::model::{
    Agreement, Application, ApplicationState, Decision, NewApplication, PartnerKind,
};
use chrono::{DateTime, Utc};
use diesel::sql_types::{Array, BigInt, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel::{ExpressionMethods, OptionalExtension, QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

/// Writes an application of the caller's organization.
///
/// Errors: `application-open` when one waits already.
pub async fn insert_application(
    tx: &mut Tx,
    id: ApplicationId,
    by: &Caller,
    new: &NewApplication,
    agreement: &Agreement,
) -> Result<()> {
    diesel::insert_into(applications::table)
        .values((
            applications::vendor_id.eq(by.vendor.0),
            applications::id.eq(id.0),
            applications::organization_id.eq(by.organization.0),
            applications::kind.eq(new.kind.as_str()),
            applications::specialities.eq(&new.specialities),
            applications::client_references.eq(serde_json::to_value(&new.references)?),
            applications::note.eq(&new.note),
            applications::agreement_id.eq(agreement.id.0),
            applications::agreement_hash.eq(agreement.hash.to_vec()),
            applications::submitted_by.eq(by.person.0),
        ))
        .execute(tx.conn())
        .await
        .map_err(refuse_on("applications_one_open", ProgramError::ApplicationOpen))?;
    Ok(())
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    organization_id: Uuid,
    #[diesel(sql_type = Text)]
    organization_name: String,
    #[diesel(sql_type = Text)]
    city: String,
    #[diesel(sql_type = Text)]
    country: String,
    #[diesel(sql_type = Text)]
    kind: PartnerKind,
    #[diesel(sql_type = Array<Text>)]
    specialities: Vec<String>,
    #[diesel(sql_type = Jsonb)]
    client_references: serde_json::Value,
    #[diesel(sql_type = Text)]
    note: String,
    #[diesel(sql_type = SqlUuid)]
    agreement_id: Uuid,
    #[diesel(sql_type = Text)]
    agreement_version: String,
    #[diesel(sql_type = Text)]
    agreement_hash: String,
    #[diesel(sql_type = SqlUuid)]
    submitted_by: Uuid,
    #[diesel(sql_type = Text)]
    applicant_name: String,
    #[diesel(sql_type = Timestamptz)]
    submitted_at: DateTime<Utc>,
    #[diesel(sql_type = Text)]
    state: ApplicationState,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    decided_by: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    decider_name: Option<String>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    decided_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Text>)]
    reason: Option<String>,
}

impl Row {
    fn decision(&self) -> Option<Decision> {
        Some(Decision {
            by: PersonId(self.decided_by?),
            by_name: self.decider_name.clone()?,
            at: self.decided_at?,
            reason: self.reason.clone(),
        })
    }

    fn into_application(self) -> Result<Application> {
        let decision = self.decision();
        Ok(Application {
            id: ApplicationId(self.id),
            organization: OrganizationId(self.organization_id),
            organization_name: self.organization_name,
            city: self.city,
            country: self.country,
            kind: self.kind,
            specialities: self.specialities,
            references: serde_json::from_value(self.client_references)?,
            note: self.note,
            agreement: AgreementId(self.agreement_id),
            agreement_version: self.agreement_version,
            agreement_hash: self.agreement_hash,
            submitted_by: PersonId(self.submitted_by),
            applicant_name: self.applicant_name,
            submitted_at: self.submitted_at,
            state: self.state,
            decision,
        })
    }
}

const SELECT: &str = "
    SELECT a.id, a.organization_id, o.name AS organization_name, o.city, o.country, a.kind,
           a.specialities, a.client_references, a.note, a.agreement_id,
           g.version AS agreement_version,
           encode(a.agreement_hash, 'hex') AS agreement_hash,
           a.submitted_by, n.name AS applicant_name,
           a.submitted_at, a.state, a.decided_by, d.name AS decider_name, a.decided_at, a.reason
    FROM applications a
    JOIN organizations o ON o.vendor_id = a.vendor_id AND o.id = a.organization_id
    JOIN agreements g ON g.vendor_id = a.vendor_id AND g.id = a.agreement_id
    JOIN persons n ON n.id = a.submitted_by
    LEFT JOIN persons d ON d.id = a.decided_by";

/// An application of this vendor. Whether the caller may see it is the policy's question.
pub async fn application(tx: &mut Tx, id: ApplicationId) -> Result<Option<Application>> {
    let row: Option<Row> = sql_query(format!("{SELECT} WHERE a.id = $1"))
        .bind::<SqlUuid, _>(id.0)
        .get_result(tx.conn())
        .await
        .optional()?;
    row.map(Row::into_application).transpose()
}

/// As [`application`], with its row locked until the transaction ends.
pub async fn lock_application(tx: &mut Tx, id: ApplicationId) -> Result<Option<Application>> {
    let row: Option<Row> = sql_query(format!("{SELECT} WHERE a.id = $1 FOR NO KEY UPDATE OF a"))
        .bind::<SqlUuid, _>(id.0)
        .get_result(tx.conn())
        .await
        .optional()?;
    row.map(Row::into_application).transpose()
}

/// The organization's applications, latest first.
pub async fn applications_of(
    tx: &mut Tx,
    organization: OrganizationId,
) -> Result<Vec<Application>> {
    let sql = format!(
        "{SELECT} WHERE a.organization_id = $1 ORDER BY a.submitted_at DESC, a.id DESC LIMIT 100"
    );
    let rows: Vec<Row> = sql_query(sql).bind::<SqlUuid, _>(organization.0).load(tx.conn()).await?;
    rows.into_iter().map(Row::into_application).collect()
}

/// Applications in one state, one row more than the page holds: those that wait oldest first, the
/// others latest first.
pub async fn applications_in(
    tx: &mut Tx,
    state: ApplicationState,
    page: PageWanted,
) -> Result<Vec<Application>> {
    let (beyond, order) =
        if state == ApplicationState::Submitted { (">", "ASC") } else { ("<", "DESC") };
    let rows: Vec<Row> = sql_query(format!(
        "{SELECT}
         WHERE a.state = $1 AND ($2 IS NULL OR (a.submitted_at, a.id) {beyond} ($2, $3))
         ORDER BY a.submitted_at {order}, a.id {order} LIMIT $4"
    ))
    .bind::<Text, _>(state)
    .bind::<Nullable<Timestamptz>, _>(page.after.map(|p| p.at))
    .bind::<Nullable<SqlUuid>, _>(page.after.map(|p| p.id))
    .bind::<BigInt, _>(page.limit + 1)
    .load(tx.conn())
    .await?;
    rows.into_iter().map(Row::into_application).collect()
}

/// What became of an application.
pub struct Outcome<'a> {
    pub state: ApplicationState,
    /// Who decided; absent when the applicant withdrew it.
    pub by: Option<PersonId>,
    pub reason: Option<&'a str>,
}

/// Notes the outcome; the row must be locked.
pub async fn set_outcome(tx: &mut Tx, id: ApplicationId, outcome: Outcome<'_>) -> Result<()> {
    sql_query(
        "UPDATE applications
         SET state = $2, decided_by = $3, reason = $4,
             decided_at = CASE WHEN $3 IS NULL THEN NULL ELSE app_now() END
         WHERE id = $1",
    )
    .bind::<SqlUuid, _>(id.0)
    .bind::<Text, _>(outcome.state)
    .bind::<Nullable<SqlUuid>, _>(outcome.by.map(|p| p.0))
    .bind::<Nullable<Text>, _>(outcome.reason)
    .execute(tx.conn())
    .await?;
    Ok(())
}
