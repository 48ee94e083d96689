//! Posting a brief, and closing it: each says first what follows.

use api::identity::Deed;
use api::matching::{self, Brief, BriefState};
use api::platform::refusal::Error;
use poem::handler;
use poem::web::Path;

use super::sure::Sure;
use super::words as told;
use super::write_brief::find;
use crate::site::{Answer, Flash, PageError, Visit};
use crate::view::{Link, Notice};

/// Why somebody who drafts briefs cannot post or close them.
pub fn not_yours(brief: &Brief) -> Notice {
    let text = "Your role drafts briefs. Your owner or an admin posts them, invites people and \
                decides on proposals.";
    match brief.state {
        BriefState::Draft => Notice::held("An owner or admin posts it", text),
        _ => Notice::info("An owner or admin decides", text),
    }
}

/// What closing brings.
pub fn close_says(brief: &Brief) -> Vec<String> {
    if brief.state == BriefState::Draft {
        return vec!["The draft stays in your list, and can be posted no more.".to_owned()];
    }
    vec![
        "Nobody can propose any more.".to_owned(),
        "Open proposals are declined and waiting invitations withdrawn; each of them is told."
            .to_owned(),
        "A closed brief cannot be opened again.".to_owned(),
    ]
}

fn sure(visit: &Visit, brief: &Brief) -> Result<Sure, PageError> {
    let leads = told::may(visit.caller()?, Deed::PostBriefs);
    let back = visit.link(&format!("/briefs/{}", brief.id));
    let closed = (!leads).then(|| not_yours(brief));
    Ok(Sure { back: Some(Link::new(&brief.label(), &back)), closed, ..Sure::default() })
}

#[handler]
pub async fn ask_to_post(visit: Visit, Path(id): Path<String>) -> Answer {
    let brief = find(&visit, &id).await?;
    if brief.state != BriefState::Draft {
        return Ok(visit.go(&format!("/briefs/{}", brief.id)));
    }
    visit.page(&Sure {
        title: format!("Post “{}”?", brief.title),
        follows: vec![
            "You see at once who fits, and why.".to_owned(),
            "Only people you invite read it.".to_owned(),
            "It stays as it is from then on. You can close it whenever you like.".to_owned(),
        ],
        action: visit.link(&format!("/briefs/{}/post", brief.id)),
        deed: "Post it".to_owned(),
        kind: "main",
        ..sure(&visit, &brief)?
    })
}

#[handler]
pub async fn post_brief(visit: Visit, Path(id): Path<String>) -> Answer {
    let brief = find(&visit, &id).await?;
    let matches = format!("/briefs/{}/matches", brief.id);
    match matching::post_brief(visit.app(), visit.caller()?, brief.id).await {
        Ok(_) => {
            let flash = Flash::done("Posted").saying("These people fit. Invite whom you like.");
            Ok(visit.go_telling(&matches, &flash))
        }
        Err(error) if error.code() == Some("brief-state") && brief.posted_at.is_some() => {
            Ok(visit.go(&matches))
        }
        Err(error) => refused(&visit, &brief, error, "Not posted"),
    }
}

/// A conflict, or a day that has passed meanwhile, told on the brief's own page.
fn refused(visit: &Visit, brief: &Brief, error: Error, title: &str) -> Answer {
    let text = match error.code() {
        Some("brief-state") => error.to_string(),
        Some("invalid") => "The day by which you need somebody has passed. Edit it first.".into(),
        _ => return Err(error.into()),
    };
    let flash = Flash::note(title, &text);
    Ok(visit.go_telling(&format!("/briefs/{}", brief.id), &flash))
}

#[handler]
pub async fn ask_to_close(visit: Visit, Path(id): Path<String>) -> Answer {
    let brief = find(&visit, &id).await?;
    if matches!(brief.state, BriefState::Booked | BriefState::Closed) {
        return Ok(visit.go(&format!("/briefs/{}", brief.id)));
    }
    visit.page(&Sure {
        title: format!("Close “{}”?", brief.title),
        follows: close_says(&brief),
        action: visit.link(&format!("/briefs/{}/close", brief.id)),
        deed: "Close the brief".to_owned(),
        kind: "end",
        ..sure(&visit, &brief)?
    })
}

#[handler]
pub async fn close_brief(visit: Visit, Path(id): Path<String>) -> Answer {
    let brief = find(&visit, &id).await?;
    match matching::close_brief(visit.app(), visit.caller()?, brief.id).await {
        Ok(_) => {
            let flash = Flash::done("The brief is closed").saying("Whoever waited was told.");
            Ok(visit.go_telling(&format!("/briefs/{}", brief.id), &flash))
        }
        Err(error) => refused(&visit, &brief, error, "Not closed"),
    }
}
