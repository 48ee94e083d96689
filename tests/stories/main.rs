//! User stories: people use the program over HTTP, and what they see holds. One file a story.

#![cfg(test)]

#[path = "../support/mod.rs"]
mod support;

mod a_brief_is_booked_by_pages;
mod a_call_is_tried_on_a_page;
mod a_colleague_takes_over;
mod a_consultant_offers_a_service;
mod a_consultant_works_through_the_gateway;
mod a_customer_finds_an_expert;
mod a_customer_pays_a_milestone;
mod a_letter_gains;
mod a_letter_has_its_times;
mod a_letter_is_narrowed;
mod a_letter_of_access;
mod a_password_is_forgotten;
mod a_person_signs_in;
mod a_person_signs_up;
mod a_persons_work_ends;
mod a_program_is_founded;
mod a_proposal_becomes_an_engagement;
mod a_server_is_probed;
mod a_vendor_runs_the_program;
mod a_vendor_sees_the_letters;
mod access_by_the_pages;
mod an_account_has_its_own_address;
mod an_account_is_connected;
mod an_application_is_described;
mod an_engagement_is_private;
mod an_engagement_on_its_pages;
mod an_organization_joins_the_program;
mod answers_are_lost;
mod applicants_use_the_pages;
mod budgets_hold;
mod calls_are_written_together;
mod calls_wait_for_a_yes;
mod colleagues_come_and_go;
mod contract;
mod each_role_begins_with_today;
mod files_are_stopped;
mod forms_are_guarded;
mod held_money_goes_back;
mod newcomers_fill_in_forms;
mod pages_take_a_payment;
mod pages_take_any_form;
mod payees_get_their_shares;
mod people_are_told;
mod proposals_are_compared;
mod reviews_are_blind;
mod statements_tie_to_the_ledger;
mod stripe_sends_news;
mod the_application_is_hostile;
mod the_audit_trail_holds;
mod the_database_goes_away;
mod the_gateway_is_attacked;
mod the_ledger_is_checked;
mod the_ledger_refuses;
mod the_vault_turns_its_keys;
mod the_whole_story;
mod tokens_are_refreshed_once;
mod two_customers_and_one_consultant;
mod what_was_changed_comes_back;
mod what_was_written_waits;
mod work_and_ends_are_shown;
mod work_is_delivered_and_accepted;
