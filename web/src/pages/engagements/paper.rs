//! The statement of work as parts of a page: the same words in the same order, with its headings,
//! lists and quoted lines told apart. Nothing is left out: what is not known is a paragraph.

use serde::Serialize;

/// What a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Heading,
    Smaller,
    Text,
    List,
    Numbered,
    /// In the words of a person.
    Quote,
}

/// A heading, a paragraph, a list or a quotation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    pub kind: Kind,
    pub lines: Vec<String>,
}

/// The parts of the text, without its title, which the page's head has.
pub fn parts(body: &str) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let mut joined = false;
    for line in body.lines().skip_while(|line| line.starts_with("# ")) {
        if line.trim().is_empty() {
            joined = false;
            continue;
        }
        let (kind, text) = read(line);
        let goes_on = joined && !matches!(kind, Kind::Heading | Kind::Smaller);
        match parts.last_mut().filter(|part| goes_on && part.kind == kind) {
            Some(part) => part.lines.push(text.to_owned()),
            None => parts.push(Part { kind, lines: vec![text.to_owned()] }),
        }
        joined = true;
    }
    parts
}

fn read(line: &str) -> (Kind, &str) {
    if let Some(text) = line.strip_prefix("### ") {
        return (Kind::Smaller, text);
    }
    if let Some(text) = line.strip_prefix("## ") {
        return (Kind::Heading, text);
    }
    if let Some(text) = line.strip_prefix("- ") {
        return (Kind::List, text);
    }
    if let Some(text) = line.strip_prefix('>') {
        return (Kind::Quote, text.trim_start());
    }
    match line.split_once(". ") {
        Some((number, text))
            if number.bytes().all(|b| b.is_ascii_digit()) && !number.is_empty() =>
        {
            (Kind::Numbered, text)
        }
        _ => (Kind::Text, line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_there_in_its_order() {
        let body = "# Statement of work A-1, version 1\n\nWork: Nurture\n\n## Parties\n\n\
                    - Customer: Fjordhaus\n- Partner: Brandt\n\n### Milestone 1: Map\n\n\
                    > First the map.\n>\n> ## Not a heading\n\n1. Signing. Both.\n2. Funding.\n";
        let found: Vec<(Kind, usize)> =
            parts(body).iter().map(|p| (p.kind, p.lines.len())).collect();
        let expected = [
            (Kind::Text, 1),
            (Kind::Heading, 1),
            (Kind::List, 2),
            (Kind::Smaller, 1),
            (Kind::Quote, 3),
            (Kind::Numbered, 2),
        ];
        assert_eq!(found, expected);
        let quoted = parts(body).into_iter().find(|p| p.kind == Kind::Quote).unwrap();
        assert_eq!(quoted.lines[2], "## Not a heading", "what people wrote is never a heading");
    }
}
