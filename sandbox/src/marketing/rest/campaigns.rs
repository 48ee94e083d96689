//! `/campaigns` and `/campaigns/{id}`

use poem::{
    Request, Response, handler,
    http::{HeaderMap, StatusCode, header},
    web::Path,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    body::{Check, Json},
    caller::Caller,
    contacts::put,
    paging::Asked,
    refusal::Refusal,
};
use crate::{
    clock,
    marketing::{
        model::{Account, Campaign, CampaignState},
        scope::Scope,
    },
};

/// `GET /campaigns?state=&cursor=&limit=`
#[handler]
pub(crate) fn all(caller: Caller, req: &Request) -> Result<Response, Refusal> {
    caller.needs(Scope::CampaignsRead)?;
    let asked = Asked::of(req)?;
    let state = asked.filter("state");
    if state.is_some_and(|word| !["draft", "scheduled", "sent"].contains(&word)) {
        return Err(Refusal::Malformed("state must be draft, scheduled or sent".into()));
    }
    caller.read(|account| {
        let wanted = |campaign: &Campaign| state.is_none_or(|word| campaign.state.word() == word);
        let campaigns = account.campaigns.iter().filter(|(_, campaign)| wanted(campaign));
        Ok(asked.page(&caller.app, campaigns, view))
    })
}

/// `GET /campaigns/{id}`, 304 where `If-None-Match` names the present version.
#[handler]
pub(crate) fn show(
    caller: Caller,
    req: &Request,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    caller.needs(Scope::CampaignsRead)?;
    caller.read(|account| {
        let campaign = account.campaigns.get(&id).ok_or(Refusal::NotFound)?;
        if names(req.headers(), &header::IF_NONE_MATCH, campaign) == Some(true) {
            let answer = Response::builder().status(StatusCode::NOT_MODIFIED);
            return Ok(answer.header(header::ETAG, campaign.etag()).finish());
        }
        Ok(answer(StatusCode::OK, campaign))
    })
}

/// What a caller may say of a draft.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Said {
    name: Option<String>,
    subject: Option<String>,
    from_name: Option<String>,
    from_email: Option<String>,
    list_id: Option<String>,
    body: Option<String>,
}

/// `POST /campaigns`: a new draft.
#[handler]
pub(crate) fn add(caller: Caller, Json(said): Json<Said>) -> Result<Response, Refusal> {
    caller.needs(Scope::CampaignsWrite)?;
    let now = clock::now();
    let account_id = caller.account_id().to_owned();
    let campaign = caller.change(|world| {
        let account = world.accounts.get(&account_id).ok_or(Refusal::NotFound)?;
        said.check(account, true)?;
        let id = world.next_id("cmp");
        let account = world.accounts.get_mut(&account_id).ok_or(Refusal::NotFound)?;
        let mut campaign = Campaign {
            id: id.clone(),
            name: String::new(),
            subject: String::new(),
            from_name: account.name.clone(),
            from_email: sender(account).unwrap_or_default(),
            list_id: String::new(),
            body: String::new(),
            version: 1,
            created_at: now,
            updated_at: now,
            state: CampaignState::Draft,
        };
        said.apply(&mut campaign);
        account.campaigns.insert(id, campaign.clone());
        Ok(campaign)
    })?;
    let mut made = answer(StatusCode::CREATED, &campaign);
    if let Ok(place) = format!("/api/v1/campaigns/{}", campaign.id).parse() {
        made.headers_mut().insert(header::LOCATION, place);
    }
    Ok(made)
}

/// `PATCH /campaigns/{id}`: drafts only.
#[handler]
pub(crate) fn edit(
    caller: Caller,
    req: &Request,
    Path(id): Path<String>,
    Json(said): Json<Said>,
) -> Result<Response, Refusal> {
    caller.needs(Scope::CampaignsWrite)?;
    caller.change_campaign(&id, |account| {
        let campaign = account.campaigns.get(&id).ok_or(Refusal::NotFound)?;
        still_the_same(req.headers(), campaign)?;
        if !matches!(campaign.state, CampaignState::Draft) {
            return Err(not_a_draft(campaign));
        }
        said.check(account, false)?;
        let campaign = account.campaigns.get_mut(&id).ok_or(Refusal::NotFound)?;
        said.apply(campaign);
        campaign.changed(clock::now());
        Ok(answer(StatusCode::OK, campaign))
    })
}

