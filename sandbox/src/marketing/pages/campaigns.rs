//! `GET /campaigns` and `GET /campaigns/{id}`

use std::sync::Arc;

use poem::{
    Request, Response, handler,
    http::StatusCode,
    web::{Data, Path},
};
use serde::Serialize;

use super::{
    Page, message,
    overview::{chosen, insert_accounts},
    words,
};
use crate::{
    clock,
    marketing::{
        app::App,
        fault::Fault,
        model::{Account, Campaign, CampaignState, Report},
        oauth::authorize::see_other,
        session::Visitor,
    },
};

/// All campaigns of the account: drafts, then scheduled ones, then the sent, newest first.
#[handler]
pub(crate) fn all(Data(app): Data<&Arc<App>>, req: &Request) -> Result<Response, Fault> {
    let visitor = Visitor::of(app, req);
    let Some(user) = &visitor.user else { return Ok(see_other("/sign-in?next=/campaigns")) };
    let account_id = chosen(req, user);
    app.send_due(&account_id, clock::now())?;
    let mut page = Page::new("campaigns.html");
    page.insert("here", "campaigns");
    insert_accounts(app, &mut page, user, &account_id);
    let lines = app.world.read(|world| world.accounts.get(&account_id).map(lines));
    page.insert("campaigns", &lines.unwrap_or_default());
    page.show(app, req, &visitor)
}

/// One campaign with its text and what it brought.
#[handler]
pub(crate) fn one(
    Data(app): Data<&Arc<App>>,
    req: &Request,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let visitor = Visitor::of(app, req);
    let Some(user) = &visitor.user else { return Ok(see_other("/sign-in?next=/campaigns")) };
    let owner = app.world.read(|world| {
        let has = |account: &&String| {
            world.accounts.get(*account).is_some_and(|a| a.campaigns.contains_key(&id))
        };
        user.roles.keys().find(has).cloned()
    });
    let Some(account_id) = owner else {
        let said = ("No such campaign", "It may have been deleted, or it is another account's.");
        return message(app, &visitor, StatusCode::NOT_FOUND, said);
    };
    app.send_due(&account_id, clock::now())?;
    let mut page = Page::new("campaign.html");
    page.insert("here", "campaigns");
    insert_accounts(app, &mut page, user, &account_id);
    let shown = app.world.read(|world| {
        let account = world.accounts.get(&account_id)?;
        account.campaigns.get(&id).map(|campaign| show(account, campaign))
    });
    page.insert("campaign", &shown);
    page.show(app, req, &visitor)
}

#[derive(Serialize)]
struct Line {
    id: String,
    name: String,
    subject: String,
    state: &'static str,
    when: String,
    opens: Option<String>,
    leads: Option<u64>,
}

#[derive(Serialize)]
struct Shown {
    line: Line,
    from: String,
    list: String,
    body: String,
    figures: Vec<Figure>,
}

#[derive(Serialize)]
struct Figure {
    label: &'static str,
    value: String,
    hint: String,
}

fn lines(account: &Account) -> Vec<Line> {
    let mut campaigns: Vec<&Campaign> = account.campaigns.values().collect();
    campaigns.sort_by_key(|campaign| match &campaign.state {
        CampaignState::Draft => (0, -campaign.updated_at.timestamp()),
        CampaignState::Scheduled { scheduled_at } => (1, scheduled_at.timestamp()),
        CampaignState::Sent { sent_at, .. } => (2, -sent_at.timestamp()),
    });
    campaigns.into_iter().map(line).collect()
}

fn line(campaign: &Campaign) -> Line {
    let (when, report) = match &campaign.state {
        CampaignState::Draft => (format!("Changed {}", words::day(campaign.updated_at)), None),
        CampaignState::Scheduled { scheduled_at } => {
            (format!("Goes out {}", words::moment(*scheduled_at)), None)
        }
        CampaignState::Sent { sent_at, report } => {
            (format!("Sent {}", words::day(*sent_at)), Some(report))
        }
    };
    Line {
        id: campaign.id.clone(),
        name: campaign.name.clone(),
        subject: campaign.subject.clone(),
        state: campaign.state.word(),
        when,
        opens: report.map(|report| words::percent(report.opens, report.delivered)),
        leads: report.map(|report| report.leads),
    }
}

fn show(account: &Account, campaign: &Campaign) -> Shown {
    let list = account.lists.get(&campaign.list_id);
    let reach = words::thousands(account.reachable(&campaign.list_id));
    let figures = match &campaign.state {
        CampaignState::Sent { report, .. } => figures(report, &account.currency),
        CampaignState::Draft | CampaignState::Scheduled { .. } => {
            vec![figure("Will reach", reach, "subscribed contacts".into())]
        }
    };
    Shown {
        line: line(campaign),
        from: format!("{} <{}>", campaign.from_name, campaign.from_email),
        list: list.map_or_else(|| "a list that was deleted".into(), |list| list.name.clone()),
        body: campaign.body.clone(),
        figures,
    }
}

fn figures(report: &Report, currency: &str) -> Vec<Figure> {
    let of_delivered = |part| format!("{} of delivered", words::percent(part, report.delivered));
    let per_lead = report.spend_minor.checked_div(report.leads);
    let per_lead = per_lead
        .map_or_else(String::new, |cost| format!("{} per lead", words::money(cost, currency)));
    vec![
        figure(
            "Delivered",
            words::thousands(report.delivered),
            format!("of {}", report.recipients),
        ),
        figure("Opened", words::thousands(report.opens), of_delivered(report.opens)),
        figure("Clicked", words::thousands(report.clicks), of_delivered(report.clicks)),
        figure(
            "Left the list",
            words::thousands(report.unsubscribes),
            of_delivered(report.unsubscribes),
        ),
        figure("Leads", words::thousands(report.leads), String::new()),
        figure("Spend", words::money(report.spend_minor, currency), per_lead),
    ]
}

fn figure(label: &'static str, value: String, hint: String) -> Figure {
    Figure { label, value, hint }
}
