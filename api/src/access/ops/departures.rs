//! What ends with a person's work, before it and after: the letters of every program with whom they
//! are for and what they allow, the work that needs somebody else, and the proof.

use super::completion::place;
use super::lines::with_calls;
use super::preview::consent_of;
use super::receipts::{LOOK, PATIENCE, is_awaited, said_of};
use super::table::line;
use crate::access::AccessError;
use crate::access::audit::{Receipt, Signer};
use crate::access::model::{CallsAround, EndReceipt, Grant};
use crate::access::store;
use crate::app::App;
use crate::engagements::{self, OpenWork};
use crate::identity::{self, Leaving, LeavingSeat};
use crate::kernel::id::{GrantId, MembershipId, PersonId};
use crate::platform::caller::Caller;
use crate::platform::db::nodes;
use crate::platform::refusal::{Error, Result};
use chrono::{DateTime, SecondsFormat, SubsecRound, Utc};
use serde::Serialize;
use std::collections::{BTreeSet, HashMap};
use tokio::time::Instant;

/// The person, and what goes in each program.
#[derive(Debug, Clone)]
pub struct Departure {
    pub of: Leaving,
    pub ended_by_name: Option<String>,
    pub programs: Vec<LeavingProgram>,
}

/// One seat with all that hangs on it.
#[derive(Debug, Clone)]
pub struct LeavingProgram {
    pub seat: LeavingSeat,
    pub organization: String,
    pub letters: Vec<LeavingLetter>,
    /// What names the person as who does the work, and is not over.
    pub work: Vec<OpenWork>,
    said: Vec<EndReceipt>,
}

/// A letter, or a request for one, that ends with the seat or has ended with it.
#[derive(Debug, Clone)]
pub struct LeavingLetter {
    pub grant: Grant,
    /// The account, or the application while none is chosen.
    pub place: String,
    /// What it allows, in sentences that follow "can".
    pub can: Vec<String>,
    pub calls: CallsAround,
}

impl Departure {
    pub fn letters(&self) -> impl Iterator<Item = &LeavingLetter> {
        self.programs.iter().flat_map(|program| &program.letters)
    }

    /// How many customers the letters are for.
    pub fn customers(&self) -> usize {
        self.letters().map(|letter| letter.grant.customer).collect::<BTreeSet<_>>().len()
    }

    /// Whether the rows of all letters say that they ended.
    pub fn is_written(&self) -> bool {
        self.of.ended_at.is_some() && self.letters().all(|l| l.grant.ended_at.is_some())
    }
}

/// What ends with a person's work, or has ended with it. One transaction a program, since a
/// transaction serves one vendor.
///
/// Errors: 403, 404.
pub async fn see_departure(
    app: &App,
    caller: &Caller,
    membership: MembershipId,
) -> Result<Departure> {
    let now = nodes::now(&mut app.db.read(caller).await?).await?;
    departure_at(app, caller, membership, now).await
}

/// The same, by calls that ended by `now`.
async fn departure_at(
    app: &App,
    caller: &Caller,
    membership: MembershipId,
    now: DateTime<Utc>,
) -> Result<Departure> {
    let of = identity::leaving(app, caller, membership).await?;
    let mut programs = Vec::new();
    for seat in &of.seats {
        programs.push(program_of(app, &of, seat, now).await?);
    }
    let by: Vec<PersonId> = of.ended_by.into_iter().collect();
    let mut tx = app.db.read(caller).await?;
    let ended_by_name = identity::person_names(&mut tx, &by).await?.into_values().next();
    Ok(Departure { of, ended_by_name, programs })
}

async fn program_of(
    app: &App,
    of: &Leaving,
    seat: &LeavingSeat,
    now: DateTime<Utc>,
) -> Result<LeavingProgram> {
    let mut tx = with_calls(app, seat.vendor).await?;
    let grants = store::grants_of_seat(&mut tx, seat.membership).await?;
    let until = of.ended_at.unwrap_or_else(|| app.clock.now());
    let ends: Vec<(GrantId, DateTime<Utc>)> = grants.iter().map(|g| (g.id, until)).collect();
    let mut calls = store::calls_around(&mut tx, &ends).await?;
    let said = said_of(app, &mut tx, &grants, now).await?;
    let organization = identity::organization_name(&mut tx, seat.organization).await?;
    let work = engagements::open_work(&mut tx, seat.organization, of.person).await?;
    drop(tx);
    let letters: Result<Vec<LeavingLetter>> =
        grants.into_iter().map(|grant| letter_of(app, grant, &mut calls)).collect();
    Ok(LeavingProgram { seat: seat.clone(), organization, letters: letters?, work, said })
}

