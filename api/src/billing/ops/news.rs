//! What the people of a program see of news from Stripe, and have worked through again.

use super::webhooks::{WEBHOOK_JOB, WebhookJob};
use crate::app::App;
use crate::billing::BillingError;
use crate::billing::model::{LONGEST_SEARCH, WebhookNews, WebhooksWanted};
use crate::billing::policy::Reconcile;
use crate::billing::store;
use crate::identity::allow;
use crate::kernel::check::Invalid;
use crate::kernel::page::Position;
use crate::platform::caller::Caller;
use crate::platform::http::paging::PageWanted;
use crate::platform::jobs::{NewJob, enqueue};
use crate::platform::refusal::{Common, Result};

/// A page of news, latest first, and how much of all nobody understands.
#[derive(Debug, Clone)]
pub struct News {
    pub items: Vec<WebhookNews>,
    pub next: Option<Position>,
    pub parked: i64,
}

/// News of the program. Errors: `not-permitted`; `invalid` for a search that is too long.
pub async fn list_webhooks(
    app: &App,
    caller: &Caller,
    wanted: &WebhooksWanted,
    page: PageWanted,
) -> Result<News> {
    allow::<Reconcile>(caller)?;
    if wanted.search.as_ref().is_some_and(|text| text.chars().count() > LONGEST_SEARCH) {
        let message = format!("Look for at most {LONGEST_SEARCH} characters");
        return Err(Invalid::field("search", message).into());
    }
    let mut tx = app.db.read(caller).await?;
    let (items, next) = store::list_webhooks(&mut tx, caller.vendor, wanted, page).await?;
    let parked = store::count_parked(&mut tx, caller.vendor).await?;
    Ok(News { items, next, parked })
}

/// One piece of news with its text as it came. Errors: `not-permitted`, 404.
pub async fn see_webhook(app: &App, caller: &Caller, id: &str) -> Result<(WebhookNews, String)> {
    allow::<Reconcile>(caller)?;
    let mut tx = app.db.read(caller).await?;
    let found = store::see_webhook(&mut tx, caller.vendor, id).await?;
    let (news, raw) = found.ok_or(Common::NotFound("webhook"))?;
    Ok((news, String::from_utf8_lossy(&raw).into_owned()))
}

/// Has a piece of news worked through once more: what it is about is read at Stripe again. Where
/// everything followed before, nothing follows now.
///
/// Errors: `not-permitted`, 404; `webhook-unreadable`.
pub async fn replay_webhook(app: &App, caller: &Caller, id: &str) -> Result<WebhookNews> {
    let allowed = allow::<Reconcile>(caller)?;
    let mut tx = app.db.write(caller).await?;
    let found = store::see_webhook(&mut tx, caller.vendor, id).await?;
    let (news, _) = found.ok_or(Common::NotFound("webhook"))?;
    if !news.is_readable() {
        return Err(BillingError::WebhookUnreadable.into());
    }
    let job = NewJob::new(WEBHOOK_JOB, &WebhookJob { webhook: news.id.clone() })?;
    enqueue(&mut tx, &app.ids, job).await?;
    tx.commit().await?;
    tracing::info!(webhook = news.id, person = %allowed.person, "news is worked through again");
    Ok(news)
}
