//! Movements that no journal knows: news of them was lost, or what was restored is older than they.
//!
//! The object behind one is read at Stripe. Where it bears our marks, and what it is of is here, it
//! is written down the way news would have been; everything else is left to a person.

use super::matching::Matched;
use crate::app::App;
use crate::billing::model::{AtStripe, Booked};
use crate::billing::ops::{calls, capture, disputes, settle};
use crate::billing::store::{self as rows, reconciling as store};
use crate::kernel::id::{PaymentId, VendorId};
use crate::outside::payments::{CallError, Tags};
use crate::platform::db::Scope;
use crate::platform::refusal::{Error, Result};
use chrono::TimeDelta;
use serde_json::Value;

/// The most objects that one run reads.
const MOST: usize = 100;

/// So old is a movement whose news is late.
const LATE: TimeDelta = TimeDelta::minutes(2);

/// After so long an object is read again.
const AGAIN: TimeDelta = TimeDelta::hours(6);

/// A checkout is paid so long after it was made at most.
const CHECKOUT_LASTS: i64 = 25 * 3600;

/// Looks for what the books lack, and books what is ours beyond doubt; notes whose the rest is,
/// where that can be told. `false` when there was nothing to look for.
pub async fn find(app: &App, matched: &Matched) -> Result<bool> {
    let now = app.clock.now();
    let due = |movement: &&AtStripe| {
        let again = movement.looked_up_at.is_none_or(|at| at + AGAIN <= now);
        movement.happened_at + LATE <= now && again
    };
    let due: Vec<&AtStripe> = matched.open.iter().filter(due).take(MOST).collect();
    let mut programs = Vec::new();
    for movement in &due {
        let done = match matched.booked.get(&movement.id) {
            Some(of) => follow(app, movement, of).await,
            None => look_up(app, movement).await,
        };
        match done {
            Ok(Some(program)) => programs.push((movement.id.clone(), program)),
            Ok(None) => {}
            Err(Error::Unavailable(_)) => break,
            Err(error) => {
                tracing::warn!(movement = movement.id, %error, "a movement could not be booked");
            }
        }
    }
    let ids: Vec<&str> = due.iter().map(|movement| movement.id.as_str()).collect();
    let mut tx = app.db.write(VendorId::OPERATOR).await?;
    store::looked_up(&mut tx, &ids, now).await?;
    if !programs.is_empty() {
        store::set_programs(&mut tx, &programs).await?;
    }
    tx.commit().await?;
    Ok(!due.is_empty())
}

/// What is booked is not all of it: the fee may lack.
async fn follow(app: &App, movement: &AtStripe, booked: &Booked) -> Result<Option<VendorId>> {
    let (Some(vendor), Some(milestone)) = (movement.program, booked.milestone) else {
        return Ok(None);
    };
    if let Some(source) = movement.source.clone() {
        let transaction = movement.id.clone();
        let job = settle::SettleJob { transaction, source, milestone, look: 0 };
        settle::settle_transaction(app, vendor, job).await?;
    }
    Ok(None)
}

/// Reads the object behind a movement and has it written down; answers whose it is.
async fn look_up(app: &App, movement: &AtStripe) -> Result<Option<VendorId>> {
    let Some(source) = movement.source.as_deref() else { return Ok(None) };
    match source.split('_').next() {
        Some("ch" | "py") => charge(app, source).await,
        Some("tr") => match app.payments.transfer(source).await {
            Ok(read) => made(app, &read.object.metadata, read.raw).await,
            Err(error) => unread(error),
        },
        Some("re" | "pyr") => match app.payments.refund(source).await {
            Ok(read) => made(app, &read.object.metadata, read.raw).await,
            Err(error) => unread(error),
        },
        Some("dp" | "du") => dispute(app, source).await,
        _ => Ok(None),
    }
}

/// An object that is not there is nobody's; one that cannot be read now is read another time.
fn unread(error: CallError) -> Result<Option<VendorId>> {
    match error {
        CallError::Refused { .. } => Ok(None),
        other => Err(calls::not_read("an object of a movement", other)),
    }
}

