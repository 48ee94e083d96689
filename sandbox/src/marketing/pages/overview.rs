//! `GET /`: the account at a glance.

use std::sync::Arc;

use chrono::Duration;
use poem::{Request, Response, handler, web::Data};
use serde::Serialize;
use url::form_urlencoded;

use super::{Page, words};
use crate::{
    clock,
    marketing::{
        app::App,
        fault::Fault,
        model::{Account, CampaignState, ContactStatus, List, Report, User},
        oauth::authorize::see_other,
        session::Visitor,
    },
};

/// `GET /?account=`
#[handler]
pub(crate) fn overview(Data(app): Data<&Arc<App>>, req: &Request) -> Result<Response, Fault> {
    let visitor = Visitor::of(app, req);
    let Some(user) = &visitor.user else { return Ok(see_other("/sign-in?next=/")) };
    let account_id = chosen(req, user);
    app.send_due(&account_id, clock::now())?;
    let mut page = Page::new("overview.html");
    page.insert("here", "overview");
    insert_accounts(app, &mut page, user, &account_id);
    let glance = app.world.read(|world| world.accounts.get(&account_id).map(glance));
    page.insert("glance", &glance);
    page.show(app, req, &visitor)
}

/// The account named in the address, where the person has it; else their first one.
pub(super) fn chosen(req: &Request, user: &User) -> String {
    let query = req.uri().query().unwrap_or_default();
    let named = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "account");
    let named = named.map(|(_, id)| id.into_owned()).filter(|id| user.roles.contains_key(id));
    named.or_else(|| user.roles.keys().next().cloned()).unwrap_or_default()
}

/// What the head of every page of an account shows.
pub(super) fn insert_accounts(app: &App, page: &mut Page, user: &User, account_id: &str) {
    let names: Vec<Named> = app.world.read(|world| {
        let accounts = user.roles.keys().filter_map(|id| world.accounts.get(id));
        accounts.map(|a| Named { id: a.id.clone(), name: a.name.clone() }).collect()
    });
    page.insert("account", &names.iter().find(|named| named.id == account_id));
    page.insert("others", &names.iter().filter(|n| n.id != account_id).collect::<Vec<_>>());
}

#[derive(Serialize)]
struct Named {
    id: String,
    name: String,
}

#[derive(Serialize)]
struct Glance {
    plan: String,
    since: String,
    subscribed: String,
    contacts: String,
    lists: Vec<ListLine>,
    sent: usize,
    open_rate: String,
    click_rate: String,
    leads: String,
    spend: String,
    next: Option<Next>,
}

#[derive(Serialize)]
struct Next {
    id: String,
    name: String,
    when: String,
}

#[derive(Serialize)]
struct ListLine {
    name: String,
    description: String,
    reach: String,
}

fn glance(account: &Account) -> Glance {
    let recent = clock::now() - Duration::days(90);
    let reports = account.campaigns.values().filter_map(|campaign| match &campaign.state {
        CampaignState::Sent { sent_at, report } => (*sent_at > recent).then_some(*report),
        CampaignState::Draft | CampaignState::Scheduled { .. } => None,
    });
    let (sent, sum) = reports.fold((0, Report::default()), |(n, sum), r| (n + 1, sum.plus(r)));
    let next = account.campaigns.values().filter_map(|campaign| match campaign.state {
        CampaignState::Scheduled { scheduled_at } => Some((scheduled_at, campaign)),
        CampaignState::Draft | CampaignState::Sent { .. } => None,
    });
    let next = next.min_by_key(|(at, _)| *at).map(|(at, campaign)| Next {
        id: campaign.id.clone(),
        name: campaign.name.clone(),
        when: words::moment(at),
    });
    let reachable =
        account.contacts.values().filter(|contact| contact.status == ContactStatus::Subscribed);
    let line = |list: &List| ListLine {
        name: list.name.clone(),
        description: list.description.clone(),
        reach: words::thousands(account.reachable(&list.id)),
    };
    Glance {
        plan: account.plan.clone(),
        since: words::day(account.created_at),
        subscribed: reachable.count().to_string(),
        contacts: account.contacts.len().to_string(),
        lists: account.lists.values().map(line).collect(),
        sent,
        open_rate: words::percent(sum.opens, sum.delivered),
        click_rate: words::percent(sum.clicks, sum.delivered),
        leads: words::thousands(sum.leads),
        spend: words::money(sum.spend_minor, &account.currency),
        next,
    }
}
