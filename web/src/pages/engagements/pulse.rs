//! Whether an engagement has moved since a page was shown. The page asks every few seconds while
//! it waits for somebody else; a changed mark makes it load itself anew. Without script the reader
//! loads the page.

use api::engagements::{self, EngagementOverview, Task};
use poem::http::{HeaderValue, StatusCode};
use poem::web::Path;
use poem::{Response, handler};
use sha2::{Digest, Sha256};

use super::standpoint::Standpoint;
use super::workspace::parse;
use crate::site::{Answer, Form, Visit};

/// The address a waiting page asks; `None` when nothing comes from outside.
pub fn address(stand: &Standpoint<'_>) -> Option<String> {
    let waits = stand.of.turns.iter().any(|turn| {
        matches!(turn.task, Task::FundMilestone | Task::PayWeek) || Some(turn.side) != stand.side()
    });
    waits.then(|| stand.link(&format!("/pulse?mark={}", mark(stand.of))))
}

/// Changes with every step of the engagement and its milestones.
fn mark(of: &EngagementOverview) -> String {
    let mut hash = Sha256::new();
    hash.update(of.engagement.state.as_str());
    hash.update(&of.statement.hash);
    for side in &of.accepted {
        hash.update(side.as_str());
    }
    for m in &of.milestones {
        hash.update(m.state.as_str());
        hash.update(m.change_requests.to_be_bytes());
    }
    hash.update(of.turns.len().to_be_bytes());
    hex::encode(hash.finalize()).chars().take(16).collect()
}

/// 204 while the mark is the same, else a word to htmx to load the page anew.
#[handler]
pub async fn pulse(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let seen = engagements::see_engagement(visit.app(), visit.caller()?, parse(&id)?).await?;
    let mut response = Response::builder().status(StatusCode::NO_CONTENT).finish();
    if mark(&seen.overview) != form.get("mark") {
        response.set_status(StatusCode::OK);
        response.headers_mut().insert("hx-refresh", HeaderValue::from_static("true"));
    }
    Ok(response)
}
