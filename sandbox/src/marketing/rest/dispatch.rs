//! `POST /campaigns/{id}/schedule` and `POST /campaigns/{id}/send`

use chrono::{DateTime, Utc};
use poem::{Request, Response, handler, http::StatusCode, web::Path};
use serde::Deserialize;

use super::{
    body::{Check, Json},
    caller::Caller,
    campaigns::{answer, not_a_draft, still_the_same},
    refusal::Refusal,
};
use crate::{
    clock,
    marketing::{
        model::{Account, Campaign, CampaignState},
        scope::Scope,
    },
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct When {
    scheduled_at: Option<DateTime<Utc>>,
}

/// Lets a draft go out later, or moves a scheduled campaign.
#[handler]
pub(crate) fn schedule(
    caller: Caller,
    req: &Request,
    Path(id): Path<String>,
    Json(when): Json<When>,
) -> Result<Response, Refusal> {
    caller.needs(Scope::CampaignsSend)?;
    let now = clock::now();
    let mut check = Check::default();
    check.that(when.scheduled_at.is_some(), "scheduled_at", "is missing");
    check.that(when.scheduled_at.is_none_or(|at| at > now), "scheduled_at", "is in the past");
    check.done()?;
    let scheduled_at = when.scheduled_at.unwrap_or(now);
    caller.change_campaign(&id, |account| {
        let campaign = ready(account, req, &id)?;
        campaign.change_state(CampaignState::Scheduled { scheduled_at }, now);
        Ok(answer(StatusCode::OK, campaign))
    })
}

/// Sends a draft or a scheduled campaign now. There is no way back.
#[handler]
pub(crate) fn send(
    caller: Caller,
    req: &Request,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    caller.needs(Scope::CampaignsSend)?;
    let seed = caller.app.config.seed;
    caller.change_campaign(&id, |account| {
        ready(account, req, &id)?;
        account.send(&id, seed, clock::now());
        let campaign = account.campaigns.get(&id).ok_or(Refusal::NotFound)?;
        Ok(answer(StatusCode::OK, campaign))
    })
}

/// A campaign that is complete, not yet sent, and still the version that the caller read.
fn ready<'a>(
    account: &'a mut Account,
    req: &Request,
    id: &str,
) -> Result<&'a mut Campaign, Refusal> {
    let campaign = account.campaigns.get(id).ok_or(Refusal::NotFound)?;
    still_the_same(req.headers(), campaign)?;
    if matches!(campaign.state, CampaignState::Sent { .. }) {
        return Err(not_a_draft(campaign));
    }
    let mut check = Check::default();
    check.that(!campaign.body.is_empty(), "body", "is empty");
    let reached = account.reachable(&campaign.list_id);
    check.that(reached > 0, "list_id", "names a list with nobody to reach");
    check.done()?;
    account.campaigns.get_mut(id).ok_or(Refusal::NotFound)
}
