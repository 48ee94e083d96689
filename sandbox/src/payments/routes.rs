//! Every API call on one page.

use super::{
    accounts, balance, call::Call, charges, checkout, customers, disputes, events, intents, links,
    methods, payouts, refunds, refusal::Answer, reversals, setups, state::State, transfers,
};

/// What carries a call out.
pub(super) enum Handler {
    Read(fn(&State, &Call) -> Answer),
    Write(fn(&mut State, &Call) -> Answer),
}

/// Who answers this method and path (the parts behind `/v1/`).
pub(super) fn find(method: &str, path: &[String]) -> Option<Handler> {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    match method {
        "GET" => reading(&path).map(Handler::Read),
        "POST" => writing(&path).map(Handler::Write),
        _ => None,
    }
}

fn reading(path: &[&str]) -> Option<fn(&State, &Call) -> Answer> {
    Some(match path {
        ["accounts"] => accounts::list,
        ["accounts", _] => accounts::retrieve,
        ["balance"] => balance::retrieve,
        ["balance_transactions"] => balance::list_transactions,
        ["balance_transactions", _] => balance::retrieve_transaction,
        ["charges"] => charges::list,
        ["charges", _] => charges::retrieve,
        ["checkout", "sessions"] => checkout::list,
        ["checkout", "sessions", _] => checkout::retrieve,
        ["checkout", "sessions", _, "line_items"] => checkout::line_items,
        ["customers"] => customers::list,
        ["customers", _] => customers::retrieve,
        ["disputes"] => disputes::list,
        ["disputes", _] => disputes::retrieve,
        ["events"] => events::list,
        ["events", _] => events::retrieve,
        ["payment_intents"] => intents::list,
        ["payment_intents", _] => intents::retrieve,
        ["payment_methods"] => methods::list,
        ["payment_methods", _] => methods::retrieve,
        ["payouts"] => payouts::list,
        ["payouts", _] => payouts::retrieve,
        ["refunds"] => refunds::list,
        ["refunds", _] => refunds::retrieve,
        ["setup_intents", _] => setups::retrieve,
        ["transfers"] => transfers::list,
        ["transfers", _] => transfers::retrieve,
        ["transfers", _, "reversals"] => reversals::list,
        ["transfers", _, "reversals", _] => reversals::retrieve,
        _ => return None,
    })
}

fn writing(path: &[&str]) -> Option<fn(&mut State, &Call) -> Answer> {
    Some(match path {
        ["account_links"] => links::create,
        ["accounts"] => accounts::create,
        ["accounts", _] => accounts::update,
        ["accounts", _, "login_links"] => links::create_login,
        ["checkout", "sessions"] => checkout::create,
        ["checkout", "sessions", _, "expire"] => checkout::expire,
        ["customers"] => customers::create,
        ["disputes", _, "close"] => disputes::close,
        ["payment_intents"] => intents::create,
        ["payment_intents", _] => intents::update,
        ["payment_intents", _, "cancel"] => intents::cancel,
        ["payment_intents", _, "confirm"] => intents::confirm,
        ["payment_methods", _, "detach"] => methods::detach,
        ["refunds"] => refunds::create,
        ["refunds", _] => refunds::update,
        ["transfers"] => transfers::create,
        ["transfers", _] => transfers::update,
        ["transfers", _, "reversals"] => reversals::create,
        _ => return None,
    })
}
