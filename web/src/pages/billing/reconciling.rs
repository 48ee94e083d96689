//! Whether the books and the payment processor agree: the last look, what differs, and what was
//! said about it.

use api::billing::{self, Break, BreakKind, BreakState, Carried, Reconciliation, Told};
use api::kernel::id::BreakId;
use api::platform::http::paging::PageWanted;
use api::platform::refusal::Common;
use poem::handler;
use poem::web::Path;
use serde::Serialize;

use super::{waits, words};
use crate::format;
use crate::render::Page;
use crate::site::{Answer, Flash, Form, PageError, Visit};
use crate::view::{Errors, Figure, Notice, State, Tab, Tone};

/// Rows a page.
const ROWS: i64 = 50;

/// One difference.
#[derive(Debug, Serialize)]
pub struct Row {
    /// Names its section on the page.
    pub id: String,
    pub title: &'static str,
    pub state: State,
    pub says: String,
    pub advice: &'static str,
    pub facts: Vec<Figure>,
    /// What it is called at the processor and in the books.
    pub names: Vec<Figure>,
    /// Where it is explained; empty where it has ended.
    pub explain: String,
    pub reason: String,
    pub reason_error: Option<String>,
    pub correction: String,
    pub correction_error: Option<String>,
}

/// Where the books stand with the processor.
#[derive(Debug, Serialize)]
pub struct Reconciling {
    pub money: Vec<Tab>,
    pub notice: Notice,
    pub facts: Vec<Figure>,
    pub run: String,
    /// A look was asked for and is not over.
    pub under_way: bool,
    pub tabs: Vec<Tab>,
    pub rows: Vec<Row>,
    pub empty: [&'static str; 2],
    /// The page of earlier ones; empty on the last.
    pub earlier: String,
    /// Those of a form that came back.
    pub errors: Errors,
}

/// What a person typed about a difference, with what was wrong.
struct Typed<'a> {
    id: BreakId,
    reason: &'a str,
    correction: &'a str,
    errors: Errors,
}

#[handler]
pub async fn show_reconciliation(visit: Visit, form: Form) -> Answer {
    let page = page(&visit, &form, None).await?;
    visit.page(&page)
}

#[handler]
pub async fn reconcile(visit: Visit) -> Answer {
    billing::reconcile_now(visit.app(), visit.caller()?).await?;
    let flash = Flash::done("The books are being compared").saying("Look again in a minute.");
    Ok(visit.go_telling("/reconciliation", &flash))
}

#[handler]
pub async fn explain(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let id = BreakId::parse(&id).ok_or(Common::NotFound("difference"))?;
    let (reason, key) = (form.get("reason"), form.get("correction"));
    let correction = Some(key).filter(|key| !key.trim().is_empty());
    let why = (reason, correction);
    let flash = match billing::explain_break(visit.app(), visit.caller()?, id, why).await {
        Ok(Carried::Waits(of)) => return Ok(waits(&visit, &of)),
        Ok(Carried::Done(_)) => {
            Flash::done("Explained").saying("It is not opened again while it is the same.")
        }
        Err(error) if error.code() == Some("difference-ended") => {
            Flash::note("It has ended already", "Here is where the others stand.")
        }
        Err(error) if error.code() == Some("approval-waits") => {
            Flash::note("It waits for a second person already", "Nothing was done by this form.")
        }
        Err(error) => {
            let errors = PageError::from(error).into_errors(|name| format!("{name}_{id}"))?;
            let typed = Typed { id, reason, correction: key, errors };
            return visit.again(&page(&visit, &form, Some(typed)).await?);
        }
    };
    Ok(visit.go_telling("/reconciliation", &flash))
}

