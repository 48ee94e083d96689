//! The audit trail over HTTP.

use super::Tag;
use crate::access::{audit, ops};
use crate::app::App;
use crate::identity::Auth;
use crate::platform::http::Failure;
use crate::platform::http::reply::{Found, found};
use poem::web::Data;
use poem_openapi::param::Query;
use poem_openapi::payload::PlainText;
use poem_openapi::{ApiResponse, Object, OpenApi};

/// 200 with the file.
#[derive(ApiResponse)]
enum Trail {
    /// JSON Lines: a heading, records, checkpoints
    #[oai(status = 200, content_type = "application/jsonl")]
    Ok(
        PlainText<String>,
        /// Offers the file's name.
        #[oai(header = "Content-Disposition")]
        String,
    ),
}

/// The public key that signs checkpoints.
#[derive(Debug, Clone, Object)]
#[oai(rename = "AuditKey")]
struct KeyView {
    /// The first 16 hexadecimal digits of the key's SHA-256.
    id: String,
    /// Always `ed25519`.
    algorithm: String,
    /// The key's 32 bytes, in hexadecimal.
    public: String,
}

pub struct AuditApi;

#[OpenApi(tag = "Tag::Access")]
impl AuditApi {
    /// The audit trail of your organization's accounts, to verify anywhere
    ///
    /// A chain of records, each with the hash of the one before it: every call through the
    /// gateway and every step of a letter or an account. Checkpoints sign its heads. At most
    /// 10,000 records a file; go on with `after` while its heading says `more`.
    #[oai(path = "/v1/audit-trail.jsonl", method = "get", operation_id = "export_audit_trail")]
    async fn export_audit_trail(
        &self,
        app: Data<&App>,
        auth: Auth,
        /// The last record you have; from the beginning when absent.
        #[oai(validator(minimum(value = "0")))]
        after: Query<Option<i64>>,
    ) -> Result<Trail, Failure> {
        let text = ops::export_audit_trail(&app, &auth.0, after.0.unwrap_or(0)).await?;
        let name = "attachment; filename=\"audit-trail.jsonl\"".to_owned();
        Ok(Trail::Ok(PlainText(text), name))
    }

    /// The key that signs the audit trail's checkpoints
    ///
    /// Keep it apart from the files: it tells this program's signatures from anybody else's.
    #[oai(path = "/v1/audit-trail/key", method = "get", operation_id = "get_audit_key")]
    async fn get_audit_key(&self, app: Data<&App>, auth: Auth) -> Result<Found<KeyView>, Failure> {
        let audit::AuditKey { id, public } = ops::audit_key(&app, &auth.0)?;
        Ok(found(KeyView { id, algorithm: "ed25519".to_owned(), public }))
    }
}
