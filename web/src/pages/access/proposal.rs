//! What waits for the yes of several people: exactly what it says, who agreed, and the answer.

use api::access::{
    self, Grant, GrantProposalKind, GrantProposalState, Proposal, Terms, consent_of_proposal,
};
use api::kernel::id::GrantProposalId;
use api::platform::refusal::Common;
use poem::handler;
use poem::web::Path;
use serde::Serialize;
use std::collections::BTreeSet;

use super::{letters, several, words};
use crate::format;
use crate::render::Page;
use crate::site::{Answer, PageError, Visit};
use crate::view::{Avatar, Errors, Figure, Letter, LetterStanding, Link, Notice, State};

/// One proposal with everything that the answer needs.
#[derive(Debug, Serialize)]
pub struct ProposalPage {
    pub title: String,
    pub engagement: Link,
    pub letters: String,
    /// "1 of 2 have agreed. It waits until ..".
    pub standing: String,
    pub state: State,
    pub first_name: String,
    pub letter: Letter,
    /// Sentences that the letter does not say yet, where it is in force already.
    pub gained: Vec<String>,
    /// "Petra Lindqvist, 17 April, 15:22".
    pub agreed: Vec<String>,
    /// Yeses that count no more, and why.
    pub void: Vec<String>,
    pub facts: Vec<Figure>,
    pub hash: String,
    pub needs_password: bool,
    /// Where the visitor agrees; empty when they did, or when it is closed.
    pub agree: String,
    pub decline: String,
    pub withdraw: String,
    /// Where it is changed.
    pub change: String,
    /// The letter that came of it or that it is about.
    pub see: String,
    pub reason: String,
    pub notice: Option<Notice>,
    pub errors: Errors,
}

/// A line of the list on the page of all letters.
#[derive(Debug, Clone, Serialize)]
pub struct WaitLine {
    pub title: String,
    pub place: String,
    pub href: String,
    pub agreed: String,
    pub until: String,
    /// Whether the visitor is yet to answer.
    pub yours: bool,
}

pub fn line(visit: &Visit, it: &Proposal) -> Result<WaitLine, PageError> {
    let person = visit.caller()?.person;
    Ok(WaitLine {
        title: title(it),
        place: format!("{}, for {}", it.account_name, it.engagement_label()),
        href: visit.link(&format!("/access/proposals/{}", it.id)),
        agreed: format!("{} of {}", it.yeses(), it.needed),
        until: words::short(visit, it.answer_by),
        yours: !it.agreed_by(person),
    })
}

impl WaitLine {
    pub fn sample(yours: bool) -> Self {
        Self {
            title: "Let Ines work in Fjordhaus Outdoor EU?".into(),
            place: "Fjordhaus Outdoor EU, for A-2041".into(),
            href: "/p/larkfield/access/proposals/gp-1".into(),
            agreed: "1 of 2".into(),
            until: "12 May, 18:00".into(),
            yours,
        }
    }
}

/// What it asks: "Let Ines work in Fjordhaus EU?".
pub fn title(it: &Proposal) -> String {
    let who = words::first_name(&it.frozen.consultant_name);
    let place = &it.account_name;
    match it.frozen.kind {
        GrantProposalKind::Letter | GrantProposalKind::Request => {
            format!("Let {who} work in {place}?")
        }
        GrantProposalKind::More => format!("Let {who} do more or longer in {place}?"),
        GrantProposalKind::Successor => format!("Let {who} take over in {place}?"),
    }
}

pub async fn find(visit: &Visit, id: &str) -> Result<Proposal, PageError> {
    let id = GrantProposalId::parse(id).ok_or(Common::NotFound("proposal"))?;
    Ok(access::get_proposal(visit.app(), visit.caller()?, id).await?)
}

#[handler]
pub async fn see_proposal(visit: Visit, Path(id): Path<String>) -> Answer {
    let it = find(&visit, &id).await?;
    visit.page(&page_of(&visit, &it, Errors::default()).await?)
}

