//! Connections, grants, terms and log lines as plain types; pure.
//!
//! States move only by the two machines here. Terms are read whole or not at all.

mod alarm;
mod amendment;
mod approval;
mod connection;
mod entry;
mod facts;
mod forgotten;
mod grant;
mod hold;
mod kept;
mod key;
mod origin;
mod passage;
mod program;
mod proposal;
mod receipt;
mod request;
mod stage;
mod terms;
mod usage;
mod webhook;
mod work;

pub use alarm::{
    Alarm, AlarmKind, AlarmState, AlarmStep, AlarmsWanted, Arrival, BURST_CALLS, BURST_MINUTES,
    Calls, KnownPlace, NIGHT_CONTACTS, NIGHT_READS, NIGHTS, Night, PlaceKind, TOKEN_SHOWN, Unusual,
    is_known, judge_places,
};
pub use amendment::{Amendment, AmendmentState, more};
pub use approval::{Approval, ApprovalState, Became, Change, OVERTAKEN, OpenApproval, Uses};
pub use connection::{Connection, ConnectionState, ConnectionStep, Revocation};
pub use entry::{Asked, AskedOperation, Ended, Entry, LogWanted, NewEntry, Outcome, Sha, Whose};
pub use facts::{
    AccessAgreed, AccessAlarmed, AccessAmended, AccessDeclined, AccessEnded, AccessEndsSoon,
    AccessGranted, AccessHeld, AccessMoreAsked, AccessMoreClosed, AccessNarrowed, AccessOpened,
    AccessProposalChanged, AccessProposalClosed, AccessProposed, AccessReleased, AccessRequested,
    AccessRested, AccessRestored, AccessRestsSoon, AccessSuccessorProposed, AccessUndone,
    ApproverRuleSet, ConnectReturnRefused, ConnectionBroken, ConnectionEnded, ConnectionLessened,
    ConnectionMade, ConnectionRevoked, OfConnect, OfConnection, OfCustomer, OfGrant, WriteAnswered,
    WriteAsked, WriteRecalled,
};
pub use forgotten::{
    AccountUse, Forgotten, ForgottenAccess, ForgottenAct, LetterUse, Listed, WhyForgotten,
};
pub use grant::{Grant, GrantState, GrantStep, Standing};
pub use hold::{Hold, HoldCause, HoldSource, Opening, clauses};
pub use kept::{Kept, KeptChange, KeptState, NotBack, TakenBack};
pub use key::{BindTo, GatewayKey, NewGatewayKey, Thumbprint};
pub use origin::Origin;
pub use passage::{AccessToken, Passage};
pub use program::{LetterSide, ProgramGrant, ProgramGrantsWanted};
pub use proposal::{
    Agreed, ApproverRule, Frozen, GrantProposalKind, GrantProposalState, MOST_APPROVERS, Proposal,
    RuleAbout,
};
pub use receipt::{CallsAround, EndReceipt, LogStanding};
pub use request::{Counted, Draft, MOST_DAYS, Narrower, Requested, Wish};
pub use stage::Stage;
pub use terms::{Limits, Pinned, Terms, Without, hash_of};
pub use usage::{BudgetUse, Called, USAGE_DAYS, Usage, UsedAction, UsedOperation};
pub use webhook::{
    AuditWebhook, CheckpointAddressEnded, CheckpointAddressSet, CheckpointsUndelivered, OfTrail,
    TOLD_AFTER, host_of, pause,
};
pub use work::WorkDone;
