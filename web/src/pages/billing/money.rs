//! The money of one milestone: held, released or sent back, and each payee's part of it.

use api::billing::{
    self, DisputeState, MilestoneMoney, Refund, RefundState, Release, SplitLine, TransferState,
};
use api::engagements::{MilestoneState, Party};
use api::identity::Deed;
use api::kernel::id::OrganizationId;
use api::platform::caller::OrganizationKind;
use poem::handler;
use poem::web::Path;
use serde::Serialize;

use super::fund::milestone_id;
use super::refund::may_send_back;
use super::{disagreement, disputes, held, words};
use crate::format;
use crate::render::Page;
use crate::site::{Answer, PageError, Visit};
use crate::view::{Figure, Link, Notice, State};

/// One payee's part.
#[derive(Debug, Serialize)]
pub struct PartRow {
    pub party: String,
    pub name: String,
    pub rule: String,
    pub amount: String,
    pub state: State,
    /// What to do about it; may be empty.
    pub says: String,
}

/// One release.
#[derive(Debug, Serialize)]
pub struct ReleaseRow {
    pub what: String,
    pub when: String,
    pub why: String,
    pub amount: String,
}

/// Where a milestone's money is, and who gets what.
#[derive(Debug, Serialize)]
pub struct Money {
    pub title: String,
    pub engagement: String,
    /// The engagement and its milestone, for those who see them; a reseller sees the money alone.
    pub engagement_href: Option<String>,
    pub milestone: Option<Link>,
    pub state: State,
    pub price: String,
    /// What holds or moved it, in a sentence.
    pub lede: String,
    pub rows: Vec<PartRow>,
    /// What the rows add up to.
    pub total_label: String,
    pub total: String,
    /// What was released, the latest first.
    pub releases: Vec<ReleaseRow>,
    /// What is held, released and sent back, once parts moved.
    pub places: Vec<Figure>,
    pub refunds: Vec<Notice>,
    /// What the payer's bank does with the money.
    pub dispute: Option<Notice>,
    /// Pay it or send it back, for those who may.
    pub act: Option<Link>,
    /// Release a part of it, for the customer's leads.
    pub part: Option<Link>,
    /// See or file a disagreement, for the two sides.
    pub disagree: Option<Link>,
    /// While it is held: what the visitor would get, and until when that lasts.
    pub holds: Vec<Notice>,
    /// That the two sides disagree, while they do.
    pub disagreement: Option<Notice>,
    pub payouts: Option<Link>,
}

#[handler]
pub async fn show_money(visit: Visit, Path(id): Path<String>) -> Answer {
    let caller = visit.caller()?;
    let money = billing::milestone_money(visit.app(), caller, milestone_id(&id)?).await?;
    let own = caller.organization;
    let waits = money.split.iter().any(|line| {
        line.organization == Some(own)
            && matches!(line.transfer, Some(TransferState::Waiting | TransferState::Refused))
    });
    let payouts = waits.then(|| Link::new("Open payouts", &visit.link("/payouts")));
    let sees = caller.kind != OrganizationKind::Reseller;
    let shared = money.shared();
    let locked = money.is_disagreed();
    let page = Money {
        title: format!("Money of milestone {}: {}", money.seq, money.title),
        engagement: format!("Engagement {}", money.label),
        engagement_href: sees.then(|| visit.link(&format!("/engagements/{}", money.engagement))),
        milestone: sees.then(|| {
            let href = visit.link(&format!("/milestones/{}", money.milestone));
            Link::new("See the milestone", &href)
        }),
        state: words::held_state(money.state),
        // Beside the word "Held" stands what is held.
        price: words::amount(if money.held.minor() > 0 { money.held } else { shared }),
        lede: lede(&visit, &money),
        rows: money.split.iter().map(|line| row(line, money.state, own)).collect(),
        total_label: if shared == money.price { "Price" } else { "Left of the price" }.into(),
        total: words::amount(shared),
        releases: money.releases.iter().rev().map(|one| release_row(&visit, one)).collect(),
        places: places(&money),
        refunds: refund_notices(&visit, &money),
        dispute: money.dispute.as_ref().map(|dispute| disputes::notice(&visit, dispute)),
        act: if locked { None } else { act(&visit, &money)? },
        part: if locked { None } else { part(&visit, &money)? },
        disagree: disagreement::link(&visit, &money),
        holds: held::notices(&visit, &money).await?,
        disagreement: money.disagreement.as_ref().and_then(|of| disagreement::notice(&visit, of)),
        payouts,
    };
    visit.page(&page)
}

