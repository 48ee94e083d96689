//! Why identity refuses.

use crate::platform::refusal::{Class, Refusal};
use std::time::Duration;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    #[error("Sign in, or send a valid token.")]
    Unauthenticated,
    #[error("The address or the password is wrong.")]
    WrongSignIn,
    #[error("Too many tries. Wait a little, then try again.")]
    TooManyTries(Duration),
    #[error("This request came from another site. Open the page and send it from there.")]
    CrossSite,
    #[error("This token may only read.")]
    TokenReadsOnly,
    #[error("Choose a role first: this session acts for no organization.")]
    NoMembership,
    #[error("This has to be done signed in on the page, not with a token.")]
    SessionWanted,
    #[error("This role is not yours, or it has ended.")]
    NoSuchSeat,
}

impl Refusal for IdentityError {
    fn code(&self) -> &'static str {
        match self {
            Self::Unauthenticated => "unauthenticated",
            Self::WrongSignIn => "wrong-sign-in",
            Self::TooManyTries(_) => "too-many-tries",
            Self::CrossSite => "cross-site",
            Self::TokenReadsOnly => "token-reads-only",
            Self::NoMembership => "no-membership",
            Self::SessionWanted => "session-wanted",
            Self::NoSuchSeat => "no-such-seat",
        }
    }

    fn class(&self) -> Class {
        match self {
            Self::Unauthenticated => Class::Unauthenticated,
            Self::WrongSignIn => Class::Invalid,
            Self::TooManyTries(wait) => Class::TooMany(*wait),
            Self::NoSuchSeat => Class::NotFound,
            Self::CrossSite | Self::TokenReadsOnly | Self::NoMembership | Self::SessionWanted => {
                Class::Forbidden
            }
        }
    }
}