pub async fn page_of(
    visit: &Visit,
    it: &Proposal,
    errors: Errors,
) -> Result<ProposalPage, PageError> {
    let person = visit.caller()?.person;
    let here = visit.link(&format!("/access/proposals/{}", it.id));
    let waits = it.state == GrantProposalState::Waiting;
    let in_force = it.state == GrantProposalState::InForce;
    let engagement = visit.link(&format!("/engagements/{}", it.frozen.engagement));
    let link_if = |yes: bool, link: String| if yes { link } else { String::new() };
    let grant = match it.frozen.kind {
        GrantProposalKind::Letter if !in_force => None,
        _ => Some(access::get_grant(visit.app(), visit.caller()?, it.frozen.grant).await?),
    };
    let own = it.is_of(person);
    Ok(ProposalPage {
        title: title(it),
        engagement: Link::new(&format!("Engagement {}", it.engagement_label()), &engagement),
        letters: visit.link("/access"),
        standing: standing(visit, it),
        state: state(it.state),
        first_name: words::first_name(&it.frozen.consultant_name).to_owned(),
        letter: letter(visit, it),
        gained: grant.as_ref().filter(|_| waits).map(|g| gained(visit, it, g)).unwrap_or_default(),
        agreed: several::yeses(visit, it),
        void: void(visit, it),
        facts: facts(visit, it),
        hash: hex::encode(&it.hash),
        needs_password: it.frozen.needs_password(),
        agree: link_if(waits && !it.agreed_by(person), format!("{here}/agree")),
        decline: link_if(waits && !own, format!("{here}/decline")),
        withdraw: link_if(waits && own, format!("{here}/withdraw")),
        change: link_if(waits, visit.link(&change(it))),
        see: grant.map(|g| visit.link(&format!("/grants/{}", g.id))).unwrap_or_default(),
        reason: String::new(),
        notice: notice(it),
        errors,
    })
}

/// Where the same question is answered otherwise.
fn change(it: &Proposal) -> String {
    let (engagement, grant) = (it.frozen.engagement, it.frozen.grant);
    match it.frozen.kind {
        GrantProposalKind::Letter => {
            format!("/engagements/{engagement}/access?connection={}", it.frozen.connection)
        }
        GrantProposalKind::Request => format!("/engagements/{engagement}/access?request={grant}"),
        GrantProposalKind::More => format!("/grants/{grant}/more"),
        GrantProposalKind::Successor => format!("/grants/{grant}/take-over"),
    }
}

fn standing(visit: &Visit, it: &Proposal) -> String {
    let at = it.closed_at.map(|at| words::short(visit, at)).unwrap_or_default();
    let by = it.closed_by_name.clone().unwrap_or_default();
    match it.state {
        GrantProposalState::Waiting => format!(
            "{} of {} have agreed. It waits until {}.",
            it.yeses(),
            it.needed,
            words::moment(visit, it.answer_by)
        ),
        GrantProposalState::InForce => format!("In force since {at}, with the yes of {by}."),
        GrantProposalState::Declined => format!("{by} declined it on {at}."),
        GrantProposalState::Withdrawn => format!("{by} took it back on {at}."),
        GrantProposalState::Lapsed => {
            "It lapsed: too few agreed in time, or what it was about ended.".to_owned()
        }
    }
}

fn state(state: GrantProposalState) -> State {
    match state {
        GrantProposalState::Waiting => State::WAITING,
        GrantProposalState::InForce => State::IN_FORCE,
        GrantProposalState::Declined => State::DECLINED,
        GrantProposalState::Withdrawn => State::WITHDRAWN,
        GrantProposalState::Lapsed => State::LAPSED,
    }
}

fn notice(it: &Proposal) -> Option<Notice> {
    if it.state == GrantProposalState::Declined {
        return Some(Notice::info("Why it was declined", &it.close_reason));
    }
    if it.state != GrantProposalState::Waiting || it.edition == 1 {
        return None;
    }
    let title = format!("{} changed it", it.edited_by_name);
    let text = "Whoever had agreed before agreed to something else. Read it as it is now.";
    Some(Notice::held(&title, text))
}

/// The letter as it would be, from the very terms that are agreed to.
fn letter(visit: &Visit, it: &Proposal) -> Letter {
    let consent = consent_of_proposal(visit.app(), it);
    let (can, cannot) = match &consent {
        Some(consent) => (
            consent.can.iter().flat_map(|g| &g.sentences).map(|s| s.text.clone()).collect(),
            consent.cannot.iter().map(|s| s.text.clone()).collect(),
        ),
        None => (Vec::new(), vec!["be used: its terms cannot be read".to_owned()]),
    };
    let waits = it.state == GrantProposalState::Waiting;
    let preset = words::preset(visit.app(), &it.frozen.upstream, &it.frozen.preset);
    let mut facts = vec![Figure::new("Made from", preset)];
    facts.extend(end(visit, it));
    let opens = Terms::read(&it.frozen.terms).ok().and_then(|terms| terms.opens);
    facts.extend(opens.map(|o| Figure::new("Opens with", format!("milestone {}", o.seq))));
    Letter {
        standing: LetterStanding::NotYetSigned,
        holder: it.frozen.consultant_name.clone(),
        avatar: Avatar::of(&it.frozen.consultant_name),
        place: format!("in {}, for {}", it.account_name, it.engagement_label()),
        can,
        cannot,
        facts,
        code: letters::code(&hex::encode(it.frozen.terms_hash), false),
        end_href: None,
        stub: if waits {
            "In force with the last yes, not before.".to_owned()
        } else {
            String::new()
        },
    }
}

