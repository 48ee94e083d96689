//! Mandates: a customer lets a kept card pay the weeks of its hours, sees that, and stops it.
//!
//! Rows are locked in one order: the engagement, the organization's cards, the mandate.

mod ends;
mod run;

pub use ends::{end_with_card, end_with_work};
pub use run::{WeekCharge, charge_week};

use super::charge::none_to_charge;
use crate::app::App;
use crate::billing::BillingError;
use crate::billing::model::{
    Mandate, MandateEnd, MandateEnded, MandateGiven, MandateOffer, PaymentMethod, SeenMandate,
    label, mandate_words, to_charge, today,
};
use crate::billing::policy::LetCardPay;
use crate::billing::store;
use crate::engagements::{self, Engagement, EngagementError};
use crate::identity::{Allowed, allow};
use crate::kernel::id::{EngagementId, PaymentMethodId};
use crate::kernel::money::Money;
use crate::platform::caller::Caller;
use crate::platform::db::Tx;
use crate::platform::jobs::event;
use crate::platform::refusal::{Common, Result};

/// How the weeks of an engagement are paid, and what may be agreed to.
#[derive(Debug, Clone)]
pub struct MandateView {
    /// The one that holds, else the one that ended last.
    pub seen: Option<SeenMandate>,
    /// Kept cards that may be chosen, the default first; none once the engagement is over.
    pub offers: Vec<MandateOffer>,
    pub most: Money,
}

/// How the weeks of an engagement are paid.
///
/// Errors: `not-permitted`; 404 unless the engagement is the caller's as a customer, and by the
/// hour.
pub async fn see_mandate(app: &App, caller: &Caller, id: EngagementId) -> Result<MandateView> {
    allow::<LetCardPay>(caller)?;
    let mut tx = app.db.read(caller).await?;
    let of = engagements::engagement(&mut tx, id).await?;
    let hourly = own(caller, &of)?.hourly.ok_or(Common::NotFound("mandate"))?;
    let mut kept = store::kept_methods(&mut tx, of.customer).await?;
    let latest = store::latest_mandate(&mut tx, id).await?;
    let seen = match latest {
        Some(mandate) => Some(with_card(app, &mut tx, mandate, &kept).await?),
        None => None,
    };
    let today = today(app.clock.now());
    kept.retain(|card| !card.is_over(today) && !of.state.is_over());
    kept.sort_by_key(|card| !card.is_default);
    let offer = |card: PaymentMethod| {
        let (words, _) = mandate_words(&card, &of)?;
        Some(MandateOffer { card, words })
    };
    let offers = kept.into_iter().filter_map(offer).collect();
    Ok(MandateView { seen, offers, most: hourly.most_a_week() })
}

async fn with_card(
    app: &App,
    tx: &mut Tx,
    mandate: Mandate,
    kept: &[PaymentMethod],
) -> Result<SeenMandate> {
    let known = kept.iter().find(|card| card.id == mandate.method).cloned();
    let card = match known {
        Some(card) => card,
        None => store::method(tx, mandate.method).await?,
    };
    let mut names = store::person_names(tx, &[mandate.given_by]).await?;
    let given_by = names.remove(&mandate.given_by).unwrap_or_default();
    let standing = mandate.standing(&card, today(app.clock.now()));
    Ok(SeenMandate { mandate, card, given_by, standing })
}

/// Lets a kept card pay the weeks that lock from now on. `words` are those that were read. One of
/// another card ends with it; given twice, it is one.
///
/// Errors: as [`see_mandate`]; `not-hourly`, `engagement-over`; `method-over`, 404 for a card that
/// the organization does not keep; `mandate-words-differ`.
pub async fn give_mandate(
    app: &App,
    caller: &Caller,
    id: EngagementId,
    (method, words): (PaymentMethodId, &str),
) -> Result<Mandate> {
    let allowed = allow::<LetCardPay>(caller)?;
    let mut tx = app.db.write(caller).await?;
    let of = engagements::lock_engagement(&mut tx, id).await?;
    if own(caller, &of)?.state.is_over() {
        return Err(EngagementError::Over(of.state).into());
    }
    store::lock_customer(&mut tx, of.customer).await?;
    let kept = store::kept_methods(&mut tx, of.customer).await?;
    let now = app.clock.now();
    let card = to_charge(&kept, Some(method), today(now)).map_err(none_to_charge)?;
    let (agreed, most) = mandate_words(card, &of).ok_or(EngagementError::NotHourly)?;
    if agreed != words {
        return Err(BillingError::MandateWordsDiffer.into());
    }
    if let Some(earlier) = store::lock_mandate(&mut tx, id).await? {
        if earlier.method == method {
            return Ok(earlier);
        }
        let end = (MandateEnd::Replaced, Some(allowed.person), now);
        store::end_mandate(&mut tx, id, end).await?;
    }
    let mandate = Mandate {
        id: app.ids.next(),
        engagement: id,
        customer: of.customer,
        method,
        words: agreed,
        most,
        given_by: allowed.person,
        given_at: now,
        ended: None,
    };
    store::insert_mandate(&mut tx, &mandate).await?;
    let fact = MandateGiven {
        customer: of.customer,
        engagement: id,
        label: label(of.number, &of.title),
        card: card.label(),
        most,
    };
    event::state(&mut tx, &app.ids, Some(allowed.person), &fact).await?;
    tx.commit().await?;
    Ok(mandate)
}

/// No week that locks from now on is charged by itself. A charge that has begun is concluded.
///
/// Errors: as [`see_mandate`]; 404 when none holds.
pub async fn stop_mandate(app: &App, caller: &Caller, id: EngagementId) -> Result<()> {
    let allowed = allow::<LetCardPay>(caller)?;
    let mut tx = app.db.write(caller).await?;
    let of = engagements::lock_engagement(&mut tx, id).await?;
    own(caller, &of)?;
    let mandate = store::lock_mandate(&mut tx, id).await?;
    let mandate = mandate.ok_or(Common::NotFound("mandate"))?;
    stop(app, &mut tx, (&allowed, &of), &mandate).await?;
    tx.commit().await
}

async fn stop(
    app: &App,
    tx: &mut Tx,
    (allowed, of): (&Allowed<LetCardPay>, &Engagement),
    mandate: &Mandate,
) -> Result<()> {
    let by = Some(allowed.person);
    let end = (MandateEnd::Stopped, by, app.clock.now());
    store::end_mandate(tx, of.id, end).await?;
    let fact = MandateEnded {
        customer: of.customer,
        engagement: of.id,
        label: label(of.number, &of.title),
        card: store::method(tx, mandate.method).await?.label(),
        because: MandateEnd::Stopped,
    };
    event::state(tx, &app.ids, by, &fact).await
}

/// Errors with 404 unless the engagement is the caller's as a customer.
fn own<'a>(caller: &Caller, of: &'a Engagement) -> Result<&'a Engagement, Common> {
    if of.customer == caller.organization { Ok(of) } else { Err(Common::NotFound("engagement")) }
}
