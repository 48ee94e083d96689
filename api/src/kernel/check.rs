//! Checking what people wrote: every field is looked at, every fault is named.

use serde::Serialize;

/// One thing wrong with one field, in words that say what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// The field's name in the request, such as `milestones[1].price`.
    pub field: String,
    pub message: String,
}

/// Collects faults so that a person sees all of them at once.
#[derive(Debug, Default)]
pub struct Checks(Vec<FieldError>);

impl Checks {
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes `message` for `field` unless `holds`.
    pub fn that(&mut self, holds: bool, field: &str, message: impl Into<String>) {
        if !holds {
            self.0.push(FieldError { field: field.to_owned(), message: message.into() });
        }
    }

    /// Text without spaces around it and without control characters (line breaks stay), from `min`
    /// to `max` characters; `what` names it in the message ("Enter a title").
    pub fn text(&mut self, field: &str, value: &str, what: &str, len: (usize, usize)) -> String {
        let (min, max) = len;
        let text: String = value
            .replace("\r\n", "\n")
            .chars()
            .filter(|c| *c == '\n' || *c == '\t' || !c.is_control())
            .collect();
        let text = text.trim().to_owned();
        let count = text.chars().count();
        self.that(count > 0 || min == 0, field, format!("Enter {what}"));
        if count > 0 {
            self.that(count >= min, field, format!("Enter {what} of at least {min} characters"));
        }
        self.that(
            count <= max,
            field,
            format!("Shorten {what} to {max} characters (it has {count})"),
        );
        text
    }

    /// A parsed value, or a fault.
    pub fn parsed<T>(&mut self, field: &str, value: Option<T>, message: &str) -> Option<T> {
        self.that(value.is_some(), field, message);
        value
    }

    /// What was found so far.
    pub fn faults(&self) -> &[FieldError] {
        &self.0
    }

    /// `Ok` when nothing was found.
    pub fn finish(self) -> Result<(), Invalid> {
        if self.0.is_empty() { Ok(()) } else { Err(Invalid(self.0)) }
    }
}

/// A request whose shape is right and whose values break a rule; names each field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("some fields need another look")]
pub struct Invalid(pub Vec<FieldError>);

impl Invalid {
    pub fn field(field: &str, message: impl Into<String>) -> Self {
        Self(vec![FieldError { field: field.to_owned(), message: message.into() }])
    }
}
