//! Statements: a month or a year, line by line, on a page and as a file.

use api::billing::{self, Part, Statement, StatementLine, statement_csv};
use api::platform::caller::OrganizationKind;
use chrono::{Datelike, Days, Months, NaiveDate};
use poem::http::{HeaderValue, header};
use poem::{Response, handler};
use serde::Serialize;

use super::words;
use crate::format;
use crate::render::Page;
use crate::site::{Answer, Form, PageError, Visit};
use crate::view::{Choice, State, Tab};

/// Months that can be chosen, this one first.
const MONTHS: u32 = 13;

/// One line of a statement.
#[derive(Debug, Serialize)]
pub struct Row {
    pub day: String,
    pub what: String,
    pub engagement: String,
    pub money: String,
    pub rule: String,
    pub gross: String,
    pub state: State,
    pub amount: String,
    pub running: String,
}

/// What an organization earned or paid in a period.
#[derive(Debug, Serialize)]
pub struct Statements {
    pub money: Vec<Tab>,
    pub eyebrow: Vec<String>,
    pub lede: String,
    pub period: String,
    pub months: Vec<Choice>,
    pub here: String,
    pub csv: String,
    pub opening: String,
    pub rows: Vec<Row>,
    pub closing: String,
    pub closing_label: String,
    /// For payees the way back; empty for customers.
    pub earnings: String,
}

#[handler]
pub async fn show_statements(visit: Visit, form: Form) -> Answer {
    let caller = visit.caller()?;
    let chosen = Chosen::read(&visit, form.get("month"));
    let statement = read(&visit, &chosen).await?;
    let payer = caller.kind == OrganizationKind::Customer;
    let rows = statement.lines.iter().map(|line| row(&visit, line, payer)).collect();
    let page = Statements {
        money: words::money_tabs(&visit, "/statements"),
        eyebrow: vec![statement.organization_name.clone(), "days in UTC".to_owned()],
        lede: lede(payer).to_owned(),
        period: chosen.label(),
        months: chosen.choices(),
        here: visit.link("/statements"),
        csv: visit.link(&format!("/statements.csv?month={}", chosen.word())),
        opening: words::amount(statement.opening),
        rows,
        closing: words::amount(statement.closing),
        closing_label: closing_label(payer).to_owned(),
        earnings: if payer { String::new() } else { visit.link("/earnings") },
    };
    visit.page(&page)
}

/// The same lines as a file for a spreadsheet.
#[handler]
pub async fn statement_file(visit: Visit, form: Form) -> Answer {
    let chosen = Chosen::read(&visit, form.get("month"));
    let statement = read(&visit, &chosen).await?;
    let name = format!("attachment; filename=\"statement-{}.csv\"", chosen.word());
    let mut response =
        Response::builder().content_type("text/csv; charset=utf-8").body(statement_csv(&statement));
    let headers = response.headers_mut();
    if let Ok(name) = HeaderValue::try_from(name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    Ok(response)
}

async fn read(visit: &Visit, chosen: &Chosen) -> Result<Statement, PageError> {
    let (from, to) = chosen.days();
    Ok(billing::statement(visit.app(), visit.caller()?, from, to).await?)
}

/// The period a visitor chose.
struct Chosen {
    today: NaiveDate,
    /// The first day of a month; absent for the year that ends today.
    month: Option<NaiveDate>,
}

impl Chosen {
    /// "2026-11" or "year"; anything else is this month.
    fn read(visit: &Visit, word: &str) -> Self {
        Self::of(visit.app().clock.now().date_naive(), word)
    }

    fn of(today: NaiveDate, word: &str) -> Self {
        let this = today.with_day(1).unwrap_or(today);
        let asked = NaiveDate::parse_from_str(&format!("{word}-01"), "%Y-%m-%d").ok();
        let month = match word {
            "year" => None,
            _ => Some(asked.filter(|day| *day <= this).unwrap_or(this)),
        };
        Self { today, month }
    }

    fn days(&self) -> (Option<NaiveDate>, Option<NaiveDate>) {
        let Some(first) = self.month else { return (None, None) };
        let next = first.checked_add_months(Months::new(1));
        let last = next.and_then(|next| next.checked_sub_days(Days::new(1)));
        (Some(first), last)
    }

    fn word(&self) -> String {
        self.month.map_or_else(|| "year".to_owned(), |day| day.format("%Y-%m").to_string())
    }

    fn label(&self) -> String {
        match self.month {
            Some(day) => day.format("%B %Y").to_string(),
            None => format!("The year to {}", format::date(self.today)),
        }
    }

    fn choices(&self) -> Vec<Choice> {
        let this = self.today.with_day(1).unwrap_or(self.today);
        let months = (0..MONTHS).filter_map(|back| this.checked_sub_months(Months::new(back)));
        let word = self.word();
        let choice = |day: NaiveDate| {
            let value = day.format("%Y-%m").to_string();
            Choice::new(&value, &day.format("%B %Y").to_string(), value == word)
        };
        let mut choices: Vec<Choice> = months.map(choice).collect();
        if !choices.iter().any(|choice| choice.chosen) && self.month.is_some() {
            choices.push(Choice::new(&word, &self.label(), true));
        }
        choices.push(Choice::new("year", "The last twelve months", word == "year"));
        choices
    }
}

fn row(visit: &Visit, line: &StatementLine, payer: bool) -> Row {
    let state =
        if payer { words::payment_state(line.state) } else { words::line_state(line.state) };
    let counts = payer || line.state.is_earned();
    let part = line.split.iter().find(|part| Some(part.party) == line.party);
    Row {
        day: format::date(line.at.date_naive()),
        what: line.what.clone(),
        engagement: line.engagement_label.clone(),
        money: visit.link(&format!("/milestones/{}/money", line.milestone)),
        rule: rule(line, part),
        gross: words::amount(line.gross),
        state,
        amount: words::amount(line.amount),
        running: if counts { words::amount(line.running) } else { "not counted".to_owned() },
    }
}

/// What the amount is, and by which fee rule.
fn rule(line: &StatementLine, part: Option<&Part>) -> String {
    let named = line.fee_rule.as_deref();
    if line.party.is_none() && line.amount.minor() < 0 {
        return match &line.refusal {
            Some(why) => format!("did not reach the card, and is your credit: {why}"),
            None => "what came back of the price".to_owned(),
        };
    }
    match part {
        Some(part) => {
            let by = named.map(|rule| format!(" by the rule {rule}")).unwrap_or_default();
            format!("{}, {}{by}", words::party(part.party), words::rule(part.parts))
        }
        None => {
            let by = named.map(|rule| format!(", shared by the rule {rule}")).unwrap_or_default();
            format!("the price, fees included{by}")
        }
    }
}

const fn lede(payer: bool) -> &'static str {
    if payer {
        "Every payment of your organization, and what came back of it with a minus, on its own day."
    } else {
        "Every share of your organization, and what it gives back. What is held, or was sent back \
         before release, is shown and not counted."
    }
}

