//! Who vouches for the organization behind a letter: the program, which approved it.

use api::kernel::id::OrganizationId;
use api::program::{self, EnrollmentState};

use crate::format;
use crate::pages::program::words::tier;
use crate::site::{PageError, Visit};

/// "Brandt Lifecycle, approved partner of Larkfield since 12 May 2026: Accredited".
pub async fn works_for(
    visit: &Visit,
    (partner, name): (OrganizationId, &str),
) -> Result<String, PageError> {
    let mut tx = visit.app().db.read(visit.caller()?).await?;
    let enrollment = program::enrollment(&mut tx, partner).await?;
    let of = &visit.shell().program.vendor;
    Ok(match enrollment {
        Some(it) if it.state == EnrollmentState::Active => {
            let since = format::date(it.since.with_timezone(&visit.zone()).date_naive());
            format!("{name}, approved partner of {of} since {since}: {}", tier(it.tier).name)
        }
        Some(it) if it.state == EnrollmentState::Suspended => {
            format!("{name}, suspended by {of} at present")
        }
        _ => format!("{name}, no partner of {of} at present"),
    })
}
