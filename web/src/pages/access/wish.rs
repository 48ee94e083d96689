//! What a request asks for in detail: single actions and calls, what is asked first, how much, for
//! how long. The boxes and fields are those of the consent screen.

use api::access::{self, Draft, Narrower, Preview, Wish};
use api::kernel::id::PersonId;
use serde::Serialize;
use url::form_urlencoded::Serializer;

use super::consent::{self, Group, Kind};
use super::several::write_terms;
use super::{limits, parts};
use crate::site::{Form, PageError, Visit};
use crate::view::{Choice, Errors};

/// A preset in detail.
#[derive(Debug, Clone, Serialize)]
pub struct Detail {
    /// Names application and preset as they are shown.
    pub preset: String,
    pub groups: Vec<Group>,
    pub kinds: Vec<Kind>,
    pub asks: Vec<Choice>,
    pub budgets: Vec<Kind>,
}

/// The whole preset that a form names; nothing when it names none.
fn whole(visit: &Visit, form: &Form) -> Result<Option<Preview>, PageError> {
    let Some((upstream, preset)) = form.get("preset").split_once('/') else { return Ok(None) };
    let wish = Wish { upstream: upstream.into(), preset: preset.into(), ..Wish::default() };
    // One that is not offered any more is told where the request is sent.
    Ok(access::preview_request(visit.app(), visit.caller()?, &wish).ok())
}

/// The details of the preset that a form names, ticked as they were, else all.
pub fn detail(visit: &Visit, form: &Form) -> Result<Option<Detail>, PageError> {
    let Some(preview) = whole(visit, form)? else { return Ok(None) };
    let told = (form.get("shown_preset") == form.get("preset")).then_some(form);
    let ticked = told.map(|form| form.all("can"));
    let upstream = visit.app().upstreams.get(&preview.terms.upstream);
    let boxed = |sentence: &access::Sentence| {
        let action = sentence.action.clone().unwrap_or_default();
        let on = ticked.as_ref().is_none_or(|ticked| ticked.contains(&action));
        Choice::new(&action, &sentence.text, on)
    };
    let group = |group: &access::Group| Group {
        heading: group.heading.to_owned(),
        note: group.note.to_owned(),
        boxes: group.sentences.iter().map(boxed).collect(),
        parts: parts::of(upstream, &preview.terms, &group.sentences, |id| {
            (parts::is_ticked(told, id), String::new())
        }),
    };
    let mut asks = limits::asks(&preview, told);
    if told.is_none() {
        // What is asked first is the customer's to choose where the request does not say it.
        asks.iter_mut().for_each(|ask| ask.chosen = false);
    }
    Ok(Some(Detail {
        preset: form.get("preset").to_owned(),
        groups: preview.consent.can.iter().map(group).collect(),
        kinds: consent::kinds(visit.app(), &preview, told),
        asks,
        budgets: limits::fields(&preview, told),
    }))
}

/// What a form asks for. Errors stand at its fields.
pub fn read(visit: &Visit, form: &Form, errors: &mut Errors) -> Result<Wish, PageError> {
    let (upstream, preset) = form.get("preset").split_once('/').unwrap_or_default();
    let mut narrower = Narrower::default();
    if form.get("shown_preset") == form.get("preset")
        && let Some(preview) = whole(visit, form)?
    {
        if form.all("can").is_empty() {
            errors.add("can", "Tick at least one thing that you need");
        }
        let chosen = consent::narrowed(visit.app(), &preview, form, errors);
        narrower = Narrower { without: chosen.without, limits: chosen.limits };
        narrower.limits.asks = chosen.asks.unwrap_or_default();
    }
    let days = form.given("days").map(|days| days.trim().parse::<i32>());
    if days
        .as_ref()
        .is_some_and(|days| !days.as_ref().is_ok_and(|n| (1..=access::MOST_DAYS).contains(n)))
    {
        errors.add("days", &format!("Enter a number of days from 1 to {}", access::MOST_DAYS));
    }
    Ok(Wish {
        upstream: upstream.to_owned(),
        preset: preset.to_owned(),
        narrower,
        days: days.and_then(Result::ok),
        reason: form.get("reason").to_owned(),
        consultant: form.given("consultant").and_then(PersonId::parse),
    })
}

/// A draft as the form that says it.
pub fn form_of(visit: &Visit, draft: &Draft) -> Result<Form, PageError> {
    let preset = format!("{}/{}", draft.wish.upstream, draft.wish.preset);
    let mut fields = Serializer::new(String::new());
    fields.append_pair("draft", &draft.id.to_string());
    fields.append_pair("version", &draft.version.to_string());
    fields.append_pair("consultant", &draft.consultant.to_string());
    fields.append_pair("preset", &preset);
    fields.append_pair("reason", &draft.wish.reason);
    if let Some(days) = draft.wish.days {
        fields.append_pair("days", &days.to_string());
    }
    // Where the catalogue changed since, it begins from the whole preset again.
    if let Ok(preview) = access::preview_request(visit.app(), visit.caller()?, &draft.wish) {
        fields.append_pair("shown_preset", &preset);
        write_terms(&mut fields, &preview.terms);
    }
    Ok(Form::parse(fields.finish().as_bytes()))
}

impl Detail {
    pub fn sample() -> Self {
        let group = |heading: &str, id: &str, text: &str| Group {
            heading: heading.into(),
            note: "changes nothing".into(),
            boxes: vec![Choice::new(id, text, true)],
            parts: parts::sample(heading),
        };
        let kind = |name: &str, label: &str, value: &str| Kind {
            name: name.into(),
            label: label.into(),
            value: value.into(),
        };
        Self {
            preset: "larkfield/read-only".into(),
            groups: vec![group("Look", "see-campaigns", "see campaigns and drafts")],
            kinds: vec![kind("only_campaign", "Only these campaigns", "cmp_000001")],
            asks: vec![Choice::new("write-drafts", "write campaign drafts", false)],
            budgets: vec![kind("budget_deletes", "Deletions a day", "5")],
        }
    }
}