async fn page(
    visit: &Visit,
    form: &Form,
    typed: Option<Typed<'_>>,
) -> Result<Reconciling, PageError> {
    let (app, caller) = (visit.app(), visit.caller()?);
    let stands = billing::reconciliation(app, caller).await?;
    let state = form.given("state").and_then(BreakState::parse).unwrap_or(BreakState::Open);
    let list = format!("reconciling-page:{}:{state}", caller.vendor);
    let wanted = PageWanted::read(&app.cursors, &list, Some(ROWS), form.given("from"))?;
    let (breaks, next) = billing::list_breaks(app, caller, Some(state), wanted).await?;
    let here = visit.link("/reconciliation");
    let next = next.map(|position| app.cursors.seal(&list, position));
    let mut rows: Vec<Row> = breaks.iter().map(|one| row(visit, one)).collect();
    let mut errors = Errors::default();
    if let Some(typed) = typed {
        let own = rows.iter_mut().find(|row| row.id == typed.id.to_string());
        if let Some(row) = own {
            let error = |name: &str| typed.errors.on.get(&format!("{name}_{}", typed.id)).cloned();
            row.reason = typed.reason.to_owned();
            row.reason_error = error("reason");
            row.correction = typed.correction.to_owned();
            row.correction_error = error("correction");
        }
        errors = typed.errors;
    }
    Ok(Reconciling {
        money: words::money_tabs(visit, "/reconciliation"),
        notice: notice(visit, &stands),
        facts: facts(visit, &stands),
        run: visit.link("/reconciliation/run"),
        under_way: stands.is_under_way,
        tabs: tabs(&here, state, stands.open),
        rows,
        empty: if stands.last.is_some() { nothing(state) } else { NOT_YET },
        earlier: next.map_or_else(String::new, |cursor| {
            format!("{here}?state={}&from={cursor}", state.as_str())
        }),
        errors,
    })
}

fn notice(visit: &Visit, stands: &Reconciliation) -> Notice {
    let Some(last) = &stands.last else {
        let text = "The first look is within an hour, or when you ask for it.";
        return Notice::info("The books were not compared yet", text);
    };
    let when = format::ago(last.ended_at, visit.app().clock.now());
    match stands.open {
        0 => {
            let text = format!("Last compared {when}. You hear of it when something differs.");
            Notice::good("Everything agrees", &text)
        }
        n => {
            let n = u64::try_from(n).unwrap_or_default();
            let title = format!("{} open", format::count(n, "difference", "differences"));
            let text = format!("Last compared {when}. Each says what to do.");
            Notice::bad(&title, &text)
        }
    }
}

fn facts(visit: &Visit, stands: &Reconciliation) -> Vec<Figure> {
    let Some(last) = &stands.last else { return Vec::new() };
    let mut facts = vec![
        Figure::new("Last compared", words::moment(visit, last.ended_at)),
        Figure::new("Movements that agree", format!("{} of {}", last.matched, last.movements)),
    ];
    if last.booked > 0 {
        facts.push(Figure::new("Found and booked by it", last.booked.to_string()));
    }
    facts
}

fn tabs(here: &str, current: BreakState, open: i64) -> Vec<Tab> {
    let tab = |of: BreakState, n| {
        let href = format!("{here}?state={}", of.as_str());
        Tab::new(&state(of).word, &href, n, of == current)
    };
    vec![
        tab(BreakState::Open, u64::try_from(open).ok()),
        tab(BreakState::Explained, None),
        tab(BreakState::Closed, None),
    ]
}

const NOT_YET: [&str; 2] =
    ["Nothing was compared yet", "What differs stands here after the first look, with what to do."];

fn nothing(state: BreakState) -> [&'static str; 2] {
    match state {
        BreakState::Open | BreakState::Watched => [
            "Everything agrees",
            "What the processor and the books say differently stands here, with what to do.",
        ],
        BreakState::Explained => {
            ["Nothing was explained yet", "What somebody gave a reason for is kept here."]
        }
        BreakState::Closed => {
            ["Nothing closed itself yet", "Differences that went away by themselves are kept here."]
        }
    }
}

fn state(state: BreakState) -> State {
    match state {
        BreakState::Watched | BreakState::Open => State::new(Tone::Bad, "alert", "Open"),
        BreakState::Explained => State::new(Tone::Plain, "message", "Explained"),
        BreakState::Closed => State::new(Tone::Good, "done", "Closed by itself"),
    }
}

fn title(kind: BreakKind) -> &'static str {
    match kind {
        BreakKind::NotInBooks => "Moved at Stripe, not in the books",
        BreakKind::TypeUnknown => "A movement of a kind nobody knows",
        BreakKind::AmountDiffers => "Another amount than booked",
        BreakKind::NotAtStripe => "In the books, not at Stripe",
        BreakKind::BalanceDiffers => "The balance differs",
        BreakKind::AccountDiffers => "A payee’s account differs",
        BreakKind::CallUnknown => "Asked of Stripe, and no answer",
        BreakKind::InFlight => "On its way for too long",
        BreakKind::HeldLong => "Held for too long",
    }
}

