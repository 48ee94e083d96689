//! Writing, looking at and spending the links of mails.

use crate::app::App;
use crate::identity::letters::Post;
use crate::identity::model::{Link, LinkPurpose};
use crate::identity::{IdentityError, store};
use crate::kernel::id::{PersonId, VendorId};
use crate::platform::db::{Scope, Tx};
use crate::platform::http::credential::Secret;
use crate::platform::refusal::{Error, Result};
use serde::Serialize;

/// Keeps a new link in the transaction of its vendor and answers its secret, which only its mail
/// may carry. `person` belongs to resets and changes of address.
pub async fn write_link(
    app: &App,
    tx: &mut Tx,
    purpose: LinkPurpose,
    to: (Option<PersonId>, &str),
    facts: &impl Serialize,
) -> Result<String> {
    let (person, email) = to;
    let secret = hex::encode(app.ids.secret());
    let row = store::NewLinkRow {
        id: app.ids.next(),
        token_hash: Secret::new(secret.clone()).hash(),
        purpose,
        person,
        vendor: tx.vendor()?,
        email: email.to_owned(),
        facts: serde_json::to_value(facts)?,
    };
    store::insert_link(tx, row).await?;
    Ok(secret)
}

/// What stands behind a link that still works, without spending it.
///
/// Errors: `no-such-link`.
pub async fn look(app: &App, secret: &str, purpose: LinkPurpose) -> Result<Link> {
    let mut tx = app.db.read(Scope::GLOBAL).await?;
    let hash = Secret::new(secret.to_owned()).hash();
    let link = store::link(&mut tx, &hash, purpose).await?;
    Ok(link.ok_or(IdentityError::NoSuchLink)?)
}

/// Spends a link: of any number of tries one succeeds, when its transaction is committed.
///
/// Errors: `no-such-link`.
pub async fn spend(tx: &mut Tx, secret: &str, purpose: LinkPurpose) -> Result<Link> {
    let hash = Secret::new(secret.to_owned()).hash();
    let link = store::spend_link(tx, &hash, purpose).await?;
    Ok(link.ok_or(IdentityError::NoSuchLink)?)
}

/// The vendor whose page wrote the link.
pub fn vendor_of(link: &Link) -> Result<VendorId> {
    link.vendor.ok_or_else(|| Error::fault("a link in a mail names no program"))
}

/// Who writes the mails of a program.
pub async fn post(app: &App, tx: &mut Tx, vendor: VendorId) -> Result<Post> {
    let program = store::program_of(tx, vendor).await?;
    let (slug, name) = program.ok_or_else(|| Error::fault("no program of this vendor"))?;
    Ok(Post::of(&app.site, &slug, &name))
}
