//! A letter held against what it was used for, and taking back what nobody needs.

use api::access::{self, Consent, Grant, NarrowOrder, Terms, USAGE_DAYS, Usage, Without};
use api::identity::Deed;
use api::platform::refusal::Error;
use chrono::{DateTime, Utc};
use poem::handler;
use poem::web::Path;
use serde::Serialize;
use std::collections::BTreeSet;

use super::consent::{Group, Kind};
use super::grant::find;
use super::{letters, limits, parts, words};
use crate::format;
use crate::render::Page;
use crate::site::{Answer, Flash, Form, PageError, Visit, boxes_of};
use crate::view::{Choice, DateBoxes, Errors, Letter, LetterStanding};

/// What a letter's own page says of its use.
#[derive(Debug, Clone, Serialize)]
pub struct Use {
    /// "6 of 41 kinds of call in the last 30 days".
    pub used: String,
    /// What would come of taking the rest; empty when nothing could be taken.
    pub rest: String,
    /// Actions that the one click takes, with spaces between them.
    pub without: String,
    /// Single operations of other actions that it takes as well, in the same way.
    pub without_operations: String,
    pub hash: String,
    /// The page of choosing, where it is also taken; empty for whoever may not.
    pub narrow: String,
}

/// What is kept of a letter, box by box.
#[derive(Debug, Serialize)]
pub struct NarrowPage {
    pub title: String,
    pub first_name: String,
    pub used: String,
    pub here: String,
    pub back: String,
    pub hash: String,
    pub groups: Vec<Group>,
    /// What the customer is not asked call by call yet.
    pub asks: Vec<Choice>,
    /// What is not kept back yet.
    pub withhold: Vec<Choice>,
    pub budgets: Vec<Kind>,
    pub last: DateBoxes,
    pub until: String,
    pub letter: Letter,
    pub errors: Errors,
}

/// Nothing for letters that do not stand any more, and for visitors without a say in it.
pub async fn use_of(visit: &Visit, grant: &Grant) -> Result<Option<Use>, PageError> {
    let caller = visit.caller()?;
    if !grant.standing.is_open() || access::consent_of(visit.app(), grant).is_none() {
        return Ok(None);
    }
    let (_, usage) = access::usage_of_grant(visit.app(), caller, grant.id).await?;
    let may = Deed::RevokeAccess.allows(caller.kind, caller.role);
    let narrow = visit.link(&format!("/grants/{}/narrow", grant.id));
    let without = if may { spare(&usage) } else { Without::default() };
    Ok(Some(Use {
        used: used(&usage),
        rest: rest(&usage, &without),
        without: joined(without.actions),
        without_operations: joined(without.operations),
        hash: hex::encode(&grant.terms_hash),
        narrow: if may { narrow } else { String::new() },
    }))
}

fn joined(ids: BTreeSet<String>) -> String {
    ids.into_iter().collect::<Vec<_>>().join(" ")
}

fn counted(n: usize, one: &str, many: &str) -> String {
    format::count(u64::try_from(n).unwrap_or(u64::MAX), one, many)
}

fn used(usage: &Usage) -> String {
    let all = counted(usage.permitted(), "kind of call", "kinds of call");
    format!("{} of {all} in the last {USAGE_DAYS} days", usage.used())
}

/// What one click takes: all that was not used, and nothing while nothing was used at all.
fn spare(usage: &Usage) -> Without {
    if usage.used() == 0 { Without::default() } else { usage.unused() }
}

fn rest(usage: &Usage, without: &Without) -> String {
    if without.is_empty() {
        return String::new();
    }
    let unused = usage.permitted() - usage.used();
    let things = counted(unused, "kind of call was", "kinds of call were");
    let failed = match usage.refused_without(without) {
        0 => "no past call would have failed".to_owned(),
        n => format!("{} would have failed", format::count(n.unsigned_abs(), "call", "calls")),
    };
    format!("{things} never used. Without them {failed}.")
}

#[handler]
pub async fn ask_to_narrow(visit: Visit, Path(id): Path<String>) -> Answer {
    let grant = find(&visit, &id).await?;
    visit.page(&page_of(&visit, &grant, None, Errors::default()).await?)
}

