//! `GET /reports/campaigns/{id}` and `GET /reports/summary`

use chrono::{NaiveDate, Utc};
use poem::{
    Request, handler,
    web::{Json, Path},
};
use serde_json::{Value, json};

use super::{caller::Caller, paging::Asked, refusal::Refusal};
use crate::marketing::{
    model::{CampaignState, Report},
    scope::Scope,
};

/// What one campaign brought. A campaign that is not sent has no report: 409.
#[handler]
pub(crate) fn of_campaign(caller: Caller, Path(id): Path<String>) -> Result<Json<Value>, Refusal> {
    caller.needs(Scope::ReportsRead)?;
    caller.read(|account| {
        let campaign = account.campaigns.get(&id).ok_or(Refusal::NotFound)?;
        let CampaignState::Sent { sent_at, report } = &campaign.state else {
            let text = "This campaign has not been sent".to_owned();
            return Err(Refusal::Conflict("wrong_state", text));
        };
        let mut shown = figures(report, &account.currency);
        if let Some(shown) = shown.as_object_mut() {
            shown.insert("campaign_id".into(), json!(campaign.id));
            shown.insert("sent_at".into(), json!(sent_at));
        }
        Ok(Json(shown))
    })
}

/// The sum over the campaigns sent from one day to another, both included, by UTC.
#[handler]
pub(crate) fn summary(caller: Caller, req: &Request) -> Result<Json<Value>, Refusal> {
    caller.needs(Scope::ReportsRead)?;
    let asked = Asked::of(req)?;
    let from = day(&asked, "from")?;
    let to = day(&asked, "to")?;
    if from > to {
        return Err(Refusal::Malformed("from is later than to".into()));
    }
    caller.read(|account| {
        let within = account.campaigns.values().filter_map(|campaign| match &campaign.state {
            CampaignState::Sent { sent_at, report } => {
                let day = sent_at.with_timezone(&Utc).date_naive();
                (from <= day && day <= to).then_some(*report)
            }
            CampaignState::Draft | CampaignState::Scheduled { .. } => None,
        });
        let (count, sum) =
            within.fold((0_u64, Report::default()), |(n, sum), report| (n + 1, sum.plus(report)));
        let mut shown = figures(&sum, &account.currency);
        if let Some(shown) = shown.as_object_mut() {
            shown.insert("from".into(), json!(from));
            shown.insert("to".into(), json!(to));
            shown.insert("campaigns".into(), json!(count));
        }
        Ok(Json(shown))
    })
}

fn day(asked: &Asked, name: &str) -> Result<NaiveDate, Refusal> {
    let wrong = || Refusal::Malformed(format!("{name} must be a day, as in 2026-03-04"));
    asked.filter(name).and_then(|text| text.parse().ok()).ok_or_else(wrong)
}

fn figures(report: &Report, currency: &str) -> Value {
    json!({
        "recipients": report.recipients,
        "delivered": report.delivered,
        "opens": report.opens,
        "clicks": report.clicks,
        "unsubscribes": report.unsubscribes,
        "leads": report.leads,
        "spend_minor": report.spend_minor,
        "currency": currency,
        "cost_per_lead_minor": report.spend_minor.checked_div(report.leads),
    })
}
