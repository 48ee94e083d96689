//! Pages of an engagement: the contract, the work, the talk, the end and the reviews.
//! Each page says first whose turn it is, and what happens if nobody acts.

mod access_turn;
mod accounts;
mod confirm;
mod delivery;
mod ending;
mod evidence;
mod files;
mod guests;
mod hours;
mod hours_form;
mod letters;
mod list;
mod mandate;
mod milestone;
mod paper;
mod pulse;
mod reviews;
mod samples;
mod standpoint;
mod statement;
mod talk;
mod words;
mod work;
mod workspace;

pub(super) use words::paragraphs;

use poem::{Route, get, post};

use crate::render::Page;
use crate::samples::Sample;

pub fn samples() -> Vec<Sample> {
    let all = [
        list::Engagements::sample_list(),
        workspace::Workspace::sample_list(),
        statement::SowPage::sample_list(),
        milestone::MilestonePage::sample_list(),
        confirm::Confirming::sample_list(),
        guests::Guests::sample_list(),
        hours::TimeSheet::sample_list(),
        hours_form::TimeForm::sample_list(),
        mandate::MandatePage::sample_list(),
        ending::Ending::sample_list(),
        reviews::Reviews::sample_list(),
    ];
    all.into_iter().flatten().collect()
}

pub fn routes(routes: Route) -> Route {
    let routes = routes
        .at("/engagements", get(list::list_engagements))
        .at("/engagements/:engagement", get(workspace::see_engagement))
        .at("/engagements/:engagement/pulse", get(pulse::pulse))
        .at("/engagements/:engagement/messages", get(workspace::back).post(workspace::send_message))
        .at("/engagements/:engagement/files", get(workspace::back).post(workspace::share_file))
        .at("/engagements/:engagement/sow", get(statement::see_statement))
        .at(
            "/engagements/:engagement/sow/accept",
            get(statement::confirm_statement).post(statement::accept_statement),
        )
        .at(
            "/engagements/:engagement/sow/void",
            get(statement::reload).post(statement::void_statement),
        )
        .at("/engagements/:engagement/hours", get(hours::see_hours).post(hours::write_hours))
        .at(
            "/engagements/:engagement/hours/:entry",
            get(hours_form::edit_hours).post(hours_form::change_hours),
        )
        .at(
            "/engagements/:engagement/mandate",
            get(mandate::see_mandate).post(mandate::give_mandate),
        )
        .at("/engagements/:engagement/mandate/stop", get(mandate::back).post(mandate::stop_mandate))
        .at("/engagements/:engagement/guests", get(guests::see_guests).post(guests::invite_guest))
        .at("/engagements/:engagement/guests/remove", post(guests::remove_guest));
    let routes = routes
        .at("/engagements/:engagement/end", get(ending::see_end).post(ending::end))
        .at("/engagements/:engagement/end/pause", get(ending::back).post(ending::pause))
        .at("/engagements/:engagement/end/resume", get(ending::back).post(ending::resume))
        .at(
            "/engagements/:engagement/reviews",
            get(reviews::see_reviews).post(reviews::write_review),
        )
        .at(
            "/engagements/:engagement/reviews/:review/reply",
            get(reviews::back).post(reviews::reply),
        )
        .at(
            "/engagements/:engagement/reviews/:review/hide",
            get(reviews::back).post(reviews::hide),
        );
    routes
        .at("/milestones/:milestone", get(milestone::see_milestone))
        .at("/milestones/:milestone/deliver", get(milestone::back).post(delivery::deliver))
        .at("/milestones/:milestone/changes", get(milestone::back).post(delivery::ask_for_changes))
        .at("/milestones/:milestone/accept", get(delivery::confirm_accept).post(delivery::accept))
        .at("/files/:file", get(files::fetch_file))
}
