//! Which program an address belongs to.

use crate::app::App;
use crate::identity::store;
use crate::kernel::id::VendorId;
use crate::platform::db::Scope;
use crate::platform::refusal::Result;

/// The program of `/p/{slug}` on this host, with its name. A host of one vendor shows no other's.
pub async fn program_at(app: &App, host: &str, slug: &str) -> Result<Option<(VendorId, String)>> {
    let mut tx = app.db.read(Scope::GLOBAL).await?;
    let owner = store::vendor_of_host(&mut tx, host).await?;
    if owner.is_some_and(|(_, own)| own != slug) {
        return Ok(None);
    }
    store::vendor_by_slug(&mut tx, slug).await
}

/// The programs that this host shows, as slug and name: its own one, or every one.
pub async fn programs_of(app: &App, host: &str) -> Result<Vec<(String, String)>> {
    let mut tx = app.db.read(Scope::GLOBAL).await?;
    if let Some((_, slug)) = store::vendor_of_host(&mut tx, host).await? {
        return Ok(vec![(slug.clone(), slug)]);
    }
    store::programs(&mut tx).await
}
