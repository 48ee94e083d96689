//! Why notices refuse.

use crate::platform::refusal::{Class, Refusal};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoticesError {
    #[error("There are no notices of the kind {0}.")]
    UnknownKind(String),
    #[error("Mails about money and access cannot be muted, and {0} is one of these kinds.")]
    NeverMuted(&'static str),
}

impl Refusal for NoticesError {
    fn code(&self) -> &'static str {
        match self {
            Self::UnknownKind(_) => "unknown-notice-kind",
            Self::NeverMuted(_) => "never-muted",
        }
    }

    fn class(&self) -> Class {
        Class::Invalid
    }
}
