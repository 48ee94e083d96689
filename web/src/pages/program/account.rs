//! One customer's account: its reseller of record, naming another, ending it, and the history.

use api::identity::Deed;
use api::kernel::id::{AttributionId, OrganizationId};
use api::kernel::page;
use api::platform::refusal::{Common, Error};
use api::program::{
    self, Account, Attribution, AttributionKind, EnrollmentState, NewAttribution, PartnerFilter,
    PartnerKind,
};
use chrono::NaiveTime;
use poem::handler;
use poem::web::Path;
use serde::Serialize;

use super::accounts::{months, share, until};
use super::words;
use crate::format;
use crate::render::Page;
use crate::site::{Answer, Flash, Form, PageError, Visit};
use crate::view::{Choice, DateBoxes, Errors, Figure, State};

/// The reseller of record at hand.
#[derive(Debug, Serialize)]
pub struct OfRecord {
    pub name: String,
    pub share: State,
    pub facts: Vec<Figure>,
    pub reason: String,
    /// Where it is ended; empty for who may not.
    pub end: String,
}

/// One stretch of time of the history.
#[derive(Debug, Serialize)]
pub struct Stretch {
    pub reseller: String,
    /// What it did for the account.
    pub does: String,
    pub since: String,
    pub until: String,
    pub why: String,
    pub end_why: String,
    pub by: String,
}

/// A customer's account for the vendor's people.
#[derive(Debug, Default, Serialize)]
pub struct AccountPage {
    pub accounts: String,
    pub action: String,
    pub name: String,
    pub place: String,
    pub since: String,
    pub now: Option<OfRecord>,
    pub history: Vec<Stretch>,
    /// Whether whoever looks may name and end resellers.
    pub names: bool,
    pub closed: String,
    pub resellers: Vec<Choice>,
    pub kinds: Vec<Choice>,
    /// How long one that sourced an account shares.
    pub months: String,
    pub boxes: DateBoxes,
    pub reason: String,
    pub end_reason: String,
    pub errors: Errors,
}

#[handler]
pub async fn see_account(visit: Visit, Path(id): Path<String>) -> Answer {
    visit.page(&page_of(&visit, &id, &Form::default()).await?)
}

async fn find(visit: &Visit, id: &str) -> Result<Account, PageError> {
    let id = OrganizationId::parse(id).ok_or(Common::NotFound("customer"))?;
    Ok(program::see_account(visit.app(), visit.caller()?, id).await?)
}

async fn page_of(visit: &Visit, id: &str, form: &Form) -> Result<AccountPage, PageError> {
    let (app, caller) = (visit.app(), visit.caller()?);
    let account = find(visit, id).await?;
    let customer = Some(account.customer);
    let most = Some(page::MOST);
    let history = program::list_attributions(app, caller, customer, most, None).await?;
    let names = Deed::AttributeResellers.allows(caller.kind, caller.role);
    let closed = words::only("owner or a program manager", "name resellers of record");
    let action = visit.link(&format!("/accounts/{}", account.customer));
    Ok(AccountPage {
        accounts: visit.link("/accounts"),
        name: account.name.clone(),
        place: format::place(&account.city, &account.country),
        since: words::date(visit, account.since),
        now: account.attribution.as_ref().map(|it| of_record(visit, it, &action, names)),
        history: history.items.iter().map(|it| stretch(visit, it)).collect(),
        resellers: resellers(visit, form.get("reseller")).await?,
        kinds: kinds(form.get("kind")),
        months: months(visit).await?,
        boxes: form.boxes("since"),
        reason: form.get("reason").to_owned(),
        end_reason: form.get("end_reason").to_owned(),
        closed: if names { String::new() } else { closed },
        names,
        action,
        errors: Errors::default(),
    })
}

fn of_record(visit: &Visit, it: &Attribution, action: &str, names: bool) -> OfRecord {
    OfRecord {
        name: it.reseller_name.clone(),
        share: share(it, visit.app().clock.now()),
        facts: vec![
            Figure::new("What it does", words::attribution(it.kind)),
            Figure::new("Since", words::date(visit, it.since)),
            Figure::new("Shares until", until(visit, it)),
        ],
        reason: it.reason.clone(),
        end: if names { format!("{action}/end/{}", it.id) } else { String::new() },
    }
}

