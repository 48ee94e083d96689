//! One proposal in full, for both sides: deciding on it, taking it back.

use api::engagements;
use api::identity::Deed;
use api::kernel::id::{EngagementId, ProposalId};
use api::matching::{self, Proposal, ProposalState};
use api::platform::refusal::{Common, Error};
use api::program;
use poem::handler;
use poem::web::Path;
use serde::Serialize;

use super::parts::{self, OfferSheet, Plan, Told, WhoGets};
use super::words as told;
use crate::pages::directory::words;
use crate::render::Page;
use crate::site::{Answer, Flash, Form, PageError, Visit};
use crate::view::{Errors, Link, Notice, State};

/// A proposal as either side sees it.
#[derive(Debug, Serialize)]
pub struct ProposalPage {
    pub title: String,
    pub eyebrow: Vec<Link>,
    pub sent: String,
    pub lede: String,
    pub state: State,
    pub first_name: String,
    pub offer: OfferSheet,
    /// Whether the consultant's side reads it.
    pub own: bool,
    /// While it can be accepted.
    pub gets: Option<WhoGets>,
    pub until: String,
    pub total: String,
    /// Where accepting is asked and posted; `None` when there is nothing to accept.
    pub accept: Option<String>,
    pub follows: Vec<String>,
    pub waits: Option<Notice>,
    pub go_on: Option<Link>,
    /// Where a no, or taking it back, is posted; `None` once it is over.
    pub end: Option<String>,
    pub end_title: String,
    pub end_text: String,
    pub end_deed: String,
    pub reason: String,
    pub errors: Errors,
}

pub async fn find(visit: &Visit, id: &str) -> Result<Proposal, PageError> {
    let id = ProposalId::parse(id).ok_or(Common::NotFound("proposal"))?;
    Ok(matching::see_proposal(visit.app(), visit.caller()?, id).await?)
}

/// The engagement that an accepted proposal became.
pub async fn engagement(
    visit: &Visit,
    proposal: &Proposal,
) -> Result<Option<EngagementId>, PageError> {
    let (app, caller) = (visit.app(), visit.caller()?);
    Ok(engagements::engagement_of_proposal(app, caller, proposal.id).await?)
}

/// What is said yes to: "$2,800.00", "at most $14,400.00".
pub fn most(proposal: &Proposal) -> String {
    let total = words::amount(proposal.total);
    if proposal.hourly.is_some() { format!("at most {total}") } else { total }
}

/// What accepting brings.
pub fn follows(proposal: &Proposal) -> Vec<String> {
    let first = proposal.milestones.first().map(|m| words::amount(m.price)).unwrap_or_default();
    vec![
        format!("The statement of work is written from it, word for word, and {} is told.", {
            &proposal.consultant_name
        }),
        "You pay nothing yet. Both sides accept the statement of work first.".to_owned(),
        match &proposal.hourly {
            Some(hourly) => format!(
                "Then work begins. You pay each week once it is over, at most {}, and it is held \
                 until you accept it.",
                words::amount(hourly.most_a_week())
            ),
            None => format!(
                "Then you fund the first milestone, {first}. It is held until you accept the work."
            ),
        },
        format!(
            "B-{} is booked: other open proposals are declined, and those people are told.",
            proposal.brief_number
        ),
    ]
}

#[handler]
pub async fn see_proposal(visit: Visit, Path(id): Path<String>) -> Answer {
    let proposal = find(&visit, &id).await?;
    visit.page(&ProposalPage::of(&visit, &proposal).await?)
}

#[handler]
pub async fn decline_proposal(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let proposal = find(&visit, &id).await?;
    let (app, caller) = (visit.app(), visit.caller()?);
    match matching::decline_proposal(app, caller, proposal.id, form.get("reason")).await {
        Ok(_) => {
            let text = format!("{} was told, with your reason.", proposal.consultant_name);
            let path = format!("/briefs/{}/proposals", proposal.brief);
            Ok(visit.go_telling(&path, &Flash::done("Declined").saying(&text)))
        }
        Err(error) => not_ended(&visit, &proposal, &form, error).await,
    }
}

