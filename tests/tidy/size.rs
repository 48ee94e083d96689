//! How long files, lines, functions, parameter lists and decisions may be.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Block, Signature};

use super::tree::{File, Finding};

const FILE_LINES: usize = 400;
const LINE_CHARACTERS: usize = 100;
const FUNCTION_LINES: usize = 70;
const PARAMETERS: usize = 5;
const DECISION_LINES: usize = 40;

pub fn check(files: &[File]) -> Vec<Finding> {
    files.iter().filter(|file| !file.is_foreign()).flat_map(check_one).collect()
}

fn check_one(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    let script = file.text.starts_with("#!");
    let lines = file.text.lines().count();
    if lines > FILE_LINES && (script || ["rs", "sql", "html", "js"].iter().any(|e| file.is(e))) {
        let what = format!("{lines} lines, at most {FILE_LINES}: split it by operation");
        findings.push(file.finding("file-length", lines, what));
    }
    if lines > DECISION_LINES && file.is_under("docs/decisions") {
        let what = format!("{lines} lines, at most {DECISION_LINES}: keep what decided");
        findings.push(file.finding("decision-length", lines, what));
    }
    if script || file.is("rs") {
        findings.extend(long_lines(file));
    }
    if file.is("rs") {
        findings.extend(functions(file));
    }
    findings
}

fn long_lines(file: &File) -> impl Iterator<Item = Finding> {
    file.lines().filter_map(|(number, line)| {
        let long = line.chars().count();
        let what = format!("{long} characters, at most {LINE_CHARACTERS}: break the line");
        (long > LINE_CHARACTERS).then(|| file.finding("line-length", number, what))
    })
}

fn functions(file: &File) -> Vec<Finding> {
    let parsed = match syn::parse_file(&file.text) {
        Ok(parsed) => parsed,
        Err(error) => {
            let line = error.span().start().line;
            return vec![file.finding("syntax", line, format!("not Rust: {error}"))];
        }
    };
    let mut functions = Functions { file, findings: Vec::new() };
    functions.visit_file(&parsed);
    functions.findings
}

struct Functions<'a> {
    file: &'a File,
    findings: Vec<Finding>,
}

impl Functions<'_> {
    fn measure(&mut self, signature: &Signature, end: Span) {
        let name = &signature.ident;
        let start = signature.span().start().line;
        let lines = end.end().line - start + 1;
        if lines > FUNCTION_LINES {
            let what = format!("`{name}` has {lines} lines, at most {FUNCTION_LINES}: split it");
            self.findings.push(self.file.finding("function-length", start, what));
        }
    }

    fn count_parameters(&mut self, signature: &Signature) {
        let name = &signature.ident;
        let start = signature.span().start().line;
        let parameters = signature.inputs.len();
        if parameters > PARAMETERS {
            let what = format!(
                "`{name}` has {parameters} parameters, at most {PARAMETERS}: give them a type"
            );
            self.findings.push(self.file.finding("parameters", start, what));
        }
    }

    fn measure_block(&mut self, signature: &Signature, block: &Block) {
        self.measure(signature, block.brace_token.span.close());
        self.count_parameters(signature);
    }
}

impl<'ast> Visit<'ast> for Functions<'_> {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.measure_block(&function.sig, &function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.measure(&function.sig, function.block.brace_token.span.close());
        // An operation of the API takes what its request carries, each under its own name.
        if !function.attrs.iter().any(|attribute| attribute.path().is_ident("oai")) {
            self.count_parameters(&function.sig);
        }
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast syn::TraitItemFn) {
        match &function.default {
            Some(block) => self.measure_block(&function.sig, block),
            None => {
                self.measure(&function.sig, function.sig.span());
                self.count_parameters(&function.sig);
            }
        }
        visit::visit_trait_item_fn(self, function);
    }
}

mod tests {
    use super::super::tree::verdict;
    use super::*;

    #[test]
    fn a_function_has_at_most_70_lines_and_5_parameters() {
        let with = |lines: usize| format!("\nfn long() {{\n{}}}\n", "    f();\n".repeat(lines - 2));
        assert_eq!(verdict(check, "src/a.rs", &with(70)), [""; 0]);
        assert_eq!(verdict(check, "src/a.rs", &with(71)), ["2 function-length"]);
        let method = "impl A {\n    fn f(&self, a: u8, b: u8, c: u8, d: u8, e: u8) {}\n}\n";
        assert_eq!(verdict(check, "src/a.rs", method), ["2 parameters"]);
        let operation = method.replace("fn f", "#[oai(path = \"/v1/a\")]\n    fn f");
        assert_eq!(verdict(check, "src/a.rs", &operation), [""; 0]);
        let nested = format!("trait T {{ fn g() {{ {} }} }}\n", with(71));
        assert!(verdict(check, "src/a.rs", &nested).contains(&"2 function-length".to_owned()));
    }

    #[test]
    fn files_lines_and_decisions_are_short() {
        let long_file = "//\n".repeat(401);
        assert_eq!(verdict(check, "src/a.rs", &long_file), ["401 file-length"]);
        assert_eq!(verdict(check, "src/schema.rs", &long_file), [""; 0]);
        let line = format!("// {}\n", "ä".repeat(98));
        assert_eq!(verdict(check, "src/a.rs", &line), ["1 line-length"]);
        assert_eq!(
            verdict(check, "docs/decisions/0001-a.md", &"a\n".repeat(41)),
            ["41 decision-length"]
        );
    }
}
