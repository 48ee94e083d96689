//! From a brief to a proposal that is decided: posting, inviting, proposing, declining.

use super::cast::Cast;
use super::listings::Listings;
use super::step::{Named, Step};
use crate::demo::content::{Content, Engagement, Need};
use anyhow::{Context, Result};
use api::app::App;
use api::kernel::id::{BriefId, InvitationId, ProposalId};
use api::kernel::money::{Currency, Money};
use api::matching::{self, BriefFields};
use chrono::Days;
use std::collections::BTreeMap;

/// What was posted, by the slugs of the content's briefs.
pub type Posted = BTreeMap<String, BriefId>;

/// Posts every brief of the content.
pub async fn post_all(
    app: &App,
    content: &Content,
    cast: &Cast,
    step: &Step<'_>,
) -> Result<Posted> {
    let mut posted = Posted::new();
    for (number, brief) in content.briefs.iter().enumerate() {
        step.of("briefs", number, content.briefs.len());
        let need = brief.need();
        let id = post(app, content, cast, (&need, brief.need_by_days.into())).await;
        let id = id.with_context(|| format!("brief {}", brief.slug))?;
        posted.insert(brief.slug.clone(), id);
    }
    Ok(posted)
}

/// Writes and posts what somebody needs within so many days from today.
pub async fn post(
    app: &App,
    content: &Content,
    cast: &Cast,
    (need, within): (&Need<'_>, u64),
) -> Result<BriefId> {
    let customer = content.customer(need.customer).context("a need of nobody")?;
    let currency = Currency::parse(&content.program.vendor.currency);
    let currency = currency.context("the program's currency is unknown")?;
    let today = app.clock.now().with_timezone(&customer.zone.tz()).date_naive();
    let fields = BriefFields {
        title: need.title.to_owned(),
        problem: need.problem.as_str().to_owned(),
        skills: need.skills.to_vec(),
        industry: Some(customer.industry.clone()),
        budget_min: Money::new(need.budget.low_minor, currency),
        budget_max: Money::new(need.budget.high_minor, currency),
        need_by: today.checked_add_days(Days::new(within)).context("a day beyond time")?,
        languages: need.languages.to_vec(),
        overlap_minutes: i32::from(need.overlap_hours) * 60,
        zone: customer.zone.name().to_owned(),
    };
    let by = cast.caller(need.customer, need.by)?;
    let saved = matching::save_brief(app, by, fields).await;
    let saved = saved.step(|| format!("write \"{}\"", need.title))?;
    let posted = matching::post_brief(app, by, saved.id).await;
    Ok(posted.step(|| format!("post \"{}\"", need.title))?.id)
}

/// Invites the script's consultant for its brief.
pub async fn invite(
    app: &App,
    script: &Engagement,
    cast: &Cast,
    (listings, brief): (&Listings, BriefId),
) -> Result<InvitationId> {
    let by = cast.caller(&script.customer, &script.booked_by)?;
    let profile = listings.profile(&script.consultant)?;
    let text = script.invitation.text.as_str();
    let sent = matching::invite(app, by, brief, profile, text).await;
    Ok(sent.step(|| "invite".to_owned())?.id)
}

/// Proposes from the script's service, with the consultant's own note.
pub async fn propose(
    app: &App,
    script: &Engagement,
    cast: &Cast,
    (listings, invitation): (&Listings, InvitationId),
) -> Result<ProposalId> {
    let by = cast.caller(&script.consultant, &script.led_by)?;
    let service = listings.service(&script.service)?;
    let draft = matching::draft_proposal(app, by, invitation, Some(service)).await;
    let mut new = draft.step(|| "begin the proposal".to_owned())?.proposal;
    let note = script.proposal.as_ref().context("a proposal without its note")?;
    note.note.as_str().clone_into(&mut new.note);
    let sent = matching::send_proposal(app, by, invitation, new).await;
    Ok(sent.step(|| "propose".to_owned())?.id)
}

/// The customer says no.
pub async fn decline(
    app: &App,
    script: &Engagement,
    cast: &Cast,
    (proposal, why): (ProposalId, &str),
) -> Result<()> {
    let by = cast.caller(&script.customer, &script.booked_by)?;
    let declined = matching::decline_proposal(app, by, proposal, why).await;
    declined.step(|| "decline the proposal".to_owned()).map(|_| ())
}
