//! The receipt of a letter that has ended: what was still done with it, signed, as a file.

use api::access::{self, EndReceipt, Grant};
use api::platform::refusal::Error;
use poem::handler;
use poem::http::header;
use poem::web::Path;
use serde::Serialize;

use super::{grant, words};
use crate::format;
use crate::site::{Answer, PageError, Visit};
use crate::view::Figure;

/// What the letter's page says of its end.
#[derive(Debug, Clone, Serialize)]
pub struct EndNote {
    pub says: String,
    pub facts: Vec<Figure>,
    /// Where the signed file is.
    pub file: String,
}

/// The note of a letter that was granted and has ended.
pub async fn note_of(visit: &Visit, grant: &Grant) -> Result<Option<EndNote>, PageError> {
    if grant.ended_at.is_none() || grant.granted_at.is_none() {
        return Ok(None);
    }
    let said = access::end_of_access(visit.app(), visit.caller()?, grant.id).await?;
    let file = visit.link(&format!("/grants/{}/receipt.json", grant.id));
    Ok(Some(EndNote { says: says(&said), facts: facts(visit, &said), file }))
}

fn says(of: &EndReceipt) -> String {
    match (of.calls.begun_after, of.calls.refused_since) {
        (0, 0) => "No call that began once it held was let through, and none was tried.".to_owned(),
        (0, n) => {
            let calls = format::count(u64::try_from(n).unwrap_or(0), "call", "calls");
            format!(
                "No call that began once it held was let through. {calls} since then came back \
                 refused."
            )
        }
        (n, _) => format!("{n} calls went out after it. Tell us at once: this must not be."),
    }
}

fn facts(visit: &Visit, of: &EndReceipt) -> Vec<Figure> {
    let calls = &of.calls;
    let rows = [
        ("Ended", Some(words::moment(visit, of.ended_at))),
        ("Held for every call by", Some(words::second(visit, calls.in_force_by))),
        ("By", of.ended_by.clone()),
        ("Calls let through", Some(calls.let_through.to_string())),
        ("Last call", calls.last_at.map(|at| words::moment(visit, at))),
        ("It was", calls.last.clone()),
        ("Under way at the end", Some(calls.under_way.to_string())),
        ("Begun while it was written", Some(calls.begun_meanwhile.to_string())),
        ("Files stopped", (calls.files_cut > 0).then(|| calls.files_cut.to_string())),
        ("Keys closed", Some(of.keys.to_string())),
    ];
    rows.into_iter().filter_map(|(label, value)| Some(Figure::new(label, value?))).collect()
}

/// The signed receipt as a file.
#[handler]
pub async fn download(visit: Visit, Path(id): Path<String>) -> Answer {
    let letter = grant::find(&visit, &id).await?;
    let signed = access::end_receipt(visit.app(), visit.caller()?, letter.id).await?;
    let text = serde_json::to_string_pretty(&signed).map_err(Error::from)?;
    let name = format!("attachment; filename=\"end-of-access-{}.json\"", letter.id);
    Ok(poem::Response::builder()
        .content_type("application/json")
        .header(header::CONTENT_DISPOSITION, name)
        .header(header::CACHE_CONTROL, "no-store")
        .body(text))
}

impl EndNote {
    pub fn sample() -> Self {
        Self {
            says: "No call that began once it held was let through. 3 calls since then came back \
                   refused."
                .into(),
            facts: vec![Figure::new("Ended", "Friday 2 May, 09:15 (Stockholm)")],
            file: "/p/larkfield/grants/g-1/receipt.json".into(),
        }
    }
}
