//! Currencies: how many decimals, the least and the most that a card can be charged, the fee.

use super::refusal::Refusal;

/// The most that one charge may be, in minor units.
const MOST_MINOR: i64 = 99_999_999;

const TWO_DECIMALS: &[&str] = &[
    "usd", "eur", "gbp", "cad", "aud", "chf", "sek", "nok", "dkk", "pln", "czk", "huf", "ron",
    "isk", "nzd", "sgd", "hkd", "inr", "brl", "mxn",
];
const NO_DECIMALS: &[&str] = &["jpy", "krw", "clp", "vnd"];
const THREE_DECIMALS: &[&str] = &["kwd", "bhd", "jod", "omr", "tnd"];

/// The number of decimals of a currency in lower case; `None` for one that is not known.
pub(super) fn exponent(code: &str) -> Option<u32> {
    [(TWO_DECIMALS, 2), (NO_DECIMALS, 0), (THREE_DECIMALS, 3)]
        .into_iter()
        .find_map(|(codes, decimals)| codes.contains(&code).then_some(decimals))
}

/// What processing a card payment costs, in minor units: 2.9 % of the amount, rounded half up to
/// a whole minor unit, plus a fixed 30 (300 where the currency has three decimals).
pub(super) fn processing_fee(amount_minor: i64, code: &str) -> i64 {
    (amount_minor * 29 + 500) / 1000 + if exponent(code) == Some(3) { 300 } else { 30 }
}

/// What a dispute costs, in minor units: 15 of the whole unit, 1,500 where it has no decimals.
pub(super) fn dispute_fee(code: &str) -> i64 {
    if exponent(code) == Some(3) { 15_000 } else { 1_500 }
}

/// Refuses amounts that no card can be charged with.
pub(super) fn chargeable(amount_minor: i64, code: &str) -> Result<(), Refusal> {
    let three = exponent(code) == Some(3);
    let least = if three { 500 } else { 50 };
    let refuse = |what: &str, message: String| Err(Refusal::parameter(what, "amount", message));
    if amount_minor < least {
        let message = format!("The least charge is {}.", show(least, code));
        return refuse("amount_too_small", message);
    }
    if amount_minor > MOST_MINOR {
        let message = format!("The most that can be charged is {}.", show(MOST_MINOR, code));
        return refuse("amount_too_large", message);
    }
    if three && amount_minor % 10 != 0 {
        return refuse("parameter_invalid_integer", "The last decimal must be 0.".to_owned());
    }
    Ok(())
}

/// An amount as people read it: `$1,250.00`, `EUR` and others with their sign or code.
pub(super) fn show(amount_minor: i64, code: &str) -> String {
    let decimals = exponent(code).unwrap_or(2);
    let unit = 10_u64.pow(decimals);
    let (whole, rest) = (amount_minor.unsigned_abs() / unit, amount_minor.unsigned_abs() % unit);
    let mut grouped = String::new();
    let digits = whole.to_string();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if decimals > 0 {
        let width = usize::try_from(decimals).unwrap_or(2);
        grouped = format!("{grouped}.{rest:0width$}");
    }
    let minus = if amount_minor < 0 { "\u{2212}" } else { "" };
    match code {
        "usd" => format!("{minus}${grouped}"),
        "eur" => format!("{minus}€{grouped}"),
        "gbp" => format!("{minus}£{grouped}"),
        "jpy" => format!("{minus}¥{grouped}"),
        other => format!("{minus}{}\u{a0}{grouped}", other.to_uppercase()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fee_rounds_half_up() {
        assert_eq!(processing_fee(10_000, "usd"), 320);
        assert_eq!(processing_fee(50, "usd"), 31, "1.45 becomes 1");
        assert_eq!(processing_fee(500, "jpy"), 45, "14.5 becomes 15");
        assert_eq!(processing_fee(10_000, "kwd"), 590);
    }

    #[test]
    fn amounts_are_shown_with_their_decimals() {
        assert_eq!(show(125_000_005, "usd"), "$1,250,000.05");
        assert_eq!(show(-1_000, "jpy"), "\u{2212}¥1,000");
        assert_eq!(show(1_234, "kwd"), "KWD\u{a0}1.234");
    }

    #[test]
    fn amounts_outside_the_limits_are_refused() {
        assert!(chargeable(49, "usd").is_err());
        assert!(chargeable(50, "usd").is_ok());
        assert!(chargeable(100_000_000, "eur").is_err());
        assert!(chargeable(5_005, "kwd").is_err());
    }
}
