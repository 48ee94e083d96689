//! Reviews: written blind by both sides, published together, answered once.

use super::note::{Note, note};
use super::seen::{lock_seen, of_caller, seen};
use crate::app::App;
use crate::engagements::EngagementError;
use crate::engagements::model::{
    Engagement, Marks, Review, ReviewHidden, ReviewPublished, ReviewReplied, ReviewWritten,
    RootCause, Side, Topic, after_days, may_be_written,
};
use crate::engagements::policy::{HideReview, ReplyToReview, Sight, WriteReview};
use crate::engagements::store::{self, NewReview, PublicReview};
use crate::identity::{allow, vendor_by_slug};
use crate::kernel::check::Checks;
use crate::kernel::id::{EngagementId, ReviewId};
use crate::kernel::page::Position;
use crate::platform::caller::Caller;
use crate::platform::db::{Scope, Tx};
use crate::platform::http::paging::PageWanted;
use crate::platform::jobs::event;
use crate::platform::refusal::{Common, Result};
use crate::program;
use chrono::{DateTime, Utc};
use serde_json::json;

/// What a side thinks of the other.
pub struct ReviewDraft {
    pub marks: Marks,
    pub text: String,
    /// Where a trouble came from, if there was one.
    pub root_cause: Option<RootCause>,
}

/// Writes the caller's side's one review of a completed engagement. With the second review both
/// are published; until then nobody but its writers' side reads one.
///
/// Errors: 422 for marks outside 1 to 5, `reviews-closed`, `already-reviewed`.
pub async fn write_review(
    app: &App,
    caller: &Caller,
    id: EngagementId,
    draft: ReviewDraft,
) -> Result<Review> {
    let allowed = allow::<WriteReview>(caller)?;
    let mut checks = Checks::new();
    let text = checks.text("text", &draft.text, "what others should know", (1, 4000));
    for field in draft.marks.outside() {
        checks.that(false, field, "Give a mark from 1 to 5");
    }
    checks.finish()?;
    let mut tx = app.db.write(caller).await?;
    let (engagement, sight) = lock_seen(&mut tx, caller, id).await?;
    let side = sight.side()?;
    let close_at = close_at(&mut tx, &engagement).await?;
    let publish_at = may_be_written(&engagement, close_at, store::now(&mut tx).await?)?;
    let new = NewReview {
        id: app.ids.next(),
        engagement: id,
        side,
        marks: draft.marks,
        text: &text,
        root_cause: draft.root_cause,
        by: allowed.person,
        publish_at,
    };
    store::insert_review(&mut tx, &new).await?;
    let entry = Note::new(Topic::Review, "review-written", format!("The {side} wrote its review."))
        .facts(json!({ "side": side }))
        .by(allowed.person);
    note(app, &mut tx, id, entry).await?;
    let fact = ReviewWritten { of: engagement.parties(), side, review: new.id, publish_at };
    event::state(&mut tx, &app.ids, Some(allowed.person), &fact).await?;
    if store::reviews(&mut tx, id).await?.len() == Side::ALL.len() {
        publish(app, &mut tx, &engagement).await?;
    }
    let review = store::lock_review(&mut tx, new.id).await?;
    tx.commit().await?;
    Ok(review)
}

async fn close_at(tx: &mut Tx, engagement: &Engagement) -> Result<Option<DateTime<Utc>>> {
    let Some(ended_at) = engagement.ended_at else { return Ok(None) };
    let days = store::statement(tx, engagement.id).await?.terms.review_days;
    let zone = program::settings(tx).await?.zone;
    Ok(Some(after_days(ended_at, days, zone)))
}

/// The timer of the reviews: whatever one side wrote is published now.
pub async fn publish_reviews(app: &App, tx: &mut Tx, id: EngagementId) -> Result<()> {
    let engagement = store::lock_engagement(tx, id).await?;
    publish(app, tx, &engagement).await
}

/// Publishes what is written and not published; the engagement must be locked.
async fn publish(app: &App, tx: &mut Tx, engagement: &Engagement) -> Result<()> {
    let waiting = store::reviews(tx, engagement.id).await?;
    store::publish_all(tx, engagement.id).await?;
    for review in waiting.iter().filter(|review| review.published_at.is_none()) {
        let side = review.side;
        let line = format!("The review by the {side} is published.");
        let entry = Note::new(Topic::Review, "review-published", line)
            .facts(json!({ "side": side, "review": review.id }));
        note(app, tx, engagement.id, entry).await?;
        let points = review.marks.points();
        let fact = ReviewPublished { of: engagement.parties(), side, review: review.id, points };
        event::state(tx, &app.ids, None, &fact).await?;
    }
    Ok(())
}

