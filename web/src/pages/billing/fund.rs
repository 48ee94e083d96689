//! Paying a milestone: what is paid and why, before anybody types a card.

use api::billing::{self, MilestoneMoney, PaymentState};
use api::engagements::{
    self, EngagementOverview, EngagementState, Milestone, MilestoneState, Week,
};
use api::identity::Deed;
use api::kernel::id::MilestoneId;
use api::platform::caller::OrganizationKind;
use api::platform::refusal::{Class, Common, Error};
use poem::http::StatusCode;
use poem::web::Path;
use poem::{Response, handler};
use serde::Serialize;

use super::methods::{self, CardWay};
use super::{payment, words};
use crate::format;
use crate::render::Page;
use crate::site::{Answer, Form, PageError, Visit};
use crate::view::{Figure, Link, Notice, State, Sum, SumLine};

/// A milestone's price before it is paid.
#[derive(Debug, Serialize)]
pub struct Fund {
    /// "Milestone 2: Dealer nurture".
    pub title: String,
    pub engagement: Link,
    pub milestone: Link,
    pub state: State,
    pub price: String,
    pub sum: Option<Sum>,
    pub facts: Vec<Figure>,
    pub delivers: String,
    pub payee: String,
    pub action: String,
    /// "Pay €3,240.00"; empty when it cannot be paid now.
    pub deed: String,
    /// The kept cards that pay it in one press.
    pub cards: Vec<CardWay>,
    /// Whether a card that pays may be kept.
    pub may_keep: bool,
    /// What the bank of a kept card waits for; its deed opens the page to confirm on.
    pub confirm: Option<Notice>,
    /// Why it cannot be paid by whoever looks at it, or not now.
    pub closed: Option<Notice>,
    /// Where to go instead.
    pub instead: Option<Link>,
    /// What went wrong with the last try.
    pub trouble: Option<Notice>,
    pub days: String,
    /// Until when a week of work by the hour is reviewed; empty for every other milestone.
    pub due: String,
}

pub(super) fn milestone_id(id: &str) -> Result<MilestoneId, PageError> {
    MilestoneId::parse(id).ok_or_else(|| Common::NotFound("milestone").into())
}

#[handler]
pub async fn show_fund(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let id = milestone_id(&id)?;
    if let Some(payment) = form.given("payment") {
        return payment::show(&visit, id, payment, form.get("from")).await;
    }
    visit.page(&fund(&visit, id).await?)
}

#[handler]
pub async fn pay_milestone(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let id = milestone_id(&id)?;
    let (app, caller) = (visit.app(), visit.caller()?);
    let paid = match form.given("method") {
        Some(method) => {
            billing::charge_milestone(app, caller, id, Some(methods::method_id(method)?)).await
        }
        None => billing::pay_milestone(app, caller, id, form.ticked("keep")).await,
    };
    let error = match paid {
        Ok(payment) => return Ok(visit.go(&payment::path(id, payment.id))),
        Err(error) => error,
    };
    let (status, trouble) = match &error {
        Error::Unavailable(_) => (StatusCode::SERVICE_UNAVAILABLE, unavailable()),
        Error::Refused(refusal) if refusal.class() == Class::Conflict => {
            let title = match refusal.code() {
                "payment-opening" => "The payment page is being made",
                "charge-under-way" => "A card is being charged",
                _ => "Not paid",
            };
            (StatusCode::CONFLICT, Notice::held(title, &refusal.to_string()))
        }
        _ => return Err(error.into()),
    };
    let mut page = fund(&visit, id).await?;
    page.trouble = Some(trouble);
    answer(&visit, status, &page)
}

fn answer(visit: &Visit, status: StatusCode, page: &Fund) -> Answer {
    let mut response: Response = visit.page(page)?;
    response.set_status(status);
    Ok(response)
}

fn unavailable() -> Notice {
    let text = "The payment processor does not answer. You typed no card, so nothing was charged. \
                Wait a minute and try again; it stays one payment.";
    Notice::held("The payment page cannot be opened now", text)
}

async fn fund(visit: &Visit, id: MilestoneId) -> Result<Fund, PageError> {
    let (app, caller) = (visit.app(), visit.caller()?);
    let seen = engagements::see_milestone(app, caller, id).await?;
    let whole = engagements::see_engagement(app, caller, seen.engagement.id).await?.overview;
    let money = match billing::milestone_money(app, caller, id).await {
        Ok(money) => Some(money),
        // People of the program who do not look after its money see the price alone.
        Err(error) if error.code() == Some("not-found") => None,
        Err(error) => return Err(error.into()),
    };
    let mut page = offer(visit, &seen.milestone, &whole);
    let signed = money.as_ref().filter(|money| !money.split.is_empty());
    page.sum = signed.map(|money| words::price_sum(&money.split, money.price));
    let barred = out_of_order(visit, &seen.milestone, &whole);
    let barred = match barred {
        Some(barred) => Some(barred),
        None => barred_by_state(visit, &seen.milestone, &whole)?,
    };
    let barred = barred.or_else(|| parked(money.as_ref()));
    match barred.or_else(|| charging(visit, money.as_ref())) {
        Some(why) => {
            page.closed = Some(Notice::info(&why.title, &why.text));
            page.instead = why.instead;
        }
        None => {
            page.deed = format!("Pay {}", page.price);
            page.may_keep = words::may(visit.caller()?, Deed::KeepMethods);
            page.confirm = confirm(visit, money.as_ref());
            if page.confirm.is_none() {
                page.cards = methods::ways(visit, &page.deed).await?;
            }
        }
    }
    Ok(page)
}