fn stretch(visit: &Visit, it: &Attribution) -> Stretch {
    Stretch {
        reseller: it.reseller_name.clone(),
        does: words::attribution(it.kind).to_owned(),
        since: words::date(visit, it.since),
        until: it.ended_at.map_or_else(|| "now".to_owned(), |at| words::date(visit, at)),
        why: it.reason.clone(),
        end_why: it.end_reason.clone().unwrap_or_default(),
        by: it.set_by_name.clone().unwrap_or_default(),
    }
}

fn kinds(chosen: &str) -> Vec<Choice> {
    let choice = |kind: &AttributionKind| {
        Choice::new(kind.as_str(), words::attribution(*kind), kind.as_str() == chosen)
    };
    AttributionKind::ALL.iter().map(choice).collect()
}

/// The active resellers to choose from.
async fn resellers(visit: &Visit, chosen: &str) -> Result<Vec<Choice>, PageError> {
    let filter =
        PartnerFilter { kind: Some(PartnerKind::Reseller), state: Some(EnrollmentState::Active) };
    let (app, caller, most) = (visit.app(), visit.caller()?, Some(page::MOST));
    let list = program::list_partners(app, caller, filter, most, None).await?;
    let choice = |p: &program::Partner| {
        let id = p.enrollment.organization.to_string();
        Choice::new(&id, &p.name, id == chosen)
    };
    let mut choices: Vec<Choice> = list.items.iter().map(choice).collect();
    choices.sort_by(|a, b| a.label.cmp(&b.label));
    choices.insert(0, Choice::new("", "Choose a reseller", chosen.is_empty()));
    Ok(choices)
}

#[handler]
pub async fn name_reseller(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let account = find(&visit, &id).await?;
    let mut errors = Errors::default();
    let new = read(&visit, &account, &form, &mut errors).await?;
    let Some(new) = new.filter(|_| errors.is_empty()) else {
        let page = page_of(&visit, &id, &form).await?;
        return visit.again(&AccountPage { errors, ..page });
    };
    match program::attribute_reseller(visit.app(), visit.caller()?, new).await {
        Ok(it) => {
            let done = format!("{} is the reseller of record", it.reseller_name);
            let shares = match it.shares_until {
                Some(at) => format!("what is signed before {}", words::date(&visit, at)),
                None => "what is signed as long as it manages the account".to_owned(),
            };
            let flash = Flash::done(&done).saying(&format!("It shares in {shares}."));
            Ok(visit.go_telling(&format!("/accounts/{}", it.customer), &flash))
        }
        Err(error) => refused(&visit, &account, &form, error).await,
    }
}

/// What is typed; a day means its beginning in the program's zone, none means now.
async fn read(
    visit: &Visit,
    account: &Account,
    form: &Form,
    errors: &mut Errors,
) -> Result<Option<NewAttribution>, PageError> {
    let reseller = OrganizationId::parse(form.get("reseller"));
    if reseller.is_none() {
        errors.add("reseller", "Choose a reseller");
    }
    let boxes = form.boxes("since");
    let typed = [&boxes.day, &boxes.month, &boxes.year].iter().any(|t| !t.trim().is_empty());
    let day = if typed { form.date("since", errors) } else { None };
    let zone = program::public_settings(visit.app(), visit.vendor()).await?.zone.tz();
    let begins = day.and_then(|d| d.and_time(NaiveTime::MIN).and_local_timezone(zone).earliest());
    let customer = account.customer;
    let kind = AttributionKind::parse(form.get("kind"));
    if kind.is_none() {
        errors.add("kind", "Choose what it does for the account");
    }
    let reason = form.get("reason").to_owned();
    if form.given("reason").is_none() {
        errors.add("reason", "Enter a reason");
    }
    Ok(reseller.zip(kind).map(|(reseller, kind)| NewAttribution {
        customer,
        reseller,
        kind,
        since: begins.map(|at| at.to_utc()),
        reason,
    }))
}

