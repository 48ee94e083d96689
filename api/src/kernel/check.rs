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

    /// Text without spaces around it, without control characters (line breaks stay) and without
    /// those that turn the direction of what follows (Unicode's UAX 9, 2.1 to 2.5), from `min` to
    /// `max` characters; `what` names it in the message ("Enter a title").
    pub fn text(&mut self, field: &str, value: &str, what: &str, len: (usize, usize)) -> String {
        let (min, max) = len;
        let text: String = value
            .replace("\r\n", "\n")
            .chars()
            .filter(|c| *c == '\n' || *c == '\t' || !c.is_control() && !turns(*c))
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

/// Embeddings, overrides and isolates: they let a text read as something else than it says. The
/// marks that only say how their neighbours lie stay.
fn turns(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_reads_as_what_it_says() {
        let mut checks = Checks::new();
        let mut read = |value: &str| checks.text("reason", value, "a reason", (1, 40));
        assert_eq!(read(" pay\u{202E}002\u{202C} EUR\u{0007}\r\nnow\u{2066} "), "pay002 EUR\nnow");
        assert_eq!(read("שלום\u{200F} 👩\u{200D}💻"), "שלום\u{200F} 👩\u{200D}💻");
        assert!(checks.faults().is_empty());
        checks.text("reason", "\u{202E}\u{2069}", "a reason", (1, 40));
        assert_eq!(checks.faults().len(), 1);
    }
}
