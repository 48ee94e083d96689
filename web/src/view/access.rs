//! The letter of access: what a grant is to the people it concerns.

use serde::Serialize;

use super::{Avatar, Figure};

/// Where a letter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LetterStanding {
    NotYetSigned,
    InForce,
    /// Granted, and not begun: its day or its money is still to come.
    Agreed,
    /// Granted, and closed for now: its engagement rests, or its account is away.
    Resting,
    Ended,
}

/// A letter with its perforated stub. Rendered by `<letter of={..}>stub</letter>`.
/// In force, its stub holds one button, which ends the access; ended, it is torn and stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Letter {
    pub standing: LetterStanding,
    pub holder: String,
    pub avatar: Avatar,
    /// "works in Fjordhaus EU".
    pub place: String,
    /// Sentences made from the policy: "reads programmes, lists and results".
    pub can: Vec<String>,
    pub cannot: Vec<String>,
    pub facts: Vec<Figure>,
    /// The small line of codes: "G-7F3C-91B2 · 41 receipts · chain whole".
    pub code: String,
    /// In force or resting: where the end button posts to. `None` shows no button (somebody else
    /// may end it).
    pub end_href: Option<String>,
    /// In force: what ending means. Ended: who ended it and when.
    pub stub: String,
}