const fn closing_label(payer: bool) -> &'static str {
    if payer { "Paid by the end" } else { "Earned by the end" }
}

impl Page for Statements {
    const TEMPLATE: &'static str = "billing/statements.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let empty = Self { rows: Vec::new(), earnings: String::new(), ..sample() };
        vec![("usual", sample()), ("empty", empty)]
    }
}

fn sample() -> Statements {
    let today = NaiveDate::from_ymd_opt(2026, 5, 7).unwrap_or_default();
    let chosen = Chosen::of(today, "2026-05");
    Statements {
        money: Vec::new(),
        eyebrow: vec!["Brandt Lifecycle Studio".into(), "days in UTC".into()],
        lede: lede(false).into(),
        period: chosen.label(),
        months: chosen.choices(),
        here: "/p/larkfield/statements".into(),
        csv: "/p/larkfield/statements.csv?month=2026-05".into(),
        opening: "€1,530.00".into(),
        rows: vec![Row {
            day: "7 May 2026".into(),
            what: "Milestone 2: Dealer nurture".into(),
            engagement: "A-2041".into(),
            money: "/p/larkfield/milestones/m/money".into(),
            rule: "Consultant’s share, 80 %, fixed at signing by the rule “All work” of 2 May 2026"
                .into(),
            gross: "€3,240.00".into(),
            state: State::PAID_OUT,
            amount: "€2,592.00".into(),
            running: "€4,122.00".into(),
        }],
        closing: "€4,122.00".into(),
        closing_label: closing_label(false).into(),
        earnings: "/p/larkfield/earnings".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_its_first_to_its_last_day() {
        let today = NaiveDate::from_ymd_opt(2026, 3, 31).unwrap();
        let days = |word: &str| {
            let (from, to) = Chosen::of(today, word).days();
            format!("{:?} {:?}", from.map(|d| d.to_string()), to.map(|d| d.to_string()))
        };
        assert_eq!(days("2026-02"), "Some(\"2026-02-01\") Some(\"2026-02-28\")");
        assert_eq!(days(""), "Some(\"2026-03-01\") Some(\"2026-03-31\")");
        assert_eq!(days("2031-01"), days(""), "no month that has not begun");
        assert_eq!(days("year"), "None None");
        let choices = Chosen::of(today, "2019-12").choices();
        assert_eq!(choices.len(), 15);
        assert_eq!(choices.iter().filter(|c| c.chosen).count(), 1);
        assert_eq!(Chosen::of(today, "").choices()[1].value, "2026-02");
    }
}
