//! Invitations: sending, answering, looking at them.

use super::reason;
use crate::app::App;
use crate::directory;
use crate::identity;
use crate::kernel::check::Checks;
use crate::kernel::id::{BriefId, InvitationId, ProfileId};
use crate::kernel::page::Position;
use crate::matching::MatchingError;
use crate::matching::model::{
    BriefStep, Invitation, InvitationDeclined, InvitationFile, InvitationSent, InvitationState,
    InvitationStep, InvitationWithdrawn, Page,
};
use crate::matching::policy::{
    AnswerInvitation, Invite, has_invited, is_invited, may_see_brief, may_see_invitation,
};
use crate::matching::store::{self, InvitationsWanted, NewInvitation};
use crate::platform::caller::{Caller, OrganizationKind};
use crate::platform::db::Tx;
use crate::platform::http::paging::{PageWanted, cut};
use crate::platform::jobs::event;
use crate::platform::refusal::{Common, Result};

/// How many consultants may be invited to one brief, whatever becomes of it.
const MOST_INVITATIONS: i64 = 20;

/// Invites a consultant, matched or not, to propose for an open brief; states `InvitationSent`.
///
/// Errors: `brief-state`, `already-invited`, `too-many-invitations`, `not-taking-clients`,
/// `self-dealing`; 404 for a profile that cannot be found, or another's brief.
pub async fn invite(
    app: &App,
    caller: &Caller,
    brief: BriefId,
    profile: ProfileId,
    message: &str,
) -> Result<Invitation> {
    identity::allow::<Invite>(caller)?;
    let mut checks = Checks::new();
    let message = checks.text("message", message, "a message", (0, 4000));
    checks.finish()?;
    let mut tx = app.db.write(caller).await?;
    let brief = store::lock_brief(&mut tx, brief).await?;
    may_see_brief(caller, &brief)?;
    brief.state.after(BriefStep::Invite)?;
    let found = directory::experts(&mut tx, &[profile]).await?.pop();
    let expert = found.ok_or(Common::NotFound("profile"))?;
    if !expert.accepting_clients {
        return Err(MatchingError::NotTakingClients.into());
    }
    if store::share_a_person(&mut tx, caller.organization, expert.organization).await? {
        return Err(MatchingError::SelfDealing.into());
    }
    if brief.invited >= MOST_INVITATIONS {
        return Err(MatchingError::TooManyInvitations(MOST_INVITATIONS).into());
    }
    let id: InvitationId = app.ids.next();
    let new = NewInvitation {
        id,
        brief: brief.id,
        profile,
        organization: expert.organization,
        message: &message,
        by: caller.person,
    };
    store::insert_invitation(&mut tx, new).await?;
    let invitation = store::invitation(&mut tx, id).await?;
    let fact = InvitationSent { of: invitation.of.clone(), invitation: id, message };
    event::state(&mut tx, &app.ids, Some(caller.person), &fact).await?;
    tx.commit().await?;
    Ok(invitation)
}

/// The consultant's organization says no, with a reason; states `InvitationDeclined`.
///
/// Errors: `invitation-state` once it is answered; 404 when it was sent to another.
pub async fn decline_invitation(
    app: &App,
    caller: &Caller,
    id: InvitationId,
    why: &str,
) -> Result<Invitation> {
    identity::allow::<AnswerInvitation>(caller)?;
    let reason = reason(why)?;
    let mut tx = app.db.write(caller).await?;
    let invitation = lock_invitation(&mut tx, id).await?;
    is_invited(caller, &invitation)?;
    let declined = invitation.state.after(InvitationStep::Decline)?;
    store::set_answer(&mut tx, id, declined, Some(&reason)).await?;
    let fact = InvitationDeclined { of: invitation.of, invitation: id, reason };
    event::state(&mut tx, &app.ids, Some(caller.person), &fact).await?;
    let invitation = store::invitation(&mut tx, id).await?;
    tx.commit().await?;
    Ok(invitation)
}

/// The customer takes an invitation back, with a reason; states `InvitationWithdrawn`.
///
/// Errors: `invitation-state` once it is answered; 404 when another sent it.
pub async fn withdraw_invitation(
    app: &App,
    caller: &Caller,
    id: InvitationId,
    why: &str,
) -> Result<Invitation> {
    identity::allow::<Invite>(caller)?;
    let reason = reason(why)?;
    let mut tx = app.db.write(caller).await?;
    let invitation = lock_invitation(&mut tx, id).await?;
    has_invited(caller, &invitation)?;
    let withdrawn = invitation.state.after(InvitationStep::Withdraw)?;
    store::set_answer(&mut tx, id, withdrawn, Some(&reason)).await?;
    let fact = InvitationWithdrawn { of: invitation.of, invitation: id, reason };
    event::state(&mut tx, &app.ids, Some(caller.person), &fact).await?;
    let invitation = store::invitation(&mut tx, id).await?;
    tx.commit().await?;
    Ok(invitation)
}

/// An invitation under the lock of its brief; 404 when there is none.
pub(super) async fn lock_invitation(tx: &mut Tx, id: InvitationId) -> Result<Invitation> {
    store::lock_brief_of_invitation(tx, id).await?;
    store::invitation(tx, id).await
}

/// An invitation with its brief and proposals, for its two sides; 404 for others.
pub async fn see_invitation(
    app: &App,
    caller: &Caller,
    id: InvitationId,
) -> Result<InvitationFile> {
    let mut tx = app.db.read(caller).await?;
    let invitation = store::invitation(&mut tx, id).await?;
    may_see_invitation(caller, &invitation)?;
    let mut brief = store::brief(&mut tx, invitation.of.brief).await?;
    if caller.kind == OrganizationKind::Partner {
        // How many others were asked is the customer's affair.
        (brief.invited, brief.proposed) = (0, 0);
    }
    let matches = store::matches(&mut tx, brief.id).await?;
    let own = matches.into_iter().find(|row| row.profile == invitation.of.profile);
    let reasons = own.map(|row| row.explanation.factors).unwrap_or_default();
    let proposals = store::proposals_for(&mut tx, id).await?;
    Ok(InvitationFile { invitation, brief, reasons, proposals })
}

/// Invitations that the caller's organization sent or received, latest first; those of one brief
/// when it is named, 404 when that is another's.
pub async fn list_invitations(
    app: &App,
    caller: &Caller,
    (brief, state): (Option<BriefId>, Option<InvitationState>),
    limit: Option<i64>,
    cursor: Option<&str>,
) -> Result<Page<Invitation>> {
    let organization = caller.organization;
    let which = state.map_or("all", InvitationState::as_str);
    let of = brief.map_or_else(|| "all".to_owned(), |brief| brief.to_string());
    let list = format!("invitations:{}:{organization}:{of}:{which}", caller.vendor);
    let wanted = PageWanted::read(&app.cursors, &list, limit, cursor)?;
    let mut tx = app.db.read(caller).await?;
    if let Some(brief) = brief {
        may_see_brief(caller, &store::brief(&mut tx, brief).await?)?;
    }
    let of = InvitationsWanted { organization, brief, state };
    let mut items = store::invitations_of(&mut tx, of, wanted).await?;
    let position = |one: &Invitation| Position { at: one.sent_at, id: one.id.0 };
    let next = cut(&mut items, wanted.limit, position).map(|p| app.cursors.seal(&list, p));
    Ok(Page { items, next })
}
