//! Releasing a part of what is held before acceptance: how much, who gets it, then yes.

use api::billing::{self, DisputeState, Gets, MilestoneMoney, ReleasePreview};
use api::engagements::Party;
use api::identity::Deed;
use api::kernel::money::Money;
use api::platform::refusal::Common;
use poem::handler;
use poem::http::StatusCode;
use poem::web::Path;
use serde::Serialize;

use super::fund::milestone_id;
use super::{disagreement, disputes, words};
use crate::render::Page;
use crate::site::{Answer, Flash, Form, PageError, Visit};
use crate::view::{Errors, Figure, Link, Notice, State, Sum, SumLine};

/// A part before it is released: first how much, then who gets it and why.
#[derive(Debug, Serialize)]
pub struct ReleasePart {
    pub title: String,
    pub lede: String,
    pub money: Link,
    pub state: State,
    /// What is held.
    pub amount: String,
    pub hint: String,
    /// What it can be typed in.
    pub unit: String,
    pub typed: String,
    /// Who gets what of the amount that is looked at, and what would come back tomorrow; nothing
    /// before one was.
    pub gets: Option<Sum>,
    pub back: Option<Sum>,
    /// When the payees can use it, in a sentence.
    pub usable: String,
    pub facts: Vec<Figure>,
    pub reason: String,
    pub action: String,
    /// "Release €1,000.00"; empty when nothing can be released.
    pub deed: String,
    pub notices: Vec<Notice>,
    pub errors: Errors,
    /// What is wrong with the amount to look at.
    pub wrong: Errors,
}

/// How much; with an amount, what it would bring whom and the deed.
#[handler]
pub async fn show_release(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let money = releasable(&visit, &id).await?;
    let asked = form.get("amount");
    let mut wrong = Errors::default();
    let currency = money.price.currency();
    let minor = if asked.is_empty() { None } else { form.minor("amount", currency, &mut wrong) };
    if minor.is_some_and(|minor| !(1..money.held.minor()).contains(&minor)) {
        wrong.add("amount", &too_much(&money));
    }
    let looked = minor.filter(|_| wrong.on.is_empty());
    let mut page = release(&visit, &money, looked).await?;
    page.typed = asked.to_owned();
    page.wrong = wrong;
    visit.page(&page)
}

#[handler]
pub async fn release_part(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let (app, caller) = (visit.app(), visit.caller()?);
    let milestone = milestone_id(&id)?;
    let money = releasable(&visit, &id).await?;
    let (reason, mut unread) = (form.get("reason"), Errors::default());
    let minor = form.minor("amount", money.price.currency(), &mut unread);
    let amount = Money::new(minor.unwrap_or_default(), money.price.currency());
    let error = match billing::release_part(app, caller, milestone, (amount, reason)).await {
        Ok(release) => {
            let flash = Flash::done(&format!("{} released", words::amount(release.amount)));
            let flash = flash.saying("The payees get their parts now; the rest stays held.");
            return Ok(visit.go_telling(&format!("/milestones/{milestone}/money"), &flash));
        }
        Err(error) => PageError::from(error),
    };
    let money = releasable(&visit, &id).await?;
    let looked = minor.filter(|minor| (1..money.held.minor()).contains(minor));
    let mut page = release(&visit, &money, looked).await?;
    page.typed = form.get("amount").to_owned();
    page.reason = reason.to_owned();
    if matches!(error.code(), Some("more-than-held" | "part-wanted")) {
        page.wrong.add("amount", &too_much(&money));
        return visit.again(&page);
    }
    if matches!(
        error.code(),
        Some(
            "nothing-to-release"
                | "release-locked-by-dispute"
                | "disagreement-open"
                | "engagement-at-rest"
        )
    ) {
        let text = "It cannot be released now. Nothing was moved by this form.";
        page.notices.insert(0, Notice::held("It moved meanwhile", text));
        page.deed.clear();
        let mut response = visit.page(&page)?;
        response.set_status(StatusCode::CONFLICT);
        return Ok(response);
    }
    page.errors = error.into_errors(str::to_owned)?;
    if let Some(fault) = unread.on.get("amount") {
        page.wrong.add("amount", fault);
    }
    visit.again(&page)
}

