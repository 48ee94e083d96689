//! Where a customer has the checkpoints of its audit trail sent, over HTTP.

use super::Tag;
use crate::access::model::AuditWebhook;
use crate::access::ops;
use crate::app::App;
use crate::identity::Auth;
use crate::platform::http::Failure;
use crate::platform::http::reply::{Found, NoContent, found};
use crate::platform::refusal::{Common, Error};
use chrono::{DateTime, Utc};
use poem::web::Data;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

/// An address and how it goes there.
#[derive(Object)]
struct AuditWebhookView {
    /// The address.
    url: String,
    /// When it was set.
    set_at: DateTime<Utc>,
    /// Who set it.
    set_by_name: String,
    /// When a checkpoint arrived last.
    delivered_at: Option<DateTime<Utc>>,
    /// The last record whose checkpoint arrived, or was made before there was an address.
    delivered_to: i64,
    /// When a checkpoint did not arrive last.
    failed_at: Option<DateTime<Utc>>,
    /// Why it did not, in plain words.
    failure: Option<String>,
    /// While checkpoints do not arrive: since when.
    failing_since: Option<DateTime<Utc>>,
    /// While checkpoints do not arrive: when it is tried again.
    next_try_at: Option<DateTime<Utc>>,
}

impl From<AuditWebhook> for AuditWebhookView {
    fn from(it: AuditWebhook) -> Self {
        let (failed_at, failure) = it.failed.unzip();
        Self {
            url: it.url,
            set_at: it.set_at,
            set_by_name: it.set_by_name,
            delivered_at: it.delivered_at,
            delivered_to: it.sent_seq,
            failed_at,
            failure,
            failing_since: it.failing_since,
            next_try_at: it.next_try_at,
        }
    }
}

/// Where checkpoints are to be sent.
#[derive(Object)]
#[oai(deny_unknown_fields)]
struct AuditWebhookBody {
    /// An https address of a public server.
    url: String,
}

/// An address with the secret that signs what is sent there.
#[derive(Object)]
struct NewAuditWebhookView {
    /// The address.
    webhook: AuditWebhookView,
    /// Told this once: `Attache-Signature` is `t=<seconds>,v1=<hex>`, where `v1` is
    /// HMAC-SHA256 with this text as the key, over `<seconds>.` and the body.
    secret: String,
}

/// What became of a test.
#[derive(Object)]
struct WebhookTestView {
    /// Whether the address answered 2xx.
    delivered: bool,
    /// Why it did not arrive, in plain words.
    failure: Option<String>,
}

async fn set(app: &App, auth: &Auth) -> Result<AuditWebhook, Error> {
    let webhook = ops::audit_webhook(app, &auth.0).await?;
    Ok(webhook.ok_or(Common::NotFound("address for checkpoints"))?)
}

pub struct WebhooksApi;

#[OpenApi(tag = "Tag::Access")]
impl WebhooksApi {
    /// Where the audit trail's checkpoints are sent
    #[oai(path = "/v1/audit-trail/webhook", method = "get", operation_id = "get_audit_webhook")]
    async fn get_webhook(
        &self,
        app: Data<&App>,
        auth: Auth,
    ) -> Result<Found<AuditWebhookView>, Failure> {
        Ok(found(set(&app, &auth).await?.into()))
    }

    /// Have the audit trail's checkpoints sent to an address
    ///
    /// Each hourly checkpoint is sent there as the line of the file, with a POST: `Attache-Event:
    /// checkpoint`, an id in `Attache-Delivery` that is the same when one is sent again, and
    /// `Attache-Signature`. Anything but 2xx within ten seconds is tried again, until it arrives,
    /// the oldest first. Setting it again makes another secret.
    #[oai(path = "/v1/audit-trail/webhook", method = "put", operation_id = "set_audit_webhook")]
    async fn set_webhook(
        &self,
        app: Data<&App>,
        auth: Auth,
        body: Json<AuditWebhookBody>,
    ) -> Result<Found<NewAuditWebhookView>, Failure> {
        let secret = ops::set_audit_webhook(&app, &auth.0, &body.url).await?;
        let webhook = set(&app, &auth).await?.into();
        Ok(found(NewAuditWebhookView { webhook, secret }))
    }

    /// Have checkpoints sent nowhere
    #[oai(path = "/v1/audit-trail/webhook", method = "delete", operation_id = "end_audit_webhook")]
    async fn end_webhook(&self, app: Data<&App>, auth: Auth) -> Result<NoContent, Failure> {
        ops::end_audit_webhook(&app, &auth.0).await?;
        Ok(NoContent::Ok)
    }

    /// Send a test to the address now
    ///
    /// Signed as checkpoints are, with `Attache-Event: test`.
    #[oai(
        path = "/v1/audit-trail/webhook/test",
        method = "post",
        operation_id = "test_audit_webhook"
    )]
    async fn test_webhook(
        &self,
        app: Data<&App>,
        auth: Auth,
    ) -> Result<Found<WebhookTestView>, Failure> {
        let failure = ops::test_audit_webhook(&app, &auth.0).await?;
        Ok(found(WebhookTestView { delivered: failure.is_none(), failure }))
    }
}
