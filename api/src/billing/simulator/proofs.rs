//! What the simulator proves: seeds without a violation, planted faults found, replays the same.
//!
//! 2,000 seeds usually; 100,000 with `ATTACHE_PROOFS=long`. `ATTACHE_SEED` runs one, and tells its
//! story; `ATTACHE_SEEDS` says how many.

use super::{Run, STEPS};
use crate::billing::engine::planted::Fault;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

fn wanted(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// How many seeds are run.
fn how_many() -> u64 {
    let long = std::env::var("ATTACHE_PROOFS").is_ok_and(|which| which == "long");
    wanted("ATTACHE_SEEDS").unwrap_or(if long { 100_000 } else { 2_000 })
}

/// Runs seeds on every core; answers the operations, and a seed that broke.
fn run_all(seeds: u64) -> (u64, Option<u64>) {
    let (next, operations) = (AtomicU64::new(1), AtomicU64::new(0));
    let broken = Mutex::new(None);
    let one_after_the_other = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed > seeds || broken.lock().unwrap().is_some() {
                return;
            }
            let ran = Run::of(seed).run();
            operations.fetch_add(ran.operations, Ordering::Relaxed);
            if ran.broke.is_some() {
                *broken.lock().unwrap() = Some(seed);
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(one_after_the_other);
        }
    });
    (operations.into_inner(), broken.into_inner().unwrap())
}

#[test]
fn seeds_leave_the_books_whole() {
    if let Some(seed) = wanted("ATTACHE_SEED") {
        let told = Run { traced: true, ..Run::of(seed) }.run();
        println!("{}", told.trace.join("\n"));
        assert!(told.broke.is_none(), "{}", Run::of(seed).report());
        return;
    }
    let (seeds, began) = (how_many(), Instant::now());
    let (operations, broken) = run_all(seeds);
    assert!(broken.is_none(), "{}", Run::of(broken.unwrap()).report());
    let took = began.elapsed();
    let each = u128::from(operations) * 1000 / took.as_millis().max(1);
    println!(
        "simulated: {seeds} seeds, {operations} operations in {:.1} s, {each} a second",
        took.as_secs_f64()
    );
    assert!(operations >= seeds * 100, "a seed is a hundred operations and more");
}

#[test]
fn planted_faults_are_found() {
    for fault in Fault::ALL {
        let run = |seed| Run { fault: Some(fault), ..Run::of(seed) };
        let found = (1..=2_000).find(|seed| run(*seed).run().broke.is_some());
        let seed = found.unwrap_or_else(|| panic!("2,000 seeds do not find {fault:?}"));
        let (_, violation) = run(seed).run().broke.unwrap();
        let least = run(seed).shrunk();
        let left = STEPS - u64::try_from(least.cut.len()).unwrap();
        println!("simulated: {fault:?} by seed {seed}, in {left} steps: {}", violation.0);
    }
}

#[test]
fn a_replay_is_the_same_to_the_bit() {
    for seed in 1..=50 {
        let run = Run { traced: true, ..Run::of(seed) };
        assert_eq!(run.run(), run.run(), "seed {seed}");
    }
    let run = |seed| Run { fault: Some(Fault::FeeOnWrongSide), traced: true, ..Run::of(seed) };
    let seed = (1..100).find(|seed| run(*seed).run().broke.is_some()).unwrap();
    assert_eq!(run(seed).run(), run(seed).run());
    assert_eq!(run(seed).report(), run(seed).report(), "a report is the same as well");
    assert!(run(seed).shrunk().cut.len() > 60, "most steps have no part in it");
}