fn letter_of(
    app: &App,
    grant: Grant,
    calls: &mut HashMap<GrantId, (CallsAround, i64)>,
) -> Result<LeavingLetter> {
    let (calls, _) = calls.remove(&grant.id).ok_or_else(|| Error::fault("not counted"))?;
    let groups = consent_of(app, &grant).map(|consent| consent.can).unwrap_or_default();
    let can = groups.into_iter().flat_map(|group| group.sentences).map(|s| s.text).collect();
    Ok(LeavingLetter { place: place(app, &grant), can, calls, grant })
}

/// Ends a person's work and tells what it ended. A second time it tells the same.
///
/// Errors: 403, 404, `own-work`, `owners-only`, `last-owner`.
pub async fn end_work(app: &App, caller: &Caller, membership: MembershipId) -> Result<Departure> {
    identity::end_work(app, caller, membership).await?;
    see_departure(app, caller, membership).await
}

/// What is signed of a person's end.
#[derive(Serialize)]
struct Proof<'a> {
    /// Always `work-ended`.
    kind: &'static str,
    person: &'a str,
    ended_at: DateTime<Utc>,
    ended_by: Option<&'a str>,
    programs: Vec<ProofOfProgram<'a>>,
    issued_at: DateTime<Utc>,
}

#[derive(Serialize)]
struct ProofOfProgram<'a> {
    program: &'a str,
    organization: &'a str,
    letters: &'a [EndReceipt],
}

/// That a person's work is over: what each letter says of its end, in one signed text.
///
/// Errors: 403, 404; `not-ended` until every letter's row says so.
pub async fn prove_departure(
    app: &App,
    caller: &Caller,
    membership: MembershipId,
) -> Result<Receipt> {
    let departure = acknowledged(app, caller, membership).await?;
    let ended_at = departure.of.ended_at.filter(|_| departure.is_written());
    let programs = departure.programs.iter().map(|program| ProofOfProgram {
        program: &program.seat.program,
        organization: &program.organization,
        letters: &program.said,
    });
    let proof = Proof {
        kind: "work-ended",
        person: &departure.of.name,
        ended_at: ended_at.ok_or(AccessError::NotEnded)?,
        ended_by: departure.ended_by_name.as_deref(),
        programs: programs.collect(),
        issued_at: app.clock.now().trunc_subsecs(6),
    };
    Ok(Signer::of(app)?.attest(serde_json::to_string(&proof)?))
}

/// Waits a few seconds until every process has written what it knew of the letters.
async fn acknowledged(app: &App, caller: &Caller, membership: MembershipId) -> Result<Departure> {
    let until = Instant::now() + PATIENCE;
    let begun = nodes::now(&mut app.db.read(caller).await?).await?;
    loop {
        let departure = departure_at(app, caller, membership, begun).await?;
        let mut said = departure.programs.iter().flat_map(|program| &program.said);
        if !said.any(|said| is_awaited(said, begun)) || Instant::now() >= until {
            return Ok(departure);
        }
        tokio::time::sleep(LOOK).await;
    }
}

const COLUMNS: [&str; 15] = [
    "program",
    "customer",
    "account",
    "engagement",
    "letter",
    "allowed",
    "terms",
    "granted",
    "seat ended",
    "letter ended",
    "last allowed call",
    "calls under way at the end",
    "calls begun while it was written",
    "calls after",
    "refused since",
];

/// The proof list as a table for a spreadsheet.
///
/// Errors: 403, 404.
pub async fn export_departure(
    app: &App,
    caller: &Caller,
    membership: MembershipId,
) -> Result<String> {
    let departure = see_departure(app, caller, membership).await?;
    let mut csv = line(&COLUMNS.map(str::to_owned));
    for program in &departure.programs {
        for letter in &program.letters {
            csv.push_str(&line(&cells(departure.of.ended_at, &program.seat.program, letter)));
        }
    }
    Ok(csv)
}

fn cells(ended_at: Option<DateTime<Utc>>, program: &str, letter: &LeavingLetter) -> [String; 15] {
    let time = |at: Option<DateTime<Utc>>| {
        at.map(|at| at.to_rfc3339_opts(SecondsFormat::Millis, true)).unwrap_or_default()
    };
    let grant = &letter.grant;
    [
        program.to_owned(),
        grant.customer_name.clone(),
        letter.place.clone(),
        grant.engagement_label(),
        grant.id.to_string(),
        letter.can.join("; "),
        hex::encode(&grant.terms_hash),
        time(grant.granted_at),
        time(ended_at),
        time(grant.ended_at),
        time(letter.calls.last_at),
        letter.calls.under_way.to_string(),
        letter.calls.begun_meanwhile.to_string(),
        letter.calls.begun_after.to_string(),
        letter.calls.refused_since.to_string(),
    ]
}
