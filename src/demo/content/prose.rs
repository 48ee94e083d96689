//! Text that people wrote, free of how its file was broken into lines.

use serde::Deserialize;

/// Paragraphs parted by one empty line, each on a single line and without space around it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub struct Prose(String);

impl Prose {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn words(&self) -> usize {
        self.0.split_whitespace().count()
    }

    pub fn chars(&self) -> usize {
        self.0.chars().count()
    }
}

impl From<String> for Prose {
    fn from(text: String) -> Self {
        let mut paragraphs: Vec<String> = vec![String::new()];
        for line in text.lines().map(str::trim) {
            match paragraphs.last_mut() {
                Some(open) if !line.is_empty() => {
                    if !open.is_empty() {
                        open.push(' ');
                    }
                    open.push_str(line);
                }
                _ => paragraphs.push(String::new()),
            }
        }
        paragraphs.retain(|p| !p.is_empty());
        Self(paragraphs.join("\n\n"))
    }
}

impl std::fmt::Display for Prose {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Prose;

    #[test]
    fn folds_lines_and_keeps_paragraphs() {
        let prose = Prose::from("\n1. What\n this is.\n\n\n2. Who\n".to_owned());
        assert_eq!(prose.as_str(), "1. What this is.\n\n2. Who");
        assert_eq!(prose.words(), 6);
        assert_eq!(Prose::from(" \n".to_owned()).as_str(), "");
    }
}
