//! The two sides disagree about a milestone: one page on which it is filed, answered, proposed,
//! agreed, decided or taken back.

mod deeds;
mod filled;

use api::billing::{
    self, Disagreement as Of, DisagreementState, DisagreementView, MilestoneMoney, SplitProposal,
    SplitState,
};
use api::engagements::Side;
use api::identity::Deed;
use api::kernel::money::Money;
use poem::handler;
use poem::web::Path;
use serde::Serialize;

use super::fund::milestone_id;
use super::words;
use crate::pages::engagements::paragraphs;
use crate::site::{Answer, PageError, Visit};
use crate::view::{Errors, Figure, Link, Notice, State};

pub use deeds::{back_to_disagreement, move_disagreement};

/// What somebody said, and when.
#[derive(Debug, Serialize)]
pub struct Saying {
    pub who: String,
    pub when: String,
    pub text: Vec<String>,
}

/// What a side proposed.
#[derive(Debug, Serialize)]
pub struct Proposed {
    pub who: String,
    pub when: String,
    pub back: String,
    pub released: String,
    pub note: Vec<String>,
    pub state: State,
    /// Its id, for the side that may say yes; else empty.
    pub accept: String,
    pub form: String,
}

/// What is to be done by the reader now.
#[derive(Debug, Serialize)]
pub struct Todo {
    pub title: String,
    pub text: String,
}

/// A disagreement, or the form that files one.
#[derive(Debug, Default, Serialize)]
pub struct Disagreement {
    pub title: String,
    pub milestone: Option<Link>,
    pub money: Option<Link>,
    pub state: Option<State>,
    pub lede: String,
    pub todo: Option<Todo>,
    /// Nobody disagrees, and nothing can be filed here.
    pub nothing: bool,
    pub said: Vec<Saying>,
    pub proposed: Vec<Proposed>,
    pub facts: Vec<Figure>,
    pub action: String,
    /// Which disagreement was read; empty before there is one.
    pub id: String,
    /// What was at stake when it was read, in minor units.
    pub stake: String,
    pub file: bool,
    pub answer: bool,
    pub propose: bool,
    pub ask: bool,
    pub withdraw: bool,
    pub decide: bool,
    pub unit: String,
    pub hint: String,
    pub typed: Typed,
    pub notices: Vec<Notice>,
    pub errors: Errors,
}

/// What was typed into a form that comes back.
#[derive(Debug, Default, Serialize)]
pub struct Typed {
    pub reason: String,
    pub text: String,
    pub back: String,
    pub note: String,
}

#[handler]
pub async fn show_disagreement(visit: Visit, Path(id): Path<String>) -> Answer {
    visit.page(&page(&visit, &id).await?)
}

async fn page(visit: &Visit, id: &str) -> Result<Disagreement, PageError> {
    let (app, caller) = (visit.app(), visit.caller()?);
    let milestone = milestone_id(id)?;
    let seen = billing::see_of_milestone(app, caller, milestone).await?;
    let read_only = |view: &DisagreementView| view.side.is_none();
    let open = |view: &DisagreementView| view.of.state == DisagreementState::Open;
    if let Some(view) = seen.as_ref().filter(|view| open(view) || read_only(view)) {
        return Ok(of(visit, view));
    }
    let money = billing::milestone_money(app, caller, milestone).await?;
    Ok(new(visit, &money, seen.as_ref()))
}

/// Nothing is open: how the last one ended, and the form to file one where it can be.
fn new(visit: &Visit, money: &MilestoneMoney, last: Option<&DisagreementView>) -> Disagreement {
    let mut page = last.map(|view| of(visit, view)).unwrap_or_default();
    let may = visit.caller().is_ok_and(|caller| {
        let sides = [money.customer_id, money.partner_id];
        sides.contains(&caller.organization) && words::may(caller, Deed::Disagree)
    });
    let stake = stake(money);
    page.file = may && money.can_be_disagreed;
    page.nothing = last.is_none() && !page.file;
    page.title = format!("Disagreement about milestone {}: {}", money.seq, money.title);
    page.milestone = Some(Link::new(
        &format!("Milestone {}, {}", money.seq, money.label),
        &visit.link(&format!("/milestones/{}", money.milestone)),
    ));
    page.money = Some(money_link(visit, &money.milestone.to_string()));
    page.action = visit.link(&format!("/milestones/{}/disagreement", money.milestone));
    page.lede = match last {
        Some(view) => ended(&view.of),
        None if page.file => LEDE.to_owned(),
        None => "Nobody disagrees about this milestone.".to_owned(),
    };
    page.stake = stake.minor().to_string();
    page.unit = stake.currency().sign().trim().to_owned();
    page.hint = hint(stake, money.held.minor() > 0);
    page
}

