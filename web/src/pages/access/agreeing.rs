//! The customer's side of more or longer: what would be new beside what holds already, yes or no.

use api::access::{self, AgreeOrder, Amendment, AmendmentState, Grant, Offer, Terms, Without};
use api::identity::Deed;
use api::platform::refusal::{Common, Error};
use api::upstreams::Upstream;
use poem::handler;
use poem::web::Path;
use serde::Serialize;

use super::asking_more::answered;
use super::consent::{Group, Kind};
use super::grant::find;
use super::several::Several;
use super::{letters, limits, parts, several, words};
use crate::format;
use crate::render::Page;
use crate::site::{Answer, Flash, Form, PageError, Visit};
use crate::view::{Avatar, Choice, Errors, Letter, LetterStanding, Notice};

/// A later end beside the letter's own.
#[derive(Debug, Clone, Serialize)]
pub struct Longer {
    pub now: String,
    pub then: String,
    /// "59 days more".
    pub gained: String,
    pub on: bool,
}

/// What a yes would add to a letter.
#[derive(Debug, Serialize)]
pub struct OfferPage {
    pub title: String,
    pub name: String,
    pub first_name: String,
    pub avatar: Avatar,
    /// "asked 17 April, 15:22; waits until Tuesday 12 May, 18:00 (Stockholm)".
    pub asked: String,
    pub reason: String,
    pub here: String,
    pub back: String,
    pub hash: String,
    pub groups: Vec<Group>,
    /// What changes something and is gained: whether the customer is asked each time.
    pub asks: Vec<Choice>,
    /// What can be kept back of the letter as it would be.
    pub withhold: Vec<Choice>,
    /// What can be used up, with how much at most from then on.
    pub budgets: Vec<Kind>,
    pub longer: Option<Longer>,
    pub needs_password: bool,
    /// What the letter says now.
    pub letter: Letter,
    pub several: Several,
    pub notice: Option<Notice>,
    pub errors: Errors,
}

pub async fn show(visit: &Visit, grant: &Grant) -> Answer {
    match look(visit, grant, None, Errors::default()).await? {
        Some(page) => visit.page(&page),
        None => Ok(over(visit, grant)),
    }
}

fn over(visit: &Visit, grant: &Grant) -> poem::Response {
    visit.go_telling(&format!("/grants/{}", grant.id), &answered())
}

/// `None` when nothing waits for an answer any more.
async fn look(
    visit: &Visit,
    grant: &Grant,
    form: Option<&Form>,
    errors: Errors,
) -> Result<Option<OfferPage>, PageError> {
    let caller = visit.caller()?;
    if !Deed::GrantAccess.allows(caller.kind, caller.role) {
        let detail = "An owner or admin of the customer answers it.";
        return Err(Common::NotPermitted(detail.to_owned()).into());
    }
    if grant.more_until.is_none() {
        return Ok(None);
    }
    let (grant, amendment, offer) = access::see_amendment(visit.app(), caller, grant.id).await?;
    if amendment.state != AmendmentState::Asked {
        return Ok(None);
    }
    let mut page = page_of(visit, (&grant, &amendment, &offer), form, errors)?;
    page.several = several::several(visit, &grant).await?;
    Ok(Some(page))
}

fn page_of(
    visit: &Visit,
    (grant, amendment, offer): (&Grant, &Amendment, &Offer),
    form: Option<&Form>,
    errors: Errors,
) -> Result<OfferPage, PageError> {
    let ticked = form.map(|form| form.all("can"));
    let new = gained(grant, offer);
    let upstream = visit.app().upstreams.get(&offer.terms.upstream);
    let boxed = |sentence: &access::Sentence| {
        let action = sentence.action.clone().unwrap_or_default();
        let on = ticked.as_ref().is_none_or(|ticked| ticked.contains(&action));
        let hint = upstream.and_then(|of| only_new(of, (&offer.terms, &new), &action));
        Choice::new(&action, &sentence.text, on).with_hint(&hint.unwrap_or_default())
    };
    let known = |id: &str| (parts::is_ticked(form, id), String::new());
    let group = |g: &access::Group| Group {
        heading: g.heading.to_owned(),
        note: g.note.to_owned(),
        boxes: g.sentences.iter().map(boxed).collect(),
        parts: parts::of(upstream, &new, &g.sentences, known),
    };
    let mut letter = letters::whole(visit, grant)?;
    letter.end_href = None;
    letter.cannot = Vec::new();
    letter.stub = "This holds already, and goes on whatever you answer.".to_owned();
    let who = words::first_name(&grant.consultant_name);
    Ok(OfferPage {
        title: title(visit, grant, offer),
        name: grant.consultant_name.clone(),
        first_name: who.to_owned(),
        avatar: Avatar::of(&grant.consultant_name),
        asked: format!(
            "Asked {}. It waits until {}.",
            words::short(visit, amendment.asked_at),
            words::moment(visit, amendment.answer_by)
        ),
        reason: amendment.reason.clone(),
        here: visit.link(&format!("/grants/{}/more", grant.id)),
        back: visit.link(&format!("/grants/{}", grant.id)),
        hash: offer.hash.clone(),
        groups: offer.gained.iter().map(group).collect(),
        asks: asks(offer, form),
        withhold: limits::withholdable(visit.app(), &offer.terms, form),
        budgets: limits::tighter(&offer.terms, grant.currency, form),
        longer: longer(visit, grant, offer, form),
        needs_password: offer.needs_password,
        letter,
        several: Several::default(),
        notice: offer.is_empty().then(nothing),
        errors,
    })
}