/// The reviewed side's one answer to a published review.
///
/// Errors: 404, `wrong-side` for its writers, `review-not-published`, `already-replied`.
pub async fn reply_to_review(
    app: &App,
    caller: &Caller,
    id: ReviewId,
    text: &str,
) -> Result<Review> {
    let allowed = allow::<ReplyToReview>(caller)?;
    let mut checks = Checks::new();
    let text = checks.text("text", text, "an answer", (1, 4000));
    checks.finish()?;
    let mut tx = app.db.write(caller).await?;
    let review = store::lock_review(&mut tx, id).await?;
    let engagement = store::engagement(&mut tx, review.engagement).await?;
    let sight = of_caller(&mut tx, caller, &engagement, "review").await?;
    sight.on(review.side.other())?;
    review.may_be_answered()?;
    store::set_reply(&mut tx, id, &text, allowed.person).await?;
    let side = review.side.other();
    let line = format!("The {side} answered the review by the {}.", review.side);
    let entry = Note::new(Topic::Review, "review-replied", line).by(allowed.person);
    note(app, &mut tx, engagement.id, entry).await?;
    let fact = ReviewReplied { of: engagement.parties(), side, review: id };
    event::state(&mut tx, &app.ids, Some(allowed.person), &fact).await?;
    let review = store::lock_review(&mut tx, id).await?;
    tx.commit().await?;
    Ok(review)
}

/// Takes a review out of sight, for a reason that both sides read.
///
/// Errors: 404, `already-hidden`.
pub async fn hide_review(app: &App, caller: &Caller, id: ReviewId, reason: &str) -> Result<Review> {
    let allowed = allow::<HideReview>(caller)?;
    let mut checks = Checks::new();
    let reason = checks.text("reason", reason, "why it is hidden", (1, 500));
    checks.finish()?;
    let mut tx = app.db.write(caller).await?;
    let review = store::lock_review(&mut tx, id).await?;
    if review.hidden_at.is_some() {
        return Err(EngagementError::AlreadyHidden.into());
    }
    let engagement = store::engagement(&mut tx, review.engagement).await?;
    store::set_hidden(&mut tx, id, &reason, allowed.person).await?;
    let line = format!("The program hid the review by the {}: {reason}", review.side);
    let entry = Note::new(Topic::Review, "review-hidden", line).by(allowed.person);
    note(app, &mut tx, engagement.id, entry).await?;
    let fact = ReviewHidden {
        of: engagement.parties(),
        side: review.side,
        review: id,
        points: review.marks.points(),
        published: review.published_at.is_some(),
        reason,
    };
    event::state(&mut tx, &app.ids, Some(allowed.person), &fact).await?;
    let review = store::lock_review(&mut tx, id).await?;
    tx.commit().await?;
    Ok(review)
}

/// The engagement's reviews that the caller may read: their own side's, and published ones; the
/// program's people read published ones, hidden or not.
pub async fn list_reviews(app: &App, caller: &Caller, id: EngagementId) -> Result<Vec<Review>> {
    let mut tx = app.db.read(caller).await?;
    let (_, sight) = seen(&mut tx, caller, id).await?;
    let mut reviews = store::reviews(&mut tx, id).await?;
    reviews.retain(|review| match sight {
        Sight::Side(side) => review.is_open_to(side),
        Sight::Guest | Sight::Program => review.published_at.is_some(),
    });
    Ok(reviews)
}

/// What customers wrote about an expert, for everybody: published, not hidden, latest first.
///
/// Errors: 404 for an unknown program and an expert who is not listed.
pub async fn public_reviews(
    app: &App,
    program: &str,
    slug: &str,
    page: PageWanted,
) -> Result<(Vec<PublicReview>, Option<Position>)> {
    let mut tx = app.db.read(Scope::GLOBAL).await?;
    let vendor = vendor_by_slug(&mut tx, program).await?;
    drop(tx);
    let (vendor, _) = vendor.ok_or(Common::NotFound("program"))?;
    let mut tx = app.db.read(vendor).await?;
    let profile = store::public_profile(&mut tx, slug).await?;
    store::public_reviews(&mut tx, profile, page).await
}
