//! A seeded simulator of the money engine: people wish, workers work, Stripe and time do as they
//! like, and processes die between any two effects, all from one seed.
//!
//! What is decided is decided by [`engine`](super::engine), which the program runs too. Only the
//! outside is imitated: the database by a [`book`] that refuses what it refuses, and Stripe.

mod acts;
mod answers;
mod banks;
mod book;
mod checks;
mod founding;
mod ledger;
mod news;
mod proofs;
mod random;
mod shown;
mod stripe;
mod workers;
mod world;

use super::engine::planted::{Fault, plant};
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use world::World;

/// What must not be, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation(pub String);

pub type Check<T> = Result<T, Violation>;

/// Steps of a world before it comes to rest.
const STEPS: u64 = 120;

/// How a world is run.
#[derive(Debug, Clone, Default)]
struct Run {
    seed: u64,
    fault: Option<Fault>,
    /// Steps that are left out.
    cut: BTreeSet<u64>,
    traced: bool,
}

/// How it went.
#[derive(Debug, Clone, PartialEq)]
struct Ran {
    operations: u64,
    digest: u64,
    trace: Vec<String>,
    /// The step at which it broke, and how.
    broke: Option<(u64, Violation)>,
}

impl Run {
    fn of(seed: u64) -> Self {
        Self { seed, ..Self::default() }
    }

    fn run(&self) -> Ran {
        plant(self.fault);
        let mut world = World::new(self.seed, self.traced);
        let mut at = 0;
        let through = catch_unwind(AssertUnwindSafe(|| self.through(&mut world, &mut at)));
        plant(None);
        let broke = match through {
            Ok(Ok(())) => None,
            Ok(Err(violation)) => Some((at, violation)),
            Err(_) => Some((at, Violation("it panicked".to_owned()))),
        };
        let trace = world.trace.take().unwrap_or_default();
        Ran { operations: world.operations, digest: world.digest, trace, broke }
    }

    fn through(&self, world: &mut World, at: &mut u64) -> Check<()> {
        for step in (0..STEPS).filter(|step| !self.cut.contains(step)) {
            *at = step;
            world.step(step)?;
        }
        *at = STEPS;
        world.rest()?;
        world.check_rest()
    }

    /// The same run with as many steps left out as it breaks without.
    fn shrunk(&self) -> Self {
        let mut least = self.clone();
        let mut size = STEPS / 2;
        while size > 0 {
            for from in (0..STEPS).step_by(usize::try_from(size).unwrap()) {
                let mut fewer = least.clone();
                fewer.cut.extend(from..(from + size).min(STEPS));
                if fewer.cut.len() > least.cut.len() && fewer.run().broke.is_some() {
                    least = fewer;
                }
            }
            size /= 2;
        }
        least
    }

    /// What broke, the shortest way to it, and how to see it again.
    fn report(&self) -> String {
        let whole = self.run();
        let Some((step, violation)) = whole.broke else { return "it did not break".to_owned() };
        let least = Self { traced: true, ..self.shrunk() };
        let left = STEPS - u64::try_from(least.cut.len()).unwrap();
        let ran = least.run();
        let (_, shortest) = ran.broke.unwrap_or((0, violation.clone()));
        format!(
            "seed {seed} broke at step {step} of {STEPS}: {}\nwith {left} steps left: {}\n  {}\n\
             again: ATTACHE_SEED={seed} cargo test -p api --lib billing::simulator::proofs::seeds \
             -- --nocapture",
            violation.0,
            shortest.0,
            ran.trace.join("\n  "),
            seed = self.seed,
        )
    }
}
