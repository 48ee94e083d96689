//! Who is told of a disagreement: both sides with every step, the program when it is filed, when it
//! may be its turn and when it is over. Whoever is silent is reminded alone.

use super::access::LEADS;
use crate::app::App;
use crate::billing::{DisagreementMoved, DisagreementStep as Step};
use crate::engagements::Side;
use crate::kernel::moment::moment;
use crate::notices::{News, tell_roles};
use crate::platform::caller::Role;
use crate::platform::db::Tx;
use crate::platform::jobs::event::Event;
use crate::platform::refusal::Result;

/// Those of the program who decide.
const PROGRAM: &[Role] = &[Role::Owner, Role::ProgramManager];

pub async fn tell(app: &App, tx: &mut Tx, event: &Event) -> Result<()> {
    let Some(fact) = event.read::<DisagreementMoved>()? else { return Ok(()) };
    let sides = [(Side::Customer, fact.of.customer), (Side::Partner, fact.of.partner)];
    let alone = fact.side.filter(|_| fact.step == Step::AnswerSoon);
    for (side, organization) in
        sides.iter().filter(|(side, _)| alone.is_none_or(|one| one == *side))
    {
        tell_roles(app, tx, *organization, LEADS, &news(&fact, fact.line_for(*side))).await?;
    }
    let theirs = matches!(fact.step, Step::Answered | Step::Proposed | Step::AnswerSoon);
    match fact.vendor.filter(|_| !theirs) {
        Some(vendor) => tell_roles(app, tx, vendor, PROGRAM, &news(&fact, fact.line())).await,
        None => Ok(()),
    }
}

fn news(fact: &DisagreementMoved, title: String) -> News {
    let what = format!("{}, milestone {}, {}.", fact.of.label(), fact.seq, fact.milestone_title);
    let split = fact.split.map(|split| split.clause()).unwrap_or_default();
    let until = moment(fact.answer_by);
    let follows = match fact.step {
        Step::Filed => format!(
            " Asked for: {split}. The money, the work and the letters of access rest until it is \
             over. The other side has time to answer until {until}."
        ),
        Step::Proposed => format!(" {split}. The other side can say yes to that."),
        Step::Answered | Step::Closed => String::new(),
        Step::MediationAsked => {
            format!(" It may decide once the other side was heard, or after {until}.")
        }
        Step::AnswerSoon => format!(
            " Answer or propose until {until}. After that the program may decide without you."
        ),
        Step::Unanswered => " The program may decide now.".to_owned(),
        Step::Agreed | Step::Decided => format!(" {split}. It is carried out now."),
        Step::Withdrawn => " Money, work and letters go on as before.".to_owned(),
    };
    let text = if fact.text.is_empty() { String::new() } else { format!(" {}", fact.text) };
    News {
        kind: "dispute",
        title,
        body: format!("{what}{follows}{text}"),
        link: format!("/milestones/{}/disagreement", fact.milestone),
    }
}
