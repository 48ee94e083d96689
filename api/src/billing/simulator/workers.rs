//! Workers: each takes a job and does it in steps, a commit or a word with Stripe each. Between two
//! steps anything may happen to everybody else, or the process may die.

use super::acts::Env;
use super::book::{Book, Work};
use super::random::Random;
use super::shown::read;
use super::stripe::{About, Answer, Stripe};
use super::world::World;
use super::{Check, Violation};
use crate::billing::engine::calls::{self, Answered, Begun, Outcome};
use crate::billing::engine::look_up::{self, Found};
use crate::billing::model::Call;
use crate::kernel::id::{MilestoneId, PaymentId, RefundId, StripeCallId};
use crate::outside::payments::{BalanceTransaction, CallError, Dispute, Intent, Refund, Tags};
use chrono::Duration;
use std::collections::HashSet;

/// What a worker does next, with what it has in its hands.
#[derive(Debug, Clone)]
pub enum Stage {
    Begin,
    LookFor(Call),
    Send(Call),
    ReadDeclined(Call, Outcome),
    Conclude(StripeCallId, Outcome),
    Settle(BalanceTransaction, (MilestoneId, String, u32)),
    /// With whether there is more to read for the same job.
    SeeIntent(PaymentId, Intent, bool),
    SeeRefund(RefundId, Refund),
    SeeDispute(PaymentId, Dispute),
    Finish,
}

#[derive(Debug, Clone)]
pub struct Worker {
    pub job: u64,
    /// By which the job knows whose it is.
    pub hand: u64,
    pub work: Work,
    pub stage: Stage,
}

impl Stage {
    /// Whether it is to write down what was read at Stripe.
    pub const fn has_read(&self) -> bool {
        matches!(
            self,
            Self::Settle(..) | Self::SeeIntent(..) | Self::SeeRefund(..) | Self::SeeDispute(..)
        )
    }
}

/// What is left to do after a step.
enum Next {
    Goes(Stage),
    /// The job is tried again after so many seconds.
    Again(i64),
    Over,
}

/// How long a job is its worker's.
const LEASE: Duration = Duration::seconds(60);

impl World {
    /// Gives a job that is due to a worker without one.
    pub fn take_job(&mut self, random: &mut Random) -> Option<usize> {
        let now = self.book.now;
        let free = |lease: &Option<(u64, _)>| lease.is_none_or(|(_, until)| until <= now);
        let jobs = self.book.jobs.iter();
        let due: Vec<u64> = jobs
            .filter(|(_, job)| job.run_at <= now && free(&job.lease))
            .map(|(id, _)| *id)
            .take(8)
            .collect();
        let job = random.pick(&due)?;
        self.hands += 1;
        let hand = self.hands;
        let row = self.book.jobs.get_mut(&job)?;
        row.lease = Some((hand, now + LEASE));
        let work = row.work.clone();
        self.workers.push(Worker { job, hand, work, stage: Stage::Begin });
        Some(self.workers.len() - 1)
    }

    /// One step of a worker; it leaves when it has nothing more to do.
    pub fn work(&mut self, at: usize, random: &mut Random) -> Check<()> {
        let Worker { job, hand, work, stage } = self.workers.remove(at);
        let lease = self.book.jobs.get(&job).and_then(|row| row.lease);
        let is_own = lease.is_some_and(|(whose, _)| whose == hand);
        self.note(|| format!("job {job} {} {}", name(&work), stage_name(&stage)));
        let was_seen = matches!(stage, Stage::SeeRefund(..) | Stage::Finish);
        let next = match stage {
            Stage::Begin => self.begin((job, is_own), work.clone(), random)?,
            Stage::Finish => {
                if is_own {
                    self.book.jobs.remove(&job);
                }
                Next::Over
            }
            other => self.go_on(other, random)?,
        };
        let next = match next {
            Next::Goes(Stage::Finish) if !was_seen => self.see_as_it_is(&work, random),
            other => other,
        };
        match next {
            Next::Goes(stage) => self.workers.push(Worker { job, hand, work, stage }),
            Next::Again(seconds) if is_own => self.book.retry(job, seconds),
            Next::Again(_) | Next::Over => {}
        }
        Ok(())
    }

    /// News of a refund that led to its call: the refund is read after that, once it has a row.
    fn see_as_it_is(&mut self, work: &Work, random: &mut Random) -> Next {
        let Work::News(About::Refund(name)) = work else { return Next::Goes(Stage::Finish) };
        match self.book.names.get(name).copied() {
            Some(row) => self.read_at_stripe(Work::Refund(RefundId(row), name.clone()), random),
            None => Next::Goes(Stage::Finish),
        }
    }

