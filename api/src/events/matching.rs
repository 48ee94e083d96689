//! What customers and partners hear of invitations and proposals.

use crate::app::App;
use crate::kernel::moment::moment;
use crate::matching::{
    self, InvitationDeclined, InvitationSent, InvitationWithdrawn, Parties, ProposalAccepted,
    ProposalDeclined, ProposalSent, ProposalWithdrawn,
};
use crate::notices::{self, News};
use crate::platform::caller::Role;
use crate::platform::db::Tx;
use crate::platform::jobs::event::Event;
use crate::platform::refusal::Result;

/// Who decides for a customer, and for a partner.
const LEADS: &[Role] = &[Role::Owner, Role::Admin];

pub async fn tell(app: &App, tx: &mut Tx, event: &Event) -> Result<()> {
    if let Some((of, news)) = for_customer(event)? {
        return notices::tell_roles(app, tx, of.customer, LEADS, &news).await;
    }
    let Some((of, news)) = for_partner(event)? else { return Ok(()) };
    notices::tell_roles(app, tx, of.partner, LEADS, &news).await?;
    if matching::holds_role(tx, of.partner, of.consultant, LEADS).await? {
        return Ok(());
    }
    notices::tell_person(app, tx, of.consultant, of.partner, &news).await
}

fn for_customer(event: &Event) -> Result<Option<(Parties, News)>> {
    if let Some(InvitationDeclined { of, reason, .. }) = event.read()? {
        let title = format!("{} declined your invitation to {}", of.consultant_name, brief(&of));
        let link = format!("/briefs/{}", of.brief);
        let body = quoted("The reason given", &reason);
        return Ok(Some((of, News { kind: "invitation", title, body, link })));
    }
    if let Some(ProposalSent { of, title, total, valid_until, .. }) = event.read()? {
        let until = moment(valid_until);
        let body = format!("{title}, {total}. You can accept it until {until}.");
        let title = format!("{} sent a proposal for {}", of.consultant_name, brief(&of));
        let link = format!("/briefs/{}/proposals", of.brief);
        return Ok(Some((of, News { kind: "proposal", title, body, link })));
    }
    if let Some(ProposalWithdrawn { of, reason, .. }) = event.read()? {
        let title = format!("{} withdrew the proposal for {}", of.consultant_name, brief(&of));
        let link = format!("/briefs/{}/proposals", of.brief);
        let body = quoted("The reason given", &reason);
        return Ok(Some((of, News { kind: "proposal", title, body, link })));
    }
    Ok(None)
}

fn for_partner(event: &Event) -> Result<Option<(Parties, News)>> {
    if let Some(InvitationSent { of, invitation, message }) = event.read()? {
        let title = format!("{} invites you to propose for {}", of.customer_name, brief(&of));
        let link = format!("/invitations/{invitation}");
        let body = quoted("They write", &message);
        return Ok(Some((of, News { kind: "invitation", title, body, link })));
    }
    if let Some(InvitationWithdrawn { of, invitation, reason }) = event.read()? {
        let title = format!("{} withdrew the invitation to {}", of.customer_name, brief(&of));
        let link = format!("/invitations/{invitation}");
        let body = quoted("The reason given", &reason);
        return Ok(Some((of, News { kind: "invitation", title, body, link })));
    }
    if let Some(ProposalDeclined { of, proposal, reason, .. }) = event.read()? {
        let title = format!("{} declined your proposal for {}", of.customer_name, brief(&of));
        let link = format!("/proposals/{proposal}");
        let body = quoted("The reason given", &reason);
        return Ok(Some((of, News { kind: "proposal", title, body, link })));
    }
    if let Some(ProposalAccepted { of, proposal, title, total }) = event.read()? {
        let body = format!("{title}, {total}. The statement of work follows.");
        let title = format!("{} accepted your proposal for {}", of.customer_name, brief(&of));
        let link = format!("/proposals/{proposal}");
        return Ok(Some((of, News { kind: "proposal", title, body, link })));
    }
    Ok(None)
}

/// Words of the other side, marked as theirs; nothing when there are none.
fn quoted(who: &str, words: &str) -> String {
    match words.trim() {
        "" => String::new(),
        words => format!("{who}: “{words}”"),
    }
}

/// `B-318, Dealer leads go cold`.
fn brief(of: &Parties) -> String {
    format!("{}, {}", of.label(), of.brief_title)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_other_side_are_marked_as_theirs() {
        assert_eq!(quoted("They write", " Come soon.\n\nP. "), "They write: “Come soon.\n\nP.”");
        assert_eq!(quoted("They write", "  "), "");
    }
}
