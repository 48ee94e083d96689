//! What anyone may ask with nothing but an address: answered the same way and at the same cost
//! whether or not it has an account, since the address is looked up afterwards, by a job.

use super::links;
use crate::app::App;
use crate::identity::model::{LinkPurpose, SignUpFacts};
use crate::identity::store;
use crate::kernel::id::{PersonId, VendorId};
use crate::outside::mail::{self, Mail};
use crate::platform::db::Tx;
use crate::platform::jobs::{self, Job, NewJob};
use crate::platform::refusal::{Error, Result};
use serde::{Deserialize, Serialize};

/// The kind of job that answers by mail. Its facts are emptied once it is done.
pub const ASKED: &str = "account-mail";

/// What was asked.
#[derive(Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum Asked {
    SignUp { email: String, facts: SignUpFacts },
    Reset { email: String },
    ChangeEmail { person: PersonId, email: String },
}

/// Leaves the answer to a job of the vendor.
pub async fn ask(app: &App, tx: &mut Tx, vendor: VendorId, asked: &Asked) -> Result<()> {
    let job = NewJob::new(ASKED, asked)?.for_vendor(vendor);
    jobs::enqueue(tx, &app.ids, job).await
}

/// The job: looks the address up, writes the link and the mail, in the vendor's transaction.
pub async fn answer_asked(app: &App, tx: &mut Tx, job: &Job) -> Result<()> {
    let mail = match job.read()? {
        Asked::SignUp { email, facts } => Some(sign_up(app, tx, &email, &facts).await?),
        Asked::Reset { email } => reset(app, tx, &email).await?,
        Asked::ChangeEmail { person, email } => change_email(app, tx, person, &email).await?,
    };
    match mail {
        Some(mail) => mail::enqueue(tx, &app.ids, &[mail]).await,
        None => Ok(()),
    }
}

async fn sign_up(app: &App, tx: &mut Tx, email: &str, facts: &SignUpFacts) -> Result<Mail> {
    let vendor = tx.vendor()?;
    let post = links::post(app, tx, vendor).await?;
    if let Some(person) = store::person_by_email(tx, email).await? {
        return Ok(post.known(&person));
    }
    let secret = links::write_link(app, tx, LinkPurpose::SignUp, (None, email), facts).await?;
    Ok(post.sign_up((&facts.name, email), &facts.organization.name, &secret))
}

/// Nothing is sent to an address without an account: nobody there waits for it.
async fn reset(app: &App, tx: &mut Tx, email: &str) -> Result<Option<Mail>> {
    let Some(person) = store::person_by_email(tx, email).await? else { return Ok(None) };
    let vendor = tx.vendor()?;
    let to = (Some(person.id), email);
    let nothing = serde_json::json!({});
    let secret = links::write_link(app, tx, LinkPurpose::Reset, to, &nothing).await?;
    Ok(Some(links::post(app, tx, vendor).await?.reset(&person, &secret)))
}

async fn change_email(
    app: &App,
    tx: &mut Tx,
    person: PersonId,
    email: &str,
) -> Result<Option<Mail>> {
    let vendor = tx.vendor()?;
    let post = links::post(app, tx, vendor).await?;
    if let Some(owner) = store::person_by_email(tx, email).await? {
        return Ok(Some(post.known(&owner)));
    }
    let asker = store::person(tx, person).await?;
    let asker = asker.ok_or_else(|| Error::fault("nobody asked for this address"))?;
    let to = (Some(person), email);
    let nothing = serde_json::json!({});
    let secret = links::write_link(app, tx, LinkPurpose::ChangeEmail, to, &nothing).await?;
    Ok(Some(post.change_email(&asker, email, &secret)))
}
