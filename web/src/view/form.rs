//! What forms are made of: choices, dates in three boxes, and the errors of a form that came back.

use std::collections::BTreeMap;

use serde::Serialize;

/// One choice of a select, radio or check box group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Choice {
    pub value: String,
    pub label: String,
    /// May be empty.
    pub hint: String,
    /// How many are behind it, in a filter.
    pub n: Option<u64>,
    pub chosen: bool,
}

impl Choice {
    pub fn new(value: &str, label: &str, chosen: bool) -> Self {
        let (value, label) = (value.into(), label.into());
        Self { value, label, hint: String::new(), n: None, chosen }
    }

    /// The same with a hint below its label.
    pub fn with_hint(self, hint: &str) -> Self {
        Self { hint: hint.into(), ..self }
    }

    /// The same with how many are behind it.
    pub fn with_count(self, n: u64) -> Self {
        Self { n: Some(n), ..self }
    }
}

/// A date as its three boxes hold it, kept as typed. Posted as `{name}_day`, `{name}_month`,
/// `{name}_year`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DateBoxes {
    pub day: String,
    pub month: String,
    pub year: String,
    /// Which box is wrong; with an error and without this, all three are marked.
    pub wrong: Option<DatePart>,
}

/// A box of a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DatePart {
    Day,
    Month,
    Year,
}

/// One error of a form: the id of its field and what to do, in a sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    pub id: String,
    pub message: String,
}

/// The errors of a form that came back, in the order of the page. A page with such a form has
/// the field `errors: Errors`; then the title begins with "Error:", `<error_summary errors />`
/// lists them, and `error={errors.on.title}` marks a field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Errors {
    pub list: Vec<FieldError>,
    /// The first message of each field, by the field's id.
    pub on: BTreeMap<String, String>,
}

impl Errors {
    /// Adds an error to the field whose control has this id.
    pub fn add(&mut self, id: &str, message: &str) {
        self.on.entry(id.into()).or_insert_with(|| message.into());
        self.list.push(FieldError { id: id.into(), message: message.into() });
    }

    /// The same with other words for a field that has an error.
    pub fn reworded(mut self, id: &str, message: &str) -> Self {
        if let Some(on) = self.on.get_mut(id) {
            message.clone_into(on);
        }
        for error in self.list.iter_mut().filter(|error| error.id == id) {
            message.clone_into(&mut error.message);
        }
        self
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for Errors {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(pairs: I) -> Self {
        let mut errors = Self::default();
        pairs.into_iter().for_each(|(id, message)| errors.add(id, message));
        errors
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_message_of_a_field_stands_beside_it_and_all_stand_in_the_summary() {
        let errors: Errors =
            [("price", "Enter a price"), ("title", "Enter a title"), ("price", "Too much")]
                .into_iter()
                .collect();
        assert_eq!(errors.on["price"], "Enter a price");
        let order: Vec<_> = errors.list.iter().map(|e| e.id.as_str()).collect();
        assert_eq!(order, ["price", "title", "price"]);
        assert!(!errors.is_empty() && Errors::default().is_empty());
    }
}
