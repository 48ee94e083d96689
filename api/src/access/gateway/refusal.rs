//! What the gateway answers instead of the application's answer.

use crate::access::decide::Reason;
use crate::access::dpop::{ALGORITHMS, Fault};
use crate::access::model::{ApprovalState, OVERTAKEN, Outcome, TOKEN_SHOWN};
use crate::access::ops::MOST_A_DAY;
use crate::kernel::id::WriteApprovalId;
use crate::kernel::money::{Currency, Money};
use crate::upstreams::{Period, Unit};

/// Why a call was not carried out, or its answer is not handed on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("Send a gateway key that is in use: Authorization: Bearer agk_..")]
    UnknownKey,
    #[error(
        "This key is bound to a key of its holder: send it as Authorization: DPoP agk_.. with a \
         proof in the header DPoP, never as Bearer."
    )]
    ProofWanted,
    #[error("This key is bound to no other key: send it as Authorization: Bearer agk_..")]
    NotBound,
    #[error("The proof in the header DPoP does not hold: {0}.")]
    BadProof(Fault),
    #[error("This key opens no such letter of access.")]
    OtherGrant,
    #[error("There is no such operation. See the application's catalogue.")]
    NoOperation,
    #[error("{0}")]
    Malformed(&'static str),
    #[error("The body is over the limit of {}; nothing was sent.", size(*.0))]
    TooLarge(usize),
    #[error("Send the body as {0}, not compressed.")]
    Unsupported(&'static str),
    #[error("This letter of access has ended.")]
    GrantEnded,
    #[error("This letter of access has run out.")]
    Expired,
    #[error("The work rests: {0}. This letter of access works again once that is over.")]
    Suspended(String),
    #[error("This letter of access is agreed to, and begins on a later day.")]
    NotBegun,
    #[error("This letter of access works once the milestone that it opens with is funded.")]
    Unfunded,
    #[error("This letter of access rests, unused or stopped for now. The customer restores it.")]
    Unused,
    #[error("Not permitted: {0}.")]
    Denied(Reason),
    #[error("Not permitted: the terms of this letter of access cannot be read.")]
    UnreadableTerms,
    #[error(
        "The customer is asked to say yes to exactly this call; nothing was sent. Send the same \
         request again once it is approved."
    )]
    ApprovalWanted(WriteApprovalId),
    #[error("The customer said no to this call.")]
    ApprovalDeclined,
    #[error("The approval that is named is for another request than this one.")]
    OtherApproval,
    #[error("This letter of access asked for no such call.")]
    NothingAsked,
    #[error(
        "The customer took the yes to this call back. The same one can be asked for again a day \
         after that."
    )]
    ApprovalRecalled,
    #[error("The approval that is named is {0}: it counts once, for 24 hours after the yes.")]
    ApprovalOver(ApprovalState),
    #[error(
        "What this call is about was changed since the customer looked at it, so it was not \
         carried out. Send the request again to ask anew."
    )]
    ApprovalStale,
    #[error(
        "If-Match names another version than the one that the customer is asked about; nothing \
         was sent."
    )]
    OtherVersion,
    #[error("So many calls wait for the customer's yes already that this one is not asked for.")]
    TooManyAsked,
    #[error(
        "This letter of access asked for {most} calls within a day, which is the most; the next \
         one can be asked for in {0} s.", most = MOST_A_DAY
    )]
    AskedEnough(u64),
    #[error("The application has no such thing; nothing was sent.")]
    NothingThere,
    #[error("The letter has a budget of {0}, and how many this call takes cannot be told.")]
    Uncounted(Unit),
    #[error("Over the budget of at most {}; nothing was sent.", budget(*.unit, *.most, *.currency))]
    BudgetSpent { unit: Unit, most: u64, currency: Option<Currency> },
    #[error("The letter of access was changed while this call was on its way; nothing was sent.")]
    LetterChanged,
    #[error("The customer has to connect the account again.")]
    NeedsReconnect,
    #[error(
        "The application does not give us {0:?} for this account, which this call needs. The \
         customer was told, and gives it back by connecting the account again."
    )]
    NotGiven(String),
    #[error(
        "Calls by this letter of access follow each other too fast; the next may come in {0} s."
    )]
    LetterTooFast(u64),
    #[error("Calls for this account follow each other too fast; the next may come in {0} s.")]
    AccountTooFast(u64),
    #[error("The application lets this account call it again in {0} s; nothing was sent.")]
    TooFast(u64),
    #[error("As many files are on their way as there may be: two a letter, four an account.")]
    TooManyDownloads,
    #[error("The application could not be reached; nothing was sent.")]
    Unreachable,
    #[error("The application answered with an error of its own ({0}).")]
    UpstreamFailed(u16),
    #[error("The application's answer cannot be handed on: {0}.")]
    UpstreamAnswer(&'static str),
    #[error("The application's answer showed the key of the account, and was stopped.")]
    TokenShown,
    #[error("The answer was on its way when this became so, and is not handed on: {0}")]
    Stopped(Box<Refusal>),
    #[error("The application did not answer in time. Whether it did the work is not known.")]
    UpstreamLate,
    #[error("The gateway is not available right now. Send the same request again in a moment.")]
    Ours,
}

