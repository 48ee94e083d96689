//! Talk, and the timeline in which it stands beside what happened and what was handed over.

use super::seen::seen;
use super::timers::{Timer, set_timer};
use crate::app::App;
use crate::engagements::model::{MessageSent, MessageUnanswered, Side, TimelineTopic};
use crate::engagements::policy::{Sight, WriteMessage};
use crate::engagements::store::{self, TimelineItem, TopicCount};
use crate::identity::allow;
use crate::kernel::check::Checks;
use crate::kernel::id::{EngagementId, MessageId};
use crate::kernel::page::Position;
use crate::platform::caller::Caller;
use crate::platform::db::Tx;
use crate::platform::http::paging::PageWanted;
use crate::platform::jobs::event;
use crate::platform::refusal::Result;
use chrono::Duration;

/// Hours after which the other side is told of a message that it has not answered.
const PATIENCE_HOURS: i64 = 4;

/// Writes a message into the engagement's timeline; changes nothing else.
///
/// Errors: `guests-only` for people of the program whom nobody invited.
pub async fn send_message(
    app: &App,
    caller: &Caller,
    id: EngagementId,
    text: &str,
) -> Result<MessageId> {
    let allowed = allow::<WriteMessage>(caller)?;
    let mut checks = Checks::new();
    let text = checks.text("text", text, "a message", (1, 8000));
    checks.finish()?;
    let mut tx = app.db.write(caller).await?;
    let (engagement, sight) = seen(&mut tx, caller, id).await?;
    sight.reads()?;
    let message: MessageId = app.ids.next();
    let who = (allowed.person, allowed.organization);
    store::insert_message(&mut tx, id, (message, &text), who).await?;
    let organization = allowed.organization;
    let fact = MessageSent { of: engagement.parties(), message, organization };
    event::state(&mut tx, &app.ids, Some(allowed.person), &fact).await?;
    if let Sight::Side(side) = sight {
        let at = store::now(&mut tx).await? + Duration::hours(PATIENCE_HOURS);
        let timer = Timer::Unanswered { engagement: id, message, side: side.other() };
        set_timer(app, &mut tx, timer, at).await?;
    }
    tx.commit().await?;
    Ok(message)
}

/// The timer of a message that `side` may not have answered: told once for a run of messages, and
/// only while no answer has come.
pub async fn tell_unanswered(
    app: &App,
    tx: &mut Tx,
    id: EngagementId,
    (message, side): (MessageId, Side),
) -> Result<()> {
    let engagement = store::engagement(tx, id).await?;
    let silent = engagement.organization(side);
    if engagement.state.is_over() || !store::is_unanswered(tx, id, message, silent).await? {
        return Ok(());
    }
    let fact = MessageUnanswered { of: engagement.parties(), side, hours: PATIENCE_HOURS };
    event::state(tx, &app.ids, None, &fact).await
}

/// A page of the timeline, newest first, of one topic or all, and where the next page starts.
///
/// Errors: 404, `guests-only`.
pub async fn timeline(
    app: &App,
    caller: &Caller,
    id: EngagementId,
    topic: Option<TimelineTopic>,
    page: PageWanted,
) -> Result<(Vec<TimelineItem>, Option<Position>)> {
    let mut tx = app.db.read(caller).await?;
    let (_, sight) = seen(&mut tx, caller, id).await?;
    sight.reads()?;
    store::timeline(&mut tx, id, topic, page).await
}

/// How many things of each topic the timeline holds.
pub async fn timeline_counts(
    app: &App,
    caller: &Caller,
    id: EngagementId,
) -> Result<Vec<TopicCount>> {
    let mut tx = app.db.read(caller).await?;
    let (_, sight) = seen(&mut tx, caller, id).await?;
    sight.reads()?;
    store::topic_counts(&mut tx, id).await
}
