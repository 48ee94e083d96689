//! One invitation: the brief, the word that came with it, why; answering or taking it back.

use api::identity::Deed;
use api::kernel::id::InvitationId;
use api::matching::{self, BriefState, InvitationFile, InvitationState, Proposal, ProposalState};
use api::platform::refusal::{Common, Error};
use chrono::Datelike;
use poem::handler;
use poem::web::Path;
use serde::Serialize;

use super::parts::{self, AskedFor};
use super::words as told;
use crate::format;
use crate::pages::directory::words;
use crate::render::Page;
use crate::site::{Answer, Flash, Form, PageError, Visit};
use crate::view::{Errors, Link, MatchReason, Notice, State};

/// A proposal that was sent for it.
#[derive(Debug, Clone, Serialize)]
pub struct SentRow {
    pub title: String,
    pub href: String,
    pub total: String,
    pub sent: String,
    pub state: State,
}

/// An invitation as either side sees it.
#[derive(Debug, Serialize)]
pub struct InvitationPage {
    pub title: String,
    pub eyebrow: Vec<Link>,
    pub sent: String,
    pub lede: String,
    pub state: State,
    pub customer: String,
    pub first_name: String,
    /// Whether the consultant looks at it.
    pub theirs: bool,
    pub turn: Option<String>,
    pub turn_text: String,
    pub waits: Option<Notice>,
    pub write: Option<Link>,
    pub message: String,
    pub asked: AskedFor,
    pub reasons: Vec<MatchReason>,
    /// What the reasons add up to.
    pub points: String,
    pub proposals: Vec<SentRow>,
    /// Where a no, or taking it back, is posted; `None` once it is over.
    pub end: Option<String>,
    pub end_title: String,
    pub end_text: String,
    pub end_deed: String,
    pub reason: String,
    pub errors: Errors,
}

pub async fn find(visit: &Visit, id: &str) -> Result<InvitationFile, PageError> {
    let id = InvitationId::parse(id).ok_or(Common::NotFound("invitation"))?;
    Ok(matching::see_invitation(visit.app(), visit.caller()?, id).await?)
}

#[handler]
pub async fn see_invitation(visit: Visit, Path(id): Path<String>) -> Answer {
    let file = find(&visit, &id).await?;
    visit.page(&InvitationPage::of(&visit, &file)?)
}

#[handler]
pub async fn decline_invitation(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let file = find(&visit, &id).await?;
    let (app, caller, id) = (visit.app(), visit.caller()?, file.invitation.id);
    match matching::decline_invitation(app, caller, id, form.get("reason")).await {
        Ok(_) => {
            let text = format!("{} was told, with your reason.", file.invitation.of.customer_name);
            Ok(visit.go_telling("/invitations", &Flash::done("Declined").saying(&text)))
        }
        Err(error) => not_ended(&visit, &file, &form, error),
    }
}

#[handler]
pub async fn withdraw_invitation(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let file = find(&visit, &id).await?;
    let (app, caller, id) = (visit.app(), visit.caller()?, file.invitation.id);
    match matching::withdraw_invitation(app, caller, id, form.get("reason")).await {
        Ok(_) => {
            let text = format!("{} was told, with your reason.", file.invitation.of.partner_name);
            let flash = Flash::done("The invitation is withdrawn").saying(&text);
            Ok(visit.go_telling(&format!("/briefs/{}", file.brief.id), &flash))
        }
        Err(error) => not_ended(&visit, &file, &form, error),
    }
}

fn not_ended(visit: &Visit, file: &InvitationFile, form: &Form, error: Error) -> Answer {
    if error.code() == Some("invitation-state") {
        let flash = Flash::note("It was answered already", "Here is where it stands.");
        return Ok(visit.go_telling(&format!("/invitations/{}", file.invitation.id), &flash));
    }
    let mut page = InvitationPage::of(visit, file)?;
    page.reason = form.get("reason").to_owned();
    page.errors = PageError::from(error).into_errors(str::to_owned)?;
    visit.again(&page)
}

