//! Messages, files and the timeline.

use crate::engagements::{FileRow, TimelineItem, TimelineTopic, TopicCount, Upload};
use crate::kernel::id::{FileId, MessageId, OrganizationId, PersonId};
use crate::platform::http::Failure;
use crate::platform::refusal::Error;
use chrono::{DateTime, Utc};
use poem_openapi::types::multipart::Upload as UploadedPart;
use poem_openapi::{Multipart, Object};
use serde_json::Value;
use uuid::Uuid;

/// A message to be sent.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct MessageBody {
    /// Plain text, up to 8000 characters.
    pub text: String,
}

/// A message that was sent.
#[derive(Object)]
pub struct MessageView {
    /// The message, as the timeline names it.
    pub id: MessageId,
}

/// One thing in the timeline.
#[derive(Object)]
pub struct TimelineItemView {
    /// The entry, message or file.
    pub id: Uuid,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// What it is about.
    pub topic: TimelineTopic,
    /// Stable word, such as `milestone-funded`, `message` or `file`.
    pub kind: String,
    /// A sentence, the message's text, or the file's name; plain text.
    pub text: String,
    /// Ids and amounts, by kind.
    pub facts: Value,
    /// Who did it; absent when time did.
    pub person: Option<PersonId>,
    /// The person's name.
    pub person_name: Option<String>,
    /// The organization a message or file came from.
    pub organization: Option<OrganizationId>,
}

impl From<TimelineItem> for TimelineItemView {
    fn from(item: TimelineItem) -> Self {
        Self {
            id: item.id,
            at: item.at,
            topic: item.topic,
            kind: item.kind,
            text: item.text,
            facts: item.facts,
            person: item.person,
            person_name: item.person_name,
            organization: item.organization,
        }
    }
}

/// A page of the timeline.
#[derive(Object)]
pub struct TimelinePage {
    /// Newest first.
    pub items: Vec<TimelineItemView>,
    /// The cursor of the next page, when there is one.
    pub next: Option<String>,
}

/// How many things of a topic there are.
#[derive(Object)]
pub struct TopicCountView {
    /// The topic.
    pub topic: TimelineTopic,
    /// How many.
    pub count: i64,
}

impl From<TopicCount> for TopicCountView {
    fn from(count: TopicCount) -> Self {
        Self { topic: count.topic, count: count.count }
    }
}

/// A file to be added.
#[derive(Multipart)]
#[oai(deny_unknown_fields)]
pub struct FileForm {
    /// A file of up to 25 MB: PDF, PNG, JPEG, GIF, text, office document or ZIP.
    pub file: UploadedPart,
}

impl FileForm {
    pub async fn upload(self) -> Result<Upload, Failure> {
        read_upload(self.file).await
    }
}

/// The bytes of an uploaded part; its length is bounded before this.
pub async fn read_upload(part: UploadedPart) -> Result<Upload, Failure> {
    let name = part.file_name().unwrap_or_default().to_owned();
    let bytes = part.into_vec().await.map_err(|error| Error::Fault(error.into()))?;
    Ok(Upload { name, bytes })
}

/// A file.
#[derive(Object)]
pub struct FileView {
    /// The file; its bytes are at `/v1/files/{id}`.
    pub id: FileId,
    /// Its name, for showing.
    pub name: String,
    /// What it is, read from its bytes.
    pub content_type: String,
    /// How long it is, in bytes.
    pub size_bytes: i64,
    /// SHA-256 of the bytes as they are kept, in hexadecimal.
    pub sha256: String,
}

impl From<FileRow> for FileView {
    fn from(file: FileRow) -> Self {
        Self {
            id: file.id,
            name: file.name,
            content_type: file.content_type,
            size_bytes: file.size_bytes,
            sha256: hex::encode(file.sha256),
        }
    }
}
