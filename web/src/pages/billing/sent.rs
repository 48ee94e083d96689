//! What went on from the payout account to the bank, on the page of payouts.

use api::billing::{self, Payout, PayoutState};
use api::platform::caller::Caller;
use api::platform::http::paging::PageWanted;
use serde::Serialize;

use super::payouts::Payouts;
use super::words;
use crate::format;
use crate::site::{PageError, Visit};
use crate::view::{Notice, Pager, State, Tone};

/// Payouts of a page.
const SHOWN: i64 = 20;

/// One payout to the bank.
#[derive(Debug, Serialize)]
pub struct SentRow {
    pub amount: String,
    pub state: State,
    /// "Arrived 12 May", "Expected 14 May".
    pub when: String,
    /// Why it failed and what to do; empty otherwise.
    pub why: String,
}

impl Payouts {
    /// Fills in what went on to the bank; says on top when the latest did not arrive.
    pub async fn show_sent(
        &mut self,
        visit: &Visit,
        caller: &Caller,
        cursor: Option<&str>,
    ) -> Result<(), PageError> {
        let list = format!("payouts:{}:{}", caller.vendor, caller.organization);
        let cursors = &visit.app().cursors;
        let page = PageWanted::read(cursors, &list, Some(SHOWN), cursor)?;
        let (sent, next) = billing::list_payouts(visit.app(), caller, page).await?;
        if let Some(latest) = sent.first().filter(|one| one.state == PayoutState::Failed) {
            let title = format!("{} did not reach your bank", payout_amount(latest));
            self.notices.insert(0, Notice::bad(&title, latest.failure_words()));
        }
        let here = visit.link("/payouts");
        let paged = cursor.is_some() || next.is_some();
        self.pager = paged.then(|| Pager {
            shown: format!("{} shown", sent.len()),
            earlier: cursor.map(|_| here.clone()),
            later: next.map(|next| format!("{here}?cursor={}", cursors.seal(&list, next))),
        });
        self.sent = sent.iter().map(|one| sent_row(visit, one)).collect();
        Ok(())
    }
}

fn payout_amount(of: &Payout) -> String {
    of.amount().map_or_else(|| of.amount_words(), words::amount)
}

fn sent_row(visit: &Visit, of: &Payout) -> SentRow {
    let day = format::day_in(of.arrives_at, visit.zone(), visit.app().clock.now());
    let (state, when) = match of.state {
        PayoutState::Pending => {
            (State::new(Tone::Held, "hourglass", "Being prepared"), format!("Expected {day}"))
        }
        PayoutState::InTransit => {
            (State::new(Tone::Held, "send", "On its way"), format!("Expected {day}"))
        }
        PayoutState::Paid => (State::new(Tone::Good, "done", "At your bank"), day),
        PayoutState::Canceled => (State::new(Tone::Nothing, "x", "Stopped"), String::new()),
        PayoutState::Failed => (State::new(Tone::Bad, "x", "Came back"), String::new()),
    };
    let failed = of.state == PayoutState::Failed;
    let why = if failed { of.failure_words().to_owned() } else { String::new() };
    SentRow { amount: payout_amount(of), state, when, why }
}

pub fn sample() -> Vec<SentRow> {
    let row = |amount: &str, state: State, when: &str, why: &str| SentRow {
        amount: amount.into(),
        state,
        when: when.into(),
        why: why.into(),
    };
    let came_back = "The bank account was closed: give another one.";
    vec![
        row("€1,187.50", State::new(Tone::Bad, "x", "Came back"), "", came_back),
        row("€940.00", State::new(Tone::Held, "send", "On its way"), "Expected 14 May", ""),
        row("€940.00", State::new(Tone::Good, "done", "At your bank"), "12 May", ""),
    ]
}