/// A number of bytes as people say it.
fn size(bytes: usize) -> String {
    const KIB: usize = 1024;
    const MIB: usize = 1024 * KIB;
    match bytes {
        bytes if bytes > 0 && bytes.is_multiple_of(MIB) => format!("{} MiB", bytes / MIB),
        bytes if bytes > 0 && bytes.is_multiple_of(KIB) => format!("{} KiB", bytes / KIB),
        1 => "1 byte".to_owned(),
        bytes => format!("{bytes} bytes"),
    }
}

/// Money is told as money, where it is known of what.
fn budget(unit: Unit, most: u64, currency: Option<Currency>) -> String {
    let money = currency.zip(i64::try_from(most).ok()).filter(|_| unit == Unit::Spend);
    match money {
        Some((currency, minor)) => {
            format!("{} {}", Money::new(minor, currency).with_code(), over(unit))
        }
        None => format!("{most} {unit} {}", over(unit)),
    }
}

fn over(unit: Unit) -> &'static str {
    match unit.period() {
        Period::Call => "a call",
        Period::Day => "a day",
        Period::Letter => "in all",
    }
}

impl Refusal {
    /// Stable word, also in the access log.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownKey => "unknown-key",
            Self::ProofWanted => "proof-wanted",
            Self::NotBound => "key-not-bound",
            Self::BadProof(_) => "invalid-proof",
            Self::OtherGrant | Self::NothingAsked => "not-found",
            Self::NoOperation => "no-such-operation",
            Self::Malformed(_) => "malformed",
            Self::TooLarge(_) => "too-large",
            Self::Unsupported(_) => "unsupported-media-type",
            Self::GrantEnded => "grant-ended",
            Self::Expired => "expired",
            Self::Suspended(_) => "suspended",
            Self::NotBegun => "not-begun",
            Self::Unfunded => "unfunded",
            Self::Unused => "unused",
            Self::Denied(_) | Self::UnreadableTerms => "operation-denied",
            Self::ApprovalWanted(_) => "approval-wanted",
            Self::ApprovalDeclined => "approval-declined",
            Self::ApprovalRecalled => "approval-recalled",
            Self::OtherApproval => "approval-mismatch",
            Self::ApprovalOver(ApprovalState::Used) => "approval-used",
            Self::ApprovalOver(_) => "approval-over",
            Self::ApprovalStale => OVERTAKEN,
            Self::OtherVersion => "version-mismatch",
            Self::TooManyAsked => "too-many-approvals",
            Self::AskedEnough(_) => "too-many-approvals-today",
            Self::NothingThere => "nothing-there",
            Self::Uncounted(_) => "budget-unknown",
            Self::BudgetSpent { .. } => "budget-spent",
            Self::LetterChanged => "letter-changed",
            Self::NeedsReconnect => "needs-reconnect",
            Self::LetterTooFast(_) => "letter-too-fast",
            Self::AccountTooFast(_) => "account-too-fast",
            Self::NotGiven(_) => "scope-lost",
            Self::TooFast(_) => "upstream-too-fast",
            Self::TooManyDownloads => "too-many-downloads",
            Self::Unreachable => "upstream-unreachable",
            Self::UpstreamFailed(_) => "upstream-failed",
            Self::UpstreamAnswer(_) => "upstream-answer",
            Self::TokenShown => TOKEN_SHOWN,
            Self::Stopped(why) => why.code(),
            Self::UpstreamLate => "upstream-late",
            Self::Ours => "unavailable",
        }
    }

    /// HTTP status.
    pub fn status(&self) -> u16 {
        match self {
            Self::UnknownKey | Self::ProofWanted | Self::NotBound | Self::BadProof(_) => 401,
            Self::OtherGrant | Self::NoOperation | Self::NothingAsked => 404,
            Self::Malformed(_) => 400,
            Self::TooLarge(_) => 413,
            Self::Unsupported(_) => 415,
            Self::GrantEnded | Self::Expired | Self::Suspended(_) | Self::Unused => 403,
            Self::NotBegun | Self::Unfunded => 403,
            Self::Denied(_) | Self::UnreadableTerms => 403,
            Self::ApprovalWanted(_) => 202,
            Self::ApprovalDeclined
            | Self::ApprovalRecalled
            | Self::Uncounted(_)
            | Self::BudgetSpent { .. } => 403,
            Self::NothingThere => 404,
            Self::NeedsReconnect
            | Self::NotGiven(_)
            | Self::LetterChanged
            | Self::OtherApproval
            | Self::ApprovalOver(_) => 409,
            Self::ApprovalStale | Self::OtherVersion => 412,
            Self::TooFast(_)
            | Self::LetterTooFast(_)
            | Self::AccountTooFast(_)
            | Self::TooManyAsked
            | Self::AskedEnough(_)
            | Self::TooManyDownloads => 429,
            Self::Unreachable
            | Self::UpstreamFailed(_)
            | Self::UpstreamAnswer(_)
            | Self::TokenShown => 502,
            Self::Stopped(why) => why.status(),
            Self::UpstreamLate => 504,
            Self::Ours => 503,
        }
    }

    /// After how many seconds asking again makes sense, where that is known.
    pub fn retry_after(&self) -> Option<u64> {
        match self {
            Self::LetterTooFast(seconds)
            | Self::AccountTooFast(seconds)
            | Self::TooFast(seconds)
            | Self::AskedEnough(seconds) => Some(*seconds),
            Self::Ours => Some(3),
            Self::Stopped(why) => why.retry_after(),
            _ => None,
        }
    }

    /// How to send a key instead, as `WWW-Authenticate` says it (RFC 9449 section 7.1).
    pub fn challenge(&self) -> Option<String> {
        let proven = |error| format!("DPoP error=\"{error}\", algs=\"{ALGORITHMS}\"");
        match self {
            Self::UnknownKey => Some(format!("Bearer, DPoP algs=\"{ALGORITHMS}\"")),
            Self::ProofWanted => Some(proven("invalid_token")),
            Self::NotBound => Some("Bearer error=\"invalid_token\"".to_owned()),
            Self::BadProof(_) => Some(proven("invalid_dpop_proof")),
            _ => None,
        }
    }

    /// Whether it was stopped here, or went out and came back wrong.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Unreachable
            | Self::UpstreamFailed(_)
            | Self::UpstreamAnswer(_)
            | Self::TokenShown
            | Self::UpstreamLate => Outcome::Failed,
            Self::Stopped(_) => Outcome::Cut,
            _ => Outcome::Refused,
        }
    }
}
