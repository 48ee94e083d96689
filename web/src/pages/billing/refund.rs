//! Sending a milestone's money back: how much, why, and who gives it. Held money by the program's
//! finance, released money by the consultant too.

use api::billing::{
    self, Carried, DisputeState, GivesBack, MilestoneMoney, RefundPreview, RefundWish,
};
use api::engagements::Party;
use api::identity::Deed;
use api::kernel::money::Money;
use api::platform::caller::Caller;
use api::platform::refusal::Common;
use poem::handler;
use poem::http::StatusCode;
use poem::web::Path;
use serde::Serialize;

use super::fund::milestone_id;
use super::money::refund_notices;
use super::{disagreement, disputes, waits, words};
use crate::render::Page;
use crate::site::{Answer, Flash, Form, PageError, Visit};
use crate::view::{Errors, Figure, Link, Notice, State, Sum, SumLine};

/// A refund before it is asked for, and after.
#[derive(Debug, Serialize)]
pub struct Refund {
    pub title: String,
    /// Where the money goes from, in a sentence.
    pub lede: String,
    pub money: Link,
    pub state: State,
    /// The most that can go back.
    pub amount: String,
    pub hint: String,
    /// What follows from it.
    pub terms: String,
    /// What it can be typed in.
    pub unit: String,
    pub typed: String,
    /// Who gives what, of the amount that is looked at.
    pub sum: Sum,
    pub facts: Vec<Figure>,
    pub reason: String,
    pub action: String,
    /// Whether it is of what was released.
    pub released: bool,
    /// The same for the other money there is.
    pub other: Option<Link>,
    /// "Send it back"; empty when nothing can go back.
    pub deed: String,
    pub notices: Vec<Notice>,
    pub errors: Errors,
    /// What is wrong with the amount to look at.
    pub wrong: Errors,
}

/// The page of an amount to look at, of all that can go back without one.
#[handler]
pub async fn show_refund(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let money = refundable(&visit, &id).await?;
    let of_released = released(visit.caller()?, &money, &form);
    let asked = form.get("amount");
    let currency = money.price.currency();
    let mut wrong = Errors::default();
    let minor = if asked.is_empty() { None } else { form.minor("amount", currency, &mut wrong) };
    let most = money.refundable(of_released);
    if minor.is_some_and(|minor| !(1..=most.minor()).contains(&minor)) {
        let says = format!("Enter an amount above zero and {} at most", words::amount(most));
        wrong.add("amount", &says);
    }
    let looked = minor.filter(|_| wrong.on.is_empty());
    let mut page = refund(&visit, &money, (looked, of_released)).await?;
    if !asked.is_empty() {
        page.typed = asked.to_owned();
    }
    page.wrong = wrong;
    visit.page(&page)
}

#[handler]
pub async fn send_back(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let (app, caller) = (visit.app(), visit.caller()?);
    let milestone = milestone_id(&id)?;
    let money = refundable(&visit, &id).await?;
    let (reason, mut unread) = (form.get("reason"), Errors::default());
    let minor = form.minor("amount", money.price.currency(), &mut unread);
    // What cannot be read is nothing, so that every other fault is told beside it.
    let amount = Some(Money::new(minor.unwrap_or_default(), money.price.currency()));
    let of_released = released(caller, &money, &form);
    let wish = RefundWish { amount, released: Some(of_released), reason };
    let error = match billing::refund_milestone_money(app, caller, milestone, wish).await {
        Ok(Carried::Waits(of)) => return Ok(waits(&visit, &of)),
        Ok(Carried::Done(refund)) => {
            let text = format!("{} goes back to the card.", words::amount(refund.amount));
            let flash = Flash::done("Refund asked for").saying(&text);
            return Ok(visit.go_telling(&format!("/milestones/{milestone}/money"), &flash));
        }
        Err(error) => PageError::from(error),
    };
    let money = refundable(&visit, &id).await?;
    let most = money.refundable(of_released);
    let looked = minor.filter(|minor| (1..=most.minor()).contains(minor));
    let mut page = refund(&visit, &money, (looked, of_released)).await?;
    page.typed = form.get("amount").to_owned();
    page.reason = reason.to_owned();
    if matches!(
        error.code(),
        Some("nothing-held" | "being-released" | "disagreement-open" | "approval-waits")
    ) {
        let (title, text) = match error.code() {
            Some("approval-waits") => ("It waits already", "A second person has to answer first."),
            _ => ("It moved meanwhile", "Its money moved, or rests, meanwhile."),
        };
        let text = format!("{text} Nothing was moved by this form.");
        page.notices.insert(0, Notice::held(title, &text));
        page.deed.clear();
        let mut response = visit.page(&page)?;
        response.set_status(StatusCode::CONFLICT);
        return Ok(response);
    }
    if matches!(error.code(), Some("more-than-held" | "more-than-released")) {
        page.errors.add("amount", &format!("Enter {} at most: no more is there", page.amount));
        return visit.again(&page);
    }
    page.errors = error.into_errors(str::to_owned)?;
    if let Some(fault) = unread.on.get("amount") {
        page.errors = page.errors.reworded("amount", fault);
    }
    visit.again(&page)
}

