//! Asking for access: at once, or from a draft. What is asked for is frozen when it is sent.

use super::completion::{expire_overdue, expiry_job, of_grant, place};
use super::granting::{AskForAccess, Subject, open_engagement, read_back, seated};
use super::preview::preview_of_request;
use super::successors::AssignStaff;
use crate::access::model::{AccessRequested, Wish};
use crate::access::store;
use crate::app::App;
use crate::engagements::{self, Note, Side, Topic};
use crate::identity::{self, Allowed};
use crate::kernel::check::Checks;
use crate::kernel::id::{EngagementId, GrantId, PersonId};
use crate::platform::caller::Caller;
use crate::platform::db::Tx;
use crate::platform::jobs::{enqueue, event};
use crate::platform::refusal::Result;
use serde_json::json;

/// A consultant, or whoever runs the partner for one of its people, asks the customer of an
/// engagement for access; the answer is the customer's.
///
/// Errors: 403, 404, `engagement-not-open`, `already-requested`, `invalid`.
pub async fn request_access(
    app: &App,
    caller: &Caller,
    engagement: EngagementId,
    wish: Wish,
) -> Result<GrantId> {
    for_whom(caller, &wish)?;
    let mut tx = app.db.write(caller).await?;
    let id = ask(app, &mut tx, caller, (engagement, &wish)).await?;
    tx.commit().await?;
    Ok(id)
}

/// The person whom the letter would name, when the caller may ask for them. Errors: 403.
pub(super) fn for_whom(caller: &Caller, wish: &Wish) -> Result<PersonId> {
    let _: Allowed<AskForAccess> = identity::allow(caller)?;
    let person = wish.consultant.unwrap_or(caller.person);
    if person != caller.person {
        let _: Allowed<AssignStaff> = identity::allow(caller)?;
    }
    Ok(person)
}

/// Sends a request in a transaction at hand.
pub(super) async fn ask(
    app: &App,
    tx: &mut Tx,
    caller: &Caller,
    (engagement, wish): (EngagementId, &Wish),
) -> Result<GrantId> {
    let person = for_whom(caller, wish)?;
    let asked_by = (person != caller.person).then_some(caller.person);
    let mut checks = Checks::new();
    let reason = checks.text("reason", &wish.reason, "a reason", (1, 1000));
    checks.finish()?;
    let preview = preview_of_request(app, wish)?;
    let engagement = open_engagement(tx, caller, engagement, Side::Partner).await?;
    expire_overdue(app, tx, engagement.customer).await?;
    let consultant = seated(tx, person, engagement.partner).await?;
    let subject = Subject { engagement: &engagement, consultant, upstream: &wish.upstream };
    let mut new = subject.grant(app.ids.next(), preview);
    new.reason = reason.clone();
    let answer_by = store::insert_request(tx, (&new, asked_by)).await?;
    store::keep_request(tx, &new, (wish.days, caller.person)).await?;
    let grant = read_back(tx, new.id).await?;
    let line = asked_line(&place(app, &grant), (&grant.consultant_name, asked_by.is_some()));
    let note = Note::new(Topic::Access, "access-requested", line)
        .facts(json!({ "grant": grant.id, "preset": grant.preset }))
        .by(caller.person);
    engagements::note(app, tx, engagement.id, note).await?;
    let fact = AccessRequested { of: of_grant(app, &grant), reason };
    event::state(tx, &app.ids, Some(caller.person), &fact).await?;
    enqueue(tx, &app.ids, expiry_job(new.id, answer_by, caller.vendor)?).await?;
    Ok(new.id)
}

fn asked_line(place: &str, (who, by_another): (&str, bool)) -> String {
    match by_another {
        true => format!("Access to {place} was asked for {who}"),
        false => format!("{who} asked for access to {place}"),
    }
}
