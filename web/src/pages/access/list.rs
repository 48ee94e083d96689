//! Every letter of access of an organization: in force, waiting, ended.

use api::access::{self, Grant, Standing};
use api::identity::Deed;
use api::platform::caller::OrganizationKind;
use poem::handler;
use serde::Serialize;

use super::program::list_program_letters;
use super::{alarms, drafts, forgotten, letters, proposal, words};
use crate::format;
use crate::render::Page;
use crate::site::{Answer, Form, PageError, Visit};
use crate::view::{Letter, LetterStanding, Link, Pager, State, Tone};

/// A letter and where it is read.
#[derive(Debug, Clone, Serialize)]
pub struct OpenLetter {
    pub letter: Letter,
    pub href: String,
}

/// A letter as a line.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    pub who: String,
    pub place: String,
    pub href: String,
    pub preset: String,
    pub state: State,
    pub when: String,
}

/// All letters that the visitor may see.
#[derive(Debug, Default, Serialize)]
pub struct Letters {
    pub customer: bool,
    /// Neither customer nor consultant: there is nothing for them here, ever.
    pub outsider: bool,
    pub lede: String,
    pub in_force: Vec<OpenLetter>,
    /// Granted, and not begun.
    pub agreed: Vec<OpenLetter>,
    /// What the visitor's side is still writing.
    pub drafts: Vec<Line>,
    /// Granted, and no call goes through until something else is put right.
    pub resting: Vec<OpenLetter>,
    pub waiting: Vec<Line>,
    /// What waits for one more of the customer's people, for whoever decides on access.
    pub proposals: Vec<proposal::WaitLine>,
    /// Who must agree; empty for everybody else.
    pub approvers: String,
    /// Where all end together, for whoever may while any holds or rests.
    pub end_all: String,
    /// What nobody has looked into to the end, for the customer.
    pub alarms: Vec<alarms::AlarmLine>,
    pub ended: Vec<Line>,
    /// For whoever decides on access, while anything is open.
    pub forgotten: Option<forgotten::Part>,
    pub pager: Option<Pager>,
    pub connections: Link,
    pub log: String,
    pub calls: String,
    pub engagements: String,
}

#[handler]
pub async fn list_letters(visit: Visit, query: Form) -> Answer {
    let caller = visit.caller()?;
    if caller.kind == OrganizationKind::Vendor {
        return list_program_letters(&visit, &query).await;
    }
    let app = visit.app();
    let cursor = query.given("cursor");
    let open = access::list_open_grants(app, caller).await?;
    let (ended, next) = access::list_ended_grants(app, caller, cursor).await?;
    let unusual = alarms::open_alarms(&visit).await?;
    let decides = Deed::GrantAccess.allows(caller.kind, caller.role);
    let proposals = if decides { access::list_waiting(app, caller).await? } else { Vec::new() };
    let proposals = proposals.iter().map(|it| proposal::line(&visit, it));
    let of = |wanted: &'static [Standing]| {
        open.iter().filter(move |grant| wanted.contains(&grant.standing))
    };
    let letters = |wanted| {
        of(wanted).map(|grant| open_letter(&visit, grant)).collect::<Result<Vec<_>, PageError>>()
    };
    let in_force = letters(&[Standing::InForce])?;
    let agreed = letters(&[Standing::NotBegun, Standing::Unfunded])?;
    let resting = letters(&[Standing::Suspended, Standing::NeedsReconnect, Standing::Unused])?;
    let over = of(&[Standing::Expired, Standing::Ended]).chain(&ended);
    let paged = cursor.is_some() || next.is_some();
    let here = visit.link("/access");
    let pager = paged.then(|| Pager {
        shown: format!("{} shown", ended.len()),
        earlier: cursor.map(|_| here.clone()),
        later: next.map(|c| format!("{here}?cursor={c}#ended")),
    });
    let (customer, partner) =
        (caller.kind == OrganizationKind::Customer, caller.kind == OrganizationKind::Partner);
    let ends = customer && Deed::RevokeAccess.allows(caller.kind, caller.role);
    let any = !in_force.is_empty() || !resting.is_empty() || !agreed.is_empty();
    let end_all = if ends && any { visit.link("/access/end-all") } else { String::new() };
    visit.page(&Letters {
        end_all,
        lede: lede(customer, in_force.len(), resting.len() + agreed.len()),
        customer,
        outsider: !customer && !partner,
        waiting: waiting(&visit, &open),
        proposals: proposals.collect::<Result<_, PageError>>()?,
        approvers: if decides { visit.link("/access/approvers") } else { String::new() },
        alarms: unusual.iter().map(|alarm| alarms::line(&visit, alarm)).collect(),
        ended: over.map(|grant| line(&visit, grant)).collect(),
        forgotten: forgotten::part_of(&visit).await?,
        in_force,
        agreed,
        drafts: drafts::lines(&visit).await?,
        resting,
        pager,
        connections: Link::new("Connected accounts", &visit.link("/connections")),
        log: visit.link("/access/log"),
        calls: visit.link("/approvals"),
        engagements: visit.link("/engagements"),
    })
}

