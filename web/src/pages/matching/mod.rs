//! Pages of matching: briefs, explained matches, invitations, proposals.
//! Both sides see the same proposal; a match tells how its points add up.

mod accept;
mod brief;
mod brief_form;
mod briefs;
mod compare;
mod invitation;
mod invitations;
mod invite;
mod matches;
mod parts;
mod post_brief;
mod proposal;
mod proposal_form;
mod propose;
mod sure;
mod typed_proposal;
mod words;
mod write_brief;

pub(super) use parts::hours;

use poem::{Route, get, post};

use crate::render::Page;
use crate::samples::Sample;

pub fn samples() -> Vec<Sample> {
    let all = [
        briefs::Briefs::sample_list(),
        brief_form::BriefForm::sample_list(),
        brief::BriefPage::sample_list(),
        matches::MatchesPage::sample_list(),
        invite::Invite::sample_list(),
        invite::ChooseBrief::sample_list(),
        invitations::Invitations::sample_list(),
        invitation::InvitationPage::sample_list(),
        proposal_form::ProposalForm::sample_list(),
        propose::Preview::sample_list(),
        compare::Compare::sample_list(),
        proposal::ProposalPage::sample_list(),
        sure::Sure::sample_list(),
    ];
    all.into_iter().flatten().collect()
}

pub fn routes(routes: Route) -> Route {
    routes
        .at("/briefs", get(briefs::list_briefs))
        .at("/briefs/new", get(write_brief::new_brief).post(write_brief::create_brief))
        .at("/briefs/:brief", get(brief::see_brief))
        .at("/briefs/:brief/edit", get(write_brief::edit_brief).post(write_brief::save_brief))
        .at("/briefs/:brief/post", get(post_brief::ask_to_post).post(post_brief::post_brief))
        .at("/briefs/:brief/close", get(post_brief::ask_to_close).post(post_brief::close_brief))
        .at("/briefs/:brief/matches", get(matches::see_matches).post(matches::weigh_again))
        .at("/briefs/:brief/invite", get(invite::write_invitation).post(invite::send_invitation))
        .at("/invite", get(invite::choose_brief))
        .at("/invitations", get(invitations::list_invitations))
        .at("/invitations/:invitation", get(invitation::see_invitation))
        .at("/invitations/:invitation/decline", post(invitation::decline_invitation))
        .at("/invitations/:invitation/withdraw", post(invitation::withdraw_invitation))
        .at(
            "/invitations/:invitation/proposal",
            get(propose::write_proposal).post(propose::take_proposal),
        )
        .at("/briefs/:brief/proposals", get(compare::compare_proposals))
        .at("/proposals/:proposal", get(proposal::see_proposal))
        .at("/proposals/:proposal/accept", get(accept::ask_to_accept).post(accept::accept_proposal))
        .at("/proposals/:proposal/decline", post(proposal::decline_proposal))
        .at("/proposals/:proposal/withdraw", post(proposal::withdraw_proposal))
}