fn row(line: &SplitLine, milestone: MilestoneState, own: OrganizationId) -> PartRow {
    let is_own = line.organization == Some(own);
    let says = match line.transfer {
        Some(TransferState::Refused) if is_own => {
            let why = line.refusal.as_deref().unwrap_or("The processor refused it.");
            format!("{why} Mend your payout account, then it is sent again.")
        }
        Some(TransferState::Refused) => "It could not be sent and stays owed.".to_owned(),
        Some(TransferState::Waiting) if is_own => "Finish your payout account to get it.".into(),
        Some(TransferState::Waiting) => "It is sent once the payee’s account is ready.".to_owned(),
        _ if line.ready || !milestone.is_held() => String::new(),
        _ => "Its payout account is not ready yet.".to_owned(),
    };
    let says = [says, early(line, milestone), gives_back(line)]
        .into_iter()
        .filter(|text| !text.is_empty());
    let says = says.collect::<Vec<_>>().join(" ");
    PartRow {
        party: words::party(line.party).to_owned(),
        name: match line.party {
            Party::Operator => "Runs this marketplace".to_owned(),
            _ => line.name.clone(),
        },
        rule: format::basis_points(i64::from(line.parts)),
        amount: words::amount(line.amount),
        state: words::share_state(line, milestone),
        says,
    }
}

/// What of the share was released before acceptance.
fn early(line: &SplitLine, milestone: MilestoneState) -> String {
    if !milestone.is_held() || line.released.minor() <= 0 {
        return String::new();
    }
    format!("{} of it released.", words::amount(line.released))
}

/// What of the share went back, and what of that is still to be taken.
fn gives_back(line: &SplitLine) -> String {
    let (given, owed) = (words::amount(line.given_back), words::amount(line.owed));
    match (line.given_back.minor(), line.owed.minor()) {
        (0, _) => String::new(),
        (_, 0) => format!("{given} given back."),
        _ => format!("{given} given back; {owed} of it is paid by the next shares."),
    }
}

fn lede(visit: &Visit, money: &MilestoneMoney) -> String {
    let (price, held) = (words::amount(money.price), words::amount(money.held));
    match money.state {
        MilestoneState::Planned => {
            format!("{} has not paid {price} yet. Work starts when it is held.", money.customer)
        }
        MilestoneState::Funded => {
            format!("{held} of {} is held until the work is accepted.", money.customer)
        }
        MilestoneState::ChangesRequested => {
            format!("{held} of {} stays held: the work was returned with notes.", money.customer)
        }
        MilestoneState::Submitted => match money.accepts_itself_at {
            Some(at) => format!(
                "{held} of {} is held. Without an answer the delivery accepts itself on {}.",
                money.customer,
                words::moment(visit, at)
            ),
            None => format!("{held} of {} is held.", money.customer),
        },
        MilestoneState::Accepted => {
            let on = money.accepted_at.map(|at| format!(" on {}", words::moment(visit, at)));
            let on = on.unwrap_or_default();
            match money.released.minor() {
                0 => format!("Released to the payees{on}, and all of it given back."),
                _ => format!("Released to the payees{on}."),
            }
        }
        MilestoneState::Settled => {
            let released = words::amount(money.released);
            format!("{released} was released to the payees, and nothing is held any more.")
        }
        MilestoneState::Refunded => {
            format!("{price} goes back to {}, all of it.", money.customer)
        }
    }
}

fn release_row(visit: &Visit, release: &Release) -> ReleaseRow {
    ReleaseRow {
        what: if release.acceptance { "By acceptance" } else { "A part" }.to_owned(),
        when: words::moment(visit, release.at),
        why: release.reason.clone(),
        amount: words::amount(release.amount),
    }
}

/// Where the price is, once a part of it was released.
fn places(money: &MilestoneMoney) -> Vec<Figure> {
    if money.parts().next().is_none() {
        return Vec::new();
    }
    let figure = |label: &str, amount| Figure::new(label, words::amount(amount));
    vec![
        figure("Released", money.released),
        figure("Still held", money.held),
        figure("Back to the customer", money.sent_back),
    ]
}

fn part(visit: &Visit, money: &MilestoneMoney) -> Result<Option<Link>, PageError> {
    let caller = visit.caller()?;
    let may = money.customer_id == caller.organization && words::may(caller, Deed::ReleaseParts);
    let href = visit.link(&format!("/milestones/{}/release", money.milestone));
    let held = money.held.minor() > 0;
    Ok((held && may).then(|| Link::new("Release a part", &href)))
}

/// How each refund stands, in words, the latest first.
pub(super) fn refund_notices(visit: &Visit, money: &MilestoneMoney) -> Vec<Notice> {
    money.refunds.iter().rev().map(|refund| refund_notice(visit, money, refund)).collect()
}

fn refund_notice(visit: &Visit, money: &MilestoneMoney, refund: &Refund) -> Notice {
    let amount = words::amount(refund.amount);
    let asked = words::moment(visit, refund.asked_at);
    let reason = &refund.reason;
    match refund.state {
        RefundState::Asked => {
            let text = format!("Asked for on {asked}. Reason: {reason}");
            Notice::info(&format!("{amount} on its way back to the card"), &text)
        }
        RefundState::Paid => {
            let text = format!("The card’s bank shows it within ten days. Reason: {reason}");
            Notice::good(&format!("{amount} sent back"), &text)
        }
        RefundState::Failed => {
            let why = refund.refusal.as_deref().unwrap_or("no reason was given");
            let text = format!(
                "It was sent, and the card’s bank gave it back ({why}). {}",
                credit(money, &amount)
            );
            Notice::bad("The card did not take it", &text)
        }
        RefundState::Refused if refund.released => {
            let why = refund.refusal.as_deref().unwrap_or("no reason was given");
            let text = format!(
                "The processor refused to send {amount} ({why}). Nothing moved: the payees keep \
                 it, and it can be sent back again."
            );
            Notice::bad("It did not go back", &text)
        }
        RefundState::Refused => {
            let why = refund.refusal.as_deref().unwrap_or("no reason was given");
            let text = format!("The processor refused it ({why}). {}", credit(money, &amount));
            Notice::bad("The card did not take it back", &text)
        }
    }
}

