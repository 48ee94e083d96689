//! One brief: what was asked, whose turn it is, who is invited.

use api::engagements;
use api::identity::Deed;
use api::matching::{
    self, Brief, BriefState, Compared, Invitation, InvitationState, ProposalState,
};
use poem::handler;
use poem::web::Path;
use serde::Serialize;

use super::parts::{self, AskedFor};
use super::post_brief::{close_says, not_yours};
use super::words as told;
use super::write_brief::find;
use crate::render::Page;
use crate::site::{Answer, PageError, Visit};
use crate::view::{Link, Notice, State, Step};

/// Who was asked, and what became of it.
#[derive(Debug, Clone, Serialize)]
pub struct InvitedRow {
    pub name: String,
    pub partner: String,
    pub href: String,
    pub state: State,
    /// "asked 6 May".
    pub when: String,
}

/// What the customer may do now.
#[derive(Debug, Clone, Serialize)]
pub struct Ask {
    pub title: String,
    pub text: String,
    /// Whether the act is posting it.
    pub post: bool,
    pub act: Link,
}

/// A brief as its customer sees it.
#[derive(Debug, Serialize)]
pub struct BriefPage {
    pub title: String,
    pub label: String,
    pub since: String,
    pub briefs: String,
    pub here: String,
    pub state: State,
    pub steps: Vec<Step>,
    pub turn: Option<Ask>,
    pub waits: Option<Notice>,
    /// The engagement that came of it.
    pub engagement: Option<Link>,
    pub asked: AskedFor,
    pub edit: Option<Link>,
    pub matches: Option<Link>,
    pub proposals: Option<Link>,
    pub invited: Vec<InvitedRow>,
    pub invited_says: String,
    pub can_close: bool,
    pub close_says: Vec<String>,
}

/// What stands around a brief.
struct Around {
    invitations: Vec<Invitation>,
    proposals: Vec<Compared>,
}

impl Around {
    async fn of(visit: &Visit, brief: &Brief) -> Result<Self, PageError> {
        let (app, caller) = (visit.app(), visit.caller()?);
        let which = (Some(brief.id), None);
        let invitations = matching::list_invitations(app, caller, which, Some(50), None).await?;
        let proposals = matching::compare_proposals(app, caller, brief.id, Some(50), None).await?;
        Ok(Self { invitations: invitations.items, proposals: proposals.items })
    }

    fn open(&self) -> impl Iterator<Item = &Compared> {
        self.proposals.iter().filter(|p| p.proposal.state == ProposalState::Open)
    }

    fn waiting(&self) -> Vec<&str> {
        let sent = self.invitations.iter().filter(|i| i.state == InvitationState::Sent);
        sent.map(|i| i.of.consultant_name.as_str()).collect()
    }
}

#[handler]
pub async fn see_brief(visit: Visit, Path(id): Path<String>) -> Answer {
    let brief = find(&visit, &id).await?;
    let around = Around::of(&visit, &brief).await?;
    let here = visit.link(&format!("/briefs/{}", brief.id));
    let caller = visit.caller()?;
    let draft = brief.state == BriefState::Draft;
    let open = draft || brief.state == BriefState::Open;
    let said = |at| told::day(&visit, at);
    let since = match (brief.posted_at, brief.closed_at) {
        (_, Some(at)) => format!("closed {}", said(at)),
        (Some(at), None) => format!("posted {}", said(at)),
        (None, None) => format!("saved {}", said(brief.created_at)),
    };
    let (turn, waits) = turn(&visit, &brief, &around)?;
    let proposed = !around.proposals.is_empty();
    let compare = told::count(brief.proposed, "proposal", "proposals");
    let compare = Link::new(&format!("Compare {compare}"), &format!("{here}/proposals"));
    visit.page(&BriefPage {
        title: brief.title.clone(),
        label: brief.label(),
        since,
        briefs: visit.link("/briefs"),
        state: told::brief_state(brief.state),
        steps: told::way(brief.state, proposed),
        turn,
        waits,
        engagement: engagement(&visit, &around).await?,
        asked: AskedFor::of(&visit, &brief),
        edit: draft.then(|| Link::new("Edit", &format!("{here}/edit"))),
        matches: (!draft).then(|| Link::new("Who fits, and why", &format!("{here}/matches"))),
        proposals: proposed.then_some(compare),
        invited: around.invitations.iter().map(|i| row(&visit, i)).collect(),
        invited_says: invited_says(&brief),
        can_close: open && told::may(caller, Deed::PostBriefs),
        close_says: close_says(&brief),
        here,
    })
}

fn row(visit: &Visit, invitation: &Invitation) -> InvitedRow {
    InvitedRow {
        name: invitation.of.consultant_name.clone(),
        partner: invitation.of.partner_name.clone(),
        href: visit.link(&format!("/invitations/{}", invitation.id)),
        state: told::invitation_state(invitation.state),
        when: told::day(visit, invitation.sent_at),
    }
}

