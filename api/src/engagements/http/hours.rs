//! Work by the hour: weeks, and the time in them.

use super::views::{TimeBody, TimeEntryView, WeekSheetView, WeeksView};
use crate::app::App;
use crate::engagements::ops;
use crate::identity::{Asked, Auth};
use crate::kernel::id::{EngagementId, TimeEntryId};
use crate::platform::http::Failure;
use crate::platform::http::paging::if_match;
use crate::platform::http::reply::{
    Created, Found, NoContent, Versioned, created, found, versioned,
};
use chrono::NaiveDate;
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{OpenApi, Tags};

#[derive(Tags)]
enum Tag {
    /// Work by the hour: time sheets and weeks
    Hours,
}

pub struct HoursApi;

#[OpenApi(tag = "Tag::Hours")]
impl HoursApi {
    /// The weeks of an engagement by the hour, latest first
    #[oai(path = "/v1/engagements/:engagement/weeks", method = "get", operation_id = "list_weeks")]
    async fn list_weeks(
        &self,
        app: Data<&App>,
        auth: Auth,
        engagement: Path<EngagementId>,
    ) -> Result<Found<WeeksView>, Failure> {
        Ok(found(ops::see_weeks(&app, &auth.0, engagement.0).await?.into()))
    }

    /// The time sheet of a week
    #[oai(
        path = "/v1/engagements/:engagement/time-sheet",
        method = "get",
        operation_id = "get_time_sheet"
    )]
    async fn get_time_sheet(
        &self,
        app: Data<&App>,
        auth: Auth,
        engagement: Path<EngagementId>,
        /// A day of the week, in UTC; this week when absent.
        day: Query<Option<NaiveDate>>,
    ) -> Result<Found<WeekSheetView>, Failure> {
        let of = (engagement.0, day.0);
        Ok(found(ops::see_week(&app, &auth.0, of).await?.into()))
    }

    /// Write time down, as the consultant who worked
    #[oai(
        path = "/v1/engagements/:engagement/time-entries",
        method = "post",
        operation_id = "write_time"
    )]
    async fn write_time(
        &self,
        asked: Asked,
        engagement: Path<EngagementId>,
        body: Json<TimeBody>,
    ) -> Result<Created<TimeEntryView>, Failure> {
        let Asked { app, caller } = asked;
        let entry = ops::write_time(&app, &caller, engagement.0, body.0.into()).await?;
        let location = format!("/v1/time-entries/{}", entry.id);
        Ok(created(entry.into(), location))
    }

    /// An entry of a time sheet
    #[oai(path = "/v1/time-entries/:time_entry", method = "get", operation_id = "get_time_entry")]
    async fn get_time_entry(
        &self,
        app: Data<&App>,
        auth: Auth,
        time_entry: Path<TimeEntryId>,
    ) -> Result<Versioned<TimeEntryView>, Failure> {
        let entry = ops::see_time(&app, &auth.0, time_entry.0).await?;
        let version = entry.version;
        Ok(versioned(entry.into(), version))
    }

    /// Write an entry anew, until its week locks
    #[oai(path = "/v1/time-entries/:time_entry", method = "put", operation_id = "edit_time_entry")]
    async fn edit_time_entry(
        &self,
        asked: Asked,
        time_entry: Path<TimeEntryId>,
        /// The ETag that was read.
        #[oai(name = "If-Match")]
        version: Header<Option<String>>,
        body: Json<TimeBody>,
    ) -> Result<Versioned<TimeEntryView>, Failure> {
        let version = if_match(version.0.as_deref())?;
        let Asked { app, caller } = asked;
        let of = (time_entry.0, version);
        let entry = ops::change_time(&app, &caller, of, body.0.into()).await?;
        let version = entry.version;
        Ok(versioned(entry.into(), version))
    }

    /// Take an entry away, until its week locks
    #[oai(
        path = "/v1/time-entries/:time_entry",
        method = "delete",
        operation_id = "delete_time_entry"
    )]
    async fn delete_time_entry(
        &self,
        asked: Asked,
        time_entry: Path<TimeEntryId>,
    ) -> Result<NoContent, Failure> {
        let Asked { app, caller } = asked;
        ops::delete_time(&app, &caller, time_entry.0).await?;
        Ok(NoContent::Ok)
    }
}
