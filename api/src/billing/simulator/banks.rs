//! What banks do at Stripe: they dispute, decide, and send refunds back.

use super::random::Random;
use super::stripe::{About, Dispute, Refund, Stripe};

impl Stripe {
    /// A bank disputes a charge: with an inquiry first, or by taking the money at once.
    pub fn dispute(&mut self, intent: &str, random: &mut Random) -> Option<String> {
        let charge = self.charges.get_mut(intent)?;
        let left = charge.amount - charge.refunded;
        if charge.disputed || !charge.succeeded || charge.moved.is_none() || left <= 0 {
            return None;
        }
        let (of, currency) = (charge.id.clone(), charge.currency);
        charge.disputed = true;
        let id = self.name("dp");
        let inquiry = random.percent(25);
        let status = if inquiry { "warning_needs_response" } else { "needs_response" };
        let one = Dispute {
            id: id.clone(),
            charge: of,
            amount: left,
            currency,
            created: self.now.timestamp(),
            status,
            moved: Vec::new(),
        };
        self.disputes.insert(id.clone(), one);
        if !inquiry {
            self.move_disputed(&id, -1);
        }
        self.tell(About::Dispute(id.clone()), random);
        Some(id)
    }

    fn move_disputed(&mut self, id: &str, sign: i64) {
        let Dispute { amount, currency, .. } = self.disputes[id].clone();
        let fee = if sign < 0 { 15 } else { 0 };
        let moved = self.moves((sign * amount, fee), currency, id, 0);
        self.disputes.get_mut(id).unwrap().moved.push(moved);
    }

    /// The bank goes on: from an inquiry to the money, or to its decision.
    pub fn decide(&mut self, id: &str, random: &mut Random) {
        let (won, closes) = (random.percent(50), random.percent(50));
        let status = match self.disputes[id].status {
            "warning_needs_response" if closes => "warning_closed",
            "warning_needs_response" => {
                self.move_disputed(id, -1);
                "needs_response"
            }
            "needs_response" if won => {
                self.move_disputed(id, 1);
                "won"
            }
            "needs_response" => "lost",
            _ => return,
        };
        let one = self.disputes.get_mut(id).unwrap();
        one.status = status;
        let charge = one.charge.clone();
        if matches!(status, "won" | "warning_closed") {
            let of = self.charges.values_mut().find(|one| one.id == charge);
            of.into_iter().for_each(|one| one.disputed = false);
        }
        self.tell(About::Dispute(id.to_owned()), random);
    }

    /// A refund that waits ends, or one that left comes back.
    pub fn end_refund(&mut self, id: &str, random: &mut Random) {
        let Refund { status, charge, amount, currency, .. } = self.refunds[id].clone();
        let fails = random.percent(if self.calm { 0 } else { 40 });
        let (status, moved, back) = match status {
            "pending" if fails => ("failed", None, None),
            "pending" => ("succeeded", Some(self.moves((-amount, 0), currency, id, 0)), None),
            "succeeded" if !self.calm => {
                ("failed", None, Some(self.moves((amount, 0), currency, id, 0)))
            }
            _ => return,
        };
        if status == "failed" {
            self.unrefund(&charge, amount);
        }
        let one = self.refunds.get_mut(id).unwrap();
        one.status = status;
        one.moved = one.moved.take().or(moved);
        one.came_back = back;
        self.tell(About::Refund(id.to_owned()), random);
    }
}
