//! The consultant's side of more or longer on a letter in force: asking for it, taking it back.

use api::access::{self, Amendment, AmendmentState, Grant, MoreWanted, Standing};
use api::platform::caller::OrganizationKind;
use poem::handler;
use poem::web::Path;
use serde::Serialize;
use std::collections::BTreeSet;

use super::agreeing;
use super::consent::Group;
use super::grant::find;
use super::{letters, words};
use crate::render::Page;
use crate::site::{Answer, Flash, Form, PageError, Visit, boxes_of};
use crate::view::{Chip, Choice, DateBoxes, Errors, Letter, LetterStanding, Notice};

/// What is asked for beyond a letter, as it is written.
#[derive(Debug, Serialize)]
pub struct AskMorePage {
    pub title: String,
    pub customer: String,
    pub here: String,
    pub back: String,
    /// When the letter ends now.
    pub until: String,
    pub presets: Vec<Chip>,
    pub groups: Vec<Group>,
    pub last: DateBoxes,
    pub reason: String,
    /// Takes back what waits; empty when nothing does.
    pub withdraw: String,
    /// Why nothing can be asked for by this visitor now.
    pub closed: Option<Notice>,
    pub notice: Option<Notice>,
    pub letter: Letter,
    pub errors: Errors,
}

/// The comparison for a customer, the form for a consultant.
#[handler]
pub async fn show_more(visit: Visit, Path(id): Path<String>, query: Form) -> Answer {
    let grant = find(&visit, &id).await?;
    if visit.caller()?.kind == OrganizationKind::Customer {
        return agreeing::show(&visit, &grant).await;
    }
    visit.page(&page_of(&visit, &grant, &query, Errors::default()).await?)
}

/// Asks, or says yes, by who sends it.
#[handler]
pub async fn send_more(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let grant = find(&visit, &id).await?;
    if visit.caller()?.kind == OrganizationKind::Customer {
        return agreeing::agree(&visit, &grant, &form).await;
    }
    let mut errors = Errors::default();
    let asks_days = form.boxes("last") != DateBoxes::default();
    let last_day = if asks_days { form.date("last", &mut errors) } else { None };
    if !errors.is_empty() {
        return visit.again(&page_of(&visit, &grant, &form, errors).await?);
    }
    let wanted = MoreWanted {
        preset: None,
        actions: form.all("more").into_iter().collect(),
        last_day,
        reason: form.get("reason").to_owned(),
    };
    match access::ask_for_more(visit.app(), visit.caller()?, grant.id, wanted).await {
        Ok(()) => {
            let flash = Flash::done(&format!("{} was asked", grant.customer_name))
                .saying("Your letter goes on as it is until they answer.");
            Ok(visit.go_telling(&format!("/grants/{}", grant.id), &flash))
        }
        Err(error) if matches!(error.code(), Some("grant-state" | "engagement-not-open")) => {
            let mut page = page_of(&visit, &grant, &form, Errors::default()).await?;
            page.notice = Some(Notice::held("Not sent", &error.to_string()));
            visit.again(&page)
        }
        Err(error) => {
            let control = |field: &str| match field {
                "actions" | "preset" => "more".to_owned(),
                plain => plain.to_owned(),
            };
            let errors = PageError::from(error).into_errors(control)?;
            visit.again(&page_of(&visit, &grant, &form, errors).await?)
        }
    }
}

async fn page_of(
    visit: &Visit,
    grant: &Grant,
    form: &Form,
    errors: Errors,
) -> Result<AskMorePage, PageError> {
    let caller = visit.caller()?;
    let beyond = access::beyond_letter(visit.app(), caller, grant.id).await?;
    let open = open_amendment(visit, grant).await?;
    let here = visit.link(&format!("/grants/{}/more", grant.id));
    let written = form.ticked("reason");
    let ticked: BTreeSet<String> = match (written, form.given("preset"), &open) {
        (true, ..) => form.all("more").into_iter().collect(),
        (false, Some(preset), _) => of_preset(visit, grant, preset),
        (false, None, Some(open)) => open.actions.clone(),
        (false, None, None) => BTreeSet::new(),
    };
    let last = open.as_ref().and_then(|open| open.last_day).map(boxes_of);
    let reason = open.as_ref().map(|open| open.reason.clone());
    let boxed = |sentence: &access::Sentence| {
        let action = sentence.action.clone().unwrap_or_default();
        Choice::new(&action, &sentence.text, ticked.contains(&action))
    };
    let group = |g: &access::Group| Group {
        heading: g.heading.to_owned(),
        note: g.note.to_owned(),
        boxes: g.sentences.iter().map(boxed).collect(),
        parts: Vec::new(),
    };
    let mut letter = letters::short(visit, grant)?;
    letter.end_href = None;
    letter.stub = "It goes on as it is until the customer says yes.".to_owned();
    let written_or = |kept: Option<String>| match written {
        true => form.get("reason").to_owned(),
        false => kept.unwrap_or_default(),
    };
    Ok(AskMorePage {
        title: format!("Ask {} for more or longer", grant.customer_name),
        customer: grant.customer_name.clone(),
        back: visit.link(&format!("/grants/{}", grant.id)),
        until: grant.valid_until.map(|at| words::moment(visit, at)).unwrap_or_default(),
        presets: presets(visit, grant, &here, form.get("preset")),
        groups: beyond.iter().map(group).collect(),
        last: if written { form.boxes("last") } else { last.unwrap_or_default() },
        reason: written_or(reason),
        notice: open.as_ref().map(|open| waits(visit, grant, open)),
        withdraw: open.map(|_| format!("{here}/withdraw")).unwrap_or_default(),
        closed: closed(caller.person == grant.consultant, grant),
        here,
        letter,
        errors,
    })
}

