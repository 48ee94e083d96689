//! The access log over HTTP.

use super::Tag;
use super::entries::{EntryPage, EntryView};
use crate::access::ops;
use crate::app::App;
use crate::identity::Auth;
use crate::kernel::id::GrantId;
use crate::kernel::page::Position;
use crate::platform::http::Failure;
use crate::platform::http::paging::{PageWanted, cut};
use crate::platform::http::reply::{Found, found};
use poem::web::Data;
use poem_openapi::param::Query;
use poem_openapi::payload::PlainText;
use poem_openapi::{ApiResponse, OpenApi};

/// 200 with a table.
#[derive(ApiResponse)]
enum Table {
    /// The log as CSV
    #[oai(status = 200, content_type = "text/csv")]
    Ok(
        PlainText<String>,
        /// Offers the file's name.
        #[oai(header = "Content-Disposition")]
        String,
    ),
}

pub struct AccessLogApi;

#[OpenApi(tag = "Tag::Access")]
impl AccessLogApi {
    /// List calls through the gateway, your organization on either side
    #[oai(path = "/v1/access-log", method = "get", operation_id = "list_access_log")]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the query")]
    async fn list_access_log(
        &self,
        app: Data<&App>,
        auth: Auth,
        /// Only those of this letter of access.
        grant: Query<Option<GrantId>>,
        /// Most rows of the page, from 1 to 100; 20 when absent.
        limit: Query<Option<i64>>,
        /// Where the page begins: `next` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Found<EntryPage>, Failure> {
        let list = format!("access-log:{}:{}", auth.0.vendor, auth.0.organization);
        let page = PageWanted::read(&app.cursors, &list, limit.0, cursor.0.as_deref())?;
        let mut rows = ops::list_log(&app, &auth.0, grant.0, page).await?;
        let next = cut(&mut rows, page.limit, |entry| Position { at: entry.at, id: entry.id.0 });
        Ok(found(EntryPage {
            items: rows.into_iter().map(EntryView::from).collect(),
            next: next.map(|position| app.cursors.seal(&list, position)),
        }))
    }

    /// The access log as a table
    ///
    /// The latest 10,000 calls, latest first.
    #[oai(path = "/v1/access-log.csv", method = "get", operation_id = "export_access_log")]
    async fn export_access_log(
        &self,
        app: Data<&App>,
        auth: Auth,
        /// Only those of this letter of access.
        grant: Query<Option<GrantId>>,
    ) -> Result<Table, Failure> {
        let csv = ops::export_log(&app, &auth.0, grant.0).await?;
        let name = "attachment; filename=\"access-log.csv\"".to_owned();
        Ok(Table::Ok(PlainText(csv), name))
    }
}
