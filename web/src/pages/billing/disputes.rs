//! Payments that the payers' banks dispute: what was taken, until when an answer counts, how it
//! ended.

use api::billing::{self, Dispute, DisputeState};
use api::platform::http::paging::PageWanted;
use poem::handler;
use serde::Serialize;

use super::{disagreements, words};
use crate::render::Page;
use crate::site::{Answer, Form, Visit};
use crate::view::{Notice, State, Tab};

/// Rows a page.
const ROWS: i64 = 50;

/// One disputed payment.
#[derive(Debug, Serialize)]
pub struct Row {
    /// The processor's name of it.
    pub name: String,
    pub money: String,
    pub reason: String,
    pub opened: String,
    /// Until when an answer counts, while it does.
    pub until: String,
    pub state: State,
    pub amount: String,
    pub fee: String,
}

/// Disputed payments, latest first.
#[derive(Debug, Serialize)]
pub struct Disputes {
    pub money: Vec<Tab>,
    pub kinds: Vec<Tab>,
    pub rows: Vec<Row>,
    /// The page of earlier ones; empty on the last.
    pub earlier: String,
}

#[handler]
pub async fn show_disputes(visit: Visit, form: Form) -> Answer {
    let (app, caller) = (visit.app(), visit.caller()?);
    let list = format!("disputes-page:{}:{}", caller.vendor, caller.organization);
    let cursor = Some(form.get("from")).filter(|cursor| !cursor.is_empty());
    let wanted = PageWanted::read(&app.cursors, &list, Some(ROWS), cursor)?;
    let (disputes, next) = billing::list_disputes(app, caller, wanted).await?;
    let earlier = next.map(|position| app.cursors.seal(&list, position));
    let earlier = earlier.map(|cursor| visit.link(&format!("/disputes?from={cursor}")));
    let rows = disputes.iter().map(|dispute| row(&visit, dispute)).collect();
    let money = words::money_tabs(&visit, "/disputes");
    let kinds = disagreements::kinds(&visit, "/disputes");
    visit.page(&Disputes { money, kinds, rows, earlier: earlier.unwrap_or_default() })
}

fn row(visit: &Visit, dispute: &Dispute) -> Row {
    let until = dispute.respond_by.filter(|_| !dispute.state.has_ended());
    Row {
        name: dispute.stripe_dispute.clone(),
        money: visit.link(&format!("/milestones/{}/money", dispute.milestone)),
        reason: dispute.reason.replace('_', " "),
        opened: words::moment(visit, dispute.opened_at),
        until: until.map_or_else(|| "Over".to_owned(), |until| words::moment(visit, until)),
        state: state(dispute.state),
        amount: words::amount(dispute.amount),
        fee: words::amount(dispute.fee),
    }
}

fn state(state: DisputeState) -> State {
    match state {
        DisputeState::Inquiry => State::WAITING,
        DisputeState::Open => State::DISPUTED,
        DisputeState::Won => State::PAID,
        DisputeState::Lost => State::RETURNED,
        DisputeState::Closed => State::WITHDRAWN,
    }
}

/// How a dispute stands, in words, for the page of a milestone's money.
pub(super) fn notice(visit: &Visit, dispute: &Dispute) -> Notice {
    let amount = words::amount(dispute.amount);
    let until = dispute.respond_by.map_or_else(String::new, |until| {
        format!(" The bank takes an answer until {}.", words::moment(visit, until))
    });
    match dispute.state {
        DisputeState::Inquiry => {
            let text = format!("No money moved.{until} The program’s finance answers it.");
            Notice::held("The card’s bank asks about this payment", &text)
        }
        DisputeState::Open => {
            let text = format!(
                "The bank has {amount} until it decides. Nothing of it is released or sent back \
                 meanwhile, and the work rests.{until}"
            );
            Notice::bad("The card’s bank disputes this payment", &text)
        }
        DisputeState::Won => {
            Notice::good("The bank gave the money back", &format!("{amount} is here again."))
        }
        DisputeState::Lost => {
            let text = format!("{amount} is with the customer. Nothing more of it goes back.");
            Notice::bad("The bank decided for the customer", &text)
        }
        DisputeState::Closed => {
            Notice::info("The bank has no more questions", "No money moved because of it.")
        }
    }
}

pub(super) fn sample_notice() -> Notice {
    let text = "The bank has €3,240.00 until it decides. Nothing of it is released or sent back \
                meanwhile, and the work rests.";
    Notice::bad("The card’s bank disputes this payment", text)
}

impl Page for Disputes {
    const TEMPLATE: &'static str = "billing/disputes.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let row = |state: State, until: &str| Row {
            name: "dp_1PzS".into(),
            money: "/p/larkfield/milestones/m/money".into(),
            reason: "product not received".into(),
            opened: "3 November 2026, 14:02".into(),
            until: until.into(),
            state,
            amount: "€3,240.00".into(),
            fee: "€15.00".into(),
        };
        let rows = vec![
            row(State::DISPUTED, "10 November 2026, 14:02"),
            row(State::PAID, "Over"),
            row(State::RETURNED, "Over"),
        ];
        let earlier = "/p/larkfield/disputes?from=x".into();
        let usual = Self { money: words::sample_money_tabs(), kinds: Vec::new(), rows, earlier };
        let none =
            Self { money: Vec::new(), kinds: Vec::new(), rows: Vec::new(), earlier: String::new() };
        vec![("usual", usual), ("none", none)]
    }
}