async fn releasable(visit: &Visit, id: &str) -> Result<MilestoneMoney, PageError> {
    let caller = visit.caller()?;
    let money = billing::milestone_money(visit.app(), caller, milestone_id(id)?).await?;
    let own = money.customer_id == caller.organization;
    if own && words::may(caller, Deed::ReleaseParts) {
        return Ok(money);
    }
    let text = "An owner or admin of the customer releases money. Ask one of them.";
    Err(Common::NotPermitted(text.to_owned()).into())
}

fn too_much(money: &MilestoneMoney) -> String {
    let held = words::amount(money.held);
    format!("Enter an amount above zero and below {held}: acceptance releases the rest")
}

async fn release(
    visit: &Visit,
    money: &MilestoneMoney,
    looked: Option<i64>,
) -> Result<ReleasePart, PageError> {
    let id = money.milestone;
    let mut notices = Vec::new();
    notices.extend(money.dispute.as_ref().map(|dispute| disputes::notice(visit, dispute)));
    let locked = money
        .dispute
        .as_ref()
        .is_some_and(|dispute| matches!(dispute.state, DisputeState::Open | DisputeState::Lost));
    notices.extend(money.disagreement.as_ref().and_then(|of| disagreement::notice(visit, of)));
    let open = money.held.minor() > 1 && !locked && !money.is_disagreed();
    if !open && notices.is_empty() {
        let nothing = "Only money that is held is released. There is none to take a part of.";
        notices.push(Notice::info("Nothing can be released", nothing));
    }
    let preview = match looked.filter(|_| open) {
        Some(minor) => {
            match billing::preview_release(visit.app(), visit.caller()?, id, Some(minor)).await {
                Ok(preview) => Some(preview),
                Err(error) => {
                    let error = PageError::from(error);
                    if error.code().is_none() {
                        return Err(error);
                    }
                    let why = "Its money or its work rests. The engagement’s page says why.";
                    notices.push(Notice::held("It cannot be released now", why));
                    None
                }
            }
        }
        None => None,
    };
    let held = words::amount(money.held);
    let deed = preview.as_ref().map(|of| format!("Release {}", words::amount(of.amount)));
    Ok(ReleasePart {
        title: format!("Release a part of milestone {}: {}", money.seq, money.title),
        lede: LEDE.to_owned(),
        money: Link::new(
            &format!("Money of milestone {}, {}", money.seq, money.label),
            &visit.link(&format!("/milestones/{id}/money")),
        ),
        state: words::held_state(money.state),
        hint: format!("Less than {held}, which is held."),
        unit: money.price.currency().sign().trim().to_owned(),
        typed: String::new(),
        gets: preview.as_ref().map(gets),
        back: preview.as_ref().map(back),
        usable: preview.as_ref().map(|of| usable(visit, of)).unwrap_or_default(),
        facts: vec![
            Figure::new("Price", words::amount(money.price)),
            Figure::new("Released", words::amount(money.released)),
            Figure::new("Still held", held.clone()),
            Figure::new("Partner", money.partner.clone()),
        ],
        reason: String::new(),
        action: if open { visit.link(&format!("/milestones/{id}/release")) } else { String::new() },
        deed: deed.unwrap_or_default(),
        amount: held,
        notices,
        errors: Errors::default(),
        wrong: Errors::default(),
    })
}

const LEDE: &str = "A part of the held money goes to the payees now, by the shares fixed at \
                    signing. The rest stays held until you release it or accept the work.";

fn name(part: &Gets) -> &str {
    match part.party {
        Party::Operator => "Runs this marketplace",
        _ => &part.name,
    }
}