impl InvitationPage {
    fn of(visit: &Visit, file: &InvitationFile) -> Result<Self, PageError> {
        let caller = visit.caller()?;
        let InvitationFile { invitation, brief, reasons, proposals } = file;
        let of = &invitation.of;
        let theirs = caller.organization == of.partner;
        let eyebrow = if theirs {
            vec![Link::new("Invitations", &visit.link("/invitations"))]
        } else {
            let label = format!("{} {}", of.label(), of.brief_title);
            vec![Link::new(&label, &visit.link(&format!("/briefs/{}", of.brief)))]
        };
        let lede = if theirs {
            format!("{} asks for your proposal.", of.customer_name)
        } else {
            format!("{} of {} is asked for a proposal.", of.consultant_name, of.partner_name)
        };
        let mut page = Self {
            title: if theirs { of.brief_title.clone() } else { of.consultant_name.clone() },
            eyebrow,
            sent: format!("sent {}", told::day(visit, invitation.sent_at)),
            lede,
            state: told::invitation_state(invitation.state),
            customer: of.customer_name.clone(),
            first_name: told::first_name(&of.consultant_name),
            theirs,
            turn: None,
            turn_text: String::new(),
            waits: None,
            write: None,
            message: invitation.message.clone(),
            asked: AskedFor::of(visit, brief),
            reasons: parts::reasons(reasons),
            points: parts::total(reasons),
            proposals: proposals.iter().map(|p| sent(visit, p)).collect(),
            end: None,
            end_title: String::new(),
            end_text: String::new(),
            end_deed: String::new(),
            reason: String::new(),
            errors: Errors::default(),
        };
        if theirs {
            page.for_consultant(visit, file, told::may(caller, Deed::AnswerInvitations));
        } else {
            page.for_customer(visit, file, told::may(caller, Deed::InviteExperts));
        }
        Ok(page)
    }

    fn for_consultant(&mut self, visit: &Visit, file: &InvitationFile, may: bool) {
        let InvitationFile { invitation, brief, proposals, .. } = file;
        let here = visit.link(&format!("/invitations/{}", invitation.id));
        let open = proposals.iter().find(|p| p.state == ProposalState::Open);
        let asked = may
            && brief.state == BriefState::Open
            && matches!(invitation.state, InvitationState::Sent | InvitationState::Proposed);
        self.write = (asked && open.is_none())
            .then(|| Link::new("Write a proposal", &format!("{here}/proposal")));
        if let Some(proposal) = open {
            let text = format!(
                "It lapses on {} unless they do.",
                told::moment(visit, proposal.valid_until)
            );
            let title = format!("{} decides on your proposal", self.customer);
            self.waits = Some(Notice::held(&title, &text));
        } else if asked {
            self.turn = Some(match invitation.state {
                InvitationState::Sent => "Propose, or decline".to_owned(),
                _ => "You may propose again".to_owned(),
            });
            let today = told::today(visit);
            let day = brief.need_by;
            let by = if day.year() == today.year() {
                format::day(day, today)
            } else {
                format::date(day)
            };
            self.turn_text = format!(
                "Somebody is needed by {by}, {}. An invitation does not lapse by itself, but the \
                 brief may be booked before you answer.",
                format::in_days(day, today)
            );
        } else {
            self.waits = Some(self.over(file));
        }
        if may && invitation.state == InvitationState::Sent {
            self.end = Some(format!("{here}/decline"));
            self.end_title = "Decline".to_owned();
            self.end_text = format!("{} reads it. One sentence is enough.", self.customer);
            self.end_deed = "Decline the invitation".to_owned();
        }
    }

