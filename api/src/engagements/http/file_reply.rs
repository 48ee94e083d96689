//! A file's bytes as an answer.

use crate::engagements::FileRow;
use poem::{IntoResponse, Response};
use poem_openapi::ApiResponse;
use poem_openapi::payload::{Binary, Payload};
use poem_openapi::registry::{MetaHeader, MetaMediaType, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::Type;

/// 200 with the bytes, to be saved; see [`FileRow::headers`].
pub struct FileReply {
    pub file: FileRow,
    pub bytes: Vec<u8>,
}

impl IntoResponse for FileReply {
    fn into_response(self) -> Response {
        let mut response = Response::builder();
        for (name, value) in self.file.headers() {
            response = response.header(name, value);
        }
        response.body(self.bytes)
    }
}

impl ApiResponse for FileReply {
    fn meta() -> MetaResponses {
        let header = |name: &str, description: &str| MetaHeader {
            name: name.to_owned(),
            description: Some(description.to_owned()),
            required: true,
            deprecated: false,
            schema: String::schema_ref(),
        };
        MetaResponses {
            responses: vec![MetaResponse {
                description: "The file's bytes",
                status: Some(200),
                status_range: None,
                content: vec![MetaMediaType {
                    content_type: "*/*",
                    schema: <Binary<Vec<u8>> as Payload>::schema_ref(),
                }],
                headers: vec![
                    header("Content-Disposition", "Always an attachment, with the file's name."),
                    header("Content-Security-Policy", "Always `sandbox`."),
                ],
            }],
        }
    }

    fn register(_registry: &mut Registry) {}
}
