//! A world from a seed: people, workers, Stripe and time, a step at a time.
//!
//! Each step draws from a stream of its own, so a step does the same kind of thing when steps
//! before it are cut out. Afterwards everything comes to rest: no more wishes, no more faults.

use super::acts::Env;
use super::book::{Book, Work};
use super::founding::env;
use super::random::Random;
use super::stripe::{About, News, Stripe};
use super::workers::{Stage, Worker};
use super::{Check, Violation};
use crate::billing::model::{CallState, TransferState};
use crate::kernel::id::MilestoneId;
use crate::kernel::money::{Currency, Money};
use chrono::{DateTime, Duration, Utc};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// 2026-01-01.
const BEGINNING: i64 = 1_767_225_600;

pub struct World {
    pub book: Book,
    pub stripe: Stripe,
    pub env: Env,
    pub workers: Vec<Worker>,
    /// How often a job was taken.
    pub hands: u64,
    /// Commits, words with Stripe and wishes.
    pub operations: u64,
    /// Follows from everything that happened.
    pub digest: u64,
    pub trace: Option<Vec<String>>,
    seed: u64,
    clock: Arc<AtomicI64>,
    /// What was at Stripe when it was looked through last.
    pub seen_objects: usize,
}

impl World {
    pub fn new(seed: u64, traced: bool) -> Self {
        let mut random = Random::new(seed, 0);
        let clock = Arc::new(AtomicI64::new(BEGINNING));
        let env = env(&clock);
        let mut world = Self {
            book: Book::default(),
            stripe: Stripe::default(),
            env,
            workers: Vec::new(),
            hands: 0,
            operations: 0,
            digest: seed,
            trace: traced.then(Vec::new),
            seed,
            clock,
            seen_objects: 0,
        };
        world.pass(0, &mut random);
        world.found(&mut random);
        world
    }

    /// Whatever happens in one step.
    pub fn step(&mut self, step: u64) -> Check<()> {
        let mut random = Random::new(self.seed, step + 1);
        let random = &mut random;
        match random.below(100) {
            0..=52 => self.somebody_works(random)?,
            53..=61 => {
                let seconds = match random.below(100) {
                    0..=64 => random.between(1, 180),
                    65..=89 => random.between(181, 10_000),
                    90..=96 => random.between(10_001, 90_000),
                    _ => random.between(90_001, 250_000),
                };
                self.pass(seconds, random);
            }
            62..=82 => self.wish(random)?,
            83..=88 => self.deliver(random)?,
            89..=96 => self.at_stripe(random),
            97 => {
                self.note(|| "the process dies".to_owned());
                self.workers.clear();
            }
            98 => self.decide(random)?,
            _ => self.change(random),
        }
        self.check_step()
    }

    /// One step of a worker, who may be new; time goes on when there is nothing to do.
    fn somebody_works(&mut self, random: &mut Random) -> Check<()> {
        if self.workers.len() < 2 || (self.workers.len() < 5 && random.percent(25)) {
            self.take_job(random);
        }
        if self.workers.is_empty() {
            let soon = self.next_time().map_or(60, |at| (at - self.book.now).num_seconds() + 1);
            self.pass(soon.clamp(1, 20_000), random);
            return self.deliver(random);
        }
        let among = i64::try_from(self.workers.len()).unwrap();
        let at = usize::try_from(random.below(among)).unwrap();
        // Who has read something is held up often: what it has in its hands grows old.
        let has_read = self.workers[at].stage.has_read();
        if has_read && random.percent(30) {
            self.overtake(at, random)?;
        }
        if has_read && random.percent(60) { Ok(()) } else { self.work(at, random) }
    }

    /// A bank goes on while a worker has its dispute in its hands, and another worker writes down
    /// what came of it first.
    fn overtake(&mut self, at: usize, random: &mut Random) -> Check<()> {
        let Stage::SeeDispute(payment, seen) = &self.workers[at].stage else { return Ok(()) };
        let (payment, id) = (*payment, seen.id.clone());
        self.stripe.decide(&id, random);
        let work = Work::Dispute(payment, id);
        let job = self.book.add_job(work.clone(), self.book.now);
        self.workers.push(Worker { job, hand: 0, work, stage: Stage::Begin });
        let last = self.workers.len() - 1;
        self.work(last, random)?;
        if self.workers.len() > last { self.work(last, random) } else { Ok(()) }
    }

