//! Whether partners can be paid, as the program's people see it, and asking one to set payouts up.
//! What a partner gives to the processor, only that asks for.

use super::Payouts;
use crate::app::App;
use crate::billing::model::{PayoutAccount, PayoutStage, PayoutsWanted};
use crate::billing::policy::AskForPayouts;
use crate::billing::store;
use crate::identity::allow;
use crate::kernel::id::OrganizationId;
use crate::platform::caller::Caller;
use crate::platform::db::Tx;
use crate::platform::jobs::event;
use crate::platform::refusal::{Common, Result};
use crate::program;
use std::collections::HashMap;

/// How far each of these partners is from being paid. Errors: `not-permitted`.
pub async fn payout_stages(
    app: &App,
    caller: &Caller,
    partners: &[OrganizationId],
) -> Result<HashMap<OrganizationId, PayoutStage>> {
    allow::<AskForPayouts>(caller)?;
    let mut tx = app.db.read(caller).await?;
    let accounts = store::payout_accounts(&mut tx, partners).await?;
    let begun: HashMap<OrganizationId, PayoutStage> =
        accounts.iter().map(|account| (account.organization, account.stage())).collect();
    let stage =
        |id: &OrganizationId| (*id, begun.get(id).copied().unwrap_or(PayoutStage::NotStarted));
    Ok(partners.iter().map(stage).collect())
}

/// Whether a partner can be paid, and what is missing. Errors: 404; `not-permitted`.
pub async fn partner_payouts(
    app: &App,
    caller: &Caller,
    partner: OrganizationId,
) -> Result<Payouts> {
    allow::<AskForPayouts>(caller)?;
    let mut tx = app.db.read(caller).await?;
    is_partner(&mut tx, partner).await?;
    Ok(Payouts::of(store::payout_account(&mut tx, partner).await?))
}

/// Asks a partner's leads to set payouts up or to go on, by mail and on their page, with a link
/// that leads to the processor each time anew. One that can be paid is not asked.
///
/// Errors: 404; `not-permitted`.
pub async fn ask_for_payouts(
    app: &App,
    caller: &Caller,
    partner: OrganizationId,
) -> Result<Payouts> {
    let by = allow::<AskForPayouts>(caller)?.person;
    let mut tx = app.db.write(caller).await?;
    is_partner(&mut tx, partner).await?;
    let account = store::payout_account(&mut tx, partner).await?;
    if account.as_ref().map(PayoutAccount::stage) != Some(PayoutStage::Ready) {
        let program = program::settings(&mut tx).await?.name;
        let fact = PayoutsWanted { organization: partner, program };
        event::state(&mut tx, &app.ids, Some(by), &fact).await?;
        tx.commit().await?;
    }
    Ok(Payouts::of(account))
}

async fn is_partner(tx: &mut Tx, organization: OrganizationId) -> Result<()> {
    let enrolled = program::enrollment(tx, organization).await?;
    enrolled.map(drop).ok_or_else(|| Common::NotFound("partner").into())
}
