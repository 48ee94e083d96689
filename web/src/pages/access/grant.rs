//! One letter of access: what it says, ending it, the keys for it, its last calls.

use api::access::{self, Grant, HoldCause, LogWanted, Standing};
use api::identity::Deed;
use api::kernel::id::GrantId;
use api::platform::caller::{Caller, OrganizationKind};
use api::platform::http::paging::PageWanted;
use api::platform::refusal::Common;
use poem::handler;
use poem::web::Path;
use serde::Serialize;

use super::asked::{Asked, asked, more, reason_title};
use super::calls::{Calls, calls_of};
use super::ending::over as was_over;
use super::keys::{Keys, NewKey, keys_of};
use super::lapsed::lapsed;
use super::log::{LogLine, log_line};
use super::narrow::{Use, use_of};
use super::receipt::{EndNote, note_of};
use super::resting::{Rest, rest_of};
use super::successor::may_propose;
use super::{again, changes, letters, several, trail, words};
use crate::render::Page;
use crate::site::{Answer, Flash, PageError, Visit};
use crate::view::{Errors, Letter, LetterStanding, Link, Notice};

/// A letter with everything around it.
#[derive(Debug, Serialize)]
pub struct GrantPage {
    pub title: String,
    pub engagement: Link,
    pub letters: String,
    pub letter: Letter,
    pub reason: String,
    /// "Why Ines asked".
    pub reason_title: String,
    pub first_name: String,
    /// The visitor's turn to answer.
    pub asked: Option<Asked>,
    /// The same for more or longer on the letter.
    pub more: Option<Asked>,
    /// Where its holder asks for more; empty for everybody else.
    pub ask_more: String,
    pub notice: Option<Notice>,
    /// Where the unpaid week stands for which it rests.
    pub unpaid: Option<Link>,
    /// That it rests for want of use, or will soon.
    pub rest: Option<Rest>,
    /// Takes an open request back.
    pub withdraw: String,
    /// Its page of ending it with a reason.
    pub end: String,
    /// Where access is granted anew.
    pub again: Option<Link>,
    /// Where a colleague is proposed in place of its person.
    pub pass_on: String,
    pub keys: Option<Keys>,
    pub new_key: Option<NewKey>,
    pub calls: Vec<LogLine>,
    /// How it ended, once it has.
    pub end_note: Option<EndNote>,
    /// What it was used for, while it stands.
    pub usage: Option<Use>,
    /// Who agreed, where several did, and what waits for more of them.
    pub agreed: Vec<several::AgreedPart>,
    /// What can be called at the gateway, for the side that calls.
    pub catalogue: Option<Calls>,
    /// Where what was changed can be taken back; empty for whoever may not.
    pub changes: String,
    pub log: String,
    pub errors: Errors,
}

#[handler]
pub async fn see_letter(visit: Visit, Path(id): Path<String>) -> Answer {
    let grant = find(&visit, &id).await?;
    visit.page(&page_of(&visit, &grant).await?)
}

/// 404 for everybody who is on neither side of it.
pub async fn find(visit: &Visit, id: &str) -> Result<Grant, PageError> {
    let id = GrantId::parse(id).ok_or(Common::NotFound("letter of access"))?;
    Ok(access::get_grant(visit.app(), visit.caller()?, id).await?)
}

