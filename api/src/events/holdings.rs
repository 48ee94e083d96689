//! Who is told that held money has to leave: both sides and the program, each time.

use super::access::LEADS;
use crate::app::App;
use crate::billing::{HoldStep, HoldingMoved};
use crate::kernel::moment::moment;
use crate::notices::{News, tell_roles};
use crate::platform::caller::Role;
use crate::platform::db::Tx;
use crate::platform::jobs::event::Event;
use crate::platform::refusal::Result;

/// Those of the program who decide, and who look after its money.
const PROGRAM: &[Role] = &[Role::Owner, Role::ProgramManager, Role::Finance];

pub async fn tell(app: &App, tx: &mut Tx, event: &Event) -> Result<()> {
    let Some(fact) = event.read::<HoldingMoved>()? else { return Ok(()) };
    let page = format!("/milestones/{}", fact.milestone);
    for side in [fact.of.customer, fact.of.partner] {
        tell_roles(app, tx, side, LEADS, &news(&fact, page.clone())).await?;
    }
    let Some(vendor) = fact.vendor else { return Ok(()) };
    let link = match fact.step {
        HoldStep::Undecided => format!("{page}/disagreement"),
        HoldStep::Soon | HoldStep::SentBack => format!("{page}/money"),
    };
    tell_roles(app, tx, vendor, PROGRAM, &news(&fact, link)).await
}

fn news(fact: &HoldingMoved, link: String) -> News {
    let HoldingMoved { amount, seq, milestone_title, acts_at, hold_until, .. } = fact;
    let what = format!("{}, milestone {seq}, {milestone_title}.", fact.of.label());
    let (title, follows) = match fact.step {
        HoldStep::Soon => (
            format!("{amount} may be held until {}", hold_until.format("%-d %B %Y")),
            format!(
                "Accept the work, release parts of it, or send it back before {}. What nobody \
                 decided by then goes back to the customer.",
                moment(*acts_at)
            ),
        ),
        HoldStep::SentBack => (
            format!("{amount} goes back: nobody decided in time"),
            "The payment processor does not let it be held any longer.".to_owned(),
        ),
        HoldStep::Undecided => (
            format!("{amount} has to be decided about at once"),
            format!(
                "The two sides disagree, and it may be held until {} only. Agree, or the program \
                 decides today.",
                moment(*hold_until)
            ),
        ),
    };
    News { kind: "money", title, body: format!("{what} {follows}"), link }
}
