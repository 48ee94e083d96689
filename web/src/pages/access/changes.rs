//! What was changed with a letter, and taking it back.

use api::access::{self, Change, Grant, KeptChange, KeptState, NotBack, UndoOrder};
use api::identity::Deed;
use api::kernel::id::AccessEntryId;
use poem::handler;
use poem::web::Path;
use serde::Serialize;

use super::grant::find;
use super::words;
use crate::format;
use crate::render::Page;
use crate::site::{Answer, Flash, Form, PageError, Visit};
use crate::view::{DiffRow, Errors, Notice, State, Tone};

/// Changes of one letter, latest first.
#[derive(Debug, Default, Serialize)]
pub struct ChangesPage {
    pub title: String,
    pub lede: String,
    pub first_name: String,
    pub back: String,
    pub here: String,
    pub lines: Vec<ChangeLine>,
    /// How many can be ticked.
    pub open: usize,
    /// How many are shown where there may be more; 0 where these are all.
    pub most: usize,
    /// That other calls changed something of which nothing is kept.
    pub unkept: String,
    /// Where all calls of the letter are.
    pub log: String,
    /// Whether somebody changed something since.
    pub differs: bool,
    /// That some are under way.
    pub notice: Option<Notice>,
    pub errors: Errors,
}

/// One change.
#[derive(Debug, Serialize)]
pub struct ChangeLine {
    pub id: String,
    pub title: String,
    /// "PATCH /campaigns/cmp_1 · 12 May, 10:04".
    pub place: String,
    pub state: Option<State>,
    /// Whether it can be ticked, and is.
    pub open: bool,
    pub chosen: bool,
    pub rows: Vec<DiffRow>,
    /// What follows from its state.
    pub note: String,
    /// "Can be taken back until 12 May, 10:04."; empty where that is no question.
    pub until: String,
    /// What is there instead, beside what taking it back would make of it.
    pub found: Vec<DiffRow>,
}

/// Whether the visitor has a say in it.
pub fn may_take_back(visit: &Visit, grant: &Grant) -> Result<bool, PageError> {
    let caller = visit.caller()?;
    let own = caller.organization == grant.customer && grant.granted_at.is_some();
    Ok(own && Deed::GrantAccess.allows(caller.kind, caller.role))
}

#[handler]
pub async fn see_changes(visit: Visit, Path(id): Path<String>, query: Form) -> Answer {
    let grant = find(&visit, &id).await?;
    let mut page = page_of(&visit, &grant, &[], Errors::default()).await?;
    if query.given("tick") == Some("all") {
        page.lines.iter_mut().for_each(|line| line.chosen = line.open);
    }
    visit.page(&page)
}

async fn page_of(
    visit: &Visit,
    grant: &Grant,
    chosen: &[String],
    errors: Errors,
) -> Result<ChangesPage, PageError> {
    let (changes, unkept) = access::kept_changes(visit.app(), visit.caller()?, grant.id).await?;
    let who = words::first_name(&grant.consultant_name);
    let lines: Vec<ChangeLine> = changes.iter().map(|change| line(visit, change, chosen)).collect();
    let count = |state| changes.iter().filter(|change| change.state == state).count();
    Ok(ChangesPage {
        title: format!("What {who} changed"),
        lede: format!("In {}, latest first.", words::place(visit.app(), grant)),
        first_name: who.to_owned(),
        back: visit.link(&format!("/grants/{}", grant.id)),
        here: visit.link(&format!("/grants/{}/changes", grant.id)),
        open: lines.iter().filter(|line| line.open).count(),
        most: if lines.len() < access::MOST_CHANGES { 0 } else { lines.len() },
        differs: count(KeptState::Differs) > 0,
        notice: (count(KeptState::Asked) > 0).then(under_way),
        unkept: others(unkept),
        log: visit.link(&format!("/access/log?grant={}", grant.id)),
        lines,
        errors,
    })
}

/// Of calls that changed something and cannot be taken back; empty where there are none.
fn others(unkept: i64) -> String {
    match unkept {
        0 => String::new(),
        1 => "One other call changed something of which nothing was kept: it sent or deleted, or \
              the application did not show what was there before."
            .to_owned(),
        many => format!(
            "{many} other calls changed something of which nothing was kept: they sent or deleted, \
             or the application did not show what was there before."
        ),
    }
}

fn under_way() -> Notice {
    let text = "Load this page again to see what became of it.";
    Notice::info("Taking back is under way", text)
}

fn line(visit: &Visit, change: &KeptChange, chosen: &[String]) -> ChangeLine {
    let id = change.id.to_string();
    let undone = matches!(change.state, KeptState::Kept | KeptState::Differs | KeptState::Failed);
    ChangeLine {
        title: change.operation.clone(),
        place: format!("{} · {}", change.target, words::moment(visit, change.at)),
        state: state(change.state),
        open: undone && !change.over,
        chosen: chosen.contains(&id),
        rows: change.fields.iter().map(row).collect(),
        note: match change.why {
            Some(why) if !change.over => why.sentence(),
            _ => note(change).to_owned(),
        },
        until: if undone { until(visit, change) } else { String::new() },
        found: change.found.iter().map(row).collect(),
        id,
    }
}

fn row(change: &Change) -> DiffRow {
    let or = |text: &Option<String>| text.clone().unwrap_or_default();
    DiffRow::new(&change.field, &or(&change.before), &or(&change.after))
}