fn row(visit: &Visit, one: &Break) -> Row {
    let mut facts = vec![Figure::new("Seen first", words::moment(visit, one.first_seen_at))];
    let amounts = [("By the books", one.expected), ("By Stripe", one.seen)];
    let both = one.expected.is_some() && one.seen.is_some();
    for (label, minor) in amounts {
        if let (true, Some(minor)) = (both, minor) {
            facts.push(Figure::new(label, billing::in_words(minor, &one.currency)));
        }
    }
    if let Some(ended) = one.ended_at {
        facts.push(Figure::new("Ended", words::moment(visit, ended)));
    }
    let said = [("Reason", one.reason.clone()), ("By", one.explained_by.clone())];
    let given = |(label, text): (&str, Option<String>)| Some(Figure::new(label, text?));
    facts.extend(said.into_iter().filter_map(given));
    let named = [
        ("At Stripe", one.stripe.clone()),
        ("Journal", one.journal.map(|id| id.to_string())),
        ("Settled by journal", one.correction.clone()),
    ];
    let address = match one.state {
        BreakState::Open => visit.link(&format!("/reconciliation/{}/explain", one.id)),
        _ => String::new(),
    };
    Row {
        id: one.id.to_string(),
        title: title(one.kind),
        state: match one.state {
            BreakState::Open if one.kind.is_warning() => State::WAITING,
            other => state(other),
        },
        says: one.says(),
        advice: if one.state == BreakState::Open { one.advice() } else { "" },
        facts,
        names: named.into_iter().filter_map(given).collect(),
        explain: address,
        reason: String::new(),
        reason_error: None,
        correction: String::new(),
        correction_error: None,
    }
}

impl Page for Reconciling {
    const TEMPLATE: &'static str = "billing/reconciling.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let mut wrong = sample();
        wrong.errors.add("reason_b1", "Enter a reason");
        if let Some(row) = wrong.rows.first_mut() {
            row.reason_error = Some("Enter a reason".into());
        }
        let mut agrees = sample();
        agrees.rows.clear();
        agrees.notice = Notice::good("Everything agrees", "Last compared 20 minutes ago.");
        agrees.under_way = true;
        agrees.tabs = tabs("/p/larkfield/reconciliation", BreakState::Open, 0);
        let mut new = sample();
        new.rows.clear();
        (new.facts, new.empty) = (Vec::new(), NOT_YET);
        vec![
            ("not compared yet", new),
            ("usual", sample()),
            ("without a reason", wrong),
            ("everything agrees", agrees),
        ]
    }
}

fn sample() -> Reconciling {
    let row = |id: &str, of: BreakState| Row {
        id: id.into(),
        title: title(BreakKind::NotInBooks),
        state: state(of),
        says: "Stripe moved $74.47 (charge ch_1PzS, with a fee of $2.53), and no journal knows of \
               it."
        .into(),
        advice: "Find it at Stripe by its name.",
        facts: vec![Figure::new("Seen first", "3 November 2026, 14:02")],
        names: vec![Figure::new("At Stripe", "txn_1PzSAbCdEfGhIjKlMnOpQrSt")],
        explain: match of {
            BreakState::Open => format!("/p/larkfield/reconciliation/{id}/explain"),
            _ => String::new(),
        },
        reason: String::new(),
        reason_error: None,
        correction: String::new(),
        correction_error: None,
    };
    Reconciling {
        money: words::sample_money_tabs(),
        notice: Notice::bad("2 differences open", "Last compared 20 minutes ago."),
        facts: vec![Figure::new("Movements that agree", "41 of 43")],
        run: "/p/larkfield/reconciliation/run".into(),
        under_way: false,
        tabs: tabs("/p/larkfield/reconciliation", BreakState::Open, 2),
        rows: vec![row("b1", BreakState::Open), row("b2", BreakState::Explained)],
        empty: nothing(BreakState::Open),
        earlier: "/p/larkfield/reconciliation?from=x".into(),
        errors: Errors::default(),
    }
}
