//! What is learnt of a kept card: that it is there, renewed, gone, or ends soon.

use super::next_default;
use crate::app::App;
use crate::billing::model::{MethodEnds, MethodState, PaymentMethod};
use crate::billing::ops::calls;
use crate::billing::ops::mandates::end_with_card;
use crate::billing::store;
use crate::kernel::id::{OrganizationId, PaymentMethodId, PersonId, VendorId};
use crate::outside::payments::Method;
use crate::platform::db::Tx;
use crate::platform::jobs::{NewJob, enqueue, event};
use crate::platform::refusal::Result;
use chrono::NaiveTime;
use serde::{Deserialize, Serialize};

/// The kind of job that tells a holder that a card ends.
pub const KEEP_WARN_JOB: &str = "warn-of-card";

#[derive(Serialize, Deserialize)]
pub struct WarnJob {
    pub method: PaymentMethodId,
    year: i32,
    month: i32,
}

/// Keeps a card that the processor attached to an organization, with what may be shown of it; the
/// first is the default. One that is nobody's there is not kept here.
pub async fn keep_method(
    app: &App,
    tx: &mut Tx,
    (organization, by): (OrganizationId, PersonId),
    seen: &Method,
) -> Result<()> {
    let Some(card) = seen.card.as_ref().filter(|_| seen.customer.is_some()) else {
        return Ok(());
    };
    store::lock_customer(tx, organization).await?;
    let kept = store::kept_methods(tx, organization).await?;
    let method = PaymentMethod {
        id: app.ids.next(),
        organization,
        stripe_method: seen.id.clone(),
        brand: card.brand.clone(),
        last4: card.last4.clone(),
        expires_month: card.exp_month,
        expires_year: card.exp_year,
        state: MethodState::Kept,
        is_default: !kept.iter().any(|method| method.is_default),
        saved_by: by,
        saved_at: app.clock.now(),
        warned_at: None,
    };
    if store::insert_method(tx, &method).await? {
        store::keep_object(tx, &seen.id, method.id.0).await?;
        warn_later(app, tx, &method).await?;
    }
    Ok(())
}

async fn warn_later(app: &App, tx: &mut Tx, method: &PaymentMethod) -> Result<()> {
    let (year, month) = (method.expires_year, method.expires_month);
    let at = method.warned_on().and_time(NaiveTime::MIN).and_utc();
    let job = WarnJob { method: method.id, year, month };
    let job = NewJob::new(KEEP_WARN_JOB, &job)?.for_vendor(tx.vendor()?).at(at);
    enqueue(tx, &app.ids, job.once(format!("{KEEP_WARN_JOB}:{}:{year}-{month}", method.id))).await
}

/// Job: tells a holder, once, that a card ends; one that was removed or renewed is left alone.
pub async fn warn_of_end(app: &App, tx: &mut Tx, job: &WarnJob) -> Result<()> {
    let method = store::lock_method(tx, job.method).await?;
    let same = (method.expires_year, method.expires_month) == (job.year, job.month);
    if method.state != MethodState::Kept || method.warned_at.is_some() || !same {
        return Ok(());
    }
    store::set_warned(tx, method.id, app.clock.now()).await?;
    let pays = store::weeks_paid_by(tx, method.organization).await?;
    let pays = pays.into_iter().filter(|(card, _)| *card == method.id);
    let pays: Vec<String> = pays.map(|(_, of)| of.label).collect();
    let fact = MethodEnds {
        organization: method.organization,
        saved_by: method.saved_by,
        card: method.label(),
        last_month: method.last_month(),
        is_default: method.is_default,
        pays: (!pays.is_empty()).then(|| pays.join("; ")),
    };
    event::state(tx, &app.ids, None, &fact).await
}

/// Reads a kept card at the processor and writes down what changed: its bank renewed it, or it was
/// taken away there.
pub async fn sync_method(app: &App, vendor: VendorId, id: PaymentMethodId) -> Result<()> {
    let mut tx = app.db.write(vendor).await?;
    let known = store::lock_method(&mut tx, id).await?;
    drop(tx);
    let seen = app.payments.method(&known.stripe_method).await;
    let seen = seen.map_err(|error| calls::not_read("a payment method", error))?.object;
    let mut tx = app.db.write(vendor).await?;
    store::lock_customer(&mut tx, known.organization).await?;
    let mut method = store::lock_method(&mut tx, id).await?;
    if method.state == MethodState::Removed {
        return Ok(());
    }
    if seen.customer.is_none() {
        end_with_card(app, &mut tx, &method, None).await?;
        store::set_removed(&mut tx, id, None, app.clock.now()).await?;
        next_default(&mut tx, &method).await?;
        return tx.commit().await;
    }
    let Some(card) = seen.card else { return Ok(()) };
    let renewed = (card.exp_year, card.exp_month);
    if renewed != (method.expires_year, method.expires_month) {
        (method.expires_year, method.expires_month) = renewed;
        store::set_last_month(&mut tx, id, renewed).await?;
        warn_later(app, &mut tx, &method).await?;
    }
    tx.commit().await
}
