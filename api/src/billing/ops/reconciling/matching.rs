//! Which journal is of which movement, over all programs: each program's journals are read in its
//! own transactions, Stripe's movements in the operator's, and they meet here.

use crate::app::App;
use crate::billing::model::{AtStripe, Booked, Posting, assign, of_movement};
use crate::billing::store::reconciling as store;
use crate::kernel::id::VendorId;
use crate::platform::refusal::Result;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Where books and Stripe stand after everything was matched that can be.
#[derive(Default)]
pub struct Matched {
    /// Movements with which the books do not agree.
    pub open: Vec<AtStripe>,
    /// What the journals say of these, where there are any.
    pub booked: HashMap<String, Booked>,
    /// Journals whose movement Stripe's list does not have.
    pub loose: HashMap<VendorId, Vec<Posting>>,
    /// How far each program's ledger was looked at.
    pub marks: HashMap<VendorId, store::Watermark>,
    /// By currency, how much more the ledgers have at Stripe than what was taken over of them.
    pub astray: BTreeMap<String, i64>,
}

/// Matches what is new, and what was not matched before.
pub async fn match_all(app: &App, vendors: &[VendorId]) -> Result<Matched> {
    let mut tx = app.db.read(VendorId::OPERATOR).await?;
    let mut matched = Matched { open: store::open_movements(&mut tx).await?, ..Matched::default() };
    drop(tx);
    for vendor in vendors {
        match_program(app, *vendor, &mut matched).await?;
    }
    Ok(matched)
}

async fn match_program(app: &App, vendor: VendorId, matched: &mut Matched) -> Result<()> {
    let mut tx = app.db.write(vendor).await?;
    let mark = store::watermark(&mut tx).await?;
    store::project(&mut tx, mark.since).await?;
    let loose = store::loose_postings(&mut tx).await?;
    let sums = store::sums(&mut tx, mark.through).await?;
    tx.commit().await?;
    for of in sums {
        *matched.astray.entry(of.currency).or_default() += of.ledger - of.postings;
    }
    matched.marks.insert(vendor, mark);
    admit_named(app, vendor, &loose, &mut matched.open).await?;
    let links = assign(&loose, &matched.open);
    let ids: Vec<&str> = matched.open.iter().map(|movement| movement.id.as_str()).collect();
    let mut tx = app.db.write(vendor).await?;
    if !links.is_empty() {
        store::link(&mut tx, &links).await?;
    }
    let booked = store::booked_of(&mut tx, &ids).await?;
    tx.commit().await?;
    let linked: HashSet<_> =
        links.iter().map(|(journal, currency, _)| (journal, currency)).collect();
    let is_loose = |posting: &Posting| !linked.contains(&(&posting.journal, &posting.currency));
    matched.loose.insert(vendor, loose.into_iter().filter(is_loose).collect());
    take_over(app, vendor, booked, matched).await
}

/// Movements that journals name and that were matched before: they are looked at anew.
async fn admit_named(
    app: &App,
    vendor: VendorId,
    loose: &[Posting],
    open: &mut Vec<AtStripe>,
) -> Result<()> {
    let ids: Vec<&str> =
        loose.iter().filter_map(|posting| posting.transaction.as_deref()).collect();
    let sources: Vec<&str> = loose.iter().filter_map(|posting| posting.source.as_deref()).collect();
    if ids.is_empty() && sources.is_empty() {
        return Ok(());
    }
    let mut tx = app.db.read(VendorId::OPERATOR).await?;
    let named = store::movements_named(&mut tx, &ids, &sources).await?;
    drop(tx);
    let known: HashSet<String> = open.iter().map(|movement| movement.id.clone()).collect();
    let own = named.into_iter().filter(|one| one.program.is_none_or(|program| program == vendor));
    open.extend(own.filter(|movement| !known.contains(&movement.id)));
    Ok(())
}

async fn take_over(
    app: &App,
    vendor: VendorId,
    booked: HashMap<String, Booked>,
    matched: &mut Matched,
) -> Result<()> {
    if booked.is_empty() {
        return Ok(());
    }
    let agrees = |movement: &AtStripe| {
        let of = booked.get(&movement.id);
        of.is_some() && of_movement(movement, of).is_none()
    };
    let (agreed, mut open): (Vec<AtStripe>, Vec<AtStripe>) =
        std::mem::take(&mut matched.open).into_iter().partition(agrees);
    for movement in open.iter_mut().filter(|movement| booked.contains_key(&movement.id)) {
        movement.program = Some(vendor);
    }
    let agreed: Vec<&str> = agreed.iter().map(|movement| movement.id.as_str()).collect();
    let others = open.iter().map(|movement| movement.id.as_str());
    let others: Vec<&str> = others.filter(|id| booked.contains_key(*id)).collect();
    let mut tx = app.db.write(VendorId::OPERATOR).await?;
    store::set_matched(&mut tx, vendor, &agreed, &others).await?;
    tx.commit().await?;
    matched.open = open;
    matched.booked.extend(booked);
    Ok(())
}
