//! The partners of the program: the list, suspending one, and ending a suspension.

use std::collections::HashMap;

use api::billing::{self, PayoutStage};
use api::directory::{self, PublicAddress};
use api::identity::Deed;
use api::kernel::id::OrganizationId;
use api::platform::refusal::{Common, Error};
use api::program::{self, EnrollmentState, Partner, PartnerFilter, PartnerKind};
use poem::handler;
use poem::web::Path;
use serde::Serialize;

use super::words;
use crate::format;
use crate::pages::billing::payouts;
use crate::render::Page;
use crate::site::{Answer, Flash, Form, PageError, Visit};
use crate::view::{Avatar, Choice, Errors, Link, Notice, Pager, State, Tier};

/// One partner of the list.
#[derive(Debug, Serialize)]
pub struct Row {
    pub id: String,
    pub name: String,
    pub avatar: Avatar,
    pub place: String,
    pub kind: String,
    pub tier: Tier,
    pub since: String,
    pub state: State,
    pub reason: String,
    pub profiles: Vec<Link>,
    /// Whether it can be paid, for whoever may ask it to set payouts up.
    pub payouts: Option<State>,
    /// Where that is asked for; empty while it can be paid.
    pub ask: String,
    /// Its people, for whoever may end their work; empty for others.
    pub people: String,
    /// What whoever looks may do with it, and where.
    pub act: Option<Link>,
}

/// The partners that a filter finds.
#[derive(Debug, Serialize)]
pub struct Partners {
    pub here: String,
    pub kinds: Vec<Choice>,
    pub states: Vec<Choice>,
    pub rows: Vec<Row>,
    pub filtered: bool,
    pub pager: Option<Pager>,
    /// Who may suspend, for whoever may not.
    pub closed: String,
}

#[handler]
pub async fn list_partners(visit: Visit, form: Form) -> Answer {
    let (caller, app) = (visit.caller()?, visit.app());
    let filter = PartnerFilter {
        kind: PartnerKind::parse(form.get("kind")),
        state: EnrollmentState::parse(form.get("state")),
    };
    let cursor = form.given("cursor");
    let list = program::list_partners(app, caller, filter, None, cursor).await?;
    let ids: Vec<OrganizationId> = list.items.iter().map(|p| p.enrollment.organization).collect();
    let mut profiles: HashMap<OrganizationId, Vec<Link>> = HashMap::new();
    for address in directory::public_addresses(app, visit.vendor(), &ids).await? {
        let link = profile(&visit, &address);
        profiles.entry(address.organization).or_default().push(link);
    }
    let may = Deed::SuspendPartners.allows(caller.kind, caller.role);
    let stages = match Deed::AskForPayouts.allows(caller.kind, caller.role) {
        true => billing::payout_stages(app, caller, &ids).await?,
        false => HashMap::new(),
    };
    let rows = list.items.iter().map(|p| {
        let found = profiles.remove(&p.enrollment.organization).unwrap_or_default();
        let stage = stages.get(&p.enrollment.organization).copied();
        row(&visit, p, found, (may, stage))
    });
    let rows = rows.collect();
    let here = visit.link("/partners");
    visit.page(&Partners {
        kinds: kinds(filter.kind),
        states: states(filter.state),
        rows,
        filtered: filter.kind.is_some() || filter.state.is_some(),
        pager: pager(&here, filter, cursor, &list),
        closed: if may {
            String::new()
        } else {
            words::only("owner or a program manager", "suspend")
        },
        here,
    })
}

fn profile(visit: &Visit, address: &PublicAddress) -> Link {
    Link::new(&address.name, &visit.link(&format!("/experts/{}", address.slug)))
}

fn row(
    visit: &Visit,
    it: &Partner,
    profiles: Vec<Link>,
    (may, stage): (bool, Option<PayoutStage>),
) -> Row {
    let id = it.enrollment.organization.to_string();
    let act = match it.enrollment.state {
        EnrollmentState::Active => Some(("Suspend", "suspend")),
        EnrollmentState::Suspended => Some(("Reinstate", "reinstate")),
        EnrollmentState::Terminated => None,
    };
    let act = act
        .filter(|_| may)
        .map(|(label, step)| Link::new(label, &visit.link(&format!("/partners/{id}/{step}"))));
    Row {
        name: it.name.clone(),
        avatar: Avatar::of(&it.name),
        place: format::place(&it.city, &it.country),
        kind: words::kind(it.enrollment.kind).to_owned(),
        tier: words::tier(it.enrollment.tier),
        since: words::date(visit, it.enrollment.since),
        state: words::enrollment_state(it.enrollment.state),
        reason: it.reason.clone().unwrap_or_default(),
        profiles,
        payouts: stage.map(payouts::state),
        ask: match stage {
            None | Some(PayoutStage::Ready) => String::new(),
            Some(_) => visit.link(&format!("/partners/{id}/payouts")),
        },
        people: if may { visit.link(&format!("/partners/{id}/people")) } else { String::new() },
        act,
        id,
    }
}

