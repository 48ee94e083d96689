//! Sending a milestone's held money back: the vendor's finance says how much and why.

use api::billing::{self, MilestoneMoney, RefundWish};
use api::identity::Deed;
use api::kernel::money::Money;
use api::platform::refusal::Common;
use poem::handler;
use poem::http::StatusCode;
use poem::web::Path;
use serde::Serialize;

use super::fund::milestone_id;
use super::money::refund_notices;
use super::words;
use crate::render::Page;
use crate::site::{Answer, Flash, Form, PageError, Visit};
use crate::view::{Errors, Figure, Link, Notice, State, Sum, SumLine};

/// A refund before it is asked for, and after.
#[derive(Debug, Serialize)]
pub struct Refund {
    pub title: String,
    pub money: Link,
    pub state: State,
    pub amount: String,
    pub customer: String,
    /// What is held, and what it can be typed in.
    pub unit: String,
    pub typed: String,
    pub sum: Sum,
    pub facts: Vec<Figure>,
    pub reason: String,
    pub action: String,
    /// "Send it back"; empty when nothing can go back.
    pub deed: String,
    pub notices: Vec<Notice>,
    pub errors: Errors,
}

#[handler]
pub async fn show_refund(visit: Visit, Path(id): Path<String>) -> Answer {
    let money = refundable(&visit, &id).await?;
    visit.page(&refund(&visit, &money))
}

#[handler]
pub async fn send_back(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let (app, caller) = (visit.app(), visit.caller()?);
    let milestone = milestone_id(&id)?;
    let money = refundable(&visit, &id).await?;
    let (reason, mut unread) = (form.get("reason"), Errors::default());
    let minor = form.minor("amount", money.price.currency(), &mut unread);
    // What cannot be read is nothing, so that every other fault is told beside it.
    let amount = Some(Money::new(minor.unwrap_or_default(), money.price.currency()));
    let wish = RefundWish { amount, reason };
    let error = match billing::refund_milestone_money(app, caller, milestone, wish).await {
        Ok(refund) => {
            let text = format!("{} goes back to the card.", words::amount(refund.amount));
            let flash = Flash::done("Refund asked for").saying(&text);
            return Ok(visit.go_telling(&format!("/milestones/{milestone}/money"), &flash));
        }
        Err(error) => PageError::from(error),
    };
    let money = refundable(&visit, &id).await?;
    let mut page = refund(&visit, &money);
    page.typed = form.get("amount").to_owned();
    page.reason = reason.to_owned();
    if error.code() == Some("nothing-held") {
        let text = "It was released or sent back meanwhile. Nothing was moved by this form.";
        page.notices.insert(0, Notice::held("Nothing is held", text));
        page.deed.clear();
        let mut response = visit.page(&page)?;
        response.set_status(StatusCode::CONFLICT);
        return Ok(response);
    }
    if error.code() == Some("more-than-held") {
        page.errors.add("amount", &format!("Enter {} at most: no more is held", page.amount));
        return visit.again(&page);
    }
    page.errors = error.into_errors(str::to_owned)?;
    if let Some(fault) = unread.on.get("amount") {
        page.errors = page.errors.reworded("amount", fault);
    }
    visit.again(&page)
}

async fn refundable(visit: &Visit, id: &str) -> Result<MilestoneMoney, PageError> {
    let caller = visit.caller()?;
    let money = billing::milestone_money(visit.app(), caller, milestone_id(id)?).await?;
    if !words::may(caller, Deed::RefundMilestones) {
        let text = "The program’s finance sends held money back. Write to them if you want a \
                    refund.";
        return Err(Common::NotPermitted(text.to_owned()).into());
    }
    Ok(money)
}

fn refund(visit: &Visit, money: &MilestoneMoney) -> Refund {
    let held = money.held.minor() > 0;
    let (id, amount) =
        (money.milestone, words::amount(if held { money.held } else { money.price }));
    let lines = money.split.iter().map(|line| {
        SumLine::new(words::party(line.party), words::amount(line.amount)).with_note(&line.name)
    });
    let nothing = "Only held money goes back. This milestone has none.";
    let mut notices = refund_notices(visit, money);
    if !held && notices.is_empty() {
        notices.push(Notice::info("Nothing is held", nothing));
    }
    Refund {
        title: format!("Send back milestone {}: {}", money.seq, money.title),
        money: Link::new(
            &format!("Money of milestone {}, {}", money.seq, money.label),
            &visit.link(&format!("/milestones/{id}/money")),
        ),
        state: words::held_state(money.state),
        customer: money.customer.clone(),
        sum: Sum {
            lines: lines.collect(),
            total: SumLine::new(
                if held { "Held" } else { "Shared" },
                words::amount(money.shared()),
            ),
        },
        facts: vec![
            Figure::new("Customer", money.customer.clone()),
            Figure::new("Partner", money.partner.clone()),
            Figure::new("Engagement", money.label.clone()),
        ],
        reason: String::new(),
        action: visit.link(&format!("/milestones/{id}/refund")),
        deed: if held { "Send it back".to_owned() } else { String::new() },
        unit: money.price.currency().sign().trim().to_owned(),
        typed: typed(money.held),
        amount,
        notices,
        errors: Errors::default(),
    }
}

/// As it is typed into the field, beside the currency's sign.
fn typed(amount: Money) -> String {
    amount.to_string().replace(&amount.currency().sign(), "")
}

impl Page for Refund {
    const TEMPLATE: &'static str = "billing/refund.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let wrong =
            Self { errors: [("reason", "Enter a reason")].into_iter().collect(), ..sample() };
        let done = Self {
            deed: String::new(),
            state: State::REFUNDED,
            notices: vec![Notice::good("Sent back", "The card’s bank shows it within ten days.")],
            ..sample()
        };
        vec![("usual", sample()), ("wrong", wrong), ("done", done)]
    }
}

fn sample() -> Refund {
    Refund {
        title: "Send back milestone 2".into(),
        money: Link::new("A-2041 Dealer nurture", "/p/larkfield/milestones/m/money"),
        state: State::HELD,
        amount: "€3,240.00".into(),
        customer: "Fjordhaus Outdoor".into(),
        sum: Sum {
            lines: vec![
                SumLine::new("Consultant’s share", "€2,592.00").with_note("Brandt Studio"),
                SumLine::new("Program fee", "€648.00").with_note("Larkfield"),
            ],
            total: SumLine::new("Held", "€3,240.00"),
        },
        facts: vec![Figure::new("Customer", "Fjordhaus Outdoor")],
        reason: String::new(),
        action: "/p/larkfield/milestones/m/refund".into(),
        deed: "Send it back".into(),
        unit: "€".into(),
        typed: "3,240.00".into(),
        notices: Vec::new(),
        errors: Errors::default(),
    }
}
