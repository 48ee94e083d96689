//! Why the program refuses.

use super::model::{ApplicationState, ApplicationStep, EnrollmentState, EnrollmentStep};
use crate::kernel::check::{FieldError, Invalid};
use crate::platform::refusal::{Class, Refusal};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProgramError {
    #[error(
        "The agreement changed: version {0} is in force now. Read it, then send its version and hash."
    )]
    AgreementChanged(String),
    #[error("There is an agreement of version {0} already. A version is never written over.")]
    AgreementVersionTaken(String),
    #[error("Your organization has an application that waits for an answer. Withdraw it first.")]
    ApplicationOpen,
    #[error("This application is {state}: nobody can {step} it.")]
    ApplicationState { state: ApplicationState, step: ApplicationStep },
    #[error("Your organization is in the program already; its enrollment is {0}.")]
    AlreadyEnrolled(EnrollmentState),
    #[error("This enrollment is {state}: nobody can {step} it.")]
    EnrollmentState { state: EnrollmentState, step: EnrollmentStep },
    #[error("The reseller of record changed just now. Look at it again, then decide.")]
    AttributionChanged,
    #[error("This attribution has ended already.")]
    AttributionEnded,
    #[error(
        "Work was agreed on by the fees of before while this was on its way. Nothing was changed: do it again."
    )]
    FeesUsedMeanwhile,
    #[error("The rule for all work cannot end. Publish another one for all work in its place.")]
    FeeRuleForAll,
    #[error("This rule ends at that time or before it already.")]
    FeeRuleEnded,
    #[error("There is a program at this address already.")]
    SlugTaken,
    #[error("This token belongs to another program. Use one of this program, or none.")]
    TokenOfAnotherProgram,
}

impl Refusal for ProgramError {
    fn code(&self) -> &'static str {
        match self {
            Self::AgreementChanged(_) => "agreement-changed",
            Self::AgreementVersionTaken(_) => "agreement-version-taken",
            Self::ApplicationOpen => "application-open",
            Self::ApplicationState { .. } => "application-state",
            Self::AlreadyEnrolled(_) => "already-enrolled",
            Self::EnrollmentState { .. } => "enrollment-state",
            Self::AttributionChanged => "attribution-changed",
            Self::AttributionEnded => "attribution-ended",
            Self::FeesUsedMeanwhile => "fees-used-meanwhile",
            Self::FeeRuleForAll => "fee-rule-for-all",
            Self::FeeRuleEnded => "fee-rule-ended",
            Self::SlugTaken => "slug-taken",
            Self::TokenOfAnotherProgram => "token-of-another-program",
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::AgreementChanged(version) => {
                let message = format!("Version {version} is in force");
                Invalid::field("agreement_version", message).0
            }
            _ => Vec::new(),
        }
    }

    fn class(&self) -> Class {
        match self {
            Self::TokenOfAnotherProgram => Class::Forbidden,
            Self::AgreementChanged(_)
            | Self::AgreementVersionTaken(_)
            | Self::ApplicationOpen
            | Self::ApplicationState { .. }
            | Self::AlreadyEnrolled(_)
            | Self::EnrollmentState { .. }
            | Self::AttributionChanged
            | Self::AttributionEnded
            | Self::FeesUsedMeanwhile
            | Self::FeeRuleForAll
            | Self::FeeRuleEnded
            | Self::SlugTaken => Class::Conflict,
        }
    }
}
