//! What the two sides say while they disagree: an answer, proposals, and the wish that the program
//! decides.

use super::{Moved, SplitWish, Under, words};
use crate::app::App;
use crate::billing::model::{Disagreement, DisagreementStep, SplitProposal, SplitState};
use crate::billing::policy::Disagree;
use crate::billing::store;
use crate::identity::allow;
use crate::kernel::id::DisagreementId;
use crate::platform::caller::Caller;
use crate::platform::refusal::Result;

/// The other side says how it sees it, once.
///
/// Errors: 404; `not-permitted`; `disagreement-ended`; `other-side`; `already-answered`; `invalid`.
pub async fn answer_disagreement(
    app: &App,
    caller: &Caller,
    id: DisagreementId,
    text: &str,
) -> Result<Disagreement> {
    let by = allow::<Disagree>(caller)?.person;
    let text = words("text", text, "your answer")?;
    let mut tx = app.db.write(caller).await?;
    let mut under = Under::lock(&mut tx, id).await?;
    let side = under.side(caller)?;
    under.of.may_answer(side)?;
    under.hear(side);
    under.of.answer = Some(text.clone());
    under.of.answered_at = Some(under.now);
    store::set_answer(&mut tx, &under.of, by).await?;
    let moved = Moved::new(DisagreementStep::Answered, &text).of(side, by);
    under.tell(app, &mut tx, moved).await?;
    tx.commit().await?;
    Ok(under.of)
}

/// A side proposes how much goes back to the customer, and how much the payees get or keep. It
/// takes the place of what the side proposed before. The other side's first one counts as an
/// answer.
///
/// Errors: 404; `not-permitted`; `disagreement-ended`; `not-at-stake`; `invalid`.
pub async fn propose_split(
    app: &App,
    caller: &Caller,
    id: DisagreementId,
    wish: SplitWish<'_>,
) -> Result<SplitProposal> {
    let by = allow::<Disagree>(caller)?.person;
    let note = wish.checked("note", "why that is fair")?;
    let mut tx = app.db.write(caller).await?;
    let mut under = Under::lock(&mut tx, id).await?;
    let side = under.side(caller)?;
    under.of.open()?;
    let proposal = SplitProposal {
        id: app.ids.next(),
        disagreement: id,
        side,
        split: wish.split(&under.milestone)?,
        note,
        proposed_by: by,
        proposed_at: under.now,
        state: SplitState::Open,
    };
    store::insert_proposal(&mut tx, &proposal).await?;
    if side != under.of.side && under.of.heard_at.is_none() {
        under.hear(side);
        store::set_heard(&mut tx, &under.of).await?;
    }
    let moved = Moved::new(DisagreementStep::Proposed, &proposal.note).of(side, by);
    under.tell(app, &mut tx, moved.with(proposal.split)).await?;
    tx.commit().await?;
    Ok(proposal)
}

/// A side asks the program to decide; it may as soon as the other side was heard.
///
/// Errors: 404; `not-permitted`; `disagreement-ended`; `already-asked`.
pub async fn ask_mediation(app: &App, caller: &Caller, id: DisagreementId) -> Result<Disagreement> {
    let by = allow::<Disagree>(caller)?.person;
    let mut tx = app.db.write(caller).await?;
    let mut under = Under::lock(&mut tx, id).await?;
    let side = under.side(caller)?;
    under.of.may_ask()?;
    under.hear(side);
    under.of.mediation = Some(side);
    store::set_mediation(&mut tx, &under.of, by, under.now).await?;
    let moved = Moved::new(DisagreementStep::MediationAsked, "").of(side, by);
    under.tell(app, &mut tx, moved).await?;
    tx.commit().await?;
    Ok(under.of)
}