#[handler]
pub async fn withdraw_proposal(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let proposal = find(&visit, &id).await?;
    let (app, caller) = (visit.app(), visit.caller()?);
    match matching::withdraw_proposal(app, caller, proposal.id, form.get("reason")).await {
        Ok(_) => {
            let text = format!("{} was told. You may send another.", proposal.customer_name);
            let path = format!("/invitations/{}", proposal.invitation);
            Ok(visit.go_telling(&path, &Flash::done("The proposal is withdrawn").saying(&text)))
        }
        Err(error) => not_ended(&visit, &proposal, &form, error).await,
    }
}

async fn not_ended(visit: &Visit, proposal: &Proposal, form: &Form, error: Error) -> Answer {
    if error.code() == Some("proposal-not-open") {
        let flash = Flash::note("It was over already", "Here is where it stands.");
        return Ok(visit.go_telling(&format!("/proposals/{}", proposal.id), &flash));
    }
    let mut page = ProposalPage::of(visit, proposal).await?;
    page.reason = form.get("reason").to_owned();
    page.errors = PageError::from(error).into_errors(str::to_owned)?;
    visit.again(&page)
}

impl ProposalPage {
    async fn of(visit: &Visit, proposal: &Proposal) -> Result<Self, PageError> {
        let caller = visit.caller()?;
        let customer = caller.organization == proposal.customer;
        let brief = format!("B-{} {}", proposal.brief_number, proposal.brief_title);
        let path = if customer {
            format!("/briefs/{}/proposals", proposal.brief)
        } else {
            format!("/invitations/{}", proposal.invitation)
        };
        let mut page = Self {
            title: proposal.title.clone(),
            eyebrow: vec![Link::new(&brief, &visit.link(&path))],
            sent: format!("sent {}", told::day(visit, proposal.sent_at)),
            lede: format!(
                "{} of {}, for {}",
                proposal.consultant_name, proposal.partner_name, proposal.customer_name
            ),
            state: told::proposal_state(proposal.state),
            first_name: told::first_name(&proposal.consultant_name),
            offer: OfferSheet::of(&proposal.note, proposal.access_preset, Plan::of(proposal)),
            own: !customer,
            gets: who_gets(visit, proposal, !customer).await?,
            until: told::moment(visit, proposal.valid_until),
            total: most(proposal),
            accept: None,
            follows: follows(proposal),
            waits: None,
            go_on: None,
            end: None,
            end_title: String::new(),
            end_text: String::new(),
            end_deed: String::new(),
            reason: String::new(),
            errors: Errors::default(),
        };
        if customer {
            page.for_customer(visit, proposal, told::may(caller, Deed::DecideProposals));
        } else {
            page.for_consultant(visit, proposal, told::may(caller, Deed::SendProposals));
        }
        if proposal.state == ProposalState::Accepted {
            let link = |id| visit.link(&format!("/engagements/{id}"));
            let id = engagement(visit, proposal).await?;
            page.go_on = id.map(|id| Link::new("Go to the engagement", &link(id)));
        }
        Ok(page)
    }

    fn for_customer(&mut self, visit: &Visit, proposal: &Proposal, may: bool) {
        let here = visit.link(&format!("/proposals/{}", proposal.id));
        match (proposal.state, may) {
            (ProposalState::Open, true) => self.accept = Some(format!("{here}/accept")),
            (ProposalState::Open, false) => {
                let text = format!(
                    "Your owner or an admin accepts or declines it, before it lapses on {}.",
                    self.until
                );
                self.waits = Some(Notice::info("An owner or admin decides", &text));
            }
            (ProposalState::Expired, _) => {
                let text = format!(
                    "It could be accepted until {}. {} may send a new one: ask for it.",
                    self.until, self.first_name
                );
                self.waits = Some(Notice::held("This proposal has lapsed", &text));
            }
            _ => self.waits = Some(over(proposal)),
        }
        if may && matches!(proposal.state, ProposalState::Open | ProposalState::Expired) {
            self.end = Some(format!("{here}/decline"));
            self.end_title = "Decline".to_owned();
            self.end_text = format!("{} reads it, and may send a better one.", self.first_name);
            self.end_deed = "Decline the proposal".to_owned();
        }
    }

