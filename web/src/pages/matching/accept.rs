//! Accepting a proposal: the question with its sum, and the deed that opens the engagement.

use api::engagements;
use api::identity::Deed;
use api::matching::{Proposal, ProposalState};
use poem::handler;
use poem::web::Path;

use super::parts::{OfferSheet, Plan};
use super::proposal::{engagement, find, follows, most};
use super::sure::Sure;
use super::words as told;
use crate::site::{Answer, Flash, Visit};
use crate::view::{Link, Notice};

#[handler]
pub async fn ask_to_accept(visit: Visit, Path(id): Path<String>) -> Answer {
    let caller = told::customer(&visit)?;
    let proposal = find(&visit, &id).await?;
    if proposal.state != ProposalState::Open {
        return where_it_stands(&visit, &proposal, None).await;
    }
    let offer = OfferSheet::of("", proposal.access_preset, Plan::of(&proposal));
    let not_yours = Notice::info(
        "An owner or admin decides",
        "Your role drafts briefs. Your owner or an admin accepts proposals.",
    );
    let path = format!("/proposals/{}", proposal.id);
    visit.page(&Sure {
        title: format!("Accept “{}”?", proposal.title),
        back: Some(Link::new(&proposal.consultant_name, &visit.link(&path))),
        follows: follows(&proposal),
        sum: Some(offer.total),
        action: visit.link(&format!("{path}/accept")),
        deed: format!("Accept, {}", most(&proposal)),
        kind: "main",
        closed: (!told::may(caller, Deed::DecideProposals)).then_some(not_yours),
    })
}

#[handler]
pub async fn accept_proposal(visit: Visit, Path(id): Path<String>) -> Answer {
    let caller = told::customer(&visit)?;
    let proposal = find(&visit, &id).await?;
    match engagements::accept_proposal(visit.app(), caller, proposal.id).await {
        Ok(engagement) => {
            let text = "Read the statement of work and accept it; the other side does the same.";
            let flash = Flash::done("Accepted").saying(text);
            Ok(visit.go_telling(&format!("/engagements/{}/sow", engagement.id), &flash))
        }
        Err(error) => match error.code() {
            Some("proposal-not-open" | "proposal-expired" | "brief-state" | "self-dealing") => {
                where_it_stands(&visit, &proposal, Some(&error.to_string())).await
            }
            _ => Err(error.into()),
        },
    }
}

/// The engagement that it is already, or the proposal with the reason why it cannot be accepted.
async fn where_it_stands(visit: &Visit, proposal: &Proposal, why: Option<&str>) -> Answer {
    if let Some(id) = engagement(visit, proposal).await? {
        let flash = Flash::note("It was accepted already", "This is the engagement it became.");
        return Ok(visit.go_telling(&format!("/engagements/{id}"), &flash));
    }
    let path = format!("/proposals/{}", proposal.id);
    match why {
        Some(why) => Ok(visit.go_telling(&path, &Flash::note("Not accepted", why))),
        None => Ok(visit.go(&path)),
    }
}
