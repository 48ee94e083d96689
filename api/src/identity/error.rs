//! Why identity refuses.

use crate::kernel::check::{FieldError, Invalid};
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
    #[error("Only a signed-in person can do this, not a token. Sign in, and do it there.")]
    SessionWanted,
    #[error("This role is not yours, or it has ended.")]
    NoSuchSeat,
    #[error("This link was used already, has run out or is not whole. Ask for a new one.")]
    NoSuchLink,
    #[error("The password is wrong.")]
    WrongPassword,
    #[error("An account with this address exists already. Sign in instead.")]
    AddressTaken,
    #[error("You have an account. Sign in with it first, then accept the invitation.")]
    SignInFirst,
    #[error("This invitation was sent to another address than yours.")]
    OtherAddress,
    #[error("This person is a member of the organization already.")]
    AlreadyMember,
    #[error("Only an owner may give or take the owner's role.")]
    OwnersOnly,
    #[error("Where several must agree to access, only an owner makes admins.")]
    OwnersMakeAdmins,
    #[error("An organization keeps one owner. Make somebody else an owner first.")]
    LastOwner,
    #[error("Nobody ends their own work here: a colleague who may does it, or you leave.")]
    OwnWork,
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
            Self::NoSuchLink => "no-such-link",
            Self::WrongPassword => "wrong-password",
            Self::AddressTaken => "address-taken",
            Self::SignInFirst => "sign-in-first",
            Self::OtherAddress => "other-address",
            Self::AlreadyMember => "already-member",
            Self::OwnersOnly | Self::OwnersMakeAdmins => "owners-only",
            Self::LastOwner => "last-owner",
            Self::OwnWork => "own-work",
        }
    }

    fn class(&self) -> Class {
        match self {
            Self::Unauthenticated => Class::Unauthenticated,
            Self::WrongSignIn | Self::WrongPassword => Class::Invalid,
            Self::TooManyTries(wait) => Class::TooMany(*wait),
            Self::NoSuchSeat | Self::NoSuchLink => Class::NotFound,
            Self::AddressTaken
            | Self::SignInFirst
            | Self::AlreadyMember
            | Self::LastOwner
            | Self::OwnWork => Class::Conflict,
            Self::CrossSite
            | Self::TokenReadsOnly
            | Self::NoMembership
            | Self::SessionWanted
            | Self::OtherAddress
            | Self::OwnersOnly
            | Self::OwnersMakeAdmins => Class::Forbidden,
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::WrongPassword => Invalid::field("password", self.to_string()).0,
            _ => Vec::new(),
        }
    }
}
