//! What anyone finds.

use crate::app::App;
use crate::directory::model::{ExpertPage, PublicProfile, SearchDraft};
use crate::directory::store;
use crate::kernel::id::VendorId;
use crate::platform::http::paging::{PageWanted, cut};
use crate::platform::refusal::{Common, Result};

/// Experts of a program that fit; two queries a page.
///
/// A cursor works for the same search only. Errors: 422 by field, `bad-cursor`.
pub async fn public_experts(
    app: &App,
    vendor: VendorId,
    draft: SearchDraft,
    limit: Option<i64>,
    cursor: Option<&str>,
) -> Result<ExpertPage> {
    let search = draft.checked()?;
    let list = format!("experts:{vendor}:{search:?}");
    let wanted = PageWanted::read(&app.cursors, &list, limit, cursor)?;
    let mut tx = app.db.read(vendor).await?;
    let mut found = store::public_search(&mut tx, &search, wanted).await?;
    let next = cut(&mut found.experts, wanted.limit, |(_, place)| *place);
    Ok(ExpertPage {
        items: found.experts.into_iter().map(|(expert, _)| expert).collect(),
        next: next.map(|p| app.cursors.seal(&list, p)),
        total: found.total,
    })
}

/// Everything that is shown of one expert; 404 unless they can be found now.
pub async fn public_profile(app: &App, vendor: VendorId, slug: &str) -> Result<PublicProfile> {
    let mut tx = app.db.read(vendor).await?;
    let expert = store::public_expert(&mut tx, slug).await?;
    let expert = expert.ok_or(Common::NotFound("expert"))?;
    let about = store::public_about(&mut tx, expert.profile).await?;
    let mut services = store::public_services(&mut tx, expert.profile).await?;
    services.sort_by_key(|s| s.price().map_or(i64::MAX, |p| p.minor()));
    Ok(PublicProfile { expert, about, services })
}