/// Whose money it is that did not arrive.
fn credit(money: &MilestoneMoney, amount: &str) -> String {
    let lost = money.dispute.as_ref().is_some_and(|one| one.state == DisputeState::Lost);
    let what = if lost { "what their own bank did not give back" } else { amount };
    let customer = &money.customer;
    format!(
        "{customer} has a credit of {what}; the program’s finance settles it with them in person."
    )
}

fn act(visit: &Visit, money: &MilestoneMoney) -> Result<Option<Link>, PageError> {
    let caller = visit.caller()?;
    let id = money.milestone;
    if money.state == MilestoneState::Planned && words::may(caller, Deed::FundMilestones) {
        let label = format!("Pay {}", words::amount(money.price));
        return Ok(Some(Link::new(&label, &visit.link(&format!("/milestones/{id}/fund")))));
    }
    let href = visit.link(&format!("/milestones/{id}/refund"));
    Ok(may_send_back(caller, money).then(|| Link::new("Send it back", &href)))
}

impl Page for Money {
    const TEMPLATE: &'static str = "billing/money.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let row = sample_row;
        let page = |state: State, rows: Vec<PartRow>| Self {
            title: "Money of milestone 2".into(),
            engagement: "Engagement A-2041".into(),
            engagement_href: Some("/p/larkfield/engagements/e".into()),
            milestone: Some(Link::new("See the milestone", "/p/larkfield/milestones/m")),
            state,
            price: "€3,240.00".into(),
            lede: "€3,240.00 of Fjordhaus Outdoor is held until the work is accepted.".into(),
            rows,
            total_label: "Price".into(),
            total: "€3,240.00".into(),
            releases: Vec::new(),
            places: Vec::new(),
            refunds: Vec::new(),
            dispute: None,
            act: None,
            part: None,
            disagree: None,
            holds: Vec::new(),
            disagreement: None,
            payouts: None,
        };
        let held = || {
            vec![
                row("Consultant’s share", "Brandt Studio", "€2,592.00", State::HELD, ""),
                row("Program fee", "Larkfield", "€648.00", State::HELD, ""),
            ]
        };
        let usual = Self {
            act: Some(Link::new("Send it back", "/p/larkfield/milestones/m/refund")),
            holds: held::samples(),
            ..page(State::HELD, held())
        };
        let why = "The account is closed. Mend your payout account, then it is sent again.";
        let refused = row("Consultant’s share", "Brandt", "€2,592.00", State::RETURNED, why);
        let failed = Self {
            payouts: Some(Link::new("Open payouts", "/p/larkfield/payouts")),
            ..page(State::RELEASED, vec![refused])
        };
        let back = Self {
            refunds: vec![Notice::good("€3,240.00 sent back", "The card’s bank shows it.")],
            ..page(State::REFUNDED, held())
        };
        let parts = Self {
            releases: vec![sample_release()],
            places: vec![Figure::new("Still held", "€2,240.00")],
            part: Some(Link::new("Release a part", "/p/larkfield/milestones/m/release")),
            ..page(State::HELD, held())
        };
        let disputed =
            Self { dispute: Some(disputes::sample_notice()), ..page(State::HELD, held()) };
        let unsigned = page(State::NOT_FUNDED, Vec::new());
        let reseller =
            Self { engagement_href: None, milestone: None, ..page(State::RELEASED, held()) };
        vec![
            ("reseller", reseller),
            ("usual", usual),
            ("parts", parts),
            ("disputed", disputed),
            ("disagreed", disagreed(page(State::HELD, held()))),
            ("failed", failed),
            ("back", back),
            ("unsigned", unsigned),
        ]
    }
}

fn sample_row(party: &str, name: &str, amount: &str, state: State, says: &str) -> PartRow {
    PartRow {
        party: party.into(),
        name: name.into(),
        rule: "80 %".into(),
        amount: amount.into(),
        state,
        says: says.into(),
    }
}

fn disagreed(page: Money) -> Money {
    let href = "/p/larkfield/milestones/m/disagreement";
    let text = "The money and the work rest. The other side answers until Tuesday.";
    Money {
        disagree: Some(Link::new("See the disagreement", href)),
        disagreement: Some(Notice::bad("The customer disagrees", text)),
        ..page
    }
}

fn sample_release() -> ReleaseRow {
    ReleaseRow {
        what: "A part".into(),
        when: "Tuesday 12 May, 18:00 (Stockholm)".into(),
        why: "The map is done and works.".into(),
        amount: "€1,000.00".into(),
    }
}
