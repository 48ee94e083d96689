//! Milestones and deliveries.

use super::talk::{FileView, read_upload};
use crate::engagements::{self, Deliverable, Milestone, MilestoneState, Party, Upload, WeekWork};
use crate::kernel::id::{
    DeliverableId, EngagementId, FileId, MilestoneId, OrganizationId, PersonId,
};
use crate::kernel::money::Money;
use crate::platform::http::Failure;
use chrono::{DateTime, NaiveDate, Utc};
use poem_openapi::types::multipart::Upload as UploadedPart;
use poem_openapi::{Multipart, Object};

/// A milestone.
#[derive(Object)]
pub struct MilestoneView {
    /// The milestone.
    pub id: MilestoneId,
    /// Whose it is.
    pub engagement: EngagementId,
    /// Its place, counted from 1.
    pub seq: i32,
    /// What it is.
    pub title: String,
    /// What is delivered.
    pub delivers: String,
    /// Its price, fees included.
    pub price: Money,
    /// What of it went back to the customer, or is on its way.
    pub sent_back: Money,
    /// Days from funding to delivery.
    pub days: i32,
    /// Where it stands.
    pub state: MilestoneState,
    /// Since when its price is held.
    pub funded_at: Option<DateTime<Utc>>,
    /// By when what is held has left: the payment processor holds money for so long only.
    pub hold_until: Option<DateTime<Utc>>,
    /// The day agreed on for delivery.
    pub due_on: Option<NaiveDate>,
    /// When it was delivered last.
    pub submitted_at: Option<DateTime<Utc>>,
    /// When silence accepts the delivery.
    pub accepts_itself_at: Option<DateTime<Utc>>,
    /// When it was accepted.
    pub accepted_at: Option<DateTime<Utc>>,
    /// Who accepted it; absent when silence did.
    pub accepted_by: Option<PersonId>,
    /// When its price went back.
    pub refunded_at: Option<DateTime<Utc>>,
    /// How often it was returned with notes.
    pub change_requests: i32,
    /// For a week of work by the hour.
    pub week: Option<WeekWorkView>,
}

/// What was worked in a week that is locked. Its days are days of UTC.
#[derive(Object)]
pub struct WeekWorkView {
    /// Its Monday.
    pub monday: NaiveDate,
    /// What was worked.
    pub minutes: i32,
    /// What of it is charged.
    pub charged_minutes: i32,
    /// What of it is over the weekly limit, and never charged.
    pub over_minutes: i32,
    /// Until when it is paid and reviewed.
    pub due_at: DateTime<Utc>,
}

impl From<WeekWork> for WeekWorkView {
    fn from(work: WeekWork) -> Self {
        Self {
            monday: work.week.monday(),
            minutes: work.minutes,
            charged_minutes: work.charged_minutes,
            over_minutes: work.over_minutes(),
            due_at: work.week.due_at(),
        }
    }
}

impl From<Milestone> for MilestoneView {
    fn from(milestone: Milestone) -> Self {
        Self {
            id: milestone.id,
            engagement: milestone.engagement,
            seq: milestone.seq,
            sent_back: milestone.gone_back(),
            title: milestone.title,
            delivers: milestone.delivers,
            price: milestone.price,
            days: milestone.days,
            state: milestone.state,
            funded_at: milestone.funded_at,
            hold_until: milestone.hold_until,
            due_on: milestone.due_on,
            submitted_at: milestone.submitted_at,
            accepts_itself_at: milestone.accepts_itself_at,
            accepted_at: milestone.accepted_at,
            accepted_by: milestone.accepted_by,
            refunded_at: milestone.refunded_at,
            change_requests: milestone.change_requests,
            week: milestone.week.map(WeekWorkView::from),
        }
    }
}

/// A milestone with its shares.
#[derive(Object)]
pub struct MilestoneDetailView {
    /// The milestone itself.
    #[oai(flatten)]
    pub milestone: MilestoneView,
    /// Who gets how much of its price; none before signing.
    pub shares: Vec<ShareView>,
}

