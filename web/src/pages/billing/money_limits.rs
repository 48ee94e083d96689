//! What one person of the program decides about money alone, per currency.

use api::billing::{self, Carried, LimitWish, MoneyLimit};
use api::identity::Deed;
use api::kernel::money::Currency;
use api::platform::refusal::{Class, Error};
use poem::handler;
use poem::http::StatusCode;
use serde::Serialize;

use super::words;
use crate::render::Page;
use crate::site::{Answer, Flash, Form, PageError, Visit};
use crate::view::{Choice, Errors, Link, Notice};

/// The limits, and the form that sets one.
#[derive(Debug, Serialize)]
pub struct MoneyLimits {
    pub approvals: Link,
    pub rows: Vec<Row>,
    /// Where it is set; empty for who may not.
    pub here: String,
    pub currencies: Vec<Choice>,
    pub kinds: Vec<Choice>,
    pub amount: String,
    pub reason: String,
    pub notices: Vec<Notice>,
    pub errors: Errors,
}

/// A currency's limit.
#[derive(Debug, Serialize)]
pub struct Row {
    pub currency: String,
    pub limit: String,
    pub who: String,
    pub when: String,
}

#[handler]
pub async fn show_money_limits(visit: Visit) -> Answer {
    visit.page(&page(&visit, None, Errors::default()).await?)
}

#[handler]
pub async fn set_money_limit(visit: Visit, form: Form) -> Answer {
    let mut errors = Errors::default();
    let currency = Currency::parse(form.get("currency"));
    if currency.is_none() {
        errors.add("currency", "Choose a currency");
    }
    let minor = match (form.get("kind"), currency) {
        ("none", _) => None,
        (_, Some(currency)) => form.minor("amount", currency, &mut errors),
        (_, None) => None,
    };
    let Some(currency) = currency.filter(|_| errors.is_empty()) else {
        return visit.again(&page(&visit, Some(&form), errors).await?);
    };
    let wish = LimitWish { currency, minor, reason: form.get("reason") };
    match billing::set_money_limit(visit.app(), visit.caller()?, wish).await {
        Ok(Carried::Done(_)) => {
            let flash = Flash::done("The limit is set").saying("Your people of money were told.");
            Ok(visit.go_telling("/money-limits", &flash))
        }
        Ok(Carried::Waits(of)) => Ok(super::waits(&visit, &of)),
        Err(error) => again(&visit, &form, error).await,
    }
}

async fn again(visit: &Visit, form: &Form, error: Error) -> Answer {
    if matches!(&error, Error::Refused(why) if why.class() == Class::Conflict) {
        let mut page = page(visit, Some(form), Errors::default()).await?;
        page.notices.insert(0, Notice::held("Nothing was set", &error.to_string()));
        let mut response = visit.page(&page)?;
        response.set_status(StatusCode::CONFLICT);
        return Ok(response);
    }
    let id_of = |field: &str| if field == "limit" { "amount".into() } else { field.to_owned() };
    let errors = PageError::from(error).into_errors(id_of)?;
    visit.again(&page(visit, Some(form), errors).await?)
}

async fn page(
    visit: &Visit,
    form: Option<&Form>,
    errors: Errors,
) -> Result<MoneyLimits, PageError> {
    let caller = visit.caller()?;
    let limits = billing::see_money_limits(visit.app(), caller).await?;
    let may = words::may(caller, Deed::SetMoneyLimits);
    let typed = |name: &str| form.map(|form| form.get(name).to_owned()).unwrap_or_default();
    Ok(MoneyLimits {
        approvals: Link::new("Second person", &visit.link("/money-approvals")),
        rows: limits.iter().map(|of| row(visit, of)).collect(),
        here: if may { visit.link("/money-limits") } else { String::new() },
        currencies: currencies(&typed("currency")),
        kinds: kinds(&typed("kind")),
        amount: typed("amount"),
        reason: typed("reason"),
        notices: Vec::new(),
        errors,
    })
}

fn row(visit: &Visit, of: &MoneyLimit) -> Row {
    Row {
        currency: of.currency.to_string(),
        limit: of.limit.map_or_else(|| "Any amount".to_owned(), words::amount),
        who: of.set_by.clone(),
        when: words::moment(visit, of.set_at),
    }
}

fn currencies(chosen: &str) -> Vec<Choice> {
    let first = Choice::new("", "Choose", chosen.is_empty());
    let choice = |of: &Currency| Choice::new(of.code(), of.code(), of.code() == chosen);
    std::iter::once(first).chain(Currency::ALL.iter().map(choice)).collect()
}

fn kinds(chosen: &str) -> Vec<Choice> {
    vec![
        Choice::new("limit", "Up to this amount", chosen != "none")
            .with_hint("Zero, so that two people decide everything."),
        Choice::new("none", "Any amount", chosen == "none")
            .with_hint("Where there is a limit, a second person agrees to that first."),
    ]
}

impl Page for MoneyLimits {
    const TEMPLATE: &'static str = "billing/money_limits.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let row = |currency: &str, limit: &str| Row {
            currency: currency.into(),
            limit: limit.into(),
            who: "Annika Solberg-Osei".into(),
            when: "3 November 2026, 14:02".into(),
        };
        let page = |rows: Vec<Row>, may: bool| Self {
            approvals: Link::new("Second person", "/p/larkfield/money-approvals"),
            rows,
            here: if may { "/p/larkfield/money-limits".into() } else { String::new() },
            currencies: currencies("USD"),
            kinds: kinds(""),
            amount: "1,000.00".into(),
            reason: String::new(),
            notices: Vec::new(),
            errors: Errors::default(),
        };
        let some = || vec![row("EUR", "€2,000.00"), row("USD", "Any amount")];
        let wrong = [("amount", "Enter an amount"), ("reason", "Enter a reason")];
        vec![
            ("usual", page(some(), true)),
            ("none", page(Vec::new(), true)),
            ("reads", page(some(), false)),
            ("wrong", Self { errors: wrong.into_iter().collect(), ..page(some(), true) }),
        ]
    }
}
