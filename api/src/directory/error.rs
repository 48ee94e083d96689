//! Why the directory refuses.

use super::model::{ServiceState, ServiceStep};
use crate::kernel::check::FieldError;
use crate::platform::refusal::{Class, Refusal};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DirectoryError {
    #[error("Your organization is no partner of this program now. Apply to it first.")]
    NotEnrolled,
    #[error("Some parts are missing before others can find this.")]
    Incomplete(Vec<FieldError>),
    #[error("Publish the profile that this service belongs to first.")]
    ProfileNotPublished,
    #[error("This service is {state}: nobody can {step} it.")]
    ServiceState { state: ServiceState, step: ServiceStep },
    #[error("A profile lists at most {0} services. Archive one first.")]
    TooManyServices(i64),
}

impl Refusal for DirectoryError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotEnrolled => "not-enrolled",
            Self::Incomplete(_) => "incomplete",
            Self::ProfileNotPublished => "profile-not-published",
            Self::ServiceState { .. } => "service-state",
            Self::TooManyServices(_) => "too-many-services",
        }
    }

    fn class(&self) -> Class {
        match self {
            Self::NotEnrolled => Class::Forbidden,
            Self::Incomplete(_) => Class::Invalid,
            Self::ProfileNotPublished | Self::ServiceState { .. } | Self::TooManyServices(_) => {
                Class::Conflict
            }
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::Incomplete(fields) => fields.clone(),
            _ => Vec::new(),
        }
    }
}