pub async fn page_of(visit: &Visit, grant: &Grant) -> Result<GrantPage, PageError> {
    let caller = visit.caller()?;
    let app = visit.app();
    let here = |tail: &str| visit.link(&format!("/grants/{}{tail}", grant.id));
    let engagement = visit.link(&format!("/engagements/{}", grant.engagement));
    let wanted = LogWanted::from(Some(grant.id));
    let calls = access::list_log(app, caller, wanted, PageWanted::first(5)).await?;
    let mut letter = letters::whole(visit, grant)?;
    letter.facts.extend(trail::place(visit, grant).await?);
    let holds = letter.end_href.is_some();
    let own = caller.person == grant.consultant && caller.organization == grant.partner;
    let requested = grant.standing == Standing::Requested;
    let customer = caller.kind == OrganizationKind::Customer;
    let grants = Deed::GrantAccess.allows(caller.kind, caller.role);
    let over = matches!(grant.standing, Standing::Ended | Standing::Expired);
    let waits = grant.more_until.is_some() && holds;
    let link_if = |yes: bool, link: String| if yes { link } else { String::new() };
    Ok(GrantPage {
        title: format!("{}’s letter of access", grant.consultant_name),
        engagement: Link::new(&format!("Engagement {}", grant.engagement_label()), &engagement),
        letters: visit.link("/access"),
        reason: grant.reason.clone(),
        reason_title: reason_title(grant),
        first_name: words::first_name(&grant.consultant_name).to_owned(),
        asked: (requested && grants).then(|| asked(visit, grant)),
        more: (waits && grants).then(|| more(visit, grant)),
        ask_more: link_if(holds && own, here("/more")),
        rest: rest_of(visit, grant, grants),
        notice: notice(visit, grant, caller).or_else(|| more_notice(visit, grant, customer)),
        unpaid: unpaid(grant, &engagement),
        withdraw: link_if(requested && !customer, here("/end")),
        end: link_if(holds, here("/end")),
        pass_on: link_if(may_propose(caller, grant), here("/successor")),
        again: if over && grants { again::link(visit, grant)? } else { None },
        keys: keys_of(visit, grant, own).await?,
        new_key: None,
        end_note: note_of(visit, grant).await?,
        usage: use_of(visit, grant).await?,
        agreed: several::parts_of(visit, grant).await?,
        catalogue: if customer { None } else { calls_of(visit, grant) },
        calls: calls.iter().take(5).map(|entry| log_line(visit, entry)).collect(),
        changes: link_if(changes::may_take_back(visit, grant)?, here("/changes")),
        log: format!("{}?grant={}", visit.link("/access/log"), grant.id),
        letter,
        errors: Errors::default(),
    })
}

/// What the side that asked for more waits for.
fn unpaid(grant: &Grant, engagement: &str) -> Option<Link> {
    let held = grant.holds.iter().any(|hold| hold.cause == HoldCause::Unpaid);
    let held = held && grant.standing == Standing::Suspended;
    held.then(|| Link::new("See the unpaid week", &format!("{engagement}#milestones")))
}

fn more_notice(visit: &Visit, grant: &Grant, customer: bool) -> Option<Notice> {
    let until = words::moment(visit, grant.more_until.filter(|_| !customer)?);
    let title = format!("{} has not answered yet", grant.customer_name);
    let text = format!("More was asked for on this letter. It waits until {until}.");
    Some(Notice::info(&title, &text))
}

fn notice(visit: &Visit, grant: &Grant, caller: &Caller) -> Option<Notice> {
    let customer = caller.kind == OrganizationKind::Customer;
    match grant.standing {
        Standing::Requested if customer => {
            let allowed = Deed::GrantAccess.allows(caller.kind, caller.role);
            let text = "An owner or admin of your organization answers it.";
            (!allowed).then(|| Notice::held("Asked for, not answered", text))
        }
        Standing::Requested => {
            let until = grant.answer_by.map(|at| words::moment(visit, at)).unwrap_or_default();
            let title = format!("{} has not answered yet", grant.customer_name);
            Some(Notice::info(&title, &format!("The request waits until {until}.")))
        }
        Standing::Suspended => {
            let since = grant.holds.first().map(|hold| words::moment(visit, hold.since));
            let since = since.map(|at| format!("Since {at}. ")).unwrap_or_default();
            let text = "Calls are refused until that is over. Nothing has to be granted again.";
            let title = format!("It rests: {}", words::held_by(grant));
            Some(Notice::held(&title, &format!("{since}{text}")))
        }
        Standing::NotBegun => {
            let text = "Until then calls are refused. Nothing else has to be done.";
            Some(Notice::info(words::agreed(grant).trim_end_matches('.'), text))
        }
        Standing::Unfunded => {
            let when = grant.opens().map(|opening| opening.clause());
            let when = when.unwrap_or_else(|| "its milestone is funded".to_owned());
            let text = "Until then calls are refused. Nothing else has to be done.";
            Some(Notice::info(&format!("It works once {when}"), text))
        }
        Standing::NeedsReconnect => {
            let text = if customer {
                "Calls are refused until you connect the account again under Connected accounts."
            } else {
                "Calls are refused until the customer connects the account again. They were told."
            };
            Some(Notice::held("The account has to be connected again", text))
        }
        Standing::InForce => lapsed(visit, grant, customer),
        // What rests for want of use has a notice of its own.
        Standing::Unused | Standing::Expired | Standing::Ended => None,
    }
}

#[handler]
pub async fn decline(visit: Visit, Path(id): Path<String>) -> Answer {
    let grant = find(&visit, &id).await?;
    match access::decline_request(visit.app(), visit.caller()?, grant.id).await {
        Ok(()) => {
            let who = words::first_name(&grant.consultant_name);
            let flash = Flash::done("Declined")
                .saying(&format!("{who} was told. The engagement goes on without it."));
            Ok(visit.go_telling(&format!("/grants/{}", grant.id), &flash))
        }
        Err(error) if error.code() == Some("grant-state") => Ok(was_over(&visit, &grant)),
        Err(error) => Err(error.into()),
    }
}