    /// What people ask for.
    fn wish(&mut self, random: &mut Random) -> Check<()> {
        let ids: Vec<MilestoneId> = self.book.milestones.keys().copied().collect();
        let id = random.pick(&ids).unwrap();
        let milestone = self.book.milestones[&id].clone();
        let part = |of: Money, random: &mut Random| {
            let whole = of.minor();
            let minor = match random.below(10) {
                0..=2 => whole,
                3 => 1,
                4 => whole + random.between(1, whole / 2 + 1),
                _ => random.between(1, whole.max(1)),
            };
            Money::new(minor, of.currency())
        };
        let kind = random.below(10);
        self.note(|| format!("wish {kind} of {}", milestone.seq));
        match kind {
            0..=2 => self.commit(random, |book, env| book.begin_charge(env, id))?,
            3..=4 if milestone.held().minor() > 0 => {
                let part = part(milestone.held(), random);
                self.commit(random, |book, env| book.release_part(env, id, part).map(drop))?
            }
            5..=6 => self.commit(random, |book, _| {
                book.accept(id);
                Ok(())
            })?,
            7..=9 => {
                let released = milestone.held().minor() == 0 || random.percent(30);
                let there = if released { milestone.with_payees() } else { milestone.held() };
                let part = part(there, random);
                let wished = (part, released);
                part.minor() <= 0
                    || self.commit(random, |book, env| book.refund(env, id, wished).map(drop))?
            }
            _ => true,
        };
        Ok(())
    }

    /// News that has arrived is kept, once each, and a job works it through.
    fn deliver(&mut self, random: &mut Random) -> Check<()> {
        let now = self.book.now;
        let arrived = std::mem::take(&mut self.stripe.news);
        let (arrived, rest): (Vec<News>, Vec<News>) =
            arrived.into_iter().partition(|news| news.at <= now);
        self.stripe.news = rest;
        for news in arrived {
            self.note(|| format!("{} is about {:?}", news.event, news.about));
            let (name, work) = (news.event.clone(), Work::News(news.about.clone()));
            let known = self.commit(random, |book, _| {
                book.add_once(name, work, now);
                Ok(())
            })?;
            if !known {
                self.stripe.news.push(News { at: now + Duration::minutes(5), ..news });
            }
        }
        Ok(())
    }

    /// What banks and payees do by themselves.
    fn at_stripe(&mut self, random: &mut Random) {
        self.operations += 1;
        let kind = random.below(10);
        let stripe = &mut self.stripe;
        let what = match kind {
            0..=2 => {
                let charges: Vec<String> = stripe.charges.keys().cloned().collect();
                random.pick(&charges).and_then(|intent| stripe.dispute(&intent, random))
            }
            3..=6 => {
                let disputes: Vec<String> = stripe.disputes.keys().cloned().collect();
                random.pick(&disputes).inspect(|id| stripe.decide(id, random))
            }
            7..=8 => {
                let refunds: Vec<String> = stripe.refunds.keys().cloned().collect();
                random.pick(&refunds).inspect(|id| stripe.end_refund(id, random))
            }
            _ => {
                let accounts: Vec<(String, Currency)> = stripe.accounts.keys().cloned().collect();
                let drained = random.pick(&accounts);
                drained.map(|account| {
                    let name = format!("{} is paid out", account.0);
                    stripe.accounts.insert(account, 0);
                    name
                })
            }
        };
        self.note(|| format!("at Stripe {kind}: {what:?}"));
    }

    /// A person decides on a call that rests.
    fn decide(&mut self, random: &mut Random) -> Check<()> {
        let rests = |state| state == CallState::NeedsHuman;
        let calls = self.book.calls.values().filter(|call| rests(call.state));
        let calls: Vec<_> = calls.map(|call| call.id).collect();
        match random.pick(&calls) {
            Some(id) => self.resolve(id),
            None => Ok(()),
        }
    }

    fn change(&mut self, random: &mut Random) {
        if random.percent(15) {
            self.note(|| "the engagement lapses".to_owned());
            self.book.lapsed = true;
        } else {
            self.make_one_ready(random);
        }
    }

    /// A payee's account can be paid from now on; `false` when all can.
    fn make_one_ready(&mut self, random: &mut Random) -> bool {
        let shares = self.book.shares.values().flatten();
        let mut waiting = shares
            .filter_map(|share| share.organization)
            .filter(|id| !self.stripe.ready[&format!("acct_{id}")]);
        let Some(id) = waiting.next() else { return false };
        self.note(|| format!("acct_{id} is ready"));
        self.stripe.ready.insert(format!("acct_{id}"), true);
        self.stripe.tell(About::Account(id), random);
        true
    }

    /// Time passes, here and at Stripe.
    pub fn pass(&mut self, seconds: i64, random: &mut Random) {
        let at = self.clock.fetch_add(seconds, Ordering::Relaxed) + seconds;
        let now = DateTime::from_timestamp(at, 0).unwrap();
        self.book.now = now;
        self.stripe.tick(now, random);
        if seconds > 600 {
            // No request is sent ten minutes after it was looked for: its process was ended.
            self.workers.retain(|worker| !matches!(worker.stage, Stage::Send(_)));
        }
    }