fn invited_says(brief: &Brief) -> String {
    match brief.state {
        BriefState::Draft => "You invite people once it is posted.".to_owned(),
        BriefState::Open => "Nobody is invited yet. Only those you invite read it.".to_owned(),
        BriefState::Booked | BriefState::Closed => "Nobody was invited.".to_owned(),
    }
}

async fn engagement(visit: &Visit, around: &Around) -> Result<Option<Link>, PageError> {
    let accepted = around.proposals.iter().map(|p| &p.proposal);
    let mut accepted = accepted.filter(|p| p.state == ProposalState::Accepted);
    let Some(proposal) = accepted.next() else { return Ok(None) };
    let (app, caller) = (visit.app(), visit.caller()?);
    let id = engagements::engagement_of_proposal(app, caller, proposal.id).await?;
    let link = |id| visit.link(&format!("/engagements/{id}"));
    Ok(id.map(|id| Link::new("Go to the engagement", &link(id))))
}

/// Whose turn it is: the customer's, or somebody else's.
fn turn(
    visit: &Visit,
    brief: &Brief,
    around: &Around,
) -> Result<(Option<Ask>, Option<Notice>), PageError> {
    let caller = visit.caller()?;
    let leads = told::may(caller, Deed::PostBriefs);
    let here = visit.link(&format!("/briefs/{}", brief.id));
    let ask = |title: &str, text: &str, act: Link| {
        let post = brief.state == BriefState::Draft;
        (Some(Ask { title: title.to_owned(), text: text.to_owned(), post, act }), None)
    };
    let open: Vec<&Compared> = around.open().collect();
    let waiting = around.waiting();
    let answer = match brief.state {
        BriefState::Booked => {
            (None, Some(Notice::good("Booked", "A proposal was accepted; the others were told.")))
        }
        BriefState::Closed => (None, Some(Notice::info("Closed", "Nobody can propose any more."))),
        BriefState::Draft | BriefState::Open if !leads => (None, Some(not_yours(brief))),
        BriefState::Draft => ask(
            "Post it when it says what you mean",
            "You see at once who fits. Only those you invite read it. Once posted it stays as \
             it is.",
            Link::new("Post it", &format!("{here}/post")),
        ),
        BriefState::Open if !open.is_empty() => {
            let n = told::count(i64::try_from(open.len()).unwrap_or(0), "proposal", "proposals");
            let first = open.iter().map(|p| p.proposal.valid_until).min();
            let until = first.map(|at| told::moment(visit, at)).unwrap_or_default();
            let text = format!("Without an answer the first lapses on {until}.");
            let act = Link::new("Compare them", &format!("{here}/proposals"));
            ask(&format!("Decide on {n}"), &text, act)
        }
        BriefState::Open if !waiting.is_empty() => {
            let title = format!("Waiting for {}", listed(&waiting));
            let text = "They propose or decline; you get a mail. You may invite more people.";
            (None, Some(Notice::held(&title, text)))
        }
        BriefState::Open => {
            let act = Link::new("See who fits", &format!("{here}/matches"));
            ask("Invite somebody to propose", "Nobody is asked now, so nobody answers.", act)
        }
    };
    Ok(answer)
}

fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [one, two] => format!("{one} and {two}"),
        [one, rest @ ..] => format!("{one} and {} others", rest.len()),
    }
}

impl Page for BriefPage {
    const TEMPLATE: &'static str = "matching/brief.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let link = |label: &str| Some(Link::new(label, "/p/larkfield/briefs/b-1/x"));
        let ask = |post| Ask {
            title: "Post it when it says what you mean".into(),
            text: "Only those you invite read it.".into(),
            post,
            act: Link::new("Post it", "/p/larkfield/briefs/b-1/post"),
        };
        let draft = Self { turn: Some(ask(true)), edit: link("Edit"), ..sample() };
        let open = Self {
            turn: Some(ask(false)),
            matches: link("Who fits, and why"),
            proposals: link("Compare 1 proposal"),
            invited: vec![InvitedRow {
                name: "Ines Oyelaran-Brandt".into(),
                partner: "Brandt Lifecycle Studio".into(),
                href: "/p/larkfield/invitations/i-1".into(),
                state: told::invitation_state(InvitationState::Sent),
                when: "6 May".into(),
            }],
            ..sample()
        };
        let booked = Self {
            waits: Some(Notice::good("Booked", "A proposal was accepted.")),
            engagement: link("Go to the engagement"),
            can_close: false,
            ..sample()
        };
        vec![("draft", draft), ("open", open), ("booked", booked)]
    }
}

fn sample() -> BriefPage {
    BriefPage {
        title: "Dealer leads go cold".into(),
        label: "B-318".into(),
        since: "posted 6 May".into(),
        briefs: "/p/larkfield/briefs".into(),
        here: "/p/larkfield/briefs/b-1".into(),
        state: told::brief_state(BriefState::Open),
        steps: told::way(BriefState::Open, true),
        turn: None,
        waits: None,
        engagement: None,
        asked: parts::sample_asked(),
        edit: None,
        matches: None,
        proposals: None,
        invited: Vec::new(),
        invited_says: "Nobody is invited yet.".into(),
        can_close: true,
        close_says: vec!["Nobody can propose any more.".into()],
    }
}
