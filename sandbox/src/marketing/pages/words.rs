//! Dates and figures as people read them.

use chrono::{DateTime, Utc};

/// `4 March 2026`, in UTC.
pub(super) fn day(at: DateTime<Utc>) -> String {
    at.format("%-d %B %Y").to_string()
}

/// `4 March 2026, 14:30 UTC`.
pub(super) fn moment(at: DateTime<Utc>) -> String {
    at.format("%-d %B %Y, %H:%M UTC").to_string()
}

/// Minor units of a currency with two decimals, which all sample currencies have.
pub(super) fn money(minor: u64, currency: &str) -> String {
    format!("{}.{:02} {currency}", thousands(minor / 100), minor % 100)
}

/// Groups of three digits with a thin space between.
pub(super) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped
}

/// One part of a whole in tenths of a percent: `31.4 %`, or a dash of nothing.
pub(super) fn percent(part: u64, whole: u64) -> String {
    let tenths = part.saturating_mul(1000).checked_div(whole);
    tenths.map_or_else(|| "–".into(), |tenths| format!("{}.{} %", tenths / 10, tenths % 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_well() {
        assert_eq!(money(123_456_789, "EUR"), "1\u{202f}234\u{202f}567.89 EUR");
        assert_eq!(money(5, "GBP"), "0.05 GBP");
        assert_eq!(thousands(999), "999");
        assert_eq!(percent(1, 3), "33.3 %");
        assert_eq!(percent(1, 0), "–");
    }
}