/// The part of the offered terms that the letter lacks.
fn gained(grant: &Grant, offer: &Offer) -> Terms {
    let mut new = offer.terms.clone();
    if let Ok(held) = Terms::read(&grant.terms) {
        new.operations.retain(|id, _| !held.operations.contains_key(id));
    }
    new
}

/// "Of it, change a contact is new": where the letter holds the rest of the action already.
fn only_new(of: &Upstream, (all, new): (&Terms, &Terms), action: &str) -> Option<String> {
    let count = |terms: &Terms| terms.operations.values().filter(|o| o.action == action).count();
    let is_new = |id: &String| new.operations.contains_key(id);
    let fresh = of.operations.iter().filter(|o| o.action == action && is_new(&o.id));
    let deeds: Vec<&str> = fresh.map(|o| o.deed.as_str()).collect();
    let verb = if deeds.len() == 1 { "is" } else { "are" };
    (count(all) > count(new)).then(|| format!("Of it, {} {verb} new", deeds.join(", ")))
}

/// Of what is gained, what is not asked call by call anyway; gravest first.
fn asks(offer: &Offer, form: Option<&Form>) -> Vec<Choice> {
    let ticked = form.map(|form| form.all("first")).unwrap_or_default();
    let unasked = offer.terms.unasked();
    let sentences = offer.gained.iter().rev().flat_map(|group| &group.sentences);
    let boxed = |sentence: &access::Sentence| {
        let action = sentence.action.as_deref().filter(|action| unasked.contains(action))?;
        let on = ticked.iter().any(|ticked| ticked == action);
        Some(Choice::new(action, &sentence.text, on))
    };
    sentences.filter_map(boxed).collect()
}

/// What the boxes leave out of what was shown: whole sentences, and of the others single calls.
fn left_out(page: &OfferPage, form: &Form) -> Without {
    let (can, calls) = (form.all("can"), form.all("call"));
    let shown = page.groups.iter().flat_map(|group| &group.boxes).map(|b| b.value.clone());
    let actions = shown.filter(|action| !can.contains(action)).collect();
    let parts = page.groups.iter().flat_map(|group| &group.parts);
    let boxed = parts.filter(|part| can.contains(&part.action)).flat_map(|part| &part.boxes);
    let lost = boxed.map(|b| b.value.clone()).filter(|id| !calls.contains(id));
    Without { actions, operations: lost.collect() }
}

fn title(visit: &Visit, grant: &Grant, offer: &Offer) -> String {
    let who = words::first_name(&grant.consultant_name);
    let what = if offer.gained.is_empty() { "work longer" } else { "do more" };
    format!("Let {who} {what} in {}?", words::place(visit.app(), grant))
}

fn nothing() -> Notice {
    let text = "What was asked for is allowed already, or the account does not give it any more.";
    Notice::info("Nothing would be new", text)
}

fn longer(visit: &Visit, grant: &Grant, offer: &Offer, form: Option<&Form>) -> Option<Longer> {
    let (now, then) = (grant.valid_until?, offer.until?);
    let span = format::span_words(then.signed_duration_since(now));
    Some(Longer {
        now: words::moment(visit, now),
        then: words::moment(visit, then),
        gained: format!("{span} more"),
        on: form.is_none_or(|form| form.ticked("longer")),
    })
}

