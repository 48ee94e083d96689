//! Answers that are being handed on right now, piece by piece, so that each can be stopped.

use crate::kernel::id::{ConnectionId, GrantId, VendorId};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Why one was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// What it rests on does not hold any more; the word says what.
    Ended(&'static str),
    /// Whether that still holds could not be read for too long.
    Unconfirmed,
    /// This program stops.
    Stopping,
}

/// What an answer rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    pub vendor: VendorId,
    pub connection: ConnectionId,
    pub grant: GrantId,
    /// SHA-256 of the key that asked.
    pub key_hash: [u8; 32],
    /// What the letter said.
    pub terms: String,
}

/// As many as one connection may have at once on one node.
const MOST_OF_ONE: usize = 4;
/// As many of them as one letter may have, so that its slow readers leave room for the others.
const MOST_OF_LETTER: usize = 2;
/// So long one goes on while nobody can tell whether it may: with the time between two calls of
/// [`Flows::stop_unconfirmed`] a second at most.
const UNCONFIRMED_FOR: Duration = Duration::from_millis(940);

/// All of this process. Cheap to clone.
#[derive(Clone, Default)]
pub struct Flows(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    next: u64,
    running: BTreeMap<u64, Entry>,
    watched: bool,
    stopping: bool,
}

struct Entry {
    of: Running,
    confirmed: Instant,
    cut: watch::Sender<Option<Cut>>,
}

/// There are as many as there may be, or the program stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full;

/// A place among them; given back when it is dropped.
pub struct Seat {
    flows: Flows,
    id: u64,
    cut: watch::Receiver<Option<Cut>>,
}

impl Flows {
    /// Takes a seat, and says whether somebody has to begin to watch.
    ///
    /// Errors: [`Full`].
    pub fn enter(&self, of: Running) -> Result<(Seat, bool), Full> {
        let mut inner = self.inner();
        let alike = || inner.running.values().filter(|e| e.of.connection == of.connection);
        let of_letter = alike().filter(|e| e.of.grant == of.grant).count();
        if inner.stopping || alike().count() >= MOST_OF_ONE || of_letter >= MOST_OF_LETTER {
            return Err(Full);
        }
        let (cut, seen) = watch::channel(None);
        let id = inner.next;
        inner.next += 1;
        inner.running.insert(id, Entry { of, confirmed: Instant::now(), cut });
        let watch = !std::mem::replace(&mut inner.watched, true);
        drop(inner);
        Ok((Seat { flows: self.clone(), id, cut: seen }, watch))
    }

    /// What is under way, for whoever watches; `None` when nothing is, and the watch is over.
    pub fn under_way(&self) -> Option<BTreeMap<u64, Running>> {
        let mut inner = self.inner();
        if inner.running.is_empty() {
            inner.watched = false;
            return None;
        }
        Some(inner.running.iter().map(|(id, entry)| (*id, entry.of.clone())).collect())
    }

    /// What was read of one: that it goes on, or why not. `asked` is when the reading began.
    pub fn judge(&self, id: u64, asked: Instant, cut: Option<Cut>) {
        let mut inner = self.inner();
        let Some(entry) = inner.running.get_mut(&id) else { return };
        match cut {
            Some(cut) => entry.stop(cut),
            None => entry.confirmed = entry.confirmed.max(asked),
        }
    }

    /// Stops those of which nobody could tell for too long that they may go on.
    pub fn stop_unconfirmed(&self) {
        for entry in self.inner().running.values_mut() {
            if entry.confirmed.elapsed() >= UNCONFIRMED_FOR {
                entry.stop(Cut::Unconfirmed);
            }
        }
    }

