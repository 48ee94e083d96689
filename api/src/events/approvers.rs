//! Who is told of what several people of a customer have to agree to, and of the rule that says so:
//! everybody who decides for the customer.

use super::access::LEADS;
use crate::access::{
    self, AccessAgreed, AccessProposalChanged, AccessProposalClosed, AccessProposed,
    ApproverRuleSet, GrantProposalKind, GrantProposalState, OfGrant, RuleAbout,
};
use crate::app::App;
use crate::identity::{MemberRoleChanged, MembershipEnded};
use crate::kernel::id::{GrantProposalId, OrganizationId};
use crate::kernel::moment::moment;
use crate::notices::{self, News};
use crate::platform::caller::Role;
use crate::platform::db::Tx;
use crate::platform::jobs::event::Event;
use crate::platform::refusal::Result;

pub async fn tell(app: &App, tx: &mut Tx, event: &Event) -> Result<()> {
    if let Some(fact) = event.read::<MembershipEnded>()?
        && LEADS.contains(&fact.role)
    {
        return too_few(app, tx, fact.organization).await;
    }
    if let Some(fact) = event.read::<MemberRoleChanged>()?
        && LEADS.contains(&fact.earlier)
    {
        return too_few(app, tx, fact.organization).await;
    }
    let (customer, news) = if let Some(fact) = event.read::<AccessProposed>()? {
        (fact.of.customer, proposed(&fact))
    } else if let Some(fact) = event.read::<AccessProposalChanged>()? {
        (fact.of.customer, changed(&fact))
    } else if let Some(fact) = event.read::<AccessAgreed>()? {
        // With the last yes the letter itself is told of.
        if fact.yeses >= usize::try_from(fact.needed).unwrap_or_default() {
            return Ok(());
        }
        (fact.of.customer, agreed(&fact))
    } else if let Some(fact) = event.read::<AccessProposalClosed>()? {
        (fact.of.customer, closed(&fact))
    } else if let Some(fact) = event.read::<ApproverRuleSet>()? {
        (fact.of.customer, rule_set(&fact))
    } else {
        return Ok(());
    };
    notices::tell_roles(app, tx, customer, LEADS, &news).await
}

/// What it is about: goes on after "wants", "agreed" or "declined".
fn subject(of: &OfGrant, kind: GrantProposalKind) -> String {
    let (who, place) = (&of.consultant_name, &of.place);
    match kind {
        GrantProposalKind::Letter | GrantProposalKind::Request => {
            format!("to let {who} work in {place}")
        }
        GrantProposalKind::More => format!("to let {who} do more or longer in {place}"),
        GrantProposalKind::Successor => format!("that {who} takes over in {place}"),
    }
}

fn waiting(proposal: GrantProposalId, title: String, body: String) -> News {
    News { kind: "access", title, body, link: format!("/access/proposals/{proposal}") }
}

fn proposed(fact: &AccessProposed) -> News {
    let title = format!("{} wants {}", fact.by_name, subject(&fact.of, fact.kind));
    let body = format!(
        "{} of you have to agree. Nothing holds before that; it waits until {}. Read exactly what \
         it says, then answer.",
        fact.needed,
        moment(fact.answer_by)
    );
    waiting(fact.proposal, title, body)
}

fn changed(fact: &AccessProposalChanged) -> News {
    let title = format!("{} changed what waits: {}", fact.by_name, subject(&fact.of, fact.kind));
    let before = match fact.had_agreed.len() {
        0 => "",
        1 => "One of you had agreed to what it said before; that yes counts no more. ",
        _ => "Some of you had agreed to what it said before; those yeses count no more. ",
    };
    let body = format!(
        "{before}{} of you have to agree to what it says now, until {}.",
        fact.needed,
        moment(fact.answer_by)
    );
    waiting(fact.proposal, title, body)
}

fn agreed(fact: &AccessAgreed) -> News {
    let title = format!("{} agreed {}", fact.by_name, subject(&fact.of, fact.kind));
    let body = format!("{} of {} have agreed. It goes on waiting.", fact.yeses, fact.needed);
    waiting(fact.proposal, title, body)
}

fn closed(fact: &AccessProposalClosed) -> News {
    let what = subject(&fact.of, fact.kind);
    let title = match (fact.state, &fact.by_name) {
        (GrantProposalState::Declined, Some(who)) => format!("{who} declined {what}"),
        (_, Some(who)) => format!("{who} no longer wants {what}"),
        (_, None) if fact.moot => format!("Nobody has to agree any more {what}"),
        (_, None) => format!("Not enough of you agreed in time {what}"),
    };
    let reason = if fact.moot {
        "The letter, the engagement, the account or their seat ended before. ".to_owned()
    } else if fact.reason.is_empty() {
        String::new()
    } else {
        format!("{} ", super::access::sentence(&fact.reason))
    };
    waiting(fact.proposal, title, format!("{reason}Nothing came into force."))
}

fn rule_set(fact: &ApproverRuleSet) -> News {
    let title = match (fact.needed, fact.about) {
        (1, _) => format!("{} set that one yes is enough for access", fact.by_name),
        (n, RuleAbout::Everything) => {
            format!("{} set that {n} of you must agree to every letter of access", fact.by_name)
        }
        (n, RuleAbout::BeyondReading) => format!(
            "{} set that {n} of you must agree to access that may do more than read",
            fact.by_name
        ),
    };
    let what = if fact.needed < fact.before {
        "That is fewer than before. What waits already keeps the number it was proposed with."
    } else {
        "It holds from now on. What waits already is never agreed to by fewer than before."
    };
    let body = format!("{what} Narrowing and ending access is still everybody's own.");
    News { kind: "access", title, body, link: "/access/approvers".to_owned() }
}

/// Fewer people than must can agree: nothing is granted by fewer, so somebody has to know.
async fn too_few(app: &App, tx: &mut Tx, organization: OrganizationId) -> Result<()> {
    let Some(rule) = access::stuck_rule(tx, organization).await? else { return Ok(()) };
    let title = "Too few of you are left to agree to access".to_owned();
    let body = format!(
        "{} of you must agree, and {} can. Until there is one more admin, or the owner sets a \
         lower number, nothing that falls under the rule can be granted. Ending access works as \
         always.",
        rule.needed, rule.people
    );
    let news = News { kind: "access", title, body, link: "/access/approvers".to_owned() };
    notices::tell_roles(app, tx, organization, &[Role::Owner, Role::Admin], &news).await
}
