//! A party's statement of a month out of journals: what is owed to it or held for it, and why.

use crate::kernel::csv::{cell, decimal, row};
use crate::kernel::id::{JournalId, OrganizationId};
use crate::kernel::money::{Currency, Money};
use chrono::{DateTime, NaiveDate, Utc};

/// One entry of a journal in an account of the party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartyLine {
    pub at: DateTime<Utc>,
    /// Kind of the journal, such as `accept`.
    pub kind: String,
    /// Kind of the account, such as `payable`.
    pub account: String,
    /// The milestone it is of, such as `A-2041, milestone 1: Nurture flow`; may be empty.
    pub what: String,
    /// Plus is to the party's good.
    pub amount: Money,
    /// What the party has in this currency, up to this line.
    pub running: Money,
    pub event_key: String,
    pub journal: JournalId,
    /// Ids at Stripe, spaces between.
    pub stripe: String,
}

/// What a party had before and after, in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartyBalance {
    pub opening: Money,
    pub closing: Money,
}

/// A party's month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartyStatement {
    pub organization: OrganizationId,
    pub organization_name: String,
    /// The first day of the month, in UTC.
    pub month: NaiveDate,
    pub lines: Vec<PartyLine>,
    /// One for each currency that the party ever had.
    pub balances: Vec<PartyBalance>,
}

impl PartyStatement {
    /// Runs through the lines from what was there before.
    pub fn running(mut self, opening: &[Money]) -> Self {
        let mut totals: Vec<Money> = opening.to_vec();
        for line in &mut self.lines {
            let currency = line.amount.currency();
            if !totals.iter().any(|total| total.currency() == currency) {
                totals.push(Money::zero(currency));
            }
            for total in totals.iter_mut().filter(|total| total.currency() == currency) {
                *total = Money::new(total.minor().saturating_add(line.amount.minor()), currency);
                line.running = *total;
            }
        }
        let before = |currency: Currency| {
            let found = opening.iter().find(|total| total.currency() == currency);
            found.copied().unwrap_or(Money::zero(currency))
        };
        let balance =
            |closing: Money| PartyBalance { opening: before(closing.currency()), closing };
        self.balances = totals.into_iter().map(balance).collect();
        self
    }
}

const HEADER: &[&str] = &[
    "at",
    "kind",
    "account",
    "what",
    "amount",
    "currency",
    "running",
    "event",
    "journal",
    "stripe_ids",
];

/// One row a line, between a row of what was there before and one of what is there after, for each
/// currency. No cell can start a formula.
pub fn party_csv(statement: &PartyStatement) -> String {
    let mut text = row(HEADER.iter().map(|name| (*name).to_owned()));
    for balance in &statement.balances {
        text.push_str(&edge("opening", balance.opening));
    }
    for line in &statement.lines {
        text.push_str(&row(cells(line).into_iter()));
    }
    for balance in &statement.balances {
        text.push_str(&edge("closing", balance.closing));
    }
    text
}

fn edge(word: &str, amount: Money) -> String {
    let (currency, amount) = (amount.currency().to_string(), decimal(amount));
    let cells = ["", word, "", "", "", &currency, &amount, "", "", ""];
    row(cells.into_iter().map(str::to_owned))
}

fn cells(line: &PartyLine) -> [String; 10] {
    [
        line.at.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        line.kind.clone(),
        line.account.clone(),
        cell(&line.what),
        decimal(line.amount),
        line.amount.currency().to_string(),
        decimal(line.running),
        cell(&line.event_key),
        line.journal.to_string(),
        cell(&line.stripe),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn line(minor: i64, currency: Currency) -> PartyLine {
        PartyLine {
            at: DateTime::from_timestamp(1_795_305_600, 0).unwrap(),
            kind: "accept".into(),
            account: "payable".into(),
            what: "=1+1, milestone 1".into(),
            amount: Money::new(minor, currency),
            running: Money::zero(currency),
            event_key: "accept:1".into(),
            journal: JournalId(Uuid::nil()),
            stripe: "ch_1".into(),
        }
    }

    #[test]
    fn each_currency_runs_by_itself() {
        let statement = PartyStatement {
            organization: OrganizationId(Uuid::nil()),
            organization_name: "Studio".into(),
            month: NaiveDate::from_ymd_opt(2026, 11, 1).unwrap(),
            lines: vec![
                line(500, Currency::Usd),
                line(7, Currency::Jpy),
                line(-200, Currency::Usd),
            ],
            balances: Vec::new(),
        };
        let statement = statement.running(&[Money::new(50, Currency::Usd)]);
        let running: Vec<i64> = statement.lines.iter().map(|l| l.running.minor()).collect();
        assert_eq!(running, [550, 7, 350]);
        let closing: Vec<i64> = statement.balances.iter().map(|b| b.closing.minor()).collect();
        assert_eq!(closing, [350, 7]);
        let text = party_csv(&statement);
        assert_eq!(text.lines().count(), 8);
        assert!(text.contains(",\"'=1+1, milestone 1\",5.00,USD,5.50,accept:1,"), "{text}");
        assert!(text.contains("\r\n,opening,,,,USD,0.50,,,\r\n"), "{text}");
        assert!(text.ends_with(",closing,,,,USD,3.50,,,\r\n,closing,,,,JPY,7,,,\r\n"), "{text}");
    }
}
