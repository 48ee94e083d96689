//! States, standings and notices: an icon, a word and a tint, never a tint alone.

use std::borrow::Cow;

use serde::{Serialize, Serializer};

/// The tint of a state or a notice; each has one meaning in the look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// No tint: a fact.
    Plain,
    /// Brass: held, or waiting for somebody.
    Held,
    /// Baize: paid, in force, done.
    Good,
    /// Azure: information, under review.
    Review,
    /// Wax: ended, refused, in error.
    Bad,
    /// A dashed edge: nothing there yet.
    Nothing,
}

impl Serialize for Tone {
    /// Serializes to the word the components turn into a class.
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(match self {
            Self::Plain => "",
            Self::Held => "held",
            Self::Good => "good",
            Self::Review => "review",
            Self::Bad => "bad",
            Self::Nothing => "none",
        })
    }
}

/// A state in one word with its icon. Rendered by `<state of={..} />`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct State {
    pub word: Cow<'static, str>,
    pub icon: &'static str,
    pub tone: Tone,
}

impl State {
    // Money
    pub const NOT_FUNDED: Self = Self::fixed("Not funded", "open", Tone::Nothing);
    pub const HELD: Self = Self::fixed("Held", "lock", Tone::Held);
    pub const RELEASED: Self = Self::fixed("Released", "done", Tone::Good);
    pub const SETTLED: Self = Self::fixed("Settled", "done", Tone::Plain);
    pub const REFUNDED: Self = Self::fixed("Refunded", "undo", Tone::Plain);
    pub const PAID_OUT: Self = Self::fixed("Paid out", "done", Tone::Good);
    pub const RETURNED: Self = Self::fixed("Came back", "alert", Tone::Bad);
    pub const DUE: Self = Self::fixed("Due", "hourglass", Tone::Held);
    pub const PAID: Self = Self::fixed("Paid", "done", Tone::Good);
    // Access
    pub const IN_FORCE: Self = Self::fixed("In force", "key", Tone::Good);
    pub const NOT_YET_SIGNED: Self = Self::fixed("Not yet signed", "hourglass", Tone::Held);
    pub const ENDED: Self = Self::fixed("Ended", "torn", Tone::Bad);
    // Reviews
    pub const MEASURED: Self = Self::fixed("Measured", "done", Tone::Good);
    pub const STATED: Self = Self::fixed("Stated", "message", Tone::Plain);
    // Engagements
    pub const CONTRACTING: Self = Self::fixed("Contracting", "pencil", Tone::Review);
    pub const SIGNED: Self = Self::fixed("Signed", "done", Tone::Good);
    pub const ACTIVE: Self = Self::fixed("At work", "done", Tone::Good);
    pub const PAUSED: Self = Self::fixed("Paused", "hourglass", Tone::Held);
    pub const DISPUTED: Self = Self::fixed("Disputed", "scale", Tone::Bad);
    pub const COMPLETED: Self = Self::fixed("Completed", "flag", Tone::Good);
    pub const CANCELLED: Self = Self::fixed("Cancelled", "ban", Tone::Plain);
    // Work and papers
    pub const DRAFT: Self = Self::fixed("Draft", "pencil", Tone::Nothing);
    pub const SENT: Self = Self::fixed("Sent", "send", Tone::Review);
    pub const WAITING: Self = Self::fixed("Waiting", "hourglass", Tone::Held);
    pub const IN_REVIEW: Self = Self::fixed("In review", "eye", Tone::Review);
    pub const DELIVERED: Self = Self::fixed("Delivered", "flag", Tone::Review);
    pub const CHANGES_ASKED: Self = Self::fixed("Changes asked", "undo", Tone::Held);
    pub const ACCEPTED: Self = Self::fixed("Accepted", "done", Tone::Good);
    pub const DECLINED: Self = Self::fixed("Declined", "x", Tone::Plain);
    pub const WITHDRAWN: Self = Self::fixed("Withdrawn", "undo", Tone::Plain);
    pub const LAPSED: Self = Self::fixed("Lapsed", "clock", Tone::Plain);
    pub const ADMITTED: Self = Self::fixed("Admitted", "done", Tone::Good);
    pub const REFUSED: Self = Self::fixed("Refused", "ban", Tone::Bad);
    pub const SUSPENDED: Self = Self::fixed("Suspended", "ban", Tone::Bad);
    pub const TAKING_WORK: Self = Self::fixed("Taking work", "done", Tone::Good);
    pub const FULL: Self = Self::fixed("Full", "hourglass", Tone::Held);

    /// A state in other words, for example "Lapses in 19 days". `icon` is a symbol of the sprite.
    pub fn new(tone: Tone, icon: &'static str, word: impl Into<Cow<'static, str>>) -> Self {
        Self { word: word.into(), icon, tone }
    }

    const fn fixed(word: &'static str, icon: &'static str, tone: Tone) -> Self {
        Self { word: Cow::Borrowed(word), icon, tone }
    }
}

/// A partner's standing in the program. Rendered by `<tier of={..} />`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tier {
    pub name: String,
    pub icon: &'static str,
    pub newcomer: bool,
}

impl Tier {
    /// A standing with its seal of one to three rings; a higher rank keeps three.
    pub fn ranked(name: &str, rank: u8) -> Self {
        let icon = match rank {
            0 | 1 => "seal-1",
            2 => "seal-2",
            _ => "seal-3",
        };
        Self { name: name.into(), icon, newcomer: false }
    }

    /// Somebody without jobs yet: a flag and "New here".
    pub fn newcomer() -> Self {
        Self { name: "New here".into(), icon: "flag", newcomer: true }
    }
}

/// A message in its own box: bold line, then text. Rendered by `<notice of={..} />`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Notice {
    pub tone: Tone,
    pub icon: &'static str,
    pub title: String,
    pub text: String,
}

impl Notice {
    /// Information.
    pub fn info(title: &str, text: &str) -> Self {
        Self::toned(Tone::Review, "info", title, text)
    }

    /// Something was done.
    pub fn good(title: &str, text: &str) -> Self {
        Self::toned(Tone::Good, "done", title, text)
    }

    /// Something waits or needs care.
    pub fn held(title: &str, text: &str) -> Self {
        Self::toned(Tone::Held, "alert", title, text)
    }

    /// Something failed or was refused.
    pub fn bad(title: &str, text: &str) -> Self {
        Self::toned(Tone::Bad, "alert", title, text)
    }

    fn toned(tone: Tone, icon: &'static str, title: &str, text: &str) -> Self {
        Self { tone, icon, title: title.into(), text: text.into() }
    }
}
