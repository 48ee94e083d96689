//! Rows of access: connections and their sealed tokens, begun connects, grants, keys, the log.
//!
//! Times are compared by the database's clock. Whether a grant holds is computed in one place
//! (`grants::STANDING`), for the gateway and the pages alike.

mod alarms;
mod amendments;
mod approvals;
mod approvals_read;
mod approvers;
mod audit;
mod budgets;
mod connections;
mod drafts;
mod ending;
mod forgotten;
mod granting;
mod grants;
mod holds;
mod kept;
mod keys;
mod log;
mod narrowing;
mod openings;
mod passage;
mod program;
mod proofs;
mod proposal_rows;
mod proposals;
mod receipts;
mod rests;
mod secrets;
mod states;
mod successors;
mod watch;
mod webhooks;
mod wiping;
mod work;
mod wrapped;

pub use alarms::{
    AlarmFilter, MovedAlarm, NewAlarm, alarm, alarmed_places, alarms, move_alarm, raise_alarms,
};
pub use amendments::{
    Agreement, NewAmendment, agree, close_amendment, insert_amendment, last_day, latest_amendment,
};
pub use approvals::{
    Asked, Moved, NewApproval, asked, asked_until, expire_approvals, insert_approval, load,
    move_approval, recall_approval, use_approval,
};
pub use approvals_read::{ApprovalFilter, approval, approvals, sealed_approval};
pub use approvers::{approver_rule, set_approver_rule};
pub use audit::{
    audit_checkpoint_after, audit_checkpoints, audit_hash_of, audit_place, audit_records,
    audit_standing, insert_audit_checkpoint, take_audit_head, take_place,
};
pub use budgets::{Reserve, Reserved, reserve, settle, used_now};
pub use connections::{
    Connected, Locked, connection, connection_ends, connections, find_account, insert_connection,
    lock_account, lock_connection, reconnect, set_broken, set_disconnected, set_revocation,
};
pub use drafts::{NewDraft, delete_draft, drafts, insert_draft, rewrite_draft};
pub use ending::{Of, close, lock, lock_overdue};
pub use forgotten::{accounts_without_letters, letters_in_use};
pub use granting::{
    Allowance, NewGrant, grant_request, holds_seat, insert_granted, insert_request, keep_request,
};
pub use grants::{GrantFilter, Viewer, grant, grants, grants_ended_at, grants_of, grants_of_seat};
pub use holds::{lift, open_with, opening, raise, rest_from_funding};
pub use kept::{KeptRow, ask_back, is_too_late, keep, kept, kept_one, next_asked, tried, unkept};
pub use keys::{NewKeyRow, insert_key, keys, keys_in_use, revoke_key};
pub use log::{LogFilter, entries, insert_entries, insert_entry, insert_lines, line};
pub use narrowing::{Narrower, calls_by_operation, changed_since, narrow};
pub use openings::{
    Open, TrailKey, insert_trail_key, is_customer, open_words, seal_words, sealed_words,
    shred_trail_keys, trail_keys,
};
pub use passage::{Upheld, passage, passage_in_person, upheld};
pub use program::{ProgramFilter, letter_sides, program_grants};
pub use proofs::{forget_proofs, use_proof};
pub use proposals::{
    ProposalFilter, approvers_needed, close_proposal, insert_proposal, insert_yes, lapse_overdue,
    lock_proposal, proposals, rewrite_proposal, waiting_about,
};
pub use receipts::calls_around;
pub use rests::{rest, restore};
pub use secrets::{
    Fruitless, Lease, LeaseWanted, SecretRow, Stored, TokenState, delete_secrets, keep_secret,
    release_lease, renew_lease, secret, still_leased, store_refreshed, take_lease, token_state,
};
pub use states::{Begun, NewState, beginner, insert_state, take_state};
pub use successors::{NewSuccessor, insert_successor, lock_proposals, take_over};
pub use watch::{
    arrivals, busy_nights, dense_refusals, has_letters, known_places, learn_places, shown_tokens,
};
pub use webhooks::{
    NewWebhook, WebhookRow, begin_test, delete_webhook, delivered, set_webhook, take_turn,
    undelivered, webhook,
};
pub use wiping::{wipe_calls, wipe_changes};
pub use work::work_in;
pub use wrapped::{
    Exchange, RowOf, WrappedRow, count_of_program, count_of_states, exchange_of_connections,
    exchange_of_states, exchange_of_trails, of_connections, of_states, of_trails, programs,
};
