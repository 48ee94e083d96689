//! One thing that waits for a second person: what would happen in money to each party, and the yes
//! or no of somebody other than who asked.

use api::billing::{self, MoneyApproval, MoneyApprovalState, MoneyTerms};
use api::identity::Deed;
use api::kernel::id::MoneyApprovalId;
use api::platform::caller::Caller;
use api::platform::refusal::{Class, Common, Error};
use poem::handler;
use poem::http::StatusCode;
use poem::web::Path;
use serde::Serialize;

use super::money_approvals::{about, state};
use super::{refund, words};
use crate::render::Page;
use crate::site::{Answer, Flash, Form, PageError, Visit};
use crate::view::{Errors, Figure, Link, Notice, State, Sum, SumLine};

/// What is asked for, and how it stands.
#[derive(Debug, Serialize)]
pub struct MoneyApprovalPage {
    pub title: String,
    pub all: Link,
    pub state: State,
    pub notices: Vec<Notice>,
    /// Why it is asked for.
    pub reason: String,
    pub reason_by: String,
    /// What each party would give or get; nothing where no money moves.
    pub sum: Option<Sum>,
    pub sum_title: &'static str,
    /// The page of what it is about; absent where there is none.
    pub subject: Option<Link>,
    pub facts: Vec<Figure>,
    /// Where it is answered; empty for who may not.
    pub answer: String,
    /// Where whoever asked takes it back; empty for others.
    pub withdraw: String,
    pub hash: String,
    pub typed: String,
    pub errors: Errors,
}

#[handler]
pub async fn show_money_approval(visit: Visit, Path(id): Path<String>) -> Answer {
    visit.page(&page(&visit, approval_id(&id)?).await?)
}

/// A yes, a no, or taking it back.
#[handler]
pub async fn answer_money_approval(
    visit: Visit,
    Path((id, deed)): Path<(String, String)>,
    form: Form,
) -> Answer {
    let (app, caller, id) = (visit.app(), visit.caller()?, approval_id(&id)?);
    let said = (form.get("hash"), form.get("reason"));
    let done = match (deed.as_str(), form.get("answer")) {
        ("answer", "approve") => billing::approve_money(app, caller, id, said).await,
        ("answer", "decline") => billing::decline_money(app, caller, id, said).await,
        ("withdraw", _) => billing::withdraw_money(app, caller, id).await,
        _ => return Err(missing()),
    };
    let error = match done {
        Ok(of) => {
            let path = format!("/money-approvals/{id}");
            return Ok(visit.go_telling(&path, &Flash::done(ended(of.state))));
        }
        Err(error) => error,
    };
    let mut page = page(&visit, id).await?;
    page.typed = form.get("reason").to_owned();
    if moved(&error) {
        let text = format!("{error} Nothing was done by this form.");
        page.notices.insert(0, Notice::held("That cannot be done now", &text));
        let mut response = visit.page(&page)?;
        response.set_status(StatusCode::CONFLICT);
        return Ok(response);
    }
    page.errors = PageError::from(error).into_errors(str::to_owned)?;
    visit.again(&page)
}

/// The address of a form that came back, loaded anew: to its page.
#[handler]
pub async fn back_to_money_approval(visit: Visit, Path((id, _)): Path<(String, String)>) -> Answer {
    Ok(visit.go(&format!("/money-approvals/{}", approval_id(&id)?)))
}

fn moved(error: &Error) -> bool {
    matches!(error, Error::Refused(refusal) if refusal.class() == Class::Conflict)
}

fn missing() -> PageError {
    Error::from(Common::NotFound("approval")).into()
}

fn approval_id(text: &str) -> Result<MoneyApprovalId, PageError> {
    MoneyApprovalId::parse(text).ok_or_else(missing)
}

const fn ended(of: MoneyApprovalState) -> &'static str {
    match of {
        MoneyApprovalState::Approved => "Approved: it is carried out now",
        MoneyApprovalState::Declined => "Declined: nothing was done",
        MoneyApprovalState::Withdrawn => "Taken back: nothing was done",
        MoneyApprovalState::Overtaken => "It did not fit any more: nothing was done",
        MoneyApprovalState::Lapsed => "It lapsed: nothing was done",
        MoneyApprovalState::Waiting => "It waits for a second person",
    }
}