/// A payment that waits for its payer to confirm it with the bank.
fn confirm(visit: &Visit, money: Option<&MilestoneMoney>) -> Option<Notice> {
    let payment = money?.payment.as_ref()?;
    let until = payment.expires_at.filter(|_| payment.state == PaymentState::Unconfirmed)?;
    let text = format!(
        "The bank of your card wants you to confirm this payment. Nothing was charged. Confirm it \
         by {}; after that it lapses, and you can pay anew.",
        words::moment(visit, until)
    );
    Some(Notice::held("Your bank wants to hear from you", &text))
}

/// A kept card is being charged: whoever comes now waits for its bank.
fn charging(visit: &Visit, money: Option<&MilestoneMoney>) -> Option<Barred> {
    let payment = money?.payment.as_ref()?;
    let text = "Its bank answers within seconds, usually. Nothing is charged twice.";
    (payment.state == PaymentState::Charging).then(|| {
        let here = visit.link(&payment::path(payment.milestone, payment.id));
        Barred::new("A card is being charged", text).or_go("See what comes of it", here)
    })
}

fn offer(visit: &Visit, milestone: &Milestone, whole: &EngagementOverview) -> Fund {
    let (engagement, names) = (&whole.engagement, &whole.names);
    let path = format!("/milestones/{}", milestone.id);
    Fund {
        title: match milestone.week {
            Some(_) => milestone.title.clone(),
            None => format!("Milestone {}: {}", milestone.seq, milestone.title),
        },
        engagement: Link::new(
            &format!("{} {}", engagement.label(), engagement.title),
            &visit.link(&format!("/engagements/{}", engagement.id)),
        ),
        milestone: Link::new("See the milestone", &visit.link(&path)),
        state: words::held_state(milestone.state),
        price: words::amount(milestone.price),
        sum: None,
        facts: vec![
            Figure::new("Paid by", names.customer.clone()),
            Figure::new("Work by", names.consultant.clone()),
            Figure::new("Engagement", engagement.label()),
        ],
        delivers: milestone.delivers.clone(),
        payee: names.consultant.clone(),
        action: visit.link(&format!("{path}/fund")),
        deed: String::new(),
        cards: Vec::new(),
        may_keep: false,
        confirm: None,
        closed: None,
        instead: None,
        trouble: None,
        days: format::count(u64::try_from(milestone.days).unwrap_or_default(), "day", "days"),
        due: milestone.week.map(|of| due(visit, of.week)).unwrap_or_default(),
    }
}

/// The end of the Friday after a week, where the visitor is.
fn due(visit: &Visit, week: Week) -> String {
    let zone = visit.zone();
    let at = format::instant(week.due_at(), zone, visit.app().clock.now());
    format!("{at} ({})", format::zone_city(zone))
}

/// Why a milestone is not paid here and now.
struct Barred {
    title: String,
    text: String,
    instead: Option<Link>,
}

impl Barred {
    fn new(title: &str, text: &str) -> Self {
        Self { title: title.to_owned(), text: text.to_owned(), instead: None }
    }

    fn or_go(self, label: &str, href: String) -> Self {
        Self { instead: Some(Link::new(label, &href)), ..self }
    }
}

fn out_of_order(visit: &Visit, of: &Milestone, whole: &EngagementOverview) -> Option<Barred> {
    let unpaid = whole.milestones.iter().filter(|m| m.state == MilestoneState::Planned);
    let first = unpaid.min_by_key(|m| m.seq)?;
    let late = of.state == MilestoneState::Planned && first.seq < of.seq;
    let text = "Milestones are paid in their order, so that work is never ahead of its money.";
    late.then(|| {
        let href = visit.link(&format!("/milestones/{}/fund", first.id));
        Barred::new(&format!("Milestone {} comes first", first.seq), text)
            .or_go(&format!("Pay milestone {}", first.seq), href)
    })
}

