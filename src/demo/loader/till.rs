//! Money: payees give their details and customers pay on the processor's own pages; what follows
//! comes to the running program by signed messages, and is waited for.

use super::cast::Cast;
use super::step::{Named, Step};
use crate::demo::browser::Browser;
use crate::demo::content::Content;
use crate::demo::content::people::VendorRole;
use crate::demo::hosted::{self, Payee};
use anyhow::{Context, Result, bail, ensure};
use api::app::App;
use api::billing::{self, Carried, PayoutStage, RefundWish};
use api::engagements::{self, MilestoneState};
use api::kernel::id::{EngagementId, MilestoneId};
use api::platform::caller::Caller;
use reqwest::Client;
use std::time::Duration;

/// How often a message is looked for, and how many times.
const PAUSE: Duration = Duration::from_millis(100);
const LOOKS: usize = 600;

/// Onboards the vendor, the resellers and every consultant who is paid in a script. Consultants of
/// countries that the processor cannot pay to stay without: their shares wait.
pub async fn onboard_all(
    app: &App,
    content: &Content,
    cast: &Cast,
    (client, step): (&Client, &Step<'_>),
) -> Result<()> {
    let mut payees: Vec<(&Caller, Payee<'_>)> = Vec::new();
    let vendor = &content.program.vendor;
    let own = Payee { legal_name: &vendor.name, country: &vendor.country };
    payees.push((finance(content, cast)?, own));
    for reseller in &content.resellers {
        let owner = reseller.people.first().context("a reseller without people")?;
        let payee = Payee { legal_name: &reseller.name, country: &reseller.country };
        payees.push((cast.caller(&reseller.slug, &owner.email)?, payee));
    }
    let paid = |slug: &str| content.engagements.iter().any(|e| e.consultant == slug && e.pays());
    for consultant in content.consultants.iter().filter(|c| paid(&c.slug)) {
        let owner = consultant.people.first().context("a consultant without people")?;
        let payee = Payee { legal_name: &consultant.name, country: &consultant.country };
        payees.push((cast.caller(&consultant.slug, &owner.email)?, payee));
    }
    for (number, (by, payee)) in payees.iter().enumerate() {
        step.of("payees", number, payees.len());
        let done = onboard(app, client, by, *payee).await;
        if !done.with_context(|| format!("onboard {}", payee.legal_name))? {
            let Payee { legal_name, country } = payee;
            step.tell(&format!("{legal_name} waits: nobody is paid in {country} yet"));
        }
    }
    Ok(())
}

/// Whether the payee is ready now; `false` when the processor cannot pay to its country.
async fn onboard(app: &App, client: &Client, by: &Caller, payee: Payee<'_>) -> Result<bool> {
    let page = match billing::begin_onboarding(app, by).await {
        Err(error) if error.code() == Some("country-not-paid") => return Ok(false),
        begun => begun.told()?,
    };
    hosted::onboard(&mut Browser::new(client.clone()), &page.parse()?, payee).await?;
    for _ in 0..LOOKS {
        if billing::payouts(app, by).await.told()?.stage == PayoutStage::Ready {
            return Ok(true);
        }
        tokio::time::sleep(PAUSE).await;
    }
    bail!("the processor's message about {} did not arrive", payee.legal_name)
}

/// Pays a milestone and waits until it is funded.
pub async fn fund(app: &App, client: &Client, by: &Caller, id: MilestoneId) -> Result<()> {
    let payment = billing::pay_milestone(app, by, id, false).await.told()?;
    let page = payment.checkout_url.context("a payment without a page")?;
    hosted::pay(&mut Browser::new(client.clone()), &page.parse()?, hosted::CARD).await?;
    for _ in 0..LOOKS {
        let mut tx = app.db.read(by).await?;
        let milestone = engagements::milestone(&mut tx, id).await.told()?;
        drop(tx);
        if milestone.state == MilestoneState::Funded {
            return Ok(());
        }
        let planned = milestone.state == MilestoneState::Planned;
        ensure!(planned, "the milestone is {}", milestone.state);
        tokio::time::sleep(PAUSE).await;
    }
    bail!("the processor's message about the payment did not arrive")
}

/// Keeps a card, and lets it pay the weeks of an engagement by the hour.
pub async fn let_card_pay(app: &App, client: &Client, by: &Caller, id: EngagementId) -> Result<()> {
    let page = billing::begin_setup(app, by).await.told()?;
    hosted::keep(&mut Browser::new(client.clone()), &page.parse()?, hosted::CARD).await?;
    for _ in 0..LOOKS {
        let seen = billing::see_mandate(app, by, id).await.told()?;
        if let Some(offer) = seen.offers.first() {
            let agreed = (offer.card.id, offer.words.as_str());
            billing::give_mandate(app, by, id, agreed).await.told()?;
            return Ok(());
        }
        tokio::time::sleep(PAUSE).await;
    }
    bail!("the processor's message about the card did not arrive")
}

/// The vendor's finance sends held money back.
pub async fn refund(
    app: &App,
    (content, cast): (&Content, &Cast),
    id: MilestoneId,
    reason: &str,
) -> Result<()> {
    let by = finance(content, cast)?;
    let wish = RefundWish { amount: None, released: None, reason };
    match billing::refund_milestone_money(app, by, id, wish).await.told()? {
        Carried::Done(_) => Ok(()),
        Carried::Waits(_) => bail!("the demo program sets no limit, and a refund waits"),
    }
}

fn finance<'a>(content: &Content, cast: &'a Cast) -> Result<&'a Caller> {
    let people = &content.program.people;
    let finance = people.iter().find(|p| p.role == VendorRole::Finance);
    let finance = finance.context("the vendor has no finance")?;
    cast.caller(&content.program.vendor.slug, &finance.email)
}