async fn page(visit: &Visit, id: MoneyApprovalId) -> Result<MoneyApprovalPage, PageError> {
    let (app, caller) = (visit.app(), visit.caller()?);
    let of = billing::see_money_approval(app, caller, id).await?;
    let open = of.state == MoneyApprovalState::Waiting;
    let own = of.asked_by == caller.person;
    let answers = open && !own && may_answer(caller, &of.terms);
    let mut notices: Vec<Notice> = standing(&of, own, answers).into_iter().collect();
    let sum = match preview(visit, &of, open).await {
        Ok(sum) => sum,
        Err(Error::Refused(why)) => {
            let text = format!("{why} A yes would carry out nothing.");
            notices.push(Notice::held("It does not fit the money of today", &text));
            None
        }
        Err(error) => return Err(error.into()),
    };
    let here = visit.link(&format!("/money-approvals/{id}"));
    Ok(MoneyApprovalPage {
        title: of.terms.line(),
        all: Link::new("Second person", &visit.link("/money-approvals")),
        state: state(of.state),
        notices,
        reason: of.reason.clone(),
        reason_by: format!("{}, {}", of.asked_by_name, words::moment(visit, of.asked_at)),
        sum,
        sum_title: if open { "What a yes does" } else { "What was asked for" },
        subject: subject(visit, &of.terms),
        facts: facts(visit, &of),
        answer: if answers { format!("{here}/answer") } else { String::new() },
        withdraw: if open && own { format!("{here}/withdraw") } else { String::new() },
        hash: of.hash_text(),
        typed: String::new(),
        errors: Errors::default(),
    })
}

fn may_answer(caller: &Caller, terms: &MoneyTerms) -> bool {
    let deed = match terms {
        MoneyTerms::Refund { .. } => Deed::RefundMilestones,
        MoneyTerms::Award { .. } => Deed::DecideDisagreements,
        MoneyTerms::Explanation { .. } => Deed::Reconcile,
        MoneyTerms::Limit { .. } => Deed::SetMoneyLimits,
    };
    words::may(caller, deed)
}

/// How it stands, for whom it is not a form.
fn standing(of: &MoneyApproval, own: bool, answers: bool) -> Option<Notice> {
    let words = of.words.as_deref().unwrap_or_default();
    let by = of.closed_by_name.as_deref().unwrap_or_default();
    Some(match of.state {
        MoneyApprovalState::Waiting if answers => return None,
        MoneyApprovalState::Waiting if own => {
            let text = "You asked for it, so somebody else says yes or no. Nothing moves until \
                        then, and you can take it back.";
            Notice::held("It waits for a second person", text)
        }
        MoneyApprovalState::Waiting => {
            Notice::held("It waits for a second person", "Your role does not answer it.")
        }
        MoneyApprovalState::Approved => Notice::good(&format!("{by} said yes"), words),
        MoneyApprovalState::Declined => Notice::info(&format!("{by} said no"), words),
        MoneyApprovalState::Overtaken => Notice::held("It did not fit any more", words),
        MoneyApprovalState::Withdrawn => Notice::info("It was taken back", "Nothing was done."),
        MoneyApprovalState::Lapsed => {
            Notice::info("Nobody answered in time", "Nothing was done. It can be asked for again.")
        }
    })
}

/// What each party would give or get. What the money of today refuses is the error.
async fn preview(visit: &Visit, of: &MoneyApproval, open: bool) -> Result<Option<Sum>, Error> {
    let app = visit.app();
    Ok(match &of.terms {
        MoneyTerms::Refund { milestone, amount, released } if open => {
            let Ok(caller) = visit.caller() else { return Ok(None) };
            let asked = (Some(amount.minor()), Some(*released));
            if !words::may(caller, Deed::RefundMilestones) {
                return Ok(None);
            }
            Some(refund::gives(&billing::preview_refund(app, caller, *milestone, asked).await?))
        }
        MoneyTerms::Award { split, .. } => Some(Sum {
            lines: vec![
                SumLine::new("Back to the customer", words::amount(split.back)),
                SumLine::new("To the payees", words::amount(split.released))
                    .with_note("By the shares fixed at signing"),
            ],
            total: SumLine::new(
                "At stake",
                of.terms.amount().map(words::amount).unwrap_or_default(),
            ),
        }),
        MoneyTerms::Refund { .. } | MoneyTerms::Explanation { .. } | MoneyTerms::Limit { .. } => {
            None
        }
    })
}

