//! Bars as SVG parts in attributes. The text twin stands beside: a bar is never the only place
//! where a figure can be read.

use serde::Serialize;

/// How a part is filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    /// One of the six shades of a score, 1 to 6; a higher number keeps the sixth.
    Shade(u8),
    /// Money that is held.
    Held,
    /// Nothing there yet.
    Nothing,
}

impl Fill {
    fn class(self) -> &'static str {
        match self {
            Self::Shade(0 | 1) => "f1",
            Self::Shade(2) => "f2",
            Self::Shade(3) => "f3",
            Self::Shade(4) => "f4",
            Self::Shade(5) => "f5",
            Self::Shade(_) => "f6",
            Self::Held => "f-held",
            Self::Nothing => "f-none",
        }
    }
}

/// A bar in parts. Rendered by `<bar of={..} />`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Bar {
    /// What the bar says, for people who do not see it; empty when the same stands beside it.
    pub label: String,
    parts: Vec<Part>,
    gaps: Vec<u64>,
}

impl Bar {
    /// Parts of `total`, from left to right; what is left over stays empty. Amounts may be in any
    /// unit, the same for all. Parts beyond the total are cut at its end.
    pub fn of(parts: &[(Fill, u64)], total: u64, label: &str) -> Self {
        let mut x = 0;
        let mut drawn = Vec::new();
        let mut gaps = Vec::new();
        let mut sum: u64 = 0;
        for (fill, amount) in parts {
            sum = sum.saturating_add(*amount);
            let end = scaled(sum, total);
            if end > x {
                drawn.push(Part { class: fill.class(), x, width: end - x });
            }
            if end > x && end < SCALE {
                gaps.push(end.saturating_sub(GAP / 2));
            }
            x = end;
        }
        Self { label: label.into(), parts: drawn, gaps }
    }

    /// The parts of a score in six shades of one hue.
    pub fn score(points: &[u64], of: u64, label: &str) -> Self {
        let shades = (1..=u8::MAX).map(Fill::Shade);
        let parts: Vec<_> = shades.zip(points.iter().copied()).collect();
        Self::of(&parts, of, label)
    }

    /// One part without gaps: have `have` of `need`.
    pub fn have(have: u64, need: u64) -> Self {
        let fill = if have >= need { Fill::Shade(1) } else { Fill::Held };
        let mut bar = Self::of(&[(fill, have)], need, "");
        bar.gaps.clear();
        bar
    }
}

/// What a part of a bar means. Rendered by `<bar_keys items={..} />`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BarKey {
    pub class: &'static str,
    pub label: String,
}

impl BarKey {
    pub fn new(fill: Fill, label: &str) -> Self {
        Self { class: fill.class(), label: label.into() }
    }
}

/// A row "have n of m" with its bar. Rendered by `<meter_row of={..} />`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Meter {
    pub label: String,
    pub have: String,
    pub need: String,
    pub met: bool,
    pub bar: Bar,
}

impl Meter {
    /// A row from whole numbers.
    pub fn new(label: &str, have: u64, need: u64) -> Self {
        Self::worded(label, (&have.to_string(), have), (&need.to_string(), need))
    }

    /// A row whose figures read otherwise than they count: `("4.7", 47)` of `("4.6", 46)`.
    pub fn worded(label: &str, have: (&str, u64), need: (&str, u64)) -> Self {
        Self {
            label: label.into(),
            have: have.0.into(),
            need: need.0.into(),
            met: have.1 >= need.1,
            bar: Bar::have(have.1, need.1),
        }
    }
}

/// All bars are drawn on a line of this many units; a gap between parts is 0.25 % of it.
const SCALE: u64 = 10_000;
const GAP: u64 = 26;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Part {
    class: &'static str,
    x: u64,
    width: u64,
}

fn scaled(amount: u64, total: u64) -> u64 {
    let wide = u128::from(amount) * u128::from(SCALE);
    match wide.checked_div(u128::from(total)) {
        Some(x) => u64::try_from(x).unwrap_or(SCALE).min(SCALE),
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_follow_each_other_and_end_where_their_sum_ends() {
        let bar = Bar::score(&[315, 180, 140, 124, 35, 50], 1_000, "84.4 of 100 points");
        let (first, last) = (bar.parts.first().unwrap(), bar.parts.last().unwrap());
        assert_eq!((first.class, first.x, first.width), ("f1", 0, 3_150));
        assert_eq!((last.class, last.x + last.width), ("f6", 8_440));
        for pair in bar.parts.windows(2) {
            assert_eq!(pair[0].x + pair[0].width, pair[1].x);
        }
        assert_eq!(bar.gaps.len(), 6);
    }

    #[test]
    fn thirds_fill_the_line_without_a_rest() {
        let bar = Bar::of(&[(Fill::Shade(1), 1), (Fill::Held, 1), (Fill::Nothing, 1)], 3, "");
        assert_eq!(bar.parts.iter().map(|p| p.width).sum::<u64>(), SCALE);
        assert_eq!(bar.gaps.len(), 2);
    }

    #[test]
    fn nothing_overflows() {
        assert!(Bar::of(&[(Fill::Held, 5)], 0, "").parts.is_empty());
        let over = Bar::have(u64::MAX, 3);
        assert_eq!((over.parts[0].class, over.parts[0].width), ("f1", SCALE));
        let meter = Meter::new("Verified jobs", 9, 12);
        assert_eq!((meter.met, meter.bar.parts[0].class), (false, "f-held"));
        assert!(Meter::worded("Rating", ("4.7", 47), ("4.6", 46)).met);
    }
}
