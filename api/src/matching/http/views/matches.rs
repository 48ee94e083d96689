//! Matches over HTTP.

use crate::kernel::id::{BriefId, InvitationId, MatchId, ProfileId, ServiceId};
use crate::kernel::money::Money;
use crate::matching::model::score::{Factor, FactorKey};
use crate::matching::model::{InvitationState, Matches, ShownMatch};
use crate::program::Tier;
use chrono::{DateTime, Utc};
use poem_openapi::Object;
use serde_json::Value;

/// The matches of a brief.
#[derive(Object)]
pub struct MatchesView {
    /// The brief.
    pub brief: BriefId,
    /// First place first.
    pub items: Vec<MatchView>,
    /// How many places there are, at most 20.
    pub places: i64,
    /// When the places were computed.
    pub computed_at: Option<DateTime<Utc>>,
}

/// A consultant in their place, with the reasons for it.
#[derive(Object)]
pub struct MatchView {
    /// The match.
    pub id: MatchId,
    /// The place, from 1; by points, then verified jobs, then the earlier publication.
    pub place: i32,
    /// Thousandths of a point, at most 100,000; the sum of the factors.
    pub score_milli: i32,
    /// What the score is made of.
    pub factors: Vec<FactorView>,
    /// What speaks most against it.
    pub watch_out: String,
    /// What would add most points, and the place it would lead to.
    pub what_would_change: String,
    /// No finished job in this program yet; it changes no points.
    pub newcomer: bool,
    /// The profile.
    pub profile: ProfileId,
    /// The profile's word in addresses.
    pub slug: String,
    /// The consultant's name.
    pub name: String,
    /// The consultant's organization.
    pub organization: String,
    /// What the consultant does, in a line.
    pub headline: String,
    /// Where the organization is.
    pub city: String,
    /// Standing in the program.
    pub tier: Tier,
    /// Language tags.
    pub languages: Vec<String>,
    /// Verified jobs of all kinds.
    pub verified_jobs: i32,
    /// Average of published reviews, in hundredths of a point from 100 to 500.
    pub rating_hundredths: Option<i32>,
    /// Published reviews.
    pub reviews: i32,
    /// The service whose price was looked at.
    pub service: Option<MatchedServiceView>,
    /// The invitation, if the consultant was invited.
    pub invitation: Option<InvitationId>,
    /// Where that invitation stands.
    pub invitation_state: Option<InvitationState>,
}

/// A part of a score.
#[derive(Object)]
pub struct FactorView {
    /// Which part.
    pub key: FactorKey,
    /// Its name.
    pub title: String,
    /// Thousandths of a point that it gives.
    pub points_milli: i32,
    /// The most it can give.
    pub of_milli: i32,
    /// Why, in words.
    pub reason: String,
    /// What the reason says, as an object of facts.
    pub facts: Value,
}

impl From<Factor> for FactorView {
    fn from(factor: Factor) -> Self {
        Self {
            key: factor.key,
            title: factor.key.title().to_owned(),
            points_milli: factor.points_milli,
            of_milli: factor.of_milli,
            reason: factor.reason,
            facts: factor.facts,
        }
    }
}

/// A listed service in one line.
#[derive(Object)]
pub struct MatchedServiceView {
    /// The service.
    pub id: ServiceId,
    /// Its title.
    pub title: String,
    /// The price of all its milestones.
    pub price: Money,
    /// The days of all its milestones.
    pub days: i32,
}

impl From<ShownMatch> for MatchView {
    fn from(shown: ShownMatch) -> Self {
        let expert = shown.expert;
        Self {
            id: shown.id,
            place: shown.place,
            score_milli: shown.score_milli,
            factors: shown.factors.into_iter().map(FactorView::from).collect(),
            watch_out: shown.watch_out,
            what_would_change: shown.change.line,
            newcomer: shown.newcomer,
            verified_jobs: expert.jobs_in_all(),
            rating_hundredths: expert.rating.average_hundredths(),
            reviews: expert.rating.reviews,
            profile: expert.profile,
            slug: expert.slug,
            name: expert.name,
            organization: expert.organization_name,
            headline: expert.headline,
            city: expert.city,
            tier: expert.tier,
            languages: expert.languages,
            service: shown.service.map(|offer| MatchedServiceView {
                id: offer.service,
                title: offer.title,
                price: offer.price,
                days: offer.days,
            }),
            invitation: shown.invitation.map(|(id, _)| id),
            invitation_state: shown.invitation.map(|(_, state)| state),
        }
    }
}

impl From<Matches> for MatchesView {
    fn from(matches: Matches) -> Self {
        Self {
            brief: matches.brief.id,
            items: matches.items.into_iter().map(MatchView::from).collect(),
            places: matches.places,
            computed_at: matches.computed_at,
        }
    }
}
