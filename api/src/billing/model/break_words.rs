//! A difference in words: what differs, and what to do about it.

use super::reconciling::{Break, BreakKind, Difference, amount};

/// What is told of a difference, wherever it is told.
pub trait Told {
    fn kind(&self) -> BreakKind;
    /// By the books, by Stripe, and the currency.
    fn amounts(&self) -> (Option<i64>, Option<i64>, &str);
    fn stripe(&self) -> &str;
    fn detail(&self) -> &str;

    /// What differs, as a sentence.
    fn says(&self) -> String {
        let (expected, seen, code) = self.amounts();
        let money = |minor: Option<i64>| amount(minor.unwrap_or(0), code);
        let (ours, theirs) = (money(expected), money(seen));
        let (stripe, detail) = (self.stripe(), self.detail());
        match self.kind() {
            BreakKind::NotInBooks => {
                format!("Stripe moved {theirs} ({detail}), and no journal knows of it.")
            }
            BreakKind::TypeUnknown => format!(
                "Stripe moved {theirs} ({detail}). This kind of movement is not known here."
            ),
            BreakKind::AmountDiffers => {
                format!("Stripe moved {theirs} ({detail}); the books say {ours}.")
            }
            BreakKind::NotAtStripe => format!(
                "The books say that {ours} moved at Stripe (journal {detail}). Stripe does not \
                 know of it."
            ),
            BreakKind::BalanceDiffers => {
                format!("Stripe has {theirs}. By its movements and the books it is {ours}.")
            }
            BreakKind::AccountDiffers => {
                format!("The account {stripe}: {detail}. Stripe says {theirs}, the books {ours}.")
            }
            BreakKind::CallUnknown => {
                format!("Nobody knows whether Stripe did what it was asked: {detail}.")
            }
            BreakKind::InFlight => format!("{ours} is on its way for more than a day ({detail})."),
            BreakKind::HeldLong => {
                format!("{ours} is held for a milestone nearly as long as it may be ({detail}).")
            }
        }
    }

    /// What a person does about it.
    fn advice(&self) -> &'static str {
        match self.kind() {
            BreakKind::NotInBooks => {
                "Find it at Stripe by its name. If somebody made it there by hand, undo it there \
                 or explain it here; if it is the program's, it is booked when its news arrives."
            }
            BreakKind::TypeUnknown => {
                "Read at Stripe what it is. Explain it here once it is settled, and have this \
                 kind of movement added to the program."
            }
            BreakKind::AmountDiffers => {
                "Compare the object at Stripe with the journals of the milestone. A correction is \
                 a journal of its own; name it when you explain this."
            }
            BreakKind::NotAtStripe => {
                "Look for it at Stripe. If it is not there, nobody moved that money: stop sending \
                 from this milestone, and have the journal reversed by another."
            }
            BreakKind::BalanceDiffers => {
                "Settle the other differences first. If this one stays, run `attache ledger \
                 check`, and compare with Stripe's balance report."
            }
            BreakKind::AccountDiffers => {
                "Open the account at Stripe and compare what it received with the payee's \
                 statement before anything more is sent to it."
            }
            BreakKind::CallUnknown => {
                "It is asked again by itself while that is safe. If it waits for a person, look \
                 at Stripe whether it was done; it is never sent twice by guessing."
            }
            BreakKind::InFlight => {
                "Look at Stripe whether it was done. The call behind it is repeated by itself; if \
                 it is dead, start it again with `attache jobs`."
            }
            BreakKind::HeldLong => {
                "Ask both sides to accept the work or to send the money back. On the last day it \
                 goes back by itself, unless they disagree: then decide before."
            }
        }
    }
}

impl Told for Break {
    fn kind(&self) -> BreakKind {
        self.kind
    }

    fn amounts(&self) -> (Option<i64>, Option<i64>, &str) {
        (self.expected, self.seen, &self.currency)
    }

    fn stripe(&self) -> &str {
        self.stripe.as_deref().unwrap_or_default()
    }

    fn detail(&self) -> &str {
        &self.detail
    }
}

impl Told for Difference {
    fn kind(&self) -> BreakKind {
        self.kind
    }

    fn amounts(&self) -> (Option<i64>, Option<i64>, &str) {
        (self.expected, self.seen, &self.currency)
    }

    fn stripe(&self) -> &str {
        self.stripe.as_deref().unwrap_or_default()
    }

    fn detail(&self) -> &str {
        &self.detail
    }
}