/// What it says of its end.
fn end(visit: &Visit, it: &Proposal) -> Option<Figure> {
    let today = visit.app().clock.now().with_timezone(&visit.zone()).date_naive();
    match (it.frozen.last_day, it.frozen.ends_by, it.frozen.kind) {
        (Some(day), ..) => Some(Figure::new("Last day", format::weekday(day, today))),
        (_, Some(at), _) => Some(Figure::new("Ends at the latest", words::short(visit, at))),
        (None, None, GrantProposalKind::More) => Some(Figure::new("Its end", "stays as it is")),
        _ => {
            let text = format!("{}, after 180 days at the latest", it.engagement_label());
            Some(Figure::new("Ends with", text))
        }
    }
}

/// Sentences of it that the letter in force does not say.
fn gained(visit: &Visit, it: &Proposal, grant: &Grant) -> Vec<String> {
    if it.frozen.kind != GrantProposalKind::More {
        return Vec::new();
    }
    let texts = |consent: Option<access::Consent>| -> Vec<String> {
        let groups = consent.map(|consent| consent.can).unwrap_or_default();
        groups.into_iter().flat_map(|g| g.sentences).map(|s| s.text).collect()
    };
    let held: BTreeSet<String> =
        texts(access::consent_of(visit.app(), grant)).into_iter().collect();
    let then = texts(consent_of_proposal(visit.app(), it));
    then.into_iter().filter(|text| !held.contains(text)).collect()
}

fn void(visit: &Visit, it: &Proposal) -> Vec<String> {
    let gone = it.agreed.iter().filter(|yes| !yes.counts);
    let said = gone.map(|yes| {
        let why =
            if yes.latest { "no longer decides for you" } else { "agreed to what it said before" };
        format!("{}, {}: {why}", yes.name, words::short(visit, yes.at))
    });
    said.collect()
}

fn facts(visit: &Visit, it: &Proposal) -> Vec<Figure> {
    let by = |name: &str, at| format!("{name}, {}", words::short(visit, at));
    let mut facts = vec![Figure::new("Proposed", by(&it.proposed_by_name, it.proposed_at))];
    if it.edition > 1 {
        facts.push(Figure::new("Changed last", by(&it.edited_by_name, it.edited_at)));
    }
    facts.push(Figure::new("Must agree", it.needed.to_string()));
    facts
}

impl Page for ProposalPage {
    const TEMPLATE: &'static str = "access/proposal.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let own = Self {
            agree: String::new(),
            decline: String::new(),
            withdraw: "/p/larkfield/access/proposals/gp-1/withdraw".into(),
            ..sample()
        };
        let changed = Notice::held("Petra Lindqvist changed it", "Read it as it is now.");
        let void = vec!["Jonas Berg, 7 May, 09:40: agreed to what it said before".into()];
        let more = Self {
            gained: vec!["schedule a campaign or send it".into()],
            see: "/p/larkfield/grants/g-1".into(),
            notice: Some(changed),
            void,
            ..sample()
        };
        let wrong = [("password", "That is not your password"), ("reason", "Enter a reason")];
        let wrong = Self { errors: wrong.into_iter().collect(), ..sample() };
        let closed = Self {
            agree: String::new(),
            decline: String::new(),
            change: String::new(),
            standing: "Jonas Berg declined it on 8 May, 10:00.".into(),
            state: State::DECLINED,
            notice: Some(Notice::info("Why it was declined", "Not before the audit.")),
            ..sample()
        };
        vec![
            ("to answer", sample()),
            ("own", own),
            ("changed", more),
            ("wrong", wrong),
            ("closed", closed),
        ]
    }
}

fn sample() -> ProposalPage {
    let here = "/p/larkfield/access/proposals/gp-1";
    ProposalPage {
        title: "Let Ines work in Fjordhaus Outdoor EU?".into(),
        engagement: Link::new("Engagement A-2041", "/p/larkfield/engagements/e-1"),
        letters: "/p/larkfield/access".into(),
        standing: "1 of 2 have agreed. It waits until Tuesday 12 May, 18:00 (Stockholm).".into(),
        state: State::WAITING,
        first_name: "Ines".into(),
        letter: super::sample_letter(LetterStanding::NotYetSigned),
        gained: Vec::new(),
        agreed: vec!["Petra Lindqvist, 7 May, 09:15".into()],
        void: Vec::new(),
        facts: vec![Figure::new("Proposed", "Petra Lindqvist, 7 May, 09:15")],
        hash: "8c1ef04a".into(),
        needs_password: true,
        agree: format!("{here}/agree"),
        decline: format!("{here}/decline"),
        withdraw: String::new(),
        change: "/p/larkfield/engagements/e-1/access?connection=c-1".into(),
        see: String::new(),
        reason: String::new(),
        notice: None,
        errors: Errors::default(),
    }
}
