//! Rows of CSV (RFC 4180), safe to open in a spreadsheet.

use super::money::Money;

/// Text that a spreadsheet would take for a formula gets an apostrophe in front.
pub fn cell(text: &str) -> String {
    let risky =
        text.trim_start().starts_with(['=', '+', '-', '@']) || text.starts_with(['\t', '\r', '\n']);
    if risky { format!("'{text}") } else { text.to_owned() }
}

/// One row with its end.
pub fn row(cells: impl Iterator<Item = String>) -> String {
    let quoted: Vec<String> = cells.map(|text| quoted(&text)).collect();
    format!("{}\r\n", quoted.join(","))
}

fn quoted(text: &str) -> String {
    if text.contains(['"', ',', '\r', '\n']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// Whole units and decimals, without code or grouping: `1250.00`, `-3`, `1.250`.
pub fn decimal(amount: Money) -> String {
    let places = amount.currency().exponent();
    let unit = 10_u64.pow(places);
    let (whole, rest) =
        (amount.minor().unsigned_abs() / unit, amount.minor().unsigned_abs() % unit);
    let sign = if amount.minor() < 0 { "-" } else { "" };
    match usize::try_from(places) {
        Ok(places) if places > 0 => format!("{sign}{whole}.{rest:0places$}"),
        _ => format!("{sign}{whole}"),
    }
}
