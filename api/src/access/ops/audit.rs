//! The audit trail: its file for the customer, and the signing of its heads.

use super::lines::with_calls;
use super::sealing::{open_records, seal_soon, sealed_words};
use crate::access::audit::{AuditKey, BEGINNING, Checkpoint, FORM, Heading, Line, Record, Signer};
use crate::access::store;
use crate::app::App;
use crate::identity::{self, Allowed, Command, Deed};
use crate::kernel::check::Invalid;
use crate::kernel::id::{GrantId, OrganizationId};
use crate::platform::caller::Caller;
use crate::platform::db::Tx;
use crate::platform::jobs::Job;
use crate::platform::refusal::Result;
use chrono::{DateTime, SubsecRound, Utc};
use serde::Deserialize;

pub struct ExportAuditTrail;

impl Command for ExportAuditTrail {
    const DEED: Deed = Deed::ExportAuditTrail;
}

/// The job that signs a head; the database asks for it, an hour after the first record that is
/// not signed.
pub const CHECKPOINT_JOB: &str = "audit-checkpoint";

/// Most records of one file.
const MOST_RECORDS: i64 = 10_000;

/// The key that signs this installation's checkpoints.
///
/// Errors: 403 for whoever may not have the trail.
pub fn audit_key(app: &App, caller: &Caller) -> Result<AuditKey> {
    let _: Allowed<ExportAuditTrail> = identity::allow(caller)?;
    Ok(Signer::of(app)?.key)
}

/// How far a customer's trail goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditStanding {
    pub records: i64,
    /// The last record that an hourly signature covers, and when it was made.
    pub signed: Option<(i64, DateTime<Utc>)>,
    pub key: AuditKey,
}

/// Errors: 403 for whoever may not have the trail.
pub async fn audit_standing(app: &App, caller: &Caller) -> Result<AuditStanding> {
    let key = audit_key(app, caller)?;
    let mut tx = with_calls(app, caller).await?;
    let (records, signed) = store::audit_standing(&mut tx, caller.organization).await?;
    Ok(AuditStanding { records, signed: signed.map(|s| (s.seq, s.at)), key })
}

/// The number of the record in the customer's trail which says that its letter was granted.
///
/// Errors: 403 for whoever may not have the trail.
pub async fn audit_place(app: &App, caller: &Caller, grant: GrantId) -> Result<Option<i64>> {
    let _: Allowed<ExportAuditTrail> = identity::allow(caller)?;
    let mut tx = app.db.read(caller).await?;
    store::audit_place(&mut tx, caller.organization, grant).await
}

/// The customer's trail after a record, as JSON Lines: the heading, at most 10,000 records, the
/// checkpoints among them, and one made now for the last.
///
/// Errors: 403; 422 for an `after` that is no record of the chain; 503 while keys are away.
pub async fn export_audit_trail(app: &App, caller: &Caller, after: i64) -> Result<String> {
    let _: Allowed<ExportAuditTrail> = identity::allow(caller)?;
    let customer = caller.organization;
    let mut tx = with_calls(app, caller).await?;
    let prev = match after {
        0 => Some(hex::encode(BEGINNING)),
        _ => store::audit_hash_of(&mut tx, customer, after).await?,
    };
    let none = || Invalid::field("after", "No record has this number");
    let prev = prev.ok_or_else(none)?;
    let mut records = store::audit_records(&mut tx, customer, after, MOST_RECORDS + 1).await?;
    let more = records.len() > usize::try_from(MOST_RECORDS).unwrap_or(usize::MAX);
    if more {
        records.pop();
    }
    let last = records.last().map_or(after, |record| record.seq);
    let checkpoints = store::audit_checkpoints(&mut tx, customer, (after + 1, last)).await?;
    let sealed = sealed_words(&mut tx, customer, (after + 1, last)).await?;
    drop(tx);
    open_records(app, customer, (&mut records, sealed)).await?;
    let heading = Heading {
        audit: FORM.to_owned(),
        customer,
        after,
        prev,
        keys: std::collections::BTreeMap::new(),
        more,
    };
    Ok(file(&Signer::of(app)?, app.clock.now(), (heading, records, checkpoints))?)
}

type Parts = (Heading, Vec<Record>, Vec<Checkpoint>);

fn file(signer: &Signer, now: DateTime<Utc>, parts: Parts) -> serde_json::Result<String> {
    let (mut heading, records, mut checkpoints) = parts;
    heading.keys.insert(signer.key.id.clone(), signer.key.public.clone());
    if let Some(last) = records.last() {
        let now = now.trunc_subsecs(6);
        checkpoints.push(signer.sign(heading.customer, last.seq, &last.hash, now));
    }
    let lines = std::iter::once(Line::Heading(heading))
        .chain(records.into_iter().map(Line::Record))
        .chain(checkpoints.into_iter().map(Line::Checkpoint));
    let mut text = String::new();
    for line in lines {
        text.push_str(&serde_json::to_string(&line)?);
        text.push('\n');
    }
    Ok(text)
}

#[derive(Debug, Clone, Copy, Deserialize)]
struct SignHead {
    customer: OrganizationId,
}

/// Signs the head of a customer's chain, keeps the signature, has it sent where the customer wants
/// it, and has the words beside the records sealed.
pub async fn sign_audit_head(app: &App, tx: &mut Tx, job: &Job) -> Result<()> {
    let SignHead { customer } = job.read()?;
    let Some((seq, hash)) = store::take_audit_head(tx, customer).await? else { return Ok(()) };
    let now = app.clock.now().trunc_subsecs(6);
    let signed = Signer::of(app)?.sign(customer, seq, &hash, now);
    store::insert_audit_checkpoint(tx, customer, &signed).await?;
    seal_soon(app, tx, customer).await?;
    super::delivery::send_soon(app, tx, (customer, true)).await
}
