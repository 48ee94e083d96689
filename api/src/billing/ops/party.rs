//! A party's month as the journals tell it, for the operator.

use crate::billing::model::PartyStatement;
use crate::billing::store;
use crate::kernel::check::Invalid;
use crate::kernel::id::{OrganizationId, VendorId};
use crate::platform::db::{Db, Scope, Tx};
use crate::platform::refusal::Result;
use chrono::{Datelike, Months, NaiveDate};

/// The statement of a party of a program: by its id, or by its name when only one is called so.
/// `day` is any day of the month.
///
/// Errors: `invalid` naming `program`, `party` or `month`.
pub async fn party_statement(
    db: &Db,
    program: &str,
    party: &str,
    day: NaiveDate,
) -> Result<PartyStatement> {
    let mut tx = db.read(Scope::GLOBAL).await?;
    let vendors = store::vendors(&mut tx).await?;
    drop(tx);
    let vendor =
        vendors.into_iter().find(|(id, slug)| slug == program && *id != VendorId::OPERATOR);
    let (vendor, _) = vendor.ok_or_else(|| Invalid::field("program", "No program is called so"))?;
    let last = || Invalid::field("month", "It is too far away");
    let from = day.with_day(1).ok_or_else(last)?;
    let before = from.checked_add_months(Months::new(1)).ok_or_else(last)?;
    let mut tx = db.read_snapshot(vendor).await?;
    let (organization, organization_name) = named(&mut tx, party).await?;
    let opening = store::party_before(&mut tx, organization, from).await?;
    let lines = store::party_lines(&mut tx, organization, from, before).await?;
    let balances = Vec::new();
    let statement =
        PartyStatement { organization, organization_name, month: from, lines, balances };
    Ok(statement.running(&opening))
}

async fn named(tx: &mut Tx, party: &str) -> Result<(OrganizationId, String)> {
    let mut found = store::organizations_called(tx, party).await?;
    match (found.pop(), found.len()) {
        (Some(one), 0) => Ok(one),
        (None, _) => Err(Invalid::field("party", "No organization has this name or id").into()),
        (Some(_), more) => {
            let message = format!("{} organizations are called so: name one by its id", more + 1);
            Err(Invalid::field("party", message).into())
        }
    }
}
