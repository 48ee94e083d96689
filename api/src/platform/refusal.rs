//! The two ways an operation ends without its effect: refused for a reason, or at fault.

use crate::kernel::check::{FieldError, Invalid};
use crate::kernel::page::BadCursor;
use std::time::Duration;

/// A business refusal: expected, explained, never logged as an error.
pub trait Refusal: std::error::Error + Send + Sync + 'static {
    /// Stable word of the refusal, such as `brief-closed`.
    fn code(&self) -> &'static str;
    /// What class of refusal it is; HTTP derives the status from it.
    fn class(&self) -> Class;
    /// Fields at fault, if any.
    fn fields(&self) -> Vec<FieldError> {
        Vec::new()
    }
}

/// Classes of refusal, one HTTP status each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// 400: the request cannot be read.
    Unreadable,
    /// 401: nobody is signed in.
    Unauthenticated,
    /// 403: visible, but not for this caller.
    Forbidden,
    /// 404: not there, or not visible.
    NotFound,
    /// 409: the thing's state does not allow it.
    Conflict,
    /// 412: the thing changed since it was read.
    Stale,
    /// 413: more bytes than allowed.
    TooLarge,
    /// 415: not a type that is understood.
    Unsupported,
    /// 422: read, and against a rule.
    Invalid,
    /// 428: an edit must say which version it edits.
    VersionWanted,
    /// 429: too many tries; how long to wait.
    TooMany(Duration),
}

/// What every operation may answer instead of its result.
#[derive(Debug)]
pub enum Error {
    Refused(Box<dyn Refusal>),
    /// A part this installation needs is away; nothing was changed, trying again is right.
    Unavailable(String),
    /// Ours to mend: logged once with its request, answered without details.
    Fault(anyhow::Error),
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    pub fn fault(message: impl std::fmt::Display) -> Self {
        Self::Fault(anyhow::anyhow!("{message}"))
    }

    /// The refusal's code, if it is one.
    pub fn code(&self) -> Option<&'static str> {
        match self {
            Self::Refused(refusal) => Some(refusal.code()),
            Self::Unavailable(_) | Self::Fault(_) => None,
        }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused(refusal) => write!(f, "{refusal}"),
            Self::Unavailable(what) => write!(f, "{what} is not available"),
            Self::Fault(fault) => write!(f, "{fault:#}"),
        }
    }
}

impl std::error::Error for Error {}

impl<R: Refusal> From<R> for Error {
    fn from(refusal: R) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

impl From<anyhow::Error> for Error {
    fn from(fault: anyhow::Error) -> Self {
        Self::Fault(fault)
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::Fault(anyhow::Error::new(error))
    }
}

impl Refusal for Invalid {
    fn code(&self) -> &'static str {
        "invalid"
    }
    fn class(&self) -> Class {
        Class::Invalid
    }
    fn fields(&self) -> Vec<FieldError> {
        self.0.clone()
    }
}

impl Refusal for BadCursor {
    fn code(&self) -> &'static str {
        "bad-cursor"
    }
    fn class(&self) -> Class {
        Class::Invalid
    }
    fn fields(&self) -> Vec<FieldError> {
        Invalid::field("cursor", self.to_string()).0
    }
}

/// Refusals that every feature shares.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Common {
    /// Not there, or another tenant's or party's: the same answer for both.
    #[error("There is no such {0}, or it is not yours to see.")]
    NotFound(&'static str),
    #[error("{0}")]
    NotPermitted(String),
    #[error("It changed since you read it. Read it again, then repeat your edit.")]
    Stale,
    #[error("Say which version you edit: send the ETag you read in If-Match.")]
    VersionWanted,
    /// PostgreSQL's text has no U+0000.
    #[error("The request carries a character that no text can hold: U+0000.")]
    NoText,
}

impl Refusal for Common {
    fn code(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "not-found",
            Self::NotPermitted(_) => "not-permitted",
            Self::Stale => "stale",
            Self::VersionWanted => "if-match-wanted",
            Self::NoText => "unreadable-text",
        }
    }
    fn class(&self) -> Class {
        match self {
            Self::NotFound(_) => Class::NotFound,
            Self::NotPermitted(_) => Class::Forbidden,
            Self::Stale => Class::Stale,
            Self::VersionWanted => Class::VersionWanted,
            Self::NoText => Class::Unreadable,
        }
    }
}
