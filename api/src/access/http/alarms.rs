//! Alarms over HTTP: for the program's staff all of them, for a customer its own.

use super::Tag;
use super::views::GrantView;
use crate::access::model::{Alarm, AlarmKind, AlarmState, AlarmsWanted};
use crate::access::ops;
use crate::app::App;
use crate::identity::Auth;
use crate::kernel::id::{AccessAlarmId, GrantId, OrganizationId, PersonId};
use crate::platform::http::Failure;
use crate::platform::http::paging::PageQuery;
use crate::platform::http::reply::{Found, found};
use chrono::{DateTime, Utc};
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

/// Something unusual about the calls of a letter: counts and times, and nothing of what the calls
/// were about.
#[derive(Object)]
struct AlarmView {
    /// The alarm.
    id: AccessAlarmId,
    /// The letter.
    grant: GrantId,
    /// The engagement's number as people read it.
    engagement_label: String,
    /// The customer's organization.
    customer: OrganizationId,
    /// The customer's name.
    customer_name: String,
    /// The account's name.
    account_name: String,
    /// The name of the organization that does the work.
    partner_name: String,
    /// The person whom the letter names.
    consultant: PersonId,
    /// That person's name.
    consultant_name: String,
    /// What was unusual.
    kind: AlarmKind,
    /// The same in a sentence.
    sentence: String,
    /// Refused calls, reads of the night, or calls from the new places.
    calls: i64,
    /// Reads of the busiest night of the two weeks before.
    usual_calls: i64,
    /// Contacts taken out in the night.
    contacts: i64,
    /// Contacts taken out in the busiest night before.
    usual_contacts: i64,
    /// The codes of countries that are new.
    countries: Vec<String>,
    /// Networks that are new, in countries that are not.
    networks: i64,
    /// When it began.
    began_at: DateTime<Utc>,
    /// The last call that was counted.
    last_at: DateTime<Utc>,
    /// When the alarm was raised.
    raised_at: DateTime<Utc>,
    /// How far people are with it.
    state: AlarmState,
    /// When somebody began to look into it.
    seen_at: Option<DateTime<Utc>>,
    /// Who that is.
    seen_by: Option<String>,
    /// When it was closed.
    closed_at: Option<DateTime<Utc>>,
    /// Who closed it.
    closed_by: Option<String>,
    /// What they found.
    note: String,
}

/// A page of alarms.
#[derive(Object)]
struct AlarmPage {
    /// The alarms, latest first.
    items: Vec<AlarmView>,
    /// Where the next page begins; absent on the last.
    next: Option<String>,
}

/// What was found.
#[derive(Object)]
#[oai(deny_unknown_fields)]
struct CloseAlarmBody {
    /// For everybody who sees the alarm: the program's staff and the customer.
    note: String,
}

pub struct AlarmsApi;

#[OpenApi(tag = "Tag::Access")]
impl AlarmsApi {
    /// List alarms about letters of access, latest first
    ///
    /// The program's staff see all of their program, a customer those about its own accounts.
    #[oai(path = "/v1/alarms", method = "get", operation_id = "list_alarms")]
    #[expect(clippy::too_many_arguments, reason = "each filter of the list under its own name")]
    async fn list_alarms(
        &self,
        app: Data<&App>,
        auth: Auth,
        /// Only those in this state.
        state: Query<Option<AlarmState>>,
        /// Only those about this letter.
        grant: Query<Option<GrantId>>,
        /// Rows a page, from 1 to 100; 20 when absent.
        limit: PageQuery,
    ) -> Result<Found<AlarmPage>, Failure> {
        let wanted = AlarmsWanted { state: state.0, open: false, grant: grant.0 };
        let PageQuery { limit, cursor } = limit;
        let page = (limit, cursor.as_deref());
        let (rows, next) = ops::list_alarms(&app, &auth.0, wanted, page).await?;
        Ok(found(AlarmPage { items: rows.into_iter().map(AlarmView::from).collect(), next }))
    }

    /// One alarm
    #[oai(path = "/v1/alarms/:alarm", method = "get", operation_id = "get_alarm")]
    async fn get_alarm(
        &self,
        app: Data<&App>,
        auth: Auth,
        alarm: Path<AccessAlarmId>,
    ) -> Result<Found<AlarmView>, Failure> {
        Ok(found(ops::get_alarm(&app, &auth.0, alarm.0).await?.into()))
    }

    /// Say that you look into an alarm
    #[oai(path = "/v1/alarms/:alarm/see", method = "post", operation_id = "see_alarm")]
    async fn see_alarm(
        &self,
        app: Data<&App>,
        auth: Auth,
        alarm: Path<AccessAlarmId>,
    ) -> Result<Found<AlarmView>, Failure> {
        ops::see_alarm(&app, &auth.0, alarm.0).await?;
        Ok(found(ops::get_alarm(&app, &auth.0, alarm.0).await?.into()))
    }

    /// Close an alarm with what you found
    ///
    /// What comes after it counts anew. The letter goes on as it is.
    #[oai(path = "/v1/alarms/:alarm/close", method = "post", operation_id = "close_alarm")]
    async fn close_alarm(
        &self,
        app: Data<&App>,
        auth: Auth,
        alarm: Path<AccessAlarmId>,
        body: Json<CloseAlarmBody>,
    ) -> Result<Found<AlarmView>, Failure> {
        ops::close_alarm(&app, &auth.0, alarm.0, &body.0.note).await?;
        Ok(found(ops::get_alarm(&app, &auth.0, alarm.0).await?.into()))
    }

    /// Let a letter of access rest, at once
    ///
    /// The next call is refused until an owner or admin of the customer restores the letter.
    #[oai(path = "/v1/grants/:grant/rest", method = "post", operation_id = "rest_grant")]
    async fn rest_grant(
        &self,
        app: Data<&App>,
        auth: Auth,
        grant: Path<GrantId>,
    ) -> Result<Found<GrantView>, Failure> {
        ops::rest_grant(&app, &auth.0, grant.0).await?;
        Ok(found(GrantView::of(&app, ops::get_grant(&app, &auth.0, grant.0).await?)))
    }
}

impl From<Alarm> for AlarmView {
    fn from(a: Alarm) -> Self {
        Self {
            id: a.id,
            grant: a.grant,
            engagement_label: format!("A-{}", a.engagement_number),
            customer: a.customer,
            customer_name: a.customer_name,
            account_name: a.account_name,
            partner_name: a.partner_name,
            consultant: a.consultant,
            consultant_name: a.consultant_name,
            kind: a.what.kind,
            sentence: a.what.sentence(),
            calls: a.what.calls,
            usual_calls: a.what.usual_calls,
            contacts: a.what.contacts,
            usual_contacts: a.what.usual_contacts,
            countries: a.what.countries,
            networks: a.what.networks,
            began_at: a.what.began_at,
            last_at: a.what.last_at,
            raised_at: a.raised_at,
            state: a.state,
            seen_at: a.seen_at,
            seen_by: a.seen_by,
            closed_at: a.closed_at,
            closed_by: a.closed_by,
            note: a.note,
        }
    }
}