impl Page for GrantPage {
    const TEMPLATE: &'static str = "access/grant.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let mut requested = sample(LetterStanding::NotYetSigned);
        requested.reason = "I read the last ninety days, then write drafts.".into();
        requested.asked = Some(Asked {
            title: "Ines asks for access to Larkfield".into(),
            until: "Tuesday 12 May, 18:00 (Stockholm)".into(),
            decide: "/p/larkfield/engagements/e-1/access?request=g-1".into(),
            decline: "/p/larkfield/grants/g-1/decline".into(),
            chooses: true,
        });
        let mut waits = sample(LetterStanding::NotYetSigned);
        waits.notice = Some(Notice::info("Fjordhaus has not answered yet", "It waits."));
        waits.withdraw = "/p/larkfield/grants/g-1/end".into();
        let mut more = sample(LetterStanding::InForce);
        more.more = Some(Asked {
            title: "Ines asks for more in Fjordhaus Outdoor EU".into(),
            until: "Tuesday 12 May, 18:00 (Stockholm)".into(),
            decide: "/p/larkfield/grants/g-1/more".into(),
            decline: "/p/larkfield/grants/g-1/more/decline".into(),
            chooses: true,
        });
        let mut unused = sample(LetterStanding::Resting);
        unused.rest = Some(Rest::sample(true));
        let mut held = sample(LetterStanding::Resting);
        held.notice = Some(Notice::held("It rests: a week is unpaid", "Since Tuesday."));
        held.unpaid = Some(Link::new("See the unpaid week", "/p/larkfield/engagements/e-1"));
        let mut keyed = sample(LetterStanding::InForce);
        keyed.ask_more = "/p/larkfield/grants/g-1/more".into();
        keyed.keys = Some(Keys::sample(true));
        keyed.calls = LogLine::samples();
        keyed.catalogue = Some(Calls::sample());
        keyed.usage = Some(Use::sample());
        keyed.agreed = vec![several::AgreedPart::sample()];
        let mut made = sample(LetterStanding::InForce);
        made.keys = Some(Keys::sample(true));
        made.new_key = Some(NewKey::sample());
        made.catalogue = Some(Calls::sample());
        let mut bound = sample(LetterStanding::InForce);
        bound.keys = Some(Keys::sample(true));
        bound.new_key = Some(NewKey::bound_sample());
        let mut wrong = sample(LetterStanding::InForce);
        wrong.keys = Some(Keys::sample(true));
        wrong.errors = [("name", "Enter a name for the key")].into_iter().collect();
        let mut ended = sample(LetterStanding::Ended);
        ended.pass_on = "/p/larkfield/grants/g-1/successor".into();
        let again = "/p/larkfield/engagements/e-1/access?again=g-1";
        ended.again = Some(Link::new("Grant the same again", again));
        ended.keys = Some(Keys::sample(false));
        ended.end_note = Some(EndNote::sample());
        vec![
            ("requested", requested),
            ("waits", waits),
            ("more", more),
            ("unused", unused),
            ("held", held),
            ("in force", keyed),
            ("new key", made),
            ("new bound key", bound),
            ("wrong", wrong),
            ("ended", ended),
        ]
    }
}

fn sample(standing: LetterStanding) -> GrantPage {
    let letter = super::sample_letter(standing);
    let end = if letter.end_href.is_some() { "/p/larkfield/grants/g-1/end" } else { "" };
    GrantPage {
        title: "Ines Oyelaran-Brandt’s letter of access".into(),
        engagement: Link::new("Engagement A-2041", "/p/larkfield/engagements/e-1"),
        letters: "/p/larkfield/access".into(),
        letter,
        reason: String::new(),
        reason_title: "Why Ines asked".into(),
        first_name: "Ines".into(),
        asked: None,
        more: None,
        ask_more: String::new(),
        rest: None,
        notice: None,
        unpaid: None,
        withdraw: String::new(),
        end: end.into(),
        again: None,
        pass_on: String::new(),
        keys: None,
        new_key: None,
        calls: Vec::new(),
        end_note: None,
        usage: None,
        agreed: Vec::new(),
        catalogue: None,
        changes: "/p/larkfield/grants/g-1/changes".into(),
        log: "/p/larkfield/access/log?grant=g-1".into(),
        errors: Errors::default(),
    }
}
