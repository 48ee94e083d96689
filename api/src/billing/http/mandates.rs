//! Cards that pay weeks as they lock, over HTTP.

use super::endpoints::Tag;
use crate::app::App;
use crate::billing::model::{Mandate, MandateEnd, MandateOffer, MandateStanding};
use crate::billing::ops::{self, MandateView as Seen};
use crate::identity::Auth;
use crate::kernel::id::{EngagementId, PaymentMethodId, PersonId, WeekMandateId};
use crate::kernel::money::Money;
use crate::platform::http::Failure;
use crate::platform::http::reply::{Created, Found, NoContent, created, found};
use chrono::{DateTime, Utc};
use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

/// Your organization's word that a kept card pays the weeks of an engagement as they lock.
#[derive(Object)]
pub struct MandateView {
    /// The mandate.
    pub id: WeekMandateId,
    /// Whose weeks it pays.
    pub engagement: EngagementId,
    /// The card.
    pub method: PaymentMethodId,
    /// What was agreed to, word for word.
    pub words: String,
    /// The most that is charged for a week.
    pub most_a_week: Money,
    /// Who agreed.
    pub given_by: PersonId,
    /// When.
    pub given_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// Why it ended.
    pub ended_because: Option<MandateEnd>,
}

impl From<Mandate> for MandateView {
    fn from(of: Mandate) -> Self {
        Self {
            id: of.id,
            engagement: of.engagement,
            method: of.method,
            words: of.words,
            most_a_week: of.most,
            given_by: of.given_by,
            given_at: of.given_at,
            ended_at: of.ended.map(|(at, _)| at),
            ended_because: of.ended.map(|(_, because)| because),
        }
    }
}

/// A card that may pay the weeks.
#[derive(Object)]
pub struct MandateOfferView {
    /// The card.
    pub method: PaymentMethodId,
    /// What is agreed to with it; sent back word for word.
    pub words: String,
}

impl From<MandateOffer> for MandateOfferView {
    fn from(of: MandateOffer) -> Self {
        Self { method: of.card.id, words: of.words }
    }
}

/// How the weeks of an engagement are paid.
#[derive(Object)]
pub struct WeeksPaidView {
    /// The mandate that holds, else the one that ended last; absent when there was none.
    pub mandate: Option<MandateView>,
    /// Whether it pays the next week; `suspended` while its card is past its last month.
    pub standing: Option<MandateStanding>,
    /// What may be agreed to now, the default card first.
    pub offers: Vec<MandateOfferView>,
    /// The most that is charged for a week.
    pub most_a_week: Money,
}

impl From<Seen> for WeeksPaidView {
    fn from(of: Seen) -> Self {
        Self {
            standing: of.seen.as_ref().map(|seen| seen.standing),
            mandate: of.seen.map(|seen| seen.mandate.into()),
            offers: of.offers.into_iter().map(MandateOfferView::from).collect(),
            most_a_week: of.most,
        }
    }
}

/// A yes to a mandate.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct MandateBody {
    /// The card that pays.
    pub method: PaymentMethodId,
    /// The words that were read, as `offers` has them.
    pub words: String,
}

pub struct MandatesApi;

#[OpenApi(tag = "Tag::Billing")]
impl MandatesApi {
    /// How the weeks are paid
    ///
    /// For owners and admins of the customer of an engagement by the hour.
    #[oai(
        path = "/v1/engagements/:engagement/mandate",
        method = "get",
        operation_id = "see_mandate"
    )]
    async fn see_mandate(
        &self,
        app: Data<&App>,
        auth: Auth,
        engagement: Path<EngagementId>,
    ) -> Result<Found<WeeksPaidView>, Failure> {
        Ok(found(ops::see_mandate(&app, &auth.0, engagement.0).await?.into()))
    }

    /// Let a kept card pay the weeks
    ///
    /// Each week that locks from now on is charged once, when it locks. A mandate of another card
    /// ends with it. What is declined, or wants its payer, is told and stays to be paid by hand.
    #[oai(
        path = "/v1/engagements/:engagement/mandate",
        method = "post",
        operation_id = "give_mandate"
    )]
    async fn give_mandate(
        &self,
        app: Data<&App>,
        auth: Auth,
        engagement: Path<EngagementId>,
        body: Json<MandateBody>,
    ) -> Result<Created<MandateView>, Failure> {
        let agreed = (body.0.method, body.0.words.as_str());
        let given = ops::give_mandate(&app, &auth.0, engagement.0, agreed).await?;
        let location = format!("/v1/engagements/{}/mandate", given.engagement);
        Ok(created(MandateView::from(given), location))
    }

    /// Stop paying the weeks by card
    ///
    /// Weeks that lock from now on are paid by hand. A charge that has begun is concluded.
    #[oai(
        path = "/v1/engagements/:engagement/mandate",
        method = "delete",
        operation_id = "stop_mandate"
    )]
    async fn stop_mandate(
        &self,
        app: Data<&App>,
        auth: Auth,
        engagement: Path<EngagementId>,
    ) -> Result<NoContent, Failure> {
        ops::stop_mandate(&app, &auth.0, engagement.0).await?;
        Ok(NoContent::Ok)
    }
}