/// Adds exactly what was shown, less what was unticked.
pub async fn agree(visit: &Visit, grant: &Grant, form: &Form) -> Answer {
    let caller = visit.caller()?;
    let Some(page) = look(visit, grant, Some(form), Errors::default()).await? else {
        return Ok(over(visit, grant));
    };
    let without = left_out(&page, form);
    let asked = form.all("first").into_iter();
    let mut errors = Errors::default();
    let order = AgreeOrder {
        asks: asked.filter(|action| !without.actions.contains(action)).collect(),
        budgets: limits::read_all(limits::named(&page.budgets), form, &mut errors),
        withhold: form.all("withhold").into_iter().collect(),
        hash: form.get("hash").to_owned(),
        without,
        keep_end: !form.ticked("longer"),
        password: form.given("password").map(|_| form.get("password").to_owned()),
        instead_of: several::instead_of(form),
    };
    if !errors.is_empty() {
        return visit.again(&OfferPage { errors, ..page });
    }
    match access::agree_to_more(visit.app(), caller, grant.id, order).await {
        Ok(yes) => {
            let title = format!("{}’s letter says what you agreed to", page.first_name);
            let flash = Flash::done(&title).saying("Both sides were told. One button ends it.");
            Ok(several::gone(visit, yes, &flash))
        }
        Err(error) if error.code() == Some("terms-changed") => {
            let Some(mut page) = look(visit, grant, None, Errors::default()).await? else {
                return Ok(over(visit, grant));
            };
            let text = "Below is what it is now. Nothing was agreed to yet.";
            page.notice = Some(Notice::held("It is not what you looked at", text));
            visit.again(&page)
        }
        Err(error) if error.code() == Some("nothing-asked") => Ok(over(visit, grant)),
        Err(error) => refused(visit, page, error),
    }
}

fn refused(visit: &Visit, mut page: OfferPage, error: Error) -> Answer {
    if let Some(
        "grant-state"
        | "engagement-not-open"
        | "too-many-tries"
        | "proposal-waits"
        | "proposal-changed",
    ) = error.code()
    {
        page.notice = Some(Notice::held("Not agreed to", &error.to_string()));
        return visit.again(&page);
    }
    let control = |field: &str| match field {
        "without" | "without_operations" => "can".to_owned(),
        "asks" => "first".to_owned(),
        plain => plain.to_owned(),
    };
    page.errors = PageError::from(error).into_errors(control)?;
    visit.again(&page)
}

#[handler]
pub async fn decline_more(visit: Visit, Path(id): Path<String>) -> Answer {
    let grant = find(&visit, &id).await?;
    let who = words::first_name(&grant.consultant_name);
    let flash = match access::decline_more(visit.app(), visit.caller()?, grant.id).await {
        Ok(()) => {
            Flash::done("Declined").saying(&format!("{who} was told. The letter goes on as it is."))
        }
        Err(error) if error.code() == Some("nothing-asked") => answered(),
        Err(error) => return Err(error.into()),
    };
    Ok(visit.go_telling(&format!("/grants/{}", grant.id), &flash))
}

impl Page for OfferPage {
    const TEMPLATE: &'static str = "access/offer.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let wrong = [("password", "That is not your password"), ("can", "Nothing is gained")];
        let held = Notice::held("It is not what you looked at", "Below is what it is now.");
        let wrong = Self { errors: wrong.into_iter().collect(), notice: Some(held), ..sample() };
        let longer = Self {
            groups: Vec::new(),
            asks: Vec::new(),
            needs_password: false,
            reason: String::new(),
            ..sample()
        };
        let more = Self { longer: None, several: Several::sample(false), ..sample() };
        let nothing = Self {
            groups: Vec::new(),
            asks: Vec::new(),
            longer: None,
            notice: Some(nothing()),
            ..sample()
        };
        vec![
            ("more and longer", sample()),
            ("longer", longer),
            ("more", more),
            ("wrong", wrong),
            ("nothing", nothing),
        ]
    }
}

fn sample() -> OfferPage {
    let mut letter = super::sample_letter(LetterStanding::InForce);
    letter.end_href = None;
    OfferPage {
        title: "Let Ines do more in Fjordhaus Outdoor EU?".into(),
        name: "Ines Oyelaran-Brandt".into(),
        first_name: "Ines".into(),
        avatar: Avatar::of("Ines Oyelaran-Brandt"),
        asked: "Asked 17 April, 15:22. It waits until Tuesday 12 May, 18:00 (Stockholm).".into(),
        reason: "The launch moved, and I am to send the welcome series.".into(),
        here: "/p/larkfield/grants/g-1/more".into(),
        back: "/p/larkfield/grants/g-1".into(),
        hash: "8c1ef04a".into(),
        groups: vec![Group {
            heading: "Send".into(),
            note: "reaches other people and cannot be called back".into(),
            boxes: vec![Choice::new("send", "schedule a campaign or send it", true)],
            parts: parts::sample("Send"),
        }],
        asks: vec![Choice::new("send", "schedule a campaign or send it", false)],
        withhold: limits::withholdable_sample(),
        budgets: Vec::new(),
        longer: Some(Longer {
            now: "Tuesday 12 May, 18:00 (Stockholm)".into(),
            then: "Friday 10 July, 18:00 (Stockholm)".into(),
            gained: "59 days more".into(),
            on: true,
        }),
        needs_password: true,
        letter,
        several: Several::default(),
        notice: None,
        errors: Errors::default(),
    }
}