/// What was not asked back has none.
fn state(state: KeptState) -> Option<State> {
    match state {
        KeptState::Kept => None,
        KeptState::Asked => Some(State::WAITING),
        KeptState::Restored => Some(State::new(Tone::Good, "undo", "Taken back")),
        KeptState::Differs => Some(State::new(Tone::Held, "alert", "Changed since")),
        KeptState::Gone => Some(State::new(Tone::Plain, "ban", "Not there any more")),
        KeptState::Failed => Some(State::new(Tone::Bad, "alert", "Not taken back")),
    }
}

fn until(visit: &Visit, change: &KeptChange) -> String {
    let at = words::moment(visit, change.until);
    if change.over {
        return format!(
            "It is too late to take it back: that was possible until {at}. What was there before \
             is kept no longer."
        );
    }
    format!("Can be taken back until {at}.")
}

fn note(change: &KeptChange) -> &'static str {
    if change.over {
        return "";
    }
    match (change.state, change.made.unwrap_or_default()) {
        (KeptState::Kept, true) => "It was new: taking it back deletes it.",
        (KeptState::Differs, false) => {
            "Somebody changed it since, so it was left alone. Struck through is what is there now:"
        }
        (KeptState::Differs, true) => {
            "Somebody worked on it since, so it was left alone. This is what is there now:"
        }
        (KeptState::Failed, _) => "It was not taken back. Try again.",
        _ => "",
    }
}

/// Begins to take back what is ticked; the page shows how far it came.
#[handler]
pub async fn take_back(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let grant = find(&visit, &id).await?;
    let ticked = form.all("change");
    let changes: Vec<AccessEntryId> =
        ticked.iter().filter_map(|id| AccessEntryId::parse(id)).collect();
    if changes.is_empty() {
        let mut errors = Errors::default();
        errors.add("change", "Tick what is to be taken back");
        return visit.again(&page_of(&visit, &grant, &ticked, errors).await?);
    }
    let order = UndoOrder { changes, overwrite: form.given("overwrite").is_some() };
    let here = format!("/grants/{}/changes", grant.id);
    match access::take_back(visit.app(), visit.caller()?, grant.id, order).await {
        Ok(count) => {
            let count = u64::try_from(count).unwrap_or(u64::MAX);
            let text = format!(
                "{} under way. Load this page again to see what became of them; you get a \
                 message too.",
                format::count(count, "change is", "changes are")
            );
            Ok(visit.go_telling(&here, &Flash::done("Taking back has begun").saying(&text)))
        }
        Err(error) if error.code() == Some("too-late-to-undo") => {
            let text = "What was there before is kept no longer. Nothing was changed.";
            Ok(visit.go_telling(&here, &Flash::note("It is too late", text)))
        }
        Err(error) if error.code() == Some("nothing-to-undo") => {
            let text = "They are taken back already, or that is under way.";
            Ok(visit.go_telling(&here, &Flash::note("Nothing had to be done", text)))
        }
        Err(error) => Err(error.into()),
    }
}

impl Page for ChangesPage {
    const TEMPLATE: &'static str = "access/changes.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let bare = || Self {
            title: "What Ines changed".into(),
            lede: "In Fjordhaus Outdoor EU, latest first.".into(),
            first_name: "Ines".into(),
            back: "/p/larkfield/grants/g-1".into(),
            here: "/p/larkfield/grants/g-1/changes".into(),
            log: "/p/larkfield/access/log?grant=g-1".into(),
            ..Self::default()
        };
        let usual = Self {
            lines: vec![
                sample(1, KeptState::Kept),
                sample(2, KeptState::Differs),
                sample(3, KeptState::Asked),
                sample(4, KeptState::Restored),
                sample(5, KeptState::Failed),
            ],
            open: 2,
            unkept: others(2),
            differs: true,
            notice: Some(under_way()),
            ..bare()
        };
        let mut errors = Errors::default();
        errors.add("change", "Tick what is to be taken back");
        let wrong = Self { lines: vec![sample(1, KeptState::Kept)], open: 1, errors, ..bare() };
        let done = Self { lines: vec![sample(1, KeptState::Gone)], ..bare() };
        let mut late = sample(1, KeptState::Kept);
        (late.open, late.rows) = (false, Vec::new());
        late.until = "It is too late to take it back: that was possible until Mon 12 May.".into();
        let late = Self { lines: vec![late], ..bare() };
        vec![("usual", usual), ("empty", bare()), ("wrong", wrong), ("done", done), ("late", late)]
    }
}

fn sample(n: u8, of: KeptState) -> ChangeLine {
    let found = of == KeptState::Differs;
    let text = "Somebody changed it since, so it was left alone.";
    ChangeLine {
        id: format!("c-{n}"),
        title: "Changed a draft".into(),
        place: "/campaigns/cmp_1 · Mon 12 May, 10:04 Berlin".into(),
        state: state(of),
        open: matches!(of, KeptState::Kept | KeptState::Differs | KeptState::Failed),
        chosen: false,
        rows: vec![DiffRow::new("subject", "Spring is here", "Spring, at last")],
        note: match of {
            KeptState::Differs => text.into(),
            KeptState::Failed => NotBack::Refused(409).sentence(),
            _ => String::new(),
        },
        until: "Can be taken back until Mon 10 August, 10:04 Berlin.".into(),
        found: if found {
            vec![DiffRow::new("subject", "Spring!", "Spring is here")]
        } else {
            Vec::new()
        },
    }
}
