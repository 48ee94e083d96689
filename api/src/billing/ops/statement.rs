//! What an organization earned or paid, line by line, each tied to its journals.

use crate::app::App;
use crate::billing::model::{
    Earnings, LineState, Part, Period, Statement, StatementLine, Taken, running,
};
use crate::billing::policy::SeeStatement;
use crate::billing::store::{self, MoneyRow, Rows, Whole};
use crate::engagements::Party;
use crate::identity::allow;
use crate::kernel::check::Invalid;
use crate::kernel::id::{JournalId, MilestoneId, RecoveryId};
use crate::kernel::money::{Currency, Money};
use crate::kernel::zone::Zone;
use crate::platform::caller::{Caller, OrganizationKind};
use crate::platform::db::Tx;
use crate::platform::refusal::Result;
use crate::program;
use chrono::{Days, NaiveDate};
use std::collections::HashMap;

/// The most lines of one statement.
const MOST_LINES: i64 = 5000;

/// The statement of the caller's own organization, from day to day (both included, UTC). Without
/// days: the year that ends today.
///
/// Errors: `invalid` unless the days are in order and span 366 at most; 403 by role.
pub async fn statement(
    app: &App,
    caller: &Caller,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
) -> Result<Statement> {
    allow::<SeeStatement>(caller)?;
    let period = period(app, from, to)?;
    let kind = rows_of(caller);
    let mut tx = app.db.read(caller).await?;
    let program::Settings { currency, zone, .. } = program::settings(&mut tx).await?;
    let organization = caller.organization;
    let names = store::organization_names(&mut tx, &[organization]).await?;
    let rows = store::money_rows(&mut tx, kind, organization, period, MOST_LINES + 1).await?;
    if i64::try_from(rows.len()).unwrap_or(i64::MAX) > MOST_LINES {
        let message = format!("It has more than {MOST_LINES} lines: choose fewer days");
        return Err(Invalid::field("from", message).into());
    }
    let before = store::totals(&mut tx, kind, organization, Some(period)).await?;
    let counted = before.iter().filter(|sum| counts(kind, sum.state)).map(|sum| sum.minor);
    let opening = Money::new(counted.sum(), currency);
    let behind = Behind::of(&mut tx, kind, &rows).await?;
    let mut lines: Vec<StatementLine> =
        rows.into_iter().map(|row| line(row, &behind, zone)).collect();
    let closing = running(opening, &mut lines, |state| counts(kind, state));
    let organization_name = names.get(&organization).cloned().unwrap_or_default();
    Ok(Statement { organization, organization_name, period, currency, opening, lines, closing })
}

/// What the caller's organization has earned, by where the money is now.
pub async fn earnings(app: &App, caller: &Caller) -> Result<Earnings> {
    allow::<SeeStatement>(caller)?;
    let mut tx = app.db.read(caller).await?;
    let currency: Currency = program::settings(&mut tx).await?.currency;
    let sums = store::totals(&mut tx, Rows::Shares, caller.organization, None).await?;
    let of = |wanted| {
        let there = sums.iter().find(|sum| sum.state == wanted).map_or(0, |sum| sum.there);
        Money::new(there, currency)
    };
    Ok(Earnings {
        available: of(LineState::Payable),
        on_hold: of(LineState::Held),
        on_the_way: of(LineState::OnTheWay),
        paid: of(LineState::Paid),
        owed: Money::new(of(LineState::Owed).minor().saturating_neg(), currency),
    })
}

fn period(app: &App, from: Option<NaiveDate>, to: Option<NaiveDate>) -> Result<Period, Invalid> {
    let to = to.unwrap_or_else(|| app.clock.now().date_naive());
    let from = from.or_else(|| to.checked_sub_days(Days::new(365))).unwrap_or(to);
    if from > to {
        return Err(Invalid::field("from", "Begin on or before the last day"));
    }
    if (to - from).num_days() > 366 {
        return Err(Invalid::field("from", "Choose a year at most"));
    }
    Ok(Period { from, to })
}

fn rows_of(caller: &Caller) -> Rows {
    match caller.kind {
        OrganizationKind::Customer => Rows::Payments,
        _ => Rows::Shares,
    }
}

/// A payee counts what it earned and what it gave back; a customer what it paid and what came back.
fn counts(rows: Rows, state: LineState) -> bool {
    match rows {
        Rows::Shares => state.is_earned(),
        Rows::Payments => true,
    }
}

/// What stands behind the lines of a statement, by milestone.
struct Behind {
    journals: HashMap<MilestoneId, Vec<(JournalId, String)>>,
    parts: HashMap<Whole, Vec<Part>>,
    taken: HashMap<RecoveryId, Vec<Taken>>,
}

