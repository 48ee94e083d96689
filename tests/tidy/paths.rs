//! The paths a Rust file names, read from its tokens: also those inside macros, attributes and
//! nested `use` lists, which a search for `use` lines would miss.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A path somebody wrote, resolved as far as the text tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Whether it starts at the root of the file's own crate; otherwise at another crate's.
    pub own_crate: bool,
    pub segments: Vec<String>,
    pub line: usize,
}

impl Named {
    pub fn first(&self) -> &str {
        self.segments.first().map_or("", String::as_str)
    }
}

/// All paths in `text`, a file that is the module `module` of its crate (empty for the root).
///
/// # Errors
/// When the text cannot be split into tokens.
pub fn named_in(text: &str, module: &[String]) -> Result<Vec<Named>, String> {
    let tokens: TokenStream = text.parse().map_err(|error| format!("not Rust: {error}"))?;
    let mut reader = Reader { module: module.to_vec(), named: Vec::new(), local: BTreeSet::new() };
    reader.read(tokens);
    let Reader { named, local, .. } = reader;
    // A first word that this file declares or imports from its own crate is no other crate.
    Ok(named.into_iter().filter(|path| path.own_crate || !local.contains(path.first())).collect())
}

struct Reader {
    module: Vec<String>,
    named: Vec<Named>,
    local: BTreeSet<String>,
}

impl Reader {
    fn read(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            at = self.read_one(&tokens, at);
        }
    }

    /// Reads what begins at `at`, and says where the next thing begins.
    fn read_one(&mut self, tokens: &[TokenTree], at: usize) -> usize {
        match &tokens[at] {
            TokenTree::Group(group) => {
                self.read(group.stream());
                at + 1
            }
            TokenTree::Ident(word) if word == "mod" => self.read_module(tokens, at),
            TokenTree::Ident(_) if is_colons(tokens, at + 1) && !follows_colons(tokens, at) => {
                self.read_path(tokens, at, &[])
            }
            TokenTree::Ident(word) if word == "use" => {
                if let (Some(name), Some(end)) = (ident(tokens, at + 1), tokens.get(at + 2))
                    && matches!(end, TokenTree::Punct(end) if end.as_char() == ';')
                {
                    self.push(vec![name], tokens[at + 1].span().start().line);
                }
                at + 1
            }
            _ => at + 1,
        }
    }

    fn read_module(&mut self, tokens: &[TokenTree], at: usize) -> usize {
        let Some(name) = ident(tokens, at + 1) else { return at + 1 };
        self.local.insert(name.clone());
        if let Some(TokenTree::Group(body)) = tokens.get(at + 2)
            && body.delimiter() == Delimiter::Brace
        {
            self.module.push(name);
            self.read(body.stream());
            self.module.pop();
            return at + 3;
        }
        at + 2
    }

    /// A path from its first word on; `before` holds what a surrounding `use` list begins with.
    fn read_path(&mut self, tokens: &[TokenTree], start: usize, before: &[String]) -> usize {
        let line = tokens[start].span().start().line;
        let mut segments = before.to_vec();
        let mut at = start;
        while let Some(word) = ident(tokens, at) {
            segments.push(word);
            at += 1;
            if !is_colons(tokens, at) {
                break;
            }
            at += 2;
        }
        match tokens.get(at) {
            Some(TokenTree::Group(list))
                if list.delimiter() == Delimiter::Brace && follows_colons(tokens, at) =>
            {
                self.read_list(list.stream(), &segments);
                at + 1
            }
            _ => {
                self.push(segments, line);
                at
            }
        }
    }

    fn read_list(&mut self, list: TokenStream, before: &[String]) {
        let tokens: Vec<TokenTree> = list.into_iter().collect();
        let comma = |token: &TokenTree| matches!(token, TokenTree::Punct(p) if p.as_char() == ',');
        let mut start = 0;
        while start < tokens.len() {
            let length = tokens[start..].iter().position(comma).unwrap_or(tokens.len() - start);
            let item = &tokens[start..start + length];
            if ident(item, 0).is_some() {
                self.read_path(item, 0, before);
            } else if let Some(first) = item.first() {
                self.push(before.to_vec(), first.span().start().line);
            }
            start += length + 1;
        }
    }

    fn push(&mut self, segments: Vec<String>, line: usize) {
        let mut own = match segments.first().map(String::as_str) {
            Some("crate") => Vec::new(),
            Some("self" | "super") => self.module.clone(),
            _ => return self.named.push(Named { own_crate: false, segments, line }),
        };
        for segment in &segments {
            match segment.as_str() {
                "crate" | "self" => {}
                "super" => drop(own.pop()),
                _ => own.push(segment.clone()),
            }
        }
        if let Some(leaf) = own.last() {
            self.local.insert(leaf.clone());
        }
        self.named.push(Named { own_crate: true, segments: own, line });
    }
}

fn ident(tokens: &[TokenTree], at: usize) -> Option<String> {
    match tokens.get(at)? {
        TokenTree::Ident(word) => Some(word.to_string()),
        _ => None,
    }
}

fn is_colons(tokens: &[TokenTree], at: usize) -> bool {
    let colon =
        |at: usize| matches!(tokens.get(at), Some(TokenTree::Punct(p)) if p.as_char() == ':');
    colon(at) && colon(at + 1)
}

fn follows_colons(tokens: &[TokenTree], at: usize) -> bool {
    at >= 2 && is_colons(tokens, at - 2)
}

mod tests {
    use super::*;

    fn paths(text: &str) -> Vec<String> {
        let module = ["billing", "store"].map(str::to_owned);
        let named = named_in(text, &module).unwrap();
        let show = |path: &Named| {
            let root = if path.own_crate { "crate::" } else { "" };
            format!("{} {root}{}", path.line, path.segments.join("::"))
        };
        named.iter().map(show).collect()
    }

    #[test]
    fn lists_keywords_and_macros_are_resolved() {
        assert_eq!(
            paths("use crate::{kernel::id::{A, B}, access};"),
            ["1 crate::kernel::id::A", "1 crate::kernel::id::B", "1 crate::access"]
        );
        assert_eq!(paths("use super::model::Invoice;"), ["1 crate::billing::model::Invoice"]);
        assert_eq!(paths("mod tests {\nuse super::super::ops;\n}"), ["2 crate::billing::ops"]);
        assert_eq!(paths("fn f() { g!(\ncrate::access::X, 1) }"), ["2 crate::access::X"]);
        assert_eq!(paths("#[derive(diesel::Queryable)] struct A;"), ["1 diesel::Queryable"]);
        assert_eq!(paths("use poem;"), ["1 poem"]);
        assert_eq!(paths("// crate::access\nlet a = \"crate::access\";"), [""; 0]);
    }

    #[test]
    fn a_module_of_our_own_is_no_other_crate() {
        assert_eq!(paths("mod stripe;\nfn f() { stripe::send() }"), [""; 0]);
        assert_eq!(
            paths("use crate::outside::payments::stripe;\nfn f() { stripe::send() }"),
            ["1 crate::outside::payments::stripe"]
        );
    }
}