async fn page_of(
    visit: &Visit,
    grant: &Grant,
    form: Option<&Form>,
    errors: Errors,
) -> Result<NarrowPage, PageError> {
    let (_, usage) = access::usage_of_grant(visit.app(), visit.caller()?, grant.id).await?;
    let consent = access::consent_of(visit.app(), grant);
    let terms = Terms::read(&grant.terms).ok();
    let mut letter = letters::short(visit, grant)?;
    letter.end_href = None;
    letter.stub = "What you untick is refused from the next call on.".to_owned();
    let who = words::first_name(&grant.consultant_name);
    Ok(NarrowPage {
        title: format!("What {who}’s letter keeps"),
        first_name: who.to_owned(),
        used: used(&usage),
        here: visit.link(&format!("/grants/{}/narrow", grant.id)),
        back: visit.link(&format!("/grants/{}", grant.id)),
        hash: hex::encode(&grant.terms_hash),
        asks: consent
            .as_ref()
            .zip(terms.as_ref())
            .map(|(c, t)| asks(c, t, form))
            .unwrap_or_default(),
        groups: consent
            .zip(terms.as_ref())
            .map(|(c, t)| groups(visit, (&c, t), &usage, form))
            .unwrap_or_default(),
        withhold: terms
            .as_ref()
            .map(|terms| limits::withholdable(visit.app(), terms, form))
            .unwrap_or_default(),
        budgets: terms
            .map(|terms| limits::tighter(&terms, grant.currency, form))
            .unwrap_or_default(),
        last: form.map(|form| form.boxes("last")).unwrap_or_default(),
        until: grant.valid_until.map(|at| words::moment(visit, at)).unwrap_or_default(),
        letter,
        errors,
    })
}

fn groups(
    visit: &Visit,
    (consent, terms): (&Consent, &Terms),
    usage: &Usage,
    form: Option<&Form>,
) -> Vec<Group> {
    let spare = spare(usage);
    let kept = form.map(|form| form.all("can"));
    let boxed = |sentence: &access::Sentence| {
        let action = sentence.action.clone().unwrap_or_default();
        let hint = usage.actions.iter().find(|a| a.action == action);
        let hint = hint.map(|a| told(visit, a.calls(), a.last())).unwrap_or_default();
        let on = match &kept {
            Some(kept) => kept.contains(&action),
            None => !spare.actions.contains(&action),
        };
        Choice::new(&action, &sentence.text, on).with_hint(&hint)
    };
    let part = |id: &str| {
        let mut all = usage.actions.iter().flat_map(|action| &action.operations);
        let hint = all.find(|operation| operation.id == id);
        let hint = hint.map(|o| told(visit, o.calls, o.last)).unwrap_or_default();
        let on = match form {
            Some(form) => parts::is_ticked(Some(form), id),
            None => !spare.operations.contains(id),
        };
        (on, hint)
    };
    let upstream = visit.app().upstreams.get(&terms.upstream);
    let group = |g: &access::Group| Group {
        heading: g.heading.to_owned(),
        note: g.note.to_owned(),
        boxes: g.sentences.iter().map(boxed).collect(),
        parts: parts::of(upstream, terms, &g.sentences, part),
    };
    consent.can.iter().map(group).collect()
}

/// Gravest first, as on the page that grants.
fn asks(consent: &Consent, terms: &Terms, form: Option<&Form>) -> Vec<Choice> {
    let ticked = form.map(|form| form.all("first")).unwrap_or_default();
    let unasked = terms.unasked();
    let sentences = consent.can.iter().rev().flat_map(|group| &group.sentences);
    let boxed = |sentence: &access::Sentence| {
        let action = sentence.action.as_deref().filter(|action| unasked.contains(action))?;
        let on = ticked.iter().any(|ticked| ticked == action);
        Some(Choice::new(action, &sentence.text, on))
    };
    sentences.filter_map(boxed).collect()
}

fn told(visit: &Visit, calls: i64, last: Option<DateTime<Utc>>) -> String {
    match last {
        Some(last) => {
            let calls = format::count(calls.unsigned_abs(), "call", "calls");
            format!("{calls}, last {}", words::ago(visit, Some(last)))
        }
        None => format!("Not used in the last {USAGE_DAYS} days"),
    }
}

/// Takes what is unticked, or what one click named; shown again when it cannot be done.
#[handler]
pub async fn narrow_letter(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let grant = find(&visit, &id).await?;
    let mut errors = Errors::default();
    let last_day = if form.boxes("last") == DateBoxes::default() {
        None
    } else {
        form.date("last", &mut errors)
    };
    let units = Terms::read(&grant.terms).map(|terms| terms.counted()).unwrap_or_default();
    let budgets = limits::read_all(units, &form, &mut errors);
    if !errors.is_empty() {
        return visit.again(&page_of(&visit, &grant, Some(&form), errors).await?);
    }
    let terms_hash = form.get("hash").to_owned();
    let without = without(&grant, &form);
    // What goes altogether need not be asked for.
    let asks = form.all("first").into_iter().filter(|action| !without.actions.contains(action));
    let asks = asks.collect();
    let left = Terms::read(&grant.terms).map(|terms| terms.less(&without)).ok();
    let withhold = left.map(|left| limits::withheld(visit.app(), &left, &form)).unwrap_or_default();
    let order = NarrowOrder { without, asks, withhold, budgets, last_day, terms_hash };
    match access::narrow_grant(visit.app(), visit.caller()?, grant.id, order).await {
        Ok(()) => Ok(narrowed(&visit, &grant)),
        Err(error) if error.code() == Some("terms-changed") => Ok(changed(&visit, &grant)),
        Err(error) if error.code() == Some("grant-state") => Ok(over(&visit, &grant)),
        Err(error) => {
            let errors = refused(error)?;
            visit.again(&page_of(&visit, &grant, Some(&form), errors).await?)
        }
    }
}

