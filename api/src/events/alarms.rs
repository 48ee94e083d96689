//! Who is told that something unusual happened with a letter of access: the customer, who can stop
//! it, and the people who run the program. Never whose letter it is.

use super::access::LEADS;
use crate::access::AccessAlarmed;
use crate::app::App;
use crate::kernel::moment::moment;
use crate::notices::{self, News};
use crate::platform::caller::Role;
use crate::platform::db::Tx;
use crate::platform::jobs::event::Event;
use crate::platform::refusal::Result;
use crate::program;

/// Who looks into alarms for the program.
const VENDOR_LEADS: &[Role] = &[Role::Owner, Role::ProgramManager];

pub async fn tell(app: &App, tx: &mut Tx, event: &Event) -> Result<()> {
    let Some(fact) = event.read::<AccessAlarmed>()? else { return Ok(()) };
    let of = &fact.of;
    let who = &of.consultant_name;
    let title = format!("Something unusual: {who}'s access to {}", of.place);
    let what = format!(
        "{} It was between {} and {}.",
        fact.what.sentence(),
        moment(fact.what.began_at),
        moment(fact.what.last_at)
    );
    let news = |then: &str| News {
        kind: "access",
        title: title.clone(),
        body: format!("{what} {then}"),
        link: format!("/alarms/{}", fact.alarm),
    };
    let yours = news(
        "It may well be all right. If you do not know why, let the letter rest or end it: one \
         click on this page. The program's people were told too, without what the calls were \
         about.",
    );
    notices::tell_roles(app, tx, of.customer, LEADS, &yours).await?;
    let Some(vendor) = program::vendor_organization(tx).await? else { return Ok(()) };
    let staff = news("The customer was told, and can let the letter rest or end it.");
    notices::tell_roles(app, tx, vendor, VENDOR_LEADS, &staff).await
}
