//! What the work of the last twelve months would have shared under a rule that is not published.

use api::engagements::{self, Compared, Party, Simulation, simulation_csv};
use api::kernel::money::Money;
use poem::http::{HeaderValue, header};
use poem::{Response, handler};
use serde::Serialize;

use super::fees::{control, filled};
use super::words;
use crate::format;
use crate::render::Page;
use crate::site::{Answer, Form, PageError, Visit};
use crate::view::{Link, Sum, SumLine};

/// The months that are shared anew.
const MONTHS: u32 = 12;

/// Amounts of one party or partner.
#[derive(Debug, Serialize)]
pub struct Row {
    pub name: String,
    pub signed: String,
    pub simulated: String,
    pub difference: String,
}

/// The simulation of one rule.
#[derive(Debug, Serialize)]
pub struct FeeSimulation {
    pub fees: Link,
    pub words: String,
    pub lede: String,
    /// What its parts are.
    pub parts: Sum,
    pub parties: Vec<Row>,
    pub partners: Vec<Row>,
    pub csv: String,
    /// Back to the rule as it is typed.
    pub back: String,
}

#[handler]
pub async fn show_simulation(visit: Visit, form: Form) -> Answer {
    let (page, typed) = filled(&visit, &form).await?;
    let back = visit.link(&format!("/fees/new?{}", page.query()));
    let Some(simulation) = read(&visit, &form).await? else {
        return Ok(visit.go(&format!("/fees/new?{}", page.query())));
    };
    let shares = typed.new.parts.each().map(words::share);
    let names = ["Consultant", page.vendor.as_str(), "Reseller of record", "Attaché"];
    let lines = names.into_iter().zip(shares).map(|(name, share)| SumLine::new(name, share));
    visit.page(&FeeSimulation {
        fees: Link::new("Fees", &visit.link("/fees")),
        lede: lede(&visit, &simulation),
        parts: Sum { lines: lines.collect(), total: SumLine::new("Together", "100 %") },
        parties: parties(&simulation, &page.vendor),
        partners: partners(&simulation),
        csv: visit.link(&format!("/fees/simulation.csv?{}", page.query())),
        words: simulation.words,
        back,
    })
}

/// The same, one row an engagement, for a spreadsheet.
#[handler]
pub async fn simulation_file(visit: Visit, form: Form) -> Answer {
    let (page, _) = filled(&visit, &form).await?;
    let Some(simulation) = read(&visit, &form).await? else {
        return Ok(visit.go(&format!("/fees/new?{}", page.query())));
    };
    let csv = simulation_csv(&simulation);
    let mut response = Response::builder().content_type("text/csv; charset=utf-8").body(csv);
    let name = HeaderValue::from_static("attachment; filename=\"fee-simulation.csv\"");
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_DISPOSITION, name);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    Ok(response)
}

/// The simulation of what is typed; `None` when the form has to be looked at again.
async fn read(visit: &Visit, form: &Form) -> Result<Option<Simulation>, PageError> {
    let (page, typed) = filled(visit, form).await?;
    if !typed.asked || !page.errors.is_empty() {
        return Ok(None);
    }
    let (app, caller) = (visit.app(), visit.caller()?);
    match engagements::simulate_fees(app, caller, &[typed.new], MONTHS).await {
        Ok(simulation) => Ok(Some(simulation)),
        Err(error) => PageError::from(error).into_errors(control).map(|_| None),
    }
}

fn lede(visit: &Visit, simulation: &Simulation) -> String {
    let many = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    let signed = format::count(many(simulation.works.len()), "engagement was", "engagements were");
    let since = words::date(visit, simulation.since);
    let changed = many(simulation.changed());
    format!(
        "{signed} signed since {since}. “{}” would count for {}; with it and the rules that are \
         published, {} be shared otherwise than signed. Nothing that is signed changes.",
        simulation.words,
        format::number(i64::try_from(simulation.by_drafts()).unwrap_or(i64::MAX)),
        format::count(changed, "of them would", "of them would")
    )
}

fn parties(simulation: &Simulation, vendor: &str) -> Vec<Row> {
    let name = |party: Party| match party {
        Party::Consultant => "Consultants",
        Party::Vendor => vendor,
        Party::Reseller => "Resellers of record",
        Party::Operator => "Attaché",
    };
    simulation.parties.iter().map(|change| row(name(change.party), change.amounts)).collect()
}

fn partners(simulation: &Simulation) -> Vec<Row> {
    simulation.partners.iter().map(|change| row(&change.name, change.amounts)).collect()
}

fn row(name: &str, amounts: Compared) -> Row {
    Row {
        name: name.to_owned(),
        signed: words::amount(amounts.signed),
        simulated: words::amount(amounts.simulated),
        difference: difference(amounts.difference()),
    }
}

/// "+$12.00", "−$12.00", "none".
fn difference(money: Money) -> String {
    match money.minor() {
        0 => "none".to_owned(),
        more if more > 0 => format!("+{}", words::amount(money)),
        _ => words::amount(money),
    }
}

impl Page for FeeSimulation {
    const TEMPLATE: &'static str = "program/fee_simulation.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let row = |name: &str, difference: &str| Row {
            name: name.into(),
            signed: "$8,000.00".into(),
            simulated: "$8,500.00".into(),
            difference: difference.into(),
        };
        let page = |parties: Vec<Row>, partners: Vec<Row>| Self {
            fees: Link::new("Fees", "/p/larkfield/fees"),
            words: "Accredited, Reporting".into(),
            lede: "12 engagements were signed since 7 May 2025. “Reporting” would count for 3."
                .into(),
            parts: Sum {
                lines: vec![SumLine::new("Consultant", "85 %"), SumLine::new("Larkfield", "15 %")],
                total: SumLine::new("Together", "100 %"),
            },
            parties,
            partners,
            csv: "/p/larkfield/fees/simulation.csv?tier=accredited".into(),
            back: "/p/larkfield/fees/new?tier=accredited".into(),
        };
        let parties = vec![row("Consultants", "+$500.00"), row("Larkfield", "−$500.00")];
        let partners = vec![row("Brandt Lifecycle Studio", "+$500.00")];
        vec![("usual", page(parties, partners)), ("empty", page(Vec::new(), Vec::new()))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use api::kernel::money::Currency;

    #[test]
    fn a_difference_has_its_sign() {
        let usd = |minor| difference(Money::new(minor, Currency::Usd));
        assert_eq!(usd(0), "none");
        assert_eq!(usd(1250), "+$12.50");
        assert!(usd(-1250).ends_with("$12.50") && usd(-1250) != "$12.50");
    }
}
