//! Access that lives and dies with an engagement: connections, letters of access, the gateway.
//!
//! Terms are frozen with their hash when they are granted; the sentences people agree to and the
//! gateway's decisions come from the same terms. Whether a grant holds is read from the database
//! before each call, so an end holds from its commit on. Every call with a known key leaves a line
//! in the access log; a write is announced there before it is sent. Tokens never leave the vault
//! but for the application they belong to.

mod audit;
mod belonging;
mod changes;
mod decide;
mod dpop;
mod error;
mod gateway;
mod http;
mod model;
mod ops;
#[cfg(test)]
mod samples;
mod sentences;
mod store;
mod undo;
mod vault;
mod withholding;

pub use audit::{
    AuditFault, AuditKey, Receipt, ReceiptFault, Verdict, verify as verify_audit_trail,
    verify_receipt,
};
pub use error::AccessError;
pub use gateway::{
    Told, Trial, TrialResult, Unfit, Written, take_changes_back, try_call, write_call,
};
pub use http::{ACCESS_API, AccessApi, Gateway, actor_keys, oauth_callback};
pub use model::{
    AccessAgreed, AccessAlarmed, AccessAmended, AccessDeclined, AccessEnded, AccessEndsSoon,
    AccessGranted, AccessHeld, AccessMoreAsked, AccessMoreClosed, AccessNarrowed, AccessOpened,
    AccessProposalChanged, AccessProposalClosed, AccessProposed, AccessReleased, AccessRequested,
    AccessRested, AccessRestored, AccessRestsSoon, AccessSuccessorProposed, AccessUndone,
    AccountUse, Agreed, Alarm, AlarmKind, AlarmState, AlarmsWanted, Amendment, AmendmentState,
    Approval, ApprovalState, ApproverRule, ApproverRuleSet, AuditWebhook, Became, BindTo,
    BudgetUse, Change, CheckpointAddressEnded, CheckpointAddressSet, CheckpointsUndelivered,
    Connection, ConnectionBroken, ConnectionEnded, ConnectionLessened, ConnectionMade,
    ConnectionRevoked, ConnectionState, Counted, Draft, EndReceipt, Entry, Forgotten,
    ForgottenAccess, ForgottenAct, GatewayKey, Grant, GrantProposalKind, GrantProposalState,
    GrantState, Hold, HoldCause, HoldSource, KeptChange, KeptState, LetterSide, LetterUse, Limits,
    Listed, LogWanted, MOST_APPROVERS, MOST_DAYS, Narrower, NewGatewayKey, NotBack, OfConnection,
    OfCustomer, OfGrant, OpenApproval, Opening, Outcome, ProgramGrant, ProgramGrantsWanted,
    Proposal, Requested, Revocation, RuleAbout, Stage, Standing, Terms, Thumbprint, USAGE_DAYS,
    Unusual, Usage, UsedAction, UsedOperation, Uses, Wish, Without, WorkDone, WriteAnswered,
    WriteAsked, WriteRecalled, clauses,
};
pub use ops::{
    AgreeOrder, Answer, AuditStanding, CHECKPOINT_JOB, CatalogueCall, Choice, ConnectOutcome,
    ConnectWanted, Connecting, DELIVERY_JOB, DeliveryWork, Departure, EXPIRY_JOB, Finished,
    GrantOrder, KEEP_JOB, KeyOrder, KeyUse, LAPSE_JOB, LAPSE_PROPOSAL_JOB, LAPSED_PROPOSAL_JOB,
    Lapsed, LeavingLetter, LeavingProgram, MOST_CHANGES, MoreWanted, NarrowOrder, Offer,
    Permission, Preview, ProposalOrder, REVOCATION_JOB, Returned, Rotated, Rotation, RuleOrder,
    SEAL_JOB, TIMER_JOB, TakeOverOrder, UNDO_JOB, UndoOrder, WATCH_JOB, WIPE_JOB, Yes,
    agree_to_more, agree_to_proposal, allow_request, answer_approval, approver_rule, ask_for_more,
    audit_key, audit_place, audit_standing, audit_webhook, beyond_letter, can_pass_on,
    catalogue_of, close_alarm, complete_grants, connection_ends, consent_of, consent_of_proposal,
    decline_more, decline_proposal, decline_request, deliver_checkpoint, description_of,
    discard_draft, disconnect, edit_draft, end_audit_webhook, end_every_grant, end_grant, end_key,
    end_of_access, end_receipt, end_with_seat, end_work, expire_grant, export_audit_trail,
    export_departure, export_log, export_program_grants, finish_connect, forget_trail,
    forgotten_access, get_alarm, get_approval, get_connection, get_draft, get_grant,
    get_program_grant, get_proposal, grant_access, hold_letters, holders, keep_connection,
    kept_changes, key_uses, lapse_amendment, lapse_proposals, lapsed, list_alarms, list_approvals,
    list_connections, list_drafts, list_ended_at, list_ended_grants, list_grants, list_keys,
    list_letter_sides, list_log, list_open_approvals, list_open_grants, list_program_grants,
    list_waiting, make_key, narrow_grant, open_letters, preview, preview_request,
    proposals_of_grant, propose_successor, prove_departure, recall_approval, release_letters,
    removal_of, request_access, rest_grant, rest_program_grant, restore_grant, revoke_upstream,
    ring_letter, rotate_keys, save_draft, seal_trail, see_alarm, see_amendment, see_departure,
    see_succession, send_draft, set_approver_rule, set_audit_webhook, sign_audit_head,
    start_connect, stuck_rule, take_back, take_over, take_over_needs_password,
    tell_lapsed_proposal, tell_rested, tell_resumed, test_audit_webhook, usage_of_grant, watch,
    watch_letters, wipe_what_was_kept, withdraw_approval, withdraw_more, withdraw_proposal,
    work_of_milestone, write_lines,
};
pub use sentences::{Consent, Group, Sentence, grouped};
pub use withholding::withholdable;