impl Behind {
    async fn of(tx: &mut Tx, kind: Rows, rows: &[MoneyRow]) -> Result<Self> {
        let milestones: Vec<MilestoneId> = rows.iter().map(MoneyRow::milestone).collect();
        let mut behind =
            Self { journals: HashMap::new(), parts: HashMap::new(), taken: HashMap::new() };
        let debts: Vec<RecoveryId> = rows.iter().filter_map(MoneyRow::recovery).collect();
        if !debts.is_empty() {
            for (debt, taken) in store::taken_of(tx, &debts).await? {
                behind.taken.entry(debt).or_default().push(taken);
            }
        }
        for (milestone, journal, key) in store::journals_of(tx, &milestones).await? {
            behind.journals.entry(milestone).or_default().push((journal, key));
        }
        for (whole, part) in store::parts_of(tx, &milestones, kind).await? {
            behind.parts.entry(whole).or_default().push(part);
        }
        Ok(behind)
    }
}

fn line(row: MoneyRow, behind: &Behind, zone: Zone) -> StatementLine {
    let fee_rule = row.fee_words.as_deref().zip(row.fee_from);
    let fee_rule = fee_rule.map(|(words, from)| program::named(words, from, zone));
    let party = row.party;
    let all = behind.journals.get(&row.milestone()).map(Vec::as_slice).unwrap_or_default();
    let of = Of::row(&row);
    let own = all.iter().filter(|(_, key)| of.concerns(key)).map(|(id, _)| *id);
    let debt = row.recovery();
    let taken = debt.and_then(|debt| behind.taken.get(&debt)).cloned().unwrap_or_default();
    StatementLine {
        at: row.at,
        what: match debt {
            Some(_) => format!("Back to the customer of milestone {}: {}", row.seq, row.title),
            None if row.amount().minor() < 0 => {
                format!("Back from milestone {}: {}", row.seq, row.title)
            }
            None if row.acceptance == Some(false) => {
                format!("Part of milestone {}: {}", row.seq, row.title)
            }
            None => format!("Milestone {}: {}", row.seq, row.title),
        },
        engagement: row.engagement(),
        engagement_label: format!("A-{}", row.number),
        milestone: row.milestone(),
        gross: row.gross(),
        rule: rule(party, row.parts, fee_rule.as_deref()),
        fee_rule,
        amount: row.amount(),
        party,
        split: behind.parts.get(&(row.milestone(), row.release())).cloned().unwrap_or_default(),
        running: Money::zero(row.amount().currency()),
        journals: own.collect(),
        state: row.state,
        netted: row.netted(),
        taken,
        refusal: row.refusal,
        stripe: row.stripe,
    }
}

/// What a line is of.
enum Of {
    Payment,
    /// What came back to a customer: a refund's id, and what Stripe calls it or the dispute.
    Back(String, Vec<String>),
    /// What of a share was not released.
    Rest,
    Acceptance(Party),
    Part(Party, String),
    GivenBack(Party),
}

impl Of {
    fn row(row: &MoneyRow) -> Self {
        match (row.party, row.release(), row.acceptance) {
            (None, Some(back), _) => Self::Back(back.to_string(), row.stripe.clone()),
            (None, ..) => Self::Payment,
            (Some(party), Some(_), Some(true)) => Self::Acceptance(party),
            (Some(party), Some(release), _) => Self::Part(party, release.to_string()),
            (Some(party), None, _) if row.recovery().is_some() => Self::GivenBack(party),
            (Some(_), None, _) => Self::Rest,
        }
    }

    /// Whether a journal is behind the line: the operator's fees are nobody else's affair, a
    /// transfer is its payee's, and a part's is that part's.
    fn concerns(&self, event_key: &str) -> bool {
        let mut words = event_key.split(':');
        let (kind, of, third) = (words.next().unwrap_or_default(), words.next(), words.next());
        let own = |party: &Party| third == Some(party.as_str());
        // The release of a part stands before the attempt and the step.
        let part = words.next().filter(|_| words.count() == 2);
        match (kind, self) {
            ("refund", Self::Back(refund, _)) => of == Some(refund),
            ("dispute", Self::Back(_, names)) => names.iter().any(|name| of == Some(name)),
            (_, Self::Back(..)) => false,
            ("charge" | "refund" | "dispute", _) => true,
            ("accept", Self::Payment | Self::Acceptance(_)) | ("release", Self::Payment) => true,
            ("accept" | "release", Self::GivenBack(_)) => true,
            ("release", Self::Part(_, release)) => of == Some(release),
            ("tr", Self::Acceptance(party)) => own(party) && part.is_none(),
            ("tr", Self::Part(party, release)) => own(party) && part == Some(release),
            ("net" | "rev", Self::Acceptance(party) | Self::Part(party, _)) => own(party),
            ("tr" | "net" | "rev", Self::GivenBack(party)) => own(party),
            _ => false,
        }
    }
}

fn rule(party: Option<Party>, parts: Option<i32>, named: Option<&str>) -> String {
    let named = named.map(|named| format!(", rule {named}")).unwrap_or_default();
    match (party, parts) {
        (Some(party), Some(parts)) => {
            format!("{party} {}.{:02} %{named}", parts / 100, parts % 100)
        }
        _ => format!("the milestone's price{named}"),
    }
}
