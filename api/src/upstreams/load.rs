//! Reading the descriptions at start, and checking one file by command.

use super::file::{self, Fault};
use super::probe;
use crate::outside::upstream::{Client, Pkce, Reach, Upstream, Upstreams};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Values that placeholders stand for, by name.
pub type Values = BTreeMap<String, String>;

/// What the program carries with it, for an installation that names no folder.
const BUILT_IN: &[(&str, &str)] = &[
    ("account-engagement.toml", include_str!("../../../upstreams/account-engagement.toml")),
    ("brevo.toml", include_str!("../../../upstreams/brevo.toml")),
    ("constant-contact.toml", include_str!("../../../upstreams/constant-contact.toml")),
    ("hubspot.toml", include_str!("../../../upstreams/hubspot.toml")),
    ("larkfield.probe.toml", include_str!("../../../upstreams/larkfield.probe.toml")),
    ("larkfield.toml", include_str!("../../../upstreams/larkfield.toml")),
    ("mailchimp.toml", include_str!("../../../upstreams/mailchimp.toml")),
    ("marketo-engage.toml", include_str!("../../../upstreams/marketo-engage.toml")),
    ("mautic.toml", include_str!("../../../upstreams/mautic.toml")),
];

/// Reads every description with the probe report beside it: those of `folder`, or the built-in ones
/// without it. One whose placeholders have no value is left out, with a line in the log; any other
/// fault stops the start.
///
/// Errors name file, line and what to do.
pub fn load(folder: Option<&Path>, values: &Values, reach: Reach) -> anyhow::Result<Upstreams> {
    let mut upstreams: Vec<Upstream> = Vec::new();
    for source in sources(folder)? {
        let file = &source.file;
        match source.parse(values, reach) {
            Ok(upstream) => {
                if upstream.oauth.pkce != Pkce::Used {
                    tracing::warn!(file, "this application does not check PKCE; only state does");
                }
                upstreams.push(upstream);
            }
            Err(faulty) => {
                let unset: BTreeSet<&str> =
                    faulty.faults.iter().filter_map(|f| f.unset.as_deref()).collect();
                anyhow::ensure!(faulty.only_unset(), faulty.told());
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
    for source in sources(folder)? {
        let parts = source.text.split("${").skip(1).filter_map(|part| part.split_once('}'));
        names.extend(parts.map(|(name, _)| name.to_owned()));
    }
    Ok(names)
}

/// Checks one description and the report beside it, or one report; placeholders without a value
/// are no fault here. Answers what it describes.
///
/// Errors name line and what to do, all faults at once.
pub fn check_file(path: &Path, values: &Values, reach: Reach) -> anyhow::Result<String> {
    let source = Source::of(path)?;
    match source.parse(values, reach) {
        Ok(upstream) => Ok(format!(
            "{}: {} operations in {} actions, {} presets{}",
            upstream.name,
            upstream.operations.len(),
            upstream.actions.len(),
            upstream.presets.len(),
            if upstream.probe.is_some() { ", probed" } else { "" }
        )),
        Err(faulty) if faulty.only_unset() => {
            source.check_report()?;
            Ok("well formed; some of its values are not set here".to_owned())
        }
        Err(mut faulty) => {
            faulty.faults.retain(|fault| fault.unset.is_none());
            Err(anyhow::anyhow!(faulty.told()))
        }
    }
}

/// One description without the report beside it, for a program that is about to ask the server
/// itself.
///
/// Errors name line and what to do, all faults at once; a placeholder without a value is one.
pub fn read_file(path: &Path, values: &Values, reach: Reach) -> anyhow::Result<Upstream> {
    let source = Source { report: None, ..Source::of(path)? };
    source.parse(values, reach).map_err(|faulty| anyhow::anyhow!(faulty.told()))
}

/// A description and the report beside it, as texts.
struct Source {
    file: String,
    text: String,
    report: Option<(String, String)>,
}

/// What is wrong with one of the two files.
struct Faulty {
    file: String,
    faults: Vec<Fault>,
}

const REPORT: &str = ".probe.toml";

impl Source {
    /// By the path of either file.
    fn of(path: &Path) -> anyhow::Result<Self> {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        let slug = name.strip_suffix(REPORT).unwrap_or(slug(&name)).to_owned();
        let (file, text) = match name.ends_with(REPORT) {
            true => read(&path.with_file_name(format!("{slug}.toml")))?,
            false => read(path)?,
        };
        let beside = path.with_file_name(format!("{slug}{REPORT}"));
        let report = if beside.exists() { Some(read(&beside)?) } else { None };
        Ok(Self { file, text, report })
    }

    fn parse(&self, values: &Values, reach: Reach) -> Result<Upstream, Faulty> {
        let faulty = |file: &str| {
            let file = file.to_owned();
            move |faults| Faulty { file, faults }
        };
        let parsed = file::parse(slug(&self.file), &self.text, values, reach);
        let mut upstream = parsed.map_err(faulty(&self.file))?;
        if let Some((file, text)) = &self.report {
            probe::attach(text, &mut upstream, values).map_err(faulty(file))?;
        }
        Ok(upstream)
    }

    /// The report's form, when the description cannot be held against it.
    fn check_report(&self) -> anyhow::Result<()> {
        let Some((file, text)) = &self.report else { return Ok(()) };
        let faulty = |faults| Faulty { file: file.clone(), faults };
        probe::read(text).map_err(|faults| anyhow::anyhow!(faulty(faults).told()))?;
        Ok(())
    }
}

impl Faulty {
    fn only_unset(&self) -> bool {
        self.faults.iter().all(|fault| fault.unset.is_some())
    }

    fn told(&self) -> String {
        let line = |f: &Fault| format!("{}:{}: {}", self.file, f.line, f.message);
        self.faults.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

/// In alphabetical order.
fn sources(folder: Option<&Path>) -> anyhow::Result<Vec<Source>> {
    let Some(folder) = folder else {
        let text = |name: &str| {
            let found = BUILT_IN.iter().find(|(file, _)| *file == name);
            found.map(|(file, text)| ((*file).to_owned(), (*text).to_owned()))
        };
        let described = BUILT_IN.iter().filter(|(file, _)| !file.ends_with(REPORT));
        let source = |(file, description): &(&str, &str)| Source {
            file: (*file).to_owned(),
            text: (*description).to_owned(),
            report: text(&format!("{}{REPORT}", slug(file))),
        };
        return Ok(described.map(source).collect());
    };
    let entries = std::fs::read_dir(folder)
        .map_err(|error| anyhow::anyhow!("{}: {error}", folder.display()))?;
    let mut paths = BTreeSet::new();
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if let Some(slug) = name.strip_suffix(REPORT) {
            // A report without its description is told when the description is read.
            paths.insert(path.with_file_name(format!("{slug}.toml")));
        } else if name.ends_with(".toml") {
            paths.insert(path);
        }
    }
    paths.iter().map(|path| Source::of(path)).collect()
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

#[cfg(test)]
#[path = "shipped_tests.rs"]
mod tests;
