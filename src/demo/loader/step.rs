//! How far a load is, and the name of a step that fails.

use anyhow::{Context, Error, Result};
use api::platform::refusal;

/// Tells of steps as they begin.
pub struct Step<'a> {
    say: &'a dyn Fn(&str),
}

impl<'a> Step<'a> {
    pub fn new(say: &'a dyn Fn(&str)) -> Self {
        Self { say }
    }

    /// One of several things of a kind: `consultants 12 of 30`.
    pub fn of(&self, what: &str, number: usize, all: usize) {
        (self.say)(&format!("loading the demo program, {what} {} of {all}", number + 1));
    }

    pub fn tell(&self, what: &str) {
        (self.say)(&format!("loading the demo program, {what}"));
    }
}

/// Says what went wrong, field by field.
pub trait Named<T> {
    fn told(self) -> Result<T>;

    /// With the step's name before it.
    fn step(self, name: impl FnOnce() -> String) -> Result<T>;
}

impl<T> Named<T> for refusal::Result<T> {
    fn told(self) -> Result<T> {
        self.map_err(|error| told(&error))
    }

    fn step(self, name: impl FnOnce() -> String) -> Result<T> {
        self.told().with_context(name)
    }
}

/// A refusal with the fields at fault: the content is to be mended there.
fn told(error: &refusal::Error) -> Error {
    let mut text = error.to_string();
    if let refusal::Error::Refused(refusal) = error {
        for fault in refusal.fields() {
            text.push_str(&format!("; {}: {}", fault.field, fault.message));
        }
    }
    Error::msg(text)
}
