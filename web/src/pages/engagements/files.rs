//! A file of an engagement, to be saved: never shown inside a page, never run.

use api::engagements;
use api::kernel::id::FileId;
use api::platform::refusal::Common;
use poem::web::Path;
use poem::{Response, handler};

use crate::site::{Answer, Visit};

#[handler]
pub async fn fetch_file(visit: Visit, Path(id): Path<String>) -> Answer {
    let id = FileId::parse(&id).ok_or(Common::NotFound("file"))?;
    let (file, bytes) = engagements::read_file(visit.app(), visit.caller()?, id).await?;
    let mut response = Response::builder();
    for (name, value) in file.headers() {
        response = response.header(name, value);
    }
    Ok(response.body(bytes))
}