fn lede(customer: bool, in_force: usize, resting: usize) -> String {
    let letters = |n: usize| format::count(u64::try_from(n).unwrap_or(0), "letter", "letters");
    let kept = if customer { "names one person" } else { "is yours alone" };
    let holds = format!("Each {kept} and ends by itself.");
    match (customer, in_force, resting) {
        (true, 0, 0) => "Nobody has access to your accounts now.".to_owned(),
        (false, 0, 0) => "You hold no letter of access now.".to_owned(),
        (_, n, 0) => format!("{} in force. {holds}", letters(n)),
        (_, 0, n) => format!("{} at rest: no call goes through now.", letters(n)),
        (_, n, rest) => format!("{} in force, {rest} at rest. {holds}", letters(n)),
    }
}

fn open_letter(visit: &Visit, grant: &Grant) -> Result<OpenLetter, PageError> {
    let href = visit.link(&format!("/grants/{}", grant.id));
    Ok(OpenLetter { letter: letters::short(visit, grant)?, href })
}

/// Requests for a letter, then requests for more on one.
fn waiting(visit: &Visit, open: &[Grant]) -> Vec<Line> {
    let asked = open.iter().filter(|grant| grant.standing == Standing::Requested);
    let more = open.iter().filter_map(|grant| Some((grant, grant.more_until?)));
    let more = more.map(|(grant, until)| Line {
        preset: "More than it has".to_owned(),
        state: State::WAITING,
        when: format!("waits until {}", words::short(visit, until)),
        ..line(visit, grant)
    });
    asked.map(|grant| line(visit, grant)).chain(more).collect()
}

fn line(visit: &Visit, grant: &Grant) -> Line {
    let when = match grant.standing {
        Standing::Requested => {
            let until = grant.answer_by.map(|at| words::short(visit, at)).unwrap_or_default();
            format!("waits until {until}")
        }
        _ => grant
            .ended_at
            .or(grant.valid_until)
            .or(grant.answer_by)
            .map(|at| words::short(visit, at))
            .unwrap_or_default(),
    };
    Line {
        who: grant.consultant_name.clone(),
        place: format!("{}, for {}", words::place(visit.app(), grant), grant.engagement_label()),
        href: visit.link(&format!("/grants/{}", grant.id)),
        preset: words::preset(visit.app(), &grant.upstream, &grant.preset),
        state: words::stage(grant),
        when,
    }
}

impl Page for Letters {
    const TEMPLATE: &'static str = "access/letters.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let usual = Self {
            customer: true,
            lede: lede(true, 1, 0),
            in_force: vec![sample(LetterStanding::InForce)],
            waiting: vec![sample_line(State::WAITING, "waits until 12 May, 18:00")],
            proposals: vec![proposal::WaitLine::sample(true), proposal::WaitLine::sample(false)],
            approvers: "/p/larkfield/access/approvers".into(),
            end_all: "/p/larkfield/access/end-all".into(),
            alarms: vec![alarms::AlarmLine::sample(access::AlarmState::Open)],
            ended: vec![sample_line(State::ENDED, "2 May, 09:15")],
            pager: Some(Pager { shown: "20 shown".into(), earlier: None, later: None }),
            forgotten: Some(forgotten::Part::sample(true)),
            ..bare()
        };
        let tidy = Self {
            customer: true,
            in_force: vec![sample(LetterStanding::InForce)],
            forgotten: Some(forgotten::Part::sample(false)),
            ..bare()
        };
        let nobody = || "Nobody has access to your accounts now.".to_owned();
        let resting = Self {
            resting: vec![sample(LetterStanding::Resting)],
            agreed: vec![sample(LetterStanding::Agreed)],
            drafts: vec![sample_line(State::new(Tone::Plain, "pencil", "Draft"), "2 May, 09:15")],
            lede: lede(false, 0, 2),
            ..bare()
        };
        let outsider = Self { outsider: true, lede: nobody(), ..bare() };
        vec![
            ("usual", usual),
            ("nothing forgotten", tidy),
            ("empty", Self { customer: true, lede: nobody(), ..bare() }),
            ("consultant", resting),
            ("consultant without", bare()),
            ("outsider", outsider),
        ]
    }
}

fn bare() -> Letters {
    Letters {
        lede: "You hold no letter of access now.".into(),
        connections: Link::new("Connected accounts", "/p/larkfield/connections"),
        log: "/p/larkfield/access/log".into(),
        calls: "/p/larkfield/approvals".into(),
        engagements: "/p/larkfield/engagements".into(),
        ..Letters::default()
    }
}

fn sample(standing: LetterStanding) -> OpenLetter {
    OpenLetter { letter: super::sample_letter(standing), href: "/p/larkfield/grants/g-1".into() }
}

fn sample_line(state: State, when: &str) -> Line {
    Line {
        who: "Ines Oyelaran-Brandt".into(),
        place: "Fjordhaus Outdoor EU, for A-2041".into(),
        href: "/p/larkfield/grants/g-2".into(),
        preset: "Author drafts".into(),
        state,
        when: when.into(),
    }
}
