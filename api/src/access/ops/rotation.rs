//! Wrapping every data key anew, while the program serves.
//!
//! Only data keys are touched, never what they seal. A few rows at a time are read in one
//! transaction, wrapped with none open, and exchanged in another. The rows themselves say how far
//! it came: cut off at any moment, the next run goes on.

use crate::access::store::{self, Exchange, RowOf, WrappedRow};
use crate::kernel::id::VendorId;
use crate::outside::keys::KeyWrapper;
use crate::platform::db::{Db, Scope};
use crate::platform::refusal::{Error, Result};
use futures::future::join_all;
use std::collections::BTreeMap;
use std::time::Duration;

/// How much a key-encryption key wraps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyUse {
    pub kek_id: String,
    pub rows: i64,
    /// Whether it wraps what is sealed from now on.
    pub in_use: bool,
    /// Whether it can unwrap here; rows under another one are lost to this installation.
    pub known: bool,
}

/// How a rotation goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotation {
    pub done: i64,
    /// What was to be done when the pass began, without what is done since.
    pub left: i64,
}

/// What a rotation came to.
#[derive(Debug)]
pub struct Rotated {
    pub done: i64,
    /// Rows that do not open in their place, in words.
    pub stuck: Vec<String>,
    /// Afterwards.
    pub uses: Vec<KeyUse>,
}

/// Rows that are wrapped at the same time.
const AT_ONCE: usize = 8;
/// Passes in which nothing could be exchanged, before it is given up.
const IDLE_PASSES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(300);

/// How much each key wraps, the key in use first, also when it wraps nothing.
pub async fn key_uses(db: &Db, wrapper: &dyn KeyWrapper) -> Result<Vec<KeyUse>> {
    let active = wrapper.active_kek().await?;
    let mut counts = BTreeMap::from([(active.clone(), 0)]);
    let mut tx = db.read(Scope::GLOBAL).await?;
    let programs = store::programs(&mut tx).await?;
    let mut found = store::count_of_states(&mut tx).await?;
    drop(tx);
    for program in programs {
        let mut tx = db.read(program).await?;
        found.extend(store::count_of_program(&mut tx).await?);
    }
    for (kek_id, rows) in found {
        *counts.entry(kek_id).or_default() += rows;
    }
    let mut uses: Vec<KeyUse> = counts
        .into_iter()
        .map(|(kek_id, rows)| KeyUse {
            in_use: kek_id == active,
            known: wrapper.knows(&kek_id),
            kek_id,
            rows,
        })
        .collect();
    uses.sort_by_key(|of| !of.in_use);
    Ok(uses)
}

/// Wraps every data key with the key in use, `batch` rows at a time; tells `say` after each batch.
/// Rows that do not open stay as they are. May run beside the program and be repeated.
///
/// Errors when the database or the keys are away; what was done by then stays done.
pub async fn rotate_keys(
    db: &Db,
    wrapper: &dyn KeyWrapper,
    batch: i64,
    say: &mut (dyn FnMut(Rotation) + Send),
) -> Result<Rotated> {
    let mut run = Run { db, wrapper, batch: batch.max(1), done: 0, stuck: Vec::new() };
    let mut idle = 0;
    loop {
        let uses = key_uses(db, wrapper).await?;
        let old = uses.iter().filter(|of| !of.in_use);
        let left: i64 = old.map(|of| of.rows).sum();
        let active = uses.iter().find(|of| of.in_use).map(|of| of.kek_id.clone());
        let active = active.ok_or_else(|| Error::fault("no key is in use"))?;
        let before = run.done;
        run.stuck.clear();
        if left > 0 {
            run.pass(&active, left, say).await?;
        }
        idle = if run.done > before { 0 } else { idle + 1 };
        let waits_for_nothing = i64::try_from(run.stuck.len()).unwrap_or(i64::MAX) >= left;
        if waits_for_nothing || idle > IDLE_PASSES {
            let uses = if left == 0 { uses } else { key_uses(db, wrapper).await? };
            return Ok(Rotated { done: run.done, stuck: run.stuck, uses });
        }
        if idle > 0 {
            tokio::time::sleep(PAUSE).await;
        }
    }
}