    fn begin(
        &mut self,
        (job, is_own): (u64, bool),
        work: Work,
        random: &mut Random,
    ) -> Check<Next> {
        match work {
            Work::Call(id) => self.begin_call(id, random),
            Work::News(about) => {
                let work = self.hear(&about);
                self.begin((job, is_own), work, random)
            }
            Work::Start { organization, again } => self.in_job(job, is_own, random, |book, env| {
                book.start_transfers(env, organization, again)
            }),
            Work::Release(id) => {
                self.in_job(job, is_own, random, |book, env| book.release_rest(env, id))
            }
            Work::Account(id) => {
                let account = format!("acct_{id}");
                if !self.stripe.ready[&account] {
                    return Ok(Next::Goes(Stage::Finish));
                }
                self.in_job(job, is_own, random, |book, _| {
                    book.ready.insert(id, account);
                    let start = Work::Start { organization: id, again: true };
                    book.add_job(start, book.now);
                    Ok(())
                })
            }
            other => Ok(self.read_at_stripe(other, random)),
        }
    }

    /// A job in one transaction with its own end; one that is another's by now does nothing.
    fn in_job(
        &mut self,
        job: u64,
        is_own: bool,
        random: &mut Random,
        deeds: impl FnOnce(&mut Book, &Env) -> Check<()>,
    ) -> Check<Next> {
        if !is_own {
            return Ok(Next::Over);
        }
        let known = self.commit(random, |book, env| {
            book.jobs.remove(&job);
            deeds(book, env)
        })?;
        Ok(if known { Next::Over } else { Next::Again(5) })
    }

    fn begin_call(&mut self, id: StripeCallId, random: &mut Random) -> Check<Next> {
        let mut call = self.book.calls[&id].clone();
        let begun = calls::begin(&mut call, self.book.now);
        if begun == Begun::LeftAlone {
            let sent = call.state == crate::billing::model::CallState::Sent;
            return Ok(if sent { Next::Again(10) } else { Next::Goes(Stage::Finish) });
        }
        let mut kept = call.clone();
        // The row keeps its own key, whatever is sent.
        kept.key.clone_from(&self.book.calls[&id].key);
        let known = self.commit(random, |book, _| book.set_call(&kept))?;
        Ok(match (known, begun) {
            (false, _) => Next::Again(5),
            (true, Begun::LookFirst) => Next::Goes(Stage::LookFor(call)),
            (true, _) => Next::Goes(Stage::Send(call)),
        })
    }

    /// Reads an object; what is seen may be old by the time it is written down.
    fn read_at_stripe(&mut self, work: Work, random: &mut Random) -> Next {
        if self.silent(random) {
            return Next::Again(5);
        }
        let stripe = &self.stripe;
        Next::Goes(match work {
            Work::Settle { transaction, source, milestone, look } => {
                Stage::Settle(stripe.movement(&transaction), (milestone, source, look))
            }
            Work::Sync(id, named) => {
                let known = self.book.payments[&id].payment_intent.clone();
                match known.or(named) {
                    Some(intent) => Stage::SeeIntent(id, stripe.intent(&intent), false),
                    None => Stage::Finish,
                }
            }
            Work::Refund(id, name) => {
                Stage::SeeRefund(id, read(stripe.refund_json(&stripe.refunds[&name])))
            }
            Work::Dispute(id, name) => {
                let of = &stripe.disputes[&name];
                if self.book.payments[&id].charge.is_none() {
                    // News of the payment itself is late: it is read first, the dispute after.
                    let paid = stripe.charges.values().find(|one| one.id == of.charge);
                    let intent = paid.map(|one| stripe.intent(&one.intent)).unwrap();
                    return Next::Goes(Stage::SeeIntent(id, intent, true));
                }
                Stage::SeeDispute(id, read(stripe.dispute_json(of)))
            }
            _ => Stage::Finish,
        })
    }

    fn go_on(&mut self, stage: Stage, random: &mut Random) -> Check<Next> {
        let mut again = false;
        let known = match stage {
            Stage::LookFor(call) => return Ok(Next::Goes(self.look(call, random))),
            Stage::Send(call) => return self.send(call, random).map(Next::Goes),
            Stage::ReadDeclined(call, refused) => {
                let left = match self.silent(random) {
                    true => Err(CallError::Unknown("no answer".to_owned())),
                    false => Ok(look_up::own(&call, self.stripe.list(&call))),
                };
                let outcome = calls::declined(refused, left);
                return Ok(Next::Goes(Stage::Conclude(call.id, outcome)));
            }
            Stage::Conclude(id, outcome) => {
                self.commit(random, |book, env| book.conclude(env, id, outcome))?
            }
            Stage::Settle(seen, (milestone, source, look)) => {
                self.commit(random, |book, _| book.settle((milestone, &source, look), &seen))?
            }
            Stage::SeeIntent(id, intent, more) => {
                again = more;
                self.commit(random, |book, env| book.see_intent(env, id, &intent))?
            }
            Stage::SeeRefund(id, sent) => {
                self.commit(random, |book, _| book.see_refund(id, &sent))?
            }
            Stage::SeeDispute(id, object) => self.commit(random, |book, env| {
                again = !book.see_dispute(env, id, &object)?;
                Ok(())
            })?,
            Stage::Begin | Stage::Finish => true,
        };
        Ok(if known && !again { Next::Goes(Stage::Finish) } else { Next::Again(5) })
    }

