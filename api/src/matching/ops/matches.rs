//! Matches: computing them, and showing them with the people in them.

use super::briefs::{lock_own, zone_of};
use crate::app::App;
use crate::directory::{self, Expert};
use crate::kernel::check::Invalid;
use crate::kernel::id::{BriefId, ProfileId};
use crate::matching::model::score::{Candidate, MOST_RANKED, Need, Offer, rank};
use crate::matching::model::{Brief, BriefStep, Matches, ShownMatch};
use crate::matching::policy::may_see_brief;
use crate::matching::store::{self, MatchRow};
use crate::platform::caller::Caller;
use crate::platform::db::Tx;
use crate::platform::refusal::Result;
use chrono::{DateTime, Utc};
use std::collections::HashMap;

/// How many are shown first.
const SHOWN_FIRST: i64 = 5;

/// Ranks every consultant who may be booked for the brief and keeps the best. Answers how many
/// were kept. Four queries read and write, whatever the number of candidates; the caller holds the
/// brief's lock.
pub(super) async fn compute(app: &App, tx: &mut Tx, brief: &Brief) -> Result<usize> {
    let need = need_of(brief, app.clock.now())?;
    let mut published = store::eligible(tx, brief.customer).await?;
    let experts = directory::candidates(tx).await?;
    let candidate = |expert: Expert| {
        let published_at = published.remove(&expert.profile)?;
        Some(candidate_of(expert, published_at))
    };
    let candidates: Vec<Candidate> = experts.into_iter().filter_map(candidate).collect();
    let ranked = rank(&need, &candidates);
    let kept = ranked.len();
    store::replace_matches(tx, &app.ids, brief.id, ranked).await?;
    Ok(kept)
}

fn need_of(brief: &Brief, now: DateTime<Utc>) -> Result<Need> {
    let zone = zone_of(brief)?;
    Ok(Need {
        skills: brief.skills.clone(),
        industry: brief.industry.clone(),
        budget_min: brief.budget_min,
        budget_max: brief.budget_max,
        need_by: brief.need_by,
        today: now.with_timezone(&zone.tz()).date_naive(),
        languages: brief.languages.clone(),
        overlap_minutes: brief.overlap_minutes,
        zone,
    })
}

fn candidate_of(expert: Expert, published_at: DateTime<Utc>) -> Candidate {
    let offer = |offer: directory::Offer| Offer {
        service: offer.service,
        category: offer.category,
        title: match offer.hourly {
            Some(_) => format!("{}, all weeks at most,", offer.title),
            None => offer.title,
        },
        currency: offer.price.currency(),
        price_minor: offer.price.minor(),
    };
    Candidate {
        profile: expert.profile,
        published_at,
        skills: expert.skills.into_iter().map(|skill| skill.slug).collect(),
        industries: expert.industries.into_iter().map(|industry| industry.slug).collect(),
        languages: expert.languages.into_iter().collect(),
        zone: expert.zone,
        works_from: expert.works_from,
        works_until: expert.works_until,
        free_from: expert.free_from,
        jobs: expert.jobs.into_iter().map(|jobs| (jobs.category, jobs.jobs.into())).collect(),
        offers: expert.offers.into_iter().map(offer).collect(),
        reviews: expert.rating.reviews.into(),
    }
}

/// Computes the matches of an open brief again, with the people as they are now.
///
/// Errors: `brief-state` unless it is open; 404 when it is another's.
pub async fn refresh_matches(app: &App, caller: &Caller, id: BriefId) -> Result<Matches> {
    let mut tx = app.db.write(caller).await?;
    let brief = lock_own(&mut tx, caller, id).await?;
    brief.state.after(BriefStep::Match)?;
    compute(app, &mut tx, &brief).await?;
    let matches = show(&mut tx, brief, SHOWN_FIRST).await?;
    tx.commit().await?;
    Ok(matches)
}

/// The matches of a brief of the caller's organization: the first five, or as many as `limit`
/// says, at most 20. Four queries.
pub async fn see_matches(
    app: &App,
    caller: &Caller,
    id: BriefId,
    limit: Option<i64>,
) -> Result<Matches> {
    let limit = limit.unwrap_or(SHOWN_FIRST);
    let most = i64::try_from(MOST_RANKED).unwrap_or(i64::MAX);
    if !(1..=most).contains(&limit) {
        return Err(Invalid::field("limit", format!("Ask for 1 to {most} matches")).into());
    }
    let mut tx = app.db.read(caller).await?;
    let brief = store::brief(&mut tx, id).await?;
    may_see_brief(caller, &brief)?;
    show(&mut tx, brief, limit).await
}

async fn show(tx: &mut Tx, brief: Brief, limit: i64) -> Result<Matches> {
    let rows = store::matches(tx, brief.id).await?;
    let profiles: Vec<ProfileId> = rows.iter().map(|row| row.profile).collect();
    let experts = directory::experts(tx, &profiles).await?;
    let mut experts: HashMap<ProfileId, Expert> =
        experts.into_iter().map(|expert| (expert.profile, expert)).collect();
    let places = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    let computed_at = rows.first().map(|row| row.computed_at);
    let items = rows
        .into_iter()
        .filter_map(|row| Some(shown(experts.remove(&row.profile)?, row)))
        .take(usize::try_from(limit).unwrap_or(MOST_RANKED))
        .collect();
    Ok(Matches { brief, items, places, computed_at })
}

fn shown(expert: Expert, row: MatchRow) -> ShownMatch {
    let service = expert.offers.iter().find(|offer| Some(offer.service) == row.service).cloned();
    ShownMatch {
        id: row.id,
        place: row.place,
        score_milli: row.score_milli,
        factors: row.explanation.factors,
        watch_out: row.watch_out,
        change: row.explanation.change,
        newcomer: row.explanation.newcomer,
        service,
        expert,
        invitation: row.invitation,
    }
}
