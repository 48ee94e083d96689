//! Reading the descriptions at start, and checking one file by command.

use super::file::{self, Fault};
use crate::outside::upstream::{Client, Pkce, Reach, Upstream, Upstreams};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Values that placeholders stand for, by name.
pub type Values = BTreeMap<String, String>;

/// What the program carries with it, for an installation that names no folder.
const BUILT_IN: &[(&str, &str)] = &[
    ("brevo.toml", include_str!("../../../upstreams/brevo.toml")),
    ("constant-contact.toml", include_str!("../../../upstreams/constant-contact.toml")),
    ("hubspot.toml", include_str!("../../../upstreams/hubspot.toml")),
    ("larkfield.toml", include_str!("../../../upstreams/larkfield.toml")),
];

/// Reads every description: those of `folder`, or the built-in ones without it. One whose
/// placeholders have no value is left out, with a line in the log; any other fault stops the
/// start.
///
/// Errors name file, line and what to do.
pub fn load(folder: Option<&Path>, values: &Values, reach: Reach) -> anyhow::Result<Upstreams> {
    let mut upstreams: Vec<Upstream> = Vec::new();
    for (file, text) in sources(folder)? {
        match file::parse(slug(&file), &text, values, reach) {
            Ok(upstream) => {
                if upstream.oauth.pkce != Pkce::Used {
                    tracing::warn!(file, "this application does not check PKCE; only state does");
                }
                upstreams.push(upstream);
            }
            Err(faults) => {
                anyhow::ensure!(faults.iter().all(|f| f.unset.is_some()), told(&file, &faults));
                let unset: BTreeSet<&str> =
                    faults.iter().filter_map(|f| f.unset.as_deref()).collect();
                tracing::warn!(file, ?unset, "an upstream is left out: values are not set");
            }
        }
    }
    Ok(Upstreams::new(Client::new(reach)?, upstreams))
}

/// Names of all placeholders that the descriptions use.
///
/// Errors when a file cannot be read.
pub fn placeholders(folder: Option<&Path>) -> anyhow::Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for (_, text) in sources(folder)? {
        let parts = text.split("${").skip(1).filter_map(|part| part.split_once('}'));
        names.extend(parts.map(|(name, _)| name.to_owned()));
    }
    Ok(names)
}

/// Checks one file; placeholders without a value are no fault here. Answers what it describes.
///
/// Errors name line and what to do, all faults at once.
pub fn check_file(path: &Path, values: &Values, reach: Reach) -> anyhow::Result<String> {
    let (file, text) = read(path)?;
    match file::parse(slug(&file), &text, values, reach) {
        Ok(upstream) => Ok(format!(
            "{}: {} operations in {} actions, {} presets",
            upstream.name,
            upstream.operations.len(),
            upstream.actions.len(),
            upstream.presets.len()
        )),
        Err(faults) => {
            let real: Vec<Fault> = faults.into_iter().filter(|f| f.unset.is_none()).collect();
            anyhow::ensure!(real.is_empty(), told(&file, &real));
            Ok("well formed; some of its values are not set here".to_owned())
        }
    }
}

/// One description, for a program that is about to ask the server itself.
///
/// Errors name line and what to do, all faults at once; a placeholder without a value is one.
pub fn read_file(path: &Path, values: &Values, reach: Reach) -> anyhow::Result<Upstream> {
    let (file, text) = read(path)?;
    let upstream = file::parse(slug(&file), &text, values, reach);
    upstream.map_err(|faults| anyhow::anyhow!(told(&file, &faults)))
}

/// File names and texts, in alphabetical order.
fn sources(folder: Option<&Path>) -> anyhow::Result<Vec<(String, String)>> {
    let Some(folder) = folder else {
        let owned = |(file, text): &(&str, &str)| ((*file).to_owned(), (*text).to_owned());
        return Ok(BUILT_IN.iter().map(owned).collect());
    };
    let entries = std::fs::read_dir(folder)
        .map_err(|error| anyhow::anyhow!("{}: {error}", folder.display()))?;
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(entry?.path());
    }
    paths.retain(|path| path.extension().is_some_and(|kind| kind == "toml"));
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
}

fn read(path: &Path) -> anyhow::Result<(String, String)> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))?;
    let file = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    Ok((file, text))
}

fn slug(file: &str) -> &str {
    file.strip_suffix(".toml").unwrap_or(file)
}

fn told(file: &str, faults: &[Fault]) -> String {
    let lines: Vec<String> =
        faults.iter().map(|f| format!("{file}:{}: {}", f.line, f.message)).collect();
    lines.join("\n")
}

#[cfg(test)]
#[path = "shipped_tests.rs"]
mod tests;
