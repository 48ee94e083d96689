//! A reseller's day: the accounts it brought, and its shares.

use api::billing::{self, PayoutStage};
use api::identity::roles::Deed;
use api::platform::caller::Caller;
use api::program::{self, ApplicationState, Attribution};

use super::may;
use super::partner::payout_step;
use super::today::{Agenda, Cell, Empty, FirstStep, List, Number, Row, columns};
use super::waiting::Waits;
use super::work::amount;
use crate::format;
use crate::site::{PageError, Visit};
use crate::view::{Link, State, Tone};

pub async fn agenda(visit: &Visit, caller: &Caller) -> Result<Agenda, PageError> {
    let app = visit.app();
    let (accounts, applications, enrollment, payouts, earnings) = futures::try_join!(
        program::list_attributions(app, caller, None, Some(100), None),
        program::my_applications(app, caller),
        program::own_enrollment(app, caller),
        billing::payouts(app, caller),
        billing::earnings(app, caller),
    )?;
    let stuck = matches!(payouts.stage, PayoutStage::NotStarted | PayoutStage::Incomplete);
    let waits = Some(earnings.available).filter(|money| stuck && money.minor() > 0).map(|money| {
        let title = format!("Say where to send {}", amount(money));
        Waits::new(&title, Link::new("Finish payouts", &visit.link("/payouts")))
            .saying("These shares are earned, and wait until your payout details are complete.")
    });
    let waits = waits.filter(|_| may(caller, Deed::StartPayouts)).into_iter().collect();
    let accounts = accounts.items;
    let open = accounts.iter().filter(|account| account.ended_at.is_none()).count();
    let at = || visit.link("/earnings");
    let latest = applications.first().map(|application| application.state);
    let joined = application_step(visit, latest, enrollment.is_some());
    let paid = payout_step(payouts.stage, visit);
    let paid = if enrollment.is_some() { paid } else { paid.without_act() };
    Ok(Agenda {
        waits,
        steps: vec![joined, paid],
        lists: vec![brought(&accounts, visit)],
        numbers: vec![
            Number::new("Accounts of record", open.to_string(), visit.link("/accounts")),
            Number::new("Waiting to be sent", amount(earnings.available), at()),
            Number::new("On hold", amount(earnings.on_hold), at()),
            Number::new("On the way", amount(earnings.on_the_way), at()),
            Number::new("Paid out", amount(earnings.paid), visit.link("/statements")),
        ],
    })
}

fn application_step(visit: &Visit, latest: Option<ApplicationState>, done: bool) -> FirstStep {
    let (text, act, path) = match latest {
        Some(ApplicationState::Submitted) => {
            ("Your application is with the program. You are told by mail.", "See it", "/program")
        }
        Some(ApplicationState::Rejected) => {
            ("Your application was not accepted. The reason is on its page.", "See why", "/program")
        }
        _ => ("From then on the accounts you bring earn you a share.", "Apply", "/program/apply"),
    };
    FirstStep::new("Join the program", text, done, Link::new(act, &visit.link(path)))
}

fn brought(accounts: &[Attribution], visit: &Visit) -> List {
    let now = visit.app().clock.now();
    let today = now.date_naive();
    let row = |account: &Attribution| {
        let zone = visit.zone();
        let day = |at: chrono::DateTime<chrono::Utc>| {
            format::day(at.with_timezone(&zone).date_naive(), today)
        };
        let state = match account.ended_at {
            Some(_) => State::ENDED,
            None if account.shares_until.is_some_and(|until| until < now) => {
                State::new(Tone::Plain, "clock", "Window over")
            }
            None => State::new(Tone::Good, "done", "Of record"),
        };
        let until = match account.ended_at.or(account.shares_until) {
            Some(at) => Cell::words(day(at), "for what is signed by then"),
            None => Cell::words("While you manage it".to_owned(), ""),
        };
        Row {
            text: account.customer_name.clone(),
            sub: String::new(),
            href: visit.link("/accounts"),
            cells: vec![Cell::of_state(state), Cell::words(day(account.since), ""), until],
        }
    };
    List {
        id: "accounts".into(),
        title: "Your accounts".into(),
        link: Some(Link::new("All accounts", &visit.link("/accounts"))),
        columns: columns(&["Account", "State", "Since", "Earns you a share until"]),
        rows: accounts.iter().take(8).map(row).collect(),
        empty: Empty {
            title: "The accounts you bring will stand here".into(),
            text: "The program names you reseller of record; each engagement of such an account \
                   earns you a share."
                .into(),
            icon: "building",
            act: None,
        },
    }
}