#[handler]
pub async fn end_reseller(
    visit: Visit,
    Path((id, attribution)): Path<(String, String)>,
    form: Form,
) -> Answer {
    let account = find(&visit, &id).await?;
    let attribution = AttributionId::parse(&attribution).ok_or(Common::NotFound("attribution"))?;
    let reason = form.get("end_reason");
    match program::end_attribution(visit.app(), visit.caller()?, attribution, reason).await {
        Ok(it) => {
            let flash = Flash::done(&format!("{} is no reseller of record now", it.reseller_name));
            let flash = flash.saying("What was signed before keeps its shares.");
            Ok(visit.go_telling(&format!("/accounts/{}", account.customer), &flash))
        }
        Err(error) if error.code() == Some("invalid") => {
            let mut page = page_of(&visit, &id, &form).await?;
            page.errors = PageError::from(error).into_errors(|_| "end_reason".to_owned())?;
            visit.again(&page)
        }
        Err(error) => refused(&visit, &account, &form, error).await,
    }
}

async fn refused(visit: &Visit, account: &Account, form: &Form, error: Error) -> Answer {
    let id = account.customer.to_string();
    if matches!(error.code(), Some("attribution-changed" | "attribution-ended")) {
        let flash = Flash::note("It changed meanwhile", &error.to_string());
        return Ok(visit.go_telling(&format!("/accounts/{id}"), &flash));
    }
    let mut page = page_of(visit, &id, form).await?;
    let control = |field: &str| match field {
        "since" => "since_day".to_owned(),
        other => other.to_owned(),
    };
    page.errors = PageError::from(error).into_errors(control)?;
    visit.again(&page)
}

/// The address of a deed loaded again: its account.
#[handler]
pub async fn back_to_account(visit: Visit, Path((id, _)): Path<(String, String)>) -> Answer {
    let account = find(&visit, &id).await?;
    Ok(visit.go(&format!("/accounts/{}", account.customer)))
}

impl Page for AccountPage {
    const TEMPLATE: &'static str = "program/account.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let direct = || Self { now: None, history: Vec::new(), ..sample() };
        let mut wrong = direct();
        wrong.errors.add("reseller", "Choose a reseller");
        wrong.errors.add("since_day", "Name a day that has come");
        wrong.errors.add("reason", "Enter a reason");
        let mut wrong_end = sample();
        wrong_end.errors.add("end_reason", "Enter a reason");
        let closed = words::only("owner or a program manager", "name resellers of record");
        let looks = Self { names: false, closed, ..sample() };
        vec![
            ("usual", sample()),
            ("direct", direct()),
            ("wrong", wrong),
            ("wrong end", wrong_end),
            ("looks", looks),
        ]
    }
}

fn sample() -> AccountPage {
    AccountPage {
        accounts: "/p/larkfield/accounts".into(),
        action: "/p/larkfield/accounts/o-1".into(),
        name: "Fjordhaus Outdoor".into(),
        place: "Bergen, Norway".into(),
        since: "2 May 2025".into(),
        now: Some(OfRecord {
            name: "Nordlys Systems".into(),
            share: State::new(crate::view::Tone::Good, "done", "Shares"),
            facts: vec![Figure::new("Since", "2 May 2026")],
            reason: "Sold with the dealer portal.".into(),
            end: "/p/larkfield/accounts/o-1/end/a-1".into(),
        }),
        history: vec![Stretch {
            reseller: "Nordlys Systems".into(),
            does: "Sourced the account".into(),
            since: "2 May 2026".into(),
            until: "now".into(),
            why: "Sold with the dealer portal.".into(),
            end_why: String::new(),
            by: "Samir Haddad".into(),
        }],
        names: true,
        resellers: vec![Choice::new("", "Choose a reseller", true)],
        kinds: kinds("sourced"),
        months: "24 months".into(),
        ..AccountPage::default()
    }
}
