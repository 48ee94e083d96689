//! Files of an engagement.

use super::seen::{of_caller, seen};
use crate::app::App;
use crate::engagements::model::{FileRow, check_file};
use crate::engagements::policy::WriteMessage;
use crate::engagements::{EngagementError, store};
use crate::identity::allow;
use crate::kernel::id::{EngagementId, FileId};
use crate::platform::caller::Caller;
use crate::platform::refusal::Result;

/// A file as somebody sent it.
pub struct Upload {
    pub name: String,
    pub bytes: Vec<u8>,
}

/// What one engagement may hold.
const MOST_FILES: i64 = 200;
const MOST_BYTES: i64 = 1024 * 1024 * 1024;

/// Checks the bytes and keeps them under a fresh id. Its row is the caller's to write; bytes
/// whose row was never written are never served.
///
/// Errors: `file-empty`, `file-too-large`, `file-kind`, `file-broken`, `picture-too-large`,
/// `file-quota`.
pub async fn keep(
    app: &App,
    caller: &Caller,
    engagement: EngagementId,
    upload: Upload,
) -> Result<FileRow> {
    let Upload { name, bytes } = upload;
    let checked = tokio::task::spawn_blocking(move || check_file(&name, bytes));
    let file = checked.await.map_err(anyhow::Error::new)??;
    let mut tx = app.db.read(caller).await?;
    let (files, bytes) = store::file_totals(&mut tx, engagement).await?;
    let now = store::now(&mut tx).await?;
    drop(tx);
    let size_bytes = i64::try_from(file.bytes.len()).unwrap_or(i64::MAX);
    if files >= MOST_FILES || bytes.saturating_add(size_bytes) > MOST_BYTES {
        return Err(EngagementError::FileQuota.into());
    }
    let id: FileId = app.ids.next();
    app.files.keep(caller.vendor, id, &file.bytes).await?;
    Ok(FileRow {
        id,
        engagement,
        organization: caller.organization,
        name: file.name,
        content_type: file.content_type.to_owned(),
        size_bytes,
        sha256: file.sha256.to_vec(),
        uploaded_by: caller.person,
        uploaded_at: now,
    })
}

/// Adds a file to the engagement, beside the talk.
///
/// Errors: `guests-only`, and those of a file.
pub async fn share_file(
    app: &App,
    caller: &Caller,
    id: EngagementId,
    upload: Upload,
) -> Result<FileRow> {
    allow::<WriteMessage>(caller)?;
    let mut tx = app.db.read(caller).await?;
    let (_, sight) = seen(&mut tx, caller, id).await?;
    sight.reads()?;
    drop(tx);
    let file = keep(app, caller, id, upload).await?;
    let mut tx = app.db.write(caller).await?;
    let (_, sight) = seen(&mut tx, caller, id).await?;
    sight.reads()?;
    store::insert_file(&mut tx, &file).await?;
    tx.commit().await?;
    Ok(file)
}

/// A file's row and bytes.
///
/// Errors: 404 when the caller may not know of its engagement, `guests-only`.
pub async fn read_file(app: &App, caller: &Caller, id: FileId) -> Result<(FileRow, Vec<u8>)> {
    let mut tx = app.db.read(caller).await?;
    let file = store::file(&mut tx, id).await?;
    let engagement = store::engagement(&mut tx, file.engagement).await?;
    of_caller(&mut tx, caller, &engagement, "file").await?.reads()?;
    drop(tx);
    let bytes = app.files.read(caller.vendor, id).await?;
    Ok((file, bytes))
}