/// `DELETE /campaigns/{id}`: whatever has not been sent.
#[handler]
pub(crate) fn delete(
    caller: Caller,
    req: &Request,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    caller.needs(Scope::CampaignsWrite)?;
    caller.change_campaign(&id, |account| {
        let campaign = account.campaigns.get(&id).ok_or(Refusal::NotFound)?;
        still_the_same(req.headers(), campaign)?;
        if matches!(campaign.state, CampaignState::Sent { .. }) {
            return Err(not_a_draft(campaign));
        }
        account.campaigns.remove(&id);
        Ok(StatusCode::NO_CONTENT)
    })
}

/// # Errors
/// `If-Match` is there and names another version.
pub(super) fn still_the_same(headers: &HeaderMap, campaign: &Campaign) -> Result<(), Refusal> {
    match names(headers, &header::IF_MATCH, campaign) {
        Some(false) => Err(Refusal::Stale),
        Some(true) | None => Ok(()),
    }
}

pub(super) fn not_a_draft(campaign: &Campaign) -> Refusal {
    Refusal::Conflict("wrong_state", format!("This campaign is {}", campaign.state.word()))
}

/// A campaign with its ETag.
pub(super) fn answer(status: StatusCode, campaign: &Campaign) -> Response {
    Response::builder()
        .status(status)
        .header(header::ETAG, campaign.etag())
        .content_type("application/json")
        .body(view(campaign).to_string())
}

/// Whether a conditional header names the present version; `None` where there is no header.
fn names(headers: &HeaderMap, name: &header::HeaderName, campaign: &Campaign) -> Option<bool> {
    let value = headers.get(name)?.to_str().unwrap_or_default();
    let etag = campaign.etag();
    Some(value.split(',').map(str::trim).any(|named| named == "*" || named == etag))
}

impl Said {
    fn check(&self, account: &Account, new: bool) -> Result<(), Refusal> {
        let mut check = Check::default();
        // Who says nothing of it sends as the campaign before did.
        let sender = self.from_email.clone().or_else(|| sender(account));
        let must = [
            ("name", &self.name),
            ("subject", &self.subject),
            ("from_email", &sender),
            ("list_id", &self.list_id),
        ];
        for (field, value) in must {
            check.that(!new || value.is_some(), field, "is missing");
        }
        check.text("name", self.name.as_deref(), 120);
        check.text("subject", self.subject.as_deref(), 200);
        check.text("from_name", self.from_name.as_deref(), 80);
        check.text("body", self.body.as_deref(), 100_000);
        check.email("from_email", self.from_email.as_deref());
        let list = self.list_id.as_ref().is_none_or(|id| account.lists.contains_key(id));
        check.that(list, "list_id", "names a list that is not there");
        check.done()
    }

    fn apply(self, campaign: &mut Campaign) {
        put(&mut campaign.name, self.name);
        put(&mut campaign.subject, self.subject);
        put(&mut campaign.from_name, self.from_name);
        put(&mut campaign.from_email, self.from_email);
        put(&mut campaign.list_id, self.list_id);
        put(&mut campaign.body, self.body);
    }
}

/// The sender of the latest campaign, if there was one.
fn sender(account: &Account) -> Option<String> {
    account.campaigns.values().next_back().map(|campaign| campaign.from_email.clone())
}

fn view(campaign: &Campaign) -> Value {
    let (scheduled_at, sent_at, recipients) = match &campaign.state {
        CampaignState::Draft => (None, None, None),
        CampaignState::Scheduled { scheduled_at } => (Some(*scheduled_at), None, None),
        CampaignState::Sent { sent_at, report } => (None, Some(*sent_at), Some(report.recipients)),
    };
    json!({
        "id": campaign.id,
        "name": campaign.name,
        "subject": campaign.subject,
        "from_name": campaign.from_name,
        "from_email": campaign.from_email,
        "list_id": campaign.list_id,
        "body": campaign.body,
        "state": campaign.state.word(),
        "scheduled_at": scheduled_at,
        "sent_at": sent_at,
        "recipients": recipients,
        "version": campaign.version,
        "created_at": campaign.created_at,
        "updated_at": campaign.updated_at,
    })
}
