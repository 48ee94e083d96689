//! Access over HTTP: what people's pages and programs use under `/v1`, and beside it the gateway
//! and the place where authorization servers send people back to.

mod alarms;
mod amendments;
mod approvals;
mod approvers;
mod audit;
mod callback;
mod connections;
mod departures;
mod drafts;
mod entries;
mod forgotten;
mod gateway;
mod grants;
mod jwks;
mod key_body;
mod limits;
mod log;
mod program;
mod proposals;
mod receipts;
mod successors;
mod undo;
mod upstreams;
mod usage;
mod views;
mod webhooks;

pub use callback::oauth_callback;
pub use gateway::Gateway;
pub use jwks::actor_keys;

use poem_openapi::Tags;

/// Every operation of access.
pub type AccessApi = (
    upstreams::UpstreamsApi,
    connections::ConnectionsApi,
    (grants::GrantsApi, drafts::DraftsApi),
    (approvals::ApprovalsApi, proposals::ProposalsApi, approvers::ApproversApi),
    usage::UsageApi,
    forgotten::ForgottenApi,
    alarms::AlarmsApi,
    receipts::ReceiptsApi,
    undo::UndoApi,
    amendments::AmendmentsApi,
    departures::DeparturesApi,
    successors::SuccessorsApi,
    log::AccessLogApi,
    program::ProgramGrantsApi,
    audit::AuditApi,
    webhooks::WebhooksApi,
);

pub const ACCESS_API: AccessApi = (
    upstreams::UpstreamsApi,
    connections::ConnectionsApi,
    (grants::GrantsApi, drafts::DraftsApi),
    (approvals::ApprovalsApi, proposals::ProposalsApi, approvers::ApproversApi),
    usage::UsageApi,
    forgotten::ForgottenApi,
    alarms::AlarmsApi,
    receipts::ReceiptsApi,
    undo::UndoApi,
    amendments::AmendmentsApi,
    departures::DeparturesApi,
    successors::SuccessorsApi,
    log::AccessLogApi,
    program::ProgramGrantsApi,
    audit::AuditApi,
    webhooks::WebhooksApi,
);

#[derive(Tags)]
enum Tag {
    /// Connections, letters of access, their keys and log
    Access,
    /// Marketing applications that can be connected
    Upstreams,
}
