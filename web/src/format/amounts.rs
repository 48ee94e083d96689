//! Money, counts, sizes and shares.

use api::kernel::money::Money;

/// Money without its decimals where they are zero, for headings such as "up to €2,500".
/// An amount that has decimals keeps them, so that nothing is ever rounded.
pub fn money_whole(money: Money) -> String {
    let words = money.to_string();
    match words.rsplit_once('.') {
        Some((whole, decimals)) if decimals.bytes().all(|b| b == b'0') => whole.to_owned(),
        _ => words,
    }
}

/// A number with its thousands apart: `18,406`, `−1,200`.
pub fn number(n: i64) -> String {
    let sign = if n < 0 { MINUS } else { "" };
    format!("{sign}{}", grouped(n.unsigned_abs()))
}

/// A count with its noun: `1 review`, `1,204 reviews`, `0 reviews`.
pub fn count(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(n), if n == 1 { one } else { many })
}

/// A share in parts of 10,000 as a percentage: 850 is `8.5 %`, 1,000 is `10 %`, 25 is `0.25 %`.
pub fn basis_points(bps: i64) -> String {
    let sign = if bps < 0 { MINUS } else { "" };
    let (whole, part) = split(bps, 2);
    let decimals = format!("{part:02}");
    match decimals.trim_end_matches('0') {
        "" => format!("{sign}{} %", grouped(whole)),
        some => format!("{sign}{}.{some} %", grouped(whole)),
    }
}

/// The size of a file in decimal units: `900 bytes`, `18 kB`, `1.2 MB`, `3.4 GB`.
pub fn bytes(size: u64) -> String {
    let scaled = [("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)];
    match scaled.into_iter().find(|(_, unit)| size >= *unit) {
        None => count(size, "byte", "bytes"),
        Some((name, unit)) => {
            let (whole, tenth) = (size / unit, size % unit * 10 / unit);
            let fine = whole < 10 && tenth > 0 && name != "kB";
            if fine { format!("{whole}.{tenth} {name}") } else { format!("{whole} {name}") }
        }
    }
}

const MINUS: &str = "\u{2212}";

fn split(minor: i64, exponent: u8) -> (u64, u64) {
    let unit = 10_u64.checked_pow(u32::from(exponent)).unwrap_or(u64::MAX);
    let all = minor.unsigned_abs();
    (all / unit, all % unit)
}

fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use api::kernel::money::Currency;

    #[test]
    fn headings_leave_out_decimals_of_zero() {
        let whole = |minor, currency| money_whole(Money::new(minor, currency));
        assert_eq!(whole(250_000, Currency::Eur), "€2,500");
        assert_eq!(whole(250_050, Currency::Eur), "€2,500.50");
        assert_eq!(whole(-900, Currency::Usd), "−$9");
        assert_eq!(whole(1_000, Currency::Jpy), "¥1,000");
        assert_eq!(whole(1_234_000, Currency::Kwd), "KWD\u{a0}1,234");
    }

    #[test]
    fn shares_keep_what_they_have() {
        for (bps, text) in
            [(850, "8.5 %"), (1_000, "10 %"), (25, "0.25 %"), (0, "0 %"), (-150, "−1.5 %")]
        {
            assert_eq!(basis_points(bps), text);
        }
    }

    #[test]
    fn counts_and_sizes() {
        assert_eq!(count(1, "review", "reviews"), "1 review");
        assert_eq!(count(0, "review", "reviews"), "0 reviews");
        assert_eq!(count(1_204, "day", "days"), "1,204 days");
        assert_eq!(number(18_406), "18,406");
        assert_eq!(number(-1_200), "−1,200");
        for (size, text) in [
            (1, "1 byte"),
            (900, "900 bytes"),
            (18_400, "18 kB"),
            (1_200_000, "1.2 MB"),
            (24_900_000, "24 MB"),
            (3_400_000_000, "3.4 GB"),
        ] {
            assert_eq!(bytes(size), text);
        }
    }
}
