//! Which reseller sourced or manages a customer's account.

use crate::kernel::check::Invalid;
use crate::kernel::id::{AttributionId, OrganizationId};
use crate::text_enum;
use chrono::{DateTime, Utc};

text_enum! {
    /// What a reseller of record does for an account.
    pub enum AttributionKind {
        /// It brought the account: its share ends with the program's window.
        Sourced = "sourced",
        /// It looks after the account: its share lasts as long as it does.
        Managed = "managed",
    }
}

/// The reseller of record of a customer's account in one stretch of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribution {
    pub id: AttributionId,
    pub customer: OrganizationId,
    pub customer_name: String,
    pub reseller: OrganizationId,
    pub reseller_name: String,
    pub kind: AttributionKind,
    pub since: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    /// Why it was set.
    pub reason: String,
    pub end_reason: Option<String>,
    pub set_by_name: Option<String>,
    /// An engagement that the customer signs before this owes the reseller its share; `None` while
    /// it manages the account.
    pub shares_until: Option<DateTime<Utc>>,
}

/// A customer's account with the reseller of record it has now, if any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub customer: OrganizationId,
    pub name: String,
    pub city: String,
    pub country: String,
    /// Since when the customer is in the program.
    pub since: DateTime<Utc>,
    /// The open attribution; its share may have run out.
    pub attribution: Option<Attribution>,
}

/// Who is owed the reseller's part of an engagement signed at a given instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResellerOfRecord {
    pub organization: OrganizationId,
    pub name: String,
    pub kind: AttributionKind,
    pub since: DateTime<Utc>,
}

/// The attribution to be set.
#[derive(Debug, Clone)]
pub struct NewAttribution {
    pub customer: OrganizationId,
    pub reseller: OrganizationId,
    pub kind: AttributionKind,
    /// When the reseller brought the account, or began to manage it; now when absent.
    pub since: Option<DateTime<Utc>>,
    pub reason: String,
}

/// Where the latest attribution of an account stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Latest {
    pub id: AttributionId,
    pub reseller: OrganizationId,
    pub kind: AttributionKind,
    pub since: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
}

/// Whether another attribution may begin at `since`; answers the open one that it ends.
///
/// Stretches of time never overlap, and none begins in the future. A reseller may follow itself as
/// another kind.
pub fn follow(
    latest: Option<Latest>,
    (reseller, kind): (OrganizationId, AttributionKind),
    since: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Option<Latest>, Invalid> {
    if since > now {
        return Err(Invalid::field("since", "Name a day that has come"));
    }
    let Some(latest) = latest else { return Ok(None) };
    if latest.ended_at.is_none() && (latest.reseller, latest.kind) == (reseller, kind) {
        return Err(Invalid::field("reseller", "This reseller is the account's already"));
    }
    let earliest = latest.ended_at.unwrap_or(latest.since);
    if since < earliest {
        let message =
            format!("Name a day after {}: until then it was another's", earliest.date_naive());
        return Err(Invalid::field("since", message));
    }
    Ok(latest.ended_at.is_none().then_some(latest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Duration;
    use uuid::Uuid;

    #[test]
    fn stretches_follow_each_other() {
        let now = DateTime::UNIX_EPOCH + Duration::days(100);
        let day = |n| DateTime::UNIX_EPOCH + Duration::days(n);
        let (one, two) = (OrganizationId(Uuid::from_u128(1)), OrganizationId(Uuid::from_u128(2)));
        let (id, kind) = (AttributionId(Uuid::nil()), AttributionKind::Sourced);
        let open = Latest { id, reseller: one, kind, since: day(10), ended_at: None };
        let ended = Latest { ended_at: Some(day(20)), ..open };
        let (one, two) = ((one, kind), (two, kind));
        assert_eq!(follow(None, one, day(100), now), Ok(None));
        assert!(follow(None, one, day(101), now).is_err(), "not from the future");
        assert_eq!(follow(Some(open), two, day(10), now), Ok(Some(open)));
        assert!(follow(Some(open), two, day(9), now).is_err(), "not over another's time");
        assert!(follow(Some(open), one, day(50), now).is_err(), "not the same again");
        let manages = (one.0, AttributionKind::Managed);
        assert_eq!(follow(Some(open), manages, day(50), now), Ok(Some(open)), "as another kind");
        assert_eq!(follow(Some(ended), one, day(20), now), Ok(None));
        assert!(follow(Some(ended), one, day(19), now).is_err());
    }
}
