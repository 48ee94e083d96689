//! The letters of a program, for its staff: they see that access is given, to whom and how it is
//! used, and nothing of what anybody does in an account.

use super::lines::with_calls;
use super::table;
use crate::access::model::{LetterSide, ProgramGrant, ProgramGrantsWanted};
use crate::access::store::{self, ProgramFilter};
use crate::app::App;
use crate::identity::{self, Allowed, Command, Deed};
use crate::kernel::id::GrantId;
use crate::kernel::page::Position;
use crate::platform::caller::Caller;
use crate::platform::http::paging::{PageWanted, cut};
use crate::platform::refusal::{Common, Result};
use chrono::{DateTime, SecondsFormat, Utc};

pub struct SeeProgramLetters;

impl Command for SeeProgramLetters {
    const DEED: Deed = Deed::SeeProgram;
}

/// Most lines of one export, latest first.
const MOST_EXPORTED: i64 = 10_000;

/// Every letter of the program, latest first, with the cursor of the next page.
///
/// Errors: 403 for everybody but the program's staff; a cursor of another list.
pub async fn list_program_grants(
    app: &App,
    caller: &Caller,
    wanted: ProgramGrantsWanted,
    (limit, cursor): (Option<i64>, Option<&str>),
) -> Result<(Vec<ProgramGrant>, Option<String>)> {
    let _: Allowed<SeeProgramLetters> = identity::allow(caller)?;
    let list = format!("program-grants:{}", caller.vendor);
    let page = PageWanted::read(&app.cursors, &list, limit, cursor)?;
    let mut tx = with_calls(app, caller).await?;
    let filter = ProgramFilter { wanted, only: None, after: page.after, limit: page.limit + 1 };
    let mut rows = store::program_grants(&mut tx, &filter).await?;
    let next = cut(&mut rows, page.limit, |g| Position { at: g.created_at, id: g.id.0 });
    Ok((rows, next.map(|position| app.cursors.seal(&list, position))))
}

/// One letter of the program.
///
/// Errors: 403 for everybody but the program's staff, 404.
pub async fn get_program_grant(app: &App, caller: &Caller, id: GrantId) -> Result<ProgramGrant> {
    let _: Allowed<SeeProgramLetters> = identity::allow(caller)?;
    let mut tx = with_calls(app, caller).await?;
    let wanted = ProgramGrantsWanted::default();
    let filter = ProgramFilter { wanted, only: Some(id), after: None, limit: 1 };
    let found = store::program_grants(&mut tx, &filter).await?.pop();
    Ok(found.ok_or(Common::NotFound("letter of access"))?)
}

/// The organizations that those letters can be narrowed to.
///
/// Errors: 403.
pub async fn list_letter_sides(app: &App, caller: &Caller) -> Result<Vec<LetterSide>> {
    let _: Allowed<SeeProgramLetters> = identity::allow(caller)?;
    let mut tx = app.db.read(caller).await?;
    store::letter_sides(&mut tx).await
}

/// The letters as CSV with a heading, latest first.
///
/// Errors: 403.
pub async fn export_program_grants(
    app: &App,
    caller: &Caller,
    wanted: ProgramGrantsWanted,
) -> Result<String> {
    let _: Allowed<SeeProgramLetters> = identity::allow(caller)?;
    let mut tx = with_calls(app, caller).await?;
    let filter = ProgramFilter { wanted, only: None, after: None, limit: MOST_EXPORTED };
    let rows = store::program_grants(&mut tx, &filter).await?;
    let mut csv = table::line(&HEADING.map(str::to_owned));
    for row in &rows {
        csv.push_str(&table::line(&cells(row)));
    }
    Ok(csv)
}

const HEADING: [&str; 14] = [
    "letter",
    "customer",
    "account",
    "engagement",
    "consultant",
    "partner",
    "application",
    "preset",
    "risk",
    "standing",
    "until",
    "last_used",
    "calls_30_days",
    "refused_30_days",
];

fn cells(grant: &ProgramGrant) -> [String; 14] {
    let time = |at: Option<DateTime<Utc>>| {
        at.map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true)).unwrap_or_default()
    };
    [
        grant.id.to_string(),
        grant.customer_name.clone(),
        grant.account_name.clone().unwrap_or_default(),
        format!("A-{}", grant.engagement_number),
        grant.consultant_name.clone(),
        grant.partner_name.clone(),
        grant.upstream.clone(),
        grant.preset.clone(),
        grant.risk.map(|risk| risk.to_string()).unwrap_or_default(),
        grant.standing.to_string(),
        time(grant.ended_at.or(grant.valid_until)),
        time(grant.used_at),
        grant.calls.to_string(),
        grant.refused.to_string(),
    ]
}
