//! Pages of access: connected accounts, letters of access, the log of every call.
//! Each page tells in sentences what a person may and may not do, and ends access in one act.

mod again;
mod agreeing;
mod alarm;
mod alarms;
mod approval;
mod approval_words;
mod approvals;
mod approvers;
mod asked;
mod asking;
mod asking_more;
mod calls;
mod changes;
mod chosen;
mod closed;
mod connecting;
mod connections;
mod consent;
mod console;
mod console_answer;
mod console_form;
mod departure;
mod disconnect;
mod drafts;
mod end_all;
mod ended;
mod ending;
mod forgotten;
mod grant;
mod granting;
mod keys;
mod lapsed;
mod letters;
mod limits;
mod list;
mod log;
mod mark;
mod narrow;
mod parts;
mod program;
pub mod proposal;
mod proposal_answer;
mod receipt;
mod resting;
mod several;
mod stop;
mod successor;
mod telling;
mod trail;
mod webhook;
mod wish;
mod words;

use poem::{Route, get, post};

pub use words::connection as connection_state;

use crate::render::Page;
use crate::samples::Sample;
use crate::view::{Avatar, Figure, Letter, LetterStanding};

pub fn samples() -> Vec<Sample> {
    let all = [
        connections::Connections::sample_list(),
        connecting::Continue::sample_list(),
        telling::TellPage::sample_list(),
        disconnect::Disconnect::sample_list(),
        end_all::EndAllPage::sample_list(),
        ended::EndedPage::sample_list(),
        departure::LeavingPage::sample_list(),
        departure::DeparturePage::sample_list(),
        successor::ProposePage::sample_list(),
        successor::TakeOverPage::sample_list(),
        consent::ConsentPage::sample_list(),
        asking::AskPage::sample_list(),
        grant::GrantPage::sample_list(),
        ending::EndPage::sample_list(),
        console::ConsolePage::sample_list(),
        narrow::NarrowPage::sample_list(),
        asking_more::AskMorePage::sample_list(),
        agreeing::OfferPage::sample_list(),
        list::Letters::sample_list(),
        program::ProgramLetters::sample_list(),
        log::Log::sample_list(),
        changes::ChangesPage::sample_list(),
        trail::Trail::sample_list(),
        approval::ApprovalPage::sample_list(),
        approvals::ApprovalsPage::sample_list(),
        approvers::ApproversPage::sample_list(),
        proposal::ProposalPage::sample_list(),
        alarms::AlarmsPage::sample_list(),
        alarm::AlarmPage::sample_list(),
        stop::StopPage::sample_list(),
    ];
    all.into_iter().flatten().collect()
}

pub fn routes(routes: Route) -> Route {
    routes
        .at("/connections", get(connections::list_connections).post(connecting::connect))
        .at("/connections/new", get(telling::tell))
        .at(
            "/connections/:connection/disconnect",
            get(disconnect::ask_to_disconnect).post(disconnect::disconnect),
        )
        .at(
            "/engagements/:engagement/access",
            get(granting::show_access).post(granting::grant_access),
        )
        .at("/engagements/:engagement/access/request", post(asking::request_access))
        .at("/access-drafts/:draft/discard", post(drafts::discard))
        .at("/grants/:grant", get(grant::see_letter))
        .at("/grants/:grant/end", get(ending::ask_to_end).post(ending::end_letter))
        .at("/grants/:grant/openapi.json", get(calls::describe))
        .at("/grants/:grant/console", get(console::show_console).post(console::send_call))
        .at("/grants/:grant/narrow", get(narrow::ask_to_narrow).post(narrow::narrow_letter))
        .at("/grants/:grant/changes", get(changes::see_changes).post(changes::take_back))
        .at("/grants/:grant/more", get(asking_more::show_more).post(asking_more::send_more))
        .at("/grants/:grant/more/decline", post(agreeing::decline_more))
        .at("/grants/:grant/more/withdraw", post(asking_more::withdraw_more))
        .at("/grants/:grant/successor", get(successor::show_proposal).post(successor::propose))
        .at("/grants/:grant/take-over", get(successor::show_take_over).post(successor::take_over))
        .at("/grants/:grant/restore", post(resting::restore))
        .at("/grants/:grant/receipt.json", get(receipt::download))
        .at("/grants/:grant/decline", post(grant::decline))
        .at("/grants/:grant/keys", post(keys::make_key))
        .at("/grants/:grant/keys/:key/end", post(keys::end_key))
        .at("/members/:membership/departure", get(departure::show).post(departure::end_work))
        .at("/members/:membership/departure.csv", get(departure::export))
        .at("/members/:membership/departure/receipt.json", get(departure::prove))
        .at("/grants/:grant/rest", post(resting::rest))
        .at("/alarms", get(alarms::list_alarms))
        .at("/alarms/:alarm", get(alarm::see_alarm))
        .at("/alarms/:alarm/see", post(alarm::take_up))
        .at("/alarms/:alarm/close", post(alarm::close))
        .at("/approvals", get(approvals::list_calls))
        .at("/approvals/:approval", get(approval::see_call))
        .at("/approvals/:approval/approve", post(approval::approve))
        .at("/approvals/:approval/decline", post(approval::decline))
        .at("/approvals/:approval/withdraw", post(approval::withdraw))
        .at("/approvals/:approval/recall", post(approval::recall))
        .at("/access", get(list::list_letters))
        .at("/access/end-all", get(end_all::ask_to_end_all).post(end_all::end_all))
        .at("/access/ended", get(ended::see_ended))
        .at("/access/approvers", get(approvers::show_rule).post(approvers::set_rule))
        .at("/access/proposals/:proposal", get(proposal::see_proposal))
        .at("/access/proposals/:proposal/agree", post(proposal_answer::agree))
        .at("/access/proposals/:proposal/decline", post(proposal_answer::decline))
        .at("/access/proposals/:proposal/withdraw", post(proposal_answer::withdraw))
        .at("/access/letters/:grant", get(stop::see_letter))
        .at("/access/letters/:grant/stop", post(stop::stop))
        .at("/access/letters.csv", get(program::export_letters))
        .at("/access/log", get(log::read_log))
        .at("/access/log.csv", get(log::export_log))
        .at("/access/trail", get(trail::show_trail))
        .at("/access/trail.jsonl", get(trail::export_trail))
        .at("/access/trail/webhook", post(webhook::set))
        .at("/access/trail/webhook/test", post(webhook::test))
        .at("/access/trail/webhook/end", post(webhook::end))
}

/// A letter as the samples show it.
fn sample_letter(standing: LetterStanding) -> Letter {
    let ends = !matches!(standing, LetterStanding::NotYetSigned | LetterStanding::Ended);
    Letter {
        standing,
        holder: "Ines Oyelaran-Brandt".into(),
        avatar: Avatar::of("Ines Oyelaran-Brandt"),
        place: "in Fjordhaus Outdoor EU, for A-2041".into(),
        can: vec!["see campaigns, drafts and their texts".into()],
        cannot: vec!["schedule a campaign or send it".into()],
        facts: vec![Figure::new("Ends at the latest", "14 Jun, 23:59")],
        code: "Terms 8c1e·f04a·99ab · signed".into(),
        end_href: ends.then(|| "/p/larkfield/grants/g-1/end".into()),
        stub: "The next call is refused. Nothing else is lost.".into(),
    }
}
