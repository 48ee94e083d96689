//! Receipts over HTTP.

use super::Tag;
use crate::access::audit::Receipt;
use crate::access::model::WorkDone;
use crate::access::ops::{self, DeliveryWork};
use crate::app::App;
use crate::identity::Auth;
use crate::kernel::id::{DeliverableId, GrantId, MilestoneId};
use crate::platform::http::Failure;
use crate::platform::http::reply::{Found, found};
use crate::upstreams::Risk;
use chrono::{DateTime, Utc};
use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::{Object, OpenApi};

/// A text with a signature.
#[derive(Object)]
pub struct ReceiptView {
    /// The form of the receipt: `attache receipt 1`.
    receipt: String,
    /// JSON, exactly as it was signed.
    said: String,
    /// The id of the key that signed.
    key: String,
    /// The key's 32 bytes, in hexadecimal.
    public: String,
    /// Ed25519 over the form, a line feed, what was said and a line feed; in hexadecimal.
    signature: String,
}

impl From<Receipt> for ReceiptView {
    fn from(it: Receipt) -> Self {
        Self {
            receipt: it.receipt,
            said: it.said,
            key: it.key,
            public: it.public,
            signature: it.signature,
        }
    }
}

/// What was done in the customer's account for one delivery.
#[derive(Object)]
struct DeliveryWorkView {
    /// The delivery.
    deliverable: DeliverableId,
    /// Its version, from 1.
    version: i32,
    /// When it was delivered.
    submitted_at: DateTime<Utc>,
    /// Calls that the application carried out for it, mildest first: since the money for it or the
    /// delivery before it. Where two milestones are under way, what is delivered next counts.
    done: Vec<WorkView>,
}

/// Calls of one risk.
#[derive(Object)]
struct WorkView {
    /// What they can do to the account.
    risk: Risk,
    /// How many.
    calls: i64,
    /// Those of them that the customer said yes to one by one.
    approved: i64,
    /// People reached, where that was counted.
    recipients: i64,
}

impl From<DeliveryWork> for DeliveryWorkView {
    fn from(work: DeliveryWork) -> Self {
        let view = |w: WorkDone| WorkView {
            risk: w.risk,
            calls: w.calls,
            approved: w.approved,
            recipients: w.recipients,
        };
        Self {
            deliverable: work.delivery.id,
            version: work.delivery.version,
            submitted_at: work.delivery.submitted_at,
            done: work.done.into_iter().map(view).collect(),
        }
    }
}

pub struct ReceiptsApi;

#[OpenApi(tag = "Tag::Access")]
impl ReceiptsApi {
    /// The signed receipt of a letter of access that has ended
    ///
    /// When and by whom it was ended, the last call that was let through, what was under way at
    /// that moment, what was refused since, and which of our processes have written all of that.
    /// `attache audit receipt` checks it off line.
    #[oai(path = "/v1/grants/:grant/receipt", method = "get", operation_id = "get_grant_receipt")]
    async fn get_receipt(
        &self,
        app: Data<&App>,
        auth: Auth,
        grant: Path<GrantId>,
    ) -> Result<Found<ReceiptView>, Failure> {
        let signed = ops::end_receipt(&app, &auth.0, grant.0).await?;
        Ok(found(signed.into()))
    }

    /// What was done in the customer's account for each delivery of a milestone
    ///
    /// Counted from the access log, latest delivery first.
    #[oai(
        path = "/v1/milestones/:milestone/work",
        method = "get",
        operation_id = "get_milestone_work"
    )]
    async fn get_work(
        &self,
        app: Data<&App>,
        auth: Auth,
        milestone: Path<MilestoneId>,
    ) -> Result<Found<Vec<DeliveryWorkView>>, Failure> {
        let work = ops::work_of_milestone(&app, &auth.0, milestone.0).await?;
        Ok(found(work.into_iter().map(DeliveryWorkView::from).collect()))
    }
}
