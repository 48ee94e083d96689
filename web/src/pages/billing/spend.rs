//! What a customer spent, engagement by engagement, and its receipts.

use api::billing::{self, Received, SpentOn, spend_csv};
use api::kernel::id::PaymentId;
use api::platform::http::paging::PageWanted;
use api::platform::refusal::Common;
use poem::http::{HeaderValue, header};
use poem::web::Path;
use poem::{Response, handler};
use serde::Serialize;

use super::words;
use crate::render::Page;
use crate::site::{Answer, Flash, Form, Visit, see_other};
use crate::view::{Figure, Pager, Tab};

/// Rows a page.
const ROWS: i64 = 50;
/// Rows of the file: more engagements than any customer has.
const FILE_ROWS: i64 = 10_000;

/// One engagement's money.
#[derive(Debug, Serialize)]
pub struct SpendRow {
    /// "A-2041, Welcome series".
    pub what: String,
    pub partner: String,
    pub href: String,
    pub paid: String,
    pub held: String,
    pub released: String,
    pub back: String,
}

/// What was spent.
#[derive(Debug, Serialize)]
pub struct Spend {
    pub money: Vec<Tab>,
    pub all: Vec<Figure>,
    pub rows: Vec<SpendRow>,
    pub csv: String,
    pub pager: Option<Pager>,
}

/// A payment with its receipt.
#[derive(Debug, Serialize)]
pub struct ReceiptRow {
    /// "Milestone 1: Welcome series".
    pub what: String,
    pub engagement: String,
    pub href: String,
    pub day: String,
    pub amount: String,
    pub receipt: String,
}

/// Payments whose money came.
#[derive(Debug, Serialize)]
pub struct Receipts {
    pub money: Vec<Tab>,
    pub rows: Vec<ReceiptRow>,
    pub pager: Option<Pager>,
}

#[handler]
pub async fn show_spend(visit: Visit, query: Form) -> Answer {
    let (app, caller) = (visit.app(), visit.caller()?);
    let list = format!("spend-page:{}:{}", caller.vendor, caller.organization);
    let wanted = PageWanted::read(&app.cursors, &list, Some(ROWS), query.given("cursor"))?;
    let spending = billing::spending(app, caller, wanted).await?;
    let next = spending.next.map(|next| app.cursors.seal(&list, next));
    let all = &spending.all;
    let figure = |label, money| Figure::new(label, words::amount(money));
    let page = Spend {
        money: words::money_tabs(&visit, "/spend"),
        all: vec![
            figure("Paid", all.paid),
            figure("Held", all.held),
            figure("Released", all.released),
            figure("Sent back", all.back),
            figure("Agreed", all.agreed),
        ],
        rows: spending.engagements.iter().map(|one| spend_row(&visit, one)).collect(),
        csv: visit.link("/spend.csv"),
        pager: pager(&visit.link("/spend"), wanted, next, spending.engagements.len()),
    };
    visit.page(&page)
}

/// The same as a file, all engagements on one page.
#[handler]
pub async fn spend_file(visit: Visit) -> Answer {
    let all = PageWanted { limit: FILE_ROWS, after: None };
    let spending = billing::spending(visit.app(), visit.caller()?, all).await?;
    let csv = spend_csv(&spending.engagements);
    let mut response = Response::builder().content_type("text/csv; charset=utf-8").body(csv);
    let name = HeaderValue::from_static("attachment; filename=\"spend.csv\"");
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_DISPOSITION, name);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    Ok(response)
}

#[handler]
pub async fn show_receipts(visit: Visit, query: Form) -> Answer {
    let (app, caller) = (visit.app(), visit.caller()?);
    let list = format!("receipts-page:{}:{}", caller.vendor, caller.organization);
    let wanted = PageWanted::read(&app.cursors, &list, Some(ROWS), query.given("cursor"))?;
    let (payments, next) = billing::list_received(app, caller, wanted).await?;
    let next = next.map(|next| app.cursors.seal(&list, next));
    let page = Receipts {
        money: words::money_tabs(&visit, "/receipts"),
        rows: payments.iter().map(|one| receipt_row(&visit, one)).collect(),
        pager: pager(&visit.link("/receipts"), wanted, next, payments.len()),
    };
    visit.page(&page)
}

