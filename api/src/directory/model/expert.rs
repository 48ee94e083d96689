//! A consultant as the directory shows them and as matching weighs them.

use super::hourly::Hourly;
use super::service::AccessPreset;
use crate::kernel::id::{OrganizationId, PersonId, ProfileId, ServiceId};
use crate::kernel::money::Money;
use crate::kernel::zone::Zone;
use crate::program::Tier;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};

/// A word of the taxonomy with its title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub slug: String,
    pub title: String,
}

/// Published reviews in sum. Each gives outcome, communication and value 1 to 5 points.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rating {
    pub reviews: i32,
    /// Sum of the three over all reviews.
    pub points: i32,
}

impl Rating {
    /// The average of all points, in hundredths (100 to 500), rounded to the nearest; `None`
    /// without a review.
    pub fn average_hundredths(self) -> Option<i32> {
        let marks = i64::from(self.reviews) * 3;
        if marks <= 0 {
            return None;
        }
        let hundredths = (i64::from(self.points) * 100 + marks / 2) / marks;
        i32::try_from(hundredths).ok()
    }
}

/// Completed, paid engagements in one category. An empty word: work of no category.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jobs {
    pub category: String,
    pub jobs: i32,
}

/// A published service in one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    pub service: ServiceId,
    pub profile: ProfileId,
    pub slug: String,
    pub title: String,
    pub outcome: String,
    pub category: String,
    pub access: AccessPreset,
    /// All milestones together, or the most that all weeks cost; fees included.
    pub price: Money,
    /// All milestones together, or all weeks.
    pub days: i32,
    /// For work by the hour.
    pub hourly: Option<Hourly>,
}

/// Where a published profile is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicAddress {
    pub organization: OrganizationId,
    /// The expert's name.
    pub name: String,
    pub slug: String,
}

/// A consultant whose profile is published, with the columns that may be shown to anyone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expert {
    pub profile: ProfileId,
    pub slug: String,
    pub person: PersonId,
    pub name: String,
    pub organization: OrganizationId,
    pub organization_name: String,
    pub city: String,
    /// ISO 3166-1, two letters.
    pub country: String,
    pub headline: String,
    pub skills: Vec<Named>,
    pub industries: Vec<Named>,
    pub languages: Vec<String>,
    pub zone: Zone,
    /// Monday to Friday, on the clock of the zone.
    pub works_from: NaiveTime,
    pub works_until: NaiveTime,
    pub accepting_clients: bool,
    /// Not before this day, if one was named.
    pub free_from: Option<NaiveDate>,
    pub tier: Tier,
    /// When the organization came into the program.
    pub since: DateTime<Utc>,
    pub rating: Rating,
    pub jobs: Vec<Jobs>,
    /// Cheapest first.
    pub offers: Vec<Offer>,
}

impl Expert {
    /// Verified jobs of all categories.
    pub fn jobs_in_all(&self) -> i32 {
        self.jobs.iter().map(|j| j.jobs).sum()
    }

    /// The cheapest published service.
    pub fn from_price(&self) -> Option<Money> {
        self.offers.first().map(|o| o.price)
    }
}

#[cfg(test)]
mod tests {
    use super::Rating;

    #[test]
    fn averages_round_to_the_nearest_hundredth() {
        let average = |reviews, points| Rating { reviews, points }.average_hundredths();
        assert_eq!(average(0, 0), None);
        assert_eq!(average(1, 15), Some(500));
        assert_eq!(average(1, 14), Some(467));
        assert_eq!(average(2, 29), Some(483));
        assert_eq!(average(14, 206), Some(490));
    }
}