async fn open_amendment(visit: &Visit, grant: &Grant) -> Result<Option<Amendment>, PageError> {
    if grant.more_until.is_none() {
        return Ok(None);
    }
    let (_, amendment, _) = access::see_amendment(visit.app(), visit.caller()?, grant.id).await?;
    Ok(Some(amendment).filter(|amendment| amendment.state == AmendmentState::Asked))
}

fn waits(visit: &Visit, grant: &Grant, open: &Amendment) -> Notice {
    let until = words::moment(visit, open.answer_by);
    let text = format!(
        "What you asked for is below. It waits until {until}. Asking otherwise replaces it."
    );
    Notice::info(&format!("{} has not answered yet", grant.customer_name), &text)
}

fn closed(own: bool, grant: &Grant) -> Option<Notice> {
    let who = words::first_name(&grant.consultant_name);
    if matches!(grant.standing, Standing::Requested | Standing::Expired | Standing::Ended) {
        let text = "More is asked for on a letter that stands. Ask for a new letter instead.";
        return Some(Notice::info("This letter does not stand", text));
    }
    let text = "The letter names one person; only they ask for more on it.";
    (!own).then(|| Notice::info(&format!("{who} asks for more"), text))
}

fn of_preset(visit: &Visit, grant: &Grant, id: &str) -> BTreeSet<String> {
    let upstream = visit.app().upstreams.get(&grant.upstream);
    let preset = upstream.and_then(|upstream| upstream.preset(id));
    preset.map(|preset| preset.actions.clone()).unwrap_or_default()
}

/// Wider beginnings: each ticks what it would add.
fn presets(visit: &Visit, grant: &Grant, here: &str, chosen: &str) -> Vec<Chip> {
    let Some(upstream) = visit.app().upstreams.get(&grant.upstream) else { return Vec::new() };
    let own = upstream.preset(&grant.preset).map(|p| &p.actions);
    let wider = upstream
        .presets
        .iter()
        .filter(|p| p.id != grant.preset && own.is_none_or(|own| !p.actions.is_subset(own)));
    let chip = |p: &api::upstreams::Preset| {
        Chip::choice(&p.name, &format!("{here}?preset={}", p.id), p.id == chosen)
    };
    wider.map(chip).collect()
}

/// Takes back what waits. A second press finds it done.
#[handler]
pub async fn withdraw_more(visit: Visit, Path(id): Path<String>) -> Answer {
    let grant = find(&visit, &id).await?;
    let flash = match access::withdraw_more(visit.app(), visit.caller()?, grant.id).await {
        Ok(()) => Flash::done("Taken back").saying("Your letter goes on as it is."),
        Err(error) if error.code() == Some("nothing-asked") => answered(),
        Err(error) => return Err(error.into()),
    };
    Ok(visit.go_telling(&format!("/grants/{}", grant.id), &flash))
}

/// Somebody answered, or took it back, before.
pub fn answered() -> Flash {
    Flash::note(
        "Nobody asks for that any more",
        "It was answered or taken back. The letter stands so.",
    )
}

impl Page for AskMorePage {
    const TEMPLATE: &'static str = "access/ask_more.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let waits = Self {
            notice: Some(Notice::info("Fjordhaus has not answered yet", "It waits.")),
            withdraw: "/p/larkfield/grants/g-1/more/withdraw".into(),
            reason: "The launch moved.".into(),
            ..sample()
        };
        let closed = Some(Notice::info("Ines asks for more", "The letter names one person."));
        let wrong = [
            ("more", "Ask for at least one thing, or for a later day"),
            ("last_day", "Choose a day within 180 days from today"),
            ("reason", "Enter a reason"),
        ];
        let wrong = Self { errors: wrong.into_iter().collect(), ..sample() };
        let all = Self { groups: Vec::new(), presets: Vec::new(), ..sample() };
        vec![
            ("usual", sample()),
            ("waits", waits),
            ("closed", Self { closed, ..sample() }),
            ("wrong", wrong),
            ("only longer", all),
        ]
    }
}

fn sample() -> AskMorePage {
    let mut letter = super::sample_letter(LetterStanding::InForce);
    letter.end_href = None;
    let here = "/p/larkfield/grants/g-1/more";
    AskMorePage {
        title: "Ask Fjordhaus Outdoor for more or longer".into(),
        customer: "Fjordhaus Outdoor".into(),
        here: here.into(),
        back: "/p/larkfield/grants/g-1".into(),
        until: "Tuesday 12 May, 18:00 (Stockholm)".into(),
        presets: vec![Chip::choice("Run campaigns", &format!("{here}?preset=run"), false)],
        groups: vec![Group {
            heading: "Write".into(),
            note: "changes what is kept in the account".into(),
            boxes: vec![Choice::new("write-drafts", "write campaign drafts", true)],
            parts: Vec::new(),
        }],
        last: DateBoxes::default(),
        reason: String::new(),
        withdraw: String::new(),
        closed: None,
        notice: None,
        letter,
        errors: Errors::default(),
    }
}
