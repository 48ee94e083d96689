//! The two sides disagree about a milestone's money: filing, answering, proposing, agreeing, and
//! the program's decision.
//!
//! Everything moves under the locks of the engagement and its milestone, taken first. While one is
//! open nothing of the milestone is accepted, released or sent back; the database says the same.

mod carry;
mod file;
mod list;
mod talk;
mod timers;

pub use carry::{accept_split, decide_disagreement};
pub(super) use carry::{close_by_bank, decide_approved};
pub use file::{file_disagreement, withdraw_disagreement};
pub use list::{
    DisagreementView, list_disagreements, see_disagreement, see_of_milestone, waiting_disagreements,
};
pub use talk::{answer_disagreement, ask_mediation, propose_split};
pub use timers::{DISAGREEMENT_JOB, ring_disagreement};

use crate::app::App;
use crate::billing::model::{
    Disagreement, DisagreementMoved, DisagreementState, DisagreementStep, Split, at_stake,
};
use crate::billing::store;
use crate::engagements::{self, Engagement, Milestone, Note, Side, Topic};
use crate::kernel::check::Checks;
use crate::kernel::id::{DisagreementId, MoneyApprovalId, PersonId};
use crate::kernel::money::Money;
use crate::platform::caller::Caller;
use crate::platform::db::Tx;
use crate::platform::db::nodes;
use crate::platform::jobs::event;
use crate::platform::refusal::{Common, Error, Result};
use chrono::{DateTime, Utc};
use serde_json::json;

/// What somebody wants done with what is at stake, and why.
#[derive(Debug, Clone, Copy)]
pub struct SplitWish<'a> {
    /// What goes back to the customer.
    pub back: Money,
    /// What the payees get, or keep.
    pub released: Money,
    pub why: &'a str,
}

impl SplitWish<'_> {
    /// The words, and that the amounts are some. `field` is where the words stand.
    fn checked(self, field: &'static str, what: &str) -> Result<String> {
        let mut checks = Checks::new();
        let parts = [("back", self.back), ("released", self.released)];
        for (field, part) in parts {
            checks.that(part.minor() >= 0, field, "Enter an amount of zero or more");
        }
        let why = checks.text(field, self.why, what, (3, 2000));
        checks.finish()?;
        Ok(why)
    }

    /// Errors with `not-at-stake` unless it comes to what is there to be split.
    fn split(self, milestone: &Milestone) -> Result<Split> {
        let Self { back, released, .. } = self;
        Ok(Split { back, released }.of(at_stake(milestone))?)
    }
}

fn words(field: &'static str, text: &str, what: &str) -> Result<String> {
    let mut checks = Checks::new();
    let text = checks.text(field, text, what, (3, 2000));
    checks.finish()?;
    Ok(text)
}

/// What happened, and by whom; nobody when it was time or a bank.
struct Moved<'a> {
    step: DisagreementStep,
    side: Option<Side>,
    by: Option<PersonId>,
    split: Option<Split>,
    text: &'a str,
}

impl<'a> Moved<'a> {
    const fn new(step: DisagreementStep, text: &'a str) -> Self {
        Self { step, side: None, by: None, split: None, text }
    }

    const fn of(self, side: Side, by: PersonId) -> Self {
        Self { side: Some(side), by: Some(by), ..self }
    }

    const fn with(self, split: Split) -> Self {
        Self { split: Some(split), ..self }
    }
}

/// A disagreement under the locks of its engagement and milestone.
struct Under {
    engagement: Engagement,
    milestone: Milestone,
    of: Disagreement,
    /// The database's clock, since it is locked.
    now: DateTime<Utc>,
}

impl Under {
    async fn lock(tx: &mut Tx, id: DisagreementId) -> Result<Self> {
        let found = store::disagreement(tx, id).await?;
        let (engagement, milestone) = engagements::lock_milestone(tx, found.milestone).await?;
        // It may have moved while this waited.
        let of = store::disagreement(tx, id).await?;
        let now = nodes::now(tx).await?;
        Ok(Self { engagement, milestone, of, now })
    }

    /// The side the caller is on; 404 for everybody else.
    fn side(&self, caller: &Caller) -> Result<Side> {
        let side = self.engagement.side_of(caller.organization);
        Ok(side.ok_or(Common::NotFound("disagreement"))?)
    }

    /// The other side was heard now, unless it was before or it is whoever filed it.
    fn hear(&mut self, side: Side) {
        if side != self.of.side && self.of.heard_at.is_none() {
            self.of.heard_at = Some(self.now);
        }
    }

    /// Those whom it concerns are told; the timeline says it to both sides, but for a reminder.
    async fn tell(&self, app: &App, tx: &mut Tx, moved: Moved<'_>) -> Result<()> {
        let Self { engagement, milestone, of, .. } = self;
        let Moved { step, side, by, split, text } = moved;
        let fact = DisagreementMoved {
            of: engagement.parties(),
            milestone: milestone.id,
            seq: milestone.seq,
            milestone_title: milestone.title.clone(),
            disagreement: of.id,
            step,
            side,
            text: text.to_owned(),
            answer_by: of.answer_by,
            split,
            vendor: store::vendor_organization(tx).await?,
        };
        if step != DisagreementStep::AnswerSoon {
            let facts = json!({
                "milestone": milestone.id, "seq": milestone.seq, "disagreement": of.id,
                "step": step, "split": split,
            });
            let note = Note::new(Topic::Money, "disagreement-moved", fact.sentence());
            engagements::note(app, tx, engagement.id, note.facts(facts).by(by)).await?;
        }
        event::state(tx, &app.ids, by, &fact).await
    }

    async fn end(
        &mut self,
        tx: &mut Tx,
        state: DisagreementState,
        by: (Option<PersonId>, Option<MoneyApprovalId>),
    ) -> Result<()> {
        self.of.state = state;
        self.of.ended_at = Some(self.now);
        store::set_ended(tx, &self.of, by).await
    }

    /// Work goes on unless something else keeps it.
    async fn go_on(&self, app: &App, tx: &mut Tx, why: &str) -> Result<()> {
        let id = self.engagement.id;
        if store::disagrees_in(tx, id).await? || store::bank_decides_in(tx, id).await? {
            return Ok(());
        }
        passing(engagements::settle_engagement(app, tx, id, why).await.map(drop))
    }
}

/// A step that the engagement is past: it refuses before it writes anything.
fn passing(done: Result<()>) -> Result<()> {
    match done {
        Err(Error::Refused(_)) => Ok(()),
        other => other,
    }
}