fn subject(visit: &Visit, terms: &MoneyTerms) -> Option<Link> {
    Some(match terms {
        MoneyTerms::Refund { milestone, .. } => Link::new(
            "See where the money is",
            &visit.link(&format!("/milestones/{milestone}/money")),
        ),
        MoneyTerms::Award { milestone, .. } => Link::new(
            "Read the disagreement",
            &visit.link(&format!("/milestones/{milestone}/disagreement")),
        ),
        MoneyTerms::Explanation { .. } => {
            Link::new("See the differences", &visit.link("/reconciliation"))
        }
        MoneyTerms::Limit { .. } => {
            Link::new("What one person decides", &visit.link("/money-limits"))
        }
    })
}

fn facts(visit: &Visit, of: &MoneyApproval) -> Vec<Figure> {
    let mut facts = vec![
        Figure::new("About", about(of)),
        Figure::new("One person decides up to", words::amount(of.over)),
        Figure::new("Asked by", of.asked_by_name.clone()),
        Figure::new("Asked", words::moment(visit, of.asked_at)),
    ];
    if let MoneyTerms::Explanation { correction: Some(key), .. } = &of.terms {
        facts.push(Figure::new("Settled by journal", key.clone()));
    }
    let end = match of.closed_at {
        None => Figure::new("Answer by", words::moment(visit, of.answer_by)),
        Some(at) => Figure::new("Ended", words::moment(visit, at)),
    };
    facts.push(end);
    facts
}

impl Page for MoneyApprovalPage {
    const TEMPLATE: &'static str = "billing/money_approval.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let here = "/p/larkfield/money-approvals/m";
        let own = Self {
            answer: String::new(),
            withdraw: format!("{here}/withdraw"),
            notices: vec![Notice::held("It waits for a second person", "You asked for it.")],
            ..sample()
        };
        let over = Self {
            answer: String::new(),
            state: State::ACCEPTED,
            notices: vec![Notice::good("Annika Solberg-Osei said yes", "The contract says so.")],
            sum: None,
            ..sample()
        };
        let typed = "ok".into();
        let errors =
            [("reason", "Say why, in three words at least")].into_iter().collect::<Errors>();
        let wrong = Self { typed, errors, ..sample() };
        vec![("usual", sample()), ("own", own), ("over", over), ("wrong", wrong)]
    }
}

fn sample() -> MoneyApprovalPage {
    MoneyApprovalPage {
        title: "Send €3,240.00 back to the customer".into(),
        all: Link::new("Second person", "/p/larkfield/money-approvals"),
        state: State::WAITING,
        notices: Vec::new(),
        reason: "The work was cancelled before it began.".into(),
        reason_by: "Priscila Okonjo-Lund, 3 November 2026, 14:02".into(),
        sum: Some(Sum {
            lines: vec![
                SumLine::new("Consultant’s share", "€2,592.00").with_note("Brandt Studio"),
                SumLine::new("Program fee", "€648.00").with_note("Larkfield"),
            ],
            total: SumLine::new("Back to the card", "€3,240.00"),
        }),
        sum_title: "What a yes does",
        subject: Some(Link::new("See where the money is", "/p/larkfield/milestones/m/money")),
        facts: vec![Figure::new("About", "A-2041, milestone 2")],
        answer: "/p/larkfield/money-approvals/m/answer".into(),
        withdraw: String::new(),
        hash: "5d41402abc4b2a76".into(),
        typed: String::new(),
        errors: Errors::default(),
    }
}