    fn for_consultant(&mut self, visit: &Visit, proposal: &Proposal, may: bool) {
        self.waits = Some(match proposal.state {
            ProposalState::Open => {
                let title = format!("{} decides", proposal.customer_name);
                Notice::held(&title, &format!("Without an answer it lapses on {}.", self.until))
            }
            ProposalState::Expired => {
                let write = format!("/invitations/{}/proposal", proposal.invitation);
                self.go_on = may.then(|| Link::new("Write a new one", &visit.link(&write)));
                let text = format!("It could be accepted until {}.", self.until);
                Notice::held("This proposal has lapsed", &text)
            }
            _ => over(proposal),
        });
        if may && matches!(proposal.state, ProposalState::Open | ProposalState::Expired) {
            self.end = Some(visit.link(&format!("/proposals/{}/withdraw", proposal.id)));
            self.end_title = "Take it back".to_owned();
            self.end_text = format!("{} reads it.", proposal.customer_name);
            self.end_deed = "Withdraw the proposal".to_owned();
        }
    }
}

/// What became of a proposal that is over.
fn over(proposal: &Proposal) -> Notice {
    let reason = proposal.reason.clone().unwrap_or_default();
    match proposal.state {
        ProposalState::Accepted => Notice::good("Accepted", "The work goes on in its engagement."),
        ProposalState::Declined => Notice::info("Declined", &reason),
        ProposalState::Withdrawn => Notice::info("Withdrawn", &reason),
        ProposalState::Open | ProposalState::Expired => Notice::info("Open", ""),
    }
}

/// Who gets what if it is accepted now; `None` once it is over.
async fn who_gets(
    visit: &Visit,
    proposal: &Proposal,
    own: bool,
) -> Result<Option<WhoGets>, PageError> {
    if !matches!(proposal.state, ProposalState::Open | ProposalState::Expired) {
        return Ok(None);
    }
    let (app, caller) = (visit.app(), visit.caller()?);
    let (shares, settings) = futures::try_join!(
        matching::see_shares(app, caller, proposal.id),
        program::public_settings(app, visit.vendor()),
    )?;
    let told = Told { settings: &settings, partner: &proposal.partner_name, own };
    Ok(Some(parts::who_gets(&shares, Plan::of(proposal), &told)))
}

impl Page for ProposalPage {
    const TEMPLATE: &'static str = "matching/proposal.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let mut wrong = sample();
        wrong.errors.add("reason", "Enter a reason");
        let consultant = Self {
            accept: None,
            own: true,
            gets: Some(parts::sample_shares(true)),
            waits: Some(Notice::held("Fjordhaus decides", "Without an answer it lapses.")),
            ..sample()
        };
        let accepted = Self {
            accept: None,
            state: State::ACCEPTED,
            waits: Some(Notice::good("Accepted", "The work goes on in its engagement.")),
            go_on: Some(Link::new("Go to the engagement", "/p/larkfield/engagements/e-1")),
            end: None,
            ..sample()
        };
        vec![
            ("customer", sample()),
            ("wrong", wrong),
            ("consultant", consultant),
            ("accepted", accepted),
        ]
    }
}

fn sample() -> ProposalPage {
    ProposalPage {
        title: "Dealer lead flow".into(),
        eyebrow: vec![Link::new("B-318 Dealer leads go cold", "/p/larkfield/briefs/b-1/proposals")],
        sent: "sent 6 May".into(),
        lede: "Ines Oyelaran-Brandt of Brandt Lifecycle Studio, for Fjordhaus Outdoor EU".into(),
        state: State::WAITING,
        first_name: "Ines".into(),
        offer: parts::sample_offer(),
        own: false,
        gets: Some(parts::sample_shares(false)),
        until: "Wednesday 20 May, 18:00 in Stockholm".into(),
        total: "€2,800.00".into(),
        accept: Some("/p/larkfield/proposals/p-1/accept".into()),
        follows: vec!["You pay nothing yet.".into()],
        waits: None,
        go_on: None,
        end: Some("/p/larkfield/proposals/p-1/decline".into()),
        end_title: "Decline".into(),
        end_text: "Ines reads it.".into(),
        end_deed: "Decline the proposal".into(),
        reason: String::new(),
        errors: Errors::default(),
    }
}