async fn refundable(visit: &Visit, id: &str) -> Result<MilestoneMoney, PageError> {
    let caller = visit.caller()?;
    let money = billing::milestone_money(visit.app(), caller, milestone_id(id)?).await?;
    if may_send_back(caller, &money) {
        return Ok(money);
    }
    let text = "The program’s finance sends money back, and the consultant gives back what was \
                released. Write to them if you want a refund.";
    Err(Common::NotPermitted(text.to_owned()).into())
}

/// Whether the caller may send back what there is of it now.
pub(super) fn may_send_back(caller: &Caller, money: &MilestoneMoney) -> bool {
    let held = money.held.minor() > 0 && words::may(caller, Deed::RefundMilestones);
    held || (money.released.minor() > 0 && words::may(caller, Deed::GiveBackReleased))
}

/// Whether it is of what was released: as the page says, else when nothing is held that the caller
/// may send back.
fn released(caller: &Caller, money: &MilestoneMoney, form: &Form) -> bool {
    let held = money.held.minor() > 0 && words::may(caller, Deed::RefundMilestones);
    money.released.minor() > 0 && (!held || !form.get("released").is_empty())
}

/// The same page for what was released, or for what is held, where there are both.
fn other(visit: &Visit, money: &MilestoneMoney, released: bool) -> Result<Option<Link>, PageError> {
    let caller = visit.caller()?;
    let deed = if released { Deed::RefundMilestones } else { Deed::GiveBackReleased };
    if money.refundable(!released).minor() == 0 || !words::may(caller, deed) {
        return Ok(None);
    }
    let path = format!("/milestones/{}/refund", money.milestone);
    let amount = words::amount(money.refundable(!released));
    Ok(Some(match released {
        true => Link::new(&format!("Send back of the {amount} that is held"), &visit.link(&path)),
        false => {
            let path = visit.link(&format!("{path}?released=yes"));
            Link::new(&format!("Send back of the {amount} that was released"), &path)
        }
    }))
}

async fn refund(
    visit: &Visit,
    money: &MilestoneMoney,
    (looked, released): (Option<i64>, bool),
) -> Result<Refund, PageError> {
    let (id, most) = (money.milestone, money.refundable(released));
    let locked = money
        .dispute
        .as_ref()
        .is_some_and(|dispute| matches!(dispute.state, DisputeState::Open | DisputeState::Lost));
    let open = most.minor() > 0 && !locked && !money.is_disagreed();
    let mut notices = refund_notices(visit, money);
    notices.extend(money.dispute.as_ref().map(|dispute| disputes::notice(visit, dispute)));
    notices.extend(money.disagreement.as_ref().and_then(|of| disagreement::notice(visit, of)));
    if !open && notices.is_empty() {
        let nothing = "Only money that is held or was released goes back. There is none.";
        notices.push(Notice::info("Nothing can go back", nothing));
    }
    let sum = if open {
        let caller = visit.caller()?;
        gives(&billing::preview_refund(visit.app(), caller, id, (looked, Some(released))).await?)
    } else {
        nobody(money)
    };
    let amount = words::amount(if open { most } else { money.price });
    let there = if released { "with the payees" } else { "held" };
    Ok(Refund {
        title: format!("Send back milestone {}: {}", money.seq, money.title),
        lede: lede(released).to_owned(),
        money: Link::new(
            &format!("Money of milestone {}, {}", money.seq, money.label),
            &visit.link(&format!("/milestones/{id}/money")),
        ),
        state: words::held_state(money.state),
        hint: format!("At most {amount}, which is {there}."),
        terms: terms(&money.customer, released),
        sum,
        facts: vec![
            Figure::new("Customer", money.customer.clone()),
            Figure::new("Partner", money.partner.clone()),
            Figure::new("Engagement", money.label.clone()),
        ],
        reason: String::new(),
        action: visit.link(&format!("/milestones/{id}/refund")),
        released,
        other: other(visit, money, released)?,
        deed: if open { "Send it back".to_owned() } else { String::new() },
        unit: money.price.currency().sign().trim().to_owned(),
        typed: typed(looked.map_or(most, |minor| Money::new(minor, most.currency()))),
        amount,
        notices,
        errors: Errors::default(),
        wrong: Errors::default(),
    })
}

