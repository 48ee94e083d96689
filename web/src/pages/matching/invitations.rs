//! Invitations that an organization received or sent.

use api::matching::{self, Invitation, InvitationState};
use api::platform::caller::{Caller, OrganizationKind};
use poem::handler;
use serde::Serialize;

use super::words as told;
use crate::format;
use crate::render::Page;
use crate::site::{Answer, Form, Visit};
use crate::view::{Link, Pager, State, Tab};

/// One invitation in the list.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    pub title: String,
    pub href: String,
    /// "B-318 · Fjordhaus Outdoor EU", or who was asked.
    pub sub: String,
    pub person: String,
    pub sent: String,
    pub need_by: String,
    pub state: State,
}

/// All invitations, by state.
#[derive(Debug, Serialize)]
pub struct Invitations {
    pub lede: String,
    /// The head of the column with people: who is asked.
    pub asked: String,
    pub tabs: Vec<Tab>,
    pub rows: Vec<Row>,
    pub empty_title: String,
    pub empty_text: String,
    pub act: Option<Link>,
    pub pager: Option<Pager>,
}

const STATES: [(&str, &str); 5] = [
    ("", "All"),
    ("sent", "Waiting"),
    ("proposed", "Proposed"),
    ("declined", "Declined"),
    ("withdrawn", "Withdrawn"),
];

#[handler]
pub async fn list_invitations(visit: Visit, form: Form) -> Answer {
    let caller = visit.caller()?;
    let state = InvitationState::parse(form.get("state"));
    let cursor = form.given("cursor");
    let list = matching::list_invitations(visit.app(), caller, (None, state), None, cursor).await?;
    let chosen = state.map_or("", InvitationState::as_str);
    let link = |state: &str| match state {
        "" => visit.link("/invitations"),
        state => format!("{}?state={state}", visit.link("/invitations")),
    };
    let tab = |(word, label): &(&str, &str)| Tab::new(label, &link(word), None, *word == chosen);
    let paged = cursor.is_some() || list.next.is_some();
    let pager = paged.then(|| Pager {
        shown: format!("{} shown", list.items.len()),
        earlier: cursor.map(|_| link(chosen)),
        later: list
            .next
            .map(|c| format!("{}?state={chosen}&cursor={c}", visit.link("/invitations"))),
    });
    let mut page = Invitations::unfilled(&visit, caller, state);
    page.tabs = STATES.iter().map(tab).collect();
    page.rows = list.items.iter().map(|i| row(&visit, caller, i)).collect();
    page.pager = pager;
    visit.page(&page)
}

fn row(visit: &Visit, caller: &Caller, invitation: &Invitation) -> Row {
    let of = &invitation.of;
    let customer = caller.organization == of.customer;
    let other = if customer { &of.partner_name } else { &of.customer_name };
    let today = told::today(visit);
    let soon = format::in_days(invitation.need_by, today);
    Row {
        title: of.brief_title.clone(),
        href: visit.link(&format!("/invitations/{}", invitation.id)),
        sub: format!("{} · {other}", of.label()),
        person: of.consultant_name.clone(),
        sent: told::day(visit, invitation.sent_at),
        need_by: match invitation.state {
            InvitationState::Sent => {
                format!("{}, {soon}", format::day(invitation.need_by, today))
            }
            _ => format::day(invitation.need_by, today),
        },
        state: told::invitation_state(invitation.state),
    }
}

impl Invitations {
    fn unfilled(visit: &Visit, caller: &Caller, state: Option<InvitationState>) -> Self {
        let partner = caller.kind == OrganizationKind::Partner;
        let lede = if partner {
            "Customers who ask for a proposal. Answer either way: a no with its reason helps too."
        } else {
            "Whom you asked for a proposal, and what became of it."
        };
        let (title, text, act) = match (state, partner) {
            (Some(_), _) => ("None here", "No invitation stands there now.", None),
            (None, true) => (
                "No invitation yet",
                "A customer whose brief fits your profile invites you here. A full profile and \
                 listed services are found more often.",
                Some(Link::new("Look at my profile", &visit.link("/profile"))),
            ),
            (None, false) => (
                "Nobody invited yet",
                "Post a brief, and invite people who fit it.",
                Some(Link::new("Briefs", &visit.link("/briefs"))),
            ),
        };
        Self {
            lede: lede.to_owned(),
            asked: if partner { "For" } else { "Asked" }.to_owned(),
            tabs: Vec::new(),
            rows: Vec::new(),
            empty_title: title.to_owned(),
            empty_text: text.to_owned(),
            act,
            pager: None,
        }
    }
}

impl Page for Invitations {
    const TEMPLATE: &'static str = "matching/invitations.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let row = |state| Row {
            title: "Dealer leads go cold".into(),
            href: "/p/larkfield/invitations/i-1".into(),
            sub: "B-318 · Fjordhaus Outdoor EU".into(),
            person: "Ines Oyelaran-Brandt".into(),
            sent: "6 May".into(),
            need_by: "12 May, in 5 days".into(),
            state: told::invitation_state(state),
        };
        let page = |rows: Vec<Row>| Self {
            lede: "Customers who ask for a proposal.".into(),
            asked: "For".into(),
            tabs: vec![Tab::new("All", "/p/larkfield/invitations", None, true)],
            rows,
            empty_title: "No invitation yet".into(),
            empty_text: "A customer whose brief fits your profile invites you here.".into(),
            act: Some(Link::new("Look at my profile", "/p/larkfield/profile")),
            pager: Some(Pager { shown: "1 shown".into(), earlier: None, later: None }),
        };
        let rows = InvitationState::ALL.iter().map(|state| row(*state)).collect();
        vec![("usual", page(rows)), ("empty", page(Vec::new()))]
    }
}
