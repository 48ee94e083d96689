//! Pages of the program: applications, partners, fees, resellers of record, public rules.
//! Applicants see their standing here, the vendor what waits for a decision. Who may not decide
//! sees who may; a deed that comes too late says so on the page it was for.

mod account;
mod accounts;
mod agreement;
mod application;
mod applications;
mod apply;
mod apply_form;
mod fee_choices;
mod fee_form;
mod fee_simulation;
mod fees;
mod overview;
mod partners;
mod rules;
mod standing;
pub mod words;

use poem::{Route, get, post};

use crate::render::Page;
use crate::samples::Sample;

pub fn samples() -> Vec<Sample> {
    let all = [
        overview::Overview::sample_list(),
        standing::Standing::sample_list(),
        apply_form::ApplyForm::sample_list(),
        agreement::AgreementPage::sample_list(),
        agreement::WriteAgreement::sample_list(),
        applications::Applications::sample_list(),
        application::ApplicationPage::sample_list(),
        partners::Partners::sample_list(),
        partners::ChangePartner::sample_list(),
        fees::Fees::sample_list(),
        fee_form::FeeForm::sample_list(),
        fees::EndFees::sample_list(),
        fee_simulation::FeeSimulation::sample_list(),
        accounts::Accounts::sample_list(),
        accounts::OwnAccounts::sample_list(),
        account::AccountPage::sample_list(),
        rules::Rules::sample_list(),
        rules::Help::sample_list(),
    ];
    all.into_iter().flatten().collect()
}

pub fn routes(routes: Route) -> Route {
    decisions(routes)
        .at("/program", get(overview::see_program))
        .at("/program/apply", get(apply::apply_form).post(apply::send_application))
        .at("/program/agreement", get(agreement::see_agreement).post(agreement::publish_agreement))
        .at("/program/agreement/new", {
            get(agreement::new_agreement).post(agreement::preview_agreement)
        })
        .at("/program/agreement/:version/text", get(agreement::agreement_text))
        .at("/fees", get(fees::list_fees).post(fees::publish_fees))
        .at("/fees/new", get(fees::prepare_fees))
        .at("/fees/simulation", get(fee_simulation::show_simulation))
        .at("/fees/simulation.csv", get(fee_simulation::simulation_file))
        .at("/fees/:rule/end", get(fees::ask_to_end).post(fees::end_fees))
        .at("/accounts", get(accounts::list_accounts))
        .at("/accounts/:customer", get(account::see_account).post(account::name_reseller))
        .at("/accounts/:customer/end/:attribution", {
            get(account::back_to_account).post(account::end_reseller)
        })
        .at("/rules", get(rules::see_rules))
        .at("/help", get(rules::see_help))
}

/// What the vendor decides about applicants and partners.
fn decisions(routes: Route) -> Route {
    let back = || get(application::back_to_application);
    routes
        .at("/program/applications", get(applications::list_applications))
        .at("/program/applications/:application", get(application::see_application))
        .at("/program/applications/:application/approve", {
            back().post(application::approve_application)
        })
        .at("/program/applications/:application/reject", {
            back().post(application::reject_application)
        })
        .at("/program/applications/:application/withdraw", {
            back().post(application::withdraw_application)
        })
        .at("/partners", get(partners::list_partners))
        .at("/partners/:organization/payouts", post(partners::ask_for_payouts))
        .at("/partners/:organization/suspend", {
            get(partners::ask_to_suspend).post(partners::suspend_partner)
        })
        .at("/partners/:organization/reinstate", {
            get(partners::ask_to_reinstate).post(partners::reinstate_partner)
        })
}