    fn for_customer(&mut self, visit: &Visit, file: &InvitationFile, may: bool) {
        let invitation = &file.invitation;
        if invitation.state == InvitationState::Sent {
            let title = format!("Waiting for {}", self.first_name);
            self.waits = Some(Notice::held(&title, "You get a mail when the answer comes."));
            if may {
                self.end = Some(visit.link(&format!("/invitations/{}/withdraw", invitation.id)));
                self.end_title = "Take it back".to_owned();
                self.end_text = format!(
                    "{} reads it. Nobody can be invited twice to a brief.",
                    self.first_name
                );
                self.end_deed = "Withdraw the invitation".to_owned();
            }
        } else {
            self.waits = Some(self.over(file));
        }
    }

    fn over(&self, file: &InvitationFile) -> Notice {
        let reason = file.invitation.reason.clone().unwrap_or_default();
        match (file.invitation.state, file.brief.state) {
            (InvitationState::Declined, _) => Notice::info("Declined", &reason),
            (InvitationState::Withdrawn, _) => Notice::info("Withdrawn", &reason),
            (_, BriefState::Booked) => {
                Notice::info("The brief is booked", "Nothing more can be proposed for it.")
            }
            (_, BriefState::Closed) => {
                Notice::info("The brief is closed", "Nothing more can be proposed for it.")
            }
            (InvitationState::Proposed, _) => {
                let text = "See it below, or compare it with the others on the brief’s page.";
                Notice::info("A proposal was sent", text)
            }
            (InvitationState::Sent, _) => Notice::info("It waits for an answer", ""),
        }
    }
}

fn sent(visit: &Visit, proposal: &Proposal) -> SentRow {
    SentRow {
        title: proposal.title.clone(),
        href: visit.link(&format!("/proposals/{}", proposal.id)),
        total: words::amount(proposal.total),
        sent: told::day(visit, proposal.sent_at),
        state: told::proposal_state(proposal.state),
    }
}

impl Page for InvitationPage {
    const TEMPLATE: &'static str = "matching/invitation.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let mut wrong = sample();
        wrong.errors.add("reason", "Enter a reason");
        let over = Self {
            theirs: false,
            turn: None,
            waits: Some(Notice::info("Declined", "No time before June.")),
            write: None,
            end: None,
            message: String::new(),
            reasons: Vec::new(),
            points: String::new(),
            proposals: vec![SentRow {
                title: "Dealer nurture".into(),
                href: "/p/larkfield/proposals/p-1".into(),
                total: "€9,000.00".into(),
                sent: "6 May".into(),
                state: State::LAPSED,
            }],
            ..sample()
        };
        vec![("usual", sample()), ("wrong", wrong), ("over", over)]
    }
}

fn sample() -> InvitationPage {
    InvitationPage {
        title: "Dealer leads go cold".into(),
        eyebrow: vec![Link::new("Invitations", "/p/larkfield/invitations")],
        sent: "sent 6 May".into(),
        lede: "Fjordhaus Outdoor EU asks for your proposal.".into(),
        state: State::WAITING,
        customer: "Fjordhaus Outdoor EU".into(),
        first_name: "Ines".into(),
        theirs: true,
        turn: Some("Propose, or decline".into()),
        turn_text: "Somebody is needed by 12 May, in 5 days.".into(),
        waits: None,
        write: Some(Link::new("Write a proposal", "/p/larkfield/invitations/i-1/proposal")),
        message: "Would your hand-over rule work for forty dealers?".into(),
        asked: parts::sample_asked(),
        reasons: vec![MatchReason {
            part: "Same work before".into(),
            reason: "5 finished jobs in Nurturing design".into(),
            points: "31.5".into(),
            of: "35".into(),
        }],
        points: "31.5".into(),
        proposals: Vec::new(),
        end: Some("/p/larkfield/invitations/i-1/decline".into()),
        end_title: "Decline".into(),
        end_text: "They read it.".into(),
        end_deed: "Decline the invitation".into(),
        reason: String::new(),
        errors: Errors::default(),
    }
}