/// A payee's part of a milestone's price.
#[derive(Object)]
pub struct ShareView {
    /// Who is paid.
    pub party: Party,
    /// The payee's organization; absent for the operator.
    pub organization: Option<OrganizationId>,
    /// The organization's name.
    pub organization_name: Option<String>,
    /// Parts of 10,000.
    pub parts: i32,
    /// The amount; the amounts add up to the price.
    pub amount: Money,
}

impl From<engagements::MilestoneView> for MilestoneDetailView {
    fn from(seen: engagements::MilestoneView) -> Self {
        let names = seen.payees;
        let shares = seen.shares.into_iter().map(|share| ShareView {
            party: share.party,
            organization: share.organization,
            organization_name: share.organization.and_then(|id| names.get(&id).cloned()),
            parts: share.parts,
            amount: share.amount,
        });
        Self { milestone: seen.milestone.into(), shares: shares.collect() }
    }
}

/// What should change in a delivery.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct ChangesBody {
    /// Plain text, up to 8000 characters.
    pub text: String,
    /// The delivery it is about, by its version.
    pub version: i32,
}

/// Which delivery is accepted.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct AcceptDeliveryBody {
    /// The delivery that was read, by its version: a later one is not accepted unread.
    pub version: i32,
}

/// A delivery.
#[derive(Multipart)]
#[oai(deny_unknown_fields)]
pub struct DeliverableForm {
    /// What is delivered, plain text, up to 8000 characters.
    pub text: String,
    /// One file of up to 25 MB: PDF, PNG, JPEG, GIF, text, office document or ZIP.
    pub file: Option<UploadedPart>,
}

impl DeliverableForm {
    /// Text and file; a file field without name and bytes, as browsers send it, is no file.
    pub async fn parts(self) -> Result<(String, Option<Upload>), Failure> {
        let file = match self.file {
            Some(part) => read_upload(part).await?,
            None => return Ok((self.text, None)),
        };
        let absent = file.name.is_empty() && file.bytes.is_empty();
        Ok((self.text, (!absent).then_some(file)))
    }
}

/// A delivery of a milestone.
#[derive(Object)]
pub struct DeliverableView {
    /// The delivery.
    pub id: DeliverableId,
    /// The milestone.
    pub milestone: MilestoneId,
    /// Counts from 1.
    pub version: i32,
    /// What was delivered, plain text.
    pub text: String,
    /// Who delivered.
    pub submitted_by: PersonId,
    /// The person's name.
    pub submitted_by_name: String,
    /// When.
    pub submitted_at: DateTime<Utc>,
    /// The file that came with it.
    pub file: Option<FileView>,
    /// What the customer wants changed in it.
    pub changes: Option<ChangesView>,
}

/// What the customer wants changed.
#[derive(Object)]
pub struct ChangesView {
    /// Plain text.
    pub text: String,
    /// Who asked.
    pub requested_by_name: String,
    /// When.
    pub requested_at: DateTime<Utc>,
}

impl From<Deliverable> for DeliverableView {
    fn from(made: Deliverable) -> Self {
        let file = made.file.map(|id: FileId| FileView {
            id,
            name: made.file_name.unwrap_or_default(),
            content_type: made.file_type.unwrap_or_default(),
            size_bytes: made.file_bytes.unwrap_or_default(),
            sha256: made.file_sha256.unwrap_or_default(),
        });
        let changes = made.changes.zip(made.changes_at).map(|(text, requested_at)| ChangesView {
            text,
            requested_by_name: made.changes_by_name.unwrap_or_default(),
            requested_at,
        });
        Self {
            id: made.id,
            milestone: made.milestone,
            version: made.version,
            text: made.text,
            submitted_by: made.submitted_by,
            submitted_by_name: made.submitted_by_name,
            submitted_at: made.submitted_at,
            file,
            changes,
        }
    }
}
