//! Columns over time, drawn on the server, with the same figures as a table below.

use serde::Serialize;

/// A column chart with its table twin. Rendered by `<chart of={..} />`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Chart {
    /// Unique on the page.
    pub id: String,
    /// "Paid out per month, in euros".
    pub title: String,
    /// What the drawing shows, in sentences.
    pub description: String,
    /// The heads of the table: period, amount, state.
    pub heads: [String; 3],
    pub columns: Vec<ChartColumn>,
    /// The last row of the table.
    pub total: [String; 2],
    drawn: Vec<Drawn>,
    lines: Vec<GridLine>,
}

/// One column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChartColumn {
    /// "Jun" below the column.
    pub short: String,
    /// "Jun 2025" in the table.
    pub label: String,
    /// Height in any unit, the same for all.
    pub value: u64,
    /// "€2,980.00" in the table.
    pub text: String,
    /// "paid" in the table.
    pub state: String,
    /// Not closed yet: drawn as an outline.
    pub open: bool,
}

impl Chart {
    /// Draws `columns`; `lines` are the heights of the grid lines with their words, above zero,
    /// rising. The highest of both gives the scale.
    pub fn new(
        (id, title): (&str, &str),
        description: &str,
        columns: Vec<ChartColumn>,
        lines: &[(u64, &str)],
    ) -> Self {
        let tallest = columns.iter().map(|c| c.value).max().unwrap_or(0);
        let top = lines.iter().map(|(v, _)| *v).max().unwrap_or(0).max(tallest).max(1);
        let mut drawn = draw(&columns, top);
        if let Some(peak) = drawn.iter_mut().filter(|d| d.height > 0).max_by_key(|d| d.height) {
            peak.marked = true;
        }
        let lines = lines
            .iter()
            .map(|(value, label)| GridLine {
                y: FLOOR - height(*value, top),
                label: (*label).into(),
            })
            .collect();
        Self {
            id: id.into(),
            title: title.into(),
            description: description.into(),
            heads: ["Period".into(), "Amount".into(), "State".into()],
            columns,
            total: [String::new(), String::new()],
            drawn,
            lines,
        }
    }

    /// The same with its last row, for example `("Paid out", "€38,600.00")`.
    pub fn with_total(self, label: &str, amount: &str) -> Self {
        Self { total: [label.into(), amount.into()], ..self }
    }
}

/// The drawing is 1040 by 240; columns stand between 48 and 1040 on a floor at 204 and are at
/// most 180 high.
const LEFT: u64 = 48;
const WIDTH: u64 = 992;
const FLOOR: u64 = 204;
const TALLEST: u64 = 180;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Drawn {
    class: &'static str,
    x: u64,
    y: u64,
    width: u64,
    height: u64,
    middle: u64,
    /// The tallest column carries its figure.
    marked: bool,
    /// The bar of the table twin, of 1,000.
    share: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct GridLine {
    y: u64,
    label: String,
}

fn draw(columns: &[ChartColumn], top: u64) -> Vec<Drawn> {
    let many = u64::try_from(columns.len()).unwrap_or(u64::MAX).max(1);
    let slot = WIDTH / many;
    let width = (slot * 55 / 100).clamp(1, 64);
    let xs = (0..).map(|at: u64| LEFT + slot.saturating_mul(at) + (slot - width) / 2);
    columns
        .iter()
        .zip(xs)
        .map(|(column, x)| {
            let height = height(column.value, top);
            let class = if column.open { "b-now" } else { "b" };
            let share = height * 1_000 / TALLEST;
            let (y, middle) = (FLOOR - height, x + width / 2);
            Drawn { class, x, y, width, height, middle, marked: false, share }
        })
        .collect()
}

fn height(value: u64, top: u64) -> u64 {
    let tall = u128::from(value) * u128::from(TALLEST) / u128::from(top.max(1));
    u64::try_from(tall).unwrap_or(TALLEST).min(TALLEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(value: u64) -> ChartColumn {
        let [short, label, text, state] = [const { String::new() }; 4];
        ChartColumn { short, label, value, text, state, open: false }
    }

    #[test]
    fn columns_stand_on_the_floor_and_never_leave_the_drawing() {
        let columns: Vec<_> = [0, 5, 4_915, u64::MAX].map(column).into();
        let chart = Chart::new(("c", "t"), "d", columns, &[(2_000, "2,000")]);
        for drawn in &chart.drawn {
            assert_eq!(drawn.y + drawn.height, FLOOR);
            assert!(drawn.x >= LEFT && drawn.x + drawn.width <= LEFT + WIDTH);
        }
        assert_eq!(chart.drawn[3].height, TALLEST);
        assert_eq!(chart.drawn.iter().filter(|d| d.marked).count(), 1);
    }

    #[test]
    fn an_empty_chart_draws_nothing() {
        assert!(Chart::new(("c", "t"), "d", Vec::new(), &[]).drawn.is_empty());
        let zero = Chart::new(("c", "t"), "d", vec![column(0)], &[]);
        assert!(!zero.drawn[0].marked && zero.drawn[0].height == 0);
    }
}
