//! Bytes of uploaded files, by id, in a folder of the installation.
//!
//! A file's name is never part of a path here: only its id is.

use crate::kernel::id::{FileId, VendorId};
use std::path::PathBuf;

/// Where files are kept.
#[derive(Clone)]
pub struct Files {
    folder: PathBuf,
}

impl Files {
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Writes the bytes so that they are there, whole, or not at all.
    pub async fn keep(&self, vendor: VendorId, id: FileId, bytes: &[u8]) -> anyhow::Result<()> {
        let folder = self.folder.join(vendor.to_string());
        tokio::fs::create_dir_all(&folder).await?;
        let partial = folder.join(format!("{id}.partial"));
        tokio::fs::write(&partial, bytes).await?;
        tokio::fs::File::open(&partial).await?.sync_all().await?;
        tokio::fs::rename(&partial, folder.join(id.to_string())).await?;
        Ok(())
    }

    pub async fn read(&self, vendor: VendorId, id: FileId) -> anyhow::Result<Vec<u8>> {
        Ok(tokio::fs::read(self.folder.join(vendor.to_string()).join(id.to_string())).await?)
    }
}
