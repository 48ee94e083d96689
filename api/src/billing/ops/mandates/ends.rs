//! What ends mandates beside the customer's press.

use crate::app::App;
use crate::billing::model::{MandateEnd, MandateEnded, PaymentMethod};
use crate::billing::store;
use crate::engagements::EngagementEnded;
use crate::kernel::id::PersonId;
use crate::platform::db::Tx;
use crate::platform::jobs::event;
use crate::platform::refusal::Result;

/// A card is not kept any more: what it was to pay is paid by hand from now on. The caller holds
/// the lock of the organization's cards.
pub async fn end_with_card(
    app: &App,
    tx: &mut Tx,
    card: &PaymentMethod,
    by: Option<PersonId>,
) -> Result<()> {
    let mut pays = store::weeks_paid_by(tx, card.organization).await?;
    pays.retain(|(method, _)| *method == card.id);
    if pays.is_empty() {
        return Ok(());
    }
    store::end_mandates_of_card(tx, card.id, (by, app.clock.now())).await?;
    for (_, of) in pays {
        let fact = MandateEnded {
            customer: card.organization,
            engagement: of.engagement,
            label: of.label,
            card: card.label(),
            because: MandateEnd::CardRemoved,
        };
        event::state(tx, &app.ids, by, &fact).await?;
    }
    Ok(())
}

/// Reaction: work that is over has no more weeks.
pub async fn end_with_work(app: &App, tx: &mut Tx, fact: &EngagementEnded) -> Result<()> {
    let end = (MandateEnd::EngagementEnded, None, app.clock.now());
    store::end_mandate(tx, fact.of.engagement, end).await
}
