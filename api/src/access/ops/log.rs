//! The access log as both sides read it.

use super::grants::viewer;
use super::lines::with_calls;
use super::table;
use crate::access::model::{Entry, LogWanted, Outcome};
use crate::access::store::{self, LogFilter};
use crate::app::App;
use crate::identity::{self, Allowed, Command, Deed};
use crate::platform::caller::Caller;
use crate::platform::http::paging::PageWanted;
use crate::platform::refusal::Result;

pub struct SeeAccessLog;

impl Command for SeeAccessLog {
    const DEED: Deed = Deed::SeeAccessLog;
}

/// Most lines of one export, latest first.
const MOST_EXPORTED: i64 = 10_000;

/// Calls of the caller's organization on either side, latest first; one more than the page holds.
///
/// Errors: 403 for organizations that are never a side.
pub async fn list_log(
    app: &App,
    caller: &Caller,
    wanted: impl Into<LogWanted>,
    page: PageWanted,
) -> Result<Vec<Entry>> {
    let _: Allowed<SeeAccessLog> = identity::allow(caller)?;
    let mut tx = with_calls(app, caller).await?;
    let (viewer, wanted) = (viewer(caller), wanted.into());
    let filter = LogFilter { viewer, wanted, after: page.after, limit: page.limit + 1 };
    store::entries(&mut tx, &filter).await
}

/// The log as CSV with a heading, latest first. A text that a spreadsheet would take for a formula
/// is made harmless.
///
/// Errors: 403.
pub async fn export_log(
    app: &App,
    caller: &Caller,
    wanted: impl Into<LogWanted>,
) -> Result<String> {
    let _: Allowed<SeeAccessLog> = identity::allow(caller)?;
    let mut tx = with_calls(app, caller).await?;
    let (viewer, wanted) = (viewer(caller), wanted.into());
    let filter = LogFilter { viewer, wanted, after: None, limit: MOST_EXPORTED };
    let entries = store::entries(&mut tx, &filter).await?;
    let mut csv = table::line(&HEADING.map(str::to_owned));
    for entry in &entries {
        csv.push_str(&table::line(&cells(entry)));
    }
    Ok(csv)
}

const HEADING: [&str; 14] = [
    "at",
    "person",
    "account",
    "engagement",
    "operation",
    "risk",
    "method",
    "path",
    "outcome",
    "reason",
    "status",
    "bytes",
    "request",
    "from",
];

/// A title says what was done, so what was not done says so first.
fn deed(entry: &Entry) -> String {
    let Some(operation) = &entry.operation else { return String::new() };
    let answered_no = entry.status.is_some_and(|status| status >= 400);
    match entry.outcome {
        Outcome::Refused => format!("Not done: {operation}"),
        Outcome::Done if answered_no => format!("Not done: {operation}"),
        Outcome::Looked => format!("Looked up by the gateway: {operation}"),
        _ if entry.undo => format!("To take a change back: {operation}"),
        Outcome::Begun | Outcome::Done | Outcome::Failed | Outcome::Cut | Outcome::Undone => {
            operation.clone()
        }
    }
}

fn cells(entry: &Entry) -> [String; 14] {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    [
        entry.at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
        entry.person_name.clone(),
        entry.account_name.clone(),
        format!("A-{}", entry.engagement_number),
        deed(entry),
        entry.risk.map(|risk| risk.to_string()).unwrap_or_default(),
        entry.method.clone(),
        entry.target.clone(),
        entry.outcome.to_string(),
        text(&entry.code),
        entry.status.map(|status| status.to_string()).unwrap_or_default(),
        entry.bytes.to_string(),
        entry.request_id.clone(),
        match (entry.undo, entry.by_hand) {
            (true, _) => "undo",
            (_, true) => "console",
            _ => "key",
        }
        .to_owned(),
    ]
}