    /// Takes no more, stops all, and waits until each has told how far it came, at most `patience`.
    pub async fn stop(&self, patience: Duration) {
        self.stop_all();
        let until = Instant::now() + patience;
        while !self.inner().running.is_empty() && Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn stop_all(&self) {
        let mut inner = self.inner();
        inner.stopping = true;
        inner.running.values_mut().for_each(|entry| entry.stop(Cut::Stopping));
    }

    fn inner(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    /// The first reason stays.
    fn stop(&mut self, cut: Cut) {
        if self.cut.borrow().is_none() {
            self.cut.send_replace(Some(cut));
        }
    }
}

impl Seat {
    /// Whether it was stopped by now.
    pub fn cut(&self) -> Option<Cut> {
        *self.cut.borrow()
    }

    /// Waits until it is stopped.
    pub async fn stopped(&mut self) -> Cut {
        let stopped = self.cut.wait_for(Option::is_some).await.ok();
        stopped.and_then(|cut| *cut).unwrap_or(Cut::Stopping)
    }

    /// For whoever hands the pieces to the client.
    pub fn signal(&self) -> watch::Receiver<Option<Cut>> {
        self.cut.clone()
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.flows.inner().running.remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn of(connection: u128) -> Running {
        of_letter(connection, connection)
    }

    fn of_letter(connection: u128, grant: u128) -> Running {
        Running {
            vendor: VendorId(Uuid::nil()),
            connection: ConnectionId(Uuid::from_u128(connection)),
            grant: GrantId(Uuid::from_u128(grant)),
            key_hash: [0; 32],
            terms: String::new(),
        }
    }

    #[tokio::test]
    async fn one_account_has_so_many_seats_and_gets_them_back() {
        let flows = Flows::default();
        let mut seats = Vec::new();
        for place in 0..MOST_OF_ONE {
            let grant = u128::try_from(place / MOST_OF_LETTER).unwrap();
            let (seat, watch) = flows.enter(of_letter(1, grant)).ok().unwrap();
            assert_eq!(watch, place == 0, "one watch for all");
            seats.push(seat);
        }
        assert_eq!(flows.enter(of_letter(1, 9)).err(), Some(Full));
        let other = flows.enter(of(2)).ok().unwrap();
        assert_eq!(flows.under_way().unwrap().len(), MOST_OF_ONE + 1);
        drop((seats, other));
        assert_eq!(flows.under_way(), None);
        assert!(flows.enter(of(1)).ok().unwrap().1, "the watch begins anew");
    }

    #[tokio::test]
    async fn a_letter_leaves_room_for_the_others_of_its_account() {
        let flows = Flows::default();
        let seat = |grant| flows.enter(of_letter(1, grant)).map(|(seat, _)| seat);
        let seats: Vec<Seat> = (0..MOST_OF_LETTER).filter_map(|_| seat(1).ok()).collect();
        assert_eq!(seats.len(), MOST_OF_LETTER);
        assert_eq!(seat(1).err(), Some(Full));
        assert!(seat(2).is_ok());
        drop(seats);
        assert!(seat(1).is_ok());
    }

    #[tokio::test]
    async fn the_first_reason_is_the_one_that_is_told() {
        let flows = Flows::default();
        let (mut seat, _) = flows.enter(of(1)).ok().unwrap();
        let (id, _) = flows.under_way().unwrap().pop_first().unwrap();
        let now = Instant::now;
        flows.stop_unconfirmed();
        flows.judge(id, now(), None);
        assert_eq!(seat.cut(), None);
        flows.judge(id, now(), Some(Cut::Ended("expired")));
        flows.judge(id, now(), Some(Cut::Stopping));
        assert_eq!(seat.stopped().await, Cut::Ended("expired"));
    }

    #[tokio::test]
    async fn an_old_confirmation_is_none() {
        let flows = Flows::default();
        let (seat, _) = flows.enter(of(1)).ok().unwrap();
        let (id, _) = flows.under_way().unwrap().pop_first().unwrap();
        let long_ago = Instant::now() - UNCONFIRMED_FOR;
        flows.inner().running.get_mut(&id).unwrap().confirmed = long_ago;
        // What was asked before it began, and is answered now, says nothing of now.
        flows.judge(id, long_ago, None);
        flows.stop_unconfirmed();
        assert_eq!(seat.cut(), Some(Cut::Unconfirmed));
    }

    #[tokio::test]
    async fn who_stops_takes_no_more() {
        let flows = Flows::default();
        let (mut seat, _) = flows.enter(of(1)).ok().unwrap();
        let told = tokio::spawn(async move { seat.stopped().await });
        flows.stop(Duration::from_secs(5)).await;
        assert_eq!(told.await.unwrap(), Cut::Stopping);
        assert_eq!(flows.under_way(), None, "the seat was given back before");
        assert!(flows.enter(of(2)).is_err());
    }
}
