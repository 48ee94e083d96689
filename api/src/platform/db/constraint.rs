//! Database errors by constraint name: expected ones become refusals, the rest stay faults.

use crate::platform::refusal::{Common, Error, Refusal};
use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// The name of the constraint that an error is about.
pub fn constraint(error: &DieselError) -> Option<&str> {
    match error {
        DieselError::DatabaseError(_, facts) => facts.constraint_name(),
        _ => None,
    }
}

/// Turns the violation of one named constraint into a refusal; every other error stays what it is.
pub fn refuse_on<R: Refusal>(name: &'static str, refusal: R) -> impl FnOnce(DieselError) -> Error {
    move |error| {
        if constraint(&error) == Some(name) { refusal.into() } else { error.into() }
    }
}

/// Whether the server was away, restarting or out of connections, rather than the query wrong.
pub fn is_unavailable(error: &DieselError) -> bool {
    let DieselError::DatabaseError(kind, facts) = error else {
        return matches!(error, DieselError::BrokenTransactionManager);
    };
    if matches!(kind, DatabaseErrorKind::ClosedConnection) {
        return true;
    }
    if matches!(kind, DatabaseErrorKind::SerializationFailure) {
        return true;
    }
    let message = facts.message();
    matches!(kind, DatabaseErrorKind::UnableToSendCommand)
        || [
            "terminating connection",
            "the database system is",
            "connection closed",
            "deadlock detected",
            "too many clients",
            "remaining connection slots",
            "error communicating with the server",
            "No space left on device",
        ]
        .iter()
        .any(|sign| message.contains(sign))
}

/// Whether a text held U+0000, which the database refuses wherever it comes from: a path, a query,
/// a field.
fn is_no_text(error: &DieselError) -> bool {
    let DieselError::DatabaseError(_, facts) = error else { return false };
    let signs = ["invalid byte sequence for encoding", "unsupported Unicode escape sequence"];
    signs.iter().any(|sign| facts.message().contains(sign))
}

impl From<DieselError> for Error {
    fn from(error: DieselError) -> Self {
        if is_unavailable(&error) {
            return Self::Unavailable("The database".to_owned());
        }
        if is_no_text(&error) {
            return Common::NoText.into();
        }
        Self::Fault(anyhow::Error::new(error))
    }
}