fn barred_by_state(
    visit: &Visit,
    of: &Milestone,
    whole: &EngagementOverview,
) -> Result<Option<Barred>, PageError> {
    let caller = visit.caller()?;
    if let Some((title, text)) = over(of.state) {
        let money = visit.link(&format!("/milestones/{}/money", of.id));
        return Ok(Some(Barred::new(title, text).or_go("See where the money is", money)));
    }
    if caller.kind != OrganizationKind::Customer {
        let customer = &whole.names.customer;
        let text = format!("{customer} pays this milestone. You see here what it will pay.");
        return Ok(Some(Barred::new("The customer pays", &text)));
    }
    if !words::may(caller, Deed::FundMilestones) {
        let text = "An owner or admin of your organization pays milestones. Ask one of them.";
        return Ok(Some(Barred::new("Not with your role", text)));
    }
    Ok(at_rest(whole.engagement.state).map(|(title, text)| Barred::new(title, text)))
}

type Words = (&'static str, &'static str);

fn over(state: MilestoneState) -> Option<Words> {
    match state {
        MilestoneState::Planned => None,
        MilestoneState::Accepted => Some((
            "Paid and released",
            "The work was accepted and the money released to the payees.",
        )),
        MilestoneState::Settled => Some((
            "Paid and settled",
            "Parts of the money were released to the payees, and the rest went back.",
        )),
        MilestoneState::Refunded => {
            Some(("Sent back", "The money of this milestone went back. It cannot be paid again."))
        }
        _ => Some((
            "Already paid",
            "Its price is held until the work is accepted. Nobody pays it twice.",
        )),
    }
}

fn at_rest(state: EngagementState) -> Option<Words> {
    match state {
        EngagementState::Signed | EngagementState::Active => None,
        EngagementState::Contracting => Some((
            "Not signed yet",
            "Both sides accept the statement of work first. Then the milestone can be paid.",
        )),
        EngagementState::Paused | EngagementState::Disputed => {
            Some(("Not while work rests", "It can be paid when work goes on."))
        }
        EngagementState::Completed | EngagementState::Cancelled => {
            Some(("The engagement has ended", "Nothing of it is paid any more."))
        }
    }
}

fn parked(money: Option<&MilestoneMoney>) -> Option<Barred> {
    let payment = money?.payment.as_ref()?;
    let text = "What was paid does not fit the price. The program’s staff look at it and write to \
                you. Please do not pay again.";
    (payment.state == PaymentState::Parked)
        .then(|| Barred::new("A payment waits for a person", text))
}

impl Page for Fund {
    const TEMPLATE: &'static str = "billing/fund.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let usual = sample();
        let held = Self {
            state: State::HELD,
            deed: String::new(),
            closed: Some(Notice::info("Already paid", "Its price is held.")),
            instead: Some(Link::new("See where the money is", "/p/larkfield/milestones/m/money")),
            ..sample()
        };
        let unsigned = Self {
            sum: None,
            deed: String::new(),
            closed: Some(Notice::info("Not signed yet", "Both sides sign first.")),
            ..sample()
        };
        let away = Self { trouble: Some(unavailable()), ..sample() };
        let cards = Self { cards: methods::sample_ways(), ..sample() };
        let asked = Notice::held("Your bank wants to hear from you", "Confirm it by Friday.");
        let confirm = Self { confirm: Some(asked), ..sample() };
        let week = Self { due: "Friday 4 December, 24:00 (Stockholm)".into(), ..sample() };
        vec![
            ("usual", usual),
            ("held", held),
            ("unsigned", unsigned),
            ("away", away),
            ("cards", cards),
            ("confirm", confirm),
            ("week", week),
        ]
    }
}

fn sample() -> Fund {
    let line = |label: &str, amount: &str, note: &str| SumLine::new(label, amount).with_note(note);
    Fund {
        title: "Milestone 2: Dealer nurture, three drafts".into(),
        engagement: Link::new("A-2041 Dealer nurture redesign", "/p/larkfield/engagements/e"),
        milestone: Link::new("See the milestone", "/p/larkfield/milestones/m"),
        state: State::NOT_FUNDED,
        price: "€3,240.00".into(),
        sum: Some(Sum {
            lines: vec![
                line("Consultant’s share", "€2,592.00", "Brandt Studio, 80 %, fixed at signing"),
                line("Program fee", "€486.00", "Larkfield, 15 %, fixed at signing"),
                line("Attaché", "€162.00", "5 %, fixed at signing"),
            ],
            total: SumLine::new("Price, all you pay", "€3,240.00"),
        }),
        facts: vec![
            Figure::new("Paid by", "Fjordhaus Outdoor"),
            Figure::new("Work by", "Ines Oyelaran-Brandt"),
        ],
        delivers: "Three drafts with their triggers.".into(),
        payee: "Ines Oyelaran-Brandt".into(),
        action: "/p/larkfield/milestones/m/fund".into(),
        deed: "Pay €3,240.00".into(),
        cards: Vec::new(),
        may_keep: true,
        confirm: None,
        closed: None,
        instead: None,
        trouble: None,
        days: "8 days".into(),
        due: String::new(),
    }
}
