//! Lines, faults, placeholders and addresses of a file.

use super::Fault;
use crate::outside::upstream::{Reach, is_on_this_machine};
use crate::upstreams::load::Values;
use toml::Spanned;
use url::Url;

/// Collects what is wrong with a file while it is read.
pub(super) struct Reader<'a> {
    text: &'a str,
    values: &'a Values,
    pub reach: Reach,
    pub faults: Vec<Fault>,
}

impl<'a> Reader<'a> {
    pub fn new(text: &'a str, values: &'a Values, reach: Reach) -> Self {
        Self { text, values, reach, faults: Vec::new() }
    }

    /// Notes a fault at a byte of the text.
    pub fn fault(&mut self, at: usize, message: String) {
        let line = self.line(at);
        self.faults.push(Fault { line, message, unset: None });
    }

    pub fn that(&mut self, holds: bool, at: usize, message: &str) {
        if !holds {
            self.fault(at, message.to_owned());
        }
    }

    /// A text that people read: one line, not blank, at most `most` characters.
    pub fn words(&mut self, raw: &Spanned<String>, what: &str, most: usize) {
        let text = raw.get_ref();
        let fits = !text.trim().is_empty()
            && text.trim() == text
            && text.chars().count() <= most
            && !text.chars().any(char::is_control);
        let message = format!("write {what} on one line, of at most {most} characters");
        self.that(fits, raw.span().start, &message);
    }

    /// The thing that one of several words stands for.
    pub fn one_of<T: Copy>(
        &mut self,
        key: &str,
        raw: &Spanned<String>,
        words: &[(&str, T)],
    ) -> Option<T> {
        let found = words.iter().find(|(word, _)| word == raw.get_ref());
        let known: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
        let message = format!("{key} is {}", known.join(" or "));
        self.that(found.is_some(), raw.span().start, &message);
        found.map(|(_, thing)| *thing)
    }

    /// The text with its placeholders filled in; notes those without a value.
    pub fn fill(&mut self, raw: &Spanned<String>) -> Option<String> {
        let mut filled = String::new();
        let mut rest = raw.get_ref().as_str();
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, tail)) = after.split_once('}') else {
                self.fault(raw.span().start, "a placeholder is not closed".to_owned());
                return None;
            };
            let Some(value) = self.values.get(name) else {
                let line = self.line(raw.span().start);
                let unset = Fault {
                    line,
                    message: format!("${{{name}}} has no value"),
                    unset: Some(name.to_owned()),
                };
                if !self.faults.contains(&unset) {
                    self.faults.push(unset);
                }
                return None;
            };
            filled.push_str(before);
            filled.push_str(value.trim_end_matches('/'));
            rest = tail;
        }
        filled.push_str(rest);
        Some(filled)
    }

    /// An address that the client may call: `https`, or this machine where that is switched on.
    pub fn url(&mut self, raw: &Spanned<String>) -> Option<Url> {
        let at = raw.span().start;
        let filled = self.fill(raw)?;
        let Ok(url) = Url::parse(&filled) else {
            self.fault(at, "this is no address".to_owned());
            return None;
        };
        if url.query().is_some() || url.fragment().is_some() {
            self.fault(at, "an address here has no query and no fragment".to_owned());
            return None;
        }
        let placeholder = raw.get_ref().contains("${");
        if placeholder && !is_on_this_machine(&url) {
            let what = "a placeholder may stand in an address of this machine only";
            self.fault(at, what.to_owned());
            return None;
        }
        if !self.reach.allows_url(&url) {
            let what = "use https and a public host (this machine by the development switch only)";
            self.fault(at, what.to_owned());
            return None;
        }
        Some(url)
    }

    fn line(&self, at: usize) -> usize {
        let before = self.text.get(..at.min(self.text.len())).unwrap_or(self.text);
        before.matches('\n').count() + 1
    }
}