/// The program that an object's marks name, if there is such a program.
async fn marked(app: &App, tags: &Tags) -> Result<Option<VendorId>> {
    let Some(vendor) = tags.get("attache_vendor").and_then(|id| VendorId::parse(id)) else {
        return Ok(None);
    };
    let mut tx = app.db.read(Scope::GLOBAL).await?;
    Ok(rows::knows_vendor(&mut tx, vendor).await?.then_some(vendor))
}

/// A refund or a transfer: made by a call of ours, or by somebody else.
async fn made(app: &App, tags: &Tags, object: Value) -> Result<Option<VendorId>> {
    let Some(program) = marked(app, tags).await? else { return Ok(None) };
    if let Some(call) = calls::call_of(tags) {
        here(calls::found(app, program, call, object).await)?;
    }
    Ok(Some(program))
}

async fn charge(app: &App, source: &str) -> Result<Option<VendorId>> {
    let read = match app.payments.charge(source).await {
        Ok(read) => read.object,
        Err(error) => return unread(error),
    };
    let Some((program, payment)) = payment_of(app, source, &read.metadata).await? else {
        return Ok(None);
    };
    if let Some(payment) = payment {
        let session = checkout_of(app, (program, payment), read.created).await?;
        let intent = read.payment_intent.as_ref().map(|intent| intent.id());
        let named = session.as_deref().or(intent);
        here(capture::sync_payment(app, program, payment, named).await)?;
    }
    Ok(Some(program))
}

/// Whose payment a charge is of, by its id or its marks.
async fn payment_of(
    app: &App,
    charge: &str,
    tags: &Tags,
) -> Result<Option<(VendorId, Option<PaymentId>)>> {
    let mut tx = app.db.read(Scope::GLOBAL).await?;
    if let Some((vendor, payment)) = rows::subject_of(&mut tx, charge).await? {
        return Ok(Some((vendor, Some(PaymentId(payment)))));
    }
    drop(tx);
    let Some(vendor) = marked(app, tags).await? else { return Ok(None) };
    let payment = tags.get("attache_payment").and_then(|id| PaymentId::parse(id));
    Ok(Some((vendor, payment)))
}

/// The page on which a payment was paid, where its answer never came.
async fn checkout_of(
    app: &App,
    (vendor, id): (VendorId, PaymentId),
    charged: i64,
) -> Result<Option<String>> {
    let mut tx = app.db.read(vendor).await?;
    let known = match rows::payment(&mut tx, id).await {
        Ok(payment) => payment.checkout_session.is_some(),
        Err(error) if error.code() == Some("not-found") => true,
        Err(error) => return Err(error),
    };
    drop(tx);
    if known {
        return Ok(None);
    }
    let pages = app.payments.checkouts_since(charged - CHECKOUT_LASTS).await;
    let pages = pages.map_err(|error| calls::not_read("the list of checkouts", error))?;
    let mark = id.to_string();
    let own =
        pages.into_iter().find(|page| page.object.metadata.get("attache_payment") == Some(&mark));
    Ok(own.map(|page| page.object.id))
}

async fn dispute(app: &App, source: &str) -> Result<Option<VendorId>> {
    let read = match app.payments.dispute(source).await {
        Ok(read) => read.object,
        Err(error) => return unread(error),
    };
    let charge = read.charge.id();
    let tags = match app.payments.charge(charge).await {
        Ok(read) => read.object.metadata,
        Err(error) => return unread(error),
    };
    let Some((program, payment)) = payment_of(app, charge, &tags).await? else { return Ok(None) };
    if let Some(payment) = payment {
        here(disputes::sync_dispute(app, program, payment, source).await)?;
    }
    Ok(Some(program))
}

/// What it is of may not be here: it is older than what was restored.
fn here(done: Result<()>) -> Result<()> {
    match done {
        Err(error) if error.code() == Some("not-found") => Ok(()),
        other => other,
    }
}
