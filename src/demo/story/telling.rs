//! What the story prints: chapters with their number, steps under them.

use api::kernel::money::Currency;
use std::cell::Cell;

pub(super) struct Telling<'a> {
    say: &'a dyn Fn(&str),
    chapters: usize,
    chapter: Cell<usize>,
    steps: Cell<usize>,
}

impl<'a> Telling<'a> {
    pub fn new(say: &'a dyn Fn(&str), chapters: usize) -> Self {
        Self { say, chapters, chapter: Cell::new(0), steps: Cell::new(0) }
    }

    /// Begins the next chapter.
    pub fn chapter(&self, title: &str) {
        self.chapter.set(self.chapter.get() + 1);
        (self.say)(&format!("[{}/{}] {title}", self.chapter.get(), self.chapters));
    }

    /// A step that held.
    pub fn step(&self, what: impl AsRef<str>) {
        self.steps.set(self.steps.get() + 1);
        (self.say)(&format!("  ok  {}", what.as_ref()));
    }

    /// Something to read that was checked by a step.
    pub fn note(&self, what: impl AsRef<str>) {
        (self.say)(&format!("      {}", what.as_ref()));
    }

    /// The closing line: every step told before it held.
    pub fn end(&self) {
        (self.say)(&format!("the whole story held: {} steps", self.steps.get()));
    }
}

/// An amount of minor units for people: `1,200.00 USD`.
pub(super) fn money(minor: i64, currency: &str) -> String {
    let exponent = Currency::parse(currency).map_or(2, Currency::exponent);
    let unit = 10_u64.pow(exponent);
    let (whole, rest) = (minor.unsigned_abs() / unit, minor.unsigned_abs() % unit);
    let mut digits = whole.to_string();
    let mut at = digits.len();
    while at > 3 {
        at -= 3;
        digits.insert(at, ',');
    }
    let sign = if minor < 0 { "-" } else { "" };
    match usize::try_from(exponent) {
        Ok(places) if places > 0 => format!("{sign}{digits}.{rest:0places$} {currency}"),
        _ => format!("{sign}{digits} {currency}"),
    }
}

#[cfg(test)]
mod tests {
    use super::money;

    #[test]
    fn amounts_are_written_for_people() {
        assert_eq!(money(120_000, "USD"), "1,200.00 USD");
        assert_eq!(money(-5, "USD"), "-0.05 USD");
        assert_eq!(money(1_234_567, "JPY"), "1,234,567 JPY");
        assert_eq!(money(1_250, "KWD"), "1.250 KWD");
    }
}
