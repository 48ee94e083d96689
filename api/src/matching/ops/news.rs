//! What people are told of matching.

use crate::kernel::id::{OrganizationId, PersonId};
use crate::matching::model::{
    InvitationDeclined, InvitationSent, InvitationWithdrawn, Parties, ProposalAccepted,
    ProposalDeclined, ProposalSent, ProposalWithdrawn,
};
use crate::platform::jobs::event::Event;
use crate::platform::refusal::Result;

/// Some news and who hears of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub whom: Whom,
    pub kind: &'static str,
    pub title: String,
    pub body: String,
    /// A path inside the program's pages.
    pub link: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whom {
    /// Those who decide for the customer.
    Customer(OrganizationId),
    /// Those who decide for the partner, and the consultant.
    Partner(OrganizationId, PersonId),
}

/// The news in an event of matching; nothing for other events.
pub fn news_of(event: &Event) -> Result<Option<Told>> {
    if let Some(told) = of_invitations(event)? {
        return Ok(Some(told));
    }
    of_proposals(event)
}

fn of_invitations(event: &Event) -> Result<Option<Told>> {
    if let Some(InvitationSent { of, invitation, message }) = event.read()? {
        let title = format!("{} invites you to propose for {}", of.customer_name, brief(&of));
        let link = format!("/invitations/{invitation}");
        return Ok(Some(Told {
            whom: partner(&of),
            kind: "invitation",
            title,
            body: message,
            link,
        }));
    }
    if let Some(InvitationDeclined { of, reason, .. }) = event.read()? {
        let title = format!("{} declined your invitation to {}", of.consultant_name, brief(&of));
        let link = format!("/briefs/{}", of.brief);
        return Ok(Some(Told {
            whom: customer(&of),
            kind: "invitation",
            title,
            body: reason,
            link,
        }));
    }
    if let Some(InvitationWithdrawn { of, invitation, reason }) = event.read()? {
        let title = format!("{} withdrew the invitation to {}", of.customer_name, brief(&of));
        let link = format!("/invitations/{invitation}");
        return Ok(Some(Told {
            whom: partner(&of),
            kind: "invitation",
            title,
            body: reason,
            link,
        }));
    }
    Ok(None)
}

fn of_proposals(event: &Event) -> Result<Option<Told>> {
    let kind = "proposal";
    if let Some(ProposalSent { of, title, total, valid_until, .. }) = event.read()? {
        let until = valid_until.format("%-d %B %Y, %H:%M UTC");
        let body = format!("{title}, {total}. You can accept it until {until}.");
        let title = format!("{} sent a proposal for {}", of.consultant_name, brief(&of));
        let link = format!("/briefs/{}/proposals", of.brief);
        return Ok(Some(Told { whom: customer(&of), kind, title, body, link }));
    }
    if let Some(ProposalWithdrawn { of, reason, .. }) = event.read()? {
        let title = format!("{} withdrew the proposal for {}", of.consultant_name, brief(&of));
        let link = format!("/briefs/{}/proposals", of.brief);
        return Ok(Some(Told { whom: customer(&of), kind, title, body: reason, link }));
    }
    if let Some(ProposalDeclined { of, proposal, reason, .. }) = event.read()? {
        let title = format!("{} declined your proposal for {}", of.customer_name, brief(&of));
        let link = format!("/proposals/{proposal}");
        return Ok(Some(Told { whom: partner(&of), kind, title, body: reason, link }));
    }
    if let Some(ProposalAccepted { of, proposal, title, total }) = event.read()? {
        let body = format!("{title}, {total}. The statement of work follows.");
        let title = format!("{} accepted your proposal for {}", of.customer_name, brief(&of));
        let link = format!("/proposals/{proposal}");
        return Ok(Some(Told { whom: partner(&of), kind, title, body, link }));
    }
    Ok(None)
}

/// `B-318, Dealer leads go cold`.
fn brief(of: &Parties) -> String {
    format!("{}, {}", of.label(), of.brief_title)
}

const fn customer(of: &Parties) -> Whom {
    Whom::Customer(of.customer)
}

const fn partner(of: &Parties) -> Whom {
    Whom::Partner(of.partner, of.consultant)
}