/// Leads out to the receipt, which the payment processor shows.
#[handler]
pub async fn show_receipt(visit: Visit, Path(id): Path<String>) -> Answer {
    let id = PaymentId::parse(&id).ok_or(Common::NotFound("payment"))?;
    match billing::receipt_of(visit.app(), visit.caller()?, id).await {
        Ok(url) => Ok(see_other(&url)),
        Err(error) if error.code() == Some("no-receipt") => {
            let flash = Flash::note("There is no receipt yet", "It comes with the money.");
            Ok(visit.go_telling("/receipts", &flash))
        }
        Err(error) => Err(error.into()),
    }
}

fn pager(here: &str, wanted: PageWanted, next: Option<String>, shown: usize) -> Option<Pager> {
    let paged = wanted.after.is_some() || next.is_some();
    paged.then(|| Pager {
        shown: format!("{shown} shown"),
        earlier: wanted.after.map(|_| here.to_owned()),
        later: next.map(|cursor| format!("{here}?cursor={cursor}")),
    })
}

fn spend_row(visit: &Visit, of: &SpentOn) -> SpendRow {
    SpendRow {
        what: format!("{}, {}", of.label, of.title),
        partner: of.partner.clone(),
        href: visit.link(&format!("/engagements/{}", of.engagement)),
        paid: format!("{} of {}", words::amount(of.paid), words::amount(of.agreed)),
        held: words::amount(of.held),
        released: words::amount(of.released),
        back: words::amount(of.back),
    }
}

fn receipt_row(visit: &Visit, of: &Received) -> ReceiptRow {
    ReceiptRow {
        what: format!("Milestone {}: {}", of.seq, of.title),
        engagement: of.label.clone(),
        href: visit.link(&format!("/milestones/{}/money", of.milestone)),
        day: words::moment(visit, of.paid_at),
        amount: words::amount(of.amount),
        receipt: visit.link(&format!("/receipts/{}", of.payment)),
    }
}

impl Page for Spend {
    const TEMPLATE: &'static str = "billing/spend.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let row = |what: &str, held: &str| SpendRow {
            what: what.into(),
            partner: "Brandt Lifecycle".into(),
            href: "/p/larkfield/engagements/1".into(),
            paid: "€1,900.00 of €2,400.00".into(),
            held: held.into(),
            released: "€1,400.00".into(),
            back: "€0.00".into(),
        };
        let all = ["Paid", "Held", "Released", "Sent back", "Agreed"];
        let empty = |label: &str| Figure::new(label, "€0.00");
        let money = words::sample_customer_tabs();
        let csv = String::from("/p/larkfield/spend.csv");
        let usual = Self {
            money: words::sample_customer_tabs(),
            all: all.map(|label| Figure::new(label, "€1,900.00")).into(),
            rows: vec![row("A-2041, Welcome series", "€500.00"), row("A-2038, Audit", "€0.00")],
            csv: csv.clone(),
            pager: Some(Pager {
                shown: "2 shown".into(),
                earlier: None,
                later: Some("/p/larkfield/spend?cursor=x".into()),
            }),
        };
        let (all, rows) = (all.map(empty).into(), Vec::new());
        let nothing = Self { money, all, rows, csv, pager: None };
        vec![("usual", usual), ("nothing yet", nothing)]
    }
}

impl Page for Receipts {
    const TEMPLATE: &'static str = "billing/receipts.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let row = ReceiptRow {
            what: "Milestone 1: Welcome series".into(),
            engagement: "A-2041".into(),
            href: "/p/larkfield/milestones/1/money".into(),
            day: "3 November 2026, 14:02".into(),
            amount: "€1,900.00".into(),
            receipt: "/p/larkfield/receipts/1".into(),
        };
        let money = words::sample_customer_tabs();
        let usual = Self { money: words::sample_customer_tabs(), rows: vec![row], pager: None };
        vec![("usual", usual), ("nothing yet", Self { money, rows: Vec::new(), pager: None })]
    }
}
