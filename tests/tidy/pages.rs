//! What a template may not hold: the pages' content security policy allows no inline code.

use super::tree::{File, Finding};

pub fn check(files: &[File]) -> Vec<Finding> {
    let templates = files.iter().filter(|file| file.is("html") && !file.is_foreign());
    templates.flat_map(check_one).collect()
}

fn check_one(file: &File) -> Vec<Finding> {
    let text = file.text.to_lowercase();
    let mut findings = Vec::new();
    for (start, _) in text.match_indices('<') {
        let Some(tag) = tag_at(&text, start) else { continue };
        let line = text[..start].matches('\n').count() + 1;
        let attributes = attribute_names(tag);
        for name in &attributes {
            if let Some(mend) = mend_attribute(name) {
                findings.push(file.finding("inline-code", line, format!("`{name}`: {mend}")));
            }
        }
        if tag.starts_with("script") && !attributes.iter().any(|name| name == "src") {
            let what = "inline script: put it into a file of web/assets";
            findings.push(file.finding("inline-code", line, what));
        }
        if tag.starts_with("pre ") && attributes.iter().any(|name| name == "role") {
            let what = "a role on `pre`: a section around it says what it is";
            findings.push(file.finding("native-element", line, what));
        }
        if tag.starts_with("style") {
            let what = "inline style sheet: put it into web/assets/css";
            findings.push(file.finding("inline-code", line, what));
        }
    }
    findings
}

fn mend_attribute(name: &str) -> Option<&'static str> {
    let handler = name.strip_prefix("on").is_some_and(|event| {
        !event.is_empty() && event.chars().all(|letter| letter.is_ascii_alphabetic())
    });
    match name {
        "style" => Some("use a class of web/assets/css"),
        _ if handler || name.starts_with("hx-on") => Some("listen in a file of web/assets"),
        _ => None,
    }
}

/// The inside of an opening tag; `{{ a < b }}` and closing tags are none.
fn tag_at(text: &str, start: usize) -> Option<&str> {
    let inside = text.get(start + 1..)?;
    if !inside.starts_with(|letter: char| letter.is_ascii_alphabetic()) {
        return None;
    }
    let mut quote = None;
    for (at, letter) in inside.char_indices() {
        match (quote, letter) {
            (None, '"' | '\'') => quote = Some(letter),
            (Some(open), _) if open == letter => quote = None,
            (None, '>') => return inside.get(..at),
            _ => {}
        }
    }
    Some(inside)
}

/// The names in front of `=` and the bare ones, outside quoted values.
fn attribute_names(tag: &str) -> Vec<String> {
    let mut quote = None;
    let mut bare = String::new();
    for letter in tag.chars() {
        match (quote, letter) {
            (None, '"' | '\'') => {
                quote = Some(letter);
                bare.push(' ');
            }
            (Some(open), _) if open == letter => quote = None,
            (None, '=' | '/') => bare.push(' '),
            (None, _) => bare.push(letter),
            (Some(_), _) => {}
        }
    }
    bare.split_whitespace().skip(1).map(str::to_owned).collect()
}

mod tests {
    use super::super::tree::verdict;
    use super::*;

    #[test]
    fn inline_code_is_found_wherever_it_stands() {
        let found = |text: &str| verdict(check, "web/templates/a.html", text);
        assert_eq!(found("<p\n  style=\"color:red\">"), ["1 inline-code"]);
        assert_eq!(found("<p>\n<a href='x' onClick='go()'>"), ["2 inline-code"]);
        assert_eq!(found("<form hx-on::after-request=\"x\">"), ["1 inline-code"]);
        assert_eq!(found("<script>go()</script>"), ["1 inline-code"]);
        assert_eq!(found("<style>p{}</style>"), ["1 inline-code"]);
    }

    #[test]
    fn what_only_looks_like_it_passes() {
        let found = |text: &str| verdict(check, "web/templates/a.html", text);
        assert_eq!(found("<script src=\"/assets/app.js\" defer></script>"), [""; 0]);
        assert_eq!(found("<p title=\"a style=x and onclick=y\" class='one'>"), [""; 0]);
        assert_eq!(found("{% if a < b %}<p>only style= text</p>{% endif %}"), [""; 0]);
    }
}
