//! What the public finds.

use crate::app::App;
use crate::directory::model::{ExpertList, ExpertPage, Filter, PublicAddress, Search, Service};
use crate::directory::store;
use crate::kernel::id::{OrganizationId, VendorId};
use crate::platform::http::paging::PageWanted;
use crate::platform::refusal::{Common, Result};
use std::cmp::Reverse;

/// A page of the experts of a program that a search finds, for anyone.
///
/// Errors: a bad limit or a cursor of another search.
pub async fn search_experts(
    app: &App,
    vendor: VendorId,
    search: &Search,
    limit: Option<i64>,
    cursor: Option<&str>,
) -> Result<ExpertList> {
    let list = format!("experts:{vendor}:{search:?}");
    let wanted = PageWanted::read(&app.cursors, &list, limit, cursor)?;
    let mut tx = app.db.read(vendor).await?;
    let (items, next) = store::search(&mut tx, search, wanted).await?;
    Ok(ExpertList { items, next: next.map(|p| app.cursors.seal(&list, p)) })
}

/// The published profiles of these organizations, by organization and name, for anyone.
pub async fn public_addresses(
    app: &App,
    vendor: VendorId,
    organizations: &[OrganizationId],
) -> Result<Vec<PublicAddress>> {
    let mut tx = app.db.read(vendor).await?;
    store::public_addresses(&mut tx, organizations).await
}

/// How many experts a search finds in all.
pub async fn count_experts(app: &App, vendor: VendorId, search: &Search) -> Result<u64> {
    let mut tx = app.db.read(vendor).await?;
    store::count(&mut tx, search).await
}

/// Which filters to drop so that somebody is found, the most fruitful first, each with how many
/// would be found without it.
pub async fn suggest_drops(
    app: &App,
    vendor: VendorId,
    search: &Search,
) -> Result<Vec<(Filter, u64)>> {
    let mut tx = app.db.read(vendor).await?;
    let mut drops = store::count_without(&mut tx, search).await?;
    drops.retain(|(_, found)| *found > 0);
    drops.sort_by_key(|(_, found)| Reverse(*found));
    Ok(drops)
}

/// An expert's own page, for anyone; 404 while the profile cannot be found.
pub async fn see_expert(app: &App, vendor: VendorId, slug: &str) -> Result<ExpertPage> {
    let mut tx = app.db.read(vendor).await?;
    let expert = store::public_expert(&mut tx, slug).await?;
    let expert = expert.ok_or(Common::NotFound("expert"))?;
    let profile = store::profile(&mut tx, expert.profile).await?;
    let about = profile.ok_or(Common::NotFound("expert"))?.fields.about;
    let services = store::public_services(&mut tx, expert.profile).await?;
    let place = |s: &Service| expert.offers.iter().position(|o| o.service == s.id);
    let mut services: Vec<Service> = services.into_iter().filter(|s| place(s).is_some()).collect();
    services.sort_by_key(place);
    Ok(ExpertPage { expert, about, services })
}
