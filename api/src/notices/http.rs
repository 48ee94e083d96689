//! Notices over HTTP.

use super::model::{MutedKind, Notice, NoticePage};
use super::ops;
use crate::app::App;
use crate::identity::Auth;
use crate::kernel::id::NoticeId;
use crate::platform::http::Failure;
use crate::platform::http::paging::PageQuery;
use crate::platform::http::reply::{Found, NoContent, found};
use chrono::{DateTime, Utc};
use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi, Tags};

#[derive(Tags)]
enum Tag {
    /// What you were told, and what is mailed to you
    Notices,
}

pub struct NoticesApi;

#[OpenApi(tag = "Tag::Notices")]
impl NoticesApi {
    /// List your notices, latest first
    #[oai(path = "/v1/notices", method = "get", operation_id = "list_notices")]
    async fn list_notices(
        &self,
        app: Data<&App>,
        auth: Auth,
        /// Rows a page, from 1 to 100; 20 when absent.
        limit: PageQuery,
    ) -> Result<Found<NoticePageView>, Failure> {
        let page = ops::list(&app, &auth.0, limit.limit, limit.cursor.as_deref()).await?;
        let unread = ops::unread_count(&app, &auth.0).await?;
        Ok(found(NoticePageView::new(page, unread)))
    }

    /// Note that you read a notice
    #[oai(path = "/v1/notices/:notice/read", method = "post", operation_id = "read_notice")]
    async fn read_notice(
        &self,
        app: Data<&App>,
        auth: Auth,
        notice: Path<NoticeId>,
    ) -> Result<NoContent, Failure> {
        ops::mark_read(&app, &auth.0, notice.0).await?;
        Ok(NoContent::Ok)
    }

    /// Note that you read all notices
    #[oai(path = "/v1/notices/read-all", method = "post", operation_id = "read_all_notices")]
    async fn read_all_notices(&self, app: Data<&App>, auth: Auth) -> Result<NoContent, Failure> {
        ops::mark_all_read(&app, &auth.0).await?;
        Ok(NoContent::Ok)
    }

    /// The kinds of notices, and which are not mailed to you
    #[oai(path = "/v1/notices/muted", method = "get", operation_id = "list_muted_notices")]
    async fn list_muted(
        &self,
        app: Data<&App>,
        auth: Auth,
    ) -> Result<Found<Vec<MutedKindView>>, Failure> {
        let kinds = ops::muted(&app, &auth.0).await?;
        Ok(found(kinds.into_iter().map(MutedKindView::from).collect()))
    }

    /// Choose which kinds are not mailed to you; money, access and disputes always are
    #[oai(path = "/v1/notices/muted", method = "put", operation_id = "set_muted_notices")]
    async fn set_muted(
        &self,
        app: Data<&App>,
        auth: Auth,
        body: Json<MutedBody>,
    ) -> Result<NoContent, Failure> {
        ops::set_muted(&app, &auth.0, &body.0.kinds).await?;
        Ok(NoContent::Ok)
    }
}

/// The kinds that shall not be mailed.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct MutedBody {
    /// Words of kinds; all others are mailed.
    #[oai(validator(max_items = 50))]
    pub kinds: Vec<String>,
}

/// A kind of notices, and your choice.
#[derive(Object)]
pub struct MutedKindView {
    /// The kind's word.
    pub kind: String,
    /// What it covers.
    pub label: String,
    /// Whether it is not mailed to you.
    pub muted: bool,
    /// Whether it can be muted at all.
    pub can_be_muted: bool,
}

impl From<MutedKind> for MutedKindView {
    fn from(choice: MutedKind) -> Self {
        Self {
            kind: choice.kind.word.to_owned(),
            label: choice.kind.label.to_owned(),
            muted: choice.muted,
            can_be_muted: choice.kind.can_be_muted,
        }
    }
}

/// A page of notices.
#[derive(Object)]
pub struct NoticePageView {
    /// Latest first.
    pub items: Vec<NoticeView>,
    /// Send it as cursor for the next page; absent on the last.
    pub next: Option<String>,
    /// How many you have not read.
    pub unread: u32,
}

impl NoticePageView {
    fn new(page: NoticePage, unread: u32) -> Self {
        let items = page.items.into_iter().map(NoticeView::from).collect();
        Self { items, next: page.next, unread }
    }
}

/// Something you were told.
#[derive(Object)]
pub struct NoticeView {
    /// The notice.
    pub id: NoticeId,
    /// Its kind.
    pub kind: String,
    /// Who did what.
    pub title: String,
    /// More about it.
    pub body: String,
    /// The page of the deed, a path inside the program's pages.
    pub link: String,
    /// When it happened.
    pub created_at: DateTime<Utc>,
    /// When you read it.
    pub read_at: Option<DateTime<Utc>>,
}

impl From<Notice> for NoticeView {
    fn from(notice: Notice) -> Self {
        Self {
            id: notice.id,
            kind: notice.kind,
            title: notice.title,
            body: notice.body,
            link: notice.link,
            created_at: notice.created_at,
            read_at: notice.read_at,
        }
    }
}