    /// When something happens by itself next.
    fn next_time(&self) -> Option<DateTime<Utc>> {
        let jobs = self.book.jobs.values();
        let jobs = jobs.map(|job| job.lease.map_or(job.run_at, |(_, until)| until.max(job.run_at)));
        let news = self.stripe.news.iter().map(|news| news.at);
        let late = self.stripe.late.iter().map(|(at, ..)| *at);
        let moves = self.stripe.charges.values();
        let moves = moves.filter(|one| one.succeeded && one.moved.is_none());
        jobs.chain(news).chain(late).chain(moves.map(|one| one.moves_at)).min()
    }

    /// No more wishes and no more faults: everything that was begun ends.
    pub fn rest(&mut self) -> Check<()> {
        self.note(|| "all comes to rest".to_owned());
        self.stripe.calm = true;
        let mut random = Random::new(self.seed, u64::MAX);
        let mut nudges = 0;
        for _ in 0..20_000 {
            self.deliver(&mut random)?;
            if !self.workers.is_empty() || self.take_job(&mut random).is_some() {
                self.work(0, &mut random)?;
                self.check_step()?;
                continue;
            }
            if self.decide_something(&mut random)? {
                continue;
            }
            if let Some(at) = self.next_time() {
                let seconds = (at - self.book.now).num_seconds() + 1;
                self.pass(seconds.max(1), &mut random);
            } else if nudges < 6 && self.is_owing() {
                self.none_rests()?;
                nudges += 1;
                self.start_again();
            } else {
                return Ok(());
            }
        }
        Err(Violation("it does not come to rest".to_owned()))
    }

    fn decide_something(&mut self, random: &mut Random) -> Check<bool> {
        let waits = self.book.calls.values().find(|call| call.state == CallState::NeedsHuman);
        if let Some(id) = waits.map(|call| call.id) {
            return self.resolve(id).map(|()| true);
        }
        let undecided = ["needs_response", "warning_needs_response"];
        let disputes = self.stripe.disputes.values();
        let open = disputes.filter(|one| undecided.contains(&one.status)).map(|one| one.id.clone());
        if let Some(id) = open.min() {
            self.stripe.decide(&id, random);
            return Ok(true);
        }
        let pending = self.stripe.refunds.values().find(|one| one.status == "pending");
        if let Some(id) = pending.map(|one| one.id.clone()) {
            self.stripe.end_refund(&id, random);
            return Ok(true);
        }
        Ok(self.make_one_ready(random))
    }

    /// Whether a payee waits for what it earned.
    fn is_owing(&self) -> bool {
        let waits = |state| matches!(state, TransferState::Waiting | TransferState::Refused);
        self.book.transfers.values().any(|share| waits(share.state))
    }

    /// As when accounts were mended.
    fn start_again(&mut self) {
        let now = self.book.now;
        for organization in self.book.ready.keys().copied().collect::<Vec<_>>() {
            self.book.add_job(Work::Start { organization, again: true }, now);
        }
    }

    /// A transaction: it is committed, it fails, or it is committed and nobody learns that. Answers
    /// whether it is known to be committed.
    pub fn commit(
        &mut self,
        random: &mut Random,
        deeds: impl FnOnce(&mut Book, &Env) -> Check<()>,
    ) -> Check<bool> {
        self.operations += 1;
        let dice = if self.stripe.calm { 99 } else { random.below(100) };
        match dice {
            0..=3 => {
                self.note(|| "its commit fails".to_owned());
                let before = self.book.clone();
                deeds(&mut self.book, &self.env)?;
                self.book = before;
                Ok(false)
            }
            4..=7 => {
                self.note(|| "its commit is not known".to_owned());
                deeds(&mut self.book, &self.env)?;
                Ok(false)
            }
            _ => deeds(&mut self.book, &self.env).map(|()| true),
        }
    }

    /// Writes a line of the trace, if there is one, and lets the digest follow from the present.
    pub fn note(&mut self, line: impl FnOnce() -> String) {
        let now = u64::try_from(self.book.now.timestamp()).unwrap();
        let facts = u64::try_from(self.book.facts.len()).unwrap();
        let seen = now ^ (facts << 40) ^ (self.hands << 20) ^ self.operations;
        self.digest = (self.digest ^ seen).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(7);
        if let Some(trace) = &mut self.trace {
            trace.push(format!("{} {}", self.book.now.format("%d %H:%M:%S"), line()));
        }
    }
}