/// Asks a partner by mail to set its payouts up.
#[handler]
pub async fn ask_for_payouts(visit: Visit, Path(id): Path<String>) -> Answer {
    let organization = OrganizationId::parse(&id).ok_or(Common::NotFound("partner"))?;
    let asked = billing::ask_for_payouts(visit.app(), visit.caller()?, organization).await?;
    let flash = match asked.stage {
        PayoutStage::Ready => Flash::note("They can be paid already", "Nobody was asked."),
        _ => Flash::done("They are asked to set up their payouts")
            .saying("Their owners and admins get a mail with the way there."),
    };
    Ok(visit.go_telling("/partners", &flash))
}

fn kinds(chosen: Option<PartnerKind>) -> Vec<Choice> {
    let any = Choice::new("", "Consultants and resellers", chosen.is_none());
    let kind = |k: &PartnerKind| {
        Choice::new(k.as_str(), &format!("{}s", words::kind(*k)), chosen == Some(*k))
    };
    std::iter::once(any).chain(PartnerKind::ALL.iter().map(kind)).collect()
}

fn states(chosen: Option<EnrollmentState>) -> Vec<Choice> {
    let any = Choice::new("", "Any state", chosen.is_none());
    let state = |s: &EnrollmentState| {
        Choice::new(s.as_str(), &words::enrollment_state(*s).word, chosen == Some(*s))
    };
    std::iter::once(any).chain(EnrollmentState::ALL.iter().map(state)).collect()
}

fn pager(
    here: &str,
    filter: PartnerFilter,
    cursor: Option<&str>,
    list: &program::Page<Partner>,
) -> Option<Pager> {
    if cursor.is_none() && list.next.is_none() {
        return None;
    }
    let kind = filter.kind.map_or("", |k| k.as_str());
    let state = filter.state.map_or("", |s| s.as_str());
    let first = format!("{here}?kind={kind}&state={state}");
    Some(Pager {
        shown: format!("{} shown", list.items.len()),
        later: list.next.as_ref().map(|next| format!("{first}&cursor={next}")),
        earlier: cursor.map(|_| first),
    })
}

/// The question before a partner is suspended or reinstated.
#[derive(Debug, Serialize)]
pub struct ChangePartner {
    pub partners: String,
    pub name: String,
    pub action: String,
    /// Whether it suspends; else it reinstates.
    pub suspends: bool,
    pub since: String,
    pub profiles: Vec<Link>,
    pub notice: Option<Notice>,
    pub reason: String,
    pub errors: Errors,
}

#[handler]
pub async fn ask_to_suspend(visit: Visit, Path(id): Path<String>) -> Answer {
    ask(&visit, &id, true).await
}

#[handler]
pub async fn ask_to_reinstate(visit: Visit, Path(id): Path<String>) -> Answer {
    ask(&visit, &id, false).await
}

async fn ask(visit: &Visit, id: &str, suspends: bool) -> Answer {
    visit.page(&question(visit, id, suspends).await?)
}

async fn question(visit: &Visit, id: &str, suspends: bool) -> Result<ChangePartner, PageError> {
    let caller = visit.caller()?;
    let organization = OrganizationId::parse(id).ok_or(Common::NotFound("partner"))?;
    let partner = program::see_partner(visit.app(), caller, organization).await?;
    if !Deed::SuspendPartners.allows(caller.kind, caller.role) {
        let detail = "The owner or a program manager of the vendor suspends partners.";
        return Err(Common::NotPermitted(detail.to_owned()).into());
    }
    let found = directory::public_addresses(visit.app(), visit.vendor(), &[organization]).await?;
    let step = if suspends { "suspend" } else { "reinstate" };
    let reason = partner.reason.as_deref().unwrap_or("No reason was given.");
    let suspended = partner.enrollment.state == EnrollmentState::Suspended;
    Ok(ChangePartner {
        partners: visit.link("/partners"),
        name: partner.name,
        action: visit.link(&format!("/partners/{id}/{step}")),
        suspends,
        since: words::date(visit, partner.enrollment.since),
        profiles: found.iter().map(|address| profile(visit, address)).collect(),
        notice: suspended.then(|| Notice::info("It is suspended", reason)),
        reason: String::new(),
        errors: Errors::default(),
    })
}