    fn look(&mut self, call: Call, random: &mut Random) -> Stage {
        let found = match self.silent(random) {
            true => Err(CallError::Unknown("no answer".to_owned())),
            false => Ok(found(&self.stripe, &self.book, &call)),
        };
        match calls::looked(&call, found, self.book.now) {
            Some(outcome) => Stage::Conclude(call.id, outcome),
            None => Stage::Send(call),
        }
    }

    fn send(&mut self, call: Call, random: &mut Random) -> Check<Stage> {
        let first = self.book.calls[&call.id].first_sent_at.unwrap();
        let age = self.book.now - first;
        // A worker that was held up for a minute may be a little late; not by hours.
        if age > calls::RESEND_WITHIN + Duration::minutes(30) {
            return Err(Violation(format!("{} is sent again after {age}", call.key)));
        }
        let answer = self.answer(&call, random);
        Ok(match calls::answered(&call, answer) {
            Answered::Known(outcome) => Stage::Conclude(call.id, outcome),
            Answered::Declined(refused) => Stage::ReadDeclined(call, refused),
        })
    }

    /// The wire: most answers come; others are lost with or without the effect, come late, or are
    /// faults.
    fn answer(&mut self, call: &Call, random: &mut Random) -> Answer {
        let lost = Err(CallError::Unknown("no answer".to_owned()));
        self.operations += 1;
        if self.stripe.calm {
            return self.stripe.ask(&call.ask, &call.key, random);
        }
        match random.below(100) {
            0..=6 => {
                drop(self.stripe.ask(&call.ask, &call.key, random));
                lost
            }
            7..=10 => lost,
            11..=14 => {
                drop(self.stripe.ask(&call.ask, &call.key, random));
                self.stripe.spoil(&call.ask, &call.key);
                lost
            }
            15..=16 => {
                self.stripe.spoil(&call.ask, &call.key);
                lost
            }
            17..=21 => {
                let at = self.book.now + Duration::seconds(random.between(1, 120));
                self.stripe.late.push((at, call.ask.clone(), call.key.clone()));
                lost
            }
            22..=23 => Err(CallError::NotNow("too many".to_owned())),
            _ => self.stripe.ask(&call.ask, &call.key, random),
        }
    }

    /// Whether a read brings nothing this time.
    fn silent(&mut self, random: &mut Random) -> bool {
        self.operations += 1;
        !self.stripe.calm && random.percent(3)
    }

    /// A person decides on a call that rests.
    pub fn resolve(&mut self, id: StripeCallId) -> Check<()> {
        let call = self.book.calls[&id].clone();
        let found = found(&self.stripe, &self.book, &call);
        let outcome = calls::resolved(&call, found);
        let outcome =
            outcome.map_err(|why| Violation(format!("{} is stopped: {why}", call.key)))?;
        self.book.conclude(&self.env.clone(), id, outcome)
    }

    /// What a piece of news is about here: it only wakes what reads the object.
    fn hear(&self, about: &About) -> Work {
        let of = |name: &str| self.book.names.get(name).copied();
        match about {
            About::Charge(intent) => {
                let payment = marked(&self.stripe.charges[intent].tags);
                Work::Sync(payment, Some(intent.clone()))
            }
            About::Refund(name) => match of(name) {
                Some(row) => Work::Refund(RefundId(row), name.clone()),
                None => by_mark(&self.stripe.refunds[name].tags),
            },
            About::Transfer(name) => by_mark(&self.stripe.transfers[name].tags),
            About::Dispute(name) => {
                let charge = &self.stripe.disputes[name].charge;
                let paid = self.stripe.charges.values().find(|one| &one.id == charge).unwrap();
                Work::Dispute(marked(&paid.tags), name.clone())
            }
            About::Account(id) => Work::Account(*id),
        }
    }
}

fn marked(tags: &Tags) -> PaymentId {
    PaymentId::parse(&tags["attache_payment"]).unwrap()
}

fn by_mark(tags: &Tags) -> Work {
    Work::Call(look_up::call_of(tags).unwrap())
}

/// What is found of a call, as [`look_up`](crate::billing::ops) finds it.
fn found(stripe: &Stripe, book: &Book, call: &Call) -> Found {
    match look_up::first(call, stripe.list(call)) {
        Ok(found) => found,
        Err(there) => {
            let known: HashSet<String> = there
                .iter()
                .flat_map(|one| {
                    let call = look_up::call_of(&one.tags).filter(|id| book.calls.contains_key(id));
                    let object = book.names.contains_key(&one.id).then(|| one.id.clone());
                    [call.map(|id| id.to_string()), object]
                })
                .flatten()
                .collect();
            look_up::judge(call, there, &known)
        }
    }
}

fn name(work: &Work) -> String {
    match work {
        Work::Call(id) => format!("call {id}"),
        other => format!("{other:?}"),
    }
}

fn stage_name(stage: &Stage) -> String {
    let all = format!("{stage:?}");
    all.split(['(', ' ']).next().unwrap_or_default().to_owned()
}