/// What would be at stake.
fn stake(money: &MilestoneMoney) -> Money {
    if money.held.minor() > 0 { money.held } else { money.released }
}

fn hint(stake: Money, held: bool) -> String {
    let all = words::amount(stake);
    match held {
        true => format!("Of {all}, which is held. The payees get what does not go back."),
        false => format!("Of {all}, which was released. The payees keep what does not go back."),
    }
}

fn money_link(visit: &Visit, milestone: &str) -> Link {
    Link::new("See where the money is", &visit.link(&format!("/milestones/{milestone}/money")))
}

const LEDE: &str = "Say what is wrong and what you ask for. The money, the work and the letters of \
                    access rest until you agree on a split, you take it back, or the program \
                    decides.";

fn ended(of: &Of) -> String {
    let split = of.split.map(|split| split.clause()).unwrap_or_default();
    match of.state {
        DisagreementState::Open => String::new(),
        DisagreementState::Agreed => format!("Both sides agreed: {split}."),
        DisagreementState::Decided => format!("The program decided: {split}."),
        DisagreementState::Withdrawn => "It was taken back: nothing was split.".to_owned(),
        DisagreementState::Closed => "The bank of the card took the money.".to_owned(),
    }
}

pub(super) fn state(state: DisagreementState) -> State {
    match state {
        DisagreementState::Open => State::DISPUTED,
        DisagreementState::Agreed | DisagreementState::Decided => State::SETTLED,
        DisagreementState::Withdrawn => State::WITHDRAWN,
        DisagreementState::Closed => State::RETURNED,
    }
}

/// A disagreement as one reader sees it.
struct Read<'a> {
    visit: &'a Visit,
    view: &'a DisagreementView,
    /// The side for which the reader may act while it is open.
    side: Option<Side>,
    open: bool,
    decides: bool,
}

fn of(visit: &Visit, view: &DisagreementView) -> Disagreement {
    let open = view.of.state == DisagreementState::Open;
    let may = |deed| visit.caller().is_ok_and(|caller| words::may(caller, deed));
    let side = view.side.filter(|_| open && may(Deed::Disagree));
    let decides = view.decidable && may(Deed::DecideDisagreements);
    Read { visit, view, side, open, decides }.page()
}