const fn lede(released: bool) -> &'static str {
    if released {
        "Released money goes back to the card it came from, all of it or a part. Each payee gives \
         its part back, by the shares fixed at signing."
    } else {
        "Held money goes back to the card it came from, all of it or a part, fees too."
    }
}

fn terms(customer: &str, released: bool) -> String {
    if released {
        format!(
            "{customer} gets it back first. Then each payee’s part is taken from what was not sent \
             to it, or from its account; what that does not have, from what it earns next. What \
             was accepted stays accepted. This cannot be undone."
        )
    } else {
        format!(
            "{customer} gets it back, fees included; the payees get their parts of what is left. \
             When nothing is left, the milestone ends. This cannot be undone."
        )
    }
}

/// Who gives how much, and where that is now.
pub(super) fn gives(preview: &RefundPreview) -> Sum {
    let line = |part: &GivesBack| {
        let name = match part.party {
            Party::Operator => "Runs this marketplace",
            _ => &part.name,
        };
        let (with_it, waits) = (part.with_it.minor() > 0, part.not_sent.minor() > 0);
        let place = match (with_it, waits) {
            (true, _) => format!("{} is with it", words::amount(part.with_it)),
            (_, true) => format!("{} was not sent", words::amount(part.not_sent)),
            _ if part.party == Party::Operator && preview.released => "kept here".to_owned(),
            _ => String::new(),
        };
        let note = if place.is_empty() { name.to_owned() } else { format!("{name}; {place}") };
        SumLine::new(words::party(part.party), words::amount(part.gives)).with_note(&note)
    };
    Sum {
        lines: preview.parts.iter().map(line).collect(),
        total: SumLine::new("Back to the card", words::amount(preview.amount)),
    }
}

fn nobody(money: &MilestoneMoney) -> Sum {
    let lines = money.split.iter().map(|line| {
        SumLine::new(words::party(line.party), words::amount(line.amount)).with_note(&line.name)
    });
    Sum { lines: lines.collect(), total: SumLine::new("Shared", words::amount(money.shared())) }
}

/// As it is typed into the field, beside the currency's sign.
fn typed(amount: Money) -> String {
    amount.to_string().replace(&amount.currency().sign(), "")
}

impl Page for Refund {
    const TEMPLATE: &'static str = "billing/refund.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let wrong =
            Self { errors: [("reason", "Enter a reason")].into_iter().collect(), ..sample() };
        let done = Self {
            deed: String::new(),
            state: State::REFUNDED,
            notices: vec![Notice::good("Sent back", "The card’s bank shows it within ten days.")],
            ..sample()
        };
        let released = Self {
            released: true,
            other: Some(Link::new(
                "Send back of the €1,000.00 that is held",
                "/p/larkfield/milestones/m/refund",
            )),
            state: State::RELEASED,
            lede: lede(true).into(),
            hint: "At most €3,240.00, which is with the payees.".into(),
            terms: terms("Fjordhaus Outdoor", true),
            ..sample()
        };
        let unread =
            Self { wrong: [("amount", "Enter an amount")].into_iter().collect(), ..sample() };
        vec![
            ("usual", sample()),
            ("wrong", wrong),
            ("done", done),
            ("released", released),
            ("unread", unread),
        ]
    }
}

fn sample() -> Refund {
    Refund {
        title: "Send back milestone 2".into(),
        money: Link::new("A-2041 Dealer nurture", "/p/larkfield/milestones/m/money"),
        state: State::HELD,
        amount: "€3,240.00".into(),
        lede: lede(false).into(),
        hint: "At most €3,240.00, which is held.".into(),
        terms: terms("Fjordhaus Outdoor", false),
        sum: Sum {
            lines: vec![
                SumLine::new("Consultant’s share", "€2,592.00").with_note("Brandt Studio"),
                SumLine::new("Program fee", "€648.00").with_note("Larkfield"),
            ],
            total: SumLine::new("Back to the card", "€3,240.00"),
        },
        facts: vec![Figure::new("Customer", "Fjordhaus Outdoor")],
        reason: String::new(),
        action: "/p/larkfield/milestones/m/refund".into(),
        released: false,
        other: None,
        deed: "Send it back".into(),
        unit: "€".into(),
        typed: "3,240.00".into(),
        notices: Vec::new(),
        errors: Errors::default(),
        wrong: Errors::default(),
    }
}
