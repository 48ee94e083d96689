//! What a write changed, and what may become of it.

use super::approval::Change;
use crate::kernel::id::AccessEntryId;
use crate::text_enum;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

text_enum! {
    /// Where a change stands that can be taken back.
    pub enum KeptState {
        /// It is as the write left it, as far as is known.
        Kept = "kept",
        /// The customer wants it back; that is under way.
        Asked = "asked",
        /// It is as it was before.
        Restored = "restored",
        /// Somebody changed it since, so it was left alone.
        Differs = "differs",
        /// The thing is not there any more.
        Gone = "gone",
        /// It could not be done; the change says why.
        Failed = "failed",
    }
}

/// Why a change was not taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotBack {
    /// The account is not connected, or has to be connected again.
    NotConnected,
    /// The description of the application names no way back any more.
    DescribedOtherwise,
    /// What was before is kept no longer.
    NotKept,
    /// The application does not show what is to be held against what was kept.
    NotShown,
    /// It took no token, not even a new one.
    TokenRefused,
    /// It did not answer, or could not do it, however often it was asked.
    NoAnswer,
    /// It said no, with this status of HTTP.
    Refused(u16),
}

impl NotBack {
    /// As the database and the API have it.
    pub fn code(self) -> String {
        match self {
            Self::NotConnected => "not-connected".to_owned(),
            Self::DescribedOtherwise => "described-otherwise".to_owned(),
            Self::NotKept => "not-kept".to_owned(),
            Self::NotShown => "not-shown".to_owned(),
            Self::TokenRefused => "token-refused".to_owned(),
            Self::NoAnswer => "no-answer".to_owned(),
            Self::Refused(status) => format!("refused-{status}"),
        }
    }

    pub fn parse(code: &str) -> Option<Self> {
        let plain = [
            Self::NotConnected,
            Self::DescribedOtherwise,
            Self::NotKept,
            Self::NotShown,
            Self::TokenRefused,
            Self::NoAnswer,
        ];
        let status = || code.strip_prefix("refused-")?.parse().ok().map(Self::Refused);
        plain.into_iter().find(|one| one.code() == code).or_else(status)
    }

    /// For people, with what they can do.
    pub fn sentence(self) -> String {
        match self {
            Self::NotConnected => "The account is not connected. Connect it again, then try again.",
            Self::DescribedOtherwise => {
                "The application is described otherwise by now, with no way back for this. Set it \
                 back in the application."
            }
            Self::NotKept => "What was there before is kept no longer.",
            Self::NotShown => {
                "The application does not show this any more as it did, so nothing was set back to \
                 a guess. Look at it there."
            }
            Self::TokenRefused => {
                "The application did not take our token, not even a new one. Connect the account \
                 again, then try again."
            }
            Self::NoAnswer => "The application did not answer. Try again later.",
            Self::Refused(403) => {
                "The application does not let the connected account do this (403). Whoever \
                 connected it may have lost the right."
            }
            Self::Refused(status) => {
                return format!(
                    "The application said no ({status}). Look at it there: it may be in a state \
                     that cannot be changed."
                );
            }
        }
        .to_owned()
    }
}

/// What became of taking a change back.
#[derive(Debug, Clone, PartialEq)]
pub enum TakenBack {
    Restored,
    /// What is there instead.
    Differs(Map<String, Value>),
    Gone,
    Failed(NotBack),
}

impl TakenBack {
    pub const fn state(&self) -> KeptState {
        match self {
            Self::Restored => KeptState::Restored,
            Self::Differs(_) => KeptState::Differs,
            Self::Gone => KeptState::Gone,
            Self::Failed(_) => KeptState::Failed,
        }
    }
}

/// What is kept of one write, sealed in its row.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Of the operation that takes it back.
    pub params: Vec<(String, String)>,
    /// The fields that were set, as they were; absent when the thing was made by the write.
    pub before: Option<Map<String, Value>>,
    /// The same fields as the write left them.
    pub after: Map<String, Value>,
    /// Of a thing that the write made, all that would tell of somebody's work on it.
    #[serde(default)]
    pub whole: Map<String, Value>,
    /// Fields of which only the parts that were set are kept.
    #[serde(default)]
    pub within: BTreeSet<String>,
}

/// A write that can be taken back, as the customer sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptChange {
    /// That of the line which announced it.
    pub id: AccessEntryId,
    pub at: DateTime<Utc>,
    /// In plain words.
    pub operation: String,
    /// The path below the application's address.
    pub target: String,
    /// Whether the write made the thing; taking it back deletes it. Not known once it is wiped.
    pub made: Option<bool>,
    pub fields: Vec<Change>,
    pub state: KeptState,
    pub tried_at: Option<DateTime<Utc>>,
    /// For `failed`.
    pub why: Option<NotBack>,
    /// For `differs`: the fields as they were found instead, beside what taking it back would set.
    pub found: Vec<Change>,
    /// Until when it can be taken back: later when the letter is prolonged, earlier when it ends
    /// before its day.
    pub until: DateTime<Utc>,
    /// Whether that is over; what was before is kept no longer.
    pub over: bool,
}

#[cfg(test)]
mod tests {
    use super::NotBack;

    #[test]
    fn a_code_is_read_as_it_was_written() {
        let all = [
            NotBack::NotConnected,
            NotBack::DescribedOtherwise,
            NotBack::NotKept,
            NotBack::NotShown,
            NotBack::TokenRefused,
            NotBack::NoAnswer,
            NotBack::Refused(409),
        ];
        for why in all {
            assert_eq!(NotBack::parse(&why.code()), Some(why));
            assert!(why.sentence().ends_with('.'));
        }
        assert_eq!(NotBack::parse("refused-x"), None);
        assert_eq!(NotBack::parse("else"), None);
    }
}