impl Read<'_> {
    fn page(&self) -> Disagreement {
        let Self { visit, view, side, open, decides } = *self;
        let (it, m) = (&view.of, &view.milestone);
        let name = |side: Side| self.name(side);
        let mut facts = vec![
            Figure::new("Filed by", name(it.side)),
            Figure::new("Asked for", format!("{} back", words::amount(it.asked))),
        ];
        if open {
            facts.insert(0, Figure::new("At stake", words::amount(view.at_stake)));
        }
        if open && it.heard_at.is_none() {
            facts.push(Figure::new("Answer by", words::moment(visit, it.answer_by)));
        }
        if let Some(at) = it.ended_at {
            facts.push(Figure::new("Ended", words::moment(visit, at)));
        }
        Disagreement {
            title: format!("Disagreement about milestone {}: {}", m.seq, m.title),
            milestone: Some(Link::new(
                &format!("Milestone {}, {}", m.seq, view.engagement.label()),
                &visit.link(&format!("/milestones/{}", it.milestone)),
            )),
            money: Some(money_link(visit, &it.milestone.to_string())),
            state: Some(state(it.state)),
            lede: if open { OPEN.to_owned() } else { ended(it) },
            todo: self.todo(),
            said: self.said(),
            proposed: view.proposals.iter().rev().map(|one| self.proposed(one)).collect(),
            facts,
            action: visit.link(&format!("/milestones/{}/disagreement", it.milestone)),
            id: it.id.to_string(),
            stake: view.at_stake.minor().to_string(),
            answer: side.is_some_and(|side| it.may_answer(side).is_ok()),
            propose: side.is_some(),
            ask: side.is_some() && it.mediation.is_none(),
            withdraw: side == Some(it.side),
            decide: decides,
            unit: view.at_stake.currency().sign().trim().to_owned(),
            hint: hint(view.at_stake, m.state.is_held()),
            notices: self.asked().into_iter().collect(),
            ..Disagreement::default()
        }
    }

    fn name(&self, side: Side) -> String {
        match side {
            Side::Customer => self.view.customer.clone(),
            Side::Partner => self.view.partner.clone(),
        }
    }

    /// What waits for the reader.
    fn todo(&self) -> Option<Todo> {
        let it = &self.view.of;
        let todo = |title: &str, text: String| Some(Todo { title: title.to_owned(), text });
        if self.decides {
            let why = match it.heard_at {
                Some(_) => "Both sides were heard, and one asked you.".to_owned(),
                None => format!("{} did not answer in time.", self.name(it.side.other())),
            };
            return todo("Decide how it is split", format!("{why} It is carried out at once."));
        }
        let side = self.side?;
        let waits = self.view.proposals.iter();
        let mut waits = waits.filter(|one| one.state == SplitState::Open && one.side != side);
        if side != it.side && it.heard_at.is_none() {
            let until = words::moment(self.visit, it.answer_by);
            let text = format!(
                "Say yes to what {} asks for, propose something else, or answer. Until {until}; \
                 after that the program may decide without you.",
                self.name(it.side)
            );
            return todo("Your answer is wanted", text);
        }
        let one = waits.next()?;
        let text = format!("{} proposed: {}.", self.name(one.side), one.split.clause());
        todo("Say yes, or propose something else", text)
    }

    fn asked(&self) -> Option<Notice> {
        let it = &self.view.of;
        let asker = it.mediation.filter(|_| self.open && !self.decides)?;
        let text = match it.heard_at {
            Some(_) => "It decides now, unless the two sides agree before.".to_owned(),
            None => format!(
                "It decides as soon as {} has answered, or after {}.",
                self.name(it.side.other()),
                words::moment(self.visit, it.answer_by)
            ),
        };
        Some(Notice::info(&format!("{} asked the program to decide", self.name(asker)), &text))
    }

    fn said(&self) -> Vec<Saying> {
        let it = &self.view.of;
        let say = |who: String, at, text: &str| Saying {
            who,
            when: words::moment(self.visit, at),
            text: paragraphs(text),
        };
        let mut said = vec![say(self.name(it.side), it.filed_at, &it.reason)];
        if let Some((text, at)) = it.answer.as_deref().zip(it.answered_at) {
            said.push(say(self.name(it.side.other()), at, text));
        }
        if let Some(at) = it.ended_at.filter(|_| it.state == DisagreementState::Decided) {
            said.push(say("The program".to_owned(), at, &it.outcome));
        }
        said
    }

    fn proposed(&self, one: &SplitProposal) -> Proposed {
        let accept = match self.side {
            Some(side) if one.state == SplitState::Open && one.side != side => one.id.to_string(),
            _ => String::new(),
        };
        // What it was filed with is said above already.
        let filing = one.side == self.view.of.side && one.note == self.view.of.reason;
        Proposed {
            who: self.name(one.side),
            when: words::moment(self.visit, one.proposed_at),
            back: words::amount(one.split.back),
            released: words::amount(one.split.released),
            note: if filing { Vec::new() } else { paragraphs(&one.note) },
            state: split_state(one.state),
            accept,
            form: format!("accept-{}", one.id),
        }
    }
}

const OPEN: &str = "Nothing of this milestone is accepted, released or sent back, and the work and \
                    its letters of access rest until this is over.";

fn split_state(state: SplitState) -> State {
    match state {
        SplitState::Open => State::WAITING,
        SplitState::Accepted => State::ACCEPTED,
        SplitState::Replaced => State::new(crate::view::Tone::Plain, "undo", "Replaced"),
        SplitState::Over => State::new(crate::view::Tone::Plain, "done", "Over"),
    }
}

/// How it stands, in words, for the pages of the milestone and its money.
pub fn notice(visit: &Visit, of: &Of) -> Option<Notice> {
    if of.state != DisagreementState::Open {
        return None;
    }
    let who = match of.side {
        Side::Customer => "The customer disagrees",
        Side::Partner => "The consultant disagrees",
    };
    let until = words::moment(visit, of.answer_by);
    let text = match of.heard_at {
        Some(_) => "The money and the work rest until the two sides agree, or the program decides."
            .to_owned(),
        None => format!("The money and the work rest. The other side has until {until} to answer."),
    };
    Some(Notice::bad(who, &text))
}

/// Where it is read, or filed by those who may: nothing where neither is possible.
pub fn link(visit: &Visit, money: &MilestoneMoney) -> Option<Link> {
    let caller = visit.caller().ok()?;
    let label = match &money.disagreement {
        Some(of) if of.state == DisagreementState::Open => "See the disagreement",
        _ if money.can_be_disagreed && words::may(caller, Deed::Disagree) => "Disagree about it",
        Some(_) => "See how it was settled",
        None => return None,
    };
    let href = visit.link(&format!("/milestones/{}/disagreement", money.milestone));
    Some(Link::new(label, &href))
}