#[handler]
pub async fn suspend_partner(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let page = question(&visit, &id, true).await?;
    let organization = OrganizationId::parse(&id).ok_or(Common::NotFound("partner"))?;
    if form.given("reason").is_none() {
        let mut page = page;
        page.errors.add("reason", "Enter a reason");
        return visit.again(&page);
    }
    let (app, caller, reason) = (visit.app(), visit.caller()?, form.given("reason"));
    match program::suspend_partner(app, caller, organization, reason).await {
        Ok(partner) => {
            let flash = Flash::done(&format!("{} is suspended", partner.name));
            let flash = flash.saying("They are told, with your reason. Work under way goes on.");
            Ok(visit.go_telling("/partners", &flash))
        }
        Err(error) => refused(&visit, page, &form, error),
    }
}

#[handler]
pub async fn reinstate_partner(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let page = question(&visit, &id, false).await?;
    let organization = OrganizationId::parse(&id).ok_or(Common::NotFound("partner"))?;
    let (app, caller, reason) = (visit.app(), visit.caller()?, form.given("reason"));
    match program::reinstate_partner(app, caller, organization, reason).await {
        Ok(partner) => {
            let flash = Flash::done(&format!("{} is a partner again", partner.name));
            Ok(visit.go_telling("/partners", &flash.saying("They are told by mail.")))
        }
        Err(error) => refused(&visit, page, &form, error),
    }
}

fn refused(visit: &Visit, mut page: ChangePartner, form: &Form, error: Error) -> Answer {
    if error.code() == Some("enrollment-state") {
        let flash = Flash::note("It changed meanwhile", &error.to_string());
        return Ok(visit.go_telling("/partners", &flash));
    }
    page.reason = form.get("reason").to_owned();
    page.errors = PageError::from(error).into_errors(str::to_owned)?;
    visit.again(&page)
}

impl Page for Partners {
    const TEMPLATE: &'static str = "program/partners.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let row = |name: &str, state, act: &str| Row {
            id: "o-1".into(),
            name: name.into(),
            avatar: Avatar::of(name),
            place: "Lisbon, Portugal".into(),
            kind: "Consultant".into(),
            tier: Tier::ranked("Principal", 3),
            since: "2 May 2025".into(),
            state: words::enrollment_state(state),
            reason: "Insurance ran out.".into(),
            profiles: vec![Link::new("Ines Oyelaran-Brandt", "/p/larkfield/experts/ines")],
            payouts: Some(payouts::state(PayoutStage::Incomplete)),
            ask: "/p/larkfield/partners/o-1/payouts".into(),
            people: "/p/larkfield/partners/o-1/people".into(),
            act: Some(Link::new(act, "/p/larkfield/partners/o-1/suspend")),
        };
        let page = |rows, filtered| Self {
            here: "/p/larkfield/partners".into(),
            kinds: kinds(None),
            states: states(Some(EnrollmentState::Active)),
            rows,
            filtered,
            pager: None,
            closed: String::new(),
        };
        let active = row("Brandt Lifecycle Studio", EnrollmentState::Active, "Suspend");
        let rows = vec![active, row("Ada Works", EnrollmentState::Suspended, "Reinstate")];
        let later = Some("/p/larkfield/partners?cursor=c".into());
        let mut usual = page(rows, false);
        usual.pager = Some(Pager { shown: "2 shown".into(), earlier: None, later });
        let mut looks = page(vec![row("Ada", EnrollmentState::Active, "Suspend")], false);
        looks.closed = words::only("owner or a program manager", "suspend");
        vec![
            ("usual", usual),
            ("nobody fits", page(Vec::new(), true)),
            ("empty", page(Vec::new(), false)),
            ("looks", looks),
        ]
    }
}

impl Page for ChangePartner {
    const TEMPLATE: &'static str = "program/change_partner.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let page = |suspends: bool| Self {
            partners: "/p/larkfield/partners".into(),
            name: "Ada Works".into(),
            action: "/p/larkfield/partners/o-1/suspend".into(),
            suspends,
            since: "2 May 2025".into(),
            profiles: vec![Link::new("Ada", "/p/larkfield/experts/ada")],
            notice: (!suspends).then(|| Notice::info("It is suspended", "Insurance ran out.")),
            reason: String::new(),
            errors: Errors::default(),
        };
        let mut wrong = page(true);
        wrong.errors.add("reason", "Enter a reason");
        vec![("suspend", page(true)), ("wrong", wrong), ("reinstate", page(false))]
    }
}
