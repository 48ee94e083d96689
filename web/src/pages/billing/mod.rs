//! Pages of money: paying a milestone, sending it back, payouts, earnings and statements.
//! Every amount opens its sum; nothing here decides that money has moved.

pub(super) mod disagreement;
mod disagreements;
mod disputes;
mod earnings;
mod fund;
mod held;
mod methods;
mod money;
mod money_approval;
mod money_approvals;
mod money_limits;
mod payment;
pub mod payouts;
mod reconciling;
mod refund;
mod release;
mod sent;
mod spend;
mod statements;
mod webhooks;
mod words;

use api::billing::MoneyApproval;
use poem::{Response, Route, get, post};

use crate::render::Page;
use crate::samples::Sample;
use crate::site::{Flash, Visit};

pub fn samples() -> Vec<Sample> {
    let all = [
        fund::Fund::sample_list(),
        methods::Methods::sample_list(),
        payment::Paying::sample_list(),
        money::Money::sample_list(),
        money_approval::MoneyApprovalPage::sample_list(),
        money_approvals::MoneyApprovals::sample_list(),
        money_limits::MoneyLimits::sample_list(),
        refund::Refund::sample_list(),
        release::ReleasePart::sample_list(),
        payouts::Payouts::sample_list(),
        payouts::Onboarding::sample_list(),
        disputes::Disputes::sample_list(),
        disagreement::Disagreement::sample_list(),
        disagreements::Disagreements::sample_list(),
        reconciling::Reconciling::sample_list(),
        earnings::Earnings::sample_list(),
        statements::Statements::sample_list(),
        spend::Spend::sample_list(),
        spend::Receipts::sample_list(),
        webhooks::Webhooks::sample_list(),
        webhooks::WebhookPage::sample_list(),
    ];
    all.into_iter().flatten().collect()
}

/// To the page of what waits for a second person now.
fn waits(visit: &Visit, of: &MoneyApproval) -> Response {
    let flash = Flash::note(
        "It waits for a second person",
        "It passes what one person decides. Nothing is done until somebody else says yes.",
    );
    visit.go_telling(&format!("/money-approvals/{}", of.id), &flash)
}

pub fn routes(routes: Route) -> Route {
    routes
        .at("/milestones/:milestone/fund", get(fund::show_fund).post(fund::pay_milestone))
        .at("/milestones/:milestone/money", get(money::show_money))
        .at("/milestones/:milestone/refund", get(refund::show_refund).post(refund::send_back))
        .at(
            "/milestones/:milestone/release",
            get(release::show_release).post(release::release_part),
        )
        .at("/methods", get(methods::show_methods).post(methods::keep_card))
        .at("/methods/:method/default", post(methods::choose_card))
        .at("/methods/:method/remove", post(methods::remove_card))
        .at("/payouts", get(payouts::show_payouts))
        .at("/payouts/begin", post(payouts::begin_onboarding))
        .at("/payouts/refresh", post(payouts::refresh_payouts))
        .at("/milestones/:milestone/disagreement", get(disagreement::show_disagreement))
        .at(
            "/milestones/:milestone/disagreement/:deed",
            post(disagreement::move_disagreement).get(disagreement::back_to_disagreement),
        )
        .at("/disagreements", get(disagreements::show_disagreements))
        .at("/disputes", get(disputes::show_disputes))
        .at("/reconciliation", get(reconciling::show_reconciliation))
        .at("/reconciliation/run", post(reconciling::reconcile))
        .at(
            "/reconciliation/:difference/explain",
            get(reconciling::show_reconciliation).post(reconciling::explain),
        )
        .at("/money-approvals", get(money_approvals::show_money_approvals))
        .at("/money-approvals/:approval", get(money_approval::show_money_approval))
        .at(
            "/money-approvals/:approval/:deed",
            post(money_approval::answer_money_approval).get(money_approval::back_to_money_approval),
        )
        .at(
            "/money-limits",
            get(money_limits::show_money_limits).post(money_limits::set_money_limit),
        )
        .at("/spend", get(spend::show_spend))
        .at("/spend.csv", get(spend::spend_file))
        .at("/receipts", get(spend::show_receipts))
        .at("/receipts/:payment", get(spend::show_receipt))
        .at("/webhooks", get(webhooks::show_webhooks))
        .at("/webhooks/:webhook", get(webhooks::show_webhook))
        .at("/webhooks/:webhook/replay", get(webhooks::show_webhook).post(webhooks::replay_webhook))
        .at("/earnings", get(earnings::show_earnings))
        .at("/statements", get(statements::show_statements))
        .at("/statements.csv", get(statements::statement_file))
}