/// The one click names what goes; the page of choosing names what stays.
fn without(grant: &Grant, form: &Form) -> Without {
    if form.given("do") == Some("spare") {
        let named = |field| form.get(field).split_whitespace().map(str::to_owned).collect();
        return Without { actions: named("without"), operations: named("without_operations") };
    }
    Terms::read(&grant.terms).map(|terms| parts::unticked(&terms, form)).unwrap_or_default()
}

fn refused(error: Error) -> Result<Errors, PageError> {
    PageError::from(error).into_errors(|field| match field {
        "without" | "without_operations" => "can".to_owned(),
        "asks" => "first".to_owned(),
        "last_day" => "last_day".to_owned(),
        plain => plain.to_owned(),
    })
}

fn narrowed(visit: &Visit, grant: &Grant) -> poem::Response {
    let who = words::first_name(&grant.consultant_name);
    let flash = Flash::done("The letter is narrowed")
        .saying(&format!("The next call is held against what is left. {who} was told."));
    visit.go_telling(&format!("/grants/{}", grant.id), &flash)
}

fn changed(visit: &Visit, grant: &Grant) -> poem::Response {
    let text = "Somebody narrowed it meanwhile. This is how it stands now.";
    let flash = Flash::note("The letter has changed", text);
    visit.go_telling(&format!("/grants/{}", grant.id), &flash)
}

fn over(visit: &Visit, grant: &Grant) -> poem::Response {
    let flash = Flash::note("The letter has ended", "There is nothing left to take from it.");
    visit.go_telling(&format!("/grants/{}", grant.id), &flash)
}

impl Use {
    pub fn sample() -> Self {
        Self {
            used: "2 of 9 kinds of call in the last 30 days".into(),
            rest: "7 kinds of call were never used. Without them no past call would have failed."
                .into(),
            without: "see-leads see-reports".into(),
            without_operations: "show-list".into(),
            hash: "8c1e".into(),
            narrow: "/p/larkfield/grants/g-1/narrow".into(),
        }
    }
}

impl Page for NarrowPage {
    const TEMPLATE: &'static str = "access/narrow.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let page = |errors: Errors| {
            let mut letter = super::sample_letter(LetterStanding::InForce);
            letter.end_href = None;
            let see = Choice::new("see-campaigns", "see campaigns and drafts", true);
            let write = Choice::new("write-drafts", "write drafts", false);
            let group = |heading: &str, boxes: Vec<Choice>| Group {
                heading: heading.into(),
                note: "changes nothing".into(),
                boxes,
                parts: parts::sample(heading),
            };
            Self {
                title: "What Ines’s letter keeps".into(),
                first_name: "Ines".into(),
                used: "2 of 9 kinds of call in the last 30 days".into(),
                here: "/p/larkfield/grants/g-1/narrow".into(),
                back: "/p/larkfield/grants/g-1".into(),
                hash: "8c1e".into(),
                groups: vec![
                    group("Look", vec![see.with_hint("14 calls, last 2 hours ago")]),
                    group("Write", vec![write.with_hint("Not used in the last 30 days")]),
                ],
                asks: vec![Choice::new("write-drafts", "write drafts", false)],
                withhold: limits::withholdable_sample(),
                budgets: vec![Kind {
                    name: "budget_contacts".into(),
                    label: "Contacts exported a day: now at most 5,000".into(),
                    value: String::new(),
                }],
                last: boxes_of(chrono::NaiveDate::default()),
                until: "Tuesday 12 May, 18:00 (Stockholm)".into(),
                letter,
                errors,
            }
        };
        let wrong = [
            ("can", "Take at least one thing"),
            ("first", "write-drafts is asked for already"),
            ("budget_contacts", "Enter a whole number"),
            ("withhold", "It is kept back already"),
            ("budgets", "Choose less"),
            ("last_day", "Choose a day from today"),
        ];
        vec![("usual", page(Errors::default())), ("wrong", page(wrong.into_iter().collect()))]
    }
}
