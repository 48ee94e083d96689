//! Patterns in descriptions: regular expressions that a whole text has to match.

use regex::Regex;
use std::fmt;

/// A pattern; equal when its text is.
#[derive(Clone)]
pub struct Pattern {
    text: String,
    regex: Regex,
}

impl Pattern {
    /// Errors in words when the text is no pattern.
    pub fn parse(text: &str) -> Result<Self, String> {
        let whole = format!(r"\A(?:{text})\z");
        // The parts are looked at one by one, so that no bracket of the text closes ours.
        let regex = Regex::new(text).and_then(|_| Regex::new(&whole));
        let regex = regex.map_err(|_| format!("`{text}` is no pattern"))?;
        Ok(Self { text: text.to_owned(), regex })
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub fn matches(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Pattern {}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_text_matches_or_nothing_does() {
        let part = Pattern::parse("[a-z]{2,4}[0-9]{1,3}|x").unwrap();
        for good in ["us21", "abcd1", "x"] {
            assert!(part.matches(good), "{good}");
        }
        for bad in ["", "us", "us21.evil", "evil us21", "us21\n", "\nus21", "xx", "ü1"] {
            assert!(!part.matches(bad), "{bad}");
        }
        for no_pattern in ["(", "a)|(b", "[", "a{2,1}"] {
            assert!(Pattern::parse(no_pattern).is_err(), "{no_pattern}");
        }
    }
}
