//! What access does, one file a theme.
//!
//! Nothing outside is called while a transaction is open: secrets are opened and authorization
//! servers asked before or after it.

mod account;
mod agreeing;
mod alarms;
mod amending;
mod approvals;
mod approvers;
mod asking;
mod audit;
mod calls;
mod completion;
mod connect;
mod connections;
mod delivery;
mod departures;
mod describe;
mod drafts;
mod finish;
mod forgotten;
mod granting;
mod grants;
mod holding;
mod keeping;
mod keys;
mod lease;
mod lines;
mod log;
mod narrowing;
mod offer;
mod preview;
mod program;
mod proposals;
mod proposing;
mod receipts;
mod resting;
mod restoring;
mod returns;
mod revocation;
mod rotation;
mod sealing;
mod successors;
mod table;
mod timers;
pub mod tokens;
pub mod told;
mod undo;
mod watching;
mod webhooks;
mod wiping;
mod work;

pub use agreeing::{AgreeOrder, agree_to_more};
pub use amending::{
    LAPSE_JOB, MoreWanted, ask_for_more, decline_more, lapse_amendment, see_amendment,
    withdraw_more,
};
pub use approvals::{
    Answer, Asking, MOST_A_DAY, Question, answer_approval, ask, asked, get_approval, grow_stale,
    list_approvals, list_open_approvals, recall_approval, withdraw_approval,
};
pub use approvers::{RuleOrder, approver_rule, set_approver_rule, stuck_rule};
pub use asking::request_access;
pub use audit::{
    AuditStanding, CHECKPOINT_JOB, audit_key, audit_place, audit_standing, export_audit_trail,
    sign_audit_head,
};
pub use calls::{CatalogueCall, Permission, catalogue_of};
pub use completion::{EXPIRY_JOB, complete_grants, end_with_seat, expire_grant, holders};
pub use connect::{ConnectWanted, Connecting, start_connect};
pub use connections::{connection_ends, disconnect, get_connection, list_connections, removal_of};
pub use delivery::{DELIVERY_JOB, deliver_checkpoint};
pub use departures::{
    Departure, LeavingLetter, LeavingProgram, end_work, export_departure, prove_departure,
    see_departure,
};
pub use describe::{Lapsed, description, description_of, gateway_of, lapsed};
pub use drafts::{discard_draft, edit_draft, get_draft, list_drafts, save_draft, send_draft};
pub use finish::{ConnectOutcome, Finished, Returned, finish_connect};
pub use forgotten::forgotten_access;
pub use granting::{GrantOrder, allow_request, grant_access};
pub use grants::{
    decline_request, end_every_grant, end_grant, get_grant, list_ended_at, list_ended_grants,
    list_grants, list_open_grants,
};
pub use holding::{hold_letters, open_letters, release_letters, tell_rested, tell_resumed};
pub use keeping::{KEEP_JOB, keep_connection};
pub use keys::{KeyOrder, end_key, gateway_key_hash, list_keys, make_key};
pub use lines::{write_late, write_lines};
pub use log::{export_log, list_log};
pub use narrowing::{NarrowOrder, budgets_of_grant, narrow_grant, usage_of_grant};
pub use offer::{Offer, beyond_letter};
pub use preview::{Choice, Preview, consent_of, preview, preview_request};
pub use program::{
    export_program_grants, get_program_grant, list_letter_sides, list_program_grants,
};
pub use proposals::{
    ProposalOrder, agree_to_proposal, consent_of_proposal, decline_proposal, get_proposal,
    list_proposals, list_waiting, proposals_of_grant, withdraw_proposal,
};
pub use proposing::{
    LAPSE_PROPOSAL_JOB, LAPSED_PROPOSAL_JOB, Yes, lapse_proposals, tell_lapsed_proposal,
};
pub use receipts::{end_of_access, end_receipt};
pub use resting::{rest_grant, rest_program_grant};
pub use restoring::restore_grant;
pub use revocation::{REVOCATION_JOB, revoke_upstream};
pub use rotation::{KeyUse, Rotated, Rotation, key_uses, rotate_keys};
pub use sealing::{SEAL_JOB, forget_trail, seal_trail};
pub use successors::{
    TakeOverOrder, can_pass_on, propose_successor, see_succession, take_over,
    take_over_needs_password,
};
pub use timers::{TIMER_JOB, ring_letter};
pub use undo::{
    MOST_CHANGES, TakeBack, UNDO_JOB, UndoOrder, keep, kept_changes, opened, take_back, tried,
};
pub use webhooks::{audit_webhook, end_audit_webhook, set_audit_webhook, test_audit_webhook};
pub use wiping::{WIPE_JOB, wipe_what_was_kept};
pub use work::{DeliveryWork, work_of_milestone};

use crate::app::App;
use crate::platform::refusal::{Error, Result};
pub use alarms::{close_alarm, get_alarm, list_alarms, see_alarm};
use url::Url;
pub use watching::{WATCH_JOB, watch, watch_letters};

/// Where authorization servers send people back to; compared exactly by them.
fn redirect_url(app: &App) -> Result<Url> {
    Url::parse(&app.site.link("/oauth/callback")).map_err(Error::fault)
}