/// Who gets what, and whether it is sent.
fn gets(preview: &ReleasePreview) -> Sum {
    let line = |part: &Gets| {
        let how = match (part.pays.minor(), part.sent, part.party) {
            (_, _, Party::Operator) => String::new(),
            (1.., ..) => format!("; {} of it pays what it owes", words::amount(part.pays)),
            (_, false, _) => "; sent once its account is ready".to_owned(),
            _ => "; sent at once".to_owned(),
        };
        let note = format!("{}{how}", name(part));
        SumLine::new(words::party(part.party), words::amount(part.gets)).with_note(&note)
    };
    Sum {
        lines: preview.parts.iter().map(line).collect(),
        total: SumLine::new("Released", words::amount(preview.amount)),
    }
}

/// What each would give back if all of it were sent back tomorrow.
fn back(preview: &ReleasePreview) -> Sum {
    let line = |part: &Gets| {
        SumLine::new(words::party(part.party), words::amount(part.gives_back)).with_note(name(part))
    };
    Sum {
        lines: preview.parts.iter().map(line).collect(),
        total: SumLine::new("Back to the card", words::amount(preview.amount)),
    }
}

fn usable(visit: &Visit, preview: &ReleasePreview) -> String {
    let now = visit.app().clock.now();
    let left = words::amount(preview.left);
    let when = match preview.usable_at {
        Some(at) if at > now => {
            format!("The payees can use it from {}.", words::moment(visit, at))
        }
        Some(_) => "The payees can use it as soon as it arrives.".to_owned(),
        None => "When the payees can use it is known once the card payment has settled.".to_owned(),
    };
    format!("{when} {left} stays held.")
}

impl Page for ReleasePart {
    const TEMPLATE: &'static str = "billing/release.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let first = Self {
            gets: None,
            back: None,
            usable: String::new(),
            deed: String::new(),
            typed: String::new(),
            ..sample()
        };
        let wrong =
            Self { errors: [("reason", "Enter a reason")].into_iter().collect(), ..sample() };
        let unread = Self {
            wrong: [("amount", "Enter an amount above zero and below €3,240.00")]
                .into_iter()
                .collect(),
            gets: None,
            back: None,
            deed: String::new(),
            ..sample()
        };
        let nothing = "Only money that is held is released.";
        let closed = Self {
            gets: None,
            back: None,
            deed: String::new(),
            action: String::new(),
            notices: vec![Notice::info("Nothing can be released", nothing)],
            ..sample()
        };
        vec![
            ("usual", sample()),
            ("first", first),
            ("wrong", wrong),
            ("unread", unread),
            ("closed", closed),
        ]
    }
}

fn sample() -> ReleasePart {
    let sum = |total: &str| Sum {
        lines: vec![
            SumLine::new("Consultant’s share", "€800.00").with_note("Brandt Studio; sent at once"),
            SumLine::new("Program fee", "€200.00").with_note("Larkfield; sent at once"),
        ],
        total: SumLine::new(total, "€1,000.00"),
    };
    ReleasePart {
        title: "Release a part of milestone 2: Drafts".into(),
        lede: LEDE.into(),
        money: Link::new("Money of milestone 2, A-2041", "/p/larkfield/milestones/m/money"),
        state: State::HELD,
        amount: "€3,240.00".into(),
        hint: "Less than €3,240.00, which is held.".into(),
        unit: "€".into(),
        typed: "1,000.00".into(),
        gets: Some(sum("Released")),
        back: Some(sum("Back to the card")),
        usable: "The payees can use it as soon as it arrives. €2,240.00 stays held.".into(),
        facts: vec![Figure::new("Still held", "€3,240.00")],
        reason: String::new(),
        action: "/p/larkfield/milestones/m/release".into(),
        deed: "Release €1,000.00".into(),
        notices: Vec::new(),
        errors: Errors::default(),
        wrong: Errors::default(),
    }
}