struct Run<'a> {
    db: &'a Db,
    wrapper: &'a dyn KeyWrapper,
    batch: i64,
    done: i64,
    stuck: Vec<String>,
}

impl Run<'_> {
    /// Looks once at every row that another key than `active` wraps.
    async fn pass(
        &mut self,
        active: &str,
        left: i64,
        say: &mut (dyn FnMut(Rotation) + Send),
    ) -> Result<()> {
        let mut tx = self.db.read(Scope::GLOBAL).await?;
        let programs = store::programs(&mut tx).await?;
        drop(tx);
        let goal = self.done + left;
        for program in programs.into_iter().map(Some).chain([None]) {
            let mut last = None;
            loop {
                let rows = self.read(program, active, last.as_ref()).await?;
                let Some(end) = rows.last() else { break };
                last = Some(end.of.clone());
                let exchanges = self.rewrap(rows).await?;
                self.done += self.exchange(program, exchanges).await?;
                say(Rotation { done: self.done, left: (goal - self.done).max(0) });
            }
        }
        Ok(())
    }

    /// Rows of a program's connections, then of its trails; without one, of connects begun.
    async fn read(
        &self,
        program: Option<VendorId>,
        active: &str,
        after: Option<&RowOf>,
    ) -> Result<Vec<WrappedRow>> {
        match program {
            Some(program) => {
                let mut tx = self.db.read(program).await?;
                let trails = matches!(after, Some(RowOf::Trail { .. }));
                let of = match trails {
                    true => Vec::new(),
                    false => store::of_connections(&mut tx, active, after, self.batch).await?,
                };
                if !of.is_empty() {
                    return Ok(of);
                }
                store::of_trails(&mut tx, active, after, self.batch).await
            }
            None => {
                let mut tx = self.db.read(Scope::GLOBAL).await?;
                store::of_states(&mut tx, active, after, self.batch).await
            }
        }
    }

    /// No transaction is open: the keys may be a server's.
    async fn rewrap(&mut self, rows: Vec<WrappedRow>) -> Result<Vec<Exchange>> {
        let mut exchanges = Vec::with_capacity(rows.len());
        for some in rows.chunks(AT_ONCE) {
            let wrapper = self.wrapper;
            let each = some.iter().map(|row| async move {
                let place = row.of.place().bound();
                wrapper.rewrap(&row.wrapped, &place).await
            });
            for (row, new) in some.iter().zip(join_all(each).await) {
                match new {
                    Ok(new) => exchanges.push(Exchange { old: row.clone(), new }),
                    Err(Error::Fault(fault)) => {
                        let (place, kek) = (row.of.place(), row.wrapped.kek_id.as_str());
                        tracing::error!(alarm = true, ?place, kek, "{fault:#}");
                        self.stuck.push(format!("{place:?} under {kek}: {fault:#}"));
                    }
                    Err(away) => return Err(away),
                }
            }
        }
        Ok(exchanges)
    }

    async fn exchange(&self, program: Option<VendorId>, exchanges: Vec<Exchange>) -> Result<i64> {
        if exchanges.is_empty() {
            return Ok(0);
        }
        let done = match program {
            Some(program) => {
                let mut tx = self.db.write(program).await?;
                let of = exchanges.first().map(|exchange| &exchange.old.of);
                let done = match matches!(of, Some(RowOf::Trail { .. })) {
                    true => store::exchange_of_trails(&mut tx, &exchanges).await?,
                    false => store::exchange_of_connections(&mut tx, &exchanges).await?,
                };
                tx.commit().await?;
                done
            }
            None => {
                let mut tx = self.db.write(Scope::GLOBAL).await?;
                let done = store::exchange_of_states(&mut tx, exchanges).await?;
                tx.commit().await?;
                done
            }
        };
        Ok(i64::try_from(done).unwrap_or(i64::MAX))
    }
}
