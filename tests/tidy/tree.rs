//! The files of the tree: what git tracks or would track, so that a rule speaks before the commit.

use std::fmt;
use std::fs;
use std::path::Path;
use std::process::Command;

/// A text file, its path relative to the root of the tree.
pub struct File {
    pub path: String,
    pub text: String,
}

/// One place that breaks a rule, with the way to mend it.
#[derive(Debug)]
pub struct Finding {
    pub rule: &'static str,
    pub path: String,
    pub line: usize,
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: [{}] {}", self.path, self.line, self.rule, self.what)
    }
}

impl File {
    pub fn finding(&self, rule: &'static str, line: usize, what: impl Into<String>) -> Finding {
        Finding { rule, path: self.path.clone(), line, what: what.into() }
    }

    pub fn is(&self, extension: &str) -> bool {
        self.path.rsplit_once('.').is_some_and(|(_, found)| found == extension)
    }

    pub fn is_under(&self, folder: &str) -> bool {
        self.path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
    }

    /// Written by a program or by somebody else: the rules for our own hand do not bind it.
    pub fn is_foreign(&self) -> bool {
        let name = self.name();
        self.path.split('/').any(|part| part == "vendor")
            || ["Cargo.lock", "package-lock.json", "schema.rs", "openapi.yaml"].contains(&name)
    }

    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap()
    }

    /// Each line with its number, from 1.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }
}

/// Reads every text file of the tree.
pub fn read() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let listed = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .unwrap();
    assert!(listed.status.success(), "git: {}", String::from_utf8_lossy(&listed.stderr));
    let paths = String::from_utf8(listed.stdout).unwrap();
    let files: Vec<File> = paths.split('\0').filter_map(|path| read_one(root, path)).collect();
    assert!(files.len() > 20, "only {} files found: is this the tree?", files.len());
    files
}

/// A file deleted but not yet committed, a link or a picture is none of ours.
fn read_one(root: &Path, path: &str) -> Option<File> {
    let full = root.join(path);
    if !fs::symlink_metadata(&full).ok()?.is_file() {
        return None;
    }
    let text = String::from_utf8(fs::read(full).unwrap()).ok()?;
    Some(File { path: path.to_owned(), text })
}

/// A made-up file, for trying a rule.
pub fn sample(path: &str, text: &str) -> File {
    File { path: path.to_owned(), text: text.to_owned() }
}

/// What a rule says of one made-up file, as `line rule`.
pub fn verdict(check: fn(&[File]) -> Vec<Finding>, path: &str, text: &str) -> Vec<String> {
    let findings = check(&[sample(path, text)]);
    findings.iter().map(|finding| format!("{} {}", finding.line, finding.rule)).collect()
}
