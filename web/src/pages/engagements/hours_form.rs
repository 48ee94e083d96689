//! One entry of a time sheet: changing it, and taking it away.

use api::engagements::{self, TimeEntry};
use api::kernel::check::Invalid;
use api::kernel::id::TimeEntryId;
use api::platform::refusal::Common;
use poem::handler;
use poem::web::Path;
use serde::Serialize;

use super::hours::{Boxes, control, draft, path, sample_boxes};
use super::workspace::parse;
use super::{samples, words};
use crate::render::Page;
use crate::site::{Answer, Flash, Form, PageError, Visit};
use crate::view::{Errors, Link};

/// An entry while it is changed.
#[derive(Debug, Serialize)]
pub struct TimeForm {
    pub sheet: Link,
    pub action: String,
    pub version: i32,
    pub boxes: Boxes,
    pub errors: Errors,
}

async fn find(visit: &Visit, id: &str) -> Result<TimeEntry, PageError> {
    let id = TimeEntryId::parse(id).ok_or(Common::NotFound("time entry"))?;
    Ok(engagements::see_time(visit.app(), visit.caller()?, id).await?)
}

async fn page(visit: &Visit, entry: &TimeEntry) -> Result<TimeForm, PageError> {
    let of = (entry.engagement, Some(entry.day));
    let sheet = engagements::see_week(visit.app(), visit.caller()?, of).await?;
    let here = format!("{}/hours/{}", words::engagement_path(entry.engagement), entry.id);
    Ok(TimeForm {
        sheet: Link::new(
            &sheet.sum.week.title(),
            &visit.link(&path(entry.engagement, sheet.sum.week.monday())),
        ),
        action: visit.link(&here),
        version: entry.version,
        boxes: Boxes {
            hours: (entry.minutes / 60).to_string(),
            minutes: (entry.minutes % 60).to_string(),
            words: entry.words.clone(),
            ..Boxes::of(visit, &sheet, Some(entry.day))
        },
        errors: Errors::default(),
    })
}

#[handler]
pub async fn edit_hours(visit: Visit, Path((id, entry)): Path<(String, String)>) -> Answer {
    parse(&id)?;
    let entry = find(&visit, &entry).await?;
    visit.page(&page(&visit, &entry).await?)
}

#[handler]
pub async fn change_hours(
    visit: Visit,
    Path((id, entry)): Path<(String, String)>,
    form: Form,
) -> Answer {
    parse(&id)?;
    let entry = find(&visit, &entry).await?;
    let (app, caller) = (visit.app(), visit.caller()?);
    let sheet = path(entry.engagement, entry.day);
    if form.get("do") == "delete" {
        return match engagements::delete_time(app, caller, entry.id).await {
            Ok(_) => Ok(visit.go_telling(&sheet, &Flash::done("Taken away"))),
            Err(error) => words::told(&visit, &sheet, "Not taken away", error),
        };
    }
    let version = form.get("version").parse();
    let Ok(version) = version else {
        return Err(Invalid::field("version", "Load the page again").into());
    };
    match engagements::change_time(app, caller, (entry.id, version), draft(&form)).await {
        Ok(changed) => {
            let flash = Flash::done("Changed");
            Ok(visit.go_telling(&path(changed.engagement, changed.day), &flash))
        }
        Err(error) if error.code() == Some("invalid") => {
            let errors = words::faults(error, control)?;
            let mut page = page(&visit, &entry).await?;
            page.boxes = page.boxes.typed(&form);
            page.version = version;
            page.errors = errors;
            visit.again(&page)
        }
        Err(error) => words::told(&visit, &sheet, "Not changed", error),
    }
}

impl Page for TimeForm {
    const TEMPLATE: &'static str = "engagements/hours_form.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let page = || Self {
            sheet: samples::link("Week of 23 November 2026", "/hours?week=2026-11-23"),
            action: format!("{}/hours/1", samples::HOME),
            version: 1,
            boxes: sample_boxes(),
            errors: Errors::default(),
        };
        let errors = [("words", "Enter what you did"), ("hours", "Enter from 1 minute")];
        let wrong = Self { errors: errors.into_iter().collect(), ..page() };
        vec![("usual", page()), ("wrong", wrong)]
    }
}
