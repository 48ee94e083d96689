//! Pages that others host, filled in as the person who is sent there fills them in: the payment
//! processor's and the marketing application's. The program never sees what is typed there; it
//! learns of it by a signed webhook or by the address that the person is sent back to.

use super::browser::{Browser, Page};
use anyhow::{Context, Result, bail, ensure};
use url::Url;

/// A card that pays.
pub const CARD: &str = "4242 4242 4242 4242";
/// A card that its bank declines.
pub const DECLINED_CARD: &str = "4000 0000 0000 0002";

/// Who is to be paid, as typed on the onboarding page.
#[derive(Debug, Clone, Copy)]
pub struct Payee<'a> {
    pub legal_name: &'a str,
    /// ISO 3166-1, two letters.
    pub country: &'a str,
}

/// Gives the payment processor a payee's details.
///
/// # Errors
/// Says what the page answered when it did not take them.
pub async fn onboard(browser: &mut Browser, link: &Url, payee: Payee<'_>) -> Result<()> {
    let page = browser.open(link).await?;
    let form = page.form(link.path())?;
    let form = match form.value("country") {
        Some(_) => form,
        None => form.set("country", payee.country),
    };
    let form = form.set("legal_name", payee.legal_name).set("bank_last4", "6789");
    let done = browser.send(&form).await?;
    ensure!(done.status == 200, "the details were not taken: {}", done.shown());
    Ok(())
}

/// Pays at the payment processor's page.
///
/// # Errors
/// Says what the page answered when the card was not charged.
pub async fn pay(browser: &mut Browser, link: &Url, card: &str) -> Result<()> {
    let page = browser.open(link).await?;
    let form = page.form(link.path())?.set("card_number", card);
    let done = browser.send(&form).await?;
    ensure!(done.status == 200, "it was not paid: {}", done.shown());
    Ok(())
}

/// Keeps a card at the payment processor's page, with its bank's yes.
///
/// # Errors
/// Says what the page answered when the card was not kept.
pub async fn keep(browser: &mut Browser, link: &Url, card: &str) -> Result<()> {
    let page = browser.open(link).await?;
    let form = page.form(link.path())?.set("card_number", card);
    let asked = browser.send(&form).await?;
    let bank = format!("{}/bank", link.path());
    let done = match asked.form(&bank) {
        Ok(form) => browser.send(&form.set("answer", "yes")).await?,
        // This bank asks nothing.
        Err(_) => asked,
    };
    ensure!(done.status == 200, "the card was not kept: {}", done.shown());
    Ok(())
}

/// Who signs in at the marketing application.
#[derive(Debug, Clone, Copy)]
pub struct Member<'a> {
    pub email: &'a str,
    pub password: &'a str,
}

/// Signs in at the marketing application, allows what is asked there, and follows the way back.
/// Of several accounts the first is opened. Answers with the page at which the way ends.
///
/// # Errors
/// The sign-in or the consent was not taken.
pub async fn allow(browser: &mut Browser, link: &Url, member: Member<'_>) -> Result<Page> {
    let mut page = browser.open(link).await?;
    if page.url.path() == "/sign-in" {
        let form = page.form("/sign-in")?.set("email", member.email);
        page = browser.send(&form.set("password", member.password)).await?;
    }
    let form = page.form("/oauth/authorize").context("the consent page did not come")?;
    let back = browser.send(&form.set("decision", "allow")).await?;
    if back.url.origin() == link.origin() {
        bail!("the marketing application did not lead back: {}", back.shown());
    }
    Ok(back)
}
