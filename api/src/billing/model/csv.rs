//! A statement, or what a customer spent, as CSV (RFC 4180), safe to open in a spreadsheet.

use super::spend::SpentOn;
use super::statement::{Statement, StatementLine};
use crate::kernel::csv::{cell, decimal, row};

const HEADER: &[&str] = &[
    "date",
    "what",
    "engagement",
    "gross",
    "rule",
    "amount",
    "currency",
    "state",
    "running_total",
    "journals",
    "stripe_ids",
];

/// One row a line, under a header. Amounts are plain decimals; no cell can start a formula.
pub fn statement_csv(statement: &Statement) -> String {
    let mut text = row(HEADER.iter().map(|name| (*name).to_owned()));
    for line in &statement.lines {
        text.push_str(&row(cells(line).into_iter()));
    }
    text
}

const SPENT: &[&str] = &[
    "engagement",
    "title",
    "partner",
    "currency",
    "agreed",
    "paid",
    "held",
    "released",
    "sent_back",
];

/// One row an engagement, under a header, as [`statement_csv`] writes.
pub fn spend_csv(spent: &[SpentOn]) -> String {
    let mut text = row(SPENT.iter().map(|name| (*name).to_owned()));
    for of in spent {
        let words = [cell(&of.label), cell(&of.title), cell(&of.partner)];
        let sums = [of.agreed, of.paid, of.held, of.released, of.back].map(decimal);
        let currency = of.agreed.currency().to_string();
        text.push_str(&row(words.into_iter().chain([currency]).chain(sums)));
    }
    text
}

fn cells(line: &StatementLine) -> [String; 11] {
    let journals: Vec<String> = line.journals.iter().map(ToString::to_string).collect();
    [
        line.at.format("%Y-%m-%d").to_string(),
        cell(&line.what),
        cell(&line.engagement_label),
        decimal(line.gross),
        cell(&line.rule),
        decimal(line.amount),
        line.amount.currency().to_string(),
        line.state.as_str().to_owned(),
        decimal(line.running),
        journals.join(" "),
        cell(&line.stripe.join(" ")),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::billing::model::statement::{LineState, Period};
    use crate::kernel::id::{EngagementId, JournalId, MilestoneId, OrganizationId};
    use crate::kernel::money::{Currency, Money};
    use chrono::{DateTime, NaiveDate};
    use proptest::prelude::*;
    use uuid::Uuid;

    fn statement(what: &str) -> Statement {
        let usd = |minor| Money::new(minor, Currency::Usd);
        let day = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();
        Statement {
            organization: OrganizationId(Uuid::nil()),
            organization_name: "Studio".into(),
            period: Period { from: day, to: day },
            currency: Currency::Usd,
            opening: usd(0),
            lines: vec![StatementLine {
                at: DateTime::from_timestamp(1_795_305_600, 0).unwrap(),
                what: what.into(),
                engagement: EngagementId(Uuid::nil()),
                engagement_label: "A-1".into(),
                milestone: MilestoneId(Uuid::nil()),
                gross: usd(100_000),
                rule: "consultant 80.00 %".into(),
                fee_rule: None,
                amount: usd(80_000),
                party: None,
                split: Vec::new(),
                refusal: None,
                netted: usd(0),
                taken: Vec::new(),
                state: LineState::Paid,
                running: usd(80_000),
                journals: vec![JournalId(Uuid::nil())],
                stripe: vec!["ch_1".into(), "tr_1".into()],
            }],
            closing: usd(80_000),
        }
    }

    #[test]
    fn a_line_is_a_row() {
        let text = statement_csv(&statement("Milestone 1: \"Nurture\", two flows"));
        let expected = "date,what,engagement,gross,rule,amount,currency,state,running_total,journals,stripe_ids\r\n\
             2026-11-22,\"Milestone 1: \"\"Nurture\"\", two flows\",A-1,1000.00,consultant 80.00 %,800.00,USD,paid,800.00,00000000-0000-0000-0000-000000000000,ch_1 tr_1\r\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn amounts_have_their_currencys_decimals() {
        assert_eq!(decimal(Money::new(-5, Currency::Usd)), "-0.05");
        assert_eq!(decimal(Money::new(1250, Currency::Jpy)), "1250");
        assert_eq!(decimal(Money::new(1250, Currency::Kwd)), "1.250");
    }

    proptest! {
        #[test]
        fn no_text_starts_a_formula(start in "[=+\\-@\t\r\n ]{0,3}", rest in ".{0,40}") {
            let text = statement_csv(&statement(&format!("{start}{rest}")));
            let body = text.split_once("\r\n").unwrap().1;
            let what = body.split_once(',').unwrap().1;
            let what = what.strip_prefix('"').unwrap_or(what);
            prop_assert!(!what.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']), "{what:?}");
        }
    }
}
