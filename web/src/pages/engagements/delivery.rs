//! Delivering a milestone, accepting a delivery, returning it with notes.

use api::engagements::{self, EngagementState, MilestoneState};
use poem::handler;
use poem::web::Path;

use super::confirm::Confirming;
use super::milestone::{MilestonePage, Typed, look, parse};
use super::standpoint::{VERSION, accepting};
use super::{words, work};
use crate::site::{Answer, Flash, Form, Upload, Visit};
use crate::view::{Link, Notice};

#[handler]
pub async fn deliver(visit: Visit, Path(id): Path<String>, upload: Upload) -> Answer {
    let id = parse(&id)?;
    let path = words::milestone_path(id);
    let had_file = upload.file.is_some();
    let file = upload.file.map(|f| engagements::Upload { name: f.name, bytes: f.bytes });
    let text = upload.fields.get("text");
    let (app, caller) = (visit.app(), visit.caller()?);
    let error = match engagements::submit_deliverable(app, caller, id, text, file).await {
        Ok(delivered) => {
            let title = format!("Version {} is delivered", delivered.version);
            let flash = Flash::done(&title).saying("The customer has been told.");
            return Ok(visit.go_telling(&path, &flash));
        }
        Err(error) => error,
    };
    let mut errors = match words::faults_or(error, str::to_owned) {
        Ok(errors) => errors,
        Err(error) => return words::told(&visit, &path, "Not delivered", error),
    };
    if had_file && !errors.on.contains_key("file") {
        errors.add("file", "Choose the file again: browsers forget it");
    }
    let mut page = MilestonePage::of(&visit, &look(&visit, id).await?);
    page.typed = Typed { text: text.to_owned(), ..Typed::default() };
    page.errors = errors;
    visit.again(&page)
}

#[handler]
pub async fn ask_for_changes(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let id = parse(&id)?;
    let path = words::milestone_path(id);
    let text = form.get("changes");
    let read = (read(&form), text);
    match engagements::request_changes(visit.app(), visit.caller()?, id, read).await {
        Ok(_) => {
            let flash = Flash::done("Returned with notes");
            let flash = flash.saying("The clock has stopped until it is delivered again.");
            Ok(visit.go_telling(&path, &flash))
        }
        Err(error) if matches!(error.code(), Some("invalid" | "delivered-anew")) => {
            let mut page = MilestonePage::of(&visit, &look(&visit, id).await?);
            page.typed = Typed { changes: text.to_owned(), ..Typed::default() };
            page.errors = match words::faults_or(error, |_| "changes".to_owned()) {
                Ok(errors) => errors,
                Err(error) => [("changes", error.to_string().as_str())].into_iter().collect(),
            };
            visit.again(&page)
        }
        Err(error) => words::told(&visit, &path, "Not returned", error),
    }
}

/// The version that was read, of a form of ours; none is version 0.
fn read(form: &Form) -> i32 {
    form.given(VERSION).and_then(|version| version.parse().ok()).unwrap_or_default()
}

#[handler]
pub async fn confirm_accept(visit: Visit, Path(id): Path<String>) -> Answer {
    let seen = look(&visit, parse(&id)?).await?;
    let page = MilestonePage::of(&visit, &seen);
    let m = &seen.of.milestone;
    let closed = match m.state {
        MilestoneState::Accepted => {
            Some(Notice::info("It is accepted already", "Its money is released."))
        }
        _ if page.accept.is_empty() => {
            Some(Notice::info("There is nothing to accept now", "Its page says what it waits for."))
        }
        _ => None,
    };
    let back = visit.link(&words::milestone_path(m.id));
    let mut of = accepting(&visit, m, work::sum(&seen.of));
    if closed.is_some() {
        of.title = format!("Accept milestone {}", m.seq);
    }
    visit.page(&Confirming {
        eyebrow: vec![page.engagement, Link::new(&page.title, &back)],
        of,
        back: Link::new(if closed.is_some() { "Back to it" } else { "Not yet" }, &back),
        closed,
    })
}

#[handler]
pub async fn accept(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let id = parse(&id)?;
    let path = words::milestone_path(id);
    match engagements::accept_deliverable(visit.app(), visit.caller()?, id, read(&form)).await {
        Ok((engagement, milestone)) => {
            let price = words::amount(milestone.rest());
            let flash = Flash::done(&format!("Accepted: {price} released"));
            if engagement.state == EngagementState::Completed {
                let path = format!("{}/end", words::engagement_path(engagement.id));
                return Ok(visit.go_telling(&path, &flash.saying("The engagement is completed.")));
            }
            Ok(visit.go_telling(&path, &flash))
        }
        Err(error) => words::told(&visit, &path, "Nothing was accepted now", error),
    }
}
