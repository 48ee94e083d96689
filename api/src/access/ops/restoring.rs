//! A letter that rests because nobody used it, let to work again.

use super::amending::lock_amendable;
use super::completion::{of_grant, place};
use super::grants::visible;
use super::preview::GrantAccess;
use super::timers::set_rest;
use crate::access::model::{AccessRestored, Standing};
use crate::access::store;
use crate::app::App;
use crate::engagements::{self, Note, Topic};
use crate::identity::{self, Allowed};
use crate::kernel::id::GrantId;
use crate::platform::caller::Caller;
use crate::platform::jobs::event;
use crate::platform::refusal::Result;
use serde_json::json;

/// The customer lets an unused letter work again, or keeps one awake that would rest soon: its time
/// without a call begins anew. It says what it said when it was granted.
///
/// Errors: 403, 404, `grant-state`, `engagement-not-open` when it has ended otherwise.
pub async fn restore_grant(app: &App, caller: &Caller, id: GrantId) -> Result<()> {
    let _: Allowed<GrantAccess> = identity::allow(caller)?;
    let mut tx = app.db.write(caller).await?;
    let grant = visible(&mut tx, caller, id).await?;
    let grant = lock_amendable(app, &mut tx, (caller, &grant)).await?;
    store::restore(&mut tx, id, caller.person).await?;
    set_rest(app, &mut tx, id).await?;
    if grant.standing == Standing::Unused {
        let line = format!("{} may work in {} again", grant.consultant_name, place(app, &grant));
        let note = Note::new(Topic::Access, "access-restored", line)
            .facts(json!({ "grant": id }))
            .by(caller.person);
        engagements::note(app, &mut tx, grant.engagement, note).await?;
        let fact = AccessRestored { of: of_grant(app, &grant), by: caller.person };
        event::state(&mut tx, &app.ids, Some(caller.person), &fact).await?;
    }
    tx.commit().await
}
