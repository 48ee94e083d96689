//! The words of a customer's trail under a key of that customer: sealed by a job, opened for the
//! customer's own file, unreadable for good once the key is shredded.
//!
//! The database writes records and words in one transaction with what they are about, and has no
//! key. So words stand in the clear until the job that follows the hourly signature.

use crate::access::audit::Record;
use crate::access::store::{self, Open, TrailKey};
use crate::access::vault::{Place, Vault};
use crate::app::App;
use crate::kernel::id::{AuditKeyId, OrganizationId, VendorId};
use crate::outside::keys::DataKey;
use crate::platform::db::{Db, Scope, Tx};
use crate::platform::jobs::{Job, NewJob, enqueue};
use crate::platform::refusal::{Error, Result};
use crate::platform::seal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// The kind of job that seals.
pub const SEAL_JOB: &str = "seal-trail";

/// Most words that one run seals.
const BATCH: usize = 500;
/// Bytes of a salt.
const SALT: usize = 16;

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct SealTrail {
    customer: OrganizationId,
}

/// Writes the job that seals what is not sealed yet.
pub(super) async fn seal_soon(app: &App, tx: &mut Tx, customer: OrganizationId) -> Result<()> {
    let job = NewJob::new(SEAL_JOB, &SealTrail { customer })?.for_vendor(tx.vendor()?);
    enqueue(tx, &app.ids, job).await
}

/// Seals the next words of a customer, and goes on while there may be more. The keys may be a
/// server's, so no transaction is open while they are asked for.
pub async fn seal_trail(app: &App, job: &Job) -> Result<()> {
    let SealTrail { customer } = job.read()?;
    let vendor = job.vendor.ok_or_else(|| Error::fault("a customer belongs to a vendor"))?;
    let mut tx = app.db.read(vendor).await?;
    let keys = store::trail_keys(&mut tx, customer).await?;
    let sealed_to = keys.iter().map(|key| key.sealed_to).max().unwrap_or(0);
    let most = i64::try_from(BATCH).unwrap_or(i64::MAX);
    let open = store::open_words(&mut tx, customer, (sealed_to, most)).await?;
    drop(tx);
    if open.is_empty() {
        return Ok(());
    }
    let (id, key) = match keys.first() {
        Some(latest) => (latest.id, unwrap(app, customer, latest).await?),
        None => new_key(app, (vendor, customer)).await?,
    };
    let vault = Vault::of(app);
    let mut sealed = Vec::with_capacity(open.len());
    for Open { seq, salt, words } in &open {
        let plain = Zeroizing::new([salt.as_slice(), words.as_bytes()].concat());
        let place = Place::Words { customer, seq: *seq };
        sealed.push((*seq, vault.seal_under(&key, place, &plain)?));
    }
    let mut tx = app.db.write(vendor).await?;
    store::seal_words(&mut tx, (customer, id), &sealed).await?;
    if open.len() == BATCH {
        seal_soon(app, &mut tx, customer).await?;
    }
    tx.commit().await
}

async fn new_key(
    app: &App,
    (vendor, customer): (VendorId, OrganizationId),
) -> Result<(AuditKeyId, DataKey)> {
    let id: AuditKeyId = app.ids.next();
    let (key, wrapped) = Vault::of(app).new_key(Place::Trail { customer, key: id }).await?;
    let mut tx = app.db.write(vendor).await?;
    store::insert_trail_key(&mut tx, customer, (id, &wrapped)).await?;
    tx.commit().await?;
    Ok((id, key))
}

async fn unwrap(app: &App, customer: OrganizationId, of: &TrailKey) -> Result<DataKey> {
    Vault::of(app).key(Place::Trail { customer, key: of.id }, &of.wrapped).await
}

/// What is needed to open the words of some records.
pub(super) struct SealedWords {
    keys: Vec<TrailKey>,
    bytes: BTreeMap<i64, (AuditKeyId, Vec<u8>)>,
}

/// Reads sealed words of these records, and the customer's keys.
pub(super) async fn sealed_words(
    tx: &mut Tx,
    customer: OrganizationId,
    span: (i64, i64),
) -> Result<SealedWords> {
    let bytes = store::sealed_words(tx, customer, span).await?;
    let keys = match bytes.is_empty() {
        true => Vec::new(),
        false => store::trail_keys(tx, customer).await?,
    };
    Ok(SealedWords { keys, bytes })
}

/// Puts salts and words back into their records; those whose key was shredded stay without. No
/// transaction is open.
///
/// Errors: 503 while the keys are away; a fault where bytes were changed or moved.
pub(super) async fn open_records(
    app: &App,
    customer: OrganizationId,
    (records, sealed): (&mut [Record], SealedWords),
) -> Result<()> {
    let mut keys = BTreeMap::new();
    for key in &sealed.keys {
        keys.insert(key.id, unwrap(app, customer, key).await?);
    }
    for record in records {
        let Some((id, bytes)) = sealed.bytes.get(&record.seq) else { continue };
        let Some(key) = keys.get(id) else { continue };
        let place = Place::Words { customer, seq: record.seq };
        let plain = Vault::open_under(key, place, bytes)?;
        let parts = plain.split_at_checked(SALT).ok_or_else(seal::does_not_open)?;
        let words = std::str::from_utf8(parts.1).map_err(|_| seal::does_not_open())?;
        record.salt = Some(hex::encode(parts.0));
        record.words = Some(words.to_owned());
    }
    Ok(())
}

/// Shreds the keys of a customer's trail in every program: the words that they sealed cannot be
/// read any more, by nobody, and the chain still holds. Answers how many keys there were; `None`
/// where no program has such a customer.
pub async fn forget_trail(db: &Db, customer: OrganizationId) -> Result<Option<usize>> {
    let mut tx = db.read(Scope::GLOBAL).await?;
    let programs = store::programs(&mut tx).await?;
    drop(tx);
    let mut shredded = None;
    for program in programs {
        let mut tx = db.write(program).await?;
        if store::is_customer(&mut tx, customer).await? {
            let keys = store::shred_trail_keys(&mut tx, customer).await?;
            shredded = Some(shredded.unwrap_or(0) + keys);
        }
        tx.commit().await?;
    }
    Ok(shredded)
}
